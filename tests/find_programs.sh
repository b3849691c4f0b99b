#!/bin/sh
# The browser tests need Chromium, and want Firefox too; the tests of the open formats want ogrinfo, those of Spark Java
# 17 or newer: look for them, or install what is missing where that needs no question. DejaVu has the Arabic letters
# that the page shows.

chromium="chromium fonts-dejavu-core"
firefox="firefox-esr"
gdal="gdal-bin"
java="default-jre-headless"

has_any() {
    for name in "$@"; do
        if command -v "$name" >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

has_chromium() { has_any chromium chromium-browser google-chrome; }
has_firefox() { has_any firefox-esr firefox; }
has_gdal() { has_any ogrinfo; }
has_java() { has_any java && java -version >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() { command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null; }

install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null; }

missing=""
has_chromium || missing="$chromium"
has_firefox || missing="$missing $firefox"
has_gdal || missing="$missing $gdal"
# Spark is an extra, and Java is large: it is installed for CI alone.
has_java || [ "${CI:-}" != true ] || missing="$missing $java"

# Not every distribution has all: without one, the others are still wanted.
if [ -n "$missing" ] && can_install && as_root apt-get -qq update >/dev/null; then
    # shellcheck disable=SC2086 # several words
    install $missing || for one in $missing; do install "$one" || true; done
fi

has_firefox || echo "Firefox is not on PATH: its tests are skipped; on Debian, apt-get install $firefox" >&2
has_gdal || echo "ogrinfo is not on PATH: its tests are skipped; on Debian, apt-get install $gdal" >&2
has_java || echo "Java is not on PATH: the tests of Spark are skipped; on Debian, apt-get install $java" >&2
if has_chromium && { { has_java && has_gdal; } || [ "${CI:-}" != true ]; }; then exit 0; fi
has_chromium || echo "Chromium is not on PATH: install it for the browser tests, on Debian with apt-get install $chromium" >&2
[ "${CI:-}" != true ]

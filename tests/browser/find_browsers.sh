#!/bin/sh
# The browser tests need Chromium, and want Firefox too: look for them, or install what is missing where that needs no
# question. DejaVu has the Arabic letters that the page shows.

chromium="chromium fonts-dejavu-core"
firefox="firefox-esr"

has_any() {
    for name in "$@"; do
        if command -v "$name" >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

has_chromium() { has_any chromium chromium-browser google-chrome; }
has_firefox() { has_any firefox-esr firefox; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() { command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null; }

install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null; }

missing=""
has_chromium || missing="$chromium"
has_firefox || missing="$missing $firefox"

# Not every distribution has both: without the one, the other is still wanted.
if [ -n "$missing" ] && can_install && as_root apt-get -qq update >/dev/null; then
    # shellcheck disable=SC2086 # several words
    install $missing || has_chromium || install $chromium
fi

has_firefox || echo "Firefox is not on PATH: its tests are skipped; on Debian, apt-get install $firefox" >&2
has_chromium && exit 0
echo "Chromium is not on PATH: install it for the browser tests, on Debian with apt-get install $chromium" >&2
[ "${CI:-}" != true ]

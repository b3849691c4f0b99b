#!/bin/sh
# The browser tests need Chromium: look for it, or install it where that needs no question.
# DejaVu has the Arabic letters that the page shows.

packages="chromium fonts-dejavu-core"

found() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

install() {
    command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null || return 1
    as_root apt-get -qq update >/dev/null &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $packages >/dev/null
}

found && exit 0
install && found && exit 0
echo "Chromium is not on PATH: install it for the browser tests, on Debian with apt-get install $packages" >&2
[ "${CI:-}" != true ]

#!/bin/sh
# The tests of Spark need Java 17 or newer: look for it, or install it under CI where that needs no question.

has_java() { command -v java >/dev/null 2>&1 && java -version >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

has_java && exit 0
if [ "${CI:-}" = true ] && command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null; then
    as_root apt-get -qq update >/dev/null &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends default-jre-headless >/dev/null
fi
has_java && exit 0
echo "Java is not on PATH: the tests of Spark are skipped; on Debian, apt-get install default-jre-headless" >&2
[ "${CI:-}" != true ]

"""GDAL's own programs, as Debian packs them."""

import shutil
import subprocess

from tests.test_durability import cannot_run


def ogrinfo(*arguments, env=None):
    """Return what ogrinfo says of a file; a word of warning fails the test."""
    program = shutil.which("ogrinfo")
    if program is None:
        cannot_run("ogrinfo is not on PATH; on Debian, apt-get install gdal-bin")
    done = subprocess.run([program, *map(str, arguments)], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), arguments
    assert "Warning" not in done.stdout
    return done.stdout

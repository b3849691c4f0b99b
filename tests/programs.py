"""Programs that are no Python packages: `tests/find_programs.sh` installs them where it can."""

import os
import shutil
import subprocess

import pytest


def not_found(reason):
    """Skip a test that lacks a program, or fail it in CI, which installs them all."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def ogrinfo(*arguments, env=None):
    """Return what GDAL's ogrinfo says of a file; a warning fails the test."""
    program = shutil.which("ogrinfo")
    if program is None:
        not_found("ogrinfo is not on PATH; on Debian, apt-get install gdal-bin")
    done = subprocess.run([program, *map(str, arguments)], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), arguments
    assert "Warning" not in done.stdout
    return done.stdout

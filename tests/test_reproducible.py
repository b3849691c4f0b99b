"""The same inputs give the same bytes, whoever builds, where, when and on what."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from geo.inputs.files import CHECKOUT, LAYERS_DIR
from geo.outputs.formats import FORMATS

_NOBODY = 65534
# Without these, the libraries and the system compute with the plainest instructions, as an older machine does.
_OLD_MACHINE = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-ERMS",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX",
    "OPENBLAS_CORETYPE": "Prescott",
}
# The interpreter itself may stand where other users cannot read it, so it is loaded before.
_AS_ANOTHER_USER = """
import os, sys, tempfile
from pathlib import Path
from geo.build import build
from geo.outputs.formats import FORMATS
user, first, out = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
tempfile.tempdir = str(first.parent / "temporary")
os.mkdir(tempfile.tempdir)
build(out_dir=first, formats=FORMATS, languages=["ar"])
# Files that are kept until Python ends, such as fonts, become those of the other user.
for path in [Path(tempfile.tempdir), *Path(tempfile.tempdir).rglob("*")]:
    os.chown(path, user, user)
os.setgroups([])
os.setgid(user)
os.setuid(user)
os.environ.update(HOME="/nonexistent", USER="nobody", LOGNAME="nobody")
build(out_dir=out, formats=FORMATS, languages=["ar"])
"""

# Each differs from the first in many ways at once; where they disagree, those below tell which way it was.
FEW = {
    "as it is": {},
    "another seed, time zone, language, folder and umask": {
        "env": {"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8"},
        "locale": "tr_TR",
        "umask": 0o077,
        "relative": True,
        "layers": True,
        "matplotlibrc": "font.family: serif\nlines.linewidth: 9\nsvg.fonttype: none\n",
    },
    "an older machine, another seed": {"env": {**_OLD_MACHINE, "PYTHONHASHSEED": "0"}},
}
ENVIRONMENTS = {
    "as it is": {},
    "hash seed 0": {"env": {"PYTHONHASHSEED": "0"}},
    "hash seed 4294967295": {"env": {"PYTHONHASHSEED": "4294967295"}},
    "time zone of Tokyo": {"env": {"TZ": "Asia/Tokyo"}},
    "time zone half an hour off": {"env": {"TZ": "America/St_Johns"}},
    "Arabic": {"env": {"LC_ALL": "ar_SY.UTF-8", "LANG": "ar_SY.UTF-8", "LANGUAGE": "ar"}, "locale": "ar_SY"},
    "Turkish": {"env": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}, "locale": "tr_TR"},
    "C without UTF-8": {"env": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}},
    "another working directory": {"cwd": "/"},
    "a relative path, another folder of layers": {"relative": True, "layers": True},
    "umask 000": {"umask": 0o000},
    "umask 077": {"umask": 0o077},
    "optimised, isolated": {"python": ["-OO", "-P"]},
    "a fresh virtual environment": {"venv": True},
    "an older machine": {"env": _OLD_MACHINE},
    "another user": {"user": _NOBODY},
}


@pytest.fixture
def place():
    """Return a folder that other users can reach."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)  # of that other user too
        yield Path(folder)


def digests(folder):
    """Return the digest of every published file by its name."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def fresh_python(folder):
    """Return the Python of a new environment that finds the libraries of this one."""
    venv.create(folder, symlinks=True)
    [site] = folder.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "bin" / "python"


def locales(folder, name):
    """Make a locale that the system may not have installed, and return how to find it."""
    (folder / "locales").mkdir()
    done = subprocess.run(
        ["localedef", "-i", name, "-f", "UTF-8", folder / "locales" / f"{name}.UTF-8"], capture_output=True
    )
    return {"LOCPATH": str(folder / "locales")} if done.returncode == 0 else {}


def why_not_as_another_user():
    """Return what keeps the test from becoming another user, or nothing."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return "only root can become one"
    needed = (CHECKOUT, Path(sysconfig.get_paths()["purelib"]))
    closed = [folder for path in needed for folder in (path, *path.parents) if folder.stat().st_mode & 0o5 != 0o5]
    return f"{closed[0]} is closed to others" if closed else ""


def build_in(place, name, *, module="geo.build", env=None, cwd=None, python=(), umask=-1, user=None, **special):
    """Build in one of the environments, and return the digests of what was published."""
    work = place / name.replace(" ", "-")
    work.mkdir()
    work.chmod(0o777)
    out, layers = work / "map", LAYERS_DIR
    if special.get("layers"):
        layers = shutil.copytree(LAYERS_DIR, work / "layers")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), **(env or {})}
    environment.pop("SOURCE_DATE_EPOCH", None)
    if "matplotlibrc" in special:
        (work / "matplotlibrc").write_text(special["matplotlibrc"])
        environment["MATPLOTLIBRC"] = str(work)
    if "locale" in special and shutil.which("localedef"):
        environment.update(locales(work, special["locale"]))
    interpreter = fresh_python(work / "venv") if special.get("venv") else sys.executable
    published = "map" if special.get("relative") else out
    # One language stands for four: only the words of the figures differ.
    asked = ["--layers", layers, "--out", published, "--formats", ",".join(FORMATS), "--languages", "ar"]
    command = [interpreter, *python, "-m", module, *asked]
    if user is not None:
        command = [interpreter, "-c", _AS_ANOTHER_USER, str(user), work / "first", out]
    done = subprocess.run(
        command,
        env=environment,
        cwd=work if special.get("relative") else (cwd or CHECKOUT),
        umask=umask,
        capture_output=True,
    )
    assert done.returncode == 0, (name, done.stderr)
    return digests(out)


def assert_one_digest(found):
    """Assert that what was built in all environments, the digest of each file by its name, is the same."""
    expected = found["as it is"]
    assert {"index.html", "manifest.json", "data/corridor.geojson", "idlib_m4.gpkg", "idlib_m4.kml"} <= set(expected)
    assert {"datapackage.json", "parquet/places.parquet", "figures/map_a4_ar.pdf"} <= set(expected)
    different = {
        (name, file)
        for name, files in found.items()
        for file in set(expected) | set(files)
        if files.get(file) != expected.get(file)
    }
    assert different == set()


def test_every_file_with_one_figure_has_one_digest_over_three_environments(place):
    assert_one_digest({name: build_in(place, name, module="tests.first_figure", **how) for name, how in FEW.items()})


@pytest.mark.longer
def test_every_published_file_has_one_digest_over_all_environments(place):
    environments = dict(ENVIRONMENTS)
    missing = why_not_as_another_user()
    if missing:
        del environments["another user"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        started = {name: pool.submit(build_in, place, name, **how) for name, how in environments.items()}
        found = {name: build.result() for name, build in started.items()}
    assert len(found) >= 12
    assert_one_digest(found)
    if missing:
        pytest.skip(f"did not run as another user: {missing}; the {len(found)} other environments agree")


def test_source_date_epoch_is_the_date_of_the_data_and_the_only_thing_that_differs(tmp_path):
    for epoch in ("0", "86400"):
        command = [sys.executable, "-m", "geo.build", "--formats", "data", "--out", tmp_path / epoch]
        subprocess.run(command, env={**os.environ, "SOURCE_DATE_EPOCH": epoch}, check=True, capture_output=True)
    one, other = ((tmp_path / epoch / "manifest.json").read_text() for epoch in ("0", "86400"))
    assert json.loads(one)["data_as_of"] == "1970-01-01"
    assert json.loads(other)["data_as_of"] == "1970-01-02"
    places = (tmp_path / epoch / "data" / "places.geojson" for epoch in ("0", "86400"))
    ids = (json.loads(text)["build"] for text in (one, other))
    plain = [path.read_text(encoding="utf-8").replace(id_, "") for path, id_ in zip(places, ids, strict=True)]
    assert plain[0] == plain[1]

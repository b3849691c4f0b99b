"""The package installed from its wheel, far from any checkout."""

import os
import subprocess
import sys
import sysconfig
import venv

import pytest

from geo.inputs.files import CHECKOUT, LAYERS_DIR
from geo.outputs.manifest import verify

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return the Python of an environment that holds the wheel, and the libraries of this one but not its checkout."""
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps"]
    build = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", place, CHECKOUT]
    assert subprocess.run(build, capture_output=True).returncode == 0
    [wheel] = place.glob("*.whl")
    venv.create(place / "env", symlinks=True)
    [site] = (place / "env").glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    unpack = [*pip, "install", *offline, "--target", site, wheel]
    assert subprocess.run(unpack, capture_output=True).returncode == 0
    return place / "env" / "bin" / "python"


def run(python, *arguments, cwd):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [python, "-m", "geo.build", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def test_it_builds_given_layers_into_a_given_folder(installed, tmp_path):
    done = run(installed, "--layers", LAYERS_DIR, "--out", tmp_path / "map", "--formats", "page,data", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'map' / 'index.html'}\n", "")
    assert "complete" in verify(tmp_path / "map")


def test_without_layers_it_builds_those_that_it_brings_along_where_it_is_called(installed, tmp_path):
    done = run(installed, "--formats", "page", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "maps/idlib_m4/index.html\n"), done.stderr
    where = [installed, "-c", "import geo.inputs.files as files; print(files.__file__, files.LAYERS_DIR)"]
    code, layers = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True).stdout.split()
    assert str(CHECKOUT) not in code + layers
    assert "site-packages/geo/layers" in layers


def test_it_begins_a_folder_and_builds_it(installed, tmp_path):
    assert run(installed, "--new", "mine", cwd=tmp_path).returncode == 0
    done = run(installed, "--layers", "mine", "--formats", "page,data", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "maps/my_map/index.html\n"), done.stderr


def test_the_layers_that_it_brings_along_are_not_changed_in_place(installed, tmp_path):
    done = run(installed, "--normalise", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "belongs to the installed package" in done.stderr


def test_the_wheel_holds_what_is_needed_and_nothing_of_the_tests(installed):
    [wheel] = installed.parents[2].glob("*.whl")
    listed = subprocess.run([sys.executable, "-m", "zipfile", "-l", wheel], capture_output=True, text=True).stdout
    names = [line.split()[0] for line in listed.splitlines()[1:]]
    assert {name.split("/")[0] for name in names} == {"geo", next(n for n in names if "dist-info" in n).split("/")[0]}
    assert {"geo/layers/agreement.toml", "geo/layers/examples/start/x1.geojson"} <= set(names)

"""A command does its work whatever becomes of its standard output, and ends without a traceback."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from geo.build import build
from geo.inputs.files import LAYERS_DIR
from geo.inputs.scaffold import new_folder
from geo.outputs.manifest import verify
from tests.overpass import overpass, whole_answer

# The commands run elsewhere, and ask a server on this machine.
HERE = {"PYTHONPATH": str(LAYERS_DIR.parent), "NO_PROXY": "127.0.0.1"}
FULL = "standard output: cannot be written: No space left on device; everything else is done\n"


def run(*arguments, cwd, stdout, **more):
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, **HERE},
        **more,
    )


def run_full(*arguments, cwd):
    with Path("/dev/full").open("w") as full:
        return run(*arguments, cwd=cwd, stdout=full)


def run_without_reader(*arguments, cwd):
    """Run a command whose reader has gone before it begins."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return run(*arguments, cwd=cwd, stdout=writing)
    finally:
        os.close(writing)


def run_closed(*arguments, cwd, closed=">&-"):
    """Run a command as a shell does with a closed stream."""
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *command],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **HERE},
    )


RUNS = {
    "full": (run_full, 74, FULL),
    "without a reader": (run_without_reader, 0, ""),
    "closed": (run_closed, 0, ""),
}
each_run = pytest.mark.parametrize(("runner", "code", "told"), RUNS.values(), ids=RUNS)


@pytest.fixture
def layers(tmp_path):
    new_folder(tmp_path / "layers")
    return tmp_path / "layers"


@each_run
def test_the_published_build_is_complete(runner, code, told, layers, tmp_path):
    done = runner("geo.build", "--layers", layers, "--out", "map", "--formats", "page,data", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (code, told)
    assert verify(tmp_path / "map")
    assert (tmp_path / "map" / "index.html").is_file()


@each_run
def test_incidents_are_classified_to_the_last_row(runner, code, told, layers, tmp_path):
    (tmp_path / "a.csv").write_text("latitude,longitude,date\n0.01,0.02,2020-03-05\n0.02,0.03,2020-03-06\n")
    done = runner("geo.incidents", "a.csv", "--layers", layers, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (code, told)
    assert len((tmp_path / "a.incidents.csv").read_text().splitlines()) == 3


@each_run
def test_the_snapshot_is_written(runner, code, told, tmp_path):
    with overpass(whole_answer()) as server:
        done = runner("geo.osm", "--overpass-url", server.url, "--out", tmp_path / "m4.geojson", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (code, told)
    assert (tmp_path / "m4.geojson").read_text(encoding="utf-8").endswith("\n]}\n")


ONLY = ["--check", "--normalise", "--verify", "--new", "--help"]


@pytest.mark.parametrize("option", ONLY)
def test_what_does_only_one_thing_says_that_standard_output_is_full(option, layers, tmp_path):
    arguments = ["--layers", layers, option]
    if option == "--verify":
        build(layers, tmp_path / "map", formats=["data"])
        arguments += ["--out", tmp_path / "map"]
    if option == "--new":
        arguments += [tmp_path / "other"]
    if option == "--normalise":
        places = layers / "places.geojson"
        shutil.copy(places, tmp_path / "canonical")
        places.write_text(places.read_text(encoding="utf-8").replace(", ", ","), encoding="utf-8")
    done = run_full("geo.build", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (74, FULL)
    if option == "--new":
        assert len(list((tmp_path / "other").iterdir())) == 4
    if option == "--normalise":
        assert (layers / "places.geojson").read_bytes() == (tmp_path / "canonical").read_bytes()


@pytest.mark.parametrize("option", ["--check", "--help"])
def test_what_does_only_one_thing_needs_no_reader(option, layers, tmp_path):
    done = run_without_reader("geo.build", "--layers", layers, option, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_refusal_keeps_its_own_exit_code_on_a_full_standard_output(layers, tmp_path):
    (layers / "places.geojson").write_text("{", encoding="utf-8")
    done = run_full("geo.build", "--layers", layers, "--check", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("places.geojson: line 1: JSON: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(("is_sound", "code"), [(True, 0), (False, 1)])
def test_a_closed_or_full_standard_error_changes_no_exit_code(closed, is_sound, code, layers, tmp_path):
    if not is_sound:
        (layers / "places.geojson").write_text("{", encoding="utf-8")
    done = run_closed("geo.build", "--layers", layers, "--check", cwd=tmp_path, closed=closed)
    assert done.returncode == code, done.stdout
    assert ("places" in done.stdout) == is_sound


def test_a_path_that_the_terminal_cannot_show_is_written_with_escapes(tmp_path):
    folder = tmp_path / "خريطة"
    done = subprocess.run(
        [sys.executable, "-m", "geo.build", "--new", folder],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **HERE, "PYTHONIOENCODING": "iso-8859-1"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u062e" in done.stdout
    assert len(list(folder.iterdir())) == 4

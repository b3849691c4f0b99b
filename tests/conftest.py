"""The shipped layers and what is built of them, and which tests share a worker of pytest-xdist."""

import contextlib
import faulthandler
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import traceback
import types
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from geo.history.derive import derive
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.outputs.context import Build

TESTS = Path(__file__).parent
# Folders in which one worker makes what all modules need.
TOGETHER = ("outputs/figures/", "outputs/exports/")
# What takes longest is started first, so that no worker has much left when the other has ended.
LONGEST = (
    "browser/test_notebook_editor.py",
    "test_durability.py",
    "test_reproducible.py",
    "outputs/figures",
    "browser/test_accessibility.py",
    "browser",
    "test_build.py",
    "test_osm.py",
    "osm/",
    "test_notebooks.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Give each module to one worker, which makes its fixtures once, unless a marker says which group it is in."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            group = next(filter(place(item).startswith, TOGETHER), place(item))
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=rank)


def place(item):
    """Return the module of a test, as a path within the tests."""
    return item.path.relative_to(TESTS).as_posix()


def rank(item):
    """Return how early a test is started."""
    return next((rank for rank, start in enumerate(LONGEST) if place(item).startswith(start)), len(LONGEST))


@pytest.fixture(scope="session")
def full_build(tmp_path_factory):
    """Return the folder that the command publishes, with figures in Arabic alone: it has what the other languages have.

    All workers share it: copy what a test changes.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # which all workers share
    folder, log = root / "full-build", root / "full-build.log"
    with FileLock(root / "full-build.lock"):
        if not log.exists():
            folder.mkdir()
            command = [sys.executable, "-m", "geo.build", "--out", folder / "map", "--languages", "ar"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            log.write_text(f"{done.returncode} {done.stderr}{done.stdout}", encoding="utf-8")
    assert log.read_text(encoding="utf-8") == f"0 {folder / 'map' / 'index.html'}\n"
    return folder / "map"


@pytest.fixture(scope="session")
def layers():
    return read_layers(LAYERS_DIR)


@pytest.fixture(scope="session")
def derived(layers):
    return derive(layers)


@pytest.fixture(scope="session")
def shipped(layers, derived):
    """Return what a build of the shipped layers knows, on the first day of the corridor."""
    return Build(layers, derived, date(2020, 3, 6))


class LayersCopy:
    """A copy of the shipped layers that a test may spoil."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(LAYERS_DIR, folder)

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace the one occurrence of a text in a file."""
        text = self.text(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def edit(self, name: str, change) -> None:
        """Change the parsed GeoJSON of a layer in place."""
        document = json.loads(self.text(name))
        change(document)
        self.write(name, json.dumps(document, ensure_ascii=False))


@pytest.fixture
def layers_copy(tmp_path):
    return LayersCopy(tmp_path / "layers")


@pytest.fixture
def a_file(tmp_path):
    """Return what writes a file of a text or of bytes."""

    def write(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def asking_in_this_process(monkeypatch):
    """Run what asks an Overpass server in this process: the libraries load once for all tests, and no test waits.

    What asking changes is put back.
    """
    import osmnx as ox

    from geo.osm import overpass

    def run(command, **_):
        stdout, stderr = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "argv", ["-c", command[-1]])
        code = 0
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            try:
                overpass.main()
            except SystemExit as ended:
                code = ended.code
            except Exception:  # noqa: BLE001 - as the end of a process
                code = 1
                traceback.print_exc()
        return subprocess.CompletedProcess(command, code, stdout.getvalue().encode(), stderr.getvalue().encode())

    monkeypatch.setattr(overpass, "subprocess", types.SimpleNamespace(**vars(subprocess) | {"run": run}))
    monkeypatch.setattr(faulthandler, "dump_traceback_later", lambda *_, **__: None)
    monkeypatch.setattr(ox._overpass, "time", types.SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in vars(ox.settings):
        monkeypatch.setattr(ox.settings, name, getattr(ox.settings, name))

"""Each notebook runs from top to bottom on a copy of the layers, asks nobody for anything and changes nothing."""

import subprocess
import sys

import pytest

from geo.inputs.files import CHECKOUT
from tests.checkout import copy_of_checkout, watched

NOTEBOOKS = sorted((CHECKOUT / "notebooks").glob("*.ipynb"))
RUN = """
import sys, nbformat, nbclient
path = sys.argv[1]
book = nbformat.read(path, as_version=4)
nbclient.NotebookClient(book, timeout=240, resources={"metadata": {"path": "notebooks"}}).execute()
nbformat.write(book, path + ".run")
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    root = copy_of_checkout(folder)
    environment, asked_for = watched(folder, root)
    return root, environment, asked_for


def read(path):
    """Return a valid notebook."""
    import nbformat  # takes two seconds to load, which collecting tests should not

    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    return book


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


def test_the_notebooks_are_numbered_from_one():
    numbers = [int(path.name[:2]) for path in NOTEBOOKS]
    assert numbers == list(range(1, len(NOTEBOOKS) + 1))
    assert len(NOTEBOOKS) >= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_thin_and_holds_no_output(path):
    book = read(path)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert all(len(cell.source.splitlines()) <= 8 for cell in code)
    assert not any(line.startswith(("def ", "class ")) for cell in code for line in cell.source.splitlines())
    assert book.cells[0].source.startswith("# ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_changes_no_layer_and_asks_for_nothing(path, copy):
    root, environment, asked_for = copy
    book = root / "notebooks" / path.name
    before = contents(root / "layers")
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(book)], cwd=root, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    run = read(f"{book}.run")
    outputs = [output for cell in run.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    said = [output.text for output in outputs if output.get("name") == "stderr"]
    assert len(said) == ("Fullscreen" in book.read_text(encoding="utf-8"))  # a plugin of folium is not packaged
    assert all("UserWarning: the map needs the network" in text for text in said)
    assert contents(root / "layers") == before
    assert not asked_for.exists(), asked_for.read_text()


def test_the_watch_sees_what_is_asked_of_others(tmp_path):
    environment, asked_for = watched(tmp_path, CHECKOUT)
    ask = "import socket\ntry: socket.create_connection(('192.0.2.1', 9), timeout=0.1)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", ask], env=environment, check=True)
    assert "192.0.2.1" in asked_for.read_text()

"""The three rules of ARCHITECTURE.md, as far as imports and names show them."""

import ast
import re
from collections import Counter

from geo.inputs.files import CHECKOUT

PACKAGE = CHECKOUT / "geo"
# A folder imports only folders on its right; commands and the public API import everything.
ALLOWED = {
    "geometry": {"geometry"},
    "inputs": {"inputs"},
    "history": {"history", "geometry", "inputs"},
    "osm": {"osm", "history", "geometry", "inputs"},
    "outputs": {"outputs", "history", "geometry", "inputs"},
    "editing": {"editing", "outputs", "history", "geometry", "inputs"},
}
FOR_ALL = {"errors", "terminal"}


def imported(path):
    """Yield the folder or module of geo that each import of a module names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        yield from (name.split(".")[1] for name in names if name.startswith("geo."))


def test_imports_run_downwards():
    upwards = {
        f"{path.relative_to(PACKAGE)}: geo.{name}"
        for folder, allowed in ALLOWED.items()
        for path in (PACKAGE / folder).rglob("*.py")
        for name in imported(path)
        if name not in allowed | FOR_ALL
    }
    assert upwards == set()


def test_no_two_modules_have_the_same_name():
    names = Counter(path.name for path in PACKAGE.rglob("*.py") if not path.name.startswith("__"))
    assert [name for name, count in names.items() if count > 1] == []


def test_colours_of_features_are_in_no_module_that_reads_or_computes():
    coloured = {
        path.relative_to(PACKAGE).as_posix()
        for folder in ("geometry", "inputs", "history", "osm")
        for path in (PACKAGE / folder).rglob("*.py")
        if re.search(r'"#[0-9a-fA-F]{6}"', path.read_text(encoding="utf-8"))
    }
    assert coloured == set()

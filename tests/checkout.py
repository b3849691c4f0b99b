"""A copy of the checkout that a test may edit, and a watch on what is asked of anybody outside this machine."""

import os
import shutil
from pathlib import Path

from geo.inputs.files import CHECKOUT

_WATCH = Path(__file__).parent / "watch"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".drafts", ".lock", ".ipynb_checkpoints", "*.conflict-*")


def copy_of_checkout(folder: Path) -> Path:
    """Copy code, layers and notebooks."""
    root = folder / "checkout"
    for name in ("geo", "layers", "notebooks"):
        shutil.copytree(CHECKOUT / name, root / name, ignore=_LEFT_OUT)
    return root


def watched(folder: Path, root: Path) -> tuple[dict[str, str], Path]:
    """Return the environment of a Python that uses a copy, and the file in which it writes what it asks for."""
    asked_for = folder / "asked-for"
    own = {name: str(folder / name.lower()) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    paths = os.pathsep.join([str(_WATCH), str(root)])
    return {**os.environ, **own, "HOME": str(folder), "PYTHONPATH": paths, "ASKED_FOR": str(asked_for)}, asked_for

import json
import shutil
from pathlib import Path

import pytest

from geo.geometry.derive import derive
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers


@pytest.fixture(scope="session")
def layers():
    return read_layers(LAYERS_DIR)


@pytest.fixture(scope="session")
def derived(layers):
    return derive(layers)


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

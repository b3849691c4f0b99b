import pytest

from geo.errors import OutputError
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.inputs.scaffold import new_folder

EXAMPLE = LAYERS_DIR / "examples" / "start"


def test_a_new_folder_is_valid_as_it_is(tmp_path):
    written = new_folder(tmp_path / "mine")
    assert [path.name for path in written] == ["agreement.toml", "places.geojson", "sources.csv", "x1.geojson"]
    layers = read_layers(tmp_path / "mine")
    assert {name: len(layer.features) for name, layer in layers.items()} == {"x1": 2, "places": 2, "sources": 1}


def test_every_row_and_the_map_of_a_new_folder_say_that_they_are_synthetic(tmp_path):
    new_folder(tmp_path)
    layers = read_layers(tmp_path)
    notes = [row.properties.note for layer in layers.values() for row in layer.features]
    assert len(notes) == 5
    assert all(note.startswith("Synthetic") for note in notes)
    assert "synthetic" in layers.agreement.map.remark.en


@pytest.mark.parametrize("name", ["note.txt", ".hidden"])
def test_a_folder_that_holds_something_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError, match="already exists and is not empty"):
        new_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        new_folder(tmp_path / "file" / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_a_stopped_run_has_left_does_not_get_into_the_next(tmp_path):
    (tmp_path / ".mine.unfinished").mkdir()
    (tmp_path / ".mine.unfinished" / "half").write_text("")
    new_folder(tmp_path / "mine")
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {path.name for path in EXAMPLE.iterdir()}
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]

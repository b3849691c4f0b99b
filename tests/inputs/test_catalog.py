import re

from geo.inputs.agreement import FILE as AGREEMENT_FILE
from geo.inputs.catalog import CATALOGUE, DERIVED, LAYERS
from geo.inputs.files import LAYERS_DIR


def test_every_layer_file_has_an_entry_and_every_entry_a_file():
    files = {path.name for path in LAYERS_DIR.iterdir() if path.suffix in {".geojson", ".csv", ".toml"}}
    assert files == {spec.file for spec in LAYERS} | {AGREEMENT_FILE}


def test_names_are_unique_identifiers():
    names = [spec.name for spec in CATALOGUE]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


def test_no_computed_geometry_is_stored_as_a_layer():
    assert not {spec.name for spec in DERIVED} & {path.stem for path in LAYERS_DIR.iterdir()}


def test_classes_of_a_style_are_values_of_its_column(layers):
    for spec in LAYERS:
        if spec.by and spec.by != "status":
            values = {getattr(feature.properties, spec.by) for feature in layers[spec.name].features}
            assert values <= set(spec.classes), spec.name

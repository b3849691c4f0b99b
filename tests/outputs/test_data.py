import json
from dataclasses import replace

import pytest

from geo.inputs.catalog import CATALOGUE, LayerSpec
from geo.inputs.layers import layer_text
from geo.outputs.data import data_files
from tests.outputs.read_back import read_back

BUILD = "0123456789ab"


@pytest.fixture(scope="module")
def outputs(shipped):
    return list(data_files(replace(shipped, build_id=BUILD)))


@pytest.fixture(scope="module")
def texts(outputs):
    return {output.name: output.content.decode() for output in outputs}


def test_every_layer_and_every_computed_geometry_is_a_file_and_what_has_a_place_a_table_too(outputs):
    names = [output.name for output in outputs]
    files = [spec.file if isinstance(spec, LayerSpec) else f"{spec.name}.geojson" for spec in CATALOGUE]
    twins = [file.replace(".geojson", ".csv") for file in files if file.endswith(".geojson")]
    assert names == [f"data/{file}" for file in (*files, *twins, "facts.json")]


def test_the_computed_figures_are_published_with_how_they_were_computed(texts):
    facts = json.loads(texts["data/facts.json"])
    assert facts["figures"][0]["id"] == "stretch_length"
    assert all(figure["how"] for figure in facts["figures"])
    assert len(facts["posts"]) == 71


def test_no_feature_is_lost_on_the_way(layers, derived, texts):
    for name, text in texts.items():
        stem = name.removeprefix("data/").partition(".")[0]
        if stem == "facts":
            continue
        expected = derived.layers[stem] if stem in derived.layers else layers[stem].features
        if name.endswith(".geojson"):
            assert len(json.loads(text)["features"]) == len(expected), name


def test_the_published_corridor_has_eight_decimals(texts):
    corridor = json.loads(texts["data/corridor.geojson"])
    lon = corridor["features"][0]["geometry"]["coordinates"][0][0][0]
    assert lon == round(lon, 8) != round(lon, 6)


def test_every_file_carries_the_build_id_and_says_how_many_rows_went_in(outputs):
    for output in outputs:
        assert read_back(output) == ({BUILD}, output.rows), output.name


def test_but_for_the_build_id_a_published_layer_is_the_layer(layers, texts):
    mark = f'"build": "{BUILD}", '
    assert texts["data/m4.geojson"].replace(mark, "") == layer_text(layers["m4"])
    lines = [line.rpartition(",")[::2] for line in texts["data/joint_patrols.csv"].splitlines()]
    assert [mark for _, mark in lines] == ["build", *[BUILD] * 30]
    assert "".join(f"{line}\n" for line, _ in lines) == layer_text(layers["joint_patrols"])

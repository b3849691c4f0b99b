import json

from geo.inputs.catalog import CATALOGUE, LayerSpec
from geo.outputs.data import data_files


def test_every_layer_and_every_computed_geometry_is_a_file(layers, derived):
    names = [name for name, _ in data_files(layers, derived)]
    assert names == [
        *(f"data/{spec.file if isinstance(spec, LayerSpec) else f'{spec.name}.geojson'}" for spec in CATALOGUE),
        "data/facts.json",
    ]


def test_the_computed_figures_are_published_with_how_they_were_computed(layers, derived):
    facts = json.loads(dict(data_files(layers, derived))["data/facts.json"])
    assert facts["figures"][0]["id"] == "stretch_length"
    assert all(figure["how"] for figure in facts["figures"])
    assert len(facts["posts"]) == 71


def test_no_feature_is_lost_on_the_way(layers, derived):
    for name, text in data_files(layers, derived):
        stem = name.removeprefix("data/").partition(".")[0]
        if stem == "facts":
            continue
        expected = derived.layers[stem] if stem in derived.layers else layers[stem].features
        if name.endswith(".geojson"):
            assert len(json.loads(text)["features"]) == len(expected), name


def test_the_published_corridor_has_eight_decimals(layers, derived):
    corridor = json.loads(dict(data_files(layers, derived))["data/corridor.geojson"])
    lon = corridor["features"][0]["geometry"]["coordinates"][0][0][0]
    assert lon == round(lon, 8) != round(lon, 6)

from geo.inputs.catalog import LAYERS
from geo.inputs.layers import read_layers
from geo.inputs.summary import HEADER, remarks_on_form, summary_text


def lines(layers):
    return {line.split()[0]: line for line in summary_text(layers).splitlines()}


def test_there_is_one_line_for_each_layer_below_the_header(layers):
    assert [line.split()[0] for line in summary_text(layers).splitlines()] == [
        HEADER[0],
        *(spec.name for spec in LAYERS),
    ]


def test_posts_without_a_place_and_their_bases_are_told(layers):
    assert lines(layers)["observation_posts"].split()[:4] == ["observation_posts", "80", "3", "0"]
    assert "derived 4, gazetteer 58, inferred 10, osm 4, stated 1" in lines(layers)["observation_posts"]
    assert lines(layers)["observation_posts"].endswith("2,500 m")


def test_a_disputed_patrol_counts_once_though_graded_as_contradicted_too(layers):
    assert lines(layers)["joint_patrols"].split()[3] == "14"


def test_what_a_layer_cannot_have_is_a_dash(layers):
    assert lines(layers)["sources"].split()[2:] == ["–"] * 5


def test_each_valid_file_in_another_form_is_remarked_on_and_no_other(layers, layers_copy):
    assert remarks_on_form(layers) == []
    layers_copy.edit("places.geojson", lambda document: document["features"].reverse())
    layers_copy.write("sources.csv", "\ufeff" + layers_copy.text("sources.csv"))
    assert remarks_on_form(read_layers(layers_copy.folder)) == [
        f"{name}: valid, but not in canonical form; rewrite it with python -m geo.build --normalise"
        for name in ("places.geojson", "sources.csv")
    ]

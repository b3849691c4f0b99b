from geo.inputs.catalog import LAYERS
from geo.inputs.summary import HEADER, summary_text


def lines(layers):
    return {line.split()[0]: line for line in summary_text(layers).splitlines()}


def test_there_is_one_line_for_each_layer_below_the_header(layers):
    assert [line.split()[0] for line in summary_text(layers).splitlines()] == [
        HEADER[0],
        *(spec.name for spec in LAYERS),
    ]


def test_counts_are_those_of_the_facts(layers):
    counted = {name: int(line.split()[1]) for name, line in lines(layers).items() if name != HEADER[0]}
    assert counted | {"sources": None} == {
        "basemap": 7, "deescalation_zone": 2, "line_of_contact": 14, "m5": 2, "m4": 2, "localities": 1656, "places": 71,
        "observation_posts": 73, "joint_patrols": 30, "timeline": 104, "sources": None,
    }  # fmt: skip


def test_posts_without_a_place_and_their_bases_are_told(layers):
    assert lines(layers)["observation_posts"].split()[:4] == ["observation_posts", "73", "2", "0"]
    assert "derived 4, gazetteer 56, inferred 6, osm 4, stated 1" in lines(layers)["observation_posts"]
    assert lines(layers)["observation_posts"].endswith("2,500 m")


def test_a_disputed_patrol_counts_once_though_graded_as_contradicted_too(layers):
    assert lines(layers)["joint_patrols"].split()[3] == "1"


def test_what_a_layer_cannot_have_is_a_dash(layers):
    assert lines(layers)["sources"].split()[2:] == ["–"] * 5

import json

import pytest
from shapely.geometry import LineString, Point

from geo.errors import SnapshotError
from geo.inputs.osm_ways import Way, as_features, is_m4, m4_ways, way_from_json, way_json

TAGS = {"ref": "M4", "highway": "motorway"}
LINE = LineString([(36.3, 35.8), (36.4, 35.8)])


def way(line=LINE, **tags):
    return Way(1, TAGS | tags, line)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (TAGS, True),
        ({"ref": "M4;M5", "highway": "trunk"}, True),
        ({"ref": "M4", "highway": "motorway_link"}, False),
        ({"ref": "4", "highway": "primary"}, False),
        ({"ref": "M45", "highway": "motorway"}, False),
        ({"highway": "motorway"}, False),
    ],
)
def test_the_road_is_known_by_its_exact_number_and_kind(tags, expected):
    assert is_m4(tags) is expected


def test_only_lines_in_the_area_are_kept_and_each_once():
    rows = [
        (1, TAGS, LINE),
        (1, TAGS, LINE),
        (2, TAGS, Point(36.3, 35.8)),
        (3, TAGS, LineString([(37.3, 36.2), (37.4, 36.2)])),  # east of Aleppo
        (4, TAGS, LineString([(36.3, 35.8), (36.30000001, 35.8)])),  # of no length once rounded
    ]
    assert [way.osm_id for way in m4_ways(rows)] == [1]


def test_one_id_with_two_contents_is_refused():
    with pytest.raises(SnapshotError, match="way 1 stands twice, and not the same"):
        m4_ways([(1, TAGS, LINE), (1, TAGS, LINE.reverse())])


def test_an_id_that_is_no_number_is_refused():
    with pytest.raises(SnapshotError, match="the id '1'"):
        m4_ways([("1", TAGS, LINE)])


def test_rows_without_the_road_are_refused():
    with pytest.raises(SnapshotError, match="the M4 is not in it"):
        m4_ways([(1, {"highway": "primary"}, LINE)])


def test_what_is_too_much_to_be_one_road_is_refused():
    parts = [LineString([(36.3 + n / 1e4, 35.8), (36.3001 + n / 1e4, 35.8)]) for n in range(2001)]
    with pytest.raises(SnapshotError, match="it has 2001 ways with 4002 vertices, at most 2000 and 20000 are right"):
        m4_ways([(n, TAGS, part) for n, part in enumerate(parts)])
    fine = LineString([(36.3 + n / 1e5, 35.8) for n in range(20_001)])
    with pytest.raises(SnapshotError, match="it has 1 ways with 20001 vertices"):
        m4_ways([(1, TAGS, fine)])


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, LINE),  # a motorway is one-way unless it says otherwise
        ({"oneway": "-1"}, LINE.reverse()),
        ({"oneway": "no"}, None),
        ({"highway": "trunk"}, None),
        ({"highway": "trunk", "oneway": "yes"}, LINE),
        ({"junction": "roundabout"}, None),
    ],
)
def test_the_direction_of_travel_is_what_the_tags_say(tags, expected):
    assert way(**tags).travelled == expected


def test_features_are_drawn_in_the_direction_of_travel_and_know_where_it_leads():
    (feature,) = as_features([way(oneway="-1")], {1: "westbound"})
    assert feature.geometry == LINE.reverse()
    assert (feature.properties.id, feature.properties.carriageway) == ("way-1", "westbound")


@pytest.mark.parametrize("place", [(36.4, 999.0), (35.8, 36.4), (39.0, 35.8)])
def test_a_way_that_lies_where_it_cannot_be_is_refused_by_its_id(place):
    with pytest.raises(SnapshotError, match=r"^way 1: "):
        as_features([way(LineString([(36.3, 35.8), place]))], {})


def test_a_way_survives_the_journey_between_two_processes():
    original = way(**{"name:ar": "م4"})
    assert way_from_json(json.loads(json.dumps(way_json(original)))) == original

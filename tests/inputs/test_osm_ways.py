import json
import warnings

import pytest
from shapely.geometry import LineString, Point

from geo.errors import SnapshotError
from geo.inputs.osm_ways import (
    Road,
    Way,
    as_features,
    osmnx_rows,
    plain_reasons,
    road_ways,
    strict_osmnx,
    way_from_json,
    way_json,
)
from tests.overpass import M4_ROAD

TAGS = {"ref": "M4", "highway": "motorway"}
LINE = LineString([(36.3, 35.8), (36.4, 35.8)])


def way(line=LINE, **tags):
    return Way(1, TAGS | tags, line)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (TAGS, True),
        ({"ref": "M4;M5", "highway": "trunk"}, True),
        ({"ref": "M5;M4", "highway": "trunk"}, True),
        ({"ref": "M5", "highway": "motorway"}, False),
        ({"ref": "M4", "highway": "motorway_link"}, False),
        ({"ref": "4", "highway": "primary"}, False),
        ({"ref": "M45", "highway": "motorway"}, False),
        ({"highway": "motorway"}, False),
    ],
)
def test_the_road_is_known_by_its_exact_number_and_kind(tags, expected):
    assert M4_ROAD.has(tags) is expected


def test_only_lines_in_the_area_are_kept_and_each_once():
    rows = [
        (1, TAGS, LINE),
        (1, TAGS, LINE),
        (2, TAGS, Point(36.3, 35.8)),
        (3, TAGS, LineString([(37.3, 36.2), (37.4, 36.2)])),  # east of Aleppo
        (4, TAGS, LineString([(36.3, 35.8), (36.30000001, 35.8)])),  # of no length once rounded
    ]
    assert [way.osm_id for way in road_ways(rows, M4_ROAD)] == [1]


def test_one_id_with_two_contents_is_refused():
    with pytest.raises(SnapshotError, match="way 1 appears twice with different content"):
        road_ways([(1, TAGS, LINE), (1, TAGS, LINE.reverse())], M4_ROAD)


def test_an_id_that_is_no_number_is_refused():
    with pytest.raises(SnapshotError, match="the id '1'"):
        road_ways([("1", TAGS, LINE)], M4_ROAD)


def test_rows_without_the_road_are_refused():
    with pytest.raises(SnapshotError, match="the M4 is not in it"):
        road_ways([(1, {"highway": "primary"}, LINE)], M4_ROAD)


def test_what_is_too_much_to_be_one_road_is_refused():
    parts = [LineString([(36.3 + n / 1e4, 35.8), (36.3001 + n / 1e4, 35.8)]) for n in range(2001)]
    with pytest.raises(SnapshotError, match="it has 2001 ways with 4002 vertices, at most 2000 and 20000 are right"):
        road_ways([(n, TAGS, part) for n, part in enumerate(parts)], M4_ROAD)
    fine = LineString([(36.3 + n / 1e5, 35.8) for n in range(20_001)])
    with pytest.raises(SnapshotError, match="it has 1 ways with 20001 vertices"):
        road_ways([(1, TAGS, fine)], M4_ROAD)


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
    (feature,) = as_features([way(oneway="-1")], {1: "westbound"}, "M4 motorway")
    assert feature.geometry == LINE.reverse()
    assert (feature.properties.id, feature.properties.carriageway) == ("way-1", "westbound")


def test_a_stretch_that_two_roads_share_belongs_to_both():
    shared = TAGS | {"ref": "M4;M5"}
    assert M4_ROAD.has(shared)
    assert Road("M5", M4_ROAD.area_deg).has(shared)
    assert not Road("M1", M4_ROAD.area_deg).has(shared)


def test_a_way_survives_the_journey_between_two_processes():
    original = way(**{"name:ar": "م4"})
    assert way_from_json(json.loads(json.dumps(way_json(original)))) == original


# ---- osmnx ----


@pytest.mark.parametrize("error", [ValueError, KeyError, RecursionError, AttributeError, RuntimeWarning])
def test_what_a_library_raises_over_bad_data_becomes_one_reason(error):
    with pytest.raises(SnapshotError, match=rf"^no usable OpenStreetMap data \({error.__name__}\)$"), plain_reasons():
        raise error("line\nbreaks")


def test_a_reason_that_is_plain_already_stays_as_it_is():
    with pytest.raises(SnapshotError, match=r"^the answer is empty$"), plain_reasons():
        raise SnapshotError("the answer is empty")


def test_an_error_outside_the_data_is_not_hidden():
    with pytest.raises(OSError, match="disk"), plain_reasons():
        raise OSError("disk")


def test_what_numpy_only_warns_about_is_an_error():
    with pytest.raises(RuntimeWarning), strict_osmnx(M4_ROAD):
        warnings.warn("invalid value", RuntimeWarning, stacklevel=1)


def test_nothing_found_says_that_the_road_is_missing():
    from osmnx._errors import InsufficientResponseError

    with pytest.raises(SnapshotError, match="the M4 is not in it"), strict_osmnx(M4_ROAD):
        raise InsufficientResponseError


def test_only_ways_are_taken_from_a_frame():
    import geopandas as gpd
    from shapely.geometry import Point

    index = [("node", 1), ("way", 2)]
    frame = gpd.GeoDataFrame({"ref": ["M4", "M4"]}, geometry=[Point(36, 35), Point(36, 35)], index=index)
    frame.index = gpd.pd.MultiIndex.from_tuples(index)
    assert [osm_id for osm_id, _, _ in osmnx_rows(frame)] == [2]

from datetime import UTC, datetime

import geopandas as gpd
import pytest
from shapely.geometry import LineString

from geo.errors import SnapshotError
from geo.inputs.files import LAYERS_DIR
from geo.osm.ways import MOST_WAYS, WAY_COLUMNS, read_road, road_layer
from tests.overpass import ARABIC, KEPT, OSM_BASE, WAYS

ROAD = read_road(LAYERS_DIR)
TAGS = {"ref": "M4", "highway": "motorway"}
LINE = LineString([(36.3, 35.8), (36.4, 35.8)])


def ways_of(rows, osm_base=OSM_BASE):
    """Motorways as they are fetched or read, from (tags, positions) by id."""
    table = [{"osm_id": id_, **tags, "geometry": LineString(line)} for id_, (tags, line) in rows.items()]
    ways = gpd.GeoDataFrame(table, columns=WAY_COLUMNS, crs="EPSG:4326")
    ways.attrs.update(osm_base=osm_base, retrieved_at=datetime(2026, 11, 1, 23, 59, 59, tzinfo=UTC))
    return ways


def road_of(rows, **changes):
    layer, _ = road_layer(ways_of(rows, **changes), ROAD)
    return {feature.properties.osm_id: feature for feature in layer.features}


def all_ways():
    return {id_: way for id_, way in WAYS.items() if way[0]["highway"] in ("motorway", "trunk")}


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        *[(ref, True) for ref in ("M4", "M4;M5", "M5;M4", "M4; M5", "M 4", "m4", "M-4", "M5;M 4")],
        *[(ref, False) for ref in ("M5", "4", "M45", "M4A", "", None, float("nan"))],
    ],
)
def test_road_is_known_by_its_number_however_it_is_written(ref, expected):
    assert ROAD.is_named_by(ref) is expected


def test_every_way_of_the_road_knows_its_carriageway_and_others_are_left_out():
    found = {}
    for id_, feature in road_of(all_ways()).items():
        found.setdefault(feature.properties.carriageway, []).append(id_)
    assert found == KEPT


@pytest.mark.parametrize("loop", [[(36.39, 35.808)], [(36.41, 35.802), (36.42, 35.805), (36.41, 35.812)]])
def test_carriageways_that_meet_at_their_end_stay_two(loop):
    joined = (WAYS[201][0], [(36.4, 35.8), *loop, (36.4, 35.81)])
    headings = {id_: way.properties.carriageway for id_, way in road_of(all_ways() | {204: joined}).items()}
    assert [headings[101], headings[103], headings[201], headings[203]] == ["eastbound"] * 2 + ["westbound"] * 2


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
def test_ways_are_drawn_in_the_direction_of_travel(tags, expected):
    way = road_of({1: (TAGS | tags, LINE.coords)})[1]
    assert way.geometry == (expected or LINE)
    assert (way.properties.carriageway is None) is (expected is None)


def test_features_say_where_they_come_from():
    properties = road_of(all_ways())[103].properties
    assert (properties.id, properties.basis, properties.grade, properties.sources) == ("way-103", "osm", "B3", ("OSM",))
    assert (properties.ref, properties.highway, properties.name_en) == ("M4;M5", "motorway", "M4 motorway")


def test_names_come_from_openstreetmap_unless_they_are_not_plain_text():
    road = road_of(all_ways())
    assert road[101].properties.name_ar == ARABIC
    assert road[103].properties.name_ar is None  # holds a mark that turns text round


@pytest.mark.parametrize(
    ("state", "expected"), [(OSM_BASE, OSM_BASE), (None, "unknown"), ("<b>now</b>", "unknown"), (7, "unknown")]
)
def test_layer_says_how_old_it_is(state, expected):
    layer, _ = road_layer(ways_of(all_ways(), osm_base=state), ROAD)
    collection = layer.collection
    assert (collection.osm_base, collection.retrieved_at) == (expected, "2026-11-01T23:59:59Z")
    assert collection.licence == "ODbL-1.0"


def test_way_without_length_is_left_out():
    short = (TAGS, [(36.3, 35.8), (36.30000001, 35.8)])
    assert list(road_of({1: (TAGS, LINE.coords), 2: short})) == [1]


def test_numbers_of_ways_that_join_the_road_but_are_skipped_are_returned():
    others = {
        2: ({"ref": "M 45", "highway": "motorway"}, [(36.4, 35.8), (36.5, 35.8)]),
        3: ({"highway": "trunk"}, [(36.2, 35.8), (36.3, 35.8)]),
        4: ({"ref": "M5", "highway": "motorway"}, [(36.6, 35.8), (36.7, 35.8)]),  # elsewhere
    }
    _, skipped_refs = road_layer(ways_of({1: (TAGS, LINE.coords), **others}), ROAD)
    assert skipped_refs == ("'M 45'", "none")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ({}, "the M4 is not in it"),
        (
            {1: ({"ref": "M5", "highway": "motorway"}, LINE.coords)},
            "the M4 is not in it; the roads in it are numbered 'M5'",
        ),
        (
            {n: ({"ref": f"A{n}", "highway": "trunk"}, LINE.coords) for n in range(9)},
            r"the M4 is not in it; .*'A7', …$",
        ),
        ({"1": (TAGS, LINE.coords)}, "m4.geojson: feature 'way-1': osm_id: "),
        ({1: (TAGS, [(36.3, 35.8), (36.3, 999)])}, "m4.geojson: feature 'way-1': geometry: "),
        ({n: (TAGS, [(36 + n / 1e4, 35.8), (36.1, 35.7)]) for n in range(MOST_WAYS + 1)}, "it has 2001 ways"),
    ],
)
def test_what_cannot_be_the_layer_is_refused_with_a_plain_reason(rows, reason):
    with pytest.raises(SnapshotError, match=f"^{reason}"):
        road_of(rows)


def test_one_way_with_two_contents_is_refused():
    doubled = gpd.pd.concat([ways_of({1: (TAGS, LINE.coords)}), ways_of({1: (TAGS, LINE.coords[::-1])})])
    doubled.attrs.update(ways_of({}).attrs)
    with pytest.raises(SnapshotError, match="feature 'way-1': id: "):
        road_layer(doubled, ROAD)

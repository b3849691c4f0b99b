import random

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiLineString, Point

from geo.errors import GeometryError
from geo.geometry.geodesic import length_m
from geo.geometry.projection import oblique_mercator
from geo.geometry.road import centreline
from tests.geometry.oracle import WGS84, distances_m
from tests.geometry.roads import dual, ways, winding
from tests.samples import some

# Along a parallel, 20 m apart: 0.00018° of latitude is 19.97 m.
NORTHERN = [(36.0 + step / 100, 35.50018) for step in range(11)]
SOUTHERN = [(36.0 + step / 100, 35.5) for step in range(11)]
EASTBOUND, WESTBOUND = LineString(SOUTHERN), LineString(NORTHERN[::-1])

ROAD = winding()
THERE, BACK = (ways(carriageway, 46) for carriageway in dual(ROAD))


def errors_m(found, road=ROAD):
    """How far the found line strays from the true one, every 20 m of it but for the last 100 m at either end."""
    planar = oblique_mercator(road).to_metres(found)
    along = np.arange(100, planar.length - 100, 20.0)
    stations = oblique_mercator(road).to_degrees(shapely.multipoints(shapely.line_interpolate_point(planar, along)))
    return distances_m(road.coords, shapely.get_coordinates(stations))


def without(pieces, *gaps):
    return [piece for number, piece in enumerate(pieces) if number not in gaps]


def test_dual_carriageway_becomes_the_line_midway():
    middle = centreline([EASTBOUND, WESTBOUND])
    points = [(lon, 35.50009) for lon in (36.0, 36.02, 36.05, 36.1)]
    assert distances_m(middle.coords, points).max() < 0.1


GAPS = {
    "no gaps": (THERE, BACK),
    "two gaps there": (without(THERE, 12, 13, 30), BACK),
    "two gaps back": (THERE, without(BACK, 7, 33, 34)),
    "gaps on both, at different places": (without(THERE, 10, 31), without(BACK, 5, 22, 23)),
    "one carriageway ends early": (without(THERE, 44, 45), BACK),
    "one begins late and the other has a gap": (without(THERE, 0, 1), without(BACK, 20)),
}


@pytest.mark.long
@pytest.mark.parametrize(("there", "back"), some(4, GAPS.values()), ids=GAPS)
def test_shuffled_ways_with_gaps_and_ramps_give_the_line_midway(there, back):
    ramps = [
        LineString([THERE[n].coords[0], (THERE[n].coords[0][0] + 0.004, THERE[n].coords[0][1] - 0.004)]) for n in (3, 9)
    ]
    lines = [*there, *back, *ramps]
    highways = ["motorway"] * (len(lines) - len(ramps)) + ["motorway_link"] * len(ramps)
    frame = gpd.GeoDataFrame({"highway": highways}, geometry=lines, crs=4326).sample(frac=1, random_state=3)
    found = centreline(frame).geometry.iloc[0]
    assert length_m(found) == pytest.approx(length_m(ROAD), abs=60)
    errors = errors_m(found)
    assert errors.mean() <= 0.1
    assert errors.max() <= 0.5


def test_the_order_of_the_ways_does_not_matter():
    lines = [*without(THERE, 10), *without(BACK, 22)]
    expected = centreline(lines)
    assert expected.coords[0][0] < expected.coords[-1][0]
    for seed in range(3):
        assert centreline(random.Random(seed).sample(lines, len(lines))).equals_exact(expected, 1e-6)


def test_ramps_are_left_out_also_where_a_way_was_merged_of_several():
    whole = gpd.GeoDataFrame(geometry=[MultiLineString([EASTBOUND, WESTBOUND])], crs=4326)
    assert centreline(whole).geometry.iloc[0].equals(centreline([EASTBOUND, WESTBOUND]))
    ramp = LineString([(36.3, 35.7), (36.31, 35.72)])
    kinds = ["motorway", ["motorway", "motorway_link"], ["motorway_link", "trunk_link"]]
    frame = gpd.GeoDataFrame({"highway": kinds}, geometry=[EASTBOUND, WESTBOUND, ramp], crs=4326)
    assert centreline(frame).geometry.iloc[0].equals(centreline([EASTBOUND, WESTBOUND]))


def test_what_is_not_a_line_is_refused():
    for point in (Point(36, 35), Point()):
        with pytest.raises(GeometryError, match="carriageways: a Point; lines"):
            centreline([EASTBOUND, point])
    with pytest.raises(GeometryError, match="none given"):
        centreline([])
    with pytest.raises(GeometryError, match="carriageways: longitude up to 278000"):
        centreline([LineString([(277000, 3970000), (278000, 3971000)])])


def test_straights_keep_their_vertices_so_that_they_stay_straight_in_lon_lat():
    edges = np.array(centreline([EASTBOUND, WESTBOUND]).coords)
    assert max(length_m(LineString(edges[n : n + 2])) for n in range(len(edges) - 1)) <= 1001


def test_two_roads_are_refused_with_place_and_distance():
    with pytest.raises(
        GeometryError, match=r"not one road: a piece of 9\.\d\d km does not connect .* at 36\.\d+, 35\.6"
    ):
        centreline([EASTBOUND, LineString([(36.0, 35.6), (36.1, 35.6)])])


def test_a_gap_in_both_carriageways_at_the_same_place_is_refused():
    with pytest.raises(GeometryError, match=r"does not connect to the longest one of .* at most 500 m is right"):
        centreline([*without(THERE, 20, 21), *without(BACK, 24, 25)])


def test_a_ring_road_comes_to_an_end():
    bearings = np.linspace(0, 359, 360)
    outer, inner = (
        np.column_stack(WGS84.fwd(np.full(360, 36.5), np.full(360, 35.5), bearings, np.full(360, radius_m))[:2])
        for radius_m in (10_012.5, 9_987.5)
    )
    found = centreline([LineString([*inner[::-1], inner[-1]]), LineString([*outer, outer[0]])])
    assert length_m(found) == pytest.approx(2 * np.pi * 10_000, rel=0.02)


@pytest.mark.parametrize(("road", "length_km"), [("m4", 121.2), ("m5", 114.7)])
def test_each_shipped_snapshot_is_one_road_from_west_to_east(layers, road, length_km):
    line = centreline([way.geometry for way in layers[road].features])
    assert length_m(line) / 1000 == pytest.approx(length_km, abs=0.5)
    assert line.coords[0][0] < line.coords[-1][0]


def test_the_shipped_snapshot_cut_into_ways_gives_the_same_line(layers):
    whole = [way.geometry for way in layers["m4"].features]
    cut = [way for carriageway in whole for way in ways(carriageway, 70)]
    assert centreline(cut).equals_exact(centreline(whole), 1e-9)

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from geo.geometry.buffer import Buffer
from geo.geometry.geodesic import GEOD
from geo.geometry.nearest import IndexedLine, nearest_of, nearest_points
from tests.geometry import oracle
from tests.geometry.oracle import WGS84, distances_m, geodesic_m
from tests.geometry.roads import winding

ROAD = LineString([(36.0, 35.5), (36.0, 35.6), (36.2, 35.6)])


def indexed(line, reach_m=800_000.0):
    return IndexedLine.of([shapely.get_coordinates(line)], cell_m=800.0, reach_m=reach_m)


@pytest.fixture(params=["few places", "millions of places"])
def search(request):
    if request.param == "few places":
        return nearest_points
    return lambda line, places: indexed(line).nearest_points(np.asarray(places, float))


def test_on_a_meridian_the_nearest_point_is_due_west_or_east(search):
    at = search(ROAD, np.array([(35.99, 35.55), (36.01, 35.53)]))
    assert at.edge.tolist() == [0, 0]
    assert at.positions == pytest.approx(np.array([[36.0, 35.55], [36.0, 35.53]]), abs=1e-5)
    assert at.is_left.tolist() == [True, False]


def test_beyond_a_convex_corner_the_corner_is_nearest(search):
    at = search(ROAD, np.array([(35.95, 35.65)]))
    assert at.positions.tolist() == [[36.0, 35.6]]
    assert at.is_left.tolist() == [True]


def test_a_sharp_corner_has_the_same_side_on_all_of_its_outside(search):
    needle = LineString([(36.0, 35.5), (36.2, 35.5), (36.02, 35.45)])
    around = [(36.21, 35.51), (36.22, 35.5), (36.22, 35.49), (36.205, 35.48)]
    assert search(needle, np.array(around)).is_left.all()


@pytest.mark.parametrize(("reach_deg", "within_m"), [(0.02, 0.002), (0.4, 0.002), (5.0, 0.01)])
def test_distances_agree_with_an_independent_search_near_and_far(search, reach_deg, within_m):
    road = winding(km=40)
    west, south, east, north = road.bounds
    low, high = (west - reach_deg, south - reach_deg), (east + reach_deg, north + reach_deg)
    places = np.random.default_rng(1).uniform(low, high, (400, 2))
    assert search(road, places).distance_m == pytest.approx(distances_m(road.coords, places), abs=within_m)


@pytest.mark.long
def test_up_to_60_km_beside_a_winding_road_the_nearest_point_is_right_within_1_cm_along_it(search):
    road = winding(km=150, bends=3, amplitude_km=20, spacing_m=200)
    some, others = beside(road, 150, seed=3), beside(road, 150, seed=4)
    points = np.vstack([some, *about_as_near_to_two_places(road, some, others)])
    places, is_the_only = oracle.nearest_points(road.coords, points)
    off_m = geodesic_m(search(road, points).positions, places)
    assert is_the_only.mean() > 0.99
    assert off_m[is_the_only].max() < 0.01


def beside(road, count, seed, farthest_m=60_000):
    random = np.random.default_rng(seed)
    lon, lat = random.choice(shapely.get_coordinates(road), count).T
    bearing, distance_m = random.uniform(0, 360, count), random.uniform(0, farthest_m, count)
    return np.column_stack(WGS84.fwd(lon, lat, bearing, distance_m)[:2])


def about_as_near_to_two_places(road, some, others, apart_m=1.0):
    """On the way from some points to others, a metre before and after their nearest point changes to the other."""
    nearest, other = (oracle.nearest_points(road.coords, points)[0] for points in (some, others))
    while geodesic_m(some, others).max() > apart_m:
        middle = (some + others) / 2
        between = oracle.nearest_points(road.coords, middle)[0]
        onward = (geodesic_m(between, nearest) < geodesic_m(between, other))[:, None]
        some, others = np.where(onward, middle, some), np.where(onward, others, middle)
        nearest, other = np.where(onward, between, nearest), np.where(onward, other, between)
    return some, others


def test_no_places_have_no_nearest_points():
    assert len(nearest_points(ROAD, []).edge) == 0
    assert len(indexed(ROAD).nearest_points(np.zeros((0, 2))).edge) == 0


def test_a_point_on_the_road_is_its_own_nearest_point():
    at = nearest_points(ROAD, [Point(36.0, 35.55)])
    assert at.distance_m == pytest.approx([0], abs=1e-6)


def test_beyond_the_reach_of_an_indexed_line_the_distance_is_infinite():
    far = np.array([(-50.0, -10.0), (36.0, 35.5)])
    assert np.isinf(indexed(ROAD, reach_m=30_000.0).nearest_points(far).distance_m).tolist() == [True, False]
    assert np.isinf(indexed(ROAD, reach_m=30_000.0).distances(far)[1]).tolist() == [True, False]


def test_of_several_lines_there_is_nothing_between_their_ends_and_the_first_is_chosen_where_two_are_equally_near():
    parts = [
        np.array([(36.0, 35.5), (36.1, 35.5)]),
        np.array([(36.1, 35.5), (36.1, 35.7)]),
        np.array([(36.5, 35.5), (36.6, 35.5)]),
    ]
    line = IndexedLine.of(parts, cell_m=2000.0, reach_m=50_000.0)
    places = np.array([(36.3, 35.55), (36.15, 35.45)])  # between two lines, and beyond the end that two lines share
    edge, distance_m = line.distances(places)
    assert edge.tolist() == [2, 0]
    assert distance_m == pytest.approx(
        [GEOD.inv(36.1, 35.55, 36.3, 35.55)[2], GEOD.inv(36.1, 35.5, 36.15, 35.45)[2]], abs=3
    )


def test_a_buffer_is_the_area_within_a_distance_of_its_lines_also_where_it_is_widened():
    road = winding(km=30)
    places = np.random.default_rng(0).uniform((36.0, 35.5), (36.8, 36.1), (3000, 2))
    distance_m = distances_m(road.coords, places)
    buffer = Buffer.of([(indexed(road, 40_000.0), 4000.0)], cells=60, margin_m=10_000.0)
    wider_m = np.resize([0.0, 700.0, 9000.0], 3000)
    for more_m in (0.0, wider_m):
        clear = np.abs(distance_m - 4000 - more_m) > 0.01
        assert (buffer.contains(places, more_m) == (distance_m <= 4000 + more_m))[clear].all()


def test_the_nearest_of_a_few_points_is_one_that_exists_for_the_place():
    points = np.array([(36.0, 35.5), (36.1, 35.5), (40.0, 33.0)])
    places = np.array([(36.02, 35.5), (36.02, 35.5), (41.0, 33.0), (36.0, 35.5)])
    exists = np.array([(1, 1, 1), (0, 1, 1), (1, 1, 0), (0, 0, 0)], dtype=bool)
    number, distance_m = nearest_of(points, places, exists)
    assert number.tolist() == [0, 1, 1, -1]
    assert distance_m[:3] == pytest.approx(geodesic_m(points[[0, 1, 1]], places[:3]), abs=1e-6)
    assert np.isinf(distance_m[3])

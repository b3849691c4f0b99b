import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from geo.geometry.foot import feet
from tests.geometry import oracle
from tests.geometry.oracle import WGS84, distances_m, geodesic_m
from tests.geometry.roads import winding

ROAD = LineString([(36.0, 35.5), (36.0, 35.6), (36.2, 35.6)])


def test_the_foot_on_a_meridian_lies_due_west_or_east_of_the_point():
    at = feet(ROAD, [Point(35.99, 35.55), Point(36.01, 35.53)])
    assert at.edge.tolist() == [0, 0]
    assert at.positions == pytest.approx(np.array([[36.0, 35.55], [36.0, 35.53]]), abs=1e-5)
    assert at.is_left.tolist() == [True, False]


def test_beyond_a_convex_corner_the_foot_is_the_corner():
    at = feet(ROAD, [Point(35.95, 35.65)])
    assert at.positions.tolist() == [[36.0, 35.6]]
    assert at.is_left.tolist() == [True]


def test_a_sharp_corner_has_the_same_side_on_all_of_its_outside():
    needle = LineString([(36.0, 35.5), (36.2, 35.5), (36.02, 35.45)])
    around = [(36.21, 35.51), (36.22, 35.5), (36.22, 35.49), (36.205, 35.48)]
    assert feet(needle, np.array(around)).is_left.all()


def test_distances_agree_with_an_independent_search():
    road = winding(km=60)
    points = np.random.default_rng(1).uniform((36.1, 35.7), (36.9, 35.95), (400, 2))
    assert feet(road, points).distance_m == pytest.approx(distances_m(road.coords, points), abs=0.002)


@pytest.mark.long
def test_up_to_60_km_beside_a_winding_road_the_foot_is_the_nearest_place_within_1_cm_along_it():
    road = winding(km=150, bends=3, amplitude_km=20, spacing_m=200)
    some, others = beside(road, 150, seed=3), beside(road, 150, seed=4)
    points = np.vstack([some, *about_as_near_to_two_places(road, some, others)])
    places, is_the_only = oracle.feet(road.coords, points)
    off_m = geodesic_m(feet(road, points).positions, places)
    assert is_the_only.mean() > 0.99
    assert off_m[is_the_only].max() < 0.01


def beside(road, count, seed, farthest_m=60_000):
    random = np.random.default_rng(seed)
    lon, lat = random.choice(shapely.get_coordinates(road), count).T
    bearing, distance_m = random.uniform(0, 360, count), random.uniform(0, farthest_m, count)
    return np.column_stack(WGS84.fwd(lon, lat, bearing, distance_m)[:2])


def about_as_near_to_two_places(road, some, others, apart_m=1.0):
    """On the way from some points to others, a metre before and a metre after their foot changes from one to the other.

    There the plane is mistaken if anywhere: its scale grows away from its axis, so it compares two ways but roughly.
    """
    foot, other_foot = (oracle.feet(road.coords, points)[0] for points in (some, others))
    while geodesic_m(some, others).max() > apart_m:
        middle = (some + others) / 2
        between = oracle.feet(road.coords, middle)[0]
        onward = (geodesic_m(between, foot) < geodesic_m(between, other_foot))[:, None]
        some, others = np.where(onward, middle, some), np.where(onward, others, middle)
        foot, other_foot = np.where(onward, between, foot), np.where(onward, other_foot, between)
    return some, others


def test_no_points_have_no_feet():
    assert len(feet(ROAD, []).edge) == 0


def test_a_point_on_the_road_is_its_own_foot():
    at = feet(ROAD, [Point(36.0, 35.55)])
    assert at.distance_m == pytest.approx([0], abs=1e-6)

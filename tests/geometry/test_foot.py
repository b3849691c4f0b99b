import numpy as np
import pytest
from shapely.geometry import LineString, Point

from geo.geometry.foot import feet
from tests.geometry.oracle import distances_m
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


def test_a_point_on_the_road_is_its_own_foot():
    at = feet(ROAD, [Point(36.0, 35.55)])
    assert at.distance_m == pytest.approx([0], abs=1e-6)

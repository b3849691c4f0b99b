import numpy as np
import pytest
from shapely.geometry import LineString, Point

from geo.errors import GeometryError
from geo.geometry.corridor import area_km2, corridor, sides
from geo.geometry.projection import GEOD

HALF_WIDTH_M = 6000
STRAIGHT = LineString([(36.1, 35.8), (36.7, 35.8)])


def metres_to(line, lon, lat):
    """Geodesic distance from a point to a line: a search along each near edge, with no projection and no shapely."""
    points = np.array(line.coords)
    distance = GEOD.inv(np.full(len(points), lon), np.full(len(points), lat), *points.T)[2]
    nearest = np.argsort(distance)[:6]
    edges = sorted({edge for vertex in nearest for edge in (vertex - 1, vertex) if 0 <= edge < len(points) - 1})
    return min(_metres_to_edge(points[edge], points[edge + 1], lon, lat) for edge in edges)


def _metres_to_edge(start, end, lon, lat):
    low, high = 0.0, 1.0
    for _ in range(60):
        first, second = low + (high - low) / 3, high - (high - low) / 3
        if (
            GEOD.inv(lon, lat, *(start + (end - start) * first))[2]
            < GEOD.inv(lon, lat, *(start + (end - start) * second))[2]
        ):
            high = second
        else:
            low = first
    return GEOD.inv(lon, lat, *(start + (end - start) * low))[2]


def test_corridor_is_six_km_on_each_side():
    area = corridor(STRAIGHT, half_width_m=HALF_WIDTH_M)
    for bearing in (0, 180):
        inside = Point(GEOD.fwd(36.4, 35.8, bearing, 5990)[:2])
        outside = Point(GEOD.fwd(36.4, 35.8, bearing, 6010)[:2])
        assert area.contains(inside)
        assert not area.contains(outside)


def test_corridor_is_round_at_both_ends():
    area = corridor(STRAIGHT, half_width_m=HALF_WIDTH_M)
    for bearing in (225, 270, 315):
        assert area.contains(Point(GEOD.fwd(36.1, 35.8, bearing, 5990)[:2]))
        assert not area.contains(Point(GEOD.fwd(36.1, 35.8, bearing, 6010)[:2]))


def test_area_of_a_straight_corridor_is_that_of_a_stadium():
    length_m = GEOD.inv(36.1, 35.8, 36.7, 35.8)[2]
    expected_km2 = (2 * HALF_WIDTH_M * length_m + np.pi * HALF_WIDTH_M**2) / 1e6
    assert area_km2(corridor(STRAIGHT, half_width_m=HALF_WIDTH_M)) == pytest.approx(expected_km2, rel=1e-4)


def test_every_boundary_point_of_the_real_corridor_is_6000_m_from_the_centreline(derived):
    line = derived.layers["centreline"][0].geometry
    boundary = np.array(derived.layers["corridor"][0].geometry.exterior.coords)
    middles = (boundary[1:] + boundary[:-1]) / 2
    distances = np.array([metres_to(line, *point) for point in [*boundary[::3], *middles[::3]]])
    assert abs(distances - HALF_WIDTH_M).max() < 20


def test_a_buffer_in_web_mercator_would_fail_that_check(derived):
    """Negative control: the check itself can fail."""
    line = derived.layers["centreline"][0].geometry
    wrong = Point(GEOD.fwd(*line.interpolate(0.5, normalized=True).coords[0], 0, 4852)[:2])
    assert abs(metres_to(line, wrong.x, wrong.y) - HALF_WIDTH_M) > 20


@pytest.mark.parametrize("reverse", [False, True])
def test_sides_are_named_by_where_they_lie_whichever_way_the_road_runs(reverse):
    line = STRAIGHT.reverse() if reverse else STRAIGHT
    halves = sides(corridor(line, half_width_m=HALF_WIDTH_M), line)
    assert halves["north"].contains(Point(36.4, 35.83))
    assert halves["south"].contains(Point(36.4, 35.77))


def test_sides_of_the_real_corridor_add_up_to_the_whole(derived):
    whole, *halves = (feature.geometry for feature in derived.layers["corridor"])
    assert sum(map(area_km2, halves)) == pytest.approx(area_km2(whole), abs=1e-6)
    assert halves[0].intersection(halves[1]).area < 1e-12
    assert halves[0].union(halves[1]).symmetric_difference(whole).area < 1e-11


def test_a_line_beside_the_area_does_not_divide_it():
    area = corridor(STRAIGHT, half_width_m=HALF_WIDTH_M)
    with pytest.raises(GeometryError, match="does not divide"):
        sides(area, LineString([(36.1, 36.5), (36.7, 36.5)]))


@pytest.mark.parametrize("half_width_m", [0, -6000, float("nan")])
def test_a_width_that_is_not_above_zero_is_refused(half_width_m):
    with pytest.raises(GeometryError, match="half_width_m"):
        corridor(STRAIGHT, half_width_m=half_width_m)


def test_an_empty_line_is_refused():
    with pytest.raises(GeometryError, match="0 points"):
        corridor(LineString(), half_width_m=HALF_WIDTH_M)

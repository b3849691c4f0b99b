from itertools import pairwise

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from geo.errors import GeometryError
from geo.geometry.chainage import chainage, section
from geo.geometry.geodesic import GEOD, length_m
from tests.geometry.roads import winding

ROAD = LineString([(36.0, 35.5), (36.0, 35.6), (36.0, 35.7)])


def test_points_put_beside_a_road_come_back_to_where_they_were_put():
    road = winding(km=60)
    positions = shapely.get_coordinates(road)
    edges_m = [GEOD.inv(*start, *end)[2] for start, end in pairwise(positions)]
    starts_m = np.cumsum([0, *edges_m])
    for edge in np.random.default_rng(2).integers(0, len(edges_m), 100):
        middle = positions[edge : edge + 2].mean(axis=0)
        bearing = GEOD.inv(*positions[edge], *positions[edge + 1])[0]
        beside = [Point(GEOD.fwd(*middle, bearing + turn, 40)[:2]) for turn in (-90, 90)]
        along_m, offset_m = chainage(road, beside)
        assert along_m == pytest.approx([starts_m[edge] + edges_m[edge] / 2] * 2, abs=0.1)
        assert offset_m == pytest.approx([40, -40], abs=0.1)  # positive on the left


def test_chainage_stops_at_the_ends_of_the_road():
    along_m, _ = chainage(ROAD, [Point(36.0, 35.4), Point(36.0, 35.9)])
    assert along_m == pytest.approx([0, length_m(ROAD)], abs=0.01)


def test_a_section_keeps_the_vertices_between_and_the_whole_keeps_all():
    road = winding(km=5)
    assert section(road, 0, length_m(road)).equals_exact(road, 1e-9)
    assert set(section(road, 1000, 2000).coords[1:-1]) <= set(road.coords)


def test_a_section_lies_between_its_chainages_and_towards_the_start_it_runs_backwards():
    part = section(ROAD, 1000, 3000)
    assert length_m(part) == pytest.approx(2000, abs=0.01)
    ends = [Point(part.coords[0]), Point(part.coords[-1])]
    assert chainage(ROAD, ends).along_m == pytest.approx([1000, 3000], abs=0.01)
    assert section(ROAD, 3000, 1000).equals_exact(section(ROAD, 1000, 3000).reverse(), 1e-9)


@pytest.mark.parametrize("to_m", [-1, 30_000, float("nan")])
def test_a_chainage_off_the_line_is_refused_with_what_is_on_it(to_m):
    with pytest.raises(GeometryError, match=r"to_m: .*; 0 to 22190\.\d m is on the line"):
        section(ROAD, 1000, to_m)
    with pytest.raises(GeometryError, match="two different chainages"):
        section(ROAD, 1000, 1000)

from itertools import pairwise

import numpy as np
import pytest
from shapely.geometry import LineString, Point

from geo.errors import GeometryError
from geo.geometry.projection import GEOD
from geo.geometry.road import centreline, chainage, length_m, section, stretch

# Along a parallel, 20 m apart: 0.00018° of latitude is 19.97 m.
NORTHERN = [(36.0 + step / 100, 35.50018) for step in range(11)]
SOUTHERN = [(36.0 + step / 100, 35.5) for step in range(11)]
EASTBOUND, WESTBOUND = LineString(SOUTHERN), LineString(NORTHERN[::-1])
ROAD = LineString([(36.0, 35.5), (36.0, 35.6), (36.0, 35.7)])


def pieces(points, *cuts):
    """Cut a carriageway into ways that share their end nodes."""
    edges = [0, *cuts, len(points) - 1]
    return [LineString(points[a : b + 1]) for a, b in pairwise(edges)]


def metres_from(line, lon, lat):
    return min(GEOD.inv(lon, lat, *point)[2] for point in np.array(line.segmentize(1e-5).coords))


def test_dual_carriageway_becomes_the_line_midway():
    middle = centreline([EASTBOUND, WESTBOUND])
    for lon in (36.0, 36.02, 36.05, 36.1):
        assert metres_from(middle, lon, 35.50009) < 0.5


def test_centreline_runs_from_west_to_east_whatever_the_order_of_the_ways():
    ways = [*pieces(SOUTHERN, 3, 7), *pieces(NORTHERN[::-1], 5)]
    expected = centreline(ways)
    assert expected.coords[0][0] < expected.coords[-1][0]
    for order in ([4, 0, 3, 2, 1], [2, 1, 0, 4, 3]):
        assert centreline([ways[n] for n in order]).equals_exact(expected, 1e-7)


def test_a_gap_in_one_carriageway_is_bridged_with_the_separation_on_either_side():
    ways = [EASTBOUND, LineString(NORTHERN[:4:-1]), LineString(NORTHERN[2::-1])]
    middle = centreline(ways)
    for lon in (36.01, 36.035, 36.09):
        assert metres_from(middle, lon, 35.50009) < 0.5


def test_a_single_carriageway_is_its_own_centreline():
    assert centreline([EASTBOUND]).equals_exact(EASTBOUND, 1e-6) or length_m(centreline([EASTBOUND])) == pytest.approx(
        length_m(EASTBOUND), abs=0.1
    )


def test_two_roads_are_refused_with_their_distance():
    with pytest.raises(GeometryError, match=r"not one road: a piece of 9\.\d km lies \d+ m away"):
        centreline([EASTBOUND, LineString([(36.0, 35.6), (36.1, 35.6)])])


def test_no_carriageway_is_refused():
    with pytest.raises(GeometryError, match="none given"):
        centreline([])


def test_chainage_is_the_geodesic_distance_along_the_road():
    expected = GEOD.inv(36.0, 35.5, 36.0, 35.65)[2]
    assert chainage(ROAD, [Point(36.0, 35.5), Point(36.01, 35.65)]) == pytest.approx([0, expected], abs=0.1)


def test_chainage_stops_at_the_ends_of_the_road():
    assert chainage(ROAD, [Point(36.0, 35.4), Point(36.0, 35.9)]) == pytest.approx([0, length_m(ROAD)], abs=0.01)


def test_a_section_lies_between_its_two_chainages():
    part = section(ROAD, 1000, 3000)
    assert length_m(part) == pytest.approx(2000, abs=0.01)
    assert chainage(ROAD, [Point(part.coords[0]), Point(part.coords[-1])]) == pytest.approx([1000, 3000], abs=0.01)


def test_a_section_towards_the_start_runs_backwards():
    assert section(ROAD, 3000, 1000).equals_exact(section(ROAD, 1000, 3000).reverse(), 1e-9)


def test_a_section_of_no_length_is_refused():
    with pytest.raises(GeometryError, match="two different chainages"):
        section(ROAD, 1000, 1000)


def test_a_stretch_runs_from_the_first_place_to_the_second():
    part = stretch(ROAD, Point(36.01, 35.65), Point(35.99, 35.55))
    assert part.coords[0] == pytest.approx((36.0, 35.65), abs=1e-5)
    assert part.coords[-1] == pytest.approx((36.0, 35.55), abs=1e-5)

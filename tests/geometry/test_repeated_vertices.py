"""A road whose vertices repeat is the same road: every public function gives what it gives for the clean one."""

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiLineString, Point, box

import geo
from geo.errors import GeometryError
from geo.geometry.heading import headings
from geo.geometry.nearest import nearest_points
from geo.geometry.sides import side_names
from tests.geometry.roads import dual, winding

CLEAN = LineString([(36.1, 35.8), (36.3, 35.9), (36.45, 35.82), (36.7, 35.85)])
POINTS = [Point(36.05, 35.8), Point(36.1, 35.7), Point(36.3, 35.95), Point(36.3, 35.8), Point(36.45, 35.7)]
POINTS += [Point(36.69, 35.9), Point(36.75, 35.8), Point(36.7, 35.9), Point(36.4, 35.9)]


def repeated(line, *which, by=0.0):
    """The line with some vertices twice or three times, the copies a little to the east."""
    positions = shapely.get_coordinates(line)
    counts = np.ones(len(positions), dtype=int)
    counts[list(which)] += [1 + turn % 2 for turn in range(len(which))]
    copies = np.repeat(positions, counts, axis=0)
    is_copy = np.append(False, (np.diff(copies, axis=0) == 0).all(axis=1))
    copies[is_copy, 0] += by
    return LineString(copies)


REPEATED = {
    "first": repeated(CLEAN, 0),
    "last": repeated(CLEAN, -1),
    "both ends": repeated(CLEAN, 0, -1),
    "in the middle": repeated(CLEAN, 1, 2),
    "everywhere": repeated(CLEAN, 0, 1, 2, 3),
    "everywhere, almost": repeated(CLEAN, 0, 1, 2, 3, by=1e-11),
    "with heights": LineString([(*position, height) for height, position in enumerate(repeated(CLEAN, 0, 2).coords)]),
}
SAME_DEG = 1e-9
SAME_M = 1e-3

each_repeated = pytest.mark.parametrize("line", REPEATED.values(), ids=REPEATED)


@each_repeated
def test_a_road_with_repeated_vertices_gives_what_the_clean_road_gives(line):
    area = geo.corridor(CLEAN, half_width_m=6000)
    assert geo.corridor(line, half_width_m=6000).symmetric_difference(area).area < SAME_DEG
    for name, side in geo.sides(area, CLEAN).items():
        assert geo.sides(area, line)[name].symmetric_difference(side).area < SAME_DEG, name
    for at, clean in zip(geo.chainage(line, POINTS), geo.chainage(CLEAN, POINTS), strict=True):
        assert at == pytest.approx(clean, abs=SAME_M)
    for from_m, to_m in ((0, 30_000), (40_000, 5_000)):
        assert geo.section(line, from_m, to_m).equals_exact(geo.section(CLEAN, from_m, to_m), SAME_DEG)
    assert geo.centreline([line]).equals_exact(geo.centreline([CLEAN]), SAME_DEG)


@pytest.mark.parametrize("which", [[0], [-1], [0, -1], [5, 9], range(50)], ids=str)
def test_the_centreline_is_that_of_the_clean_carriageways(which):
    there, back = dual(winding(km=20))
    clean = geo.centreline([there, back])
    assert geo.centreline([repeated(there, *which), repeated(back, *which)]).equals_exact(clean, SAME_DEG)


def test_ways_are_joined_across_repeated_vertices():
    # The second way leads west for itself, and east as a part of the carriageway that it goes on from.
    ways = [LineString([(36.1, 35.8), (36.3, 35.8)]), LineString([(36.3, 35.8), (36.31, 35.85), (36.2999, 35.86)])]
    names = ("eastbound", "westbound")
    assert headings(dict(enumerate(ways)), names) == {0: "eastbound", 1: "eastbound"}
    copies = {number: repeated(way, 0, -1) for number, way in enumerate(ways)}
    assert headings(copies, names) == headings(dict(enumerate(ways)), names)


with np.errstate(invalid="ignore"):
    NOT_FINITE = LineString([(36.1, 35.8), (36.2, float("nan")), (36.3, 35.8)])
    INFINITE = LineString([(36.1, 35.8), (36.2, float("inf")), (36.3, 35.8)])
NO_LINE = {
    "infinite": (INFINITE, "a coordinate is not a finite number; degrees are needed"),
    "not a number": (NOT_FINITE, "a coordinate is not a finite number; degrees are needed"),
    "one place": (LineString([(36.1, 35.8)] * 3), "3 points, 1 of them different; two are needed"),
    "empty": (LineString(), "0 points, 0 of them different; two are needed"),
    "two pieces": (MultiLineString([[(36, 35), (37, 35)], [(37, 36), (38, 36)]]), "2 pieces; a road of one piece"),
    "a point": (Point(36, 35), "a Point; a LineString"),
}
TAKING_A_LINE = {
    "corridor": lambda line: geo.corridor(line, half_width_m=6000),
    "band": lambda line: geo.band(box(36, 35, 37, 36), line, depth_m=6000),
    "sides": lambda line: geo.sides(box(36, 35, 37, 36), line),
    "side_names": side_names,
    "chainage": lambda line: geo.chainage(line, POINTS),
    "section": lambda line: geo.section(line, 0, 1),
    "nearest_points": lambda line: nearest_points(line, POINTS),
}


@pytest.mark.parametrize("function", TAKING_A_LINE.values(), ids=TAKING_A_LINE)
@pytest.mark.parametrize(("line", "told"), NO_LINE.values(), ids=NO_LINE)
def test_what_is_no_line_is_refused_by_every_function_in_the_same_words(function, line, told):
    with pytest.raises(GeometryError, match=rf"^line: {told}"):
        function(line)


def test_carriageways_without_length_are_left_out_and_refused_where_there_are_no_others():
    point = LineString([(36.1, 35.8)] * 2)
    assert geo.centreline([point, CLEAN]).equals_exact(geo.centreline([CLEAN]), SAME_DEG)
    with pytest.raises(GeometryError, match="1 given, none of any length"):
        geo.centreline([point])
    with pytest.raises(GeometryError, match="carriageways: a coordinate is not a finite number"):
        geo.centreline([CLEAN, NOT_FINITE])

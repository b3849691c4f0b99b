"""A motorway: its carriageways, the centreline between them, and places along it."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Point
from shapely.ops import substring

from geo.errors import GeometryError
from geo.geometry.projection import GEOD, oblique_mercator

# Metres. Measured on this road: the carriageways lie 16 m apart on average.
_SPACING_M = 25.0
_WIDEST_MEDIAN_M = 80.0
_ABREAST_M = 3.0
_TOLERANCE_M = 0.05
_SAME_NODE_M = 0.5
_WIDEST_GAP_M = 100.0


def centreline(carriageways: Sequence[LineString]) -> LineString:
    """Return the line midway between the two carriageways of a motorway, from its western end to its eastern.

    Parameters
    ----------
    carriageways : sequence of LineString
        In lon, lat degrees, in the direction of travel, in any order and any number of pieces; no ramps.

    Raises
    ------
    GeometryError
        If there are no lines, or the longer carriageway does not come together as one line.
    """
    if not carriageways:
        raise GeometryError("carriageways: none given; at least one line is needed")
    projection = oblique_mercator(MultiLineString(list(carriageways)))
    chains = _chains(projection.to_metres(MultiLineString(list(carriageways))))
    reference = max(chains, key=lambda chain: chain.length)
    others = [chain for chain in chains if chain is not reference]
    _check_one_road(reference, others)
    middle = projection.to_degrees(cast("LineString", _midline(reference, others).simplify(_TOLERANCE_M)))
    return middle if middle.coords[0][0] <= middle.coords[-1][0] else middle.reverse()


def stretch(line: LineString, start: Point, end: Point) -> LineString:
    """Return the part of a line from the point nearest to `start` to the point nearest to `end`, in this direction."""
    from_m, to_m = chainage(line, [start, end])
    return section(line, float(from_m), float(to_m))


def chainage(line: LineString, points: Sequence[Point]) -> np.ndarray:
    """Return how far along a line the nearest point to each given point lies.

    Parameters
    ----------
    line, points : LineString, sequence of Point
        In lon, lat degrees.

    Returns
    -------
    ndarray of float
        Metres from the start of the line, geodesic.
    """
    projection = oblique_mercator(line)
    planar = projection.to_metres(line)
    along = [planar.project(projection.to_metres(point)) for point in points]
    return np.array(along) * (length_m(line) / planar.length)


def section(line: LineString, from_m: float, to_m: float) -> LineString:
    """Return the part of a line between two chainages (metres); backwards where `to_m` is the smaller.

    Raises
    ------
    GeometryError
        If the two chainages are the same, so that nothing lies between them.
    """
    if from_m == to_m:
        raise GeometryError(f"from_m, to_m: both {from_m:.1f} m; a section needs two different chainages")
    projection = oblique_mercator(line)
    planar = projection.to_metres(line)
    scale = planar.length / length_m(line)
    return projection.to_degrees(cast("LineString", substring(planar, from_m * scale, to_m * scale)))


def length_m(line: LineString) -> float:
    """Return the geodesic length of a line given in lon, lat degrees, in metres."""
    return float(GEOD.geometry_length(line))


def _chains(lines: MultiLineString) -> list[LineString]:
    """Return the pieces joined in the direction of travel, planar, metres."""
    merged = shapely.line_merge(lines, directed=True)
    chains = [part for part in shapely.get_parts(merged) if part.length > 0]
    while (joint := _nearest_joint(chains)) is not None:
        first, second = joint
        joined = LineString([*chains[first].coords, *chains[second].coords])
        chains = [chain for n, chain in enumerate(chains) if n not in joint] + [joined]
    return chains


def _nearest_joint(chains: Sequence[LineString]) -> tuple[int, int] | None:
    """Return the two chains with the smallest gap from an end to a start that continues in its direction."""
    best, gap_m = None, _WIDEST_GAP_M
    for i, first in enumerate(chains):
        for j, second in enumerate(chains):
            distance_m = Point(first.coords[-1]).distance(Point(second.coords[0]))
            if i != j and distance_m < gap_m and _continues(first, second):
                best, gap_m = (i, j), distance_m
    return best


def _continues(first: LineString, second: LineString) -> bool:
    heading = np.subtract(first.coords[-1], first.coords[-2])
    onward = np.subtract(second.coords[1], second.coords[0])
    across = np.subtract(second.coords[0], first.coords[-1])
    return bool(heading @ onward > 0 and (np.hypot(*across) <= _SAME_NODE_M or heading @ across > 0))


def _check_one_road(reference: LineString, others: Sequence[LineString]) -> None:
    for other in others:
        off_m = reference.distance(other)
        if off_m > _WIDEST_MEDIAN_M:
            raise GeometryError(
                f"carriageways: not one road: a piece of {other.length / 1000:.1f} km lies {off_m:.0f} m away "
                f"from the longest one of {reference.length / 1000:.1f} km; at most {_WIDEST_MEDIAN_M:.0f} m is right"
            )


def _midline(reference: LineString, others: Sequence[LineString]) -> LineString:
    """Return the reference shifted half-way to the nearest other carriageway, planar, metres.

    Where no other one is abreast, the separation is interpolated from both sides of the gap.
    """
    along = _stations(reference)
    here = shapely.get_coordinates(shapely.line_interpolate_point(reference, along))
    if not others:
        return reference
    opposite = MultiLineString(list(others))
    there = shapely.get_coordinates(shapely.shortest_line(shapely.points(here), opposite)).reshape(-1, 2, 2)[:, 1]
    across = there - here
    ahead = np.gradient(here, axis=0)
    ahead /= np.hypot(*ahead.T)[:, None]
    lengthwise = np.abs((across * ahead).sum(axis=1))
    abreast = (lengthwise < _ABREAST_M) & (np.hypot(*across.T) < _WIDEST_MEDIAN_M)
    if not abreast.any():
        return reference
    separation = np.column_stack([np.interp(along, along[abreast], part[abreast]) for part in across.T])
    return LineString(here + separation / 2)


def _stations(line: LineString) -> np.ndarray:
    """Return chainages of every vertex and of points between them, at most 25 m apart."""
    vertices = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(shapely.get_coordinates(line), axis=0).T))])
    between = np.arange(0.0, line.length, _SPACING_M)
    return np.unique(np.concatenate([vertices[:-1], between, [line.length]]))

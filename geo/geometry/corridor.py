"""The security corridor: everything within the half-width of the road, and its two sides."""

from typing import cast

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import split, unary_union

from geo.errors import GeometryError
from geo.geometry.projection import GEOD, oblique_mercator

# Segments of a quarter circle: an arc of 6 km strays 0.45 m inwards at most.
_QUAD_SEGS = 64
_OVERSHOOT_M = 10.0


def corridor(line: LineString, *, half_width_m: float) -> Polygon:
    """Return the area within a distance of a line, round at both ends.

    Parameters
    ----------
    line : LineString
        The centreline, in lon, lat degrees.
    half_width_m : float
        Metres to either side.

    Returns
    -------
    Polygon
        In lon, lat degrees.

    Raises
    ------
    GeometryError
        If the line is empty or the width is not above 0.
    """
    if line.is_empty or not half_width_m > 0:
        found = f"{half_width_m:g} on a line of {len(line.coords)} points"
        raise GeometryError(f"half_width_m: {found}; a line of two points and a width above 0 m are needed")
    projection = oblique_mercator(line)
    area = projection.to_metres(line).buffer(half_width_m, quad_segs=_QUAD_SEGS, cap_style="round", join_style="round")
    return projection.to_degrees(area)


def sides(area: Polygon, line: LineString) -> dict[str, Polygon]:
    """Return the two sides of a corridor as its centreline divides it, named by where they lie.

    Parameters
    ----------
    area : Polygon
        The corridor, in lon, lat degrees.
    line : LineString
        Its centreline, in lon, lat degrees.

    Returns
    -------
    dict of str to Polygon
        ``north`` and ``south``; they add up to the whole.

    Raises
    ------
    GeometryError
        If the line does not divide the area in two.
    """
    projection = oblique_mercator(line)
    planar_area, planar_line = projection.to_metres(area), projection.to_metres(line)
    cut = _extended(planar_line, planar_area)
    left: list[BaseGeometry] = []
    right: list[BaseGeometry] = []
    for piece in split(planar_area, cut).geoms:
        (left if _is_left(piece.representative_point(), cut) else right).append(piece)
    if not left or not right:
        raise GeometryError("line: does not divide the area in two; give the centreline of this corridor")
    names = ("south", "north") if _runs_west(line) else ("north", "south")
    halves = (cast("Polygon", unary_union(pieces)) for pieces in (left, right))
    return {name: projection.to_degrees(half) for name, half in zip(names, halves, strict=True)}


def area_km2(area: Polygon) -> float:
    """Return the geodesic area of a polygon given in lon, lat degrees, in square kilometres."""
    return abs(float(GEOD.geometry_area_perimeter(area)[0])) / 1e6


def _extended(line: LineString, area: Polygon) -> LineString:
    """Return the line run straight on past both ends, out of the area."""
    points = shapely.get_coordinates(line)
    return LineString([_beyond(points[0], points[1], area), *points, _beyond(points[-1], points[-2], area)])


def _beyond(end: np.ndarray, before: np.ndarray, area: Polygon) -> np.ndarray:
    step = (end - before) / np.hypot(*(end - before))
    beyond: np.ndarray = end + step * (area.exterior.distance(Point(end)) + _OVERSHOOT_M)
    return beyond


def _is_left(point: Point, line: LineString) -> bool:
    """Whether a point lies to the left of a line, seen along it at the nearest place."""
    at = line.project(point)
    before, after = line.interpolate(max(at - 1, 0)), line.interpolate(min(at + 1, line.length))
    return (after.x - before.x) * (point.y - before.y) > (after.y - before.y) * (point.x - before.x)


def _runs_west(line: LineString) -> bool:
    (start_lon, start_lat), (end_lon, end_lat) = line.coords[0], line.coords[-1]
    azimuth_deg, _, _ = GEOD.inv(start_lon, start_lat, end_lon, end_lat)
    return bool(azimuth_deg < 0)

"""The two sides of a corridor, as the road divides it."""

from typing import cast

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Polygon
from shapely.geometry.polygon import orient

from geo.errors import GeometryError
from geo.geometry.foot import feet
from geo.geometry.geodesic import GEOD, Floats


def sides(area: Polygon, line: LineString) -> dict[str, Polygon]:
    """Return the two sides of a corridor, named by where they lie.

    A place belongs to the side on which it lies seen from the nearest place of the road. Beyond its ends the road is
    thought to run straight on.

    Parameters
    ----------
    area : Polygon
        The corridor, in lon, lat degrees.
    line : LineString
        Its road, in lon, lat degrees.

    Returns
    -------
    dict of str to Polygon
        ``north`` and ``south``. They share their border, and add up to the whole.

    Raises
    ------
    GeometryError
        If the line does not divide the area in two.
    """
    onward = [LineString(_straight_on(line, area, at)) for at in (0, -1)]
    cuts = shapely.unary_union(MultiLineString([*_rings(area), line, *onward]))
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(cuts)))
    middles = shapely.get_coordinates(shapely.point_on_surface(pieces))
    within = shapely.contains_xy(area, middles)
    pieces, middles = pieces[within], middles[within]
    is_left = feet(line, middles).is_left
    if is_left.all() or not is_left.any():
        raise GeometryError("line: does not divide the area in two; give the road of this corridor")
    halves = [shapely.coverage_union_all(pieces[chosen]) for chosen in (is_left, ~is_left)]
    return {name: orient(cast("Polygon", half)) for name, half in zip(side_names(line), halves, strict=True)}


def side_names(line: LineString) -> tuple[str, str]:
    """Return what the left side of a road is called, seen along it, and what its right side is."""
    return ("south", "north") if _runs_west(line) else ("north", "south")


def _rings(area: Polygon) -> list[LineString]:
    return [LineString(ring) for ring in (area.exterior, *area.interiors)]


def _straight_on(line: LineString, area: Polygon, at: int) -> Floats:
    """Return the first or last edge of the line, run on in its direction until it is out of the area."""
    positions = shapely.get_coordinates(line)
    end, before = (positions[0], positions[1]) if at == 0 else (positions[-1], positions[-2])
    step = (end - before) / np.hypot(*(end - before))
    west, south, east, north = area.bounds
    return np.array([end, end + step * np.hypot(east - west, north - south)])


def _runs_west(line: LineString) -> bool:
    (start_lon, start_lat), (end_lon, end_lat) = line.coords[0], line.coords[-1]
    return bool(GEOD.inv(start_lon, start_lat, end_lon, end_lat)[0] < 0)

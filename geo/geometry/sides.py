"""The two sides of a corridor, divided by its road."""

from typing import TYPE_CHECKING, cast, overload

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.polygon import orient

from geo.errors import GeometryError
from geo.geometry.arguments import for_each_row, in_degrees, is_frame, one_line, with_sides
from geo.geometry.geodesic import GEOD, Floats, checked_line
from geo.geometry.nearest import nearest_points

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.geometry.arguments import Frame

# The side that is named first; offsets to this side are positive.
FIRST_SIDES = ("north", "east")
# If the bearing from start to end is less than this, the end is north of the start.
_QUARTER_DEG = 90.0


@overload
def sides(area: Polygon, line: "LineString | Frame") -> dict[str, Polygon]: ...
@overload
def sides(area: "Frame", line: "LineString | Frame") -> "gpd.GeoDataFrame": ...
def sides(area: "Polygon | Frame", line: "LineString | Frame") -> "dict[str, Polygon] | gpd.GeoDataFrame":
    """Return the two sides of a corridor, named by direction.

    The side of a point is determined at the nearest point of the road. Beyond its ends, the road is extended straight.
    A road that crosses or touches itself has no two sides: at the crossing, the nearest point changes from one part of
    the road to another, which may be passed on the other side.

    Parameters
    ----------
    area : Polygon, GeoSeries or GeoDataFrame
        The corridor, or several along the same road, one per row. A Polygon is in lon, lat degrees, a frame in any
        CRS.
    line : LineString, GeoSeries or GeoDataFrame
        The road; a frame has one row. For corridors of different roads, see `by_side` of `corridor`.

    Returns
    -------
    dict of str to Polygon
        For a Polygon: ``north`` and ``south`` if the road runs mainly east-west, otherwise ``east`` and ``west``. They
        share their border, and their union is the whole.
    GeoDataFrame
        For a frame: two rows per row, in EPSG:4326, with the index repeated, the columns kept, and the name in the
        column ``side``. A row without a geometry remains one row.

    Raises
    ------
    GeometryError
        If the line has no length or several parts, crosses itself, does not divide the area in two, or is a frame that
        does not have exactly one row.

    Examples
    --------
    >>> line = geo.read_layer("centreline")
    >>> geo.sides(geo.corridor(line, half_width_m=6000), line)["side"].tolist()
    ['north', 'south']
    """
    road = checked_line(one_line(line))
    if is_frame(area):
        frame = in_degrees(area, "area")
        return with_sides(frame, for_each_row(frame, lambda each: _sides(each, road)))
    return _sides(area, road)


def _sides(area: Polygon, line: LineString) -> dict[str, Polygon]:
    if not isinstance(area, Polygon):
        raise GeometryError(f"area: a {type(area).__name__}; a Polygon in lon, lat degrees is needed")
    if not line.is_simple:
        lon, lat = _crossing(line)
        raise GeometryError(f"line: crosses itself at {lon:.5f}, {lat:.5f}; sides need a road that does not")
    onward = [LineString(_straight_on(line, area, at)) for at in (0, -1)]
    cuts = shapely.unary_union([area.boundary, line, *onward])
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(cuts)))
    middles = shapely.get_coordinates(shapely.point_on_surface(pieces))
    within = shapely.contains_xy(area, middles)
    pieces, middles = pieces[within], middles[within]
    is_left = nearest_points(line, middles).is_left
    if is_left.all() or not is_left.any():
        raise GeometryError("line: does not divide the area in two; give the road of this corridor")
    halves = [shapely.coverage_union_all(pieces[chosen]) for chosen in (is_left, ~is_left)]
    found = dict(zip(side_names(line), halves, strict=True))
    return {name: orient(cast("Polygon", found[name])) for name in ordered_side_names(line)}


def side_names(line: LineString) -> tuple[str, str]:
    """Return the names of the left and the right side of a road, in its direction."""
    line = checked_line(line)
    west, south, east, north = line.bounds
    middle = (south + north) / 2
    width_m, height_m = GEOD.line_length([west, east], [middle] * 2), GEOD.line_length([west] * 2, [south, north])
    (start_lon, start_lat), (end_lon, end_lat) = line.coords[0], line.coords[-1]
    azimuth_deg = GEOD.inv(start_lon, start_lat, end_lon, end_lat)[0]
    if width_m >= height_m:
        return ("south", "north") if azimuth_deg < 0 else ("north", "south")
    return ("west", "east") if abs(azimuth_deg) <= _QUARTER_DEG else ("east", "west")


def ordered_side_names(line: LineString) -> tuple[str, str]:
    """Return the names of the two sides of a road, the one in `FIRST_SIDES` first."""
    left, right = side_names(line)
    return (left, right) if left in FIRST_SIDES else (right, left)


def _crossing(line: LineString) -> tuple[float, float]:
    """Return the first place at which a line crosses or touches itself."""
    parts = shapely.get_parts(shapely.unary_union(line))
    nodes = {part.coords[at] for part in parts for at in (0, -1)} - {line.coords[0], line.coords[-1]}
    lon, lat = min(nodes or {line.coords[-1]}, key=lambda node: line.project(Point(node)))
    return lon, lat


def _straight_on(line: LineString, area: Polygon, at: int) -> Floats:
    """Return the first or last edge of the line, extended until it leaves the area."""
    positions = shapely.get_coordinates(line)
    end, before = (positions[0], positions[1]) if at == 0 else (positions[-1], positions[-2])
    step = (end - before) / np.hypot(*(end - before))
    west, south, east, north = area.bounds
    return np.array([end, end + step * np.hypot(east - west, north - south)])

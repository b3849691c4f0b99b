"""The exact security corridor: all points within the half-width of the road by geodesic.

The boundary consists of the edges of the road moved sideways, arcs around its convex corners, and half circles at its
ends. All are computed by geodesics, point by point, so no projection distorts them. Their crossings are computed in
longitude and latitude, in which the edges of the published polygon are straight; parts that are closer to the road than
the half-width are dropped. Nothing is simplified, so the straights of the road keep their ends.
"""

from typing import TYPE_CHECKING, Literal, TypeAlias, cast, overload

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from geo.errors import GeometryError
from geo.geometry.arguments import BOTH, for_each_row, in_degrees, is_frame, one_line, with_geometry, with_sides
from geo.geometry.geodesic import (
    Floats,
    checked_line,
    cut,
    edge_bearings_deg,
    length_m,
    longest_edge_m,
    moved,
)
from geo.geometry.nearest import nearest_points
from geo.geometry.projection import oblique_mercator
from geo.geometry.sides import sides

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.geometry.arguments import Frame

Segments: TypeAlias = npt.NDArray[np.object_]

NARROWEST_M, WIDEST_M = 100.0, 50_000.0
LONGEST_KM = 500.0
HIGHEST_LATITUDE_DEG = 70.0

# Metres. Largest deviation of the chords of an arc; a moved straight and rounding to 8 decimals add 1 mm each.
_ARC_M = 0.004
_STRAIGHT_M = 0.001
_TOLERANCE_M = 0.01
_ABOUT_TURN_DEG = 180 + 1e-6
# Margin of the fast planar buffer that finds what is certainly inside: GEOS drops shallow bends of the line within 1 %
# of the distance, and the scale of the plane is wrong by 0.02 % at the far end of the longest road.
_QUICK_SHARE = 0.012


@overload
def corridor(line: LineString, *, half_width_m: float, by_side: Literal[False] = ...) -> Polygon: ...
@overload
def corridor(line: LineString, *, half_width_m: float, by_side: Literal[True]) -> dict[str, Polygon]: ...
@overload
def corridor(line: "Frame", *, half_width_m: float, by_side: bool = ...) -> "gpd.GeoDataFrame": ...
def corridor(
    line: "LineString | Frame", *, half_width_m: float, by_side: bool = False
) -> "Polygon | dict[str, Polygon] | gpd.GeoDataFrame":
    """Return the area within a geodesic distance of a line, with round ends.

    Parameters
    ----------
    line : LineString, GeoSeries or GeoDataFrame
        The road, or one road per row. A LineString is in lon, lat degrees (EPSG:4326), a frame in any CRS. Edges are
        straight in lon, lat. A road is at most 500 km long, between 70° S and 70° N; it may cross itself and be closed.
    half_width_m : float
        Width on either side in metres, 100 to 50,000; that of the M4 agreement is 6,000.
    by_side : bool
        Whether to divide the corridor into its two sides, as `sides` does; the road must not cross itself then.

    Returns
    -------
    Polygon
        For a LineString: in lon, lat degrees, with a hole where the road surrounds an area without coming near it.
        Every point of its boundary, between the vertices too, is `half_width_m` from the line by WGS 84 geodesic,
        within 0.01 m.
    dict of str to Polygon
        For a LineString, with `by_side`: the areas by side.
    GeoDataFrame
        For a frame: one corridor per row, in EPSG:4326, with the index and columns of the frame and the column
        ``side``, which is ``both``. With `by_side`, one row per side, with the index repeated. A row without a geometry
        stays without one.

    Raises
    ------
    GeometryError
        If an argument is not valid, such as a frame without a CRS; the message names the argument, its value and what
        is valid.

    Examples
    --------
    >>> line = geo.read_layer("centreline")
    >>> geo.corridor(line, half_width_m=6000)[["id", "side"]]
               id  side
    0  centreline  both
    >>> geo.corridor(line, half_width_m=2000, by_side=True)[["id", "side"]]
               id   side
    0  centreline  north
    0  centreline  south
    """
    if is_frame(line):
        frame = in_degrees(line, "line")
        return with_sides(frame, for_each_row(frame, lambda road: _named_areas(road, half_width_m, by_side=by_side)))
    return _named_areas(line, half_width_m, by_side=True) if by_side else _corridor(line, half_width_m)


def _named_areas(line: LineString, half_width_m: float, *, by_side: bool) -> dict[str, Polygon]:
    whole = _corridor(line, half_width_m)
    return sides(whole, line) if by_side else {BOTH: whole}


def _corridor(line: LineString, half_width_m: float) -> Polygon:
    positions = _checked_road(line, half_width_m)
    short = cut(positions, longest_edge_m(positions, half_width_m, _STRAIGHT_M)).positions
    outline = _outline(short, half_width_m)
    crossed = shapely.unary_union(outline[_near_edge(outline, LineString(short), half_width_m)])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(crossed)))
    middles = shapely.get_coordinates(shapely.point_on_surface(faces))
    inside = faces[nearest_points(LineString(positions), middles).distance_m < half_width_m + _TOLERANCE_M]
    whole = max(shapely.get_parts(shapely.coverage_union_all(inside)), key=lambda part: part.area)
    return orient(cast("Polygon", whole))


@overload
def band(area: Polygon, contact: "LineString | Frame", *, depth_m: float) -> BaseGeometry: ...
@overload
def band(area: "Frame", contact: "LineString | Frame", *, depth_m: float) -> "Frame": ...
def band(area: "Polygon | Frame", contact: "LineString | Frame", *, depth_m: float) -> "BaseGeometry | Frame":
    """Return the part of an area within a depth of its line of contact.

    Parameters
    ----------
    area : Polygon, GeoSeries or GeoDataFrame
        The area, or one area per row. A Polygon is in lon, lat degrees, a frame in any CRS.
    contact : LineString, GeoSeries or GeoDataFrame
        The line from which the depth is measured; a frame has one row.
    depth_m : float
        Depth in metres, 100 to 50,000.

    Returns
    -------
    Polygon or MultiPolygon
        For a Polygon: in lon, lat degrees.
    GeoSeries or GeoDataFrame
        The type of `area`, in EPSG:4326, with its index and columns.

    Raises
    ------
    GeometryError
        As for `corridor`, or if `contact` is a frame that does not have exactly one row.
    """
    near = _corridor(one_line(contact, "contact"), depth_m)
    if is_frame(area):
        frame = in_degrees(area, "area")
        return with_geometry(frame, for_each_row(frame, lambda each: each.intersection(near)))
    return area.intersection(near)


def _checked_road(line: LineString, half_width_m: float) -> Floats:
    """Return the vertices of a line without repetitions, or raise if it cannot be a road."""
    line = checked_line(line)
    if not NARROWEST_M <= half_width_m <= WIDEST_M:
        raise GeometryError(f"half_width_m: {half_width_m:g}; {NARROWEST_M:g} to {WIDEST_M:g} m is right")
    positions = shapely.get_coordinates(line)
    if (lat := np.abs(positions[:, 1]).max()) > HIGHEST_LATITUDE_DEG:
        raise GeometryError(f"line: latitude up to {lat:g}; latitude at most {HIGHEST_LATITUDE_DEG:g} is right")
    if (length_km := length_m(line) / 1000) > LONGEST_KM:
        raise GeometryError(f"line: {length_km:.0f} km long; at most {LONGEST_KM:g} km is right")
    return positions


def _outline(road: Floats, half_width_m: float) -> Segments:
    """Return the segments of both sides of the road with the half circles at its ends, in the direction of travel."""
    steps = np.diff(road, axis=0)
    leaving, arriving = edge_bearings_deg(road[:-1], steps), edge_bearings_deg(road[1:], steps)
    there = _left_side(road, leaving, arriving, half_width_m)
    back = _left_side(road[::-1], arriving[::-1] + 180, leaving[::-1] + 180, half_width_m)
    positions = np.concatenate([there, back, there[:1]])
    if np.abs(positions[:, 0]).max() > 180 or np.ptp(positions[:, 0]) > 180:
        raise GeometryError("line: its corridor crosses the 180th meridian; a road away from it is needed")
    return np.asarray(shapely.linestrings(np.stack([positions[:-1], positions[1:]], axis=1)))


def _left_side(road: Floats, leaving_deg: Floats, arriving_deg: Floats, half_width_m: float) -> Floats:
    """Return each edge moved to the left, an arc around each right turn, and the half circle at the end: one chain.

    At a left turn, the moved edges cross, and the chain continues inside the corridor.

    Parameters
    ----------
    road : (n, 2) array
        lon, lat.
    leaving_deg, arriving_deg : arrays of float
        Bearing of each edge at its start and at its end.
    half_width_m : float
        Distance in metres.
    """
    turns_deg = (leaving_deg[1:] - arriving_deg[:-1] + 180) % 360 - 180
    turns_deg[turns_deg < _ABOUT_TURN_DEG - 360] = 180  # a road that turns back on itself does so on both sides
    turns_deg = np.append(np.maximum(turns_deg, 0), 180.0)
    widest_deg = np.degrees(np.sqrt(16 * _ARC_M / half_width_m))
    chords = np.ceil(turns_deg / widest_deg).astype(int)
    chord_deg = turns_deg / np.maximum(chords, 1)
    # Positions of an edge: its start and its end, both moved, then one between any two chords that touch the arc.
    counts = 2 + chords
    edge = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    is_start, is_arc = place == 0, place >= 2
    bearing_deg = np.where(is_start, leaving_deg[edge], arriving_deg[edge]) - 90
    bearing_deg = bearing_deg + np.where(is_arc, (place - 1.5) * chord_deg[edge], 0)
    # Chords whose middles are as far inside the arc as their ends are outside.
    sagitta_m = half_width_m * np.radians(chord_deg) ** 2 / 16
    corner_m = (half_width_m - sagitta_m) / np.cos(np.radians(chord_deg) / 2)
    distance_m = np.where(is_arc, corner_m[edge], half_width_m)
    return moved(road[np.where(is_start, edge, edge + 1)], bearing_deg, distance_m)


def _near_edge(outline: Segments, road: LineString, half_width_m: float) -> npt.NDArray[np.bool_]:
    """Return which segments may belong to the boundary: all but those certainly inside."""
    projection = oblique_mercator(road)
    inside = projection.to_metres(road).buffer(half_width_m * (1 - _QUICK_SHARE), quad_segs=16)
    deep = projection.to_degrees(inside)
    shapely.prepare(deep)
    return ~np.asarray(shapely.contains(deep, outline))

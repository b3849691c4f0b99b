"""Metres on the WGS 84 ellipsoid, between places and along edges that are straight in longitude and latitude.

In RFC 7946 (section 3.1.1), edges are straight in lon, lat. Such an edge is not a geodesic: on the 1.3 km straights of
the M4 it is 2 cm away from one, so bearings are taken along the edge itself.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon

from geo.errors import GeometryError

Floats: TypeAlias = npt.NDArray[np.float64]

GEOD = Geod(ellps="WGS84")
# An edge longer than this is cut before it is measured; a piece then differs from its geodesic by micrometres.
_MEASURED_DEG = 0.01
# The largest longitude and latitude.
_LARGEST_DEG = (180.0, 90.0)
# Vertices closer than this, a tenth of a millimetre, are merged.
_SAME_PLACE_DEG = 1e-9
# Up to this length, an edge that is straight in lon, lat is also straight in a plane, within 5 cm.
STRAIGHT_M = 1000.0


def without_repeats(line: LineString) -> LineString:
    """Return a line in two dimensions without repeated vertices; its ends are kept.

    An edge without length has no bearing, so this is needed before bearings are computed. A line without length keeps
    two vertices.
    """
    if line.has_z:
        line = shapely.force_2d(line)
    distinct = shapely.remove_repeated_points(line, _SAME_PLACE_DEG)
    return line if len(distinct.coords) == len(line.coords) else distinct


def checked_line(line: LineString) -> LineString:
    """Validate a line argument and return it without repeated vertices; every public function starts with this.

    Raises
    ------
    GeometryError
        If it is not a single line, its coordinates are not finite or not degrees, or it has no length.
    """
    if isinstance(line, MultiLineString):
        raise GeometryError(f"line: {len(line.geoms)} pieces; a road of one piece is needed, as centreline makes it")
    if not isinstance(line, LineString):
        raise GeometryError(f"line: a {type(line).__name__}; a LineString in lon, lat degrees is needed")
    check_degrees(shapely.get_coordinates(line), "line")
    distinct = without_repeats(line)
    if distinct.length == 0:
        different = min(1, len(line.coords))
        raise GeometryError(f"line: {len(line.coords)} points, {different} of them different; two are needed")
    return distinct


def check_degrees(positions: Floats, name: str) -> None:
    """Raise if positions, an (n, 2) array, cannot be lon, lat degrees; `name` is the argument for the message.

    Raises
    ------
    GeometryError
        If a coordinate is not finite, or too large for degrees, such as metres.
    """
    if not np.isfinite(positions).all():
        raise GeometryError(f"{name}: a coordinate is not a finite number; degrees are needed")
    if (np.abs(positions) > _LARGEST_DEG).any():
        lon, lat = np.abs(positions).max(axis=0)
        raise GeometryError(f"{name}: longitude up to {lon:g}, latitude up to {lat:g}; degrees are needed")


def distances_m(start: Floats, end: Floats) -> Floats:
    """Return the geodesic distances between places, each an (n, 2) array of lon, lat."""
    return np.asarray(GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2])


def courses(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Return the bearings (clockwise from north) and lengths of geodesics between places, each (n, 2) of lon, lat."""
    bearing_deg, _, length_m = GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return np.asarray(bearing_deg), np.asarray(length_m)


def moved(places: Floats, bearing_deg: Floats, distance_m: Floats) -> Floats:
    """Return the end points of geodesics from places (lon, lat) with these bearings and lengths."""
    lon, lat, _ = GEOD.fwd(places[:, 0], places[:, 1], bearing_deg, distance_m)
    return np.column_stack([lon, lat])


def edge_bearings_deg(places: Floats, steps: Floats) -> Floats:
    """Return the bearing of edges that are straight in lon, lat, at places on them.

    Parameters
    ----------
    places, steps : (n, 2) arrays
        The places in lon, lat degrees, and the direction of the edges as differences of lon, lat.
    """
    latitude = np.radians(places[:, 1])
    curvature = 1 - GEOD.es * np.sin(latitude) ** 2
    # Metres per degree, up to a common factor: the radii of curvature in the prime vertical and in the meridian.
    east = steps[:, 0] * np.cos(latitude) * curvature
    north = steps[:, 1] * (1 - GEOD.es)
    return np.degrees(np.arctan2(east, north))


def length_m(line: LineString) -> float:
    """Return the length of a line in metres."""
    return float(GEOD.geometry_length(shapely.segmentize(line, _MEASURED_DEG)))


def area_km2(area: Polygon | MultiPolygon) -> float:
    """Return the area of a polygon, or of several, in square kilometres."""
    dense = shapely.orient_polygons(shapely.segmentize(area, _MEASURED_DEG))
    return float(GEOD.geometry_area_perimeter(dense)[0]) / 1e6


class Cut(NamedTuple):
    """A line with additional vertices, and the origin of each of its pieces.

    Attributes
    ----------
    positions : (n + 1, 2) array
        lon, lat; all vertices of the line are among them.
    edge : (n,) array of int
        The edge of the line to which each piece belongs.
    start, share : (n,) arrays of float
        Start of each piece on that edge, and its share of the edge, from 0 to 1.
    """

    positions: Floats
    edge: npt.NDArray[np.intp]
    start: Floats
    share: Floats


def cut(positions: Floats, longest_m: float) -> Cut:
    """Return a line cut into pieces of a maximum length, with its shape in lon, lat unchanged."""
    pieces = np.maximum(1, np.ceil(distances_m(positions[:-1], positions[1:]) / longest_m)).astype(int)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    start = (np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[edge]
    between = positions[edge] + (positions[edge + 1] - positions[edge]) * start[:, None]
    return Cut(np.vstack([between, positions[-1:]]), edge, start, 1 / pieces[edge])


def longest_edge_m(positions: Floats, half_width_m: float, tolerance_m: float) -> float:
    """Return the maximum length of an edge that remains straight within a tolerance when it is moved sideways.

    The moved edge bends slightly more, or less, than the edge itself; the effect grows towards the pole. The result is
    at most `STRAIGHT_M`.
    """
    highest = np.radians(np.abs(positions[:, 1]).max())
    return min(float(GEOD.b * np.cos(highest) * np.sqrt(8 * tolerance_m / half_width_m)), STRAIGHT_M)

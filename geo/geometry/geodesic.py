"""Metres on the WGS 84 ellipsoid, between places and along edges that are straight in longitude and latitude.

RFC 7946 (section 3.1.1) has edges straight in lon, lat. Such an edge is no geodesic: on the 1.3 km straights of the M4
it lies 2 cm beside one, so bearings are taken along the edge itself.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely.geometry import LinearRing, LineString, MultiLineString, Polygon

from geo.errors import GeometryError

Floats: TypeAlias = npt.NDArray[np.float64]

GEOD = Geod(ellps="WGS84")
# An edge longer than this is cut before it is measured: the piece then differs from its geodesic by micrometres.
_MEASURED_DEG = 0.01
# The largest longitude and latitude that there are.
_LARGEST_DEG = (180.0, 90.0)
# Vertices nearer to each other than this are one: a tenth of a millimetre.
_SAME_PLACE_DEG = 1e-9
# Up to this length an edge straight in lon, lat is straight in a plane too, within 5 cm.
STRAIGHT_M = 1000.0


def without_repeats(line: LineString) -> LineString:
    """Return a line in two dimensions, each vertex that repeats the one before it left out; its ends stay.

    An edge of no length has no bearing, so whatever asks for the bearing of an edge needs this first. A line of no
    length keeps two vertices.
    """
    if line.has_z:
        line = shapely.force_2d(line)
    distinct = shapely.remove_repeated_points(line, _SAME_PLACE_DEG)
    return line if len(distinct.coords) == len(line.coords) else distinct


def checked_line(line: LineString) -> LineString:
    """Return the line that a function was given, without repeated vertices: every public function begins with this.

    Raises
    ------
    GeometryError
        If it is no single line, its coordinates are not finite or not degrees, or it has no length.
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
    """Refuse positions, an (n, 2) array, that cannot be lon, lat degrees; the name is that of the argument.

    Raises
    ------
    GeometryError
        If a coordinate is not finite, or too large for degrees, as metres are.
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
    """Return where geodesics of these bearings and lengths end that begin at places (lon, lat)."""
    lon, lat, _ = GEOD.fwd(places[:, 0], places[:, 1], bearing_deg, distance_m)
    return np.column_stack([lon, lat])


def edge_bearings_deg(places: Floats, steps: Floats) -> Floats:
    """Return the bearing, at places on them, of edges straight in lon, lat.

    Parameters
    ----------
    places, steps : (n, 2) arrays
        Where, in lon, lat degrees; and the direction of the edge, as a difference of lon, lat.
    """
    latitude = np.radians(places[:, 1])
    curvature = 1 - GEOD.es * np.sin(latitude) ** 2
    # Metres per degree: the radii of curvature in the prime vertical and in the meridian, but for a common factor.
    east = steps[:, 0] * np.cos(latitude) * curvature
    north = steps[:, 1] * (1 - GEOD.es)
    return np.degrees(np.arctan2(east, north))


def length_m(line: LineString) -> float:
    """Return the length of a line in metres."""
    return float(GEOD.geometry_length(shapely.segmentize(line, _MEASURED_DEG)))


def area_km2(area: Polygon) -> float:
    """Return the area of a polygon in square kilometres."""
    dense = shapely.segmentize(area, _MEASURED_DEG)
    outside, *holes = (abs(_ring_area_m2(ring)) for ring in (dense.exterior, *dense.interiors))
    return (outside - sum(holes)) / 1e6


def _ring_area_m2(ring: LinearRing) -> float:
    """Return the area that a ring encloses, negative if it runs clockwise."""
    return float(GEOD.polygon_area_perimeter(*shapely.get_coordinates(ring).T)[0])


class Cut(NamedTuple):
    """A line with more vertices than it had, and where each of its pieces comes from.

    Attributes
    ----------
    positions : (n + 1, 2) array
        lon, lat; all vertices of the line are among them.
    edge : (n,) array of int
        The edge of the line that each piece is a part of.
    start, share : (n,) arrays of float
        Where on that edge a piece begins, and how much of it the piece is, from 0 to 1.
    """

    positions: Floats
    edge: npt.NDArray[np.intp]
    start: Floats
    share: Floats


def cut(positions: Floats, longest_m: float) -> Cut:
    """Return a line cut into pieces of at most so many metres, its shape in lon, lat unchanged."""
    pieces = np.maximum(1, np.ceil(distances_m(positions[:-1], positions[1:]) / longest_m)).astype(int)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    start = (np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[edge]
    between = positions[edge] + (positions[edge + 1] - positions[edge]) * start[:, None]
    return Cut(np.vstack([between, positions[-1:]]), edge, start, 1 / pieces[edge])


def longest_edge_m(positions: Floats, half_width_m: float, tolerance_m: float) -> float:
    """Return how long an edge may be so that, moved sideways by so much, it is straight within a tolerance.

    The moved edge bends a little more, or less, than the edge itself, the more so the nearer to the pole. Nor may an
    edge be longer than `STRAIGHT_M`.
    """
    highest = np.radians(np.abs(positions[:, 1]).max())
    return min(float(GEOD.b * np.cos(highest) * np.sqrt(8 * tolerance_m / half_width_m)), STRAIGHT_M)

"""Linear referencing: distance along a line, offset from it, and the section between two distances."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast, overload

import numpy as np
import shapely
from shapely.geometry import LineString, Point

from geo.errors import GeometryError
from geo.geometry.arguments import is_frame, one_line, positions_of, with_geometry
from geo.geometry.geodesic import Floats, checked_line, distances_m
from geo.geometry.nearest import nearest_points

_ROUNDING_M = 0.001
# Along an edge of this length, degrees and metres are proportional within a tenth of a millimetre.
_EVEN_DEG = 0.01

if TYPE_CHECKING:
    import pandas as pd

    from geo.geometry.arguments import Frame


class Chainage(NamedTuple):
    """Positions of points along a line, one entry per point.

    Attributes
    ----------
    along_m : array of float
        Geodesic distance along the line from its start to the nearest point on it, metres.
    offset_m : array of float
        Geodesic distance from the line to the point, metres; positive to the left in the direction of the line.
    """

    along_m: Floats
    offset_m: Floats


@overload
def chainage(line: "LineString | Frame", points: Sequence[Point] | Floats) -> Chainage: ...
@overload
def chainage(line: "LineString | Frame", points: "Frame") -> "pd.DataFrame": ...
def chainage(line: "LineString | Frame", points: "Sequence[Point] | Floats | Frame") -> "Chainage | pd.DataFrame":
    """Return the distance along a line, and the offset from it, of each point.

    Parameters
    ----------
    line : LineString, GeoSeries or GeoDataFrame
        A LineString is in lon, lat degrees, a frame in any CRS and of one row.
    points : sequence of Point, (n, 2) array, GeoSeries or GeoDataFrame
        Points and arrays are in lon, lat degrees, a frame in any CRS.

    Returns
    -------
    Chainage
        For points and arrays: two arrays, ``along_m`` and ``offset_m``.
    DataFrame
        For a frame: the columns ``along_m`` and ``offset_m`` on its index; NaN where the geometry is missing or empty.

    Raises
    ------
    GeometryError
        If the line has no length or several parts, a row is not a point, or coordinates are not degrees.

    Examples
    --------
    >>> posts = geo.read_layer("observation_posts")
    >>> posts.join(geo.chainage(geo.read_layer("centreline"), posts))
    """
    road = checked_line(one_line(line))
    positions = positions_of(points, "points")
    known = np.isfinite(positions).all(axis=1)
    found = np.full(positions.shape, np.nan)
    found[known] = np.column_stack(_chainage(road, positions[known]))
    if not is_frame(points):
        return Chainage(*found.T)
    import pandas as pd

    return pd.DataFrame(found, index=cast("Frame", points).index, columns=list(Chainage._fields))


def _chainage(line: LineString, positions: Floats) -> Chainage:
    at = nearest_points(line, positions)
    starts = shapely.get_coordinates(line)[at.edge]
    along_m = _starts_m(line)[at.edge] + distances_m(starts, at.positions)
    return Chainage(along_m, np.where(at.is_left, at.distance_m, -at.distance_m))


@overload
def section(line: LineString, from_m: float, to_m: float) -> LineString: ...
@overload
def section(line: "Frame", from_m: float, to_m: float) -> "Frame": ...
def section(line: "LineString | Frame", from_m: float, to_m: float) -> "LineString | Frame":
    """Return the part of a line between two chainages, reversed if `to_m` is the smaller.

    Parameters
    ----------
    line : LineString, GeoSeries or GeoDataFrame
        A LineString is in lon, lat degrees, a frame in any CRS and of one row.
    from_m, to_m : float
        Metres along the line, each between 0 and its length.

    Returns
    -------
    LineString, GeoSeries or GeoDataFrame
        The type of `line`; a frame is in EPSG:4326, with index and columns kept.

    Raises
    ------
    GeometryError
        If the line has no length or several parts, a chainage is not on the line, or both chainages are equal.
    """
    part = _section(one_line(line), from_m, to_m)
    return with_geometry(line, [part]) if is_frame(line) else part


def _section(line: LineString, from_m: float, to_m: float) -> LineString:
    line = checked_line(line)
    starts_m = _starts_m(line)
    for name, value in (("from_m", from_m), ("to_m", to_m)):
        if not -_ROUNDING_M <= value <= starts_m[-1] + _ROUNDING_M:
            raise GeometryError(f"{name}: {value:.1f}; 0 to {starts_m[-1]:.1f} m is on the line")
    if from_m == to_m:
        raise GeometryError(f"from_m, to_m: both {from_m:.1f}; a section needs two different chainages")
    low_m, high_m = sorted((from_m, to_m))
    dense = shapely.segmentize(line, _EVEN_DEG)
    ends = np.column_stack(
        [np.interp((low_m, high_m), _starts_m(dense), part) for part in shapely.get_coordinates(dense).T]
    )
    between = shapely.get_coordinates(line)[(starts_m > low_m) & (starts_m < high_m)]
    part = LineString(np.vstack([ends[:1], between, ends[1:]]))
    return part if from_m < to_m else part.reverse()


@lru_cache(maxsize=16)
def _starts_m(line: LineString) -> Floats:
    """Return the chainage of every vertex of a line."""
    positions = shapely.get_coordinates(line)
    return np.concatenate([[0.0], np.cumsum(distances_m(positions[:-1], positions[1:]))])

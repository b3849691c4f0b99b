"""Places along a line: how far along, how far off, and the part between two of them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import LineString, Point

from geo.errors import GeometryError
from geo.geometry.foot import feet
from geo.geometry.geodesic import Floats, checked_line, distances_m


class Chainage(NamedTuple):
    """Where points lie along a line, one entry for each point.

    Attributes
    ----------
    along_m : array of float
        Geodesic distance along the line from its start to the foot of the point, metres.
    offset_m : array of float
        Geodesic distance from the foot to the point, metres; positive on the left of the line, seen along it.
    """

    along_m: Floats
    offset_m: Floats


def chainage(line: LineString, points: Sequence[Point] | Floats) -> Chainage:
    """Return where points lie along a line.

    Parameters
    ----------
    line : LineString
        In lon, lat degrees.
    points : sequence of Point, or (n, 2) array
        In lon, lat degrees.

    Raises
    ------
    GeometryError
        If the line has no length or is in pieces.
    """
    line = checked_line(line)
    at = feet(line, points)
    starts = shapely.get_coordinates(line)[at.edge]
    along_m = _starts_m(line)[at.edge] + distances_m(starts, at.positions)
    return Chainage(along_m, np.where(at.is_left, at.distance_m, -at.distance_m))


def section(line: LineString, from_m: float, to_m: float) -> LineString:
    """Return the part of a line between two chainages; backwards where `to_m` is the smaller.

    Parameters
    ----------
    line : LineString
        In lon, lat degrees.
    from_m, to_m : float
        Metres along the line, each between 0 and its length.

    Raises
    ------
    GeometryError
        If the line has no length or is in pieces, a chainage is not on it, or both are the same, so that nothing lies
        between them.
    """
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


def stretch(line: LineString, start: Point, end: Point) -> LineString:
    """Return the part of a line from the foot of one point to the foot of another, in this direction."""
    from_m, to_m = chainage(line, [start, end]).along_m
    return section(line, float(from_m), float(to_m))


_ROUNDING_M = 0.001
# Along an edge of this length, degrees and metres grow alike within a tenth of a millimetre.
_EVEN_DEG = 0.01


@lru_cache(maxsize=16)
def _starts_m(line: LineString) -> Floats:
    """Return the chainage of every vertex of a line."""
    positions = shapely.get_coordinates(line)
    return np.concatenate([[0.0], np.cumsum(distances_m(positions[:-1], positions[1:]))])

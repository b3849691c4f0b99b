"""The centreline of a motorway, from its carriageways in any number of pieces."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast, overload

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geo.errors import GeometryError
from geo.geometry.arguments import CRS, in_degrees, is_frame
from geo.geometry.geodesic import Floats, check_degrees, without_repeats
from geo.geometry.projection import Projection, oblique_mercator

if TYPE_CHECKING:
    from geo.geometry.arguments import Frame

# Metres. On the M4 the carriageways are 16 m apart on average, 123 m at an interchange, and more where the road ends.
_WIDEST_MEDIAN_M = 150.0
_FARTHEST_M = 500.0
_STATION_M = 25.0
_ABREAST_M = 3.0
_TOLERANCE_M = 0.05
# A straight of this length is the same in the plane and in lon, lat, within 2 cm.
_LONGEST_EDGE_M = 1000.0
# At the end of a road, one carriageway may start this much before the other.
_TAIL_M = 500.0


class _Beside(NamedTuple):
    """A piece of the other carriageway beside an end of this one.

    Attributes
    ----------
    piece : LineString
        It runs in the opposite direction.
    along_m : float
        Distance of the end along this piece.
    left_m : float
        Distance of the end to the left of this piece, in the direction of the end's own carriageway.
    """

    piece: LineString
    along_m: float
    left_m: float


@overload
def centreline(carriageways: Iterable[LineString] | MultiLineString) -> LineString: ...
@overload
def centreline(carriageways: "Frame") -> "Frame": ...
def centreline(carriageways: "Iterable[LineString] | MultiLineString | Frame") -> "LineString | Frame":
    """Return the line midway between the two carriageways of a motorway, from its western to its eastern end.

    A carriageway may have gaps where the other one has none.

    Parameters
    ----------
    carriageways : iterable of LineString, MultiLineString, GeoSeries or GeoDataFrame
        Lines in the direction of travel, in any order and any number of pieces, in lon, lat degrees; a frame in any
        CRS. If a frame has a column ``highway``, as from ``geo.read_layer("m4")`` or osmnx, links (ramps) are ignored.

    Returns
    -------
    LineString
        For lines: in lon, lat degrees.
    GeoSeries or GeoDataFrame
        For a frame: of the same kind, one row, in EPSG:4326.

    Raises
    ------
    GeometryError
        If no line has a length, coordinates are not degrees, or the lines are not one road; the message says which
        piece does not connect, where, and by how much.

    Examples
    --------
    >>> geo.centreline(geo.read_layer("m4")).crs.to_epsg()
    4326
    """
    if not is_frame(carriageways):
        return _centreline(carriageways)
    import geopandas as gpd

    line = _centreline(_without_links(in_degrees(carriageways, "carriageways")))
    whole = gpd.GeoSeries([line], crs=CRS)
    return whole if isinstance(carriageways, gpd.GeoSeries) else gpd.GeoDataFrame(geometry=whole)


def _centreline(carriageways: "Iterable[BaseGeometry | None] | BaseGeometry") -> LineString:
    shapes = [carriageways] if isinstance(carriageways, BaseGeometry) else list(carriageways)
    given = list(shapely.get_parts(shapes))
    if not given:
        raise GeometryError("carriageways: none given; at least one line is needed")
    if kinds := {type(shape).__name__ for shape in given if not isinstance(shape, LineString)}:
        raise GeometryError(f"carriageways: a {min(kinds)}; lines in lon, lat degrees are needed")
    check_degrees(shapely.get_coordinates(given), "carriageways")
    lines = [line for line in map(without_repeats, given) if line.length > 0]
    if not lines:
        raise GeometryError(f"carriageways: {len(given)} given, none of any length; at least one line is needed")
    projection = oblique_mercator(MultiLineString(lines))
    pieces = _joined(projection.to_metres(MultiLineString(lines)))
    reference, used = _reference(pieces)
    others = [piece for number, piece in enumerate(pieces) if number not in used]
    _check_one_road(reference, others, projection)
    middle = shapely.segmentize(_midline(reference, others).simplify(_TOLERANCE_M), _LONGEST_EDGE_M)
    line = projection.to_degrees(cast("LineString", middle))
    return line if line.coords[0][0] <= line.coords[-1][0] else line.reverse()


def _without_links(frame: "Frame") -> "Frame":
    if "highway" not in getattr(frame, "columns", ()):
        return frame.geometry
    return frame.geometry[[not _is_link(highway) for highway in frame["highway"]]]


def _is_link(highway: Any) -> bool:
    """Return whether a way is a ramp; osmnx gives a list of kinds for a way merged from several."""
    kinds = highway if isinstance(highway, list) else [highway]
    return all(isinstance(kind, str) and kind.endswith("_link") for kind in kinds)


def _joined(lines: MultiLineString) -> list[LineString]:
    """Return the lines merged in the direction of travel wherever one begins exactly where another ends."""
    return [part for part in shapely.get_parts(shapely.line_merge(lines, directed=True)) if part.length > 0]


def _reference(pieces: Sequence[LineString]) -> tuple[LineString, set[int]]:
    """Return one complete carriageway, with gaps bridged along the other one, and the pieces that it contains."""
    first = max(range(len(pieces)), key=lambda number: pieces[number].length)
    used = {first}
    ahead = list(_followed(pieces[first], pieces, used))
    backwards = [piece.reverse() for piece in pieces]
    behind = list(_followed(backwards[first], backwards, used))
    positions = [position for part in reversed(behind) for position in reversed(part.coords)]
    positions += pieces[first].coords
    positions += [position for part in ahead for position in part.coords]
    return shapely.remove_repeated_points(LineString(positions)), used


def _followed(piece: LineString, pieces: Sequence[LineString], used: set[int]) -> Iterator[LineString]:
    """Yield what follows a piece on its carriageway: bridges along the other one, and further pieces."""
    end, beginning = piece, Point(piece.coords[0])
    while (beside := _beside_end(end, pieces)) is not None:
        following = _next_beside(beside, pieces, used)
        if following is None:
            is_ring = beginning.distance(Point(end.coords[-1])) < _WIDEST_MEDIAN_M
            if beside.along_m > _TAIL_M and not is_ring:  # only the other carriageway continues
                end = _bridge(beside, 0.0, beside.left_m)
                yield end
                continue
            return
        number, along_m, left_m = following
        used.add(number)
        yield _bridge(beside, along_m, left_m)
        end = pieces[number]
        yield end


def _beside_end(piece: LineString, pieces: Sequence[LineString]) -> _Beside | None:
    """Return the piece of the other carriageway, in the opposite direction, beside the end of a piece."""
    end, heading = Point(piece.coords[-1]), _heading(piece, piece.length)
    found = [
        _Beside(other, along_m, -_left_m(other, along_m, end))
        for other in pieces
        if other.distance(end) < _WIDEST_MEDIAN_M
        and (along_m := other.project(end)) > _ABREAST_M  # otherwise the other one ends here too
        and heading @ _heading(other, along_m) < 0
    ]
    return min(found, key=lambda beside: abs(beside.left_m), default=None)


def _next_beside(beside: _Beside, pieces: Sequence[LineString], used: set[int]) -> tuple[int, float, float] | None:
    """Return the nearest unused piece that starts further along a piece of the other carriageway."""
    other = beside.piece
    found = []
    for number, piece in enumerate(pieces):
        start = Point(piece.coords[0])
        if number in used or piece is other or other.distance(start) >= _WIDEST_MEDIAN_M:
            continue
        along_m = other.project(start)
        if along_m < beside.along_m and _heading(piece, 0.0) @ _heading(other, along_m) < 0:
            found.append((along_m, number, -_left_m(other, along_m, start)))
    if not found:
        return None
    along_m, number, left_m = max(found)
    return number, along_m, left_m


def _bridge(beside: _Beside, to_m: float, to_left_m: float) -> LineString:
    """Return the missing stretch: the other carriageway, reversed and moved to this side."""
    other = beside.piece
    along = np.linspace(beside.along_m, to_m, max(2, int((beside.along_m - to_m) / _STATION_M)))
    left_m = np.linspace(beside.left_m, to_left_m, len(along))
    return LineString(_moved_left(_places(other, along), -_directions(other, along), left_m))


def _check_one_road(reference: LineString, others: Sequence[LineString], projection: Projection) -> None:
    shapely.prepare(reference)
    for other in others:
        stations = _places(other, _stations(other))
        points = shapely.points(stations)
        if shapely.dwithin(reference, points, _FARTHEST_M).all() and reference.distance(other) < _WIDEST_MEDIAN_M:
            continue
        off_m = shapely.distance(reference, points)
        at = projection.inverse(stations[[np.argmin(off_m), np.argmax(off_m)]])
        raise GeometryError(
            f"carriageways: not one road: a piece of {other.length / 1000:.2f} km does not connect to the longest one "
            f"of {reference.length / 1000:.2f} km; at {at[0, 0]:.5f}, {at[0, 1]:.5f} it is {off_m.min():.0f} m away, "
            f"at {at[1, 0]:.5f}, {at[1, 1]:.5f} {off_m.max():.0f} m; at most {_FARTHEST_M:.0f} m is right"
        )


def _midline(reference: LineString, others: Sequence[LineString]) -> LineString:
    """Return the reference moved half-way to the other carriageway, or, in its gaps, to where it must be."""
    if not others:
        return reference
    along = _stations(reference)
    here, ahead = _places(reference, along), _directions(reference, along)
    lines = MultiLineString(list(others))
    shapely.prepare(lines)
    there = shapely.get_coordinates(shapely.shortest_line(lines, shapely.points(here))).reshape(-1, 2, 2)[:, 0]
    across = there - here
    left_m = _cross(ahead, across)
    abreast = (np.abs((across * ahead).sum(axis=1)) < _ABREAST_M) & (np.abs(left_m) < _WIDEST_MEDIAN_M)
    if not abreast.any():
        return reference
    return LineString(_moved_left(here, ahead, np.interp(along, along[abreast], left_m[abreast]) / 2))


def _stations(line: LineString) -> Floats:
    """Return the distances along a planar line of every vertex, and of points between them at most 25 m apart."""
    vertices = _vertices(line)
    between = np.arange(0.0, line.length, _STATION_M)
    stations = np.unique(np.concatenate([vertices, between]).clip(0, line.length))
    return np.asarray(stations[np.append(np.diff(stations) > _TOLERANCE_M, True)])


def _places(line: LineString, along: Floats) -> Floats:
    vertices = _vertices(line)
    return np.column_stack([np.interp(along, vertices, axis) for axis in shapely.get_coordinates(line).T])


def _vertices(line: LineString) -> Floats:
    """Return the distance of every vertex along a planar line."""
    steps = np.hypot(*np.diff(shapely.get_coordinates(line), axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _directions(line: LineString, along: Floats) -> Floats:
    """Return the unit direction of a planar line at each distance, averaged over a short interval."""
    step = _places(line, np.minimum(along + _ABREAST_M, line.length)) - _places(line, np.maximum(along - _ABREAST_M, 0))
    return np.asarray(step / np.hypot(*step.T)[:, None])


def _heading(line: LineString, along_m: float) -> Floats:
    return np.asarray(_directions(line, np.array([along_m]))[0])


def _left_m(line: LineString, along_m: float, point: Point) -> float:
    """Return the distance of a point to the left of a planar line."""
    at = _places(line, np.array([along_m]))[0]
    return float(_cross(_heading(line, along_m), np.array([point.x, point.y]) - at))


def _cross(ahead: Floats, across: Floats) -> Floats:
    return np.asarray(ahead[..., 0] * across[..., 1] - ahead[..., 1] * across[..., 0])


def _moved_left(places: Floats, ahead: Floats, left_m: Floats) -> Floats:
    return np.asarray(places + np.column_stack([-ahead[:, 1], ahead[:, 0]]) * left_m[:, None])

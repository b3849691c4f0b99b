"""The nearest point of a line to each of many places, by geodesic, and the side of the line.

Candidates are compared by their chords through the ellipsoid: no projection distorts these, and the geodesic over a
chord c is longer by c^3 / 24 R^2, where R depends little on the azimuth. Only what remains is measured by geodesics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, Point

from geo.geometry.geodesic import GEOD, Floats, checked_line, courses, cut, distances_m, edge_bearings_deg

Ints: TypeAlias = npt.NDArray[np.intp]
Truths: TypeAlias = npt.NDArray[np.bool_]

# The iteration ends where the last step changed the distance by less than this. Each step reduces the error of the
# point to a thousandth at 10 km, to a hundredth at 60 km: one or two are enough.
_SETTLED_M = 1e-6
_MOST_ROUNDS = 30  # for places thousands of kilometres away, where the iteration need not converge
_LEAST_M = 1e-6  # the nearest point on an edge without length is its start
_TIE_DECIMALS = 6  # distances in metres that agree to these decimals are equal

# Metres. Chords of this length deviate from an edge that is straight in lon, lat, so that two distances may be wrong by
# this much together.
_CHORD_M, _DEVIATION_M = 250.0, 0.002
# A geodesic is longer than its chord c by this times c^3; between azimuths, this differs by 1.5 %.
_LONGER = 1 / (24 * GEOD.b**2)
_UNEVEN = 0.015 * _LONGER
_ROUNDING = 0.01  # of a square of 1,000 km, computed as a scalar product, in square metres
_PAIRS_AT_ONCE = 400_000  # of places and pieces; limits memory

_CELL_GROWTH = 1.25  # each cell beyond the bounds of the line is wider than the one before by this factor
_CELL_SLACK = 1.001  # no place of a cell is farther from its middle than its farthest corner times this
DEGREE_M = 111_000.0  # slightly less than a degree of latitude


class NearestPoints(NamedTuple):
    """The nearest points of a line to places, one entry per place.

    Attributes
    ----------
    edge : array of int
        Number of the edge of the line, from 0; edges of no length are not counted.
    fraction : array of float
        Position on that edge, from 0 to 1, linear in lon, lat.
    positions : (n, 2) array
        The nearest points, lon, lat.
    distance_m : array of float
        Geodesic distance from the place.
    is_left : array of bool
        Whether the place is to the left, in the direction of the line.
    """

    edge: Ints
    fraction: Floats
    positions: Floats
    distance_m: Floats
    is_left: Truths


def nearest_points(line: LineString, points: Sequence[Point] | Floats) -> NearestPoints:
    """Return the nearest point of a line to each place.

    Parameters
    ----------
    line : LineString
        In lon, lat degrees.
    points : sequence of Point, or (n, 2) array
        The places, in lon, lat degrees. For millions of them, prepare an `IndexedLine`.

    Returns
    -------
    NearestPoints
        Exact to 1 cm along the line up to 60 km away.
    """
    places = points if isinstance(points, np.ndarray) else shapely.get_coordinates(list(points))
    prepared = _prepared(checked_line(line))
    at_once = max(1, _PAIRS_AT_ONCE // len(prepared.edge))
    pairs = []
    for first in range(0, len(places), at_once):
        part = in_space(places[first : first + at_once])
        place, piece = np.nonzero(prepared.may_be_nearest(part, np.zeros(part.shape[1])))
        pairs.append((place + first, piece))
    place, piece = np.hstack(pairs) if pairs else np.zeros((2, 0), dtype=np.intp)
    share, _ = prepared.locate(in_space(places)[:, place], piece)
    return prepared.nearest(places, place, piece, share)


@lru_cache(maxsize=16)
def _prepared(line: LineString) -> "PreparedLine":
    return PreparedLine.of([shapely.get_coordinates(line)])


@dataclass(frozen=True, slots=True)
class PreparedLine:
    """A line, or several, cut into pieces so short that they are straight in space within 1 mm.

    Attributes
    ----------
    positions : (n, 2) array
        The vertices, lon, lat degrees.
    length_m : array of float
        Length of each edge.
    piece_m : array of float
        Length of each piece.
    edge, start, share : arrays
        Of each piece: its edge, its start on that edge, and its share of the edge, from 0 to 1.
    origin, step : (3, m) arrays
        Of each piece: its start in space, and the way to its end, metres.
    per_square : array of float
        One over the square of the length of each piece.
    """

    positions: Floats
    length_m: Floats
    piece_m: Floats
    edge: Ints
    start: Floats
    share: Floats
    origin: Floats
    step: Floats
    per_square: Floats

    @classmethod
    def of(cls, parts: Sequence[Floats]) -> "PreparedLine":
        """Prepare lines, given by their vertices in lon, lat degrees; edges are counted over all, joints included."""
        positions = np.vstack(parts)
        short = cut(positions, _CHORD_M)
        space = in_space(short.positions)
        step = np.diff(space)
        joints = np.cumsum([len(part) for part in parts])[:-1] - 1
        kept = ~np.isin(short.edge, joints)
        return cls(
            positions=positions,
            length_m=distances_m(positions[:-1], positions[1:]),
            piece_m=distances_m(short.positions[:-1], short.positions[1:])[kept],
            edge=short.edge[kept],
            start=short.start[kept],
            share=short.share[kept],
            origin=space[:, :-1][:, kept],
            step=step[:, kept],
            per_square=1 / np.maximum(_dot(step, step), _LEAST_M**2)[kept],
        )

    def locate(self, places: Floats, piece: Ints) -> tuple[Floats, Floats]:
        """Return the nearest point on a piece to each place in space, from 0 to 1, and the square of its distance."""
        step, toward = self.step.take(piece, axis=1), places - self.origin.take(piece, axis=1)
        share = _dot(toward, step)
        share *= self.per_square.take(piece)
        np.clip(share, 0, 1, out=share)
        toward -= share * step
        return share, _dot(toward, toward)

    def may_be_nearest(self, middle: Floats, radius_m: Floats) -> Truths:
        """Return for each ball in space, and each piece, whether it may be the nearest one to a place in the ball.

        For two points a and b of the line, |p - a|^2 - |p - b|^2 changes by at most 2 |a - b| per metre as p moves. So
        a piece that is farther from the middle than another one, by more than that, is farther in the whole ball.
        """
        every = np.arange(middle.shape[1])
        share, square = self.locate(middle[:, :, None], np.arange(len(self.edge))[None])
        best = square.argmin(axis=1)
        nearest = self.origin[:, best] + share[every, best] * self.step[:, best]
        apart = self.origin[:, None] - nearest[:, :, None]
        apart_m = np.sqrt(_dot(apart, apart)) + self.piece_m
        farthest = (np.sqrt(square[every, best]) + radius_m) ** 2
        slack = square[every, best] + largest_square(farthest) - farthest
        return np.asarray(square <= slack[:, None] + 2 * radius_m[:, None] * apart_m)

    def nearest(self, places: Floats, place: Ints, piece: Ints, share: Floats) -> NearestPoints:
        """Return the nearest points, given pairs of places and pieces in ascending order, for each place at least one.

        If several points are equally near, the one on the first edge is chosen.
        """
        edge = self.edge[piece]
        fraction, bearing_deg, distance_m = self._settled(
            places[place], edge, self.start[piece] + share * self.share[piece]
        )
        best = _first_nearest(place, distance_m)
        edge, fraction = edge[best], fraction[best]
        positions = self._at(edge, fraction)
        off = np.radians(bearing_deg[best]) - self._bearings(edge, fraction, positions)
        return NearestPoints(edge, fraction, positions, distance_m[best], np.sin(off) < 0)

    def along_m(self, near: NearestPoints) -> Floats:
        """Return the distance along the line from its start to the nearest points."""
        pieces = np.append(self.edge + self.start, self.edge[-1] + 1)
        return np.asarray(np.interp(near.edge + near.fraction, pieces, np.append(0.0, np.cumsum(self.piece_m))))

    def _at(self, edge: Ints, fraction: Floats) -> Floats:
        start = self.positions[edge]
        return np.asarray(start + (self.positions[edge + 1] - start) * fraction[:, None])

    def _settled(self, places: Floats, edge: Ints, fraction: Floats) -> tuple[Floats, Floats, Floats]:
        """Move points along their edges, each towards its place, until the iteration converges.

        Returns
        -------
        fraction, bearing_deg, distance_m : arrays of float
            Where the points are, and the geodesics from there to the places.
        """
        step, length_m = self.positions[edge + 1] - self.positions[edge], np.maximum(self.length_m[edge], _LEAST_M)
        bearing_deg, distance_m = np.empty(len(edge)), np.empty(len(edge))
        moving = np.arange(len(edge))
        for _ in range(_MOST_ROUNDS):
            here = self._at(edge[moving], fraction[moving])
            bearing_deg[moving], distance_m[moving] = courses(here, places[moving])
            off = np.radians(bearing_deg[moving] - edge_bearings_deg(here, step[moving]))
            onward = np.clip(fraction[moving] + distance_m[moving] * np.cos(off) / length_m[moving], 0, 1)
            moved_m = np.abs(onward - fraction[moving]) * length_m[moving]
            # The last step does not change the distance measurably, but a vertex must be reached exactly.
            fraction[moving] = onward
            moving = moving[moved_m**2 > 2 * _SETTLED_M * distance_m[moving]]
            if not moving.size:
                break
        return fraction, bearing_deg, distance_m

    def _bearings(self, edge: Ints, fraction: Floats, positions: Floats) -> Floats:
        """Return the bearing (radians) of the line at points on it; at a vertex, the mean of the bearings beside it."""
        steps = np.diff(self.positions, axis=0)
        last = len(steps) - 1
        before = steps[np.where((fraction == 0) & (edge > 0), edge - 1, edge)]
        after = steps[np.where((fraction == 1) & (edge < last), edge + 1, edge)]
        into, out = (np.radians(edge_bearings_deg(positions, each)) for each in (before, after))
        return np.asarray(np.arctan2(np.sin(into) + np.sin(out), np.cos(into) + np.cos(out)))


@dataclass(frozen=True, slots=True)
class IndexedLine:
    """A line prepared for millions of places: a grid whose cells list the pieces that may be nearest there.

    Attributes
    ----------
    line : PreparedLine
        The line.
    columns_deg, rows_deg : arrays of float
        The borders of the cells, in longitude and latitude.
    first, count : arrays of int
        By cell: where in `listed` its pieces begin, and their number.
    listed : array of int
        Numbers of pieces.
    """

    line: PreparedLine
    columns_deg: Floats
    rows_deg: Floats
    first: Ints
    count: Ints
    listed: Ints

    @classmethod
    def of(cls, parts: Sequence[Floats], *, cell_m: float, reach_m: float) -> "IndexedLine":
        """Prepare a line, or several lines as one.

        Parameters
        ----------
        parts : sequence of (n, 2) arrays
            The vertices of each line, in lon, lat degrees. If several are equally near, the first one is chosen.
        cell_m : float
            Width of a cell within the bounds of the lines. Smaller cells make searching faster and preparing slower.
        reach_m : float
            How far around the lines places are found.
        """
        line = PreparedLine.of(parts)
        (west, south), (east, north) = line.positions.min(axis=0), line.positions.max(axis=0)
        shrink = np.cos(np.radians(min(max(abs(south), abs(north)) + reach_m / DEGREE_M, 89.0)))
        columns_deg = _cell_borders(west, east, cell_m / DEGREE_M / shrink, reach_m / DEGREE_M / shrink)
        rows_deg = _cell_borders(south, north, cell_m / DEGREE_M, reach_m / DEGREE_M)
        rows = [line.may_be_nearest(*_balls(columns_deg, row)) for row in pairwise(rows_deg)]
        count = np.concatenate([row.sum(axis=1) for row in rows])
        listed = np.concatenate([np.nonzero(row)[1] for row in rows])
        return cls(line, columns_deg, rows_deg, np.cumsum(count) - count, count, listed)

    def nearest_points(self, places: Floats) -> NearestPoints:
        """Return the nearest point of the line to each place, an (n, 2) array of lon, lat degrees.

        For places outside the grid, the distance is infinite.
        """
        inside, place, piece, share, square = self._pairs(places)
        near = np.flatnonzero(square <= largest_square(_least(place, square))[place])
        found = self.line.nearest(places[inside], place[near], piece[near], share[near])
        if len(inside) == len(places):
            return found
        whole = NearestPoints(
            edge=np.zeros(len(places), dtype=np.intp),
            fraction=np.zeros(len(places)),
            positions=np.full((len(places), 2), np.nan),
            distance_m=np.full(len(places), np.inf),
            is_left=np.zeros(len(places), dtype=bool),
        )
        for one, part in zip(whole, found, strict=True):
            one[inside] = part
        return whole

    def distances(self, places: Floats) -> tuple[Ints, Floats]:
        """Return the nearest edge of the line to each place, and the distance, exact to 1 cm up to 60 km.

        Faster than `nearest_points`; the distance is infinite outside the grid.
        """
        inside, place, piece, _, square = self._pairs(places)
        chord_m = np.sqrt(square)
        best = _first_nearest(place, chord_m)
        edge, distance_m = np.zeros(len(places), dtype=np.intp), np.full(len(places), np.inf)
        edge[inside] = self.line.edge[piece[best]]
        distance_m[inside] = chord_m[best] + _LONGER * chord_m[best] ** 3
        return edge, distance_m

    def _pairs(self, places: Floats) -> tuple[Ints, Ints, Ints, Floats, Floats]:
        """Return which places are inside the grid, their pairs with pieces that may be nearest, and `locate` of these.

        In the pairs, the places inside the grid are numbered from 0.
        """
        column = np.searchsorted(self.columns_deg, places[:, 0], side="right") - 1
        row = np.searchsorted(self.rows_deg, places[:, 1], side="right") - 1
        width, height = len(self.columns_deg) - 1, len(self.rows_deg) - 1
        inside = np.flatnonzero((column >= 0) & (column < width) & (row >= 0) & (row < height))
        cell = (row * width + column)[inside]
        count = self.count[cell]
        place = np.repeat(np.arange(len(cell)), count)
        piece = self.listed[np.arange(len(place)) + np.repeat(self.first[cell] - np.cumsum(count) + count, count)]
        return inside, place, piece, *self.line.locate(in_space(places[inside]).take(place, axis=1), piece)


def _cell_borders(low: float, high: float, cell: float, reach: float) -> Floats:
    """Return the borders of cells in one direction: even between two numbers, and ever wider beyond them."""
    even = np.linspace(low, high, int(np.ceil((high - low) / cell)) + 1)
    count = int(np.ceil(np.log(reach / cell * (_CELL_GROWTH - 1) + 1) / np.log(_CELL_GROWTH))) + 1
    wider = np.cumsum(cell * _CELL_GROWTH ** np.arange(count))
    return np.concatenate([low - wider[::-1], even, high + wider])


def _balls(columns_deg: Floats, row_deg: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return balls in space, each with a cell of a row of the grid inside: their middles and radii."""
    west, lat = columns_deg[:-1], np.ones(len(columns_deg) - 1)
    middle = in_space(np.column_stack([(west + columns_deg[1:]) / 2, lat * sum(row_deg) / 2]))
    corners = [in_space(np.column_stack([west, lat * border])) for border in row_deg]
    return middle, np.max([np.linalg.norm(corner - middle, axis=0) for corner in corners], axis=0) * _CELL_SLACK


def nearest_of(points: Floats, places: Floats, exists: Truths) -> tuple[Ints, Floats]:
    """Return which of a few points is nearest to each place, and its geodesic distance in metres.

    Parameters
    ----------
    points, places : (m, 2) and (n, 2) arrays
        lon, lat degrees.
    exists : (n, m) array of bool
        Which of the points exist for which place; if none does, the result is -1 and infinity.
    """
    number, distance_m = np.full(len(places), -1), np.full(len(places), np.inf)
    rows = np.flatnonzero(exists.any(axis=1))
    if len(rows):
        here, there = in_space(places[rows]), in_space(points)
        middle = there.mean(axis=1, keepdims=True)
        here, there = here - middle, there - middle
        # |p - q|^2 = |p|^2 + |q|^2 - 2 p q, as one product of matrices. By einsum: BLAS would start threads of its own,
        # which wait actively and take the processor from the threads of the caller.
        left = np.vstack([here, _dot(here, here), np.ones(len(rows))])
        right = np.vstack([-2 * there, np.ones(len(points)), _dot(there, there)])
        square = np.einsum("kn,km->nm", left, right)
        np.copyto(square, np.inf, where=~exists[rows])
        limit = largest_square(np.maximum(square.min(axis=1), 0)) + _ROUNDING
        row, point = np.nonzero(square <= limit[:, None])
        metres = distances_m(points[point], places[rows[row]])
        best = _first_nearest(row, metres)
        number[rows], distance_m[rows] = point[best], metres[best]
    return number, distance_m


def _first_nearest(group: Ints, distance_m: Floats) -> Ints:
    """Return the first of the entries with the least distance in each group; groups as in `_least`."""
    rounded_m = np.round(distance_m, _TIE_DECIMALS)
    least = np.flatnonzero(rounded_m == _least(group, rounded_m)[group])
    return np.asarray(least[np.diff(group[least], prepend=-1) > 0])


def _least(group: Ints, values: Floats) -> Floats:
    """Return the least value in each group; the groups are numbered from 0, in ascending order."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return np.minimum.reduceat(values, starts) if len(starts) else values


def _dot(one: Floats, other: Floats) -> Floats:
    """Return the scalar products of vectors, each (3, …)."""
    found = one[0] * other[0]
    found += one[1] * other[1]
    found += one[2] * other[2]
    return np.asarray(found)


def largest_square(square: Floats) -> Floats:
    """Return up to which square of its chord a place may be as near as another one, given the square of its chord."""
    chord_m = np.sqrt(square)
    return np.asarray((chord_m + _UNEVEN * chord_m**3 + _DEVIATION_M) ** 2)


def in_space(places: Floats) -> Floats:
    """Return the positions in space of places, an (n, 2) array of lon, lat degrees: (3, n), metres (EPSG:4978)."""
    lon, lat = np.radians(places).T
    sine, cosine = np.sin(lat), np.cos(lat)
    normal_m = GEOD.a / np.sqrt(1 - GEOD.es * sine * sine)
    from_axis_m = normal_m * cosine
    return np.array([from_axis_m * np.cos(lon), from_axis_m * np.sin(lon), normal_m * (1 - GEOD.es) * sine])

"""The nearest place of a line, for any number of places at once: exact, and quick by a grid of cells.

Each cell of the grid lists the pieces of the line that may be the nearest one to a place in it. Distances are compared
in space. For two places a and b of the line, |p - a|^2 - |p - b|^2 grows or falls evenly as p moves, by at most
2 |a - b| for each metre; so what is too far off in the middle of a cell, by more than that, is so in all
of it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.geometry.cells import Grid, grid_around
from geo.geometry.chords import Space, in_space, mean_radius_m, uneven_m
from geo.geometry.geodesic import Floats, courses, cut, distances_m, edge_bearings_deg

# Metres. A piece of this length lies 0.8 mm below the ellipsoid in its middle, and 0.5 mm beside the edge in lon, lat.
PIECE_M = 200.0
_AT_ONCE = 400_000  # pairs of cell and piece
# Fewer places than this are not worth a turn of their own.
_FEW = 2000


class Near(NamedTuple):
    """The nearest places of a line to some places.

    Attributes
    ----------
    piece : array of int
        Number of the piece of the line.
    share : array of float
        Where on that piece, from 0 to 1.
    chord_m : array of float
        Distance in space.
    """

    piece: npt.NDArray[np.intp]
    share: Floats
    chord_m: Floats


@dataclass(frozen=True, slots=True)
class Pieces:
    """A line cut so short that its pieces are straight in space, within a millimetre.

    Attributes
    ----------
    start, end : (n, 2) arrays
        lon, lat of each piece.
    origin, step : Space
        Where each piece begins, and the way to its end.
    per_square : array of float
        One over the square of its length; 0 for a piece without length.
    start_m, length_m : arrays of float
        How far along the line each piece begins, and how long it is, by geodesic.
    bend_per_m : array of float
        How much it bends to the left of its geodesic, in radians a metre: an edge straight in lon, lat is no geodesic.
    """

    start: Floats
    end: Floats
    origin: Space
    step: Space
    per_square: Floats
    start_m: Floats
    length_m: Floats
    bend_per_m: Floats

    def locate(self, place: Space, piece: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return where on a piece each place has its foot (0 to 1), and the square of its distance from it."""
        dx, dy, dz = self.step.x[piece], self.step.y[piece], self.step.z[piece]
        x, y, z = place.x - self.origin.x[piece], place.y - self.origin.y[piece], place.z - self.origin.z[piece]
        share = (x * dx + y * dy + z * dz) * self.per_square[piece]
        np.clip(share, 0, 1, out=share)
        x -= share * dx
        y -= share * dy
        z -= share * dz
        return share, x * x + y * y + z * z

    def along_m(self, place: Space, piece: npt.NDArray[np.intp], left_m: Floats) -> Floats:
        """Return how far along the line places have their feet, each on its piece and so far to the left of it."""
        toward = [
            (at - origin[piece]) * step[piece] for at, origin, step in zip(place, self.origin, self.step, strict=True)
        ]
        from_middle = (toward[0] + toward[1] + toward[2]) * self.per_square[piece] - 0.5
        # The foot on an arc: from its middle, as much nearer or farther as the centre of the bend is off.
        share = np.clip(0.5 + from_middle / (1 - self.bend_per_m[piece] * left_m), 0, 1)
        return self.start_m[piece] + share * self.length_m[piece]


def pieces_of(line: Floats) -> Pieces:
    """Return the pieces of a line, given by its vertices in lon, lat degrees, its edges straight in lon, lat."""
    short = cut(line, PIECE_M)
    start, end = short.positions[:-1], short.positions[1:]
    origin, target = in_space(*start.T), in_space(*end.T)
    step = Space(*(there - here for here, there in zip(origin, target, strict=True)))
    square = sum(part * part for part in step)
    per_square = np.divide(1.0, square, out=np.zeros_like(start[:, 0]), where=np.asarray(square) > 0)
    edge_m = distances_m(line[:-1], line[1:])
    before_m = np.concatenate([[0.0], np.cumsum(edge_m)])[short.edge]
    start_m = before_m + distances_m(line[short.edge], start)
    length_m = edge_m[short.edge] * short.share
    turned = np.radians((edge_bearings_deg(start, end - start) - courses(start, end)[0] + 180) % 360 - 180)
    bend = np.divide(2 * turned, length_m, out=np.zeros_like(length_m), where=length_m > 0)
    return Pieces(start, end, origin, step, per_square, start_m, length_m, bend)


@dataclass(frozen=True, slots=True)
class Nearest:
    """A line with, for each cell of a grid, the pieces that may be nearest.

    Attributes
    ----------
    pieces : Pieces
        Of the line.
    grid : Grid
        The cells around it.
    first, count : arrays of int
        By cell: where in `candidates` its pieces begin, and how many they are.
    candidates : array of int
        Numbers of pieces.
    """

    pieces: Pieces
    grid: Grid
    first: npt.NDArray[np.intp]
    count: npt.NDArray[np.intp]
    candidates: npt.NDArray[np.int32]

    @property
    def radius_m(self) -> float:
        """The mean radius of the Earth about the line."""
        return mean_radius_m((self.grid.south + self.grid.north) / 2)

    def pairs(self, cells: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return every pair of a row, given by its cell, and a piece that may be nearest; sorted by row."""
        count = self.count[cells]
        row = np.repeat(np.arange(len(cells)), count)
        turn = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return row, self.candidates[self.first[cells][row] + turn].astype(np.intp)

    def find(self, place: Space, cells: npt.NDArray[np.intp]) -> Near:
        """Return the nearest place of the line to each place; the cells are those of `grid`, all within it."""
        first, count = self.first[cells], self.count[cells]
        piece = self.candidates[first].astype(np.intp)
        share, square = self.pieces.locate(place, piece)
        found = Near(piece, share, square)
        left = np.flatnonzero(count > 1)
        turn = 1
        while len(left) > _FEW:
            other = self.candidates[first[left] + turn].astype(np.intp)
            self._improve(found, left, other, *self.pieces.locate(place.taken(left), other))
            turn += 1
            left = left[count[left] > turn]
        if len(left):
            # The few with many candidates: all that are left of these together.
            more = count[left] - turn
            row = np.repeat(np.arange(len(left)), more)
            at = first[left][row] + turn + np.arange(len(row)) - np.repeat(np.cumsum(more) - more, more)
            other = self.candidates[at].astype(np.intp)
            other_share, other_square = self.pieces.locate(place.taken(left[row]), other)
            best = np.lexsort((other_square, row))[np.cumsum(more) - more]
            self._improve(found, left, other[best], other_share[best], other_square[best])
        return Near(piece, share, np.sqrt(square))

    @staticmethod
    def _improve(
        found: Near, rows: npt.NDArray[np.intp], piece: npt.NDArray[np.intp], share: Floats, square: Floats
    ) -> None:
        """Take other pieces for some rows where they are nearer; distances are squares here."""
        nearer = np.flatnonzero(square < found.chord_m[rows])
        at = rows[nearer]
        found.piece[at], found.share[at], found.chord_m[at] = piece[nearer], share[nearer], square[nearer]


def nearest_on(line: Floats, *, reach_m: float, cell_m: float, first: int = 32) -> Nearest:
    """Prepare a line.

    Parameters
    ----------
    line : (n, 2) array
        Vertices in lon, lat degrees; edges are straight in lon, lat.
    reach_m : float
        How far around it places are to be found by the grid.
    cell_m : float
        How large a cell is at most. Smaller cells list fewer pieces, and take longer to prepare.
    first : int
        How many cells wide those are that are looked at first, a power of two.
    """
    pieces = pieces_of(line)
    (west, south), (east, north) = line.min(axis=0), line.max(axis=0)
    grid = grid_around((west, south, east, north), reach_m, cell_m, first)
    level = Grid(grid.west, grid.south, grid.east, grid.north, grid.columns // first, grid.rows // first)
    cells = level.columns * level.rows
    cell = np.repeat(np.arange(cells), len(pieces.start))
    piece = np.tile(np.arange(len(pieces.start)), cells)
    cell, piece = _may_be_nearest(pieces, level, cell, piece)
    while level.columns < grid.columns:
        cell, piece = _divided(level, cell, piece)
        level = level.split(2)
        cell, piece = _may_be_nearest(pieces, level, cell, piece)
    count = np.bincount(cell, minlength=level.columns * level.rows)
    return Nearest(pieces, grid, np.cumsum(count) - count, count, piece.astype(np.int32))


def _divided(
    level: Grid, cell: npt.NDArray[np.intp], piece: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Hand the candidates of each cell down to its four parts, sorted by cell."""
    row, column = np.divmod(cell, level.columns)
    parts = [(2 * row + up) * 2 * level.columns + 2 * column + across for up in (0, 1) for across in (0, 1)]
    cells = np.concatenate(parts)
    order = np.argsort(cells, kind="stable")
    return cells[order], np.tile(piece, 4)[order]


def _may_be_nearest(
    pieces: Pieces, level: Grid, cell: npt.NDArray[np.intp], piece: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the pairs of cell and piece, sorted by cell, that stay."""
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    stops = np.append(starts[1:], len(cell))
    found: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]] = []
    first = 0
    while first < len(starts):
        last = max(first + 1, int(np.searchsorted(stops, starts[first] + _AT_ONCE, side="right")))
        chosen = slice(starts[first], stops[last - 1])
        found.append(_kept(pieces, level, cell[chosen], piece[chosen], starts[first:last] - starts[first]))
        first = last
    return np.concatenate([cells for cells, _ in found]), np.concatenate([kept for _, kept in found])


def _kept(
    pieces: Pieces,
    level: Grid,
    cell: npt.NDArray[np.intp],
    piece: npt.NDArray[np.intp],
    starts: npt.NDArray[np.intp],
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    boxes = level.boxes(cell[starts])
    middle, radius_m = in_space(*boxes.middle), boxes.radius_m()
    counts = np.diff(np.append(starts, len(cell)))
    group = np.repeat(np.arange(len(starts)), counts)
    share, square = pieces.locate(middle.taken(group), piece)
    least = np.minimum.reduceat(square, starts)
    # Of each cell, one piece that is nearest to its middle, and its foot.
    best = np.full(len(starts), -1, dtype=np.intp)
    at = np.flatnonzero(square == least[group])
    best[group[at]] = at
    foot = [
        origin[piece[best]] + share[best] * step[piece[best]]
        for origin, step in zip(pieces.origin, pieces.step, strict=True)
    ]
    apart = np.zeros(len(cell))
    for whole in (0, 1):
        square_apart = sum(
            (origin[piece] + whole * step[piece] - at_foot[group]) ** 2
            for origin, step, at_foot in zip(pieces.origin, pieces.step, foot, strict=True)
        )
        apart = np.maximum(apart, np.asarray(square_apart))
    # So much shorter the geodesic to one place may be than to another, though its chord is longer.
    farthest_m = np.sqrt(least) + radius_m
    unsure_m = uneven_m(farthest_m)
    beyond = (2 * farthest_m * unsure_m + unsure_m**2)[group]
    stays = square - least[group] <= 2 * radius_m[group] * np.sqrt(apart) + beyond
    return cell[stays], piece[stays]


@dataclass(frozen=True, slots=True)
class Sides:
    """What tells left from right of a line: across which direction it is seen, at and between its vertices.

    Attributes
    ----------
    own, at_start, at_end : Space
        By piece, unit vectors to the left of the line: along the piece, and at its ends, where the mean direction of
        the edges that meet there counts.
    """

    own: Space
    at_start: Space
    at_end: Space

    def is_left(self, pieces: Pieces, place: Space, near: Near) -> npt.NDArray[np.bool_]:
        """Return whether each place lies to the left of the line, seen along it."""
        toward = [
            here - (origin[near.piece] + near.share * step[near.piece])
            for here, origin, step in zip(place, pieces.origin, pieces.step, strict=True)
        ]
        across = self._along(self.own, toward, near.piece)
        for ends, share in ((self.at_start, 0.0), (self.at_end, 1.0)):
            at = np.flatnonzero(near.share == share)
            across[at] = self._along(ends, [part[at] for part in toward], near.piece[at])
        return across > 0

    @staticmethod
    def _along(left: Space, toward: list[Floats], piece: npt.NDArray[np.intp]) -> Floats:
        return np.asarray(left.x[piece] * toward[0] + left.y[piece] * toward[1] + left.z[piece] * toward[2])


def sides_of(pieces: Pieces) -> Sides:
    """Return what tells the sides of a line."""
    steps = pieces.end - pieces.start
    leaving, arriving = (np.radians(edge_bearings_deg(at, steps)) for at in (pieces.start, pieces.end))
    middle = np.radians(edge_bearings_deg((pieces.start + pieces.end) / 2, steps))
    at_start = np.append(leaving[:1], _mean(arriving[:-1], leaving[1:]))
    at_end = np.append(_mean(arriving[:-1], leaving[1:]), arriving[-1:])
    halfway = (pieces.start + pieces.end) / 2
    return Sides(_left(halfway, middle), _left(pieces.start, at_start), _left(pieces.end, at_end))


def _mean(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.arctan2(np.sin(one) + np.sin(other), np.cos(one) + np.cos(other)))


def _left(places: Floats, bearing: Floats) -> Space:
    """Return the unit vector to the left of a bearing (radians, clockwise from north) at each place."""
    lon, lat = np.radians(places).T
    east, north = -np.cos(bearing), np.sin(bearing)
    return Space(
        -np.sin(lon) * east - np.sin(lat) * np.cos(lon) * north,
        np.cos(lon) * east - np.sin(lat) * np.sin(lon) * north,
        np.cos(lat) * north,
    )

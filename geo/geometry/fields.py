"""What is so at every place of an area, told by cells, and exactly where a boundary runs through a cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.geometry.cells import EDGE, INSIDE, OUTSIDE, Boxes, Classes, classify_cells, grid_around
from geo.geometry.chords import Space, geodesic_m, in_space, uneven_m
from geo.geometry.geodesic import GEOD, Floats
from geo.geometry.nearest import Near, Nearest, nearest_on

Codes = npt.NDArray[np.uint8]
Exact = Callable[[Floats, Floats], Codes]

# How many cells of the final size the first ones are wide.
_FIRST = 64


@dataclass(frozen=True, slots=True)
class Field:
    """A small whole number at every place.

    Attributes
    ----------
    classes : Classes
        The number in each cell; `EDGE` where it is not the same in the whole cell.
    exact : callable
        Returns the number at given places (lon, lat), whatever their cell.
    """

    classes: Classes
    exact: Exact

    def at(self, lon: Floats, lat: Floats) -> Codes:
        """Return the number at each place, given in lon, lat degrees."""
        found = self.classes.of(lon, lat)
        open_ = np.flatnonzero(found == EDGE)
        if len(open_):
            found[open_] = self.exact(lon[open_], lat[open_])
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """A line that can be asked how far it is from any place.

    Attributes
    ----------
    nearest : Nearest
        The line, prepared for places around it, by chords.
    beyond : Nearest or None
        The line, prepared for places farther off, which are measured on the ellipsoid.
    """

    nearest: Nearest
    beyond: Nearest | None = None

    def near(self, lon: Floats, lat: Floats) -> tuple[Near, Floats]:
        """Return the nearest place of the line to each place, and the geodesic distance in metres.

        It is infinite for places beyond all that was prepared.
        """
        place = in_space(lon, lat)
        within, cells = self.nearest.grid.find(lon, lat)
        if within.all():
            near = self.nearest.find(place, cells)
            return near, geodesic_m(near.chord_m, self.nearest.radius_m)
        near = Near(np.zeros(len(lon), dtype=np.intp), np.zeros(len(lon)), np.full(len(lon), np.inf))
        distance_m = np.full(len(lon), np.inf)
        inner, outer = np.flatnonzero(within), np.flatnonzero(~within)
        found = self.nearest.find(place.taken(inner), cells[inner])
        _put(near, inner, found)
        distance_m[inner] = geodesic_m(found.chord_m, self.nearest.radius_m)
        if self.beyond is not None:
            reached, cells = self.beyond.grid.find(lon[outer], lat[outer])
            outer, cells = outer[reached], cells[reached]
            far, distance_m[outer] = _measured(self.beyond, lon[outer], lat[outer], place.taken(outer), cells)
            _put(near, outer, far)
        return near, distance_m


def line_of(positions: Floats, *, reach_m: float, cell_m: float, beyond_m: float = 0.0) -> Line:
    """Prepare a line, by its vertices in lon, lat degrees.

    Parameters
    ----------
    positions : (n, 2) array
        Its vertices.
    reach_m, cell_m : float
        As `geo.geometry.nearest.nearest_on` has them.
    beyond_m : float
        How far around it places are found in all, more slowly; no farther than `reach_m` if this is smaller.
    """
    near_by = nearest_on(positions, reach_m=reach_m, cell_m=cell_m)
    if beyond_m <= reach_m:
        return Line(near_by)
    return Line(near_by, nearest_on(positions, reach_m=beyond_m, cell_m=_BEYOND_CELL_M, first=_BEYOND_FIRST))


_BEYOND_CELL_M, _BEYOND_FIRST = 10_000.0, 8


def _put(near: Near, which: npt.NDArray[np.intp], found: Near) -> None:
    for whole, part in zip(near, found, strict=True):
        whole[which] = part


def _measured(
    nearest: Nearest, lon: Floats, lat: Floats, place: Space, cells: npt.NDArray[np.intp]
) -> tuple[Near, Floats]:
    """Measure on the ellipsoid whatever may be the nearest."""
    if not len(lon):
        return Near(cells, lon, lat), lon
    row, piece = nearest.pairs(cells)
    share, square = nearest.pieces.locate(place.taken(row), piece)
    chord_m = np.sqrt(square)
    least_m = np.minimum.reduceat(chord_m, np.flatnonzero(np.diff(row, prepend=-1)))
    may_be = np.flatnonzero(chord_m <= (least_m + uneven_m(least_m))[row])
    row, piece, share, chord_m = row[may_be], piece[may_be], share[may_be], chord_m[may_be]
    foot = nearest.pieces.start[piece] + (nearest.pieces.end[piece] - nearest.pieces.start[piece]) * share[:, None]
    metres = np.asarray(GEOD.inv(foot[:, 0], foot[:, 1], lon[row], lat[row])[2])
    order = np.lexsort((metres, row))
    chosen = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
    return Near(piece[chosen], share[chosen], chord_m[chosen]), metres[chosen]


@dataclass(frozen=True, slots=True)
class Within:
    """The area within a distance of any of some lines.

    Attributes
    ----------
    lines : sequence of (Line, float)
        Each with its distance in metres.
    """

    lines: Sequence[tuple[Line, float]]

    def exact(self, lon: Floats, lat: Floats) -> Codes:
        """Return `INSIDE` or `OUTSIDE` for each place."""
        found = np.zeros(len(lon), dtype=bool)
        for line, limit_m in self.lines:
            found |= line.near(lon, lat)[1] <= limit_m
        return found.astype(np.uint8)

    def judge(self, boxes: Boxes) -> Codes:
        """Return the class of each cell, in doubt `EDGE`."""
        lon, lat = boxes.middle
        # A geodesic is longer than its chord by a share that a tenth of a percent covers up to 600 km.
        radius_m = boxes.radius_m() * 1.001 + _DOUBT_M
        found = np.full(len(lon), OUTSIDE, dtype=np.uint8)
        for line, limit_m in self.lines:
            distance_m = line.near(lon, lat)[1]
            found[(distance_m - radius_m <= limit_m) & (found == OUTSIDE)] = EDGE
            found[distance_m + radius_m <= limit_m] = INSIDE
        return found

    def field(self, cell_m: float) -> Field:
        """Return it as a field."""
        parts = [line.nearest.pieces for line, _ in self.lines]
        every = np.vstack([np.vstack([piece.start, piece.end]) for piece in parts])
        bounds = (*every.min(axis=0), *every.max(axis=0))
        margin_m = max(limit_m for _, limit_m in self.lines) * 1.01 + 1000
        grid = grid_around(bounds, margin_m, cell_m, _FIRST)
        return Field(classify_cells(grid, _FIRST, self.judge), self.exact)


_DOUBT_M = 0.1


@dataclass(frozen=True, slots=True)
class Inside:
    """The area of a polygon whose edges are straight in lon, lat."""

    area: BaseGeometry

    def __post_init__(self) -> None:
        shapely.prepare(self.area)

    def exact(self, lon: Floats, lat: Floats) -> Codes:
        """Return `INSIDE` or `OUTSIDE` for each place."""
        return np.asarray(shapely.contains_xy(self.area, lon, lat)).astype(np.uint8)

    def judge(self, boxes: Boxes) -> Codes:
        """Return the class of each cell."""
        # A little larger than the cell, so that rounding in finding a cell is of no account.
        slack = 1e-9
        squares = shapely.box(
            boxes.west - slack,
            boxes.south - slack,
            boxes.west + boxes.width_deg + slack,
            boxes.south + boxes.height_deg + slack,
        )
        found = np.where(shapely.intersects(self.area, squares), EDGE, OUTSIDE).astype(np.uint8)
        touched = np.flatnonzero(found == EDGE)
        found[touched[shapely.contains_properly(self.area, squares[touched])]] = INSIDE
        return found

    def field(self, cell_m: float) -> Field:
        """Return it as a field."""
        shapely.contains_xy(
            self.area, 0.0, 0.0
        )  # what GEOS prepares on its first use, threads are not to prepare twice
        grid = grid_around(self.area.bounds, 1000.0, cell_m, _FIRST)
        return Field(classify_cells(grid, _FIRST, self.judge), self.exact)

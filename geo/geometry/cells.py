"""A grid of cells in longitude and latitude, so that a place finds what is known of its surroundings in one step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.errors import GeometryError
from geo.geometry.chords import in_space
from geo.geometry.geodesic import Floats

Cells = npt.NDArray[np.intp]
OUTSIDE, INSIDE, EDGE = 0, 1, 2

# A corner of a cell is nowhere farther from its middle than in space, but for this share.
_SLACK = 1.0001


class Boxes(NamedTuple):
    """Cells of one size: the lon, lat of their south-western corners, and their extent, all in degrees."""

    west: Floats
    south: Floats
    width_deg: float
    height_deg: float

    @property
    def middle(self) -> tuple[Floats, Floats]:
        """Their middles, lon and lat."""
        return self.west + self.width_deg / 2, self.south + self.height_deg / 2

    def radius_m(self) -> Floats:
        """Return how far, in space, the farthest place of each cell is from its middle."""
        lon, lat = self.middle
        middle = in_space(lon, lat)
        farthest = np.zeros_like(lon)
        for south in (-0.5, 0.5):
            corner = in_space(lon + self.width_deg / 2, lat + south * self.height_deg)
            farthest = np.maximum(farthest, sum((one - other) ** 2 for one, other in zip(corner, middle, strict=True)))
        return np.asarray(np.sqrt(farthest)) * _SLACK


@dataclass(frozen=True, slots=True)
class Grid:
    """A rectangle in lon, lat degrees, divided into equal cells, numbered eastwards and then northwards.

    Attributes
    ----------
    west, south, east, north : float
        Its edges.
    columns, rows : int
        How many cells.
    """

    west: float
    south: float
    east: float
    north: float
    columns: int
    rows: int

    @property
    def cell_deg(self) -> tuple[float, float]:
        """Width and height of a cell."""
        return (self.east - self.west) / self.columns, (self.north - self.south) / self.rows

    def split(self, parts: int) -> "Grid":
        """Return the same rectangle, each cell divided into so many by so many."""
        return Grid(self.west, self.south, self.east, self.north, self.columns * parts, self.rows * parts)

    def boxes(self, cells: Cells) -> Boxes:
        """Return some of the cells."""
        width, height = self.cell_deg
        row, column = np.divmod(cells, self.columns)
        return Boxes(self.west + column * width, self.south + row * height, width, height)

    def find(self, lon: Floats, lat: Floats) -> tuple[npt.NDArray[np.bool_], Cells]:
        """Return for each place whether it is in the rectangle, and the number of its cell (0 where it is not).

        A place on the very border of the rectangle may be told to be out of it.
        """
        width, height = self.cell_deg
        column = (lon - self.west) * (1 / width)
        row = (lat - self.south) * (1 / height)
        within = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        if within.all():
            return within, row.astype(np.intp) * self.columns + column.astype(np.intp)
        column[~within] = 0
        row[~within] = 0
        return within, row.astype(np.intp) * self.columns + column.astype(np.intp)


def grid_around(bounds: tuple[float, float, float, float], margin_m: float, cell_m: float, multiple: int) -> Grid:
    """Return a grid over some bounds (west, south, east, north, degrees) and a margin.

    Its cells are at most so large, and their numbers are multiples of a number.
    """
    west, south, east, north = bounds
    degree_m = 111_000.0  # a little less than a degree of latitude is long; margins become a little wider
    up = margin_m / degree_m
    cosine = float(np.cos(np.radians(min(max(abs(south), abs(north)) + up, 89.0))))
    across = up / cosine
    west, south, east, north = west - across, south - up, east + across, north + up
    widest = degree_m * 1.01 * float(np.cos(np.radians(min(abs(south), abs(north)))))
    columns = int(np.ceil((east - west) * widest / cell_m / multiple)) * multiple
    rows = int(np.ceil((north - south) * degree_m * 1.01 / cell_m / multiple)) * multiple
    return Grid(west, south, east, north, columns, rows)


@dataclass(frozen=True, slots=True)
class Classes:
    """What is known of each cell of a grid: all of it is `OUTSIDE`, all of it `INSIDE`, or an `EDGE` runs through it.

    The cells at the border of the grid are outside.

    Attributes
    ----------
    grid : Grid
        The cells; whatever is not in the grid is outside.
    classes : array of uint8
        By number of the cell.
    """

    grid: Grid
    classes: npt.NDArray[np.uint8]

    def of(self, lon: Floats, lat: Floats) -> npt.NDArray[np.uint8]:
        """Return the class of the cell of each place, given in lon, lat degrees.

        A place beyond the grid is told by the cell at its border, which is outside as everything there is.
        """
        width, height = self.grid.cell_deg
        place = lon - self.grid.west
        place *= 1 / width
        np.clip(place, 0, self.grid.columns - 1, out=place)
        column = place.astype(np.int32)
        np.subtract(lat, self.grid.south, out=place)
        place *= 1 / height
        np.clip(place, 0, self.grid.rows - 1, out=place)
        cell = place.astype(np.int32)
        cell *= np.int32(self.grid.columns)
        cell += column
        return self.classes.take(cell)


def classify_cells(grid: Grid, parts: int, judge: Callable[[Boxes], npt.NDArray[np.uint8]]) -> Classes:
    """Return the classes of all cells, looking closer only where an edge is.

    Parameters
    ----------
    grid : Grid
        The cells wanted.
    parts : int
        Of which so many by so many make a cell that is judged first; a power of two that divides both numbers.
    judge : callable
        Returns the classes of some cells; it may say `EDGE` of any.
    """
    level = Grid(grid.west, grid.south, grid.east, grid.north, grid.columns // parts, grid.rows // parts)
    classes = judge(level.boxes(np.arange(level.columns * level.rows)))
    while level.columns < grid.columns:
        square = classes.reshape(level.rows, level.columns).repeat(2, axis=0).repeat(2, axis=1)
        level, classes = level.split(2), np.ascontiguousarray(square).ravel()
        open_cells = np.flatnonzero(classes == EDGE)
        classes[open_cells] = judge(level.boxes(open_cells))
    square = classes.reshape(grid.rows, grid.columns)
    if square[[0, -1]].any() or square[:, [0, -1]].any():
        raise GeometryError("grid: something lies at its border; a wider margin is needed")
    return Classes(grid, classes)

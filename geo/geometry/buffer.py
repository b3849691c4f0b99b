"""The places within a distance of lines, for millions of places."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.geometry.geodesic import Floats
from geo.geometry.nearest import DEGREE_M, IndexedLine

_ROWS_AT_ONCE = 32  # of cells; limits memory
_BORDER = 2  # cells around everything that can be in the buffer
_LONGEST_DEGREE_M = 111_800.0  # slightly more than a degree of latitude, or of longitude on the equator
_ROUNDING_M = 0.1  # distances in the raster have 7 digits


@dataclass(frozen=True, slots=True)
class Buffer:
    """The places within a distance of any of some lines, by geodesic, with a raster that decides for most of them.

    Attributes
    ----------
    lines : sequence of (IndexedLine, float)
        The lines, each with its distance in metres.
    west, south, width_deg, height_deg : float
        Corner of the raster, and the size of its cells.
    outside_m : (n, n) array of float
        By row, from south to north, and column: how far the middle of the cell is outside the buffer, negative inside.
    radius_m : float
        The largest distance of a place from the middle of its cell.
    """

    lines: Sequence[tuple[IndexedLine, float]]
    west: float
    south: float
    width_deg: float
    height_deg: float
    outside_m: npt.NDArray[np.float32]
    radius_m: float

    @classmethod
    def of(cls, lines: Sequence[tuple[IndexedLine, float]], *, cells: int, margin_m: float = 0.0) -> "Buffer":
        """Prepare a buffer.

        Parameters
        ----------
        lines : sequence of (IndexedLine, float)
            The lines, each with its distance in metres.
        cells : int
            Number of cells of the raster in each direction.
        margin_m : float
            By how much `contains` may widen the buffer; the lines must be prepared for that distance.
        """
        positions = np.vstack([line.line.positions for line, _ in lines])
        (west, south), (east, north) = positions.min(axis=0), positions.max(axis=0)
        up = (max(distance_m for _, distance_m in lines) + margin_m) / DEGREE_M
        across = up / np.cos(np.radians(min(max(abs(south), abs(north)) + up, 89.0)))
        width_deg, height_deg = (np.array([east - west + 2 * across, north - south + 2 * up])) / (cells - 2 * _BORDER)
        west, south = west - across - _BORDER * width_deg, south - up - _BORDER * height_deg
        lon, lat = (west + (np.arange(cells) + 0.5) * width_deg, south + (np.arange(cells) + 0.5) * height_deg)
        outside_m = np.empty((cells, cells), dtype=np.float32)
        for first in range(0, cells, _ROWS_AT_ONCE):
            part = outside_m[first : first + _ROWS_AT_ONCE]
            middles = np.column_stack([np.tile(lon, len(part)), np.repeat(lat[first : first + len(part)], cells)])
            found_m = np.min([line.distances(middles)[1] - distance_m for line, distance_m in lines], axis=0)
            part[:] = found_m.reshape(part.shape)
        half_deg = np.hypot(width_deg * np.cos(np.radians(np.abs(lat).min())), height_deg) / 2
        radius_m = float(half_deg * _LONGEST_DEGREE_M) + _ROUNDING_M
        return cls(lines, west, south, width_deg, height_deg, outside_m, radius_m)

    def contains(self, places: Floats, wider_m: Floats | float = 0.0) -> npt.NDArray[np.bool_]:
        """Return whether each place, an (n, 2) array of lon, lat degrees, is in the buffer.

        Parameters
        ----------
        places : (n, 2) array
            lon, lat degrees.
        wider_m : float or array of float
            By how much the buffer is widened, at all or at each of the places.
        """
        cell = self._number(places[:, 1], self.south, self.height_deg)
        cell *= np.int32(len(self.outside_m))
        cell += self._number(places[:, 0], self.west, self.width_deg)
        outside_m = self.outside_m.take(cell)
        outside_m -= wider_m
        found = outside_m < -self.radius_m
        open_ = np.flatnonzero(np.abs(outside_m) <= self.radius_m)
        limit_m = np.broadcast_to(wider_m, len(places))[open_]
        for line, distance_m in self.lines if len(open_) else ():
            found[open_] |= line.distances(places[open_])[1] <= distance_m + limit_m
        return np.asarray(found)

    def _number(self, degrees: Floats, start: float, size: float) -> npt.NDArray[np.int32]:
        """Return the row or column of places; the cells at the border are outside, as is everything beyond them."""
        number = degrees - start
        number *= 1 / size
        np.clip(number, 0, len(self.outside_m) - 1, out=number)
        return number.astype(np.int32)

"""The ground that a map in a figure shows: from longitude and latitude to the sheet, true to scale."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.geometry.projection import Projection
from geo.outputs.figures.boxes import Box

# So much of the width or height is left free around what the map is about.
MARGIN = 0.07
# What lies this far outside the frame, as a share of its width, is cut away before it is drawn.
_CUT = 0.1
# Edges straight in lon, lat are cut at this length before they are projected, so that they stay where they are.
_STRAIGHT_DEG = 0.05
# Pixels of the page's nearest level, zoom 0, at the equator.
_METRES_PER_PX_AT_ZOOM_0 = 2 * math.pi * 6_378_137 / 256
# Lengths of a scale bar.
_STEPS_KM = (1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class Ground:
    """A piece of ground on a sheet.

    An oblique Mercator laid along the road is true to scale within 0.01 % all over the map, so that one scale bar
    holds everywhere; in Web Mercator it would be wrong by a quarter.

    Attributes
    ----------
    projection : Projection
        Metres, x to the east and y to the north at the centre of the road.
    frame : Box
        Where it stands on the sheet.
    centre_m : tuple of float
        What lies in the middle of the frame, in metres of the projection.
    px_per_m : float
        Units of the sheet for one metre.
    tolerance_px : float
        How far a drawn line may leave the true one, in units of the sheet.
    """

    projection: Projection
    frame: Box
    centre_m: tuple[float, float]
    px_per_m: float
    tolerance_px: float

    def drawn(self, geometry: BaseGeometry, *, simplified: bool = True) -> BaseGeometry:
        """Return a geometry given in lon, lat degrees in units of the sheet, cut a little outside the frame."""
        is_point = isinstance(geometry, Point)
        dense = geometry if is_point else shapely.segmentize(geometry, _STRAIGHT_DEG)
        placed = shapely.transform(dense, self._placed)
        if is_point:
            return placed
        if simplified:
            placed = shapely.simplify(placed, self.tolerance_px)
        return self.cut(placed)

    def cut(self, placed: BaseGeometry) -> BaseGeometry:
        """Return the part of a geometry in units of the sheet that lies in the frame or not far outside."""
        around = self.frame.grown(_CUT * self.frame.width)
        return shapely.clip_by_rect(placed, around.left, around.top, around.right, around.bottom)

    def positions(self, lon_lat: np.ndarray) -> np.ndarray:
        """Return positions in lon, lat degrees, an (n, 2) array, in units of the sheet."""
        return self._placed(lon_lat)

    def length_px(self, metres: float) -> float:
        """Return a length on the ground in units of the sheet."""
        return metres * self.px_per_m

    @property
    def frame_m(self) -> Box:
        """The frame in metres of the projection, as far from its centre."""
        (x, y), across = self.centre_m, self.frame.width / self.px_per_m / 2
        along = self.frame.height / self.px_per_m / 2
        return Box(x - across, y - along, x + across, y + along)

    @property
    def scale_km(self) -> int:
        """The length of the scale bar: the longest round one that is at most a fifth of the frame."""
        longest = self.frame.width / self.px_per_m / 5000
        return max((km for km in _STEPS_KM if km <= longest), default=_STEPS_KM[0])

    @property
    def zoom(self) -> float:
        """The zoom at which the page shows the ground as large."""
        middle = self.projection.inverse(np.array([self.centre_m]))[0]
        metres_per_px = _METRES_PER_PX_AT_ZOOM_0 * math.cos(math.radians(float(middle[1])))
        return math.log2(metres_per_px * self.px_per_m)

    @property
    def north_deg(self) -> float:
        """How far north is turned from straight up at the centre of the frame, clockwise."""
        middle = self.projection.inverse(np.array([self.centre_m]))[0]
        south, north = self.projection.forward(np.array([middle, middle + np.array([0, 0.01])]))
        return math.degrees(math.atan2(north[0] - south[0], north[1] - south[1]))

    def _placed(self, lon_lat: np.ndarray) -> np.ndarray:
        x, y = self.frame.centre
        east, north = (self.projection.forward(lon_lat) - self.centre_m).T
        return np.column_stack([x + east * self.px_per_m, y - north * self.px_per_m])


def ground_around(
    geometries: Iterable[BaseGeometry],
    frame: Box,
    *,
    projection: Projection,
    tolerance_px: float,
    margin: float = MARGIN,
) -> Ground:
    """Return the ground that shows some geometries as large as a frame allows.

    Parameters
    ----------
    geometries : iterable of shapely geometry
        What is to be seen whole, in lon, lat degrees.
    frame : Box
        Where it is drawn.
    projection : Projection
        Laid along the road that the map is about.
    tolerance_px : float
        How far a drawn line may leave the true one, in units of the sheet.
    margin : float
        How much of the frame is left free on each side.
    """
    bounds = shapely.total_bounds([projection.to_metres(one) for one in geometries])
    west, south, east, north = (float(value) for value in bounds)
    room = 1 - 2 * margin
    px_per_m = min(frame.width * room / (east - west), frame.height * room / (north - south))
    return Ground(projection, frame, ((west + east) / 2, (south + north) / 2), px_per_m, tolerance_px)

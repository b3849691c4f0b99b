"""Straight chords through the ellipsoid; their length differs from the geodesic by a known term.

A chord c and the geodesic s above it differ by c^3 / 24 R^2: 0.2 mm at 6 km, 22 cm at 60 km. The radius R depends on
the azimuth a little; with the mean radius at the place, s is accurate to 1 mm up to 60 km. Distances in space need no
projection, so there is no distortion, and two of them are compared by their sums of squares.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.geometry.geodesic import GEOD, Floats

# Up to this distance `geodesic_m` is accurate to a millimetre or two; beyond, distances are measured on the ellipsoid.
CHORDS_UP_TO_M = 60_000.0


class Space(NamedTuple):
    """Places on the ellipsoid, in metres from the centre of the Earth (EPSG:4978), one array per axis."""

    x: Floats
    y: Floats
    z: Floats

    def taken(self, which: npt.NDArray[np.intp]) -> "Space":
        """Return the selected places."""
        return Space(self.x[which], self.y[which], self.z[which])


def in_space(lon: Floats, lat: Floats) -> Space:
    """Convert places from lon, lat degrees to space."""
    across, up = np.radians(lon), np.radians(lat)
    sine, cosine = np.sin(up), np.cos(up)
    normal_m = GEOD.a / np.sqrt(1 - GEOD.es * sine * sine)
    from_axis_m = normal_m * cosine
    return Space(from_axis_m * np.cos(across), from_axis_m * np.sin(across), normal_m * (1 - GEOD.es) * sine)


def mean_radius_m(lat: float) -> float:
    """Return the mean radius of curvature (Gauss) of the ellipsoid at a latitude in degrees."""
    curvature = 1 - GEOD.es * np.sin(np.radians(lat)) ** 2
    return float(GEOD.b / curvature)


def geodesic_m(chord_m: Floats, radius_m: float) -> Floats:
    """Return the lengths of the geodesics over chords; all in metres, with the radius at the place."""
    return chord_m * (1 + chord_m * chord_m / (24 * radius_m * radius_m))


def uneven_m(chord_m: Floats) -> Floats:
    """Return the maximum difference between two geodesics over chords of this length, in metres."""
    arc_m = 2 * GEOD.b * np.arcsin(np.minimum(chord_m / (2 * GEOD.b), 1))
    return np.asarray((arc_m - chord_m) * _UNEVEN)


# The radius of curvature differs by at most 0.7 % between azimuths, and is squared.
_UNEVEN = 0.015

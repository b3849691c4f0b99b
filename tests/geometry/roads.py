"""Roads drawn for the tests. All are invented; only their shapes matter."""

from itertools import pairwise

import numpy as np
from shapely.geometry import LineString

from geo.geometry.projection import oblique_mercator

MEDIAN_M = 25.0


def winding(km=80, bends=9, amplitude_km=3.0, lon=36.2, lat=35.8, spacing_m=60.0):
    """A road that swings from side to side on its way east, one vertex every so many metres."""
    along = np.arange(0, km * 1000, spacing_m)
    across = amplitude_km * 1000 * np.sin(along / along[-1] * bends * np.pi) + 300 * np.sin(along / 900)
    degree_m = 111_320.0
    return LineString(np.column_stack([lon + along / degree_m / np.cos(np.radians(lat)), lat + across / degree_m]))


def dual(road, median_m=MEDIAN_M):
    """The two carriageways of a road, traffic on the right: the one there, the one back."""
    projection = oblique_mercator(road)
    planar = projection.to_metres(road)
    there, back = (planar.parallel_offset(median_m / 2, side, resolution=8) for side in ("right", "left"))
    there, back = (line if line.coords[0][0] < line.coords[-1][0] else line.reverse() for line in (there, back))
    return projection.to_degrees(there), projection.to_degrees(back.reverse())


def ways(carriageway, count):
    """A carriageway cut into so many ways that share their end nodes, as OpenStreetMap has them."""
    positions = list(carriageway.coords)
    ends = np.linspace(0, len(positions) - 1, count + 1).astype(int)
    return [LineString(positions[a : b + 1]) for a, b in pairwise(ends)]

"""The band of a line whose position is uncertain."""

from collections.abc import Sequence
from itertools import pairwise

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

# Corners smaller than this, in the unit of the vertices, are cut off.
_TOLERANCE = 0.2


def band_of(
    vertices: Sequence[tuple[float, float]], radii: Sequence[float], *, tolerance: float = _TOLERANCE
) -> BaseGeometry:
    """Return the area in which a line of uncertain position may be.

    Parameters
    ----------
    vertices : sequence of (x, y)
        Vertices of the line, in a plane.
    radii : sequence of float
        Width on either side at each vertex, in the unit of the vertices; it changes linearly between vertices.
    tolerance : float
        Maximum deviation of the outline, in the same unit.
    """
    discs = [Point(vertex).buffer(radius) for vertex, radius in zip(vertices, radii, strict=True)]
    links = [shapely.union(one, other).convex_hull for one, other in pairwise(discs)]
    return shapely.simplify(shapely.union_all(links or discs), tolerance)

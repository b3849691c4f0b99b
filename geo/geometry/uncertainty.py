"""Where a line of uncertain position may run."""

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
    """Return the area within which a line may run.

    Parameters
    ----------
    vertices : sequence of (x, y)
        The line, on a plane.
    radii : sequence of float
        The width to either side at each vertex, in the unit of the vertices; it changes evenly between two vertices.
    tolerance : float
        How far the outline may differ from the exact one, in the same unit.
    """
    discs = [Point(vertex).buffer(radius) for vertex, radius in zip(vertices, radii, strict=True)]
    links = [shapely.union(one, other).convex_hull for one, other in pairwise(discs)]
    return shapely.simplify(shapely.union_all(links or discs), tolerance)

"""The foot of a point on a line: the nearest place of the line, and on which side of it the point lies."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, Point

from geo.geometry.geodesic import STRAIGHT_M, Cut, Floats, bearings_deg, cut, distances_m, edge_bearings_deg
from geo.geometry.projection import Projection, oblique_mercator

# The plane finds the edge and nearly the place on it; each round of geodesics leaves a thousandth of the error.
_ROUNDS = 2
_LEAST_M = 1e-6  # an edge of no length has its foot where it begins


class Feet(NamedTuple):
    """The feet of points on a line, one entry for each point.

    Attributes
    ----------
    edge : array of int
        Number of the edge of the line, from 0.
    fraction : array of float
        Where on that edge, from 0 to 1, in lon, lat.
    positions : (n, 2) array
        The feet themselves, lon, lat.
    distance_m : array of float
        Geodesic distance from the point.
    is_left : array of bool
        Whether the point lies to the left, seen along the line.
    """

    edge: npt.NDArray[np.intp]
    fraction: Floats
    positions: Floats
    distance_m: Floats
    is_left: npt.NDArray[np.bool_]


class _Edges(NamedTuple):
    """A line prepared for searching: cut so short that its pieces are straight in the plane too."""

    projection: Projection
    positions: Floats
    cut: Cut
    tree: shapely.STRtree
    pieces: npt.NDArray[np.object_]


def feet(line: LineString, points: Sequence[Point] | Floats) -> Feet:
    """Return the foot of each point on a line.

    Parameters
    ----------
    line : LineString
        In lon, lat degrees.
    points : sequence of Point, or (n, 2) array
        In lon, lat degrees.
    """
    places = points if isinstance(points, np.ndarray) else shapely.get_coordinates(list(points))
    edges = _edges(line)
    planar = edges.projection.forward(places)
    piece = np.asarray(edges.tree.nearest(shapely.points(planar)))
    nearest = edges.cut.edge[piece]
    start, step = edges.positions[nearest], np.diff(edges.positions, axis=0)[nearest]
    on_piece = np.asarray(shapely.line_locate_point(edges.pieces[piece], shapely.points(planar), normalized=True))
    fraction = edges.cut.start[piece] + on_piece * edges.cut.share[piece]
    length_m = distances_m(start, start + step)
    for _ in range(_ROUNDS):
        here = start + step * fraction[:, None]
        ahead_m = distances_m(here, places) * np.cos(
            np.radians(bearings_deg(here, places) - edge_bearings_deg(here, step))
        )
        fraction = np.clip(fraction + ahead_m / np.maximum(length_m, _LEAST_M), 0, 1)
    here = start + step * fraction[:, None]
    return Feet(nearest, fraction, here, distances_m(here, places), _is_left(edges, nearest, fraction, here, places))


def _is_left(
    edges: _Edges, edge: npt.NDArray[np.intp], fraction: Floats, here: Floats, places: Floats
) -> npt.NDArray[np.bool_]:
    """Tell sides by the bearing of the line at the foot; at a vertex, by the mean of the bearings on either side."""
    steps = np.diff(edges.positions, axis=0)
    last = len(steps) - 1
    before = steps[np.where((fraction == 0) & (edge > 0), edge - 1, edge)]
    after = steps[np.where((fraction == 1) & (edge < last), edge + 1, edge)]
    into, out = (np.radians(edge_bearings_deg(here, each)) for each in (before, after))
    along = np.arctan2(np.sin(into) + np.sin(out), np.cos(into) + np.cos(out))
    across = np.radians(bearings_deg(here, places)) - along
    return np.asarray(np.sin(across) < 0)


@lru_cache(maxsize=16)
def _edges(line: LineString) -> _Edges:
    projection = oblique_mercator(line)
    positions = shapely.get_coordinates(line)
    short = cut(positions, STRAIGHT_M)
    planar = projection.forward(short.positions)
    pieces = np.asarray(shapely.linestrings(np.stack([planar[:-1], planar[1:]], axis=1)))
    return _Edges(projection, positions, short, shapely.STRtree(pieces), pieces)

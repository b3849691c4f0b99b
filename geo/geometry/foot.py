"""Project points on a line: the nearest point (foot) on the line, and the side of the line."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, Point

from geo.geometry.geodesic import (
    STRAIGHT_M,
    Cut,
    Floats,
    checked_line,
    courses,
    cut,
    distances_m,
    edge_bearings_deg,
)
from geo.geometry.projection import Projection, oblique_mercator

Ints: TypeAlias = npt.NDArray[np.intp]

# Each iteration reduces the error to a thousandth at 10 km, to a hundredth at 60 km: two or three are enough.
_SETTLED_M = 1e-6
_MOST_ROUNDS = 30  # for points thousands of kilometres away, where the iteration need not converge
_LEAST_M = 1e-6  # the foot on an edge without length is its start
_SCALE_ERROR = 1e-7  # relative, up to 300 km: the scale along a geodesic may exceed that at its ends by this
_AT_ONCE = 10_000  # limits memory: from the centre of a bend, all of its edges may be equally near


class Feet(NamedTuple):
    """The feet of points on a line, one entry per point.

    Attributes
    ----------
    edge : array of int
        Number of the edge of the line, from 0; edges of no length are not counted.
    fraction : array of float
        Position on that edge, from 0 to 1, linear in lon, lat.
    positions : (n, 2) array
        The feet, lon, lat.
    distance_m : array of float
        Geodesic distance from the point.
    is_left : array of bool
        Whether the point is to the left, in the direction of the line.
    """

    edge: npt.NDArray[np.intp]
    fraction: Floats
    positions: Floats
    distance_m: Floats
    is_left: npt.NDArray[np.bool_]


class _Edges(NamedTuple):
    """A line prepared for searching, cut into pieces that are straight in the plane too.

    The largest scale of the plane on the line, and the largest deviation of a piece from its chord in the plane, bound
    the error of the plane.
    """

    projection: Projection
    positions: Floats
    length_m: Floats
    cut: Cut
    tree: shapely.STRtree
    pieces: npt.NDArray[np.object_]
    scale: float
    bend_m: float


class _Near(NamedTuple):
    """The nearest places on single edges, each to one of the points."""

    point: Ints
    edge: Ints
    fraction: Floats
    bearing_deg: Floats
    distance_m: Floats


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
    edges = _edges(checked_line(line))
    found = [_feet(edges, places[n : n + _AT_ONCE]) for n in range(0, max(1, len(places)), _AT_ONCE)]
    edge, fraction, positions, distance_m, is_left = map(np.concatenate, zip(*found, strict=True))
    return Feet(edge, fraction, positions, distance_m, is_left)


def _feet(edges: _Edges, places: Floats) -> Feet:
    planar = np.asarray(shapely.points(edges.projection.forward(places)))
    first = _settled(edges, places, planar, np.arange(len(places)), np.asarray(edges.tree.nearest(planar)))
    near = _nearest(first, _settled(edges, places, planar, *_rivals(edges, places, planar, first)))
    here = _at(edges, near.edge, near.fraction)
    return Feet(near.edge, near.fraction, here, near.distance_m, _is_left(edges, near, here))


def _rivals(edges: _Edges, places: Floats, planar: npt.NDArray[np.object_], first: _Near) -> tuple[Ints, Ints]:
    """Return the points with other pieces that may be nearer than the piece that is nearest in the plane.

    The scale of the plane grows with the distance from its axis, so of two paths of equal length in the plane, the one
    farther from the axis is shorter. But the length of a geodesic in the plane is at most its length times the largest
    scale on it, which occurs at one of its ends.
    """
    scale = np.maximum(edges.scale, edges.projection.scale(places)) * (1 + _SCALE_ERROR)
    reach_m = first.distance_m * scale + edges.bend_m
    point, piece = edges.tree.query(planar, predicate="dwithin", distance=reach_m)
    other = edges.cut.edge[piece] != first.edge[point]
    return point[other], piece[other]


def _settled(edges: _Edges, places: Floats, planar: npt.NDArray[np.object_], point: Ints, piece: Ints) -> _Near:
    """Start at the place that is nearest in the plane, and move along the edge until the iteration converges."""
    edge = edges.cut.edge[piece]
    on_piece = np.asarray(shapely.line_locate_point(edges.pieces[piece], planar[point], normalized=True))
    fraction = edges.cut.start[piece] + on_piece * edges.cut.share[piece]
    step, length_m = np.diff(edges.positions, axis=0)[edge], np.maximum(edges.length_m[edge], _LEAST_M)
    bearing_deg, distance_m = np.empty(len(point)), np.empty(len(point))
    moving = np.arange(len(point))
    for _ in range(_MOST_ROUNDS):
        here = _at(edges, edge[moving], fraction[moving])
        bearing_deg[moving], distance_m[moving] = courses(here, places[point[moving]])
        off = np.radians(bearing_deg[moving] - edge_bearings_deg(here, step[moving]))
        onward = np.clip(fraction[moving] + distance_m[moving] * np.cos(off) / length_m[moving], 0, 1)
        moved = np.abs(onward - fraction[moving]) * length_m[moving] > _SETTLED_M
        # The last step does not change the distance measurably, but a vertex must be reached exactly.
        fraction[moving] = onward
        moving = moving[moved]
    if moving.size:
        here = _at(edges, edge[moving], fraction[moving])
        bearing_deg[moving], distance_m[moving] = courses(here, places[point[moving]])
    return _Near(point, edge, fraction, bearing_deg, distance_m)


def _at(edges: _Edges, edge: Ints, fraction: Floats) -> Floats:
    start = edges.positions[edge]
    return np.asarray(start + (edges.positions[edge + 1] - start) * fraction[:, None])


def _nearest(first: _Near, rivals: _Near) -> _Near:
    """Return the nearest place to each point; if several are equally near, the one on the first edge."""
    every = _Near(
        np.concatenate([first.point, rivals.point]),
        np.concatenate([first.edge, rivals.edge]),
        np.concatenate([first.fraction, rivals.fraction]),
        np.concatenate([first.bearing_deg, rivals.bearing_deg]),
        np.concatenate([first.distance_m, rivals.distance_m]),
    )
    order = np.lexsort((every.edge, every.distance_m, every.point))
    one = order[np.unique(every.point[order], return_index=True)[1]]
    return _Near(every.point[one], every.edge[one], every.fraction[one], every.bearing_deg[one], every.distance_m[one])


def _is_left(edges: _Edges, near: _Near, here: Floats) -> npt.NDArray[np.bool_]:
    """Return the sides by the bearing of the line at the foot, or, at a vertex, the mean of the bearings beside it."""
    steps = np.diff(edges.positions, axis=0)
    last = len(steps) - 1
    before = steps[np.where((near.fraction == 0) & (near.edge > 0), near.edge - 1, near.edge)]
    after = steps[np.where((near.fraction == 1) & (near.edge < last), near.edge + 1, near.edge)]
    into, out = (np.radians(edge_bearings_deg(here, each)) for each in (before, after))
    along = np.arctan2(np.sin(into) + np.sin(out), np.cos(into) + np.cos(out))
    return np.asarray(np.sin(np.radians(near.bearing_deg) - along) < 0)


@lru_cache(maxsize=16)
def _edges(line: LineString) -> _Edges:
    projection = oblique_mercator(line)
    positions = shapely.get_coordinates(line)
    length_m = distances_m(positions[:-1], positions[1:])
    short = cut(positions, STRAIGHT_M)
    planar = projection.forward(short.positions)
    middles = projection.forward((short.positions[:-1] + short.positions[1:]) / 2)
    bend_m = float(np.linalg.norm(middles - (planar[:-1] + planar[1:]) / 2, axis=1).max())
    pieces = np.asarray(shapely.linestrings(np.stack([planar[:-1], planar[1:]], axis=1)))
    scale = float(projection.scale(short.positions).max())
    return _Edges(projection, positions, length_m, short, shapely.STRtree(pieces), pieces, scale, bend_m)

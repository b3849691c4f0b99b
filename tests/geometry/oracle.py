"""How far a point lies from a road, measured independently: geodesics and a search, no projection, no shapely.

The road is cut into short pieces, straight in lon, lat. Of each point all pieces that may hold the foot are searched by
golden section. Which may is told by chords through the ellipsoid, which are never longer than the geodesic.
"""

import numpy as np
from pyproj import Geod

WGS84 = Geod(ellps="WGS84")
SHORTEST_PIECE_M, MOST_PIECES = 50.0, 4000
ROUNDS = 45
GOLDEN = (5**0.5 - 1) / 2
AT_ONCE = 500


def geodesic_m(start, end):
    return WGS84.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2]


def distances_m(road, points):
    """Return the geodesic distance of each point, an (n, 2) array of lon, lat, from a road given likewise."""
    road, points = np.asarray(road, float), np.asarray(points, float)
    piece_m = max(SHORTEST_PIECE_M, geodesic_m(road[:-1], road[1:]).sum() / MOST_PIECES)
    start, end = _pieces(road, piece_m)
    middles = _chords_frame((start + end) / 2)
    found = [_near(start, end, middles, points[n : n + AT_ONCE], piece_m) for n in range(0, len(points), AT_ONCE)]
    return np.concatenate(found)


def _pieces(road, piece_m):
    count = np.maximum(1, np.ceil(geodesic_m(road[:-1], road[1:]) / piece_m)).astype(int)
    edge = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    step = (road[edge + 1] - road[edge]) / count[edge, None]
    start = road[edge] + step * number[:, None]
    return start, start + step


def _chords_frame(places):
    lon, lat = np.radians(places).T
    normal = WGS84.a / np.sqrt(1 - WGS84.es * np.sin(lat) ** 2)
    return np.column_stack(
        [normal * np.cos(lat) * np.cos(lon), normal * np.cos(lat) * np.sin(lon), normal * (1 - WGS84.es) * np.sin(lat)]
    )


def _near(start, end, middles, points, piece_m):
    chords = np.linalg.norm(_chords_frame(points)[:, None] - middles[None], axis=2)
    # A foot lies at most half a piece from its middle; the chord is short of the geodesic by less than 1e-5 of it here.
    limit = chords.min(axis=1) * 1.0001 + piece_m
    point, piece = np.nonzero(chords <= limit[:, None])
    best = np.full(len(points), np.inf)
    np.minimum.at(best, point, _search(start[piece], end[piece], points[point]))
    return best


def _search(start, end, points):
    def at(fraction):
        return geodesic_m(points, start + (end - start) * fraction[:, None])

    low, high = np.zeros(len(points)), np.ones(len(points))
    for _ in range(ROUNDS):
        one, other = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        nearer = at(one) < at(other)
        low, high = np.where(nearer, low, one), np.where(nearer, other, high)
    return np.minimum.reduce([at(low), at(high), at(np.zeros(len(points))), at(np.ones(len(points)))])

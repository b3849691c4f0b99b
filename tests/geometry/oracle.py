"""How far a point lies from a road, and from which place, measured independently: geodesics, no projection, no shapely.

The road is cut into short pieces, straight in lon, lat. Of each point all pieces that may hold the foot are searched:
for the distance by golden section, for the foot by halving. Which may is told by chords through the ellipsoid, which
are never longer than the geodesic.
"""

import numpy as np
from pyproj import Geod

WGS84 = Geod(ellps="WGS84")
SHORTEST_PIECE_M, MOST_PIECES = 50.0, 4000
ROUNDS = 45
GOLDEN = (5**0.5 - 1) / 2
AT_ONCE = 500
HALVINGS = 22  # of 50 m: to 0.01 mm
BESIDE_M = 1.0
AS_NEAR_M, SAME_PLACE_M = 1e-6, 0.005


def geodesic_m(start, end):
    return WGS84.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2]


def distances_m(road, points):
    """Return the geodesic distance of each point, an (n, 2) array of lon, lat, from a road given likewise."""
    return np.concatenate([_least(*batch) for batch in _batches(road, points)])


def nearest_points(road, points):
    """Return the nearest place of a road to each point, as above, and whether no other place is as near."""
    found = [_nearest(*batch) for batch in _batches(road, points)]
    return np.concatenate([places for places, _ in found]), np.concatenate([only for _, only in found])


def _batches(road, points):
    """Yield some of the points at a time, which of them may have its foot on which piece, and the pieces' ends."""
    road, points = np.asarray(road, float), np.asarray(points, float)
    piece_m = max(SHORTEST_PIECE_M, geodesic_m(road[:-1], road[1:]).sum() / MOST_PIECES)
    start, end = _pieces(road, piece_m)
    middles = _chords_frame((start + end) / 2)
    for n in range(0, len(points), AT_ONCE):
        some = points[n : n + AT_ONCE]
        point, piece = _candidates(middles, some, piece_m)
        yield some, point, start[piece], end[piece]


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


def _candidates(middles, points, piece_m):
    chords = np.linalg.norm(_chords_frame(points)[:, None] - middles[None], axis=2)
    # A foot lies at most half a piece from its middle; the chord is short of the geodesic by less than 1e-5 of it here.
    limit = chords.min(axis=1) * 1.0001 + piece_m
    return np.nonzero(chords <= limit[:, None])


def _least(points, point, start, end):
    best = np.full(len(points), np.inf)
    np.minimum.at(best, point, _search(start, end, points[point]))
    return best


def _nearest(points, point, start, end):
    places = _halved(start, end, points[point])
    distance_m = geodesic_m(places, points[point])
    order = np.lexsort((distance_m, point))
    best = order[np.unique(point[order], return_index=True)[1]]
    as_near = distance_m <= distance_m[best][point] + AS_NEAR_M
    elsewhere = geodesic_m(places, places[best][point]) > SAME_PLACE_M
    only = np.ones(len(points), bool)
    only[point[as_near & elsewhere]] = False
    return places[best], only


def _halved(start, end, points):
    """Halve each piece towards the nearer of two places a metre apart.

    About the foot a distance hardly changes: 60 km away it tells the foot to some centimetres, two of them to 0.1 mm.
    """
    low, high = np.zeros(len(points)), np.ones(len(points))
    half = BESIDE_M / 2 / np.maximum(geodesic_m(start, end), BESIDE_M)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        behind, ahead = (start + (end - start) * (middle + side)[:, None] for side in (-half, half))
        onward = geodesic_m(points, ahead) < geodesic_m(points, behind)
        low, high = np.where(onward, middle, low), np.where(onward, high, middle)
    return start + (end - start) * ((low + high) / 2)[:, None]


def _search(start, end, points):
    def at(fraction):
        return geodesic_m(points, start + (end - start) * fraction[:, None])

    low, high = np.zeros(len(points)), np.ones(len(points))
    for _ in range(ROUNDS):
        one, other = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        nearer = at(one) < at(other)
        low, high = np.where(nearer, low, one), np.where(nearer, other, high)
    return np.minimum.reduce([at(low), at(high), at(np.zeros(len(points))), at(np.ones(len(points)))])

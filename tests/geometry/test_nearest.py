import numpy as np
import pytest

from geo.geometry.chords import in_space
from geo.geometry.fields import line_of
from geo.geometry.geodesic import GEOD
from geo.geometry.nearest import nearest_on, sides_of
from tests.geometry.oracle import distances_m
from tests.geometry.roads import winding

ROAD = np.array([(36.0, 35.5), (36.0, 35.6), (36.2, 35.6)])


def found(road, places, **options):
    line = line_of(np.asarray(road), **{"reach_m": 30_000, "cell_m": 500, **options})
    near, distance_m = line.near(*np.asarray(places, float).T)
    pieces = line.nearest.pieces
    left = sides_of(pieces).is_left(pieces, in_space(*np.asarray(places, float).T), near)
    along_m = pieces.along_m(
        in_space(*np.asarray(places, float).T), near.piece, np.where(left, distance_m, -distance_m)
    )
    return distance_m, left, along_m


def test_on_a_meridian_the_foot_lies_due_west_and_its_chainage_is_the_arc_of_the_meridian():
    distance_m, left, along_m = found(ROAD, [(35.99, 35.55), (36.01, 35.53)])
    assert left.tolist() == [True, False]
    assert along_m == pytest.approx([GEOD.inv(36, 35.5, 36, lat)[2] for lat in (35.55, 35.53)], abs=0.1)
    assert distance_m == pytest.approx(
        [GEOD.inv(36, 35.55, 35.99, 35.55)[2], GEOD.inv(36, 35.53, 36.01, 35.53)[2]], abs=1e-3
    )


def test_beyond_a_convex_corner_the_corner_is_nearest_and_its_mean_direction_tells_the_side():
    distance_m, left, along_m = found(ROAD, [(35.95, 35.65)])
    assert left.tolist() == [True]
    assert distance_m == pytest.approx([GEOD.inv(36, 35.6, 35.95, 35.65)[2]], abs=1e-3)
    assert along_m == pytest.approx([GEOD.inv(36, 35.5, 36, 35.6)[2]], abs=5e-3)


def test_all_the_outside_of_a_sharp_corner_has_one_side():
    needle = [(36.0, 35.5), (36.2, 35.5), (36.02, 35.45)]
    assert found(needle, [(36.21, 35.51), (36.22, 35.5), (36.22, 35.49), (36.205, 35.48)])[1].all()


def test_every_piece_that_is_nearest_anywhere_in_a_cell_is_among_its_candidates():
    road = np.array(winding(km=30, spacing_m=40).coords)
    prepared = nearest_on(road, reach_m=20_000, cell_m=800)
    rng = np.random.default_rng(5)
    lon = rng.uniform(prepared.grid.west, prepared.grid.east, 3000)
    lat = rng.uniform(prepared.grid.south, prepared.grid.north, 3000)
    place = in_space(lon, lat)
    near = prepared.find(place, prepared.grid.find(lon, lat)[1])
    every = np.arange(len(prepared.pieces.start))
    for row in range(0, 3000, 7):
        here = type(place)(*(part[row].repeat(len(every)) for part in place))
        assert near.chord_m[row] ** 2 == pytest.approx(prepared.pieces.locate(here, every)[1].min(), rel=1e-9)


@pytest.mark.parametrize(("reach_deg", "within_m"), [(0.02, 0.002), (0.4, 0.002), (5.0, 0.01)])
def test_distances_agree_with_an_independent_search_near_and_far(reach_deg, within_m):
    road = winding(km=40)
    west, south, east, north = road.bounds
    places = np.random.default_rng(1).uniform(
        (west - reach_deg, south - reach_deg), (east + reach_deg, north + reach_deg), (400, 2)
    )
    distance_m, *_ = found(road.coords, places, beyond_m=800_000)
    assert distance_m == pytest.approx(distances_m(road.coords, places), abs=within_m)


@pytest.mark.long
def test_chainage_is_that_of_the_geodesically_nearest_place_within_a_centimetre():
    # One long edge, straight in lon, lat: its foot is searched for along it.
    road = np.array([(36.0, 35.7), (36.3, 35.9)])
    places = np.random.default_rng(2).uniform((36.05, 35.6), (36.25, 36.0), (50, 2))
    distance_m, _, along_m = found(road, places)
    share = np.linspace(0, 1, 400_001)
    edge = road[0] + (road[1] - road[0]) * share[:, None]
    pieces = road[0] + (road[1] - road[0]) * np.linspace(0, 1, 2001)[:, None]
    starts_m = np.concatenate([[0], np.cumsum(GEOD.inv(*pieces[:-1].T, *pieces[1:].T)[2])])
    whole_m = GEOD.inv(*road[0], *road[1])[2]
    for row, (lon, lat) in enumerate(places):
        metres = GEOD.inv(edge[:, 0], edge[:, 1], np.full(len(edge), lon), np.full(len(edge), lat))[2]
        best = share[metres.argmin()]
        expected_m = np.interp(best, np.linspace(0, 1, 2001), starts_m) * whole_m / starts_m[-1]
        assert distance_m[row] == pytest.approx(metres.min(), abs=0.002)
        assert along_m[row] == pytest.approx(expected_m, abs=0.3)  # the search itself steps by 9 cm


def test_beyond_all_that_was_prepared_the_distance_is_infinite():
    line = line_of(ROAD, reach_m=30_000, cell_m=500, beyond_m=100_000)
    assert np.isinf(line.near(np.array([-50.0]), np.array([-10.0]))[1]).all()

import numpy as np
import pytest

from geo.geometry.chords import CHORDS_UP_TO_M, geodesic_m, in_space, mean_radius_m, uneven_m
from geo.geometry.geodesic import GEOD

CENTRE = (36.6, 35.8)
BEARINGS_DEG = np.linspace(0, 360, 73)


def chords_m(distance_m):
    """Return the chords from one place over geodesics of one length, in all directions."""
    lon, lat = (np.full(len(BEARINGS_DEG), degrees) for degrees in CENTRE)
    far = GEOD.fwd(lon, lat, BEARINGS_DEG, np.full(len(BEARINGS_DEG), float(distance_m)))
    here, there = in_space(lon, lat), in_space(np.asarray(far[0]), np.asarray(far[1]))
    return np.sqrt(sum((one - other) ** 2 for one, other in zip(here, there, strict=True)))


def test_the_equator_and_the_pole_lie_where_the_axes_of_the_ellipsoid_end():
    space = in_space(np.array([0.0, 90.0, 180.0, 0.0]), np.array([0.0, 0.0, 0.0, 90.0]))
    a, b = GEOD.a, GEOD.b
    expected = [[a, 0, 0], [0, a, 0], [-a, 0, 0], [0, 0, b]]
    assert np.allclose(np.column_stack(space), expected, atol=1e-6)


def test_every_place_lies_on_the_ellipsoid():
    random = np.random.default_rng(1)
    x, y, z = in_space(random.uniform(-180, 180, 1000), random.uniform(-90, 90, 1000))
    assert np.allclose((x**2 + y**2) / GEOD.a**2 + z**2 / GEOD.b**2, 1, atol=1e-14)


def test_some_of_the_places_are_taken_in_the_order_asked_for():
    space = in_space(np.array([1.0, 2.0, 3.0]), np.zeros(3))
    assert [axis.tolist() for axis in space.taken(np.array([2, 0]))] == [[axis[2], axis[0]] for axis in space]


@pytest.mark.parametrize("lat", [0.0, 35.8, 90.0])
def test_the_mean_radius_is_the_geometric_mean_of_the_two_radii_of_curvature(lat):
    curvature = 1 - GEOD.es * np.sin(np.radians(lat)) ** 2
    along_meridian, across = GEOD.a * (1 - GEOD.es) / curvature**1.5, GEOD.a / curvature**0.5
    assert mean_radius_m(lat) == pytest.approx(np.sqrt(along_meridian * across), rel=1e-12)


@pytest.mark.parametrize("distance_m", [1, 100, 6_000, 20_000, CHORDS_UP_TO_M])
def test_the_geodesic_over_a_chord_is_right_within_two_millimetres_up_to_60_km(distance_m):
    found = geodesic_m(chords_m(distance_m), mean_radius_m(CENTRE[1]))
    assert np.abs(found - distance_m).max() <= 0.002


def test_without_its_term_a_chord_of_60_km_would_be_22_cm_short():
    assert 60_000 - chords_m(60_000).mean() == pytest.approx(0.22, abs=0.005)


@pytest.mark.parametrize("distance_m", [6_000, 60_000, 300_000, 600_000])
def test_geodesics_over_equal_chords_differ_by_no_more_than_is_allowed_for(distance_m):
    chords = chords_m(distance_m)
    # Equal geodesics have unequal chords: the excess of each over its chord spreads as that of equal chords does.
    excess = distance_m - chords
    assert excess.max() - excess.min() <= uneven_m(np.array([chords.max()]))[0]

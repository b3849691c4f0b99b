import math

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from geo.geometry.geodesic import GEOD
from geo.geometry.projection import oblique_mercator
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.ground import MARGIN, ground_around

FRAME = Box(300, 100, 1200, 800)


@pytest.fixture(scope="module")
def focus(derived):
    return list(derived.layers["corridor"].geometry)


@pytest.fixture(scope="module")
def ground(derived, focus):
    [stretch] = derived.layers["centreline"].geometry
    return ground_around(focus, FRAME, projection=oblique_mercator(stretch), tolerance_px=0.4)


def lon_lat(ground, x, y):
    """Return the place at a point of the sheet."""
    (middle_x, middle_y), (east, north) = ground.frame.centre, ground.centre_m
    metres = [east + (x - middle_x) / ground.px_per_m, north - (y - middle_y) / ground.px_per_m]
    return ground.projection.inverse(np.array([metres]))[0]


@pytest.mark.parametrize(("x", "y"), [(300, 100), (1000, 100), (300, 800), (750, 450), (1000, 800)])
def test_the_scale_bar_is_as_long_as_a_geodesic_all_over_the_map(ground, x, y):
    length_m = 1000 * ground.scale_km
    for across, down in ((1, 0), (0, -1)):
        length = ground.length_px(length_m)
        start, end = lon_lat(ground, x, y), lon_lat(ground, x + across * length, y + down * length)
        assert GEOD.inv(*start, *end)[2] == pytest.approx(length_m, rel=0.0005)


def test_what_the_map_is_about_lies_whole_within_its_margin(ground, focus):
    west, north, east, south = shapely.union_all([ground.drawn(one) for one in focus]).bounds
    inner = FRAME.width * MARGIN - 1
    assert FRAME.grown(-inner).contains(Box(west, north, east, south))
    assert east - west > 0.8 * FRAME.width


def test_north_is_where_a_meridian_leads(ground):
    middle = lon_lat(ground, *FRAME.centre)
    (x, y), (x_north, y_north) = ground.positions(np.array([middle, middle + np.array([0, 0.05])]))
    assert math.degrees(math.atan2(x_north - x, y - y_north)) == pytest.approx(ground.north_deg, abs=0.01)
    assert abs(ground.north_deg) < 1


def test_the_zoom_is_that_at_which_the_page_shows_a_kilometre_as_long(ground):
    metres_per_px = 2 * math.pi * 6_378_137 * math.cos(math.radians(lon_lat(ground, *FRAME.centre)[1])) / 256
    assert ground.length_px(metres_per_px / 2**ground.zoom) == pytest.approx(1)


def test_a_simplified_line_stays_within_the_tolerance(ground, derived):
    [stretch] = derived.layers["centreline"].geometry
    whole, drawn = ground.drawn(stretch, simplified=False), ground.drawn(stretch)
    assert shapely.hausdorff_distance(whole, drawn) <= ground.tolerance_px
    assert len(drawn.coords) < len(whole.coords) / 3


def test_what_lies_far_outside_the_frame_is_cut_away(ground):
    far = ground.drawn(LineString([(30, 35.8), (40, 35.8)]))
    assert far.bounds[0] >= FRAME.left - 0.11 * FRAME.width
    assert ground.drawn(LineString([(30, 10), (40, 10)])).is_empty
    assert isinstance(ground.drawn(Point(10, 10)), Point)

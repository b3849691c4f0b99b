"""The corridor against an independent check: geodesics and a search, no projection and no shapely (see `oracle`)."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from geo.errors import GeometryError
from geo.geometry.corridor import band, corridor
from geo.geometry.geodesic import GEOD, area_km2
from tests.geometry.oracle import distances_m
from tests.geometry.roads import winding

HALF_WIDTH_M = 6000
GOAL_M = 0.01
MOST_VERTICES = 12_000
STRAIGHT = LineString([(36.1, 35.8), (36.7, 35.8)])
LONGER = pytest.mark.longer


def boundary(area, most=None):
    """The vertices of an area as they are published, and places on its edges: in the middle, and anywhere."""
    found = []
    for ring in (area.exterior, *area.interiors):
        vertices = np.array(ring.coords).round(8)
        step = np.diff(vertices, axis=0)
        anywhere = np.random.default_rng(0).uniform(0, 1, (len(step), 1))
        found += [vertices[:-1], vertices[:-1] + step / 2, vertices[:-1] + step * anywhere]
    points = np.concatenate(found)
    return points if most is None else np.random.default_rng(0).permutation(points)[:most]


def worst_m(area, line, half_width_m, most=None):
    return np.abs(distances_m(line.coords, boundary(area, most)) - half_width_m).max()


def assert_exact(line, half_width_m, most=1500):
    area = corridor(line, half_width_m=half_width_m)
    assert area.is_valid
    assert worst_m(area, line, half_width_m, most) <= GOAL_M
    _assert_members_just_inside_and_none_just_outside(area, line, half_width_m)
    return area


def _assert_members_just_inside_and_none_just_outside(area, line, half_width_m, count=300):
    """Places 5 cm off the edge, and anywhere in the box: members are those within the half-width and no others."""
    dice = np.random.default_rng(1)
    edge = dice.permutation(boundary(area))[:count]
    near = np.column_stack(GEOD.fwd(*edge.T, dice.uniform(0, 360, len(edge)), np.full(len(edge), 0.05))[:2])
    west, south, east, north = area.bounds
    anywhere = dice.uniform((west, south), (east, north), (count, 2))
    places = np.concatenate([near, anywhere])
    distance_m = distances_m(line.coords, places)
    clear = np.abs(distance_m - half_width_m) > GOAL_M
    member = shapely.contains_xy(area, places)
    assert (member[clear] == (distance_m[clear] < half_width_m)).all()


@pytest.fixture(scope="module")
def real(derived):
    return derived.layers["centreline"].geometry.iloc[0], derived.layers["corridor"].geometry.iloc[0]


def test_corridor_is_six_km_on_each_side_and_round_at_both_ends():
    area = corridor(STRAIGHT, half_width_m=HALF_WIDTH_M)
    for lon, bearings in ((36.4, (0, 180)), (36.1, (225, 270, 315)), (36.7, (45, 90, 135))):
        for bearing in bearings:
            assert area.contains(Point(GEOD.fwd(lon, 35.8, bearing, 5999.98)[:2]))
            assert not area.contains(Point(GEOD.fwd(lon, 35.8, bearing, 6000.02)[:2]))


@pytest.mark.parametrize("most", [3000, pytest.param(None, marks=LONGER)], ids=["some", "every"])
def test_boundary_points_of_the_real_corridor_are_6000_m_from_the_road_to_the_centimetre(real, most):
    line, area = real
    assert worst_m(area, line, HALF_WIDTH_M, most=most) <= GOAL_M
    assert len(area.exterior.coords) <= MOST_VERTICES
    _assert_members_just_inside_and_none_just_outside(area, line, HALF_WIDTH_M)


@pytest.mark.long
@pytest.mark.parametrize("crs", [32637, 3857])
def test_a_buffer_in_another_crs_fails_the_same_check(real, crs):
    """Negative control: the check can fail, and those who do otherwise are metres to a kilometre off."""
    line, _ = real
    rival = gpd.GeoSeries([line], crs=4326).to_crs(crs).buffer(HALF_WIDTH_M).to_crs(4326).iloc[0]
    assert worst_m(rival, line, HALF_WIDTH_M, most=2000) > 100 * GOAL_M


SHAPES = {
    "two points": [(36.1, 35.8), (36.3, 35.9)],
    "shorter than it is wide": [(36.1, 35.8), (36.1001, 35.8)],
    "a right angle": [(36.1, 35.8), (36.4, 35.8), (36.4, 35.5)],
    "a hairpin": [(36.1, 35.8), (36.4, 35.8), (36.4, 35.801), (36.1, 35.801)],
    "there and back on itself": [(36.1, 35.8), (36.4, 35.8), (36.2, 35.8)],
    "a needle's turn": [(36.1, 35.8), (36.4, 35.8), (36.1, 35.805)],
    "nearly touching itself": [(36.1, 35.8), (36.5, 35.8), (36.5, 35.9085), (36.1, 35.9085), (36.1, 36.0)],
    "a figure of eight": [(36.0, 35.6), (36.6, 36.1), (36.6, 35.6), (36.0, 36.1), (36.0, 35.6)],
    "points repeated": [(36.1, 35.8), (36.1, 35.8), (36.3, 35.9), (36.3, 35.9)],
    "across the equator": [(36.1, -0.2), (36.3, 0.25)],
    "across the edge of a UTM zone": [(35.7, 35.8), (36.3, 35.85)],
    "far south": [(-70.2, -54.0), (-69.4, -53.4), (-68.9, -53.9)],
    "far north": [(25.0, 69.6), (26.0, 69.9), (27.0, 69.5)],
}


@pytest.mark.long
@pytest.mark.parametrize("half_width_m", [pytest.param(100, marks=LONGER), 6000, pytest.param(50_000, marks=LONGER)])
@pytest.mark.parametrize("positions", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_road_is_exact_at_every_width(positions, half_width_m):
    assert_exact(LineString(positions), half_width_m, most=600)


def ring_road(radius_km, count=720):
    return LineString(
        [GEOD.fwd(36.5, 35.8, bearing, radius_km * 1000)[:2] for bearing in np.linspace(0, 360, count + 1)]
    )


@pytest.mark.long
def test_a_road_that_runs_in_a_circle_leaves_its_hole_unless_it_is_narrower_than_the_corridor():
    area = assert_exact(ring_road(20), HALF_WIDTH_M)
    assert len(area.interiors) == 1
    assert area_km2(Polygon(area.interiors[0])) == pytest.approx(np.pi * 14**2, rel=1e-3)
    assert len(assert_exact(ring_road(5), HALF_WIDTH_M).interiors) == 0


def test_a_figure_of_eight_has_two_holes():
    assert len(corridor(LineString(SHAPES["a figure of eight"]), half_width_m=3000).interiors) == 2


@pytest.mark.long
def test_a_road_of_five_hundred_kilometres_is_exact():
    assert_exact(LineString([(36.0, 33.0), (36.2, 35.0), (38.6, 35.1)]), 20_000)


degrees = st.floats(-0.3, 0.3).map(lambda part: round(part, 6))


@st.composite
def roads(draw):
    """Zigzags, hairpins, loops and tangles of up to 12 edges anywhere between 69° S and 69° N."""
    lon, lat = draw(st.floats(-179, 178)), draw(st.floats(-69, 69))
    scale = draw(st.sampled_from([0.02, 0.3, 1.0]))
    steps = draw(st.lists(st.tuples(degrees, degrees), min_size=1, max_size=12))
    positions = np.cumsum(np.vstack([(lon, lat), np.array(steps) * scale]), axis=0)
    positions = positions.clip((-179.5, -69.5), (179.5, 69.5)).round(6)
    assume(len(np.unique(positions, axis=0)) > 1)
    return LineString(positions)


@pytest.mark.long
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(roads(), st.sampled_from([100, 750, 6000, 20_000, 50_000]))
def test_any_road_is_exact(line, half_width_m):
    try:
        area = corridor(line, half_width_m=half_width_m)
    except GeometryError as error:
        assume("180th meridian" not in str(error))
        assume("km long" not in str(error))
        raise
    assert area.is_valid
    assert worst_m(area, line, half_width_m, most=200) <= GOAL_M
    _assert_members_just_inside_and_none_just_outside(area, line, half_width_m, count=60)


@pytest.mark.parametrize("half_width_m", [100, 6000])
def test_a_last_edge_of_a_decimetre_that_turns_left_is_exact(half_width_m):
    """The moved edges then touch so flatly that their crossing may not be found."""
    line = LineString([(0, 0), (0.004688, 7.8e-05), (0.004689, 7.8e-05)])
    for road in (line, line.reverse()):
        area = corridor(road, half_width_m=half_width_m)
        assert area.is_valid
        assert worst_m(area, road, half_width_m, most=200) <= GOAL_M


def test_a_winding_road_of_many_hairpins_is_exact():
    assert_exact(winding(km=40, bends=60, amplitude_km=0.8, spacing_m=30), HALF_WIDTH_M)


BAD = {
    "metres": (LineString([(277000, 3970000), (278000, 3971000)]), 6000, "line: longitude up to 278000"),
    "too far north": (LineString([(36, 71), (37, 71)]), 6000, "latitude at most 70"),
    "too long": (LineString([(36, 35), (43, 35)]), 6000, "line: 6.. km long; at most 500 km"),
    "over the 180th meridian": (LineString([(179.9, 10), (179.99, 10)]), 6000, "180th meridian"),
    "no width": (STRAIGHT, 0, "half_width_m: 0; 100 to 50000 m is right"),
    "below none": (STRAIGHT, -6000, "half_width_m: -6000; 100 to 50000 m"),
    "no number": (STRAIGHT, float("nan"), "half_width_m: nan; 100 to 50000 m"),
    "too wide": (STRAIGHT, 60_000, "half_width_m: 60000; 100 to 50000 m"),
}


@pytest.mark.parametrize(("line", "half_width_m", "message"), BAD.values(), ids=BAD)
def test_what_has_no_corridor_is_refused_with_argument_value_and_what_is_right(line, half_width_m, message):
    with pytest.raises(GeometryError, match=message):
        corridor(line, half_width_m=half_width_m)


def test_a_band_is_the_part_of_an_area_near_its_line_of_contact():
    square = Polygon([(36.0, 35.5), (36.5, 35.5), (36.5, 36.0), (36.0, 36.0)])
    contact = LineString([(36.0, 35.5), (36.5, 35.5)])
    found = band(square, contact, depth_m=15_000)
    assert found.contains(Point(36.25, 35.6))
    assert not found.contains(Point(36.25, 35.7))
    assert not found.contains(Point(36.25, 35.45))

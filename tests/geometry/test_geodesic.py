import numpy as np
import pytest
from shapely.geometry import LineString, Polygon

from geo.geometry.geodesic import (
    GEOD,
    STRAIGHT_M,
    area_km2,
    courses,
    cut,
    distances_m,
    edge_bearings_deg,
    length_m,
    longest_edge_m,
    moved,
)

HERE = np.array([[36.5, 35.8]])


def test_moving_and_measuring_undo_each_other():
    there = moved(HERE, np.array([70.0]), np.array([6000.0]))
    assert distances_m(HERE, there) == pytest.approx([6000], abs=1e-6)
    assert courses(HERE, there)[0] == pytest.approx([70], abs=1e-9)


@pytest.mark.parametrize("step", [(1e-7, 0), (0, 1e-7), (1e-7, 1e-7), (-1e-7, 3e-8)])
@pytest.mark.parametrize("lat", [-65, 0, 35.8, 70])
def test_the_bearing_of_an_edge_is_that_of_its_shortest_piece(step, lat):
    here = np.array([[36.5, lat]])
    assert edge_bearings_deg(here, np.array([step])) == pytest.approx(courses(here, here + step)[0], abs=1e-4)


def test_an_edge_along_a_parallel_runs_due_east_where_the_geodesic_does_not():
    edge = np.array([[36.0, 35.8], [36.5, 35.8]])
    assert edge_bearings_deg(edge[:1], np.diff(edge, axis=0)) == pytest.approx([90], abs=1e-9)
    assert courses(edge[:1], edge[1:])[0] < 89.9


def test_length_follows_the_parallel_and_not_the_geodesic():
    parallel_m = np.radians(1.0) * GEOD.a * np.cos(np.radians(60)) / np.sqrt(1 - GEOD.es * np.sin(np.radians(60)) ** 2)
    assert length_m(LineString([(36, 60), (37, 60)])) == pytest.approx(parallel_m, abs=0.01)
    assert length_m(LineString([(36, 60), (37, 60)])) > GEOD.inv(36, 60, 37, 60)[2] + 0.5


def test_area_of_a_zone_between_two_parallels_is_the_textbook_one():
    def zone_km2(lat):
        sine, eccentricity = np.sin(np.radians(lat)), np.sqrt(GEOD.es)
        part = sine / (1 - GEOD.es * sine**2) + np.arctanh(eccentricity * sine) / eccentricity
        return np.radians(1.0) * GEOD.b**2 / 2 * part / 1e6

    ring = Polygon([(36, 35), (37, 35), (37, 36), (36, 36)])
    assert area_km2(ring) == pytest.approx(zone_km2(36) - zone_km2(35), rel=1e-7)


def test_a_cut_line_keeps_every_vertex_and_has_no_long_piece():
    line = np.array([[36.0, 35.8], [36.001, 35.8], [36.5, 35.8]])
    found = cut(line, 5000)
    assert {tuple(position) for position in line} <= {tuple(position) for position in found.positions}
    assert distances_m(found.positions[:-1], found.positions[1:]).max() <= 5001
    assert found.edge.tolist() == [0] + [1] * 10
    assert found.start[1:] + found.share[1:] == pytest.approx(np.arange(1, 11) / 10)


def test_an_edge_may_be_the_longer_the_narrower_the_corridor_but_never_bend_in_a_plane():
    def longest(lat, half_width_m):
        return longest_edge_m(np.array([[36.0, lat]]), half_width_m, 0.001)

    assert STRAIGHT_M == longest(35, 100) == longest(35, 6000) > longest(70, 50_000) > 100

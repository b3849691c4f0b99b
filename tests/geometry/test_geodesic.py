import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon

from geo.geometry.geodesic import GEOD, area_km2, courses, edge_bearings_deg, length_m


@pytest.mark.parametrize("step", [(1e-7, 0), (0, 1e-7), (1e-7, 1e-7), (-1e-7, 3e-8)])
@pytest.mark.parametrize("lat", [-65, 0, 35.8, 70])
def test_the_bearing_of_an_edge_is_that_of_its_shortest_piece(step, lat):
    here = np.array([[36.5, lat]])
    assert edge_bearings_deg(here, np.array([step])) == pytest.approx(courses(here, here + step)[0], abs=1e-4)


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
    whole_km2 = zone_km2(36) - zone_km2(35)
    assert area_km2(ring) == area_km2(ring.reverse()) == pytest.approx(whole_km2, rel=1e-7)
    hole = shapely.box(36.2, 35.2, 36.4, 35.4)
    assert area_km2(ring.difference(hole)) == pytest.approx(whole_km2 - area_km2(hole), rel=1e-7)
    assert area_km2(MultiPolygon([hole, shapely.box(37, 35, 38, 36)])) == pytest.approx(area_km2(hole) + whole_km2)

import numpy as np
import pytest
from pyproj import Proj
from shapely.geometry import LineString, Point

from geo.geometry.geodesic import GEOD
from geo.geometry.projection import oblique_mercator

ROADS = {
    "slanting": LineString([(36.16, 35.78), (36.77, 35.86)]),
    "along a meridian": LineString([(36.5, 35.0), (36.5, 36.0)]),
    "along a parallel": LineString([(36.0, 35.5), (36.5, 35.5), (37.0, 35.5)]),
    "along the equator": LineString([(36.0, 0), (36.5, 0.0)]),
    "bent": LineString([(36.0, 35.0), (36.0, 35.5), (36.6, 35.5)]),
    "round": LineString([(36.5 + 0.2 * np.cos(a), 35.5 + 0.2 * np.sin(a)) for a in np.linspace(0, 6.2, 60)]),
}


@pytest.mark.parametrize("road", ROADS.values(), ids=ROADS)
def test_scale_is_balanced_and_within_ten_parts_per_million_and_a_road_comes_back(road):
    lon, lat = np.array(road.coords).T
    scale = Proj(oblique_mercator(road).crs).get_factors(lon, lat).meridional_scale
    assert abs(scale - 1).max() < 10e-6
    assert scale.max() - 1 == pytest.approx(1 - scale.min(), abs=1e-9)
    projection = oblique_mercator(road)
    assert projection.to_degrees(projection.to_metres(road)).equals_exact(road, 1e-11)


def test_scale_is_within_one_part_per_million_along_the_patrol_stretch(derived):
    road = derived.layers["centreline"].geometry.iloc[0]
    lon, lat = np.array(road.coords).T
    scale = Proj(oblique_mercator(road).crs).get_factors(lon, lat).meridional_scale
    assert abs(scale - 1).max() < 1e-6


def test_six_kilometres_on_the_plane_are_six_kilometres_on_the_ground():
    projection = oblique_mercator(ROADS["slanting"])
    start = projection.to_metres(Point(36.5, 35.82))
    for bearing in np.radians(range(0, 360, 30)):
        far = projection.to_degrees(Point(start.x + 6000 * np.sin(bearing), start.y + 6000 * np.cos(bearing)))
        assert GEOD.inv(36.5, 35.82, far.x, far.y)[2] == pytest.approx(6000, abs=0.05)

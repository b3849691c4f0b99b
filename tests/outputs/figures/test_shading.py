import io

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image
from shapely.geometry import Point

from geo.outputs.figures.shading import shading
from geo.outputs.relief import RELIEF_BOX_DEG, relief_picture

PIXEL_M = 400.0


@pytest.fixture(scope="module")
def greys():
    with Image.open(io.BytesIO(relief_picture())) as picture:
        return np.asarray(picture.convert("L"), dtype=float) / 255


def shade_at(source, lon, lat):
    """Return red, green, blue and opacity of the shading at a place, 0 to 1, in a picture of a few kilometres."""
    [at] = gpd.GeoSeries([Point(lon, lat)], crs=4326).to_crs(source.crs)
    half = 5.4 * PIXEL_M
    around = (at.x - half, at.y - half, at.x + half, at.y + half)
    picture = shading(source.crs, around, PIXEL_M)
    assert picture.shape == (11, 11, 4)
    return picture[5, 5] / 255


def degrees_of(row, column, shape):
    """Return lon, lat of the middle of a pixel of the relief, whose rows are equally far apart in Web Mercator."""
    west, south, east, north = RELIEF_BOX_DEG
    high, low = (np.arctanh(np.sin(np.radians(lat))) for lat in (north, south))
    y = high + (row + 0.5) / shape[0] * (low - high)
    return west + (column + 0.5) / shape[1] * (east - west), np.degrees(np.arcsin(np.tanh(y)))


@pytest.mark.parametrize("find", [np.argmin, np.argmax])
def test_the_darkest_and_the_lightest_slope_are_where_the_relief_has_them(source, greys, find):
    row, column = np.unravel_index(find(greys[300:800, 300:700]), (500, 400))
    grey = greys[300 + row, 300 + column]
    *colour, opacity = shade_at(source, *degrees_of(300 + row, 300 + column, greys.shape))
    assert colour == [float(grey > 0.5)] * 3
    assert opacity == pytest.approx(0.55 * abs(2 * grey - 1), abs=0.05)


def test_the_sea_and_what_is_outside_the_relief_are_transparent(source):
    assert shade_at(source, 35.3, 35.4)[3] == pytest.approx(0, abs=0.02)
    assert shade_at(source, RELIEF_BOX_DEG[2] + 0.1, 36)[3] == 0


def test_equal_bounds_give_equal_pictures_whose_pixels_are_no_larger_than_asked(source):
    bounds = (-10_000, -10_000, 10_150, 10_000)
    one, other = (shading(source.crs, bounds, PIXEL_M) for _ in range(2))
    assert one.shape == (50, 51, 4)
    assert (one == other).all()

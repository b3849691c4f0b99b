"""The relief below a map: its picture, which is in Web Mercator, resampled to the projected CRS of the figures."""

import io
from functools import cache
from typing import Any

import numpy as np
from PIL import Image
from pyproj import CRS, Transformer

from geo.outputs.relief import RELIEF_BOX_DEG, relief_picture

# How much of the picture is blended in, and the steps of opacity: with fewer, a file is smaller.
_OPACITY, _STEPS = 0.55, 40
_WEB_MERCATOR = "EPSG:3857"


def shading(crs: CRS, bounds_m: tuple[float, float, float, float], pixel_m: float) -> Any:
    """Return the relief as a picture to be drawn above the ground.

    Hard light with a grey is the same as black or white that is the more opaque, the farther the grey is from half.

    Parameters
    ----------
    crs : pyproj.CRS
        A projected CRS in metres.
    bounds_m : tuple of float
        West, south, east and north of the picture in that CRS.
    pixel_m : float
        Largest size of a pixel in metres.

    Returns
    -------
    ndarray of uint8, (height, width, 4)
        Red, green, blue and opacity, the northernmost row first; transparent outside the relief.
    """
    west, south, east, north = bounds_m
    columns, rows = (int(np.ceil(length / pixel_m)) for length in (east - west, north - south))
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = north - (np.arange(rows) + 0.5) * (north - south) / rows
    grey = _grey(*Transformer.from_crs(crs, _WEB_MERCATOR, always_xy=True).transform(*np.meshgrid(x, y)))
    light = 2 * grey - 1
    opacity = np.round(np.abs(light) * _OPACITY * _STEPS) / _STEPS
    tone = np.where((light > 0) & (opacity > 0), 255, 0)
    return np.dstack([tone, tone, tone, np.round(255 * opacity)]).astype(np.uint8)


def _grey(x: Any, y: Any) -> Any:
    """Return the grey at positions in Web Mercator, 0 to 1, interpolated between pixels; half grey outside."""
    picture = _picture()
    height, width = picture.shape
    to_mercator = Transformer.from_crs("EPSG:4326", _WEB_MERCATOR, always_xy=True)
    (west, east), (south, north) = to_mercator.transform(RELIEF_BOX_DEG[::2], RELIEF_BOX_DEG[1::2])
    column, row = (x - west) / (east - west) * width - 0.5, (north - y) / (north - south) * height - 0.5
    is_inside = (column >= 0) & (row >= 0) & (column <= width - 1) & (row <= height - 1)
    left, top = (np.clip(at.astype(int), 0, last - 2) for at, last in ((column, width), (row, height)))
    across, down = column - left, row - top
    upper = picture[top, left] * (1 - across) + picture[top, left + 1] * across
    lower = picture[top + 1, left] * (1 - across) + picture[top + 1, left + 1] * across
    return np.where(is_inside, upper * (1 - down) + lower * down, 0.5)


@cache
def _picture() -> Any:
    """Return the relief in greys, 0 to 1."""
    with Image.open(io.BytesIO(relief_picture())) as picture:
        return np.asarray(picture.convert("L"), dtype=float) / 255

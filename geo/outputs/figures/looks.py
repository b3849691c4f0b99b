"""How the symbols of the catalogue look in matplotlib, and the colours of the style sheets."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from math import sqrt
from typing import Any

import shapely
from matplotlib.colors import to_rgba
from matplotlib.path import Path
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.outputs.document import PALETTE, asset
from geo.outputs.style import BESIDE_OPACITY, CASING_PX, STEM_PX, STRONG, Symbol, ink_of, look_of, radius_of

_ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
# Markers of matplotlib, and their sizes in radii.
_MARKERS = {"circle": ("o", 2.0), "diamond": ("D", sqrt(2)), "square": ("s", 2.0), "triangle": ("^", 2.0)}
_CORNER = 3.0
# A line whose position is uncertain is thin, so that its band is what is seen.
_THIN, _BAND_OPACITY = 0.5, 0.26

Look = dict[str, Any]


@cache
def palette() -> Mapping[str, str]:
    """Return the colours of paper and ink of the light scheme by name: ``paper``, ``ink``, ``muted`` and so on."""
    root = _ROOT.search(asset(PALETTE))  # the first is that of the light scheme
    return dict(_COLOUR.findall(root[1])) if root else {}


def scaled(symbol: Symbol, by: float) -> Symbol:
    """Return a smaller or larger symbol."""
    dash = " ".join(f"{float(part) * by:g}" for part in symbol.dash.split())
    return replace(symbol, weight=symbol.weight * by, radius=symbol.radius * by, offset=symbol.offset * by, dash=dash)


def dashes(dash: str, unit_pt: float) -> Any:
    """Return the dashes of a line as matplotlib's line style."""
    return (0, [float(part) * unit_pt for part in dash.split()]) if dash else "solid"


def area_look(symbol: Symbol, unit_pt: float) -> Look:
    """Return the properties of a patch; a hatched one leaves the layers below it legible."""
    colour = to_rgba(symbol.fill, symbol.fill_opacity) if symbol.fill else "none"
    look = {
        "facecolor": "none" if symbol.hatch else colour,
        "edgecolor": symbol.stroke or "none",
        "linewidth": symbol.weight * unit_pt if symbol.stroke else 0,
        "linestyle": dashes(symbol.dash, unit_pt),
    }
    return look | ({"hatch": "//", "hatchcolor": colour} if symbol.hatch else {})


def line_look(symbol: Symbol, unit_pt: float, *, is_strong: bool = False) -> Look:
    """Return the properties of a line; of lines beside a road, those that overlap look darker."""
    opacity = BESIDE_OPACITY if symbol.offset and not is_strong else 1.0
    factor = (STRONG if is_strong else 1) * (_THIN if symbol.banded else 1)
    return {
        "color": to_rgba(symbol.stroke, opacity),
        "linewidth": symbol.weight * factor * unit_pt,
        "linestyle": dashes(symbol.dash, unit_pt),
    }


def band_look(symbol: Symbol) -> Look:
    """Return the properties of the area in which a line may be."""
    return {"facecolor": to_rgba(symbol.stroke, _BAND_OPACITY), "linewidth": 0}


def casing_look(symbol: Symbol, unit_pt: float) -> Look:
    """Return the properties of the wider line below a line."""
    return {"color": symbol.casing, "linewidth": (symbol.weight + 2 * CASING_PX) * unit_pt}


def circle_look(symbol: Symbol, unit_pt: float) -> Look:
    """Return the properties of the circle that contains the true location of a point."""
    colour, style = to_rgba(ink_of(symbol), 0.6), dashes("1 3", unit_pt)
    return {"facecolor": "none", "edgecolor": colour, "linewidth": 0.8 * unit_pt, "linestyle": style}


def marker_look(
    symbol: Symbol, unit_pt: float, *, is_numbered: bool = False, is_strong: bool = False
) -> tuple[Any, float, Look]:
    """Return the marker of a symbol, its size in points, and its colours and width."""
    radius, look = radius_of(symbol, is_numbered=is_numbered), look_of(symbol, is_strong=is_strong)
    if symbol.shape == "bubble":
        outline = _bubble(radius)
        marker: Any = Path(shapely.get_coordinates(outline), closed=True)
        size = 2 * outline.bounds[3]
    else:
        marker, per_radius = _MARKERS[symbol.shape]
        size = per_radius * radius
    colours = {
        "facecolor": to_rgba(look.fill, look.fill_opacity) if look.fill else "none",
        "edgecolor": look.stroke or "none",
        "linewidth": look.weight * unit_pt if look.stroke else 0,
    }
    return marker, size * unit_pt, colours


def marker_bounds(symbol: Symbol, *, is_numbered: bool = False) -> tuple[float, float, float, float]:
    """Return how far a marker extends west, south, east and north of its point, in its own unit."""
    radius = radius_of(symbol, is_numbered=is_numbered)
    square = (-radius, -radius, radius, radius)
    west, south, east, north = _bubble(radius).bounds if symbol.shape == "bubble" else square
    rim = symbol.weight / 2 if symbol.stroke else 0
    return west - rim, south - rim, east + rim, north + rim


@cache
def _bubble(radius: float) -> BaseGeometry:
    """Return the outline of a bubble above its point."""
    body = box(-1.3 * radius + _CORNER, STEM_PX + _CORNER, 1.3 * radius - _CORNER, STEM_PX + 2 * radius - _CORNER)
    tip = Polygon([(0, STEM_PX / 2), (-_CORNER, STEM_PX), (_CORNER, STEM_PX)])
    return shapely.union(body.buffer(_CORNER), tip)

"""What every drawing of a symbol shares, on the map and in figures: sizes in CSS pixels, opacities, colours."""

from dataclasses import replace
from typing import Literal

from shapely.geometry import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import Symbol

Kind = Literal["area", "line", "point"]

# Of the casing, on either side of a line.
CASING_PX = 1.6
# Lines beside a road overlap: their number shows as depth.
BESIDE_OPACITY = 0.16
# What happened on the very day is so many times heavier.
STRONG = 1.8
# A number needs a larger marker; a bubble is large enough.
NUMBER_ROOM_PX = 3.5
BAND_OPACITY = 0.14
# Distance between the oblique lines of a hatched area, and their width.
HATCH_STEP_PX, HATCH_WEIGHT_PX = 8.0, 1.6
# A bubble is drawn so far above its point.
STEM_PX = 8.0
# Channels of a colour that is nearly white, and of one that is nearly black.
_PAPER_FROM, _INK_TO = 240, 0.5


def kind_of(geometry: BaseGeometry) -> Kind:
    """Return as what a geometry is drawn."""
    if isinstance(geometry, Point):
        return "point"
    return "line" if isinstance(geometry, LineString | MultiLineString) else "area"


def radius_of(symbol: Symbol, *, is_numbered: bool) -> float:
    """Return how large a marker is, with or without a number in it."""
    return symbol.radius + (NUMBER_ROOM_PX if is_numbered and symbol.shape != "bubble" else 0)


def middle_of(symbol: Symbol, radius: float) -> float:
    """Return how far the middle of a marker is below its point; less than 0 for a bubble, which is above it."""
    return -STEM_PX - radius if symbol.shape == "bubble" else 0.0


def look_of(symbol: Symbol, *, is_strong: bool) -> Symbol:
    """Return the symbol of a marker, with fill and outline exchanged for what happened on the very day."""
    return replace(symbol, fill=symbol.stroke, stroke=symbol.fill) if is_strong and symbol.stroke else symbol


def ink_of(symbol: Symbol) -> str:
    """Return the colour that a symbol is known by: that of its inside, unless that is the paper's."""
    is_paper = not symbol.fill or all(channel > _PAPER_FROM for channel in channels(symbol.fill))
    return symbol.stroke if is_paper else symbol.fill


def ink_on(fill: str) -> str:
    """Return the colour of letters that can be read on a fill."""
    red, green, blue = (channel / 255 for channel in channels(fill))
    return "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > _INK_TO else "#ffffff"


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour written ``#rrggbb``."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue

"""Constants and rules shared by all drawings of symbols: sizes in CSS pixels, opacities, colours."""

from dataclasses import replace
from typing import Literal

from shapely.geometry import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import Symbol

Kind = Literal["area", "line", "point"]

# Width of the casing on either side of a line.
CASING_PX = 1.6
# Lines beside a road overlap; many of them look darker.
BESIDE_OPACITY = 0.16
# Factor for the weight of events on the day shown.
STRONG = 1.8
# Additional radius of a marker with a number; a bubble needs none.
NUMBER_ROOM_PX = 3.5
BAND_OPACITY = 0.14
# Spacing and width of the lines of a hatched area.
HATCH_STEP_PX, HATCH_WEIGHT_PX = 8.0, 1.6
# Distance of a bubble above its point.
STEM_PX = 8.0
# Thresholds: channels of a colour that is nearly white, and the lightness above which text on a colour is dark.
_PAPER_FROM, _INK_TO = 240, 0.5


def kind_of(geometry: BaseGeometry) -> Kind:
    """Return how a geometry is drawn."""
    if isinstance(geometry, Point):
        return "point"
    return "line" if isinstance(geometry, LineString | MultiLineString) else "area"


def radius_of(symbol: Symbol, *, is_numbered: bool) -> float:
    """Return the radius of a marker, with or without a number in it."""
    return symbol.radius + (NUMBER_ROOM_PX if is_numbered and symbol.shape != "bubble" else 0)


def middle_of(symbol: Symbol, radius: float) -> float:
    """Return the offset of the middle of a marker below its point; negative for a bubble, which is above it."""
    return -STEM_PX - radius if symbol.shape == "bubble" else 0.0


def look_of(symbol: Symbol, *, is_strong: bool) -> Symbol:
    """Return the symbol of a marker, with fill and outline exchanged for events on the day shown."""
    return replace(symbol, fill=symbol.stroke, stroke=symbol.fill) if is_strong and symbol.stroke else symbol


def ink_of(symbol: Symbol) -> str:
    """Return the main colour of a symbol: its fill, or its outline if the fill is nearly white or missing."""
    is_paper = not symbol.fill or all(channel > _PAPER_FROM for channel in channels(symbol.fill))
    return symbol.stroke if is_paper else symbol.fill


def ink_on(fill: str) -> str:
    """Return a legible text colour for a fill."""
    red, green, blue = (channel / 255 for channel in channels(fill))
    return "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > _INK_TO else "#ffffff"


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour written ``#rrggbb``."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue

"""How a symbol of the catalogue looks on a sheet, on the map and in the legend alike; as the page draws it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import Symbol
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.sheet import Sheet

Kind = Literal["area", "line", "point"]

# Of the casing, on either side of a line.
CASING = 1.6
# Lines beside a road lie on each other: their number shows as depth.
BESIDE_OPACITY = 0.16
# What happened on the very day is so many times heavier.
STRONG = 1.8
# A number inside a marker asks for room; a bubble has it.
NUMBER_ROOM = 3.5
NUMBER_SIZE = 9.5
BAND_OPACITY = 0.14
_CIRCLE_WEIGHT, _CIRCLE_OPACITY, _CIRCLE_DASH = 0.8, 0.6, "1 3"
_HATCH_STEP, _HATCH_WEIGHT = 8.0, 1.6
# Bends smaller than this would only fray a line that is shifted aside.
_WIGGLE = 1.5
# A bubble stands so far above the point that it speaks of.
_STEM = 8.0
# Channels of a colour that is nearly white, and of one that is nearly black.
_PAPER_FROM, _INK_TO = 240, 0.5
# Half the width of the small picture of a symbol.
SWATCH = 11.0


def kind_of(geometry: BaseGeometry) -> Kind:
    """Return as what a geometry is drawn."""
    if isinstance(geometry, Point):
        return "point"
    return "line" if isinstance(geometry, LineString | MultiLineString) else "area"


def scaled(symbol: Symbol, by: float) -> Symbol:
    """Return a symbol smaller or larger as a whole."""
    dash = " ".join(f"{float(part) * by:g}" for part in symbol.dash.split())
    return replace(symbol, weight=symbol.weight * by, radius=symbol.radius * by, offset=symbol.offset * by, dash=dash)


# ---- Areas.


def draw_area(sheet: Sheet, area: BaseGeometry, symbol: Symbol, within: Box | None = None) -> None:
    """Draw an area; a hatched one as oblique lines, so that what lies below can be read."""
    fill = "" if symbol.hatch else symbol.fill
    if symbol.hatch:
        lines = hatching(area, within)
        sheet.shape(lines, stroke=symbol.fill, weight=_HATCH_WEIGHT, opacity=symbol.fill_opacity, within=within)
    sheet.shape(
        area,
        fill=fill,
        fill_opacity=symbol.fill_opacity,
        stroke=symbol.stroke,
        weight=symbol.weight,
        dash=symbol.dash,
        within=within,
    )


def hatching(
    area: BaseGeometry, within: Box | None = None, *, step: float = _HATCH_STEP, rises: bool = True
) -> BaseGeometry:
    """Return oblique lines, at 45° and so far apart, inside an area."""
    seen = area.intersection(box(*_corners(within))) if within else area
    if seen.is_empty:
        return seen
    west, south, east, north = seen.bounds
    height, apart = north - south, step * math.sqrt(2)
    first = math.floor((west - height) / apart) * apart
    starts = np.arange(first, east + height, apart)
    slope = -height if rises else height
    low = north if rises else south
    lines = [LineString([(x, low), (x + height, low + slope)]) for x in starts]
    return MultiLineString(lines).intersection(seen)


def _corners(one: Box) -> tuple[float, float, float, float]:
    return one.left, one.top, one.right, one.bottom


# ---- Lines.


def draw_line_bed(
    sheet: Sheet, line: BaseGeometry, symbol: Symbol, within: Box | None = None, band: BaseGeometry | None = None
) -> None:
    """Draw what lies below a line: the band within which it truly runs, and its casing."""
    if symbol.banded and band is not None:
        sheet.shape(band, fill=symbol.stroke, fill_opacity=BAND_OPACITY, within=within)
    if symbol.casing:
        weight = symbol.weight + 2 * CASING
        sheet.shape(line, stroke=symbol.casing, weight=weight, cap="round", within=within)


def draw_line(
    sheet: Sheet, line: BaseGeometry, symbol: Symbol, within: Box | None = None, *, is_strong: bool = False
) -> None:
    """Draw a line, beside its true place where the symbol says so."""
    sheet.shape(
        beside(line, symbol.offset),
        stroke=symbol.stroke,
        weight=symbol.weight * (STRONG if is_strong else 1),
        opacity=BESIDE_OPACITY if symbol.offset and not is_strong else 1.0,
        dash=symbol.dash,
        within=within,
    )


def beside(line: BaseGeometry, offset: float) -> BaseGeometry:
    """Return a line shifted to the right of its direction, on a sheet whose y grows downwards."""
    if not offset:
        return line
    parts = [shapely.simplify(part, _WIGGLE) for part in shapely.get_parts(line)]
    return shapely.union_all([shapely.offset_curve(part, offset, join_style="mitre") for part in parts])


def band_of(vertices: Sequence[tuple[float, float]], radii: Sequence[float]) -> BaseGeometry:
    """Return the area within which a line truly runs: at each vertex so wide to either side, straight in between."""
    discs = [Point(vertex).buffer(radius) for vertex, radius in zip(vertices, radii, strict=True)]
    links = [shapely.union(one, other).convex_hull for one, other in pairwise(discs)]
    return shapely.simplify(shapely.union_all(links or discs), 0.2)


def draw_circle(sheet: Sheet, x: float, y: float, radius: float, symbol: Symbol, within: Box | None = None) -> None:
    """Draw the dotted circle within which a point truly lies."""
    sheet.shape(
        Point(x, y).buffer(radius).boundary,
        stroke=ink_of(symbol),
        weight=_CIRCLE_WEIGHT,
        opacity=_CIRCLE_OPACITY,
        dash=_CIRCLE_DASH,
        within=within,
    )


# ---- Markers.


def draw_marker(
    sheet: Sheet,
    x: float,
    y: float,
    symbol: Symbol,
    number: str = "",
    *,
    is_strong: bool = False,
    within: Box | None = None,
) -> None:
    """Draw the marker of a point, with a number in it if there is one."""
    look = replace(symbol, fill=symbol.stroke, stroke=symbol.fill) if is_strong and symbol.stroke else symbol
    radius = radius_of(symbol, is_numbered=bool(number))
    if within:
        sheet.markers.append(marker_box(x, y, symbol, is_numbered=bool(number)))
    outline = affinity.translate(_outline(symbol.shape, radius), x, y)
    sheet.shape(
        outline,
        fill=look.fill,
        fill_opacity=look.fill_opacity,
        stroke=look.stroke,
        weight=look.weight,
        within=within,
    )
    if number:
        base = y + _middle_of(symbol, radius) + 0.36 * NUMBER_SIZE
        ink = ink_on(look.fill)
        sheet.write(x, base, number, size=NUMBER_SIZE, bold=True, anchor="middle", colour=ink)


def marker_box(x: float, y: float, symbol: Symbol, *, is_numbered: bool = False) -> Box:
    """Return the room that a marker takes around its point."""
    west, north, east, south = _outline(symbol.shape, radius_of(symbol, is_numbered=is_numbered)).bounds
    return Box(x + west, y + north, x + east, y + south).grown(symbol.weight / 2 if symbol.stroke else 0)


def radius_of(symbol: Symbol, *, is_numbered: bool) -> float:
    """Return how large a marker is, with or without a number in it."""
    return symbol.radius + (NUMBER_ROOM if is_numbered and symbol.shape != "bubble" else 0)


def _middle_of(symbol: Symbol, radius: float) -> float:
    return -_STEM - radius if symbol.shape == "bubble" else 0.0


@cache
def _outline(shape: str, r: float) -> BaseGeometry:
    """Return the shape of a marker around 0, 0; y grows downwards."""
    if shape == "circle":
        return Point(0, 0).buffer(r, quad_segs=16)
    if shape == "diamond":
        return Polygon([(0, -r), (r, 0), (0, r), (-r, 0)])
    if shape == "square":
        return Polygon([(-r, -r), (r, -r), (r, r), (-r, r)])
    if shape == "triangle":
        return Polygon([(0, -r), (r, 0.8 * r), (-r, 0.8 * r)])
    body = box(-1.3 * r + 3, -_STEM - 2 * r + 3, 1.3 * r - 3, -_STEM - 3).buffer(3)
    return body.union(Polygon([(0, -_STEM / 2), (-3, -_STEM), (3, -_STEM)]))


# ---- Colours.


def ink_of(symbol: Symbol) -> str:
    """Return the colour that a symbol is known by: that of its inside, unless that is the paper's."""
    is_paper = not symbol.fill or all(channel > _PAPER_FROM for channel in _channels(symbol.fill))
    return symbol.stroke if is_paper else symbol.fill


def ink_on(fill: str) -> str:
    """Return the colour of letters that can be read on a fill."""
    red, green, blue = (channel / 255 for channel in _channels(fill))
    return "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > _INK_TO else "#ffffff"


def _channels(colour: str) -> Iterator[int]:
    return (int(colour[at : at + 2], 16) for at in (1, 3, 5))


# ---- The legend's small pictures.


def draw_swatch(sheet: Sheet, x: float, y: float, symbol: Symbol, kind: Kind) -> None:
    """Draw the picture of a symbol around a point, as an area, a line or a marker."""
    if kind == "area":
        # Finer than on the map, or the dashes of an outline would not show as such.
        dash = scaled(symbol, 0.5).dash
        draw_area(sheet, box(x - SWATCH, y - 5.5, x + SWATCH, y + 5.5), replace(symbol, dash=dash))
    elif kind == "line":
        line = LineString([(x - SWATCH, y), (x + SWATCH, y)])
        draw_line_bed(sheet, line, symbol, band=box(x - SWATCH, y - 5.5, x + SWATCH, y + 5.5))
        draw_line(sheet, line, replace(symbol, offset=0))
    else:
        radius = radius_of(symbol, is_numbered=False)
        draw_marker(sheet, x, y - _middle_of(symbol, radius), symbol)

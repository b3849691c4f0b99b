"""How a symbol of the catalogue looks on a sheet, on the map and in the legend alike; as the page draws it."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.outputs.figures.boxes import Box
from geo.outputs.figures.sheet import Sheet
from geo.outputs.style import (
    BAND_OPACITY,
    BESIDE_OPACITY,
    CASING_PX,
    HATCH_STEP_PX,
    HATCH_WEIGHT_PX,
    STEM_PX,
    STRONG,
    Kind,
    Symbol,
    ink_of,
    ink_on,
    look_of,
    middle_of,
    radius_of,
)

NUMBER_SIZE = 9.5
_CIRCLE_WEIGHT, _CIRCLE_OPACITY, _CIRCLE_DASH = 0.8, 0.6, "1 3"
# Bends smaller than this would only fray a line that is shifted aside.
_WIGGLE = 1.5
# Half the width of the small picture of a symbol.
SWATCH = 11.0


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
        sheet.shape(lines, stroke=symbol.fill, weight=HATCH_WEIGHT_PX, opacity=symbol.fill_opacity, within=within)
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
    area: BaseGeometry, within: Box | None = None, *, step: float = HATCH_STEP_PX, rises: bool = True
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
        weight = symbol.weight + 2 * CASING_PX
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
    look = look_of(symbol, is_strong=is_strong)
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
        base = y + middle_of(symbol, radius) + 0.36 * NUMBER_SIZE
        ink = ink_on(look.fill)
        sheet.write(x, base, number, size=NUMBER_SIZE, bold=True, anchor="middle", colour=ink)


def marker_box(x: float, y: float, symbol: Symbol, *, is_numbered: bool = False) -> Box:
    """Return the room that a marker takes around its point."""
    west, north, east, south = _outline(symbol.shape, radius_of(symbol, is_numbered=is_numbered)).bounds
    return Box(x + west, y + north, x + east, y + south).grown(symbol.weight / 2 if symbol.stroke else 0)


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
    body = box(-1.3 * r + 3, -STEM_PX - 2 * r + 3, 1.3 * r - 3, -STEM_PX - 3).buffer(3)
    return body.union(Polygon([(0, -STEM_PX / 2), (-3, -STEM_PX), (3, -STEM_PX)]))


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
        draw_marker(sheet, x, y - middle_of(symbol, radius), symbol)

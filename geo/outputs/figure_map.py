"""The map of a day: every layer of the catalogue by its symbols, names where there is room, scale and north."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.geometry.derive import Derived
from geo.inputs.catalog import DerivedSpec, LayerSpec, Symbol
from geo.inputs.features import Feature, Layers
from geo.inputs.schema import ContactLine
from geo.outputs.colours import palette
from geo.outputs.figure_boxes import Box, Name, place_names
from geo.outputs.figure_frame import MARGIN, Heading, credits_of, draw_foot, draw_heading
from geo.outputs.figure_ground import Ground, ground_around
from geo.outputs.figure_legend import Entry, draw_legend, groups_of
from geo.outputs.figure_sheet import Format, Sheet, measured
from geo.outputs.figure_symbols import (
    band_of,
    draw_area,
    draw_circle,
    draw_line,
    draw_line_bed,
    draw_marker,
    kind_of,
    marker_box,
    scaled,
)
from geo.outputs.on_day import Shown, shown_on
from geo.outputs.page import FOCUS
from geo.outputs.words import Words

_LEGEND_WIDTH, _GUTTER = 262.0, 20.0
_NAME_SIZE, _CITY_SIZE = 10.4, 11.8
# How far a drawn line may leave the true one on paper: less than the finest line is wide.
TOLERANCE_MM = 0.1
_PLATE = 8.0
_SCALE_SIZE = 10.0


@dataclass(frozen=True, slots=True)
class Placed:
    """One feature where it stands on a sheet.

    Attributes
    ----------
    spec : LayerSpec or DerivedSpec
        Its layer.
    shown : Shown
        What it is on the day.
    geometry : shapely geometry
        In units of the sheet.
    symbol : Symbol
        How it is drawn here.
    band : shapely geometry or None
        Where a line truly runs, in units of the sheet.
    radius : float
        How far from its place a point may truly lie, in units of the sheet; 0 if that is not known.
    """

    spec: LayerSpec | DerivedSpec
    shown: Shown
    geometry: BaseGeometry
    symbol: Symbol
    band: BaseGeometry | None
    radius: float

    @property
    def entry(self) -> Entry:
        """What the legend says of it."""
        return Entry(self.spec, self.shown.class_, self.shown.symbol, kind_of(self.geometry))


# ---- The figure.


def draw_map(
    sheet: Sheet,
    layers: Layers,
    derived: Derived,
    as_of: date,
    words: Words,
    catalogue: Sequence[LayerSpec | DerivedSpec],
    build_id: str,
) -> None:
    """Draw the map of a day, with everything around it."""
    day = words.text("page.as_of", day=words.day(as_of))
    top = draw_heading(sheet, Heading(words.text("page.title"), day, words.texts.get("page.remark", "")))
    drawn = [spec for spec in catalogue if spec.style]
    bottom = draw_foot(sheet, layers, words, credits_of(drawn), build_id)
    whole = sheet.box.grown(-MARGIN)
    legend = sheet.placed(Box(whole.left, top, whole.left + _LEGEND_WIDTH, bottom))
    frame = sheet.placed(Box(whole.left + _LEGEND_WIDTH + _GUTTER, top, whole.right, bottom))
    focus = [row.geometry for row in derived.layers[FOCUS] if row.geometry is not None]
    ground = ground_around(focus, frame, along=stretch_of(derived), tolerance_px=sheet.format.units(TOLERANCE_MM))
    placed = place_features(ground, drawn, layers, derived, as_of)
    draw_features(sheet, ground, placed, words)
    taken = draw_scale(sheet, ground, words)
    ends = layers.agreement.ends
    draw_names(sheet, ground, placed, words, taken=[taken], first=ends)
    draw_rim(sheet, frame)
    entries = [one.entry for one in placed]
    draw_legend(sheet, legend, groups_of(entries, words, FOCUS), notes_on(layers, placed, words))


def stretch_of(derived: Derived) -> BaseGeometry:
    """Return the agreed stretch of the road, lon, lat."""
    return next(row.geometry for row in derived.layers["centreline"] if row.geometry is not None)


def notes_on(layers: Layers, placed: Sequence[Placed], words: Words, *, are_numbered: bool = True) -> list[str]:
    """Return what a reader has to know of what is inferred or uncertain in a figure."""
    notes = []
    if layers.agreement.corridor.from_place is None:
        notes.append(words.text("figures.ends_inferred"))
    if any(one.symbol.banded and one.band is not None for one in placed):
        notes.append(words.text("figures.band"))
    if any(one.radius for one in placed):
        notes.append(words.text("figures.circle"))
    if any(one.symbol.offset for one in placed):
        notes.append(words.text("panel.layered"))
    if are_numbered and any(one.shown.properties.get("kind") == "official" for one in placed):
        notes.append(words.text("figures.numbered"))
    if any(one.shown.is_strong for one in placed):
        notes.append(words.text("figures.strong"))
    return notes


# ---- The features.


def place_features(
    ground: Ground,
    specs: Iterable[LayerSpec | DerivedSpec],
    layers: Layers,
    derived: Derived,
    day: date,
    *,
    size: float = 1.0,
) -> list[Placed]:
    """Return what of some layers can be seen in a frame on a day, in drawing order.

    What the page draws only from a nearer zoom than that of the frame is left out here too.
    """
    found = []
    for spec in specs:
        if spec.style and ground.zoom >= (spec.style.from_zoom or 0):
            found.extend(_placed(ground, spec, shown_on(spec, layers, derived, day), size))
    return found


def _placed(ground: Ground, spec: LayerSpec | DerivedSpec, shown: Iterable[Shown], size: float) -> Iterator[Placed]:
    for one in shown:
        geometry = ground.drawn(one.geometry)
        symbol = scaled(one.symbol, size) if size != 1 else one.symbol
        is_point = isinstance(geometry, Point)
        if geometry.is_empty or not _is_seen(geometry, symbol, one.number, ground.frame):
            continue
        precision_m = float(one.properties.get("precision_m") or 0)
        band = band_in(ground, one) if symbol.banded else None
        yield Placed(spec, one, geometry, symbol, band, ground.length_px(precision_m) if is_point else 0.0)


def _is_seen(geometry: BaseGeometry, symbol: Symbol, number: int | None, frame: Box) -> bool:
    """Return whether something is in the frame; a marker must be there as a whole."""
    if isinstance(geometry, Point):
        return frame.contains(marker_box(geometry.x, geometry.y, symbol, is_numbered=bool(number)))
    return bool(geometry.intersects(shapely.box(frame.left, frame.top, frame.right, frame.bottom)))


def band_in(ground: Ground, one: Shown | Feature[ContactLine]) -> BaseGeometry | None:
    """Return where a line truly runs, in units of the sheet; None for what is known exactly, or not a single line."""
    said = one.properties if isinstance(one, Shown) else one.properties.model_dump(mode="json")
    radii_m = said.get("vertex_precision_m") or said.get("precision_m")
    if not radii_m or not isinstance(one.geometry, LineString):
        return None
    vertices = ground.positions(shapely.get_coordinates(one.geometry))
    radii = radii_m if isinstance(radii_m, list) else [radii_m] * len(vertices)
    band = band_of([tuple(vertex) for vertex in vertices], [ground.length_px(float(radius)) for radius in radii])
    return ground.cut(band)


def draw_features(
    sheet: Sheet, ground: Ground, placed: Sequence[Placed], words: Words, *, numbered: bool = True
) -> None:
    """Draw features, layer by layer: what lies under its lines and points first."""
    frame = ground.frame
    for spec in dict.fromkeys(one.spec.name for one in placed):
        own = [one for one in placed if one.spec.name == spec]
        for one in own:
            _draw_bed(sheet, one, frame)
        for one in own:
            _draw_feature(sheet, one, frame, _number(one, words) if numbered else "")


def _number(one: Placed, words: Words) -> str:
    return words.number(one.shown.number) if one.shown.number else ""


def _draw_bed(sheet: Sheet, one: Placed, frame: Box) -> None:
    if isinstance(one.geometry, Point) and one.radius:
        draw_circle(sheet, one.geometry.x, one.geometry.y, one.radius, one.symbol, frame)
    elif kind_of(one.geometry) == "line":
        draw_line_bed(sheet, one.geometry, one.symbol, frame, one.band)


def _draw_feature(sheet: Sheet, one: Placed, frame: Box, number: str) -> None:
    geometry, symbol = one.geometry, one.symbol
    if isinstance(geometry, Point):
        draw_marker(sheet, geometry.x, geometry.y, symbol, number, is_strong=one.shown.is_strong, within=frame)
    elif kind_of(geometry) == "line":
        draw_line(sheet, geometry, symbol, frame, is_strong=one.shown.is_strong)
    else:
        draw_area(sheet, geometry, symbol, frame)


# ---- The names.


def draw_names(
    sheet: Sheet,
    ground: Ground,
    placed: Sequence[Placed],
    words: Words,
    *,
    taken: Iterable[Box] = (),
    first: Sequence[str] = (),
    of_rank: Callable[[int], bool] = lambda _rank: True,
) -> None:
    """Write the names of points as the page does: of several classes the first always, the others from their zoom on.

    Parameters
    ----------
    sheet, ground, placed, words :
        Where, and of what.
    taken : iterable of Box
        What no name may lie on, besides the markers.
    first : sequence of str
        Ids of places that are named before all others but cities.
    of_rank : callable
        Which ranks of names are written at all; 0 is that of the first of several classes.
    """
    points = [one for one in placed if isinstance(one.geometry, Point)]
    named = [(one, rank) for one in points if (rank := _rank(one, ground.zoom)) is not None and of_rank(rank)]
    named.sort(key=lambda pair: _order(*pair, first))
    sizes = [_CITY_SIZE if rank == 0 else _NAME_SIZE for _, rank in named]
    texts = [words.name(one.shown.properties) for one, _ in named]
    names = []
    for (one, rank), size, text in zip(named, sizes, texts, strict=True):
        width, ascent, descent = measured(text, size, bold=rank == 0)
        names.append(Name(_box(one), width, ascent + descent))
    markers = [_box(one) for one in points]
    lines = shapely.union_all([one.geometry for one in placed if _is_strong_line(one)])
    shapely.prepare(lines)
    spots = place_names(
        names,
        markers,
        ground.frame.grown(-2),
        taken=taken,
        crosses=lambda box: bool(lines.intersects(_rectangle(box))),
    )
    for (_, rank), size, text, spot in zip(named, sizes, texts, spots, strict=True):
        if spot:
            _, _, descent = measured(text, size, bold=rank == 0)
            colour = palette()["muted"] if rank == 1 else palette()["ink"]
            style = {"size": size, "bold": rank == 0, "colour": colour, "halo": palette()["ground"]}
            sheet.write(spot.left, spot.bottom - descent, text, anchor="left", **style)


def _is_strong_line(one: Placed) -> bool:
    """Return whether a name across it would be hard to read."""
    return kind_of(one.geometry) == "line" and bool(one.symbol.casing or one.symbol.banded)


def _rank(one: Placed, zoom: float) -> int | None:
    style = one.spec.style
    if style is None or style.label_from_zoom is None:
        return None
    rank = list(style.symbols).index(one.shown.class_) if len(style.symbols) > 1 else 1
    return rank if rank == 0 or style.label_from_zoom <= zoom else None


def _order(one: Placed, rank: int, first: Sequence[str]) -> tuple[int, int, str]:
    """Return what orders names: cities, the ends of the stretch, towns, the rest; then what more sources speak of."""
    id_ = str(one.shown.properties["id"])
    importance = 0 if rank == 0 else 1 if id_ in first else rank + 1
    return importance, -len(one.shown.properties.get("sources") or ()), id_


def _box(one: Placed) -> Box:
    return marker_box(one.geometry.x, one.geometry.y, one.symbol, is_numbered=bool(one.shown.number))


# ---- Scale, north and rim.


def draw_scale(sheet: Sheet, ground: Ground, words: Words) -> Box:
    """Draw the scale bar and the north arrow in the lower corner where reading starts, and return their box."""
    km = ground.scale_km
    length = ground.length_px(1000 * km)
    label = words.text("figures.km", n=words.number(km))
    width = length + 2 * _PLATE + 30
    frame = ground.frame
    lower = Box(frame.left + 10, frame.bottom - 10 - 34, frame.left + 10 + width, frame.bottom - 10)
    plate = lower.mirrored(frame.left + frame.right) if sheet.is_right_to_left else lower
    sheet.shape(_rectangle(plate), fill=palette()["paper"], fill_opacity=0.86)
    bar = LineString([(0, -4), (0, 0), (length, 0), (length, -4)])
    left = plate.left + _PLATE if not sheet.is_right_to_left else plate.right - _PLATE - length
    base = plate.bottom - _PLATE
    moved = shapely.transform(bar, lambda places: places + [left, base])
    sheet.shape(moved, stroke=palette()["ink"], weight=1.4)
    sheet.write(left + length / 2, base - 6, label, size=_SCALE_SIZE, anchor="middle")
    away = plate.right - _PLATE - 9 if not sheet.is_right_to_left else plate.left + _PLATE + 9
    _draw_north(sheet, away, plate.bottom - _PLATE, ground.north_deg, words.text("figures.north"))
    return plate


def _draw_north(sheet: Sheet, x: float, base: float, turned_deg: float, letter: str) -> None:
    """Draw an arrow to the north, turned clockwise from straight up, with the letter of north at its tip."""
    turn = math.radians(turned_deg)
    arrow = np.array([(0, -13), (4, 0), (0, -3), (-4, 0)], dtype=float)
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    sheet.shape(Polygon(arrow @ rotation + [x, base]), fill=palette()["ink"])
    sheet.write(x, base - 15, letter, size=9, bold=True, anchor="middle")


def draw_rim(sheet: Sheet, frame: Box) -> None:
    """Draw the thin line around a map."""
    sheet.shape(_rectangle(frame).exterior, stroke=palette()["muted"], weight=0.8)


def _rectangle(one: Box) -> Polygon:
    return shapely.box(one.left, one.top, one.right, one.bottom)



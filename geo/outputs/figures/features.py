"""The features of a day on a sheet: placed on the ground, then drawn layer by layer by their symbols."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.history.uncertainty import band_of
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.outputs.context import Build
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.ground import Ground
from geo.outputs.figures.legend import Entry
from geo.outputs.figures.sheet import Sheet
from geo.outputs.figures.symbols import (
    draw_area,
    draw_circle,
    draw_line,
    draw_line_bed,
    draw_marker,
    marker_box,
    scaled,
)
from geo.outputs.on_day import Shown, shown_on
from geo.outputs.style import Symbol, kind_of, style_of
from geo.outputs.words import Words

# Between a marker and the rim of its map.
_AIR = 3.0


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

    @property
    def box(self) -> Box:
        """The room that the marker of a point takes."""
        x, y = self.geometry.centroid.coords[0]
        return marker_box(x, y, self.symbol, is_numbered=bool(self.shown.number))

    @property
    def ink(self) -> BaseGeometry:
        """What should not be covered: all but the inside of an area, and nothing of the ground."""
        if isinstance(self.geometry, Point):
            return rectangle(self.box)
        if kind_of(self.geometry) == "line":
            return self.geometry
        return self.geometry.boundary if self.symbol.stroke else Point()


def rectangle(box: Box) -> Polygon:
    """Return a box as an area."""
    return shapely.box(box.left, box.top, box.right, box.bottom)


def place_features(
    ground: Ground,
    specs: Iterable[LayerSpec | DerivedSpec],
    build: Build,
    day: date,
    *,
    size: float = 1.0,
) -> list[Placed]:
    """Return what of some layers can be seen in a frame on a day, in drawing order.

    What the page draws only from a nearer zoom than that of the frame is left out here too.
    """
    found: list[Placed] = []
    for spec in specs:
        if spec.classes and ground.zoom >= (style_of(spec).from_zoom or 0):
            found.extend(_placed(ground, spec, shown_on(spec, build, day), size))
    return found


def _placed(ground: Ground, spec: LayerSpec | DerivedSpec, shown: Iterable[Shown], size: float) -> Iterator[Placed]:
    for one in shown:
        geometry = ground.drawn(one.geometry)
        symbol = scaled(one.symbol, size) if size != 1 else one.symbol
        is_point = isinstance(geometry, Point)
        if geometry.is_empty or not _is_seen(geometry, symbol, one.number, ground.frame):
            continue
        precision_m = float(one.properties.get("precision_m") or 0)
        band = band_in(ground, one.properties, one.geometry) if symbol.banded else None
        yield Placed(spec, one, geometry, symbol, band, ground.length_px(precision_m) if is_point else 0.0)


def _is_seen(geometry: BaseGeometry, symbol: Symbol, number: int | None, frame: Box) -> bool:
    """Return whether something is in the frame; a marker must be there as a whole."""
    if isinstance(geometry, Point):
        return frame.grown(-_AIR).contains(marker_box(geometry.x, geometry.y, symbol, is_numbered=bool(number)))
    return bool(geometry.intersects(rectangle(frame)))


def band_in(ground: Ground, row: Mapping[str, Any], line: BaseGeometry) -> BaseGeometry | None:
    """Return where a line truly runs, in units of the sheet; None for what is known exactly, or not a single line."""
    radii_m = row.get("vertex_precision_m") or row.get("precision_m")
    if not radii_m or not isinstance(line, LineString):
        return None
    vertices = ground.positions(shapely.get_coordinates(line))
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

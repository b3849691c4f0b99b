"""A map on a sheet: axes in metres, on which layers are drawn, with scale bar, north arrow and names of countries."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.collections import Collection, LineCollection, PathCollection
from matplotlib.path import Path
from matplotlib_scalebar.scalebar import ScaleBar
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import COUNTRIES, DerivedSpec, LayerSpec
from geo.outputs.figures import looks
from geo.outputs.figures.day_features import DayFeatures, Drawn
from geo.outputs.figures.looks import Look, palette
from geo.outputs.figures.shading import shading
from geo.outputs.figures.sheet import Box, Sheet, halo, measured
from geo.outputs.relief import has_relief
from geo.outputs.style import Symbol, ink_on, look_of, middle_of, radius_of, style_of
from geo.outputs.words import Words

# The share of width or height that is left free around what a map shows.
MARGIN = 0.07
# What is farther outside the map than this, as a share of its width, is not drawn.
_CUT = 0.1
# How far a drawn line may be from the true one, the ground farther, and bends that would fray a line that is shifted
# aside, in units. Of the ground, what is no longer than some times that is not drawn: an SVG would be large.
_TOLERANCE, _GROUND_TOLERANCE, _WIGGLE = 0.3, 1.1, 1.5
_SMALL = 12
# The size of a pixel of the relief, whose heights are on a grid of about a kilometre.
_SHADE = 0.64
# Smaller markers, relative to those of the page, have no room for a number.
_ROOM_FOR_NUMBER = 0.8
# Between a marker and the rim of its map.
_AIR = 3.0
_METRES_PER_PX_AT_ZOOM_0 = 2 * math.pi * 6_378_137 / 256
_SCALES_KM = (1, 2, 5, 10, 20, 50, 100, 200)
_NUMBER_SIZE, _SCALE_SIZE, _COUNTRY_SIZE = 9.5, 10.0, 13.0
# A country with a smaller share of the map is not named; its name is tried at the crossings of so many lines.
_LEAST_SHARE, _STEPS = 0.03, 24
# The ground whose areas are named.
_NAMED = (COUNTRIES, "sea")


class MapAxes:
    """A map in a box of a sheet.

    Parameters
    ----------
    sheet, box : Sheet, Box
        Where it is drawn.
    source : DayFeatures
        What is drawn.
    around : GeoSeries
        What is to be seen whole, in the CRS of `source`.
    margin : float
        The share of the box that is left free on each side.
    size, name_size : float
        Size of symbols and of names, relative to those of a map as large as the sheet.

    Attributes
    ----------
    axes : matplotlib.axes.Axes
        In metres.
    unit_m : float
        Metres on the ground for one unit of the sheet.
    view : Polygon
        What the map shows, in metres.
    north_deg : float
        How far north is turned from straight up, clockwise.
    """

    def __init__(
        self,
        sheet: Sheet,
        box: Box,
        source: DayFeatures,
        around: gpd.GeoSeries,
        *,
        margin: float = MARGIN,
        size: float = 1.0,
        name_size: float = 1.0,
    ) -> None:
        self.sheet, self.box, self.source, self.size, self.name_size = sheet, box, source, size, name_size
        west, south, east, north = around.total_bounds
        room = 1 - 2 * margin
        self.unit_m = max((east - west) / (box.width * room), (north - south) / (box.height * room))
        x, y, across, up = (west + east) / 2, (south + north) / 2, box.width / 2, box.height / 2
        bounds = x - across * self.unit_m, y - up * self.unit_m, x + across * self.unit_m, y + up * self.unit_m
        self.view = shapely.box(*bounds)
        self.axes = sheet.axes(box)
        self.axes.set(xlim=bounds[::2], ylim=bounds[1::2])
        [middle] = gpd.GeoSeries([Point(x, y)], crs=source.crs).to_crs("EPSG:4326")
        [northward] = gpd.GeoSeries([Point(middle.x, middle.y + 0.01)], crs="EPSG:4326").to_crs(source.crs)
        self._latitude_deg = middle.y
        self.north_deg = math.degrees(math.atan2(northward.x - x, northward.y - y))

    @property
    def zoom(self) -> float:
        """The zoom at which the page shows the ground as large."""
        return math.log2(_METRES_PER_PX_AT_ZOOM_0 * math.cos(math.radians(self._latitude_deg)) / self.unit_m)

    # ---- Layers.

    def seen(self, specs: Iterable[LayerSpec | DerivedSpec], day: date) -> list[Drawn]:
        """Return what of some layers is on the map on a day, in drawing order.

        What the page draws only from a nearer zoom is left out.
        """
        found = []
        for spec in specs:
            if spec.classes and self.zoom >= (style_of(spec).from_zoom or 0):
                found += [self._within(one) for one in self.source.on(spec, day)]
        return [one for one in found if len(one.features) and self.zoom >= one.symbol.from_zoom]

    def _within(self, one: Drawn) -> Drawn:
        """Return what is on the map of some features; a marker must be on it as a whole."""
        features, symbol = one.features, one.symbol
        if self.size != 1:
            symbol = looks.scaled(symbol, self.size)
        if self.size < _ROOM_FOR_NUMBER:
            features = features.assign(number=0)
        if one.kind == "point":
            is_seen = shapely.contains(self.view.buffer(-_AIR * self.unit_m), self.marker_boxes(features, symbol))
        else:
            is_seen = shapely.intersects(features.geometry.values, self.view)
        return replace(one, symbol=symbol, features=features[is_seen])

    def marker_boxes(self, features: gpd.GeoDataFrame, symbol: Symbol) -> Any:
        """Return the boxes in metres that markers take."""
        x, y = shapely.get_coordinates(features.geometry.values).T
        numbered, plain = (looks.marker_bounds(symbol, is_numbered=is_numbered) for is_numbered in (True, False))
        extents = np.where((features["number"] > 0).to_numpy()[:, None], numbered, plain) * self.unit_m
        return shapely.box(x + extents[:, 0], y + extents[:, 1], x + extents[:, 2], y + extents[:, 3])

    def ink(self, one: Drawn) -> list[BaseGeometry]:
        """Return what text should not cover: markers, lines and outlines, in metres; it may cover the ground."""
        if one.is_ground:
            return []
        if one.kind == "point":
            return list(self.marker_boxes(one.features, one.symbol))
        if one.kind == "line":
            return list(one.features.geometry)
        return list(one.features.boundary) if one.symbol.stroke else []

    def busy(self, drawn: Iterable[Drawn]) -> BaseGeometry:
        """Return all that text should not cover, in metres."""
        return shapely.union_all([shape for one in drawn for shape in self.ink(one)])

    def draw(self, drawn: Sequence[Drawn], words: Words) -> None:
        """Draw layer after layer: of each, first what is below its lines and points."""
        for name in dict.fromkeys(one.spec.name for one in drawn):
            own = [one for one in drawn if one.spec.name == name]
            for one in own:
                self._draw_below(one)
            for one in own:
                {"area": self._draw_areas, "line": self._draw_lines, "point": self._draw_points}[one.kind](one)
                if name == COUNTRIES and one.kind == "area":
                    self._draw_relief()
                for at, number in zip(one.features.geometry, one.features["number"], strict=True):
                    if number:
                        self._draw_number(one, at, words.number(number))

    def _draw_relief(self) -> None:
        """Draw the relief above the land, if the layers have it."""
        if has_relief(self.source.build.layers):
            west, south, east, north = self.view.bounds
            picture = shading(self.source.crs, (west, south, east, north), _SHADE * self.unit_m)
            extent, zorder = (west, east, south, north), self._next_zorder()
            self.axes.imshow(picture, extent=extent, aspect="auto", interpolation="nearest", zorder=zorder)

    def draw_area(self, area: BaseGeometry, symbol: Symbol) -> None:
        """Draw an area that is given in metres."""
        self._plot([area], **looks.area_look(symbol, self.sheet.unit_pt))

    def _plot(self, shapes: Iterable[BaseGeometry], *, is_ground: bool = False, **look: Any) -> None:
        """Plot areas or lines, above what was drawn before."""
        tolerance_m = (_GROUND_TOLERANCE if is_ground else _TOLERANCE) * self.unit_m
        around = self.view.buffer(_CUT * self.box.width * self.unit_m).bounds
        simple = shapely.simplify(np.asarray(list(shapes), dtype=object), tolerance_m)
        parts = shapely.get_parts(shapely.clip_by_rect(simple, *around))
        parts = parts[shapely.length(parts) > (_SMALL * tolerance_m if is_ground else 0)]
        areas = [_path(part) for part in parts if isinstance(part, Polygon)]
        lines = [shapely.get_coordinates(part) for part in parts if isinstance(part, LineString)]
        if areas:
            self._add(PathCollection(areas, **look))
        elif lines:
            self._add(LineCollection(lines, **look))

    def _add(self, collection: Collection) -> None:
        collection.set_zorder(self._next_zorder())
        self.axes.add_collection(collection, autolim=False)

    def _next_zorder(self) -> float:
        return 2 + 0.001 * (len(self.axes.collections) + len(self.axes.images))

    def _draw_below(self, one: Drawn) -> None:
        unit_pt, features = self.sheet.unit_pt, one.features
        if one.kind == "point":
            uncertain = features[features["radius_m"] > 0]
            self._plot(uncertain.buffer(uncertain["radius_m"]), **looks.circle_look(one.symbol, unit_pt))
        if one.symbol.banded:
            self._plot(features["band"].dropna(), **looks.band_look(one.symbol))
        if one.symbol.casing:
            self._plot(features.geometry, capstyle="round", **looks.casing_look(one.symbol, unit_pt))

    def _draw_areas(self, one: Drawn) -> None:
        look = looks.area_look(one.symbol, self.sheet.unit_pt)
        self._plot(one.features.geometry, is_ground=one.is_ground, **look)

    def _draw_lines(self, one: Drawn) -> None:
        lines = one.features.geometry
        if one.symbol.offset:  # to the right of its direction
            lines = lines.simplify(_WIGGLE * self.unit_m).explode()
            lines = lines.offset_curve(-one.symbol.offset * self.unit_m, join_style="mitre")
        look = looks.line_look(one.symbol, self.sheet.unit_pt, is_strong=one.is_strong)
        self._plot(lines, is_ground=one.is_ground, capstyle="butt", joinstyle="round", **look)

    def _draw_points(self, one: Drawn) -> None:
        for has_number, own in one.features.groupby(one.features["number"] > 0, sort=False):
            marker, size_pt, look = looks.marker_look(
                one.symbol, self.sheet.unit_pt, is_numbered=has_number, is_strong=one.is_strong
            )
            options = look | {"s": size_pt**2, "marker": marker, "zorder": self._next_zorder()}
            self.axes.scatter(own.geometry.x, own.geometry.y, **options)

    def _draw_number(self, one: Drawn, at: Point, number: str) -> None:
        symbol = one.symbol
        down = middle_of(symbol, radius_of(symbol, is_numbered=True)) + 0.36 * _NUMBER_SIZE
        colour = ink_on(look_of(symbol, is_strong=one.is_strong).fill)
        self.write(at.x, at.y - down * self.unit_m, number, size=_NUMBER_SIZE, bold=True, colour=colour)

    # ---- Text, given in metres.

    def write(self, x: float, y: float, text: str, *, size: float, is_name: bool = False, **options: Any) -> None:
        """Write a line of text, centred on x; a name has a rim around its letters.

        Other options are `bold` and `colour`, and those of `matplotlib.text.Text`.
        """
        bold, colour = options.pop("bold", False), options.pop("colour", palette()["ink"])
        options = Look(ha="center", fontproperties=self.sheet.font(text, size, bold=bold), zorder=4) | options
        if is_name:  # apart from the letters, so that these are text in the PDF
            self.axes.text(
                x, y, self.sheet.run(text), color=palette()["ground"], path_effects=halo(self.sheet), **options
            )
        self.axes.text(x, y, self.sheet.run(text), color=colour, **options)

    def text_size(self, text: str, size: float, *, bold: bool = False) -> tuple[float, float, float]:
        """Return the width of a text, and its extent above and below the baseline, in metres on the ground."""
        width, ascent, descent = measured(text, size, bold=bold)
        return width * self.unit_m, ascent * self.unit_m, descent * self.unit_m

    # ---- Scale, north, countries.

    def draw_scale(self, busy: BaseGeometry, words: Words) -> Polygon:
        """Draw scale bar and north arrow in a corner, and return their box in metres.

        Of the corners, the lower one where reading starts is tried first, and taken if none is free.
        """
        longest_km = self.box.width * self.unit_m / 5000
        km = max((km for km in _SCALES_KM if km <= longest_km), default=_SCALES_KM[0])
        room, height, air = (value * self.unit_m for value in (40, 34, 10))
        width = 1000 * km + room
        west, south, east, north = self.view.buffer(-air).bounds
        starts = {"right": east - width, "left": west}
        sides = ["right", "left"] if self.sheet.is_right_to_left else ["left", "right"]
        corners = {
            f"{edge} {side}": shapely.box(starts[side], y, starts[side] + width, y + height)
            for edge, y in (("lower", south), ("upper", north - height))
            for side in sides
        }
        free = (name for name, corner in corners.items() if not busy.intersects(corner))
        plate: Polygon = corners[next(free, f"lower {sides[0]}")]
        self.axes.fill(*plate.exterior.xy, facecolor=(palette()["paper"], 0.86), linewidth=0, zorder=4)
        west, south, east, north = plate.bounds
        bar_start, arrow_x = west + 0.25 * room, east - 0.4 * room
        if self.sheet.is_right_to_left:
            bar_start, arrow_x = east - 1000 * km - 0.25 * room, west + 0.4 * room
        label = self.sheet.run(words.text("figures.km", n=words.number(km)))
        font = self.sheet.font(label, _SCALE_SIZE)
        bar = ScaleBar(
            1,
            fixed_value=km,
            fixed_units="km",
            location="lower left",
            bbox_to_anchor=(bar_start, south + 0.2 * height),
            bbox_transform=self.axes.transData,
            scale_loc="top",
            scale_formatter=lambda _value, _unit: label,
            font_properties={"fname": font.get_file(), "size": font.get_size()},
            color=palette()["ink"],
            width_fraction=2 / self.box.height,
            rotation="horizontal-only",
            frameon=False,
            pad=0,
            border_pad=0,
            sep=3 * self.sheet.unit_pt,
        )
        bar.set_zorder(5)
        self.axes.add_artist(bar)
        self._draw_north(arrow_x, south + 0.2 * height, words)
        return plate

    def _draw_north(self, x: float, y: float, words: Words) -> None:
        """Draw an arrow to the north, with the letter of north at its tip."""
        length, turn = 13 * self.unit_m, math.radians(self.north_deg)
        arrow = np.array([(0, 1), (0.3, 0), (0, 0.23), (-0.3, 0)]) * length
        rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        self.axes.fill(*(arrow @ rotation + [x, y]).T, color=palette()["ink"], linewidth=0, zorder=5)
        self.write(x, y + 1.15 * length, words.text("figures.north"), size=9, bold=True, zorder=5)

    def draw_countries(self, drawn: Iterable[Drawn], busy: BaseGeometry, words: Words) -> None:
        """Write the names of the ground where nothing else is drawn, as far from the middle of the map as possible."""
        size = _COUNTRY_SIZE * self.name_size
        west, south, east, north = self.view.bounds
        shares = [step / _STEPS for step in range(1, _STEPS)]
        x, y = np.array([(west + a * (east - west), south + b * (north - south)) for a, b in product(shares, shares)]).T
        from_middle = np.hypot(x - (west + east) / 2, y - (south + north) / 2)
        named = [one for one in drawn if one.spec.name in _NAMED and one.kind == "area"]
        for row in (row for one in named for row in one.features.itertuples()):
            part = row.geometry.intersection(self.view)
            text = words.name(row.row)
            width, ascent, descent = self.text_size(text, size)
            air = 8 * self.unit_m
            boxes = shapely.box(x - width / 2 - air, y - descent - air, x + width / 2 + air, y + ascent + air)
            shapely.prepare([part, busy])
            free = shapely.contains(part, boxes) & ~shapely.intersects(busy, boxes)
            if part.area >= _LEAST_SHARE * self.view.area and free.any():
                at = int(np.argmax(np.where(free, from_middle, -1)))
                self.write(x[at], y[at], text, size=size, colour=palette()["muted"])


def _path(area: Polygon) -> Path:
    """Return the outline of an area with its holes."""
    return Path.make_compound_path(*(Path(ring.coords, closed=True) for ring in (area.exterior, *area.interiors)))


def cities_only(drawn: Sequence[Drawn], layer: str) -> list[Drawn]:
    """Return what is drawn without all but the first class of a layer: for small maps, on which towns are too many."""
    first = {one.spec.name: next(iter(one.spec.classes)) for one in drawn}
    return [one for one in drawn if one.spec.name != layer or one.class_ == first[layer]]

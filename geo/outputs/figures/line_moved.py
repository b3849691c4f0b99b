"""How the line of contact moved: the same ground on four days."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import geopandas as gpd
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.history.facts import certain_loss, opposition_held
from geo.history.timeline import is_valid
from geo.inputs.catalog import FOCUS, GROUND
from geo.inputs.frames import json_rows
from geo.inputs.layers import Layers
from geo.outputs.country import country_of
from geo.outputs.figures.day_features import DayFeatures, Drawn, cited_by
from geo.outputs.figures.day_map import GUTTER, LEGEND_WIDTH
from geo.outputs.figures.labels import draw_names
from geo.outputs.figures.legend import Group, draw_legend, groups_of, notes_on
from geo.outputs.figures.looks import palette
from geo.outputs.figures.map_axes import MapAxes, cities_only
from geo.outputs.figures.sheet import LINE_HEIGHT, Box, Sheet, draw_foot, draw_heading, wrapped
from geo.outputs.style import MUTED, Symbol
from geo.outputs.words import Words

# The days of the four frames: the de-escalation zone, the memorandum of Sochi, the protocol of Moscow, and after.
DAYS = (date(2017, 6, 30), date(2018, 9, 30), date(2020, 3, 6), date(2020, 12, 31))
LAYER = "line_of_contact"
_LOST = Symbol(fill=MUTED, fill_opacity=0.24)
# The classes of the line that are drawn, and seen whole.
_FRAMED = ("contact", "afrin_limit")
_PLACES = "places"
_CONTEXT = (*GROUND, "deescalation_zone", "observation_posts", _PLACES, FOCUS, "centreline")
_GUTTER, _DAY_SIZE, _CAPTION_SIZE = 14.0, 13.0, 9.8
# Of symbols, relative to the map of a day, where a kilometre is four times as long.
_SIZE = 0.62


@dataclass(frozen=True, slots=True)
class Frame:
    """One day: the line of contact that is known of it, and who held what.

    Attributes
    ----------
    day : date
        The day.
    as_of : str
        The date of the line, as precise as it is known.
    precision_m : float
        How far from the drawn line the true one may be.
    is_same : bool
        Whether it is the line of the frame before.
    held : Polygon or None
        What the opposition held, lon, lat; None if the lines of the day are not closed.
    """

    day: date
    as_of: str
    precision_m: float
    is_same: bool
    held: Polygon | None


def frames_of(layers: Layers) -> tuple[Frame, ...]:
    """Return the frames of the days of which a line is known; none if it is the same line on all of them."""
    found: list[Frame] = []
    every = layers.frame(LAYER)
    for day in DAYS:
        lines = every.loc[[is_valid(row, day) for row in json_rows(every)]]
        contact = lines[lines["run"] == "contact"]
        if len(contact):
            as_of = contact["as_of"].iloc[0]
            is_same = bool(found) and found[-1].as_of == as_of
            found.append(
                Frame(day, as_of, float(contact["precision_m"].fillna(0).max()), is_same, opposition_held(lines))
            )
    return tuple(found) if len({frame.as_of for frame in found}) > 1 else ()


def draw_line_moved(sheet: Sheet, source: DayFeatures, words: Words) -> None:
    """Draw the frames two by two, in the order of reading, with one legend for all of them."""
    build, frames = source.build, frames_of(source.build.layers)
    specs = build.drawn(*_CONTEXT, LAYER, build.layers.agreement.corridor.road_layer)
    span = words.text("figures.from_to", first=words.day(frames[0].day), last=words.day(frames[-1].day))
    losses = [None, *(lost_between(source, before, frame) for before, frame in pairwise(frames))]
    top = draw_heading(sheet, [_headline(losses, words), words.text("figures.line_moved"), span], words.remark)
    drawn = [
        one for spec in specs for day in dict.fromkeys(frame.day for frame in frames) for one in source.on(spec, day)
    ]
    body = replace(sheet.inner, top=top, bottom=draw_foot(sheet, build, words, specs, cited_by(drawn)))
    start = body.left + LEGEND_WIDTH + GUTTER
    width = (body.right - start - _GUTTER) / 2
    caption = _caption_height(frames, width, words)
    height = (body.height - 2 * caption - _GUTTER) / 2
    tops = [body.top + caption, body.top + 2 * caption + height + _GUTTER]
    boxes = [Box(left, top, left + width, top + height) for top in tops for left in (start, start + width + _GUTTER)]
    drawn = _draw_frames(sheet, boxes, source, frames, losses, words)
    groups = groups_of(drawn, words)
    if any(losses):
        groups.append(Group("", ((_LOST, "area", words.text("figures.lost")),)))
    notes = notes_on(drawn, build.layers, words, is_numbered=False)
    draw_legend(sheet, replace(body, right=body.left + LEGEND_WIDTH), groups, notes)


def _headline(losses: Iterable[BaseGeometry | None], words: Words) -> str:
    """Return what the opposition lost in all frames, rounded down to two digits; empty if it lost nothing."""
    area_km2 = sum(lost.area for lost in losses if lost is not None) / 1e6
    if area_km2 < 1:
        return ""
    step = 10.0 ** (math.floor(math.log10(area_km2)) - 1)
    return words.text("figures.finding.lost", n=words.number(round(area_km2 // step * step)))


# ---- The frames.


def _caption(frame: Frame, words: Words) -> str:
    key = "figures.same_line" if frame.is_same else "figures.line_of"
    return words.text(key, day=words.day(frame.as_of), km=words.kilometres(frame.precision_m))


def _caption_height(frames: Sequence[Frame], width: float, words: Words) -> float:
    """Return the height of day and caption above the frames, which are this wide."""
    lines = max(len(wrapped(_caption(frame, words), width, _CAPTION_SIZE)) for frame in frames)
    return LINE_HEIGHT * (_DAY_SIZE + lines * _CAPTION_SIZE) + 4


def _draw_frames(
    sheet: Sheet,
    boxes: Sequence[Box],
    source: DayFeatures,
    frames: Sequence[Frame],
    losses: Sequence[BaseGeometry | None],
    words: Words,
) -> list[Drawn]:
    """Draw each frame, with day and caption above it; return what is on all of them."""
    lines = source.build.frame(LAYER)
    around = source.metres(lines.geometry[lines["run"].isin(_FRAMED)])
    specs = source.build.drawn(*_CONTEXT, LAYER, source.build.layers.agreement.corridor.road_layer)
    every: list[Drawn] = []
    for box, frame, lost in zip(boxes, frames, losses, strict=False):
        map_ = MapAxes(sheet, box, source, around, size=_SIZE)
        seen = cities_only(map_.seen(specs, frame.day), _PLACES)
        drawn = [one for one in seen if one.spec.name != LAYER or one.class_ in _FRAMED]
        _draw_frame(map_, drawn, lost, words, is_first=frame is frames[0])
        every += drawn
        top = box.top - _caption_height(frames, box.width, words)
        y = sheet.paragraph(replace(box, top=top), words.day(frame.day), size=_DAY_SIZE, bold=True)
        caption = replace(box, top=y)
        sheet.paragraph(caption, _caption(frame, words), size=_CAPTION_SIZE, colour=palette()["muted"])
    return every


def _draw_frame(
    map_: MapAxes, drawn: Sequence[Drawn], lost: BaseGeometry | None, words: Words, *, is_first: bool
) -> None:
    """Draw one frame; scale and names of countries, which are the same in all frames, are in the first only."""
    map_.draw([one for one in drawn if one.is_ground], words)
    if lost is not None:
        map_.draw_area(lost, _LOST)
    map_.draw([one for one in drawn if not one.is_ground], words)
    busy = map_.busy(drawn)
    taken = [map_.draw_scale(busy, words)] if is_first else []
    taken += draw_names(map_, drawn, words, taken=taken, is_cities_only=True)
    if is_first:
        map_.draw_countries(drawn, busy.union(shapely.union_all(taken)), words)


def lost_between(source: DayFeatures, before: Frame, frame: Frame) -> BaseGeometry | None:
    """Return the area in metres that the opposition held in the frame before and not in this one, for certain.

    What is beyond the border is left out.
    """
    if before.held is None or frame.held is None or frame.is_same:
        return None
    held_before, held = source.metres(gpd.GeoSeries([before.held, frame.held], crs="EPSG:4326"))
    [spec] = source.build.drawn(LAYER)
    lines = [line for one in (before, frame) for line in source.on(spec, one.day) if line.class_ == "contact"]
    bands = [band for line in lines for band in line.features["band"] if band is not None]
    lost = certain_loss(held_before, held, bands)
    country = country_of(source.build)
    return lost if country is None else lost.intersection(source.metres(gpd.GeoSeries([country], crs="EPSG:4326"))[0])

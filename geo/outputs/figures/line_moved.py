"""How the line of contact moved: the same ground on four days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.history.facts import opposition_held
from geo.history.timeline import is_valid
from geo.inputs.catalog import FOCUS, DerivedSpec, LayerSpec
from geo.inputs.frames import json_rows
from geo.inputs.layers import Layers
from geo.outputs.context import Build
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.colours import palette
from geo.outputs.figures.features import Placed, band_in, draw_features, place_features
from geo.outputs.figures.frame import MARGIN, Heading, draw_foot, draw_heading
from geo.outputs.figures.ground import Ground, ground_around
from geo.outputs.figures.legend import Group, draw_group, draw_legend, group_size, groups_of
from geo.outputs.figures.map import GUTTER, LEGEND_WIDTH, TOLERANCE_MM, notes_on, projection_of
from geo.outputs.figures.names import draw_country_names, draw_names
from geo.outputs.figures.scale import draw_rim, draw_scale
from geo.outputs.figures.sheet import LINE_HEIGHT, Sheet, wrapped
from geo.outputs.figures.symbols import draw_area
from geo.outputs.style import MUTED, Symbol
from geo.outputs.words import Words

if TYPE_CHECKING:
    import geopandas as gpd

# The days of the four frames: the de-escalation zone, the memorandum of Sochi, the protocol of Moscow, and after.
DAYS = (date(2017, 6, 30), date(2018, 9, 30), date(2020, 3, 6), date(2020, 12, 31))
LAYER = "line_of_contact"
_LOST = Symbol(fill=MUTED, fill_opacity=0.24)
# What of the lines is drawn, and seen whole.
_FRAMED = ("contact", "afrin_limit")
_PLACES = "places"
_CONTEXT = ("basemap", "deescalation_zone", "observation_posts", _PLACES, FOCUS, "centreline")
_GUTTER, _GROUP_GAP, _COLUMNS = 14.0, 5.0, 4
# A sheet so much wider than high has the frames in one row.
_ROW_FROM = 1.5
_DAY_SIZE, _CAPTION_SIZE, _NOTE_SIZE = 13.0, 9.8, 9.2
# Markers are smaller than on the map of a day, where a kilometre is four times as long.
_SIZE = 0.62


@dataclass(frozen=True, slots=True)
class Frame:
    """One day: the line of contact that is known of it, and who held what.

    Attributes
    ----------
    day : date
        Which day.
    as_of : str
        The date of the line, as precise as it is known.
    precision_m : float
        The radius within which the line truly runs.
    is_same : bool
        Whether it is the line of the frame before.
    held : Polygon or None
        What the opposition held, lon, lat; None if the lines of the day are not closed.
    contact : GeoDataFrame
        The line itself.
    """

    day: date
    as_of: str
    precision_m: float
    is_same: bool
    held: Polygon | None
    contact: "gpd.GeoDataFrame"


def frames_of(layers: Layers) -> tuple[Frame, ...]:
    """Return the frames of the days of which a line is known; none if it is one and the same line on all of them."""
    found: list[Frame] = []
    every = layers.frame(LAYER)
    for day in DAYS:
        lines = every.loc[[is_valid(row, day) for row in json_rows(every)]]
        contact = lines[lines["run"] == "contact"]
        if len(contact):
            as_of = contact["as_of"].iloc[0]
            precision_m = float(contact["precision_m"].fillna(0).max())
            is_same = bool(found) and found[-1].as_of == as_of
            found.append(Frame(day, as_of, precision_m, is_same, opposition_held(lines), contact))
    return tuple(found) if len({frame.as_of for frame in found}) > 1 else ()


def draw_line_moved(sheet: Sheet, build: Build, words: Words) -> None:
    """Draw the frames beside each other, in the order of reading, and one legend below all of them."""
    frames = frames_of(build.layers)
    road = build.layers.agreement.corridor.road_layer
    drawn = build.drawn(*_CONTEXT, LAYER, road)
    span = words.text("figures.from_to", first=words.day(frames[0].day), last=words.day(frames[-1].day))
    top = draw_heading(sheet, Heading(words.text("figures.line_moved"), span, words.remark))
    bottom = draw_foot(sheet, build, words, drawn)
    whole = sheet.box.grown(-MARGIN)
    body = Box(whole.left, top, whole.right, bottom)
    is_row = sheet.box.width > _ROW_FROM * sheet.box.height
    (_draw_in_row if is_row else _draw_in_grid)(sheet, body, _Content(build, words, drawn, frames))


@dataclass(frozen=True, slots=True)
class _Content:
    """What goes on the sheet."""

    build: Build
    words: Words
    specs: Sequence[LayerSpec | DerivedSpec]
    frames: Sequence[Frame]

    @property
    def captions(self) -> list[str]:
        """What stands below the day of each frame."""
        return [_caption(frame, self.words) for frame in self.frames]

    def caption_height(self, width: float) -> float:
        """How high day and caption are at a width."""
        lines = max(len(wrapped(text, width, _CAPTION_SIZE)) for text in self.captions)
        return LINE_HEIGHT * (_DAY_SIZE + lines * _CAPTION_SIZE) + 4


def _draw_in_row(sheet: Sheet, body: Box, content: _Content) -> None:
    """Draw the frames beside each other, and the legend below them: for a wide sheet."""
    width = (body.width - (_COLUMNS - 1) * _GUTTER) / _COLUMNS
    map_top = body.top + content.caption_height(width)
    # The legend is known only when everything is placed, and how high the frames are only with the legend.
    groups, notes = _legend(_placed(sheet, _row(sheet, body, map_top, body.bottom, width), content), content)
    note = " ".join(notes)
    note_height = len(wrapped(note, body.width, _NOTE_SIZE)) * LINE_HEIGHT * _NOTE_SIZE
    columns, height = packed(groups, width)
    map_bottom = body.bottom - note_height - height - 14
    _draw_frames(sheet, _row(sheet, body, map_top, map_bottom, width), content)
    _draw_columns(sheet, Box(body.left, map_bottom + 12, body.right, body.bottom), columns)
    notes_box = Box(body.left, body.bottom - note_height, body.right, body.bottom)
    sheet.paragraph(notes_box, note, size=_NOTE_SIZE, colour=palette()["muted"])


def _row(sheet: Sheet, body: Box, top: float, bottom: float, width: float) -> list[Box]:
    lefts = [body.left + place * (width + _GUTTER) for place in range(_COLUMNS)]
    return [sheet.placed(Box(left, top, left + width, bottom)) for left in lefts]


def _draw_in_grid(sheet: Sheet, body: Box, content: _Content) -> None:
    """Draw the frames two by two, and the legend beside them, as on the map of a day."""
    left = body.left + LEGEND_WIDTH + GUTTER
    width = (body.right - left - _GUTTER) / 2
    caption = content.caption_height(width)
    height = (body.height - 2 * caption - _GUTTER) / 2
    boxes = [
        sheet.placed(Box(x, y + caption, x + width, y + caption + height))
        for y in (body.top, body.top + caption + height + _GUTTER)
        for x in (left, left + width + _GUTTER)
    ]
    placed = _draw_frames(sheet, boxes, content)
    legend = sheet.placed(Box(body.left, body.top, body.left + LEGEND_WIDTH, body.bottom))
    draw_legend(sheet, legend, *_legend(placed, content))


# ---- The frames.


def _caption(frame: Frame, words: Words) -> str:
    key = "figures.same_line" if frame.is_same else "figures.line_of"
    return words.text(key, day=words.day(frame.as_of), km=words.kilometres(frame.precision_m))


def _placed(sheet: Sheet, boxes: Sequence[Box], content: _Content) -> list[tuple[Ground, list[Placed]]]:
    build = content.build
    lines = build.frame(LAYER)
    shapes = list(lines.geometry[lines["run"].isin(_FRAMED)])
    tolerance = sheet.format.units(TOLERANCE_MM)
    found = []
    for box, frame in zip(boxes, content.frames, strict=False):
        ground = ground_around(shapes, box, projection=projection_of(build), tolerance_px=tolerance)
        placed = place_features(ground, content.specs, build, frame.day, size=_SIZE)
        found.append((ground, [one for one in placed if _is_for_frames(one)]))
    return found


def _draw_frames(sheet: Sheet, boxes: Sequence[Box], content: _Content) -> list[tuple[Ground, list[Placed]]]:
    """Draw each frame with its day and its caption above it, and return what stands in them."""
    frames, words = content.frames, content.words
    found = _placed(sheet, boxes, content)
    for at, (frame, (ground, placed)) in enumerate(zip(frames, found, strict=True)):
        lost = _lost_in(ground, frames[at - 1] if at else None, frame)
        _draw_frame(sheet, ground, placed, words, lost, is_first=at == 0)
        box = ground.frame
        top = box.top - content.caption_height(box.width)
        y = sheet.paragraph(Box(box.left, top, box.right, box.top), words.day(frame.day), size=_DAY_SIZE, bold=True)
        room = Box(box.left, y, box.right, box.top)
        sheet.paragraph(room, _caption(frame, words), size=_CAPTION_SIZE, colour=palette()["muted"])
    return found


def _is_for_frames(one: Placed) -> bool:
    """Return whether something is drawn at this scale: of places the first class, of lines not the computed ones."""
    if one.spec.name == LAYER:
        return one.shown.class_ in _FRAMED
    first = next(iter(one.spec.classes), "")
    return one.spec.name != _PLACES or one.shown.class_ == first


def _draw_frame(
    sheet: Sheet,
    ground: Ground,
    placed: Sequence[Placed],
    words: Words,
    lost: BaseGeometry | None,
    *,
    is_first: bool,
) -> None:
    """Draw one frame; what is the same in all of them, scale and names of countries, stands in the first only."""
    below = [one for one in placed if one.entry.is_ground]
    draw_features(sheet, ground, below, words, numbered=False)
    if lost is not None:
        draw_area(sheet, lost, _LOST, ground.frame)
    draw_features(sheet, ground, [one for one in placed if not one.entry.is_ground], words, numbered=False)
    taken = [draw_scale(sheet, ground, placed, words)] if is_first else []
    taken += draw_names(sheet, ground, placed, words, taken=taken, of_rank=lambda rank: rank == 0)
    if is_first:
        draw_country_names(sheet, ground, placed, words, taken)
    draw_rim(sheet, ground.frame)


def _lost_in(ground: Ground, before: Frame | None, frame: Frame) -> BaseGeometry | None:
    """Return what the opposition held in the frame before and not in this one, for certain.

    What lies in the band of either line may have been on either side of it, and is left out.
    """
    if before is None or before.held is None or frame.held is None or frame.is_same:
        return None
    held_before, held = (ground.drawn(one, simplified=False) for one in (before.held, frame.held))
    lines = [line for one in (before, frame) for line in zip(json_rows(one.contact), one.contact.geometry, strict=True)]
    bands = [band_in(ground, *line) for line in lines]
    return held_before.difference(held).difference(shapely.union_all([band for band in bands if band is not None]))


# ---- The legend.


def _legend(placed: Sequence[tuple[Ground, Sequence[Placed]]], content: _Content) -> tuple[list[Group], list[str]]:
    """Return the groups of the legend of all frames together, and the notes below it."""
    words = content.words
    every = [one for _, own in placed for one in own]
    groups = groups_of([one.entry for one in every], words, FOCUS)
    pairs = zip(placed[1:], pairwise(content.frames), strict=True)
    if any(_lost_in(ground, *pair) is not None for (ground, _), pair in pairs):
        groups.append(Group("", ((_LOST, "area", words.text("figures.lost")),)))
    return groups, notes_on(content.build.layers, every, words, are_numbered=False)


def packed(groups: Sequence[Group], width: float) -> tuple[list[list[Group]], float]:
    """Return groups one after the other in columns of a width, as low as they go, and how high the columns are."""
    heights = [group_size(group, width)[1] + _GROUP_GAP for group in groups]
    for limit in sorted({sum(heights[at:to]) for at in range(len(heights)) for to in range(at + 1, len(heights) + 1)}):
        columns: list[list[Group]] = [[]]
        room = limit
        for group, height in zip(groups, heights, strict=True):
            if height > room:
                columns.append([])
                room = limit
            columns[-1].append(group)
            room -= height
        if len(columns) <= _COLUMNS and max(heights) <= limit:
            return columns, limit
    return [], 0.0


def _draw_columns(sheet: Sheet, box: Box, columns: Sequence[Sequence[Group]]) -> None:
    width = (box.width - (_COLUMNS - 1) * _GUTTER) / _COLUMNS
    for place, column in enumerate(columns):
        left = box.left + place * (width + _GUTTER)
        own = Box(left, box.top, left + width, box.bottom)
        own = sheet.placed(own)
        y = own.top
        for group in column:
            y = draw_group(sheet, Box(own.left, y, own.right, own.bottom), group) + _GROUP_GAP

"""The patrols in space and time: days across, kilometres of the road down, one bar for each patrol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import shapely
from shapely import affinity
from shapely.geometry import LineString, Polygon

from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.colours import diagram_colours, palette
from geo.outputs.figures.frame import MARGIN, Heading, draw_foot, draw_heading
from geo.outputs.figures.sheet import LINE_HEIGHT, Sheet, measured, wrapped
from geo.outputs.figures.symbols import hatching
from geo.outputs.words import Words

LAYER = "patrol_segments"
# Air beside the first and the last bar.
_MARGIN_DAYS = 4
_BAR, _HATCH_STEP = 6.5, 3.6
# Hatching tells the outcomes apart where colours do not: in one direction, or in both.
_HATCHED: Mapping[str, tuple[bool, ...]] = {"shortened": (True,), "attacked": (True, False)}
_AXIS_WIDTH, _KM_WIDTH = 148.0, 30.0
_TOP, _BOTTOM = 38.0, 26.0
_NAME_SIZE, _NUMBER_SIZE, _KEY_SIZE, _LIST_SIZE = 10.4, 7.6, 11.0, 10.0
_COLUMNS, _COLUMN_GAP = 3, 24.0
_INCIDENT = Polygon([(0, -4), (4, 3.4), (-4, 3.4)])


@dataclass(frozen=True, slots=True)
class Bar:
    """One patrol that has a day and two known ends."""

    row: Mapping[str, Any]

    @property
    def day(self) -> date:
        """The day of the patrol."""
        return date.fromisoformat(self.row["date"])

    @property
    def span_km(self) -> tuple[float, float]:
        """From which kilometre to which it reached, the smaller first."""
        low, high = sorted((self.row["from_km"], self.row["to_km"]))
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Plot:
    """Where days and kilometres lie on a sheet."""

    box: Box
    first: date
    last: date
    furthest_km: float

    def across(self, day: date) -> float:
        """Return the x of a day."""
        return self.box.left + self.box.width * (day - self.first).days / (self.last - self.first).days

    def down(self, km: float) -> float:
        """Return the y of a kilometre."""
        return self.box.top + self.box.height * km / self.furthest_km


def bars_of(build: Build) -> tuple[list[Bar], list[dict[str, Any]]]:
    """Return the patrols that have a bar, by day, and the rows of those that have none."""
    bars, others = [], []
    for row in json_rows(build.frame(LAYER)):
        is_placed = row["from_km"] is not None and row["to_km"] is not None
        if is_placed and len(row["date"] or "") == len("2020-03-15"):
            bars.append(Bar(row))
        else:
            others.append(row)
    return sorted(bars, key=lambda bar: bar.day), others


def has_patrols(build: Build) -> bool:
    """Return whether there is a patrol to draw."""
    return bool(bars_of(build)[0])


def draw_patrols(sheet: Sheet, build: Build, words: Words) -> None:
    """Draw the diagram of the patrols, with those that have no bar and why."""
    [spec] = build.drawn(LAYER)
    bars, others = bars_of(build)
    top = draw_heading(sheet, Heading(words.layer(spec), words.text("figures.patrols_how"), words.remark))
    bottom = draw_foot(sheet, build, words, [spec])
    whole = sheet.box.grown(-MARGIN)
    listed = _Listed.of(others, words, whole.width)
    key_top = bottom - listed.height - 2 * _KEY_SIZE
    box = Box(whole.left + _AXIS_WIDTH, top + _TOP, whole.right, key_top - _BOTTOM)
    furthest_km = max(bar.span_km[1] for bar in bars)
    margin = timedelta(days=_MARGIN_DAYS)
    plot = Plot(box, bars[0].day - margin, bars[-1].day + margin, furthest_km)
    _draw_axes(sheet, plot, bars, words)
    _draw_day(sheet, plot, build.as_of, words)
    for bar in bars:
        _draw_bar(sheet, plot, bar)
    _draw_numbers(sheet, plot, bars, words)
    outcomes = {str(bar.row["outcome"]) for bar in bars}
    _draw_key(sheet, Box(whole.left, key_top, whole.right, bottom), spec, outcomes, words)
    listed.draw(sheet, Box(whole.left, key_top + 2 * _KEY_SIZE, whole.right, bottom))


# ---- The axes. Time runs from left to right in every language, as on the page.


def _draw_axes(sheet: Sheet, plot: Plot, bars: Sequence[Bar], words: Words) -> None:
    box, colours = plot.box, palette()
    for id_, km in _named(plot, bars):
        y = plot.down(km)
        sheet.shape(LineString([(box.left, y), (box.right, y)]), stroke=colours["rule"], weight=1)
        base = y + 0.34 * _NAME_SIZE
        sheet.write(box.left - 8 - _KM_WIDTH, base, words.place(id_), size=_NAME_SIZE, anchor="right")
        number = words.number(round(km))
        sheet.write(box.left - 8, base, number, size=_NAME_SIZE, anchor="right", colour=colours["muted"])
    unit = words.text("diagram.km")
    sheet.write(box.left - 8, box.top - 14, unit, size=_NAME_SIZE, anchor="right", colour=colours["muted"])
    months = _months(plot.first, plot.last)
    for day, end in zip(months, [*months[1:], plot.last], strict=True):
        x, text = plot.across(day), words.month(day)
        sheet.shape(LineString([(x, box.top - 8), (x, box.bottom + 6)]), stroke=colours["rule"], weight=1)
        if x + 8 + measured(text, _NAME_SIZE)[0] <= plot.across(end):
            sheet.write(x + 4, box.bottom + 18, text, size=_NAME_SIZE, anchor="left", colour=colours["muted"])


def _named(plot: Plot, bars: Sequence[Bar]) -> list[tuple[str, float]]:
    """Return the places at the axis: the ends of the stretch, then what most patrols reached, if there is room."""
    times: dict[str, int] = {}
    at_km: dict[str, float] = {}
    for bar in bars:
        for end in ("from", "to"):
            id_ = str(bar.row[f"{end}_place"])
            times[id_] = times.get(id_, 0) + 1
            at_km[id_] = float(bar.row[f"{end}_km"])
    ends = {0.0, plot.furthest_km}
    found: list[tuple[str, float]] = []
    for id_ in sorted(at_km, key=lambda one: (at_km[one] not in ends, -times[one], one)):
        y = plot.down(at_km[id_])
        if all(abs(y - plot.down(km)) >= LINE_HEIGHT * _NAME_SIZE for _, km in found):
            found.append((id_, at_km[id_]))
    return found


def _months(first: date, last: date) -> list[date]:
    """Return on which of the days from first to last a month begins; the first of all begins one too."""
    days = (first + timedelta(days=count) for count in range((last - first).days + 1))
    return [day for day in days if day == first or day.day == 1]


def _draw_day(sheet: Sheet, plot: Plot, as_of: date, words: Words) -> None:
    """Draw the day of the map, if it is one of those of the diagram."""
    if not plot.first <= as_of <= plot.last:
        return
    x = plot.across(as_of)
    line = LineString([(x, plot.box.top - 8), (x, plot.box.bottom + 6)])
    sheet.shape(line, stroke=palette()["ink"], weight=1.2, dash="2 2")
    text = words.text("page.as_of", day=words.day(as_of))
    half = measured(text, _NUMBER_SIZE)[0] / 2
    middle = min(max(x, plot.box.left + half), plot.box.right - half)
    sheet.write(middle, plot.box.top - 30, text, size=_NUMBER_SIZE, anchor="middle")


# ---- The bars.


def _draw_bar(sheet: Sheet, plot: Plot, bar: Bar) -> None:
    x = plot.across(bar.day)
    low, high = (plot.down(km) for km in bar.span_km)
    _draw_box(sheet, Box(x - _BAR / 2, low, x + _BAR / 2, max(high, low + 2)), str(bar.row["outcome"]))
    if bar.row.get("incident"):
        sheet.shape(affinity.translate(_INCIDENT, x, plot.box.top - 8), fill=palette()["ink"])


def _draw_box(sheet: Sheet, box: Box, outcome: str) -> None:
    area = shapely.box(box.left, box.top, box.right, box.bottom)
    colour = diagram_colours().get(outcome, palette()["ink"])
    directions = _HATCHED.get(outcome)
    if directions is None:
        sheet.shape(area, fill=colour)
        return
    sheet.shape(area, fill=palette()["paper"])
    for rises in directions:
        sheet.shape(hatching(area, step=_HATCH_STEP, rises=rises), stroke=colour, weight=1.1)
    sheet.shape(area, stroke=colour, weight=1.1)


def _draw_numbers(sheet: Sheet, plot: Plot, bars: Sequence[Bar], words: Words) -> None:
    """Write the numbers of the patrols above their bars, as far as there is room."""
    free_from = plot.box.left - _AXIS_WIDTH
    for bar in bars:
        if not bar.row.get("number"):
            continue
        text, x = words.number(int(bar.row["number"])), plot.across(bar.day)
        half = measured(text, _NUMBER_SIZE)[0] / 2
        if x - half > free_from:
            y = plot.box.top - 18
            sheet.write(x, y, text, size=_NUMBER_SIZE, anchor="middle", colour=palette()["muted"])
            free_from = x + half


# ---- The key, and the patrols without a bar.


def _draw_key(sheet: Sheet, box: Box, spec: LayerSpec | DerivedSpec, outcomes: set[str], words: Words) -> None:
    """Draw what the boxes and marks mean, in one row."""
    classes = [class_ for class_ in spec.classes if class_ in outcomes]
    base = box.top + _KEY_SIZE
    offset = 0.0
    for class_ in classes:
        x = sheet.inline(box, offset + _BAR / 2)
        _draw_box(sheet, Box(x - _BAR / 2, base - 11, x + _BAR / 2, base + 2), class_)
        offset = _key_text(sheet, box, offset + _BAR + 6, base, words.symbol(spec, class_))
    sheet.shape(affinity.translate(_INCIDENT, sheet.inline(box, offset + 4), base - 4), fill=palette()["ink"])
    offset = _key_text(sheet, box, offset + 14, base, words.text("diagram.incident"))
    _key_text(sheet, box, offset, base, words.text("figures.patrol_numbers"))


def _key_text(sheet: Sheet, box: Box, offset: float, base: float, text: str) -> float:
    sheet.write(sheet.inline(box, offset), base, text, size=_KEY_SIZE)
    return offset + measured(text, _KEY_SIZE)[0] + 20


@dataclass(frozen=True, slots=True)
class _Listed:
    """The patrols without a bar, each with the reason, in columns."""

    heading: str
    columns: tuple[tuple[tuple[str, str], ...], ...]
    width: float

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], words: Words, whole_width: float) -> "_Listed":
        items = [(words.name(row), _why(row, words)) for row in rows]
        count = -(-len(items) // _COLUMNS)
        columns = tuple(tuple(items[at : at + count]) for at in range(0, len(items), count or 1))
        width = (whole_width - (_COLUMNS - 1) * _COLUMN_GAP) / _COLUMNS
        return cls(words.text("diagram.without_bar"), columns, width)

    @property
    def height(self) -> float:
        """How much room it needs."""
        if not self.columns:
            return 0.0
        lines = [sum(1 + len(wrapped(why, self.width, _LIST_SIZE)) for _, why in column) for column in self.columns]
        return LINE_HEIGHT * (_KEY_SIZE + max(lines) * _LIST_SIZE)

    def draw(self, sheet: Sheet, box: Box) -> None:
        """Draw it from the top of a box."""
        if not self.columns:
            return
        sheet.write(sheet.inline(box, 0), box.top + _KEY_SIZE, self.heading, size=_KEY_SIZE, bold=True)
        top = box.top + LINE_HEIGHT * _KEY_SIZE
        for place, column in enumerate(self.columns):
            start = sheet.inline(box, place * (self.width + _COLUMN_GAP))
            left = start - self.width if sheet.is_right_to_left else start
            y = top
            for name, why in column:
                y = sheet.paragraph(Box(left, y, left + self.width, box.bottom), name, size=_LIST_SIZE)
                room = Box(left, y, left + self.width, box.bottom)
                y = sheet.paragraph(room, why, size=_LIST_SIZE, colour=palette()["muted"])


def _why(row: Mapping[str, Any], words: Words) -> str:
    """Return when a patrol was, as far as that is known, and why it has no bar."""
    when, reason = row["date"], row["no_segment"]
    day = words.day(when) if when else words.text("date.unknown")
    return " · ".join([day, words.texts.get(f"value.no_segment.{reason}", reason)] if reason else [day])

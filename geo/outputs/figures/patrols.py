"""The patrols in space and time: days across, kilometres of the road down, one bar for each patrol."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.figures.day_features import DayFeatures
from geo.outputs.figures.looks import Look, diagram_colours, palette
from geo.outputs.figures.sheet import LINE_HEIGHT, Box, Sheet, draw_foot, draw_heading, measured, wrapped
from geo.outputs.words import Words

LAYER = "patrol_segments"
# Air beside the first and the last bar.
_MARGIN = timedelta(days=4)
_BAR = 6.5
# Hatching makes the outcomes distinct where colours do not.
_HATCHES: Mapping[str, str] = {"shortened": "/////", "attacked": "xxxxx", "disputed": "....."}
_AXIS_WIDTH, _KM_WIDTH, _TOP, _BOTTOM = 148.0, 30.0, 38.0, 26.0
_NAME_SIZE, _NUMBER_SIZE, _KEY_SIZE, _LIST_SIZE, _MARK = 10.4, 7.6, 11.0, 10.0, 8.0
# Arabic letters with vowels above and below need more than the usual height of a line.
_COLUMNS, _GUTTER, _LIST_LINE, _LIST_GAP = 3, 18.0, 1.8, 5.0


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
        """The kilometres that it covered, the smaller first."""
        low, high = sorted((self.row["from_km"], self.row["to_km"]))
        return float(low), float(high)


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


def draw_patrols(sheet: Sheet, source: DayFeatures, words: Words) -> None:
    """Draw the diagram of the patrols, with those that have no bar and the reasons."""
    build = source.build
    [spec] = build.drawn(LAYER)
    bars, others = bars_of(build)
    top = draw_heading(sheet, words.layer(spec), words.text("figures.patrols_how"), words.remark)
    bottom = draw_foot(sheet, build, words, [spec])
    without_bar = [f"{words.name(row)}: {_reason(row, words)}" for row in others]
    list_top = bottom - _list_height(sheet, without_bar) if others else bottom
    key_top = list_top - 2 * _KEY_SIZE
    # Time runs from left to right in every language, as on the page, and the names of places are on the left.
    left, right = (0.0, _AXIS_WIDTH) if sheet.is_right_to_left else (_AXIS_WIDTH, 0.0)
    box = Box(sheet.inner.left + left, top + _TOP, sheet.inner.right - right, key_top - _BOTTOM)
    axes = sheet.axes(box)
    first, last = bars[0].day - _MARGIN, bars[-1].day + _MARGIN
    axes.set(xlim=(first.toordinal(), last.toordinal()), ylim=(max(bar.span_km[1] for bar in bars), 0))
    axes.spines[:].set_visible(False)
    diagram = _Diagram(sheet, axes, box, words)
    diagram.draw_kilometres(bars)
    diagram.draw_months(first, last)
    if first <= build.as_of <= last:
        diagram.draw_day(build.as_of)
    for bar in bars:
        diagram.draw_bar(bar)
    diagram.draw_numbers(bars)
    outcomes = {str(bar.row["outcome"]) for bar in bars}
    labels = {one: words.symbol(spec, one) for one in spec.classes if one in outcomes}
    _draw_key(sheet, replace(sheet.inner, top=key_top), labels, words)
    if others:
        _draw_list(sheet, list_top, words.text("diagram.without_bar"), without_bar)


@dataclass(frozen=True, slots=True)
class _Diagram:
    """The axes of the diagram: ordinals of days from left to right, kilometres from top to bottom."""

    sheet: Sheet
    axes: Axes
    box: Box
    words: Words

    def draw_kilometres(self, bars: Sequence[Bar]) -> None:
        """Draw a line for each place at the axis, with its name and its kilometre."""
        named = _named(bars, least_km=LINE_HEIGHT * _NAME_SIZE * self.axes.get_ylim()[0] / self.box.height)
        muted, across = palette()["muted"], self.axes.get_yaxis_transform()
        for id_, km in named.items():
            self.axes.axhline(km, color=palette()["rule"], linewidth=self.sheet.unit_pt, zorder=1)
            self._write(0, km, self.words.place(id_), (-8 - _KM_WIDTH, 0.34 * _NAME_SIZE), across, ha="right")
            number = self.words.number(round(km))
            self._write(0, km, number, (-8, 0.34 * _NAME_SIZE), across, ha="right", color=muted)
        self._write(0, 0, self.words.text("diagram.km"), (-8, -14), across, ha="right", color=muted)

    def draw_months(self, first: date, last: date) -> None:
        """Draw a line where a month begins, with its name if there is room."""
        days = (first + timedelta(days=count) for count in range((last - first).days + 1))
        months = [day for day in days if day in (first, day.replace(day=1))]
        per_day = self.box.width / (last - first).days
        for day, end in zip(months, [*months[1:], last], strict=True):
            self._draw_upright(day, color=palette()["rule"])
            name = self.words.month(day)
            if 8 + measured(name, _NAME_SIZE)[0] <= (end - day).days * per_day:
                down = self.axes.get_xaxis_transform()
                self._write(day.toordinal(), 0, name, (4, 18), down, ha="left", color=palette()["muted"])

    def draw_day(self, day: date) -> None:
        """Draw the day of the map."""
        self._draw_upright(day, color=palette()["ink"], dashes=(2, 2))
        text = self.words.text("page.as_of", day=self.words.day(day))
        first, last = self.axes.get_xlim()
        half = measured(text, _NUMBER_SIZE)[0] / 2 * (last - first) / self.box.width
        x = min(max(day.toordinal(), first + half), last - half)
        self._write(x, 1, text, (0, -30), self.axes.get_xaxis_transform(), size=_NUMBER_SIZE, ha="center")

    def draw_bar(self, bar: Bar) -> None:
        """Draw a patrol from its first to its last kilometre, with a mark above it if there was an incident."""
        first, last = self.axes.get_xlim()
        width_days = _BAR * (last - first) / self.box.width
        x, (low, high) = bar.day.toordinal(), bar.span_km
        look = _outcome_look(str(bar.row["outcome"]), self.sheet.unit_pt)
        self.axes.add_patch(Rectangle((x - width_days / 2, low), width_days, high - low, zorder=2, **look))
        if bar.row.get("incident"):
            above = 1 + _MARK / self.box.height
            mark = _mark(x, above, self.sheet.unit_pt, transform=self.axes.get_xaxis_transform(), clip_on=False)
            self.axes.add_line(mark)

    def draw_numbers(self, bars: Sequence[Bar]) -> None:
        """Write the numbers of the patrols above their bars, where there is room."""
        first, last = self.axes.get_xlim()
        free_from = first - (last - first)
        for bar in bars:
            if not bar.row.get("number"):
                continue
            text, x = self.words.number(int(bar.row["number"])), bar.day.toordinal()
            half = measured(text, _NUMBER_SIZE)[0] / 2 * (last - first) / self.box.width
            if x - half > free_from:
                look: Look = {"size": _NUMBER_SIZE, "ha": "center", "color": palette()["muted"]}
                self._write(x, 1, text, (0, -18), self.axes.get_xaxis_transform(), **look)
                free_from = x + half

    def _draw_upright(self, day: date, **look: Any) -> None:
        """Draw a line from a little above the diagram to a little below it."""
        ends = [-6 / self.box.height, 1 + 8 / self.box.height]
        transform = self.axes.get_xaxis_transform()
        width = self.sheet.unit_pt
        self.axes.add_line(
            Line2D([day.toordinal()] * 2, ends, linewidth=width, transform=transform, clip_on=False, zorder=1, **look)
        )

    def _write(
        self,
        x: float,
        y: float,
        text: str,
        offset: tuple[float, float],
        transform: Any,
        *,
        size: float = _NAME_SIZE,
        **look: Any,
    ) -> None:
        """Write a text at an offset in units of the sheet, whose y grows downwards."""
        right, down = offset
        points = right * self.sheet.unit_pt, -down * self.sheet.unit_pt
        look = Look(color=palette()["ink"], fontproperties=self.sheet.font(text, size)) | look
        self.axes.annotate(self.sheet.run(text), (x, y), points, transform, "offset points", **look)


def _named(bars: Sequence[Bar], *, least_km: float) -> dict[str, float]:
    """Return the places at the axis: the ends of the stretch, then where most patrols ended, if there is room."""
    ends = [(str(bar.row[f"{end}_place"]), float(bar.row[f"{end}_km"])) for bar in bars for end in ("from", "to")]
    times, at_km = Counter(id_ for id_, _ in ends), dict(ends)
    outer = {0.0, max(at_km.values())}
    found: dict[str, float] = {}
    for id_ in sorted(at_km, key=lambda one: (at_km[one] not in outer, -times[one], one)):
        if all(abs(at_km[id_] - km) >= least_km for km in found.values()):
            found[id_] = at_km[id_]
    return found


def _outcome_look(outcome: str, unit_pt: float) -> Look:
    """Return the properties of a bar."""
    colour = diagram_colours().get(outcome, palette()["ink"])
    if outcome not in _HATCHES:
        return {"facecolor": colour, "linewidth": 0}
    hatch = {"hatch": _HATCHES[outcome], "hatchcolor": colour}
    return {"facecolor": palette()["paper"], "edgecolor": colour, "linewidth": 1.1 * unit_pt, **hatch}


def _mark(x: float, y: float, unit_pt: float, **options: Any) -> Line2D:
    """Return the mark of an incident."""
    ink = palette()["ink"]
    return Line2D(
        [x], [y], linestyle="none", marker="^", markersize=_MARK * unit_pt, color=ink, markeredgewidth=0, **options
    )


# ---- The key, and the patrols without a bar.


def _draw_key(sheet: Sheet, box: Box, labels: Mapping[str, str], words: Words) -> None:
    """Draw what the bars and marks mean, in one row."""
    x, base = box.left, box.top + _KEY_SIZE
    for outcome, label in labels.items():
        sheet.add(Rectangle((x, base - 11), _BAR, 13, **_outcome_look(outcome, sheet.unit_pt)))
        x = _write_key(sheet, x + _BAR + 6, base, label)
    sheet.add(_mark(x + 4, base - 4, sheet.unit_pt))
    x = _write_key(sheet, x + 14, base, words.text("diagram.incident"))
    _write_key(sheet, x, base, words.text("figures.patrol_numbers"))


def _write_key(sheet: Sheet, x: float, base: float, text: str) -> float:
    sheet.write(x, base, text, size=_KEY_SIZE)
    return x + measured(text, _KEY_SIZE)[0] + 20


def _columns(sheet: Sheet, entries: Sequence[str]) -> tuple[float, list[Sequence[str]]]:
    """Return the width of a column of the list, and the entries of each column."""
    rows = ceil(len(entries) / _COLUMNS)
    width = (sheet.inner.width - (_COLUMNS - 1) * _GUTTER) / _COLUMNS
    return width, [entries[at : at + rows] for at in range(0, len(entries), rows)]


def _list_height(sheet: Sheet, entries: Sequence[str]) -> float:
    """Return the height of the list with its heading."""
    width, columns = _columns(sheet, entries)
    lines = max(sum(len(wrapped(entry, width, _LIST_SIZE)) for entry in column) for column in columns)
    return LINE_HEIGHT * _KEY_SIZE + _LIST_GAP + lines * _LIST_LINE * _LIST_SIZE


def _draw_list(sheet: Sheet, top: float, heading: str, entries: Sequence[str]) -> None:
    """Write the patrols without a bar below a heading, in columns."""
    below = sheet.paragraph(replace(sheet.inner, top=top), heading, size=_KEY_SIZE, bold=True) + _LIST_GAP
    width, columns = _columns(sheet, entries)
    for place, column in enumerate(columns):
        left = sheet.inner.left + place * (width + _GUTTER)
        room = Box(left, below, left + width, sheet.inner.bottom)
        for entry in column:
            y = sheet.paragraph(room, entry, size=_LIST_SIZE, colour=palette()["muted"], line_height=_LIST_LINE)
            room = replace(room, top=y)


def _reason(row: Mapping[str, Any], words: Words) -> str:
    """Return when a patrol was, as far as that is known, and why it has no bar."""
    when, reason = row["date"], row["no_segment"]
    day = words.day(when) if when else words.text("date.unknown")
    return " · ".join([day, words.texts.get(f"value.no_segment.{reason}", reason)] if reason else [day])

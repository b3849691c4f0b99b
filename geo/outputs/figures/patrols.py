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

from geo.history.facts import end_reached_on
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.figures.day_features import DayFeatures
from geo.outputs.figures.looks import Look, palette
from geo.outputs.figures.sheet import LINE_HEIGHT, Box, Sheet, draw_foot, draw_heading, measured, wrapped
from geo.outputs.style import Symbol, style_of
from geo.outputs.words import Words

LAYER = "patrol_segments"
# Air beside the first and the last bar.
_MARGIN = timedelta(days=4)
_BAR = 9.5
# Hatching makes the outcomes distinct where colours do not, also where only a small part of a bar is seen.
_HATCHES: Mapping[str, str] = {"shortened": "-----", "attacked": "xxxx", "disputed": "..."}
_AXIS_WIDTH, _KM_WIDTH, _TOP, _BOTTOM = 148.0, 30.0, 74.0, 38.0
# How far the mark of an incident, the number and the day of a patrol are above the diagram; a point is next to it.
_MARK_UP, _NUMBER_UP, _DAY_UP = 14.0, 22.0, 33.0
_NAME_SIZE, _NUMBER_SIZE, _KEY_SIZE, _LIST_SIZE, _MARK, _POINT = 10.4, 7.6, 11.0, 10.0, 9.0, 9.5
# Arabic letters with vowels above and below need more than the usual height of a line.
_COLUMNS, _GUTTER, _LIST_LINE, _LIST_GAP = 3, 18.0, 1.8, 5.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One patrol that has a day and two known ends."""

    row: Mapping[str, Any]
    symbol: Symbol

    @property
    def is_one_way(self) -> bool:
        """Whether it is known to have gone in one direction only."""
        return self.row["direction"] not in (None, "out_and_back")

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
    symbols = {outcome: symbol for spec in build.drawn(LAYER) for outcome, symbol in style_of(spec).symbols.items()}
    for row in json_rows(build.frame(LAYER)):
        is_placed = row["from_km"] is not None and row["to_km"] is not None
        if is_placed and len(row["date"] or "") == len("2020-03-15"):
            bars.append(Bar(row, symbols.get(row["outcome"], Symbol(stroke=palette()["ink"]))))
        else:
            others.append(row)
    return sorted(bars, key=lambda bar: bar.day), others


def draw_patrols(sheet: Sheet, source: DayFeatures, words: Words) -> None:
    """Draw the diagram of the patrols, with those that have no bar and the reasons."""
    build = source.build
    [spec] = build.drawn(LAYER)
    bars, others = bars_of(build)
    headings = [_headline(build, words), words.layer(spec), words.text("figures.patrols_how")]
    top = draw_heading(sheet, headings, words.remark)
    bottom = draw_foot(sheet, build, words, [spec], [*(bar.row for bar in bars), *others])
    without_bar = [f"{words.name(row)}: {_reason(row, words)}" for row in others]
    list_top = bottom - _list_height(sheet, without_bar) if others else bottom
    key = _key_of(bars, spec, words)
    key_top = list_top - (_key_lines(sheet, key) * LINE_HEIGHT + 0.6) * _KEY_SIZE
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
    diagram.draw_days(bars)
    _draw_key(sheet, replace(sheet.inner, top=key_top), key)
    if others:
        _draw_list(sheet, list_top, words.text("diagram.without_bar"), without_bar)


def _headline(build: Build, words: Words) -> str:
    """Return when a patrol first reached the end of the corridor; empty if the first one did, or none."""
    end = build.layers.agreement.ends[1]
    day = end_reached_on(build.frame(LAYER), end)
    return words.text("figures.finding.end_reached", place=words.place(end), day=words.day(day)) if day else ""


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
        self._write(x, 0, text, (0, 32), self.axes.get_xaxis_transform(), size=_NUMBER_SIZE, ha="center")

    def draw_bar(self, bar: Bar) -> None:
        """Draw a patrol from its first to its last kilometre, with a point if it went one way, and its incident."""
        first, last = self.axes.get_xlim()
        width_days = _BAR * (last - first) / self.box.width
        x, (low, high) = bar.day.toordinal(), bar.span_km
        look = _outcome_look(bar.symbol, str(bar.row["outcome"]), self.sheet.unit_pt)
        self.axes.add_patch(Rectangle((x - width_days / 2, low), width_days, high - low, zorder=2, **look))
        if bar.is_one_way:
            is_down = bar.row["to_km"] > bar.row["from_km"]
            beyond_km = 0.5 * _POINT * self.axes.get_ylim()[0] / self.box.height * (1 if is_down else -1)
            options = {"color": bar.symbol.stroke, "marker": "v" if is_down else "^", "markersize": _POINT}
            self._mark(x, bar.row["to_km"] + beyond_km, self.axes.transData, **options)
        if bar.row.get("incident"):
            self._mark(x, 1 + _MARK_UP / self.box.height, self.axes.get_xaxis_transform())

    def _mark(self, x: float, y: float, transform: Any, **options: Any) -> None:
        self.axes.add_line(_mark(x, y, self.sheet.unit_pt, transform=transform, clip_on=False, zorder=3, **options))

    def draw_days(self, bars: Sequence[Bar]) -> None:
        """Write the day of each patrol upright above its bar."""
        for bar in bars:
            look: Look = {"size": _NUMBER_SIZE, "ha": "center", "va": "bottom", "rotation": 90, "linespacing": 1}
            text, transform = self.words.short_day(bar.day), self.axes.get_xaxis_transform()
            self._write(bar.day.toordinal(), 1, text, (0, -_DAY_UP), transform, **look)

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
                self._write(x, 1, text, (0, -_NUMBER_UP), self.axes.get_xaxis_transform(), **look)
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


def _outcome_look(symbol: Symbol, outcome: str, unit_pt: float) -> Look:
    """Return the properties of a bar."""
    colour = symbol.stroke
    if outcome not in _HATCHES:
        return {"facecolor": colour, "linewidth": 0}
    hatch = {"hatch": _HATCHES[outcome], "hatchcolor": colour}
    return {"facecolor": palette()["paper"], "edgecolor": colour, "linewidth": 1.1 * unit_pt, **hatch}


def _mark(x: float, y: float, unit_pt: float, *, markersize: float = _MARK, **options: Any) -> Line2D:
    """Return the mark of an incident, or, with other options, the point of a bar."""
    look: Look = {"marker": "*", "color": palette()["ink"], "linestyle": "none", "markeredgewidth": 0} | options
    return Line2D([x], [y], markersize=markersize * unit_pt, **look)


# ---- The key, and the patrols without a bar.


def _key_of(bars: Sequence[Bar], spec: LayerSpec | DerivedSpec, words: Words) -> list[tuple[Bar | str, str]]:
    """Return what bars and marks mean: a bar, the marker of a mark, or no picture, and its text."""
    by_outcome = {str(bar.row["outcome"]): bar for bar in reversed(bars)}
    key: list[tuple[Bar | str, str]] = [
        (by_outcome[outcome], words.symbol(spec, outcome)) for outcome in spec.classes if outcome in by_outcome
    ]
    if any(bar.is_one_way for bar in bars):
        key.append(("v", words.text("figures.patrol_one_way")))
    if any(bar.row.get("incident") for bar in bars):
        key.append(("*", words.text("diagram.incident")))
    return [*key, ("", words.text("figures.patrol_numbers"))]


def _key_spots(sheet: Sheet, key: Sequence[tuple[Bar | str, str]]) -> list[tuple[float, int]]:
    """Return the x of each text of the key, and its line."""
    spots, x, line = [], sheet.inner.left, 0
    for picture, text in key:
        start = x + (_BAR + 6 if picture else 0)
        if start + measured(text, _KEY_SIZE)[0] > sheet.inner.right and x > sheet.inner.left:
            start, line = start - x + sheet.inner.left, line + 1
        spots.append((start, line))
        x = start + measured(text, _KEY_SIZE)[0] + 20
    return spots


def _key_lines(sheet: Sheet, key: Sequence[tuple[Bar | str, str]]) -> int:
    return _key_spots(sheet, key)[-1][1] + 1


def _draw_key(sheet: Sheet, box: Box, key: Sequence[tuple[Bar | str, str]]) -> None:
    """Draw what the bars and marks mean."""
    for (picture, text), (x, line) in zip(key, _key_spots(sheet, key), strict=True):
        base = box.top + (1 + line * LINE_HEIGHT) * _KEY_SIZE
        if isinstance(picture, Bar):
            look = _outcome_look(picture.symbol, str(picture.row["outcome"]), sheet.unit_pt)
            sheet.add(Rectangle((x - _BAR - 6, base - 11), _BAR, 13, **look))
        elif picture:
            sheet.add(_mark(x - _BAR / 2 - 6, base - 4, sheet.unit_pt, marker=picture))
        sheet.write(x, base, text, size=_KEY_SIZE)


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

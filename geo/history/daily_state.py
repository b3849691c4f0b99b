"""What the layers state for each day: the zone in force, who held which ground, the existing posts.

Days are integers, counted from 1 January 1970.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, Polygon

from geo.geometry.geodesic import Floats
from geo.history.facts import opposition_held
from geo.history.timeline import post_history, stands_on
from geo.inputs.dates import first_day, last_day
from geo.inputs.frames import json_rows
from geo.inputs.incident_cells import UNKNOWN_DAY, Days
from geo.inputs.layers import Layers

# An unknown day is less than any known day.
_FIRST_OF_ALL, _LAST_OF_ALL = UNKNOWN_DAY + 1, np.iinfo(np.int64).max
_EPOCH = date(1970, 1, 1)
# The columns of lines and posts that contain dates.
_STATED = {
    "line_of_contact": ("as_of", "valid_from"),
    "observation_posts": ("established_on", "encircled_on", "evacuated_on", "attested_until", "gone_by"),
}

T = TypeVar("T")


def day_number(day: date) -> int:
    """Return the number of a day."""
    return (day - _EPOCH).days


@dataclass(frozen=True, slots=True)
class DailyState(Generic[T]):
    """A state that changes over time.

    Attributes
    ----------
    starts : array of int
        The days on which it changes, ascending.
    states : tuple
        The state from each of these days on; None where it is unknown, as before the first of them.
    """

    starts: Days
    states: tuple[T | None, ...]

    @property
    def known(self) -> tuple[T, ...]:
        """All known states."""
        return tuple(state for state in self.states if state is not None)

    def parts(self, days: Days | None) -> Iterator[tuple[T, npt.NDArray[np.intp]]]:
        """Yield each known state on the given days, with the indices of its days."""
        if days is None:
            return
        number = np.searchsorted(self.starts, days, side="right") - 1
        for each in np.unique(number[number >= 0]):
            state = self.states[each]
            if state is not None:
                yield state, np.flatnonzero(number == each)


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A line of an outline.

    Attributes
    ----------
    line : LineString
        In lon, lat degrees.
    precision_m : float
        Precision of its position.
    known_m : array of float
        By edge: the distance up to which the government is known to have held the ground beside it; -1 unless it is a
        line of contact.
    """

    line: LineString
    precision_m: float
    known_m: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """An outline of the zone, or of the ground that the opposition held.

    Attributes
    ----------
    area : Polygon
        The area inside, lon, lat degrees.
    edges : tuple of Edge
        The lines that form the outline, lines of contact last.
    lost : tuple of Polygon
        Areas that the opposition had held according to earlier lines.
    """

    area: Polygon
    edges: tuple[Edge, ...]
    lost: tuple[Polygon, ...] = ()


@dataclass(frozen=True, slots=True)
class Posts:
    """The posts whose position is known.

    Attributes
    ----------
    ids : tuple of str
        Their ids.
    positions : (n, 2) array
        lon, lat degrees.
    exist : DailyState of array of bool
        Whether each of them certainly exists; unknown after `known_until`.
    """

    ids: tuple[str, ...]
    positions: Floats
    exist: DailyState[npt.NDArray[np.bool_]]


def zones(layers: Layers) -> DailyState[Outline]:
    """Return the outline of the zone in force; unknown after `known_until`."""
    frame, end = layers.frame("deescalation_zone"), known_until(layers)
    spans = []
    for zone, area in zip(json_rows(frame), frame.geometry, strict=True):
        begins, ends = _certain_span(zone)
        spans.append((begins, min(ends, end), Outline(area, (_edge(zone, LineString(area.exterior)),))))
    return _daily_state(spans)


def fronts(layers: Layers) -> DailyState[Outline]:
    """Return the ground that the opposition held; unknown in the gaps between two lines, and after `known_until`."""
    every, end = layers.frame("line_of_contact"), known_until(layers)
    by_date = dict(iter(every[every["run"] != "derived"].groupby("as_of", sort=False)))
    spans: list[tuple[int, int, Outline]] = []
    earlier: list[Polygon] = []
    for as_of in sorted(by_date, key=first_day):
        lines = by_date[as_of]
        held = opposition_held(lines)
        if held is None:
            continue
        rows = list(zip(json_rows(lines), lines.geometry, strict=True))
        begins, ends = zip(*(_certain_span(row) for row, _ in rows), strict=True)
        edges = sorted((_edge(row, line) for row, line in rows), key=lambda edge: edge.known_m.max())
        spans.append((max(begins), min(*ends, end), Outline(held, tuple(edges), tuple(earlier))))
        earlier.append(held)
    return _daily_state(spans)


def _edge(row: Mapping[str, Any], line: LineString) -> Edge:
    known_m = np.full(len(line.coords) - 1, -1.0)
    if row.get("run") == "contact":
        # By vertex: the distance to the government-held place that the line was derived from.
        vertex_m = np.array(row["vertex_precision_m"], dtype=float)
        known_m = np.maximum(vertex_m[:-1], vertex_m[1:])
    return Edge(line, float(row["precision_m"] or 0), known_m)


def posts(layers: Layers) -> Posts:
    """Return the posts whose position is known, and when each of them exists."""
    every = layers.frame("observation_posts")
    placed = every[every.geometry.notna()]
    histories = [post_history(post) for post in json_rows(placed)]
    days = sorted({day for history in histories for day, _ in history})
    starts = [day_number(date.fromisoformat(day)) for day in days]
    end = known_until(layers)
    spans = [
        (begins, min(following - 1, end), np.array([stands_on(history, day) for history in histories]))
        for day, (begins, following) in zip(days, pairwise([*starts, _LAST_OF_ALL]), strict=True)
    ]
    return Posts(tuple(placed["id"]), shapely.get_coordinates(placed.geometry), _daily_state(spans))


def known_until(layers: Layers) -> int:
    """Return the day after which the layers contain nothing about zone, lines and posts.

    That is the newest date which the lines and posts state; an outline of the zone in force has no end.
    """
    stated = [
        text
        for layer, columns in _STATED.items()
        for column in columns
        for text in layers.frame(layer)[column].dropna()
    ]
    return max((day_number(last_day(text)) for text in stated), default=_LAST_OF_ALL)


def _certain_span(row: Mapping[str, Any]) -> tuple[int, int]:
    """Return the first and the last day on which a row is certainly valid."""
    begins = day_number(last_day(row["valid_from"])) if row["valid_from"] else _FIRST_OF_ALL
    ends = day_number(first_day(row["valid_to"])) if row["valid_to"] else _LAST_OF_ALL
    return begins, ends


def _daily_state(spans: Iterable[tuple[int, int, T]]) -> DailyState[T]:
    """Return spans (first and last day) in order; if two overlap, the later one counts."""
    starts: dict[int, T | None] = {}
    for begins, ends, state in sorted(spans, key=lambda span: span[0]):
        if begins <= ends:
            starts = {day: one for day, one in starts.items() if day < begins}
            starts[begins] = state
            if ends != _LAST_OF_ALL:
                starts[ends + 1] = None
    days = sorted(starts)
    return DailyState(np.array(days, dtype=np.int64), tuple(starts[day] for day in days))

"""The state of the layers on a day: the zone in force, the line of contact, the existing posts.

Days are integers, counted from 1 January 1970.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, Polygon

from geo.history.facts import opposition_held
from geo.history.timeline import post_history, stands_on
from geo.inputs.dates import first_day, last_day
from geo.inputs.frames import json_rows
from geo.inputs.layers import Layers

if TYPE_CHECKING:
    import geopandas as gpd

Days = npt.NDArray[np.int64]
# The number of an unknown day; less than that of any known day.
UNKNOWN_DAY = np.iinfo(np.int64).min
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
class Eras(Generic[T]):
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

    def parts(self, days: Days | None) -> Iterator[tuple[T, npt.NDArray[np.intp] | slice]]:
        """Yield each known state on the given days, with the indices of its days."""
        if days is None or not len(days) or not len(self.starts):
            return
        era = np.searchsorted(self.starts, days, side="right") - 1
        lowest, highest = int(era.min()), int(era.max())
        if lowest == highest:
            if lowest >= 0 and (state := self.states[lowest]) is not None:
                yield state, slice(None)
            return
        for number in np.flatnonzero(np.bincount(era + 1)) - 1:
            state = self.states[number] if number >= 0 else None
            if state is not None:
                yield state, np.flatnonzero(era == number)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """An outline of the zone, or a line: lon, lat degrees, and its precision in metres."""

    shape: Polygon | LineString
    precision_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Front:
    """The control of territory, as far as the layers contain it.

    Attributes
    ----------
    held : Polygon
        Area held by the opposition.
    lost : tuple of Polygon
        Areas that it had held according to earlier lines.
    contact : tuple of LineString and tuple of float
        The line between the two parties, and, by vertex, the distance in metres to the government-held place that it
        was derived from.
    edges : tuple of Outline
        All lines that form the outline.
    """

    held: Polygon
    lost: tuple[Polygon, ...]
    contact: tuple[tuple[LineString, tuple[float, ...]], ...]
    edges: tuple[Outline, ...]


@dataclass(frozen=True, slots=True)
class Posts:
    """Existing posts: their ids and positions, (n, 2) lon, lat degrees."""

    ids: tuple[str, ...]
    positions: npt.NDArray[np.float64]


def zones(layers: Layers) -> Eras[Outline]:
    """Return the outline of the zone in force."""
    frame = layers.frame("deescalation_zone")
    spans = [
        (*_span(zone), Outline(area, float(zone["precision_m"] or 0)))
        for zone, area in zip(json_rows(frame), frame.geometry, strict=True)
    ]
    return _eras(spans)


def fronts(layers: Layers) -> Eras[Front]:
    """Return the control of territory; unknown in the gaps between two lines, and after `known_until`."""
    every = layers.frame("line_of_contact")
    by_date = dict(iter(every[every["run"] != "derived"].groupby("as_of", sort=False)))
    spans: list[tuple[int, int, Front]] = []
    earlier: list[Polygon] = []
    for as_of in sorted(by_date, key=first_day):
        lines = by_date[as_of]
        held = opposition_held(lines)
        if held is None:
            continue
        begins, ends = zip(*map(_span, json_rows(lines)), strict=True)
        spans.append((max(begins), min(*ends, known_until(layers)), _front(held, tuple(earlier), lines)))
        earlier.append(held)
    return _eras(spans)


def _front(held: Polygon, lost: tuple[Polygon, ...], lines: "gpd.GeoDataFrame") -> Front:
    shapes = list(zip(lines.geometry, json_rows(lines), strict=True))
    return Front(
        held,
        lost,
        tuple((line, tuple(map(float, own["vertex_precision_m"]))) for line, own in shapes if own["run"] == "contact"),
        tuple(Outline(line, float(own["precision_m"] or 0)) for line, own in shapes),
    )


def standing_posts(layers: Layers) -> Eras[Posts]:
    """Return the existing posts whose position is known; unknown after `known_until`."""
    every = layers.frame("observation_posts")
    posts = every[every.geometry.notna()]
    histories = [post_history(post) for post in json_rows(posts)]
    days = sorted({day for history in histories for day, _ in history})
    end = known_until(layers)
    starts = [day_number(date.fromisoformat(day)) for day in days]
    spans = []
    for day, (begins, ends) in zip(days, pairwise([*starts, _LAST_OF_ALL]), strict=True):
        standing = posts.loc[[stands_on(history, day) for history in histories]]
        if len(standing) and begins <= end:
            positions = shapely.get_coordinates(standing.geometry)
            spans.append((begins, min(ends - 1, end), Posts(tuple(standing["id"]), positions)))
    return _eras(spans)


def known_until(layers: Layers) -> int:
    """Return the day after which the layers contain nothing about lines and posts: their newest date."""
    stated = [
        text
        for layer, columns in _STATED.items()
        for column in columns
        for text in layers.frame(layer)[column].dropna()
    ]
    return max((day_number(last_day(text)) for text in stated), default=_LAST_OF_ALL)


def _span(row: Mapping[str, Any]) -> tuple[int, int]:
    """Return the first and the last day on which a row is certainly valid."""
    begins = day_number(last_day(row["valid_from"])) if row["valid_from"] else _FIRST_OF_ALL
    ends = day_number(first_day(row["valid_to"])) if row["valid_to"] else _LAST_OF_ALL
    return begins, ends


def _eras(spans: Iterable[tuple[int, int, T]]) -> Eras[T]:
    """Return spans (first and last day) in order; if two overlap, the later one counts."""
    starts: dict[int, T | None] = {}
    for begins, ends, state in sorted(spans, key=lambda span: span[0]):
        if begins <= ends:
            starts = {day: one for day, one in starts.items() if day < begins}
            starts[begins] = state
            if ends != _LAST_OF_ALL:
                starts[ends + 1] = None
    days = sorted(starts)
    return Eras(np.array(days, dtype=np.int64), tuple(starts[day] for day in days))

"""The situation on a day in numbers: the agreed posts by status, the joint patrols so far, the line of contact."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from geo.history.facts import opposition_held
from geo.history.timeline import (
    UNDATED,
    History,
    Period,
    Properties,
    Timeline,
    certain_from,
    post_history,
    timeline,
)
from geo.inputs.frames import json_rows
from geo.inputs.layers import Layers

# The status of a post before the first day on which it certainly exists.
NOT_YET = "not_yet"
# The statuses of a post in the order in which a sentence lists them.
POST_STATUSES = ("encircled", "opposition_held", "standing", "not_known", "evacuated", NOT_YET, UNDATED)
# The kind of the posts that were agreed, as opposed to additional ones.
_AGREED = "official"


@dataclass(frozen=True, slots=True)
class LineOfDay:
    """The line of contact of a day.

    Attributes
    ----------
    as_of : str
        The date of the line: a day, month or year.
    precision_m : float
        Largest precision of its parts, in metres; 0 if none is stated.
    is_part : bool
        Whether only a part of the line is known: its parts and the border do not form a closed ring.
    """

    as_of: str
    precision_m: float
    is_part: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """The situation on a day.

    Attributes
    ----------
    posts : mapping of str to int
        Number of agreed posts in each status that occurs, in the order of `POST_STATUSES`; empty without posts.
    patrols : int or None
        Number of joint patrols reported up to the day; None before the corridor was agreed, or without patrols.
    undated_patrols : int
        Number of patrols with an unknown day that their number puts before one of these.
    has_lines : bool
        Whether the folder contains lines of contact.
    line : LineOfDay or None
        The line of contact of the day; None if it is not known.
    """

    posts: Mapping[str, int]
    patrols: int | None
    undated_patrols: int
    has_lines: bool
    line: LineOfDay | None

    @property
    def agreed_posts(self) -> int:
        """Number of agreed posts, whether or not they exist on the day."""
        return sum(self.posts.values())


def situation(layers: Layers, day: date) -> Situation:
    """Return the situation on a day; what the layers do not contain is empty.

    Parameters
    ----------
    layers : Layers
        The layers.
    day : date
        The day.
    """
    return _Known.of(layers).on(day)


def situations(layers: Layers) -> Iterator[tuple[str, Situation]]:
    """Yield the situation from the first day of the map on, and from each day on which it changes.

    Yields
    ------
    (str, Situation)
        The day (ISO 8601) and the situation from that day on; oldest first.
    """
    known, terms = _Known.of(layers), layers.agreement.map
    before = None
    for day in sorted({terms.first_day, *(day for day in known.changes() if terms.first_day < day <= terms.last_day)}):
        now = known.on(date.fromisoformat(day))
        if now != before:
            yield day, now
        before = now


@dataclass(frozen=True, slots=True)
class _Known:
    """What the layers contain of all days: histories of the agreed posts, patrols with a number, lines with periods."""

    since: str | None
    posts: Sequence[History]
    patrols: Sequence[Properties]
    lines: Sequence[tuple[LineOfDay, Sequence[Period]]]

    @classmethod
    def of(cls, layers: Layers) -> "_Known":
        posts = [post for post in json_rows(layers.frame("observation_posts")) if post["kind"] == _AGREED]
        patrols = [patrol for patrol in json_rows(layers.frame("joint_patrols")) if patrol["number"]]
        return cls(
            layers.agreement.in_force_from, [post_history(post) for post in posts], patrols, list(_lines(layers))
        )

    def changes(self) -> Iterator[str]:
        """Yield the days on which the situation may change."""
        yield from (day for history in self.posts for day, _ in history)
        yield from (certain_from(patrol["date"]) for patrol in self.patrols if patrol["date"])
        yield from (day for _, periods in self.lines for period in periods for day in Timeline("", (period,)).changes())
        if self.since:
            yield self.since

    def on(self, day: date) -> Situation:
        counts = Counter(_status(history, day.isoformat()) for history in self.posts)
        posts = {status: counts[status] for status in POST_STATUSES if counts[status]}
        lines = (line for line, periods in self.lines if any(period.contains(day) for period in periods))
        newest = max(lines, key=lambda line: certain_from(line.as_of), default=None)
        return Situation(posts, *self._patrols(day.isoformat()), bool(self.lines), newest)

    def _patrols(self, day: str) -> tuple[int | None, int]:
        """Return the number of patrols up to a day, and of undated ones that their number puts before one of these."""
        if not self.patrols or (self.since and day < self.since):
            return None, 0
        past = [one["number"] for one in self.patrols if one["date"] and certain_from(one["date"]) <= day]
        undated = [one for one in self.patrols if not one["date"] and one["number"] < max(past, default=0)]
        return len(past), len(undated)


def _status(history: History, day: str) -> str:
    past = [status for since, status in history if since <= day]
    return past[-1] if past else NOT_YET if history else UNDATED


def _lines(layers: Layers) -> Iterator[tuple[LineOfDay, Sequence[Period]]]:
    """Yield each line of contact with its periods of validity, in days."""
    every = layers.frame("line_of_contact")
    for as_of, lines in every[every["run"] != "derived"].groupby("as_of", sort=False):
        line = LineOfDay(str(as_of), float(lines["precision_m"].fillna(0).max()), opposition_held(lines) is None)
        yield line, [period for row in json_rows(lines) for period in timeline(row).periods]

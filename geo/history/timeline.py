"""What a feature is on a day: whether it exists, its class and its number. This is the one home of the date rule.

A date may be known to the month or the year only. An event has happened, and a status holds, from the day on which it
is certain, the last day of its date. A validity contains every day that its ends can mean. Before the first certain
day of a post, it is not shown; a post without any date is undated and shown on every day.

Python asks a `Timeline` for a day. The page receives the periods of each timeline, and looks up the day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from geo.inputs.dates import first_day, last_day

# The value of `Style.by` for a layer whose class is a status, which depends on the day.
STATUS = "status"
# The status of a feature without a known date.
UNDATED = "undated"
# The statuses of a post that still exists.
STANDING = ("standing", "opposition_held", "encircled")
# The date of the column `status_2020_03_05`, when the protocol was signed.
_STATUS_DAY = "2020-03-05"

# The days (ISO 8601) on which a status changes, with the status from that day on, oldest first.
History = Sequence[tuple[str, str]]
Properties = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Period:
    """A period in which a feature exists and does not change; ends are inclusive, and None is open.

    Attributes
    ----------
    begin, end : str or None
        ISO 8601; a day, or in `periods_of` a month or year.
    status : str or None
        The status, if the layer has one.
    number : int or None
        The number inside the marker.
    """

    begin: str | None = None
    end: str | None = None
    status: str | None = None
    number: int | None = None

    def contains(self, day: date) -> bool:
        """Return whether the period contains a day."""
        return (not self.begin or first_day(self.begin) <= day) and (not self.end or day <= last_day(self.end))


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a feature is on each day.

    Attributes
    ----------
    class_ : str or None
        The class in a layer without a status; None if the feature has none.
    periods : tuple of Period
        The periods in which the feature exists, in days, oldest first.
    event_days : tuple of str
        The days of its events that are known to the day, ISO 8601; on these it is emphasised.
    """

    class_: str | None
    periods: tuple[Period, ...]
    event_days: tuple[str, ...] = ()

    def on(self, day: date) -> Period | None:
        """Return the period that contains a day; None if the feature does not exist on it."""
        return next((period for period in self.periods if period.contains(day)), None)

    def class_on(self, day: date) -> str | None:
        """Return the class on a day; None if the feature has none, or has a status and does not exist."""
        period = self.on(day)
        return period.status if period and period.status else self.class_

    def changes(self) -> list[str]:
        """Return the days on which the feature appears, changes its status and disappears; not those of its number."""
        if not self.periods:
            return []
        begin, end = self.periods[0].begin, self.periods[-1].end
        between = [after.begin for before, after in pairwise(self.periods) if after.status != before.status]
        return [day for day in (begin, *between, end and _days_later(end, 1)) if day]


def timeline(row: Properties, *, by: str = "", history: History = (), claims: Sequence[Properties] = ()) -> Timeline:
    """Return what a feature is on each day.

    Parameters
    ----------
    row : mapping of str to object
        Its columns, JSON-ready; ``valid_from``, ``valid_to``, ``date``, ``kind`` and ``number`` are used.
    by : str
        The column that contains the class of its layer, or ``status``; empty if the layer has a single class.
    history : sequence of (day, status)
        The changes of its status, if the layer has one.
    claims : sequence of mapping
        The events at a place of claims, which are counted up to the day.
    """
    happened = row.get("date")
    lasting = (_validity(row), Period(happened and certain_from(happened)))
    numbered = [Period(begin, end, number=count) for begin, end, count in _spans(_counts(claims))]
    official = row.get("number") if row.get("kind") == "official" else None
    periods = (
        _common(*lasting, status, number)
        for status in (_statuses(history) if by == STATUS else [Period()])
        for number in numbered or [Period(number=official)]
    )
    dates = (one.get("date") for one in (row, *claims))
    exact = tuple(dict.fromkeys(day for day in dates if day and first_day(day) == last_day(day)))
    return Timeline(_class(row, by), tuple(filter(None, periods)), exact)


def periods_of(row: Properties, history: History | None) -> list[Period]:
    """Return the time spans of a feature for exchange formats, oldest first; at least one.

    In contrast to `timeline`, an event spans its date only, and a validity is as precise as it is known.

    Parameters
    ----------
    row : mapping of str to object
        Its columns; ``valid_from``, ``valid_to`` and ``date`` are used.
    history : sequence of (day, status), optional
        The changes of its status; None if the layer has no status.
    """
    valid = _validity(row)
    if history is None:
        happened = row.get("date")
        return [Period(happened, happened) if happened else valid]
    found = [period for status in _statuses(history) if (period := _common(valid, status)) is not None]
    return found or [Period(valid.begin, valid.end, UNDATED)]


def is_valid(row: Properties, day: date) -> bool:
    """Return whether a day is within the validity of a feature; ends are inclusive, and a missing end is open."""
    return _validity(row).contains(day)


def status_on(day: date, history: History) -> str | None:
    """Return the status on a day; None before the first one, and `UNDATED` without a history."""
    period = timeline({}, by=STATUS, history=history).on(day)
    return period.status if period else None


def stands_on(history: History, day: str) -> bool:
    """Return whether a post with this history certainly exists on a day (ISO 8601)."""
    return status_on(date.fromisoformat(day), history) in STANDING


def certain_from(known: str) -> str:
    """Return the day (ISO 8601) from which it is certain that something has happened: the last day of its date."""
    return last_day(known).isoformat()


def post_history(post: Properties) -> tuple[tuple[str, str], ...]:
    """Return the days from which each status of a post is certain, oldest first.

    A date known to the month or the year counts from its last day. If the date of a change is unknown, the status of
    5 March 2020 counts from that day. If the day on which a post was left is unknown, its status is unknown after
    `attested_until`, and evacuated from `gone_by` on. A post without any date has no history.

    Parameters
    ----------
    post : mapping of str to object
        A row of ``observation_posts``, from `geo.inputs.frames.json_rows`.

    Returns
    -------
    tuple of (day, status)
        Days in ISO 8601; statuses ``standing`` (side not stated), ``opposition_held``, ``encircled``, ``not_known``,
        ``evacuated``.
    """
    status = post["status_2020_03_05"]
    later: list[tuple[str, str]] = []
    if status and (not post["established_on"] or (status == "encircled" and not post["encircled_on"])):
        later.append((_STATUS_DAY, status))
    if post["encircled_on"]:
        later.append((certain_from(post["encircled_on"]), "encircled"))
    if post["attested_until"] and (later or post["established_on"]):
        later.append((_days_later(certain_from(post["attested_until"]), 1), "not_known"))
    if left := post["evacuated_on"] or post["gone_by"]:
        later.append((certain_from(left), "evacuated"))
    later.sort(key=lambda step: step[0])
    if not post["established_on"]:
        return tuple(later)
    # A post existed by the day of any event at it, even if only the month of its establishment is known.
    seen = [certain_from(post["attested_until"])] if post["attested_until"] else []
    first = min([certain_from(post["established_on"]), *seen, *(day for day, _ in later)])
    held = status is not None or post["encircled_on"] is not None
    return ((first, "opposition_held" if held else "standing"), *later)


def post_dates(post: Properties) -> tuple[tuple[str, str], ...]:
    """Return the known dates of a post, oldest event first, each as precise as it is known.

    Parameters
    ----------
    post : mapping of str to object
        As for `post_history`.

    Returns
    -------
    tuple of (event, date)
        Events ``established``, ``encircled``, ``encircled_by`` (the day is unknown, but it was by then), ``evacuated``,
        ``attested`` (last, where it is unknown when it was left), ``gone_by``; dates are a day, month or year.
    """
    is_encircled = post["status_2020_03_05"] == "encircled" and not post["encircled_on"]
    dates = {
        "established": post["established_on"],
        "encircled": post["encircled_on"],
        "encircled_by": _STATUS_DAY if is_encircled else None,
        "attested": None if post["evacuated_on"] else post["attested_until"],
        "evacuated": post["evacuated_on"],
        "gone_by": None if post["evacuated_on"] else post["gone_by"],
    }
    return tuple((event, day) for event, day in dates.items() if day)


def _class(row: Properties, by: str) -> str | None:
    """Return the class in a layer without a status; None if the feature has none."""
    if not by:
        return ""
    value = None if by == STATUS else row.get(by)
    return None if value in (None, "") else str(value)


def _validity(row: Properties) -> Period:
    return Period(row.get("valid_from"), row.get("valid_to"))


def _statuses(history: History) -> list[Period]:
    """Return the periods of each status; an undated one without a history."""
    return [Period(begin, end, status) for begin, end, status in _spans(history)] or [Period(status=UNDATED)]


def _counts(claims: Sequence[Properties]) -> list[tuple[str, int]]:
    """Return the days from which a number of claims is certain, with the number."""
    return [(day, count) for count, day in enumerate(sorted(certain_from(claim["date"]) for claim in claims), start=1)]


def _spans(steps: Sequence[tuple[str, T]]) -> Iterator[tuple[str, str | None, T]]:
    """Yield the first and the last day of each value, from the days on which it changes."""
    following = [day for day, _ in steps[1:]]
    for (begin, value), after in zip(steps, [*following, None], strict=False):
        end = after and _days_later(after, -1)
        if end is None or begin <= end:  # of two changes on one day, only the later one counts
            yield begin, end, value


def _common(*periods: Period) -> Period | None:
    """Return the days that periods have in common, with the status and the number that are known; None if none."""
    begin = max((first_day(period.begin).isoformat() for period in periods if period.begin), default=None)
    end = min((last_day(period.end).isoformat() for period in periods if period.end), default=None)
    status = next((period.status for period in periods if period.status is not None), None)
    number = next((period.number for period in periods if period.number is not None), None)
    return None if begin and end and end < begin else Period(begin, end, status, number)


def _days_later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()

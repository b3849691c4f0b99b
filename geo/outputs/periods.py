"""Periods of a feature: its validity, the day on which it happened, and the history of its status."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from geo.inputs.dates import first_day, last_day

# The status of a feature without a known date.
UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class Period:
    """A period in which a feature has one class; ends are inclusive, and None is open.

    Attributes
    ----------
    begin, end : str or None
        ISO 8601: day, month or year, as precise as it is known.
    status : str or None
        The status, if the layer has one.
    """

    begin: str | None = None
    end: str | None = None
    status: str | None = None


def periods_of(row: Mapping[str, Any], history: Sequence[tuple[str, str]] | None) -> list[Period]:
    """Return the periods of a feature, oldest first; at least one.

    Parameters
    ----------
    row : mapping of str to object
        Its columns; ``valid_from``, ``valid_to`` and ``date`` are used.
    history : sequence of (day, status), optional
        The days on which its status changes, with the new status, oldest first; None if the layer has no status.
    """
    valid = Period(row.get("valid_from"), row.get("valid_to"))
    if history is None:
        happened = row.get("date")
        return [Period(happened, happened) if happened else valid]
    found = [period for step in _steps(history) if (period := _within(step, valid)) is not None]
    return found or [Period(valid.begin, valid.end, UNDATED)]


def status_on(day: date, history: Sequence[tuple[str, str]]) -> str | None:
    """Return the status on a day; None before the first one, and `UNDATED` without a history."""
    if not history:
        return UNDATED
    return next((status for since, status in reversed(history) if date.fromisoformat(since) <= day), None)


def _steps(history: Sequence[tuple[str, str]]) -> Iterator[Period]:
    for (begin, status), (following, _) in pairwise([*history, ("", "")]):
        end = (date.fromisoformat(following) - timedelta(days=1)).isoformat() if following else None
        if end is None or begin <= end:  # of two changes on one day, only the later one counts
            yield Period(begin, end, status)


def _within(period: Period, valid: Period) -> Period | None:
    """Return the part of a period during which the feature is valid."""
    begin = max(filter(None, (period.begin, valid.begin and first_day(valid.begin).isoformat())), default=None)
    end = min(filter(None, (period.end, valid.end and last_day(valid.end).isoformat())), default=None)
    return None if begin and end and end < begin else Period(begin, end, period.status)

"""Dates known to the day, the month or the year, in ISO 8601."""

import calendar
import re
from datetime import date, datetime

from geo.errors import DayError

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def first_day(text: str) -> date:
    """Return the earliest day that a date can mean.

    Parameters
    ----------
    text : str
        ``2020-02-17``, ``2020-02`` or ``2020``.

    Raises
    ------
    ValueError
        If the text is not such a date.
    """
    year, month, day = _parts(text)
    return date(year, month or 1, day or 1)


def last_day(text: str) -> date:
    """Return the latest day that a date can mean; parameters and errors are those of `first_day`."""
    year, month, day = _parts(text)
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


def day_of(as_of: date | str) -> date:
    """Return a requested day.

    Parameters
    ----------
    as_of : date or str
        A date or a time, or a text such as ``2020-03-06``.

    Raises
    ------
    DayError
        If the text is not such a date.
    """
    try:
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    except ValueError:
        raise DayError(f"{as_of!r} is not a date (YYYY-MM-DD)") from None
    return day.date() if isinstance(day, datetime) else day


def _parts(text: str) -> tuple[int, int | None, int | None]:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date (YYYY-MM-DD, YYYY-MM or YYYY)")
    year, month, day = (int(part) if part else None for part in match.groups())
    date(year or 0, month or 1, day or 1)  # raises for 31 June
    return year or 0, month, day

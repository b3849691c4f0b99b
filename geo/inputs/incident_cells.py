"""Numbers, texts and days from the cells of a table of incidents. Days are counted from 1 January 1970."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import DataError, Problem

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Days = npt.NDArray[np.int64]
Order = Literal["day-first", "month-first"]

ORDERS: tuple[Order, ...] = ("day-first", "month-first")
# The day of a row without a date; numpy gives this number to "not a time".
UNKNOWN_DAY = np.iinfo(np.int64).min
# The day of an instant is the day on clocks in Syria.
SYRIAN_TIME = ZoneInfo("Asia/Damascus")
# A date outside these years is a typing error.
FIRST_YEAR, LAST_YEAR = 1900, 2100


def arrow_array(cells: Sequence[Any]) -> Any:
    """Return cells as an Arrow array; cells of several types, and lists, become texts, as they are in a CSV."""
    try:
        array = pa.array(cells, from_pandas=True)
    except (pa.ArrowException, OverflowError):
        array = None
    if array is None or pa.types.is_nested(array.type):
        array = pa.array([None if cell is None else _text(cell) for cell in cells], pa.string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _text(cell: Any) -> str:
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | dict) else str(cell)


def is_text(kind: Any) -> bool:
    """Return whether an Arrow type is text, or a dictionary of texts."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def as_text(column: Any) -> Any:
    """Return an Arrow array as texts."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string())


def numbers_of(column: Any) -> tuple[Floats, Truths]:
    """Return the numbers of a column, NaN where there is none, and which cells are blank.

    A number in a text has a decimal point, as in ``-12.5`` or ``1e-3``, or a decimal comma after at most three digits:
    as a thousands separator, it would make a number that is no degree. Every other text is NaN.
    """
    if is_text(column.type):
        text = pc.fill_null(pc.utf8_trim_whitespace(as_text(column)), "")
        if pc.any(pc.match_substring(text, ",")).as_py():
            text = pc.replace_substring_regex(text, r"^([+-]?[0-9]{1,3}),([0-9]+)$", r"\1.\2")
        is_number = pc.match_substring_regex(text, r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$")
        plain = pc.utf8_ltrim(pc.if_else(is_number, text, "nan"), "+")
        return np.asarray(plain.cast(pa.float64())), np.asarray(pc.equal(text, ""))
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return np.full(len(column), np.nan), np.asarray(pc.is_null(column))
    blank = np.asarray(pc.is_null(column, nan_is_null=True))
    return np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), float("nan"))), blank


# ---- Days ----

_TIME = (
    r"(?:[Tt ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:[.,]\d+)?)?(?:\s*(?P<half>[AaPp])[Mm])?"
    r"\s*(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
_YEAR_FIRST, _NAMED, _DAY_FIRST, _MONTH_FIRST = (
    re.compile(rf"\s*{pattern}{_TIME}\s*", re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})[- ](?P<month>[A-Za-z]+)[- ](?P<year>\d{4})",
        r"(?P<day>\d{1,2})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<year>\d{4})",
        r"(?P<month>\d{1,2})(?P<sign>[-/.])(?P<day>\d{1,2})(?P=sign)(?P<year>\d{4})",
    )
)
_PATTERNS = {
    None: (_YEAR_FIRST, _NAMED),
    "day-first": (_YEAR_FIRST, _NAMED, _DAY_FIRST),
    "month-first": (_YEAR_FIRST, _NAMED, _MONTH_FIRST),
}
# How R, pandas and data bases write that there is no date.
_NO_DATE = ("", "na", "n/a", "nan", "nat", "null", "none")
_ORDERED = r"^\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_EPOCH = datetime(1970, 1, 1).toordinal()


def order_of(columns: Iterable[Any], file: str, name: str) -> Order | None:
    """Return the order of day and month in a column of dates; None if no date depends on it.

    Parameters
    ----------
    columns : iterable of pyarrow.Array
        The whole column, in parts: one date that has a single reading, such as ``3/13/2020``, decides for all.
    file, name : str
        The table and the column, for the error message.

    Raises
    ------
    DataError
        If no date decides although some depend on the order, or dates prove both orders.
    """
    proofs: dict[Order, str] = {}
    ambiguous = None
    for column in columns:
        if not is_text(column.type):
            continue
        texts = pc.unique(as_text(column)).drop_null()
        for text in texts.filter(pc.match_substring_regex(texts, _ORDERED)).to_pylist():
            days = {order: _day_of(text, order) for order in ORDERS}
            readings = [order for order in ORDERS if days[order] is not None]
            if len(readings) == 1:
                proofs.setdefault(readings[0], text)
            elif readings and days["day-first"] != days["month-first"]:
                ambiguous = ambiguous or text
    if len(proofs) == 2:
        found = f"both day first ({proofs['day-first']}) and month first ({proofs['month-first']})"
        repair = (
            "write dates as YYYY-MM-DD; with --dates day-first or month-first, rows in the other order are rejected"
        )
        raise DataError([Problem(file, "", name, found, repair)])
    if ambiguous and not proofs:
        found = f"{ambiguous!r} may be day first or month first"
        repair = "say which: --dates day-first or --dates month-first (in geo.classify, dates=…)"
        raise DataError([Problem(file, "", name, found, repair)])
    return next(iter(proofs), None)


def days_of(column: Any, order: Order | None = None) -> tuple[Days, Truths]:
    """Return the day of each row, `UNKNOWN_DAY` where there is none, and whether the cell is a bad date.

    The day of a time with a zone is the day in Syria; any other time of day is ignored.

    Parameters
    ----------
    column : pyarrow.Array
        Dates, times, or texts: ``2020-03-05`` or ``2020/03/05``, with or without a time, ``05 March 2020``, and in a
        known order ``5/3/2020``. ``NA``, ``NaT``, ``null`` and the like are no date, as is an empty text.
    order : str, optional
        One of `ORDERS`.
    """
    if pa.types.is_timestamp(column.type) and column.type.tz:
        column = pc.local_timestamp(column.cast(pa.timestamp(column.type.unit, SYRIAN_TIME.key)))
    if pa.types.is_timestamp(column.type):
        column = pc.floor_temporal(column, unit="day")
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        days = np.asarray(pc.fill_null(column.cast(pa.date32(), safe=False).cast(pa.int32()), 0)).astype(np.int64)
        blank = np.asarray(pc.is_null(column))
    else:
        texts = pc.fill_null(as_text(column), "").dictionary_encode()
        words = texts.dictionary.to_pylist()
        codes = np.asarray(texts.indices)
        days = np.array([_day_or_unknown(word, order) for word in words], dtype=np.int64)[codes]
        blank = np.array([word.strip().lower() in _NO_DATE for word in words], dtype=bool)[codes]
    first, last = (datetime(year, 1, 1).toordinal() - _EPOCH for year in (FIRST_YEAR, LAST_YEAR + 1))
    bad = ~blank & ((days < first) | (days >= last))
    days[blank | bad] = UNKNOWN_DAY
    return days, bad


def _day_or_unknown(text: str, order: Order | None) -> int:
    day = _day_of(text, order)
    return UNKNOWN_DAY if day is None else day


def _day_of(text: str, order: Order | None) -> int | None:
    """Return the number of the day of a date; None if it is not a date."""
    match = next((found for pattern in _PATTERNS[order] if (found := pattern.fullmatch(text))), None)
    if match is None and order is None:
        match = _DAY_FIRST.fullmatch(text)
        if match and int(match["day"]) != int(match["month"]):  # 3/3/2020 is one day in either order
            return None
    if match is None:
        return None
    month = match["month"]
    number = int(month) if month.isdigit() else _month_number(month.lower())
    try:
        moment = datetime(
            int(match["year"]),
            number,
            int(match["day"]),
            _hour(match["hour"], match["half"]),
            int(match["minute"] or 0),
        )
        if match["zone"]:
            moment = moment.replace(tzinfo=_zone(match["zone"])).astimezone(SYRIAN_TIME)
    except (ValueError, OverflowError):
        return None
    return moment.toordinal() - _EPOCH


def _hour(text: str | None, half: str | None) -> int:
    """Return an hour of 0 to 23; that of a clock of twelve hours has a `half`, ``a`` or ``p``."""
    hour = int(text or 0)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half in "Pp" else 0)
    return hour


def _month_number(name: str) -> int:
    return next((number for number, month in enumerate(_MONTHS, 1) if name in (month, month[:3])), 0)


@lru_cache(maxsize=64)
def _zone(text: str) -> timezone:
    if text in ("Z", "z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:]) if len(text) > 3 else 0))


def syrian_days_of(days: Days, clock: Any) -> Days:
    """Return the days in Syria of days and times in UTC; a day whose time is not known stays as it is."""
    time = np.nan_to_num(numbers_of(pc.replace_substring(as_text(clock), ":", ""))[0], nan=-1.0)
    known = (days != UNKNOWN_DAY) & (time >= 0) & (time < 2400) & (time % 100 < 60)
    minutes = np.where(known, days, 0) * 1440 + (np.where(known, time, 0) // 100 * 60 + time % 100).astype(np.int64)
    local, _ = days_of(pa.array(minutes * 60, pa.timestamp("s", "UTC")))
    return np.where(known, local, days)

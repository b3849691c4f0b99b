"""Days of incidents, from whatever a column writes them in, as numbers counted from 1 January 1970."""

import re
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.int64]
# A day before or after these years is a slip of the pen.
FIRST_YEAR, LAST_YEAR = 1900, 2100

_EPOCH = date(1970, 1, 1).toordinal()
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(rf"(\d{{4}})-(\d{{2}})-(\d{{2}}){_TIME}", re.ASCII)
_NAMED = re.compile(rf"(\d{{1,2}})[- ]([A-Za-z]+)[- ](\d{{4}}){_TIME}", re.ASCII)
_DAY_FIRST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}", re.ASCII)


def days_of(column: Any, *, is_day_first: bool = False) -> tuple[Days, npt.NDArray[np.bool_]]:
    """Return the day of each row, and whether there is one; the time of day is left aside.

    Parameters
    ----------
    column : pyarrow.Array
        Dates, times, or text: ISO 8601 (``2020-03-05``, with a time or without), or with the English name of the month
        (``05 March 2020``).
    is_day_first : bool
        Whether ``05/03/2020`` is documented to be the fifth of March. Otherwise it is no date: it may be the third of
        May as well.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        known = np.asarray(pc.is_valid(column))
        # floor, not a cast: a time before 1970 belongs to the day that it is in
        moments = pc.fill_null(column, pa.scalar(0).cast(kind) if pa.types.is_timestamp(kind) else date(1970, 1, 1))
        days = np.asarray(moments).astype("datetime64[D]").astype(np.int64)
        return days, known & _is_plausible(days)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        column = pc.cast(column, pa.string()) if not pa.types.is_null(kind) else pa.nulls(len(column), pa.string())
    return _days_of_text(pc.fill_null(column.cast(pa.string()), ""), is_day_first)


def _days_of_text(column: Any, is_day_first: bool) -> tuple[Days, npt.NDArray[np.bool_]]:
    import pyarrow as pa

    length = len(column)
    days, known = np.zeros(length, dtype=np.int64), np.zeros(length, dtype=bool)
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32, count=length + 1, offset=4 * column.offset)
    data = column.buffers()[2]
    text = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(1, dtype=np.uint8)
    plain = np.flatnonzero(np.diff(offsets) == 10)
    if len(plain):
        days[plain], known[plain] = _days_of_digits(text, offsets[plain])
    other = np.flatnonzero(~known & (np.diff(offsets) > 0))
    if len(other):
        words, codes = _distinct(column, other, pa)
        found = [_day_of_word(word, is_day_first) for word in words]
        days[other] = np.array([day or 0 for day in found], dtype=np.int64)[codes]
        known[other] = np.array([day is not None for day in found])[codes]
    return days, known & _is_plausible(days)


def _distinct(column: Any, which: npt.NDArray[np.intp], pa: Any) -> tuple[list[str], npt.NDArray[np.intp]]:
    encoded = column.take(pa.array(which)).dictionary_encode()
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices).astype(np.intp)


def _days_of_digits(text: npt.NDArray[np.uint8], first: npt.NDArray[np.int32]) -> tuple[Days, npt.NDArray[np.bool_]]:
    """Return the days of texts of ten characters, ``YYYY-MM-DD``; whatever else they are is not known."""
    characters = [text[first + at] for at in range(10)]
    digits = [characters[at].astype(np.int64) - ord("0") for at in (0, 1, 2, 3, 5, 6, 8, 9)]
    known = (characters[4] == ord("-")) & (characters[7] == ord("-"))
    for digit in digits:
        known &= (digit >= 0) & (digit <= 9)
    year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
    month, day = digits[4] * 10 + digits[5], digits[6] * 10 + digits[7]
    known &= (month >= 1) & (month <= 12) & (day >= 1) & (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    year, month = np.where(known, year, 1970), np.where(known, month, 1)
    begins = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first_days = begins.astype("datetime64[D]").astype(np.int64)
    last_days = (begins + 1).astype("datetime64[D]").astype(np.int64) - 1
    days = first_days + day - 1
    return days, known & (days <= last_days)


def _day_of_word(word: str, is_day_first: bool) -> int | None:
    word = word.strip()
    if match := _ISO.fullmatch(word):
        return _number(int(match[1]), int(match[2]), int(match[3]))
    if match := _NAMED.fullmatch(word):
        name = match[2].lower()
        month = _LONG_MONTHS.index(name) if name in _LONG_MONTHS else _MONTHS.index(name) if name in _MONTHS else -1
        return _number(int(match[3]), month + 1, int(match[1]))
    if is_day_first and (match := _DAY_FIRST.fullmatch(word)):
        return _number(int(match[4]), int(match[3]), int(match[1]))
    return None


def _number(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None


def _is_plausible(days: Days) -> npt.NDArray[np.bool_]:
    first, last = (date(year, 1, 1).toordinal() - _EPOCH for year in (FIRST_YEAR, LAST_YEAR + 1))
    return (days >= first) & (days < last)

"""A whole table of incidents in memory, for what looks at all of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.errors import DataError, OutputError, Problem
from geo.inputs.files import InputFile, digest_of
from geo.inputs.incident_batches import Source
from geo.inputs.incident_files import open_source
from geo.inputs.incident_formats import Columns, recognise
from geo.inputs.incident_values import is_regional, values_of


class WordColumn(NamedTuple):
    """A column of few different words: of each row the number of its word, -1 for none."""

    name: str
    codes: npt.NDArray[np.int32]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IncidentTable:
    """The rows of a table that have a position.

    Attributes
    ----------
    file : InputFile
        What was read; its rows are all rows, placed or not.
    lon, lat : arrays of float
        Degrees (WGS 84).
    day : array of int or None
        Numbers of days since 1 January 1970; None if the table has no days.
    words : tuple of WordColumn
        The other columns, as far as they hold few different words.
    """

    file: InputFile
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    day: npt.NDArray[np.int64] | None
    words: tuple[WordColumn, ...]


def read_incidents(path: Path, *, most_rows: int, most_words: int, leaving_out: Sequence[str] = ()) -> IncidentTable:
    """Read a table of incidents whole.

    Parameters
    ----------
    path : Path
        A CSV, Parquet, GeoParquet or GeoJSON file, as `geo.incidents` takes or writes them.
    most_rows : int
        A larger table is refused.
    most_words : int
        A column of more different words is not kept.
    leaving_out : sequence of str
        Columns that are not kept either.

    Raises
    ------
    DataError
        If it is no such table, there is no telling where the positions stand, or it is too large.
    OutputError
        If it cannot be read.
    """
    source = open_source(path)
    columns = recognise(source.name, source.schema.names, {}, geometry=source.geometry)
    batches, rows = _batches(source, columns, most_rows)
    count = sum(len(kept.lon) for kept in batches)
    used = {columns.lat, columns.lon, columns.date, columns.geometry, source.geometry, *leaving_out}
    names = [name for name in source.schema.names if name not in used]
    found = (_word_column(name, [kept.batch for kept in batches], count, most_words) for name in names)
    return IncidentTable(
        _input_file(path, rows),
        np.concatenate([np.empty(0), *(kept.lon for kept in batches)]),
        np.concatenate([np.empty(0), *(kept.lat for kept in batches)]),
        None
        if columns.date is None
        else np.concatenate([np.empty(0, np.int64), *(kept.day for kept in batches if kept.day is not None)]),
        tuple(column for column in found if column),
    )


class _Kept(NamedTuple):
    batch: Any
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    day: npt.NDArray[np.int64] | None


def _batches(source: Source, columns: Columns, most_rows: int) -> tuple[list[_Kept], int]:
    """Return the rows that have a position, and how many rows there are in all."""
    import pyarrow as pa

    kept: list[_Kept] = []
    total, regional = 0, None
    for pending in source.batches():
        rows = pending()
        total += rows.batch.num_rows + len(rows.refused)
        if total > most_rows:
            found = f"more than {most_rows:,} rows"
            raise DataError([Problem(source.name, "", "rows", found, "keep those that the map is to show")])
        regional = is_regional(rows.batch, columns) if regional is None else regional
        values = values_of(rows.batch, columns, is_regional=regional)
        good = np.flatnonzero(values.fault < 0)
        batch = rows.batch if len(good) == len(values.fault) else rows.batch.take(pa.array(good))
        kept.append(_Kept(batch, values.lon[good], values.lat[good], None if values.day is None else values.day[good]))
    return kept, total


def _word_column(name: str, batches: Sequence[Any], count: int, most_words: int) -> WordColumn | None:
    """Return a column of texts if it has few different ones, and they are words."""
    import pyarrow as pa
    import pyarrow.compute as pc

    chunks = [batch.column(name) for batch in batches]
    kind = chunks[0].type if chunks else pa.null()
    if not (pa.types.is_dictionary(kind) or pa.types.is_string(kind)):
        return None
    texts = pa.chunked_array([chunk.cast(pa.string()) for chunk in chunks], pa.string())
    blank = pc.equal(pc.utf8_trim_whitespace(texts), "")
    texts = pc.if_else(blank, pa.scalar(None, pa.string()), texts)
    words = pc.unique(texts).drop_null()
    if not 1 < len(words) <= most_words or len(words) == count:
        return None
    ordered = sorted(words.to_pylist())
    if all(map(_is_number, ordered)):
        return None  # a code means nothing without its book
    codes = pc.fill_null(pc.index_in(texts, pa.array(ordered, pa.string())), -1)
    return WordColumn(name, np.asarray(codes, dtype=np.int32), tuple(ordered))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _input_file(path: Path, rows: int) -> InputFile:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error
    return InputFile(path.name, len(content), digest_of(content), rows)

"""Incidents as the page's script reads them: columns of numbers in the order of their days, packed as base64."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import DataError, Problem
from geo.history.classification import COLUMNS, Classifier, Places
from geo.inputs.files import InputFile, digest_of
from geo.inputs.incident_cells import UNKNOWN_DAY, as_text, is_text, numbers_of
from geo.inputs.incident_columns import values_of
from geo.inputs.incident_csv import reading
from geo.inputs.incident_files import LAT, LON, IncidentFile, open_incidents
from geo.inputs.layers import Layers

# A page with more than these opens slowly on a telephone.
MOST_INCIDENTS = 300_000
# The columns that a tooltip shows: the first few texts with at most so many different values.
MOST_WORDS = 250
_MOST_COLUMNS = 4
_PER_DEGREE = 1e5  # a metre; a pixel of the closest zoom is 8 m
_PER_KM = 10
_COMPUTED = ("in_corridor", "side", "chainage_km", "nearest_post")


@dataclass(frozen=True, slots=True)
class PageIncidents:
    """Incidents for the page, and the file that they come from."""

    file: InputFile
    data: Mapping[str, Any]


class WordColumn(NamedTuple):
    """A column of few different texts: the number of the text of each row, -1 for none, and the texts."""

    name: str
    codes: npt.NDArray[np.int32]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IncidentTable:
    """The rows of a table that can be shown.

    Attributes
    ----------
    file : InputFile
        The file; its rows are all rows, shown or not.
    lon, lat : arrays of float
        Degrees (WGS 84).
    day : array of int or None
        Numbers of days, `UNKNOWN_DAY` if a row has none; None if the table has no dates.
    words : tuple of WordColumn
        Other columns with few different texts.
    """

    file: InputFile
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    day: npt.NDArray[np.int64] | None
    words: tuple[WordColumn, ...]


def incidents_for_page(path: Path, layers: Layers) -> PageIncidents:
    """Read a table of incidents and return what the page contains of it.

    Raises
    ------
    DataError
        If it is not such a table, or has more than `MOST_INCIDENTS` rows.
    OutputError
        If it cannot be read.
    """
    table = read_incidents(path)
    return PageIncidents(table.file, page_incidents(table, Classifier.of(layers)))


def read_incidents(path: Path, *, most_rows: int = MOST_INCIDENTS, most_words: int = MOST_WORDS) -> IncidentTable:
    """Read a table of incidents whole; columns of more different texts are left out; raises as `incidents_for_page`."""
    source = open_incidents(path)
    batches, values, count = [], [], 0
    for rows in source.rows():
        count += rows.batch.num_rows + len(rows.refused)
        if count > most_rows:
            found = f"more than {most_rows:,} rows"
            raise DataError([Problem(source.name, "", "rows", found, "keep the rows that the map should show")])
        values.append(values_of(rows.batch, source.columns, is_regional=source.is_regional))
        batches.append(rows.batch)
    table = pa.Table.from_batches(batches, source.schema)
    good = np.concatenate([np.empty(0, bool), *(one.fault < 0 for one in values)])
    lon, lat = (np.concatenate([np.empty(0), *(getattr(one, axis) for one in values)])[good] for axis in ("lon", "lat"))
    days = [one.day for one in values if one.day is not None]
    day = None if source.columns.date is None else np.concatenate([np.empty(0, np.int64), *days])[good]
    with reading(path):
        content = path.read_bytes()
    file = InputFile(path.name, len(content), digest_of(content), count)
    return IncidentTable(file, lon, lat, day, _word_columns(source, table.filter(pa.array(good)), most_words))


def _word_columns(source: IncidentFile, table: Any, most_words: int) -> tuple[WordColumn, ...]:
    """Return the columns of texts that repeat; texts that are numbers are codes, which say nothing to readers."""
    columns = []
    for field in table.schema:
        if field.name in {*source.columns.used, *COLUMNS, LON, LAT} or not is_text(field.type):
            continue
        texts = as_text(table[field.name].combine_chunks())
        texts = pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), pa.scalar(None, pa.string()), texts)
        words = pc.unique(texts).drop_null()
        if not 1 < len(words) <= most_words or len(words) == len(texts) or np.isfinite(numbers_of(words)[0]).all():
            continue
        words = words.sort()
        codes = np.asarray(pc.fill_null(pc.index_in(texts, words), -1), dtype=np.int32)
        columns.append(WordColumn(field.name, codes, tuple(words.to_pylist())))
    return tuple(columns)


def page_incidents(table: IncidentTable, where: Classifier) -> dict[str, Any]:
    """Return what the page contains of a table of incidents, JSON-ready.

    Positions are rounded to 0.00001 degrees. Columns of an earlier classification are ignored: they are computed again
    from the layers that the page shows.

    Parameters
    ----------
    table : IncidentTable
        Rows that have a position.
    where : Classifier
        The geometry of the layers.
    """
    days = np.full(len(table.lon), UNKNOWN_DAY) if table.day is None else table.day
    order = np.lexsort((table.lat, table.lon, days))
    places = Places(table.lon[order], table.lat[order], None if table.day is None else days[order])
    found: Mapping[str, Any] = where.columns(places, _COMPUTED)
    side, post = found["side"], found["nearest_post"]
    undated = int(np.count_nonzero(days == UNKNOWN_DAY))
    chainage = np.nan_to_num(found["chainage_km"], nan=0.0)
    return {
        "file": table.file.name,
        "rows": len(order),
        "unplaced": (table.file.rows or 0) - len(order),
        "undated": undated,
        "lon": _packed(np.round(places.lon * _PER_DEGREE), np.int32),
        "lat": _packed(np.round(places.lat * _PER_DEGREE), np.int32),
        "day": _packed(np.where(days == UNKNOWN_DAY, 0, days)[order], np.int32),
        "chainage": _packed(np.clip(np.round(chainage * _PER_KM), 0, np.iinfo(np.uint16).max), np.uint16),
        "side": _coded(np.where(found["in_corridor"], side.codes, -1), side.words),
        "post": _coded(post.codes, post.words),
        "columns": [
            {"name": column.name, **_coded(column.codes[order], column.words)} for column in table.words[:_MOST_COLUMNS]
        ],
    }


def _coded(codes: npt.NDArray[np.int32], words: Sequence[str]) -> dict[str, Any]:
    """Return a column of words as numbers, 0 for none, and the list of the words."""
    kind = np.uint8 if len(words) < np.iinfo(np.uint8).max else np.uint16
    return {"codes": _packed(codes + 1, kind), "texts": list(words)}


_KINDS = {np.dtype(np.int32): "i32", np.dtype(np.uint16): "u16", np.dtype(np.uint8): "u8"}


def _packed(numbers: Any, kind: Any) -> dict[str, str]:
    """Return numbers as the bytes of an array, least significant first."""
    array = np.asarray(numbers).astype(np.dtype(kind).newbyteorder("<"))
    return {"kind": _KINDS[np.dtype(kind)], "data": b64encode(array.tobytes()).decode("ascii")}

"""A table of incidents with the added columns: as Arrow, and as the text of a CSV or GeoJSON file."""

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.history.classification import COLUMNS, Classifier, Column, Places, Words
from geo.inputs.incident_batches import Refusal, Rows
from geo.inputs.incident_formats import Columns
from geo.inputs.incident_values import REASONS, found_in, points_of, values_of
from geo.outputs.formulas import FORMULA_SIGNS, GUARD, NUMBER, guarded_text

REJECT_COLUMNS = ("file", "row", "line", "reason", "found")
# Of each week and side: rows in the corridor, in the zone, in neither, and all rows.
COUNTS = ("in_corridor", "in_zone", "outside", "rows")

Tally = Counter[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Classified:
    """Some rows with the added columns, and what became of the others.

    Attributes
    ----------
    batch : pyarrow.RecordBatch
        The rows that were classified.
    refused : tuple of Refusal
        The rows that were not, in their order.
    tally : Counter
        By week, side and one of `COUNTS`, how many rows.
    """

    batch: Any
    refused: tuple[Refusal, ...]
    tally: Tally = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with every batch of an input.

    Attributes
    ----------
    where : Classifier
        The geometry.
    columns : Columns
        Which columns of the input count.
    is_regional : bool
        As `geo.inputs.incident_values.values_of` has it.
    file : str
        Name of the input.
    """

    where: Classifier
    columns: Columns
    is_regional: bool
    file: str


def classified(rows: Rows, task: Task) -> Classified:
    """Return rows with the added columns; rows with a fault are refused, each with its reason."""
    values = values_of(rows.batch, task.columns, is_regional=task.is_regional)
    good = np.flatnonzero(values.fault < 0)
    refused = [*rows.refused, *_refusals(rows, task, values.fault)] if len(good) < len(values.fault) else rows.refused
    places = Places(values.lon, values.lat, values.day, values.precision_m)
    batch = rows.batch
    if len(good) < len(values.fault):
        import pyarrow as pa

        batch, places = batch.take(pa.array(good)), places.part(good)
    found = task.where.columns(places)
    ordered = tuple(sorted(refused, key=lambda one: one.row))
    return Classified(with_columns(batch, found), ordered, _tally(found))


def _refusals(rows: Rows, task: Task, fault: npt.NDArray[np.int8]) -> Iterable[Refusal]:
    for row in np.flatnonzero(fault >= 0):
        reason = REASONS[fault[row]]
        line = None if rows.lines is None else int(rows.lines[row])
        yield Refusal(
            task.file, int(rows.numbers[row]), line, reason, found_in(rows.batch, task.columns, int(row), reason)
        )


def with_columns(batch: Any, found: Mapping[str, Column]) -> Any:
    """Return an Arrow batch with columns added on its right."""
    import pyarrow as pa

    fields = output_fields(found)
    arrays = [arrow_array(found[one.name]) for one in fields]
    schema = pa.schema([*batch.schema, *fields], metadata=batch.schema.metadata)
    return pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=schema)


def output_fields(names: Iterable[str] = COLUMNS) -> list[Any]:
    """Return the added columns as Arrow fields."""
    import pyarrow as pa

    words = pa.dictionary(pa.int32(), pa.string())
    kinds = {
        "in_corridor": pa.bool_(),
        "side": words,
        "chainage_km": pa.float64(),
        "distance_m": pa.float64(),
        "in_zone": pa.bool_(),
        "held_side": words,
        "nearest_post": words,
        "post_distance_m": pa.float64(),
        "week": words,
        "uncertain": pa.bool_(),
    }
    return [pa.field(name, kinds[name]) for name in COLUMNS if name in set(names)]


def arrow_array(column: Column) -> Any:
    """Return a column as an Arrow array; what is not known is null."""
    import pyarrow as pa

    if isinstance(column, Words):
        codes = pa.array(column.codes, mask=column.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(column.words), pa.string()))
    if column.dtype == bool:
        return pa.array(np.ma.getdata(column), mask=np.ma.getmaskarray(column))
    return pa.array(column, from_pandas=True)


def _tally(found: Mapping[str, Column]) -> Tally:
    week, side = found["week"], found["side"]
    if not isinstance(week, Words) or not isinstance(side, Words) or not len(week):
        return Counter()
    in_corridor = np.asarray(found["in_corridor"])
    in_zone: np.ma.MaskedArray[Any, Any] = np.ma.array(found["in_zone"], dtype=bool)
    marks = {
        "in_corridor": in_corridor,
        "in_zone": in_zone.filled(fill_value=False),
        "outside": ~(in_corridor | in_zone.filled(fill_value=True)),  # not if it is unknown
        "rows": np.ones(len(week), dtype=bool),
    }
    weeks, sides = (*week.words, ""), (*side.words, "")
    group = (week.codes % len(weeks)) * len(sides) + side.codes % len(sides)
    tally: Tally = Counter()
    for name in COUNTS:
        counts = np.bincount(group[marks[name]], minlength=len(weeks) * len(sides))
        for number in np.flatnonzero(counts):
            tally[weeks[number // len(sides)], sides[number % len(sides)], name] += int(counts[number])
    return tally


# ---- As text ----


def csv_header(names: Sequence[str]) -> bytes:
    """Return the first line of a CSV file."""
    return _csv_line([guarded_text(name) for name in names])


def csv_rows(batch: Any) -> bytes:
    """Return rows as CSV text, UTF-8, safe to open in a spreadsheet: formulas are preceded by an apostrophe."""
    import pyarrow.compute as pc

    if not batch.num_rows:
        return b""
    columns = [_quoted(guarded(_text(column))) for column in batch.columns]
    ended = pc.binary_join_element_wise(columns[-1], "", "\n", null_handling="replace", null_replacement="")
    lines = (
        pc.binary_join_element_wise(*columns[:-1], ended, ",", null_handling="replace", null_replacement="")
        if len(columns) > 1
        else ended
    )
    # The texts of an Arrow column follow each other: they are the file.
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32, count=len(lines) + 1, offset=4 * lines.offset)
    return memoryview(lines.buffers()[2])[int(offsets[0]) : int(offsets[-1])].tobytes()


def _quoted(column: Any) -> Any:
    """Return a column of texts, in quotes those that CSV needs quoted."""
    import pyarrow as pa
    import pyarrow.compute as pc

    data = column.buffers()[2]
    if data is None or not _TO_QUOTE[np.frombuffer(data, dtype=np.uint8)].any():
        return column
    mask = pc.fill_null(pc.match_substring_regex(column, '[",\r\n]'), fill_value=False)
    marked = np.flatnonzero(np.asarray(mask))
    if not len(marked):
        return column
    doubled = pc.replace_substring(column.take(pa.array(marked)), '"', '""')
    whole = pc.binary_join_element_wise(pa.scalar(""), doubled, pa.scalar(""), '"')
    return pc.replace_with_mask(column, mask, whole)


_TO_QUOTE = np.zeros(256, dtype=bool)
_TO_QUOTE[[ord(sign) for sign in '",\r\n']] = True


def reject_rows(refused: Iterable[Refusal]) -> bytes:
    """Return refusals as CSV text."""
    lines = []
    for one in refused:
        line = "" if one.line is None else str(one.line)
        lines.append(
            _csv_line([guarded_text(one.file), str(one.row), line, guarded_text(one.reason), guarded_text(one.found)])
        )
    return b"".join(lines)


def guarded(column: Any) -> Any:
    """Return a column of texts with an apostrophe before whatever a spreadsheet would take for a formula."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        return column
    first = _first_bytes(column)
    suspect = np.flatnonzero(_SUSPECT[first])
    if not len(suspect):
        return column
    texts = column.take(pa.array(suspect))
    is_formula = pc.and_(
        pc.match_substring_regex(texts, f"^[{FORMULA_SIGNS}]"), pc.invert(pc.match_substring_regex(texts, NUMBER))
    )
    is_formula = np.asarray(pc.fill_null(is_formula, fill_value=False))
    mask = np.zeros(len(column), dtype=bool)
    mask[suspect[is_formula]] = True
    if not mask.any():
        return column
    return pc.if_else(pa.array(mask), pc.binary_join_element_wise(GUARD, column, ""), column)


_SUSPECT = np.zeros(256, dtype=bool)
_SUSPECT[[sign.encode()[0] for sign in FORMULA_SIGNS]] = True


def _first_bytes(column: Any) -> npt.NDArray[np.uint8]:
    """Return the first byte of each text, 0 where there is none."""
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32, count=len(column) + 1, offset=4 * column.offset)
    found = np.zeros(len(column), dtype=np.uint8)
    data = column.buffers()[2]
    if data is not None and data.size:
        some = np.flatnonzero(np.diff(offsets) > 0)
        found[some] = np.frombuffer(data, dtype=np.uint8)[offsets[some]]
    return found


def _csv_line(cells: Sequence[str]) -> bytes:
    import csv

    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _text(column: Any) -> Any:
    """Return a column as texts; numbers and truths cannot be formulas, and are texts of their own."""
    import pyarrow as pa
    import pyarrow.types as kinds

    if kinds.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if kinds.is_string(kind):
        return column
    if kinds.is_nested(kind) or kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_null(kind):
        return pa.array([_json_text(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    return value.hex() if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, default=str)


def csv_columns(schema: Any, geometry: str | None) -> list[str]:
    """Return the columns that a CSV or GeoJSON file has: all but a geometry, which is said by two numbers there."""
    return [name for name in schema.names if name != geometry]


def with_position(batch: Any, geometry: str | None) -> Any:
    """Return a batch with its geometry written as two numbers, ``longitude`` and ``latitude``."""
    if geometry is None:
        return batch
    import pyarrow as pa

    at = batch.schema.names.index(geometry)
    lon, lat = points_of(batch.column(geometry))
    taken = set(batch.schema.names)
    names = [name if name not in taken else f"geometry_{name}" for name in ("longitude", "latitude")]
    columns, titles = list(batch.columns), list(batch.schema.names)
    columns[at : at + 1], titles[at : at + 1] = [pa.array(lon), pa.array(lat)], names
    return pa.RecordBatch.from_arrays(columns, names=titles)


def geojson_rows(batch: Any, columns: Columns) -> bytes:
    """Return rows as GeoJSON features, one a line, each line but the first preceded by a comma elsewhere."""
    from geo.inputs.incident_values import numbers_of

    if columns.lat is not None and columns.lon is not None:
        lon, lat = numbers_of(batch.column(columns.lon))[0], numbers_of(batch.column(columns.lat))[0]
    else:
        lon, lat = points_of(batch.column(columns.geometry))
    kept = batch.select(csv_columns(batch.schema, columns.geometry))
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {key: _jsonable(value) for key, value in row.items()},
                "geometry": {"type": "Point", "coordinates": [x, y]},
            },
            ensure_ascii=False,
        )
        for row, x, y in zip(kept.to_pylist(), lon.tolist(), lat.tolist(), strict=True)
    ]
    return ",\n".join(lines).encode()


def _jsonable(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, list | dict) else str(value)

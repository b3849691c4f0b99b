"""CSV of the layers folder: a header of column names, numbers and texts, lists separated by semicolons."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from geo.inputs.files import RefusedError, quoted
from geo.inputs.lenient import Changes
from geo.inputs.schema import Record, column_type

LIST_SEPARATOR = ";"


def parse_rows(text: str, record: type[Record], changes: Changes | None = None) -> list[tuple[int, list[str]]]:
    """Return each row below the header with its line number.

    Parameters
    ----------
    text : str
        The file.
    record : type
        The pydantic model of one row; its fields are the columns.
    changes : Changes, optional
        Read leniently, and count here what was changed: another order of columns, empty rows, empty last columns.

    Raises
    ------
    RefusedError
        If the text is not strict CSV, or the header differs from the record.
    """
    columns = list(record.model_fields)
    if changes is not None and "\r\n" in text:
        text = text.replace("\r\n", "\n")
        changes.note("line ends")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        raise RefusedError(
            "CSV", str(error), "correct the quotes and commas", where=f"line {reader.line_num}"
        ) from None
    if changes is not None:
        changes.note("layout", _csv(cells for _, cells in rows) != text)
        rows = _in_order(_without_empty_edges(rows, changes), columns, changes)
    header = rows[0][1] if rows else []
    if header != columns:
        raise RefusedError(
            "header", _header_fault(header, columns), f"the columns are {', '.join(columns)}", where="line 1"
        )
    return rows[1:]


def parse_row(cells: Sequence[str], record: type[Record]) -> tuple[dict[str, Any], None]:
    """Return the values of a row by column, and no geometry; an empty cell is None.

    Raises
    ------
    RefusedError
        If the row has more or fewer cells than the header.
    """
    columns = record.model_fields
    if len(cells) != len(columns):
        raise RefusedError("row", f"{len(cells)} cells", f"write {len(columns)} cells, as in the header")
    pairs = zip(columns, cells, strict=True)
    return {name: _value(cell, column_type(record, name)) if cell else None for name, cell in pairs}, None


def table_text(record: type[Record], rows: Iterable[Record], *, marks: Mapping[str, str] | None = None) -> str:
    """Return rows as canonical CSV, in the given order; marks are last columns with the same value in every row."""
    marks = marks or {}
    header = [*record.model_fields, *marks]
    return _csv([header, *([*(_cell(value) for _, value in row), *marks.values()] for row in rows)])


def _value(cell: str, kind: type) -> Any:
    if kind is tuple:
        return cell.split(LIST_SEPARATOR)
    if kind not in (int, float):
        return cell
    try:
        number = kind(cell)
    except ValueError:
        return cell
    return number if _cell(number) == cell else cell  # 007 stays text, which is then refused


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return LIST_SEPARATOR.join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _header_fault(header: list[str], columns: list[str]) -> str:
    """Return what is wrong with a header: the missing and the unknown columns, or the whole header."""
    missing = [column for column in columns if column not in header]
    unknown = [quoted(name) for name in header if name not in columns]
    if len(missing) == len(columns) or not (missing or unknown):
        return quoted(header)
    faults = [f"missing {', '.join(missing)}" if missing else "", f"unknown {', '.join(unknown)}" if unknown else ""]
    return "; ".join(filter(None, faults))


def _without_empty_edges(rows: list[tuple[int, list[str]]], changes: Changes) -> list[tuple[int, list[str]]]:
    """Return rows without the empty rows and empty last columns that spreadsheets add."""
    kept = [(line, cells) for line, cells in rows if any(cells)]
    changes.note("{n} empty row{s} removed", len(rows) - len(kept))
    width = max((place for _, cells in kept for place, cell in enumerate(cells, 1) if cell), default=0)
    if kept and width < len(kept[0][1]):
        changes.note("{n} empty column{s} removed", len(kept[0][1]) - width)
        kept = [(line, cells[:width]) for line, cells in kept]
    return kept


def _in_order(rows: list[tuple[int, list[str]]], columns: list[str], changes: Changes) -> list[tuple[int, list[str]]]:
    """Return rows with their columns in the order of the record, if these are its columns."""
    header = rows[0][1] if rows else []
    if header == columns or sorted(header) != sorted(columns):
        return rows
    changes.note("order of columns")
    places = [header.index(column) for column in columns]
    return [(line, [cells[place] for place in places] if len(cells) == len(places) else cells) for line, cells in rows]

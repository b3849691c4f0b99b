"""CSV of the layers folder: a header of column names, text cells, lists separated by semicolons."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from geo.inputs.files import RefusedError
from geo.inputs.schema import Record, column_type
from geo.inputs.validation import quoted

LIST_SEPARATOR = ";"


def parse_rows(text: str, record: type[Record]) -> list[tuple[int, list[str]]]:
    """Return each row below the header with its line number.

    Raises
    ------
    RefusedError
        If the text is not strict CSV, or the header differs from the record.
    """
    columns = list(record.model_fields)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        raise RefusedError("CSV", str(error), "mend the quotes and commas", where=f"line {reader.line_num}") from None
    header = rows[0][1] if rows else []
    if header != columns:
        raise RefusedError("header", quoted(header), f"the columns are {', '.join(columns)}", where="line 1")
    return rows[1:]


def parse_cells(cells: list[str], record: type[Record]) -> dict[str, str | list[str]]:
    """Return the cells of a row by column; an empty cell is left out.

    Raises
    ------
    RefusedError
        If the row has more or fewer cells than the header.
    """
    columns = record.model_fields
    if len(cells) != len(columns):
        raise RefusedError("row", f"{len(cells)} cells", f"{len(columns)} cells, as the header has")
    return {
        name: cell.split(LIST_SEPARATOR) if column_type(record, name) is tuple else cell
        for name, cell in zip(columns, cells, strict=True)
        if cell
    }


def altered_cells(cells: list[str], row: Record) -> Iterator[tuple[str, str, str]]:
    """Yield column, cell and canonical cell where reading would silently change a cell (``007``)."""
    for (column, value), cell in zip(row, cells, strict=True):
        if _cell(value) != cell:
            yield column, cell, _cell(value)


def table_text(record: type[Record], rows: Iterable[Record], *, marks: Mapping[str, str] | None = None) -> str:
    """Return rows as canonical CSV, in the given order; marks are last columns with the same value in every row."""
    marks = marks or {}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*record.model_fields, *marks])
    writer.writerows([*(_cell(value) for _, value in row), *marks.values()] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return LIST_SEPARATOR.join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)

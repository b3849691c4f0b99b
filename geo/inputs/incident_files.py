"""Open a table of incidents, whatever its format, and read it as Arrow record batches.

The format is detected from the content of a file, not from its name.
"""

import codecs
import csv
import gzip
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import DataError, GeoError, OutputError, Problem
from geo.inputs.incident_cells import Order, arrow_array, is_text, numbers_of, order_of
from geo.inputs.incident_columns import Columns, is_regional, points_of, recognise

LON, LAT = "longitude", "latitude"
ROWS_AT_ONCE = 1 << 16
# A part of a Parquet file that is read on its own holds at least so many bytes; a CSV file is parsed in blocks.
PIECE_BYTES = 32 << 20
_BLOCK_BYTES = 4 << 20
_MOST_JSON_BYTES = 256 << 20
_HEAD_BYTES = 1 << 20
_MOST_LINES_ABOVE = 10
_DELIMITERS = ",;\t|"
_BOM = b"\xef\xbb\xbf"
_EXCERPT = 80

NOT_TEXT = "encoding: not UTF-8, or a NUL character"
UNCLOSED = "a quote that is not closed: the row spans several lines"
_TABLE = "open it in a spreadsheet or QGIS and save it as CSV"
_CONVERT = "convert it to GeoPackage, for example with QGIS or: ogr2ogr events.gpkg FILE"
# What a file begins with, what it then is, and what to do.
_REFUSED = (
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
    (b"\xd0\xcf\x11\xe0", "a workbook of Excel 97 (.xls)", "save it as .xlsx or CSV"),
    (b"\x00\x00\x27\x0a", "a shapefile", _CONVERT),
    (b"%PDF", "a PDF document", "use the table that it was made from"),
    (b"BZh", "compressed by bzip2", "unpack it first"),
    (b"\xfd7zXZ", "compressed by xz", "unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first"),
)


class Refusal(NamedTuple):
    """A row that is rejected: input, number of the row (from 1), reason, and what was found."""

    file: str
    row: int
    reason: str
    found: str


class Rows(NamedTuple):
    """Some rows of a table as an Arrow record batch, the number of each, and rejected rows between them."""

    batch: Any
    numbers: npt.NDArray[np.int64]
    refused: tuple[Refusal, ...] = ()


# Reads a part of a file in order; of all columns, or of those that are named.
Piece = Callable[[Sequence[str] | None], Iterator[Rows]]


@dataclass(frozen=True)
class IncidentFile:
    """An opened table of incidents.

    Attributes
    ----------
    name : str
        Name of the file.
    schema : pyarrow.Schema
        Its columns.
    pieces : sequence of callable
        Readers of its parts, in order; each can run in another process.
    columns : Columns
        Which columns state place and day.
    is_regional : bool
        Whether the table is about the area of the map, by its first rows.
    note : str
        What was left out when it was opened.
    """

    name: str
    schema: Any
    pieces: Sequence[Piece]
    columns: Columns
    is_regional: bool = False
    note: str = ""

    def rows(self, names: Sequence[str] | None = None) -> Iterator[Rows]:
        """Read all rows in order, in batches; of all columns, or of those that are named."""
        for piece in self.pieces:
            yield from piece(names)


def open_incidents(path: Path, given: Mapping[str, str] | None = None, order: Order | None = None) -> IncidentFile:
    """Open a table of incidents: CSV, Parquet, GeoParquet, GeoJSON, JSON of ACLED or UCDP, GeoPackage or .xlsx.

    Parameters
    ----------
    path : Path
        The file; CSV and JSON may be compressed by gzip.
    given : mapping of str to str, optional
        Columns that are not recognised, by ``lat``, ``lon``, ``date``.
    order : str, optional
        Whether dates such as ``5/3/2020`` are ``day-first`` or ``month-first``. If it is not given, the dates of the
        whole file must show it.

    Raises
    ------
    DataError
        If it is not such a table, or its positions or dates are not recognised.
    OutputError
        If it cannot be read.
    """
    with reading(path):
        table = _open(path, given or {})
        date = table.columns.date
        if order is None and date is not None and is_text(table.schema.field(date).type):
            order = order_of((rows.batch.column(date) for rows in table.rows([date])), path.name, date)
        columns = replace(table.columns, order=order)
        first = next(table.rows(), None)
        return replace(table, columns=columns, is_regional=first is not None and is_regional(first.batch, columns))


def _open(path: Path, given: Mapping[str, str]) -> IncidentFile:
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    with _opened(path, is_gzip=is_gzip) as file:
        head = file.read(_HEAD_BYTES)
    text = head.replace(_BOM, b"").lstrip()
    for start, found, repair in _REFUSED:
        if head.startswith(start):
            raise _refused(path, "format", found, repair)
    if is_gzip and head.startswith((b"PAR1", b"PK\x03\x04", b"SQLite format 3")):
        raise _refused(path, "format", "a binary file compressed by gzip", "unpack it first")
    if head.startswith(b"PAR1"):
        return _open_parquet(path, given)
    if head.startswith(b"PK\x03\x04"):
        return _open_workbook(path, given)
    if head.startswith(b"SQLite format 3"):
        return _open_geopackage(path, given)
    if text[:1] in (b"{", b"[", b"\x1e"):
        return _open_json(path, given, is_gzip=is_gzip)
    if text[:1] == b"<":
        kind = (
            "KML"
            if b"<kml" in text
            else "an HTML page"
            if b"<html" in text.lower() or b"<table" in text.lower()
            else "XML"
        )
        raise _refused(path, "format", kind, _CONVERT if kind == "KML" else _TABLE)
    return _open_csv(path, given, head, is_gzip=is_gzip)


def _refused(path: Path, rule: str, found: str, repair: str) -> DataError:
    return DataError([Problem(path.name, "", rule, found, repair)])


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise the errors of reading a file as errors of this package."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _refused(path, "gzip", f"damaged or cut off ({error})", "fetch the file again") from None
    except pa.ArrowInvalid as error:
        long = "straddling" in str(error)
        found = f"a row longer than {_BLOCK_BYTES >> 20} MB: perhaps a quote that is not closed" if long else str(error)
        raise _refused(path, "format", found, "correct the file or write it again") from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error


def _opened(path: Path, *, is_gzip: bool) -> BinaryIO:
    return gzip.open(path, "rb") if is_gzip else path.open("rb")  # type: ignore[return-value]


def _whole(
    table: Any, names: Sequence[str] | None, *, refused: tuple[Refusal, ...] = (), numbers: Any = None
) -> Iterator[Rows]:
    """Read a table that is in memory."""
    numbers = np.arange(1, table.num_rows + 1) if numbers is None else numbers
    first = 0
    for batch in (table if names is None else table.select(names)).to_batches(max_chunksize=ROWS_AT_ONCE):
        yield Rows(batch, numbers[first : first + batch.num_rows])
        first += batch.num_rows
    yield Rows(_nothing(table.schema), numbers[:0], refused)


def _nothing(schema: Any) -> Any:
    return pa.RecordBatch.from_pylist([], schema=schema)


# ---- CSV and workbooks ----


def _open_csv(path: Path, given: Mapping[str, str], head: bytes, *, is_gzip: bool) -> IncidentFile:
    content = head
    while content.startswith(_BOM):
        content = content.removeprefix(_BOM)
    lines = content.splitlines(keepends=True)
    excel = re.fullmatch(rb"sep=(.)\s*", lines[0], re.IGNORECASE) if lines else None
    stated = excel[1].decode() if excel else ""
    rows = []
    for number, line in enumerate(lines[: _MOST_LINES_ABOVE + 1]):
        text = line.decode(errors="replace")
        delimiter = stated or max(_DELIMITERS, key=text.count)
        reader = csv.reader((one.decode(errors="replace") for one in lines[number:]), delimiter=delimiter)
        rows.append((next(reader, []), (delimiter, number + reader.line_num)))
    names, (delimiter, count), above = _header(path, rows, given)
    if any("\ufffd" in name or "\0" in name for name in names):
        raise _refused(path, "encoding", "a header that is not UTF-8 text", "save the file as UTF-8")
    begins = len(head) - len(content) + sum(map(len, lines[:count]))
    read = partial(_read_csv, path, names, delimiter, begins, is_gzip)
    schema = pa.schema([(name, pa.string()) for name in names])
    return IncidentFile(path.name, schema, (read,), recognise(path.name, names, given), note=_above(above))


def _header(
    path: Path, rows: Sequence[tuple[Sequence[str], Any]], given: Mapping[str, str]
) -> tuple[list[str], Any, int]:
    """Return the names of the columns, what comes with this row, and how many rows are above it."""
    named = [(number, cells, more) for number, (cells, more) in enumerate(rows) if any(cell.strip() for cell in cells)]
    if not named:
        raise _refused(path, "header", "no names of columns", "begin with a line of column names")
    for number, cells, more in named:
        names = [cell.strip() or f"column_{column}" for column, cell in enumerate(cells, 1)]
        try:
            recognise(path.name, names, given)
        except DataError:
            continue
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise _refused(path, "header", f"two columns are called {twice!r}", "give every column its own name")
        return names, more, sum(above < number for above, _, _ in named)
    recognise(path.name, max((cells for _, cells, _ in named), key=len), given)
    raise AssertionError


def _above(count: int) -> str:
    return f"left out {count} line{'s' if count > 1 else ''} above the header" if count else ""


class _Text:
    """A file for the CSV parser: UTF-8 with a NUL character in place of bytes that are not.

    Attributes
    ----------
    has_stray_quotes : bool
        Whether a quote was out of place in what was read so far: rows may then be hidden in a quoted cell.
    """

    closed = False

    def __init__(self, file: BinaryIO, delimiter: str) -> None:
        self.has_stray_quotes = False
        self._file, self._decoder = file, codecs.getincrementaldecoder("utf-8")(errors=_NUL_FOR_BYTES)
        self._border = np.zeros(256, dtype=bool)
        self._border[list(f'\n\r"{delimiter}'.encode())] = True
        self._last, self._is_inside = b"\n", False

    def read(self, size: int = -1) -> bytes:
        fresh = self._file.read(max(size - 4, 1))  # the decoder may add what it has kept, at most 3 bytes
        content = self._decoder.decode(fresh, final=not fresh).encode()
        if not self.has_stray_quotes:
            self._check(content or b"\n")
            self.has_stray_quotes |= not content and self._is_inside
        return content

    def _check(self, content: bytes) -> None:
        """Check that quotes open a cell at its beginning and close it at its end."""
        text = np.frombuffer(self._last + content, dtype=np.uint8)
        quotes = np.flatnonzero(text[:-1] == ord('"'))
        opens = (np.arange(len(quotes)) + self._is_inside) % 2 == 0
        before = self._border[text[np.maximum(quotes - 1, 0)]] | (quotes == 0)
        self.has_stray_quotes = not (before | ~opens).all() or not (self._border[text[quotes + 1]] | opens).all()
        self._is_inside = bool((len(quotes) + self._is_inside) % 2)
        self._last = content[-1:]


_NUL_FOR_BYTES = "geo.nul"
codecs.register_error(_NUL_FOR_BYTES, lambda error: ("\0", error.end))  # type: ignore[attr-defined]


def _read_csv(
    path: Path, header: Sequence[str], delimiter: str, begins: int, is_gzip: bool, names: Sequence[str] | None
) -> Iterator[Rows]:
    from pyarrow import csv as arrow_csv

    refused: list[Refusal] = []

    def refuse(row: Any) -> str:
        reason = f"wrong column count: {row.actual_columns} instead of {row.expected_columns}"
        refused.append(Refusal(path.name, row.number, NOT_TEXT if "\0" in row.text else reason, row.text[:_EXCERPT]))
        return "skip"

    with reading(path), _opened(path, is_gzip=is_gzip) as file:
        file.read(begins)
        text = _Text(file, delimiter)
        is_empty = not file.peek(1)  # type: ignore[attr-defined]
        reader = () if is_empty else arrow_csv.open_csv(
            pa.PythonFile(text, mode="r"),
            arrow_csv.ReadOptions(column_names=list(header), block_size=_BLOCK_BYTES, use_threads=False),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), null_values=[], strings_can_be_null=False,
                check_utf8=False, include_columns=list(names) if names else None,
            ),
        )  # fmt: skip
        row = 1
        for batch in reader:
            unusable = [one.row for one in refused if one.row >= row]
            numbers = np.setdiff1d(np.arange(row, row + batch.num_rows + len(unusable)), unusable)[: batch.num_rows]
            row = int(numbers[-1]) + 1 if len(numbers) else row
            due = [one for one in refused if one.row < row]
            refused[:] = [one for one in refused if one.row >= row]
            yield _checked(path.name, Rows(batch, numbers, tuple(due)), delimiter, len(header), text)
        nothing = _nothing(pa.schema([(name, pa.string()) for name in names or header]))
        yield Rows(nothing, np.zeros(0, np.int64), tuple(refused))


def _checked(file: str, rows: Rows, delimiter: str, count: int, text: _Text) -> Rows:
    """Reject rows that are not text, or in which other rows may be hidden."""
    is_binary, is_hiding = np.zeros((2, rows.batch.num_rows), dtype=bool)
    for column in rows.batch.columns:
        if (np.frombuffer(column.buffers()[2] or b"", dtype=np.uint8) == 0).any():
            is_binary |= np.asarray(pc.match_substring(column, "\0"))
        if text.has_stray_quotes:
            has_lines = pc.match_substring_regex(column, "[\r\n]")
            is_hiding |= np.asarray(
                pc.and_(has_lines, pc.greater_equal(pc.count_substring(column, delimiter), count - 1))
            )
    is_bad = is_binary | is_hiding
    if not is_bad.any():
        return rows
    refused = list(rows.refused)
    for row in np.flatnonzero(is_bad).tolist():
        found = delimiter.join(rows.batch.slice(row, 1).to_pylist()[0].values())[:_EXCERPT]
        refused.append(Refusal(file, int(rows.numbers[row]), NOT_TEXT if is_binary[row] else UNCLOSED, found))
    return Rows(rows.batch.filter(pa.array(~is_bad)), rows.numbers[~is_bad], tuple(refused))


def _open_workbook(path: Path, given: Mapping[str, str]) -> IncidentFile:
    try:
        with zipfile.ZipFile(path) as archive:
            is_workbook = any(name.startswith("xl/") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError) as error:
        raise _refused(
            path, "format", f"a damaged workbook or ZIP archive ({error})", "fetch or save it again"
        ) from None
    if not is_workbook:
        raise _refused(path, "format", "a ZIP archive", "unpack it first")
    try:
        import openpyxl
    except ImportError:
        raise GeoError(
            f"{path.name}: an .xlsx workbook needs openpyxl: pip install 'idlib-m4-map[xlsx]', or save it as CSV"
        ) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        cells = [[_cell_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    except Exception as error:  # noqa: BLE001 - openpyxl raises errors of many kinds for a damaged workbook
        raise _refused(
            path, "format", f"a damaged workbook ({type(error).__name__}: {error})", "save it again"
        ) from None
    rows = [(row, number) for number, row in enumerate(cells[: _MOST_LINES_ABOVE + 1], 1)]
    names, begins, above = _header(path, rows, given)
    width = len(names)
    kept = [(row + [""] * width)[:width] for row in cells[begins:] if any(row)]
    table = pa.table([pa.array([row[number] for row in kept], pa.string()) for number in range(width)], names=names)
    others = f"read the sheet {sheet.title!r} only" if len(book.worksheets) > 1 else ""
    note = "; ".join(filter(None, [_above(above), others]))
    return IncidentFile(
        path.name, table.schema, (partial(_whole, table),), recognise(path.name, names, given), note=note
    )


def _cell_text(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return text.removesuffix(" 00:00:00") if hasattr(cell, "year") else text


# ---- Parquet, JSON, GeoPackage ----


def _open_parquet(path: Path, given: Mapping[str, str]) -> IncidentFile:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema, metadata = file.schema_arrow, file.metadata
    pieces: list[Piece] = []
    groups: list[int] = []
    size, row, rows = 0, 1, 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        groups.append(number)
        size, rows = size + group.total_byte_size, rows + group.num_rows
        if size >= PIECE_BYTES or number == metadata.num_row_groups - 1:
            at_once = max(1024, min(ROWS_AT_ONCE, (8 << 20) * rows // max(size, 1)))
            pieces.append(partial(_read_parquet, path, tuple(groups), row, at_once))
            groups, size, row, rows = [], 0, row + rows, 0
    geometry, crs = _geometry_of(path, schema)
    columns = recognise(path.name, schema.names, given, geometry=geometry, crs=crs)
    return IncidentFile(path.name, schema, pieces, columns)


def _read_parquet(
    path: Path, groups: Sequence[int], row: int, at_once: int, names: Sequence[str] | None
) -> Iterator[Rows]:
    import pyarrow.parquet as pq

    with reading(path), pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
        for batch in file.iter_batches(at_once, row_groups=groups, columns=names, use_threads=False):
            yield Rows(batch, np.arange(row, row + batch.num_rows))
            row += batch.num_rows


def _geometry_of(path: Path, schema: Any) -> tuple[str | None, str | None]:
    """Return the geometry column of a GeoParquet file, and its CRS if that is not longitude and latitude."""
    stated = (schema.metadata or {}).get(b"geo")
    if stated is None:
        return None, None
    try:
        geo = json.loads(stated)
        name = str(geo["primary_column"])
        crs = geo["columns"][name].get("crs", "OGC:CRS84")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _refused(path, "GeoParquet", "its key 'geo' is not readable", "write it again") from None
    if name not in schema.names:
        return None, None
    if crs is None:
        raise _refused(path, "CRS", "no CRS", "set it with .set_crs(...) and write the file again")
    return name, _crs(path, json.dumps(crs) if isinstance(crs, dict) else str(crs))


def _crs(path: Path, stated: str) -> str | None:
    """Return a CRS that can be transformed; None if it is longitude and latitude (WGS 84) already."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(stated)
    except CRSError:
        raise _refused(path, "CRS", f"unknown CRS {stated[:_EXCERPT]!r}", "transform it with to_crs(4326)") from None
    degrees = (("OGC", "CRS84"), ("EPSG", "4326"))
    return None if crs.to_authority() in degrees else str(crs.to_wkt())


def _open_json(path: Path, given: Mapping[str, str], *, is_gzip: bool) -> IncidentFile:
    """Open GeoJSON, one document or one feature a line, or the answer of ACLED's or UCDP's API."""
    with _opened(path, is_gzip=is_gzip) as file:
        content = file.read(_MOST_JSON_BYTES + 1)
    if len(content) > _MOST_JSON_BYTES:
        raise _refused(path, "JSON", f"larger than {_MOST_JSON_BYTES >> 20} MB", _CONVERT)
    try:
        document = _parsed(content.replace(_BOM, b"").decode().replace("\x1e", ""))
    except RecursionError:
        raise _refused(path, "JSON", "nested too deeply", "correct the file") from None
    except ValueError as error:
        raise _refused(path, "JSON", str(error), "correct the file or fetch it again") from None
    members = document if isinstance(document, dict) else {}
    features = document if isinstance(document, list) else members.get("features")
    records = next((members[key] for key in ("data", "Result") if isinstance(members.get(key), list)), None)
    if isinstance(features, list):
        crs = (members.get("crs") or {}).get("properties", {}).get("name")
        return _open_features(path, given, features, _crs(path, crs) if crs else None)
    if records is None or not all(isinstance(record, dict) for record in records):
        told = (
            members.get("message") or members.get("error") or f"its keys are {', '.join(map(str, list(members)[:8]))}"
        )
        found = (
            f"neither GeoJSON nor an answer of ACLED or UCDP with rows: {json.dumps(told, ensure_ascii=False)[:200]}"
        )
        raise _refused(path, "JSON", found, "fetch it again, or save the table as CSV")
    return _table_of(path, given, records, range(1, len(records) + 1), ())


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise
        return [json.loads(line) for line in text.split("\n") if line.strip()]


def _table_of(
    path: Path, given: Mapping[str, str], rows: Sequence[Mapping[str, Any]], numbers: Any, refused: tuple[Refusal, ...]
) -> IncidentFile:
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pa.table([arrow_array([row.get(name) for row in rows]) for name in names], names=names)
    read = partial(_whole, table, refused=refused, numbers=np.array(numbers, dtype=np.int64))
    return IncidentFile(path.name, table.schema, (read,), recognise(path.name, names, given))


def _open_features(path: Path, given: Mapping[str, str], features: Sequence[Any], crs: str | None) -> IncidentFile:
    """Open features; the points become the columns longitude and latitude, if the features have none."""
    faults = [_fault_of(feature) for feature in features]
    good = [number for number, fault in enumerate(faults, 1) if not fault]
    refused = tuple(
        Refusal(path.name, number, fault, json.dumps(feature)[:_EXCERPT])
        for number, (fault, feature) in enumerate(zip(faults, features, strict=True), 1)
        if fault
    )
    points = [((features[number - 1].get("geometry") or {}).get("coordinates") or (None, None))[:2] for number in good]
    lon, lat = (arrow_array([point[axis] for point in points]) for axis in (0, 1))
    if crs:
        struct = pa.StructArray.from_arrays([pa.array(numbers_of(axis)[0]) for axis in (lon, lat)], ["x", "y"])
        lon, lat = (pa.array(axis) for axis in points_of(struct, crs))
    positions = zip(lon.to_pylist(), lat.to_pylist(), strict=True)
    rows = [
        {
            **(properties := features[number - 1].get("properties") or {}),
            **{name: cell for name, cell in ((LON, x), (LAT, y)) if name not in properties},
        }
        for number, (x, y) in zip(good, positions, strict=True)
    ]
    return _table_of(path, given, rows, good, refused)


def _fault_of(feature: Any) -> str:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return "not a feature"
    geometry = feature.get("geometry")
    if geometry is not None and (not isinstance(geometry, dict) or geometry.get("type") != "Point"):
        return "geometry is not a point"
    try:
        json.dumps(feature, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "half a character in a text"
    return ""


def _open_geopackage(path: Path, given: Mapping[str, str]) -> IncidentFile:
    import pyogrio

    source = f"GPKG:{path}"
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(source)]
        if len(layers) != 1:
            found = f"{len(layers)} layers ({', '.join(layers)})"
            raise _refused(path, "GeoPackage", found, "save the layer of incidents as a file of its own")
        with pyogrio.open_arrow(source, use_pyarrow=True) as (about, reader):
            geometry = about["geometry_name"] or None
            if geometry and not about["crs"]:
                raise _refused(path, "CRS", "no CRS", "set it and write the file again")
            crs = _crs(path, about["crs"]) if geometry else None
            schema = _with_position(_nothing(reader.schema), geometry, crs).schema
    except pyogrio.errors.DataSourceError as error:
        raise _refused(path, "GeoPackage", f"damaged ({error})", "write it again") from None
    read = partial(_read_geopackage, source, geometry, crs)
    return IncidentFile(path.name, schema, (read,), recognise(path.name, schema.names, given))


def _read_geopackage(source: str, geometry: str | None, crs: str | None, names: Sequence[str] | None) -> Iterator[Rows]:
    import pyogrio

    with pyogrio.open_arrow(source, use_pyarrow=True, batch_size=ROWS_AT_ONCE) as (_, reader):
        row = 1
        for batch in reader:
            found = _with_position(batch, geometry, crs)
            yield Rows(found.select(names) if names else found, np.arange(row, row + batch.num_rows))
            row += batch.num_rows


def _with_position(batch: Any, geometry: str | None, crs: str | None) -> Any:
    """Return a batch with the columns longitude and latitude, if it has none, in place of its geometry."""
    if geometry is None:
        return batch
    positions = dict(zip((LON, LAT), points_of(batch.column(geometry), crs), strict=True))
    columns = {name: batch.column(name) for name in batch.schema.names if name != geometry}
    columns = {name: getattr(column, "storage", column) for name, column in columns.items()}
    return pa.RecordBatch.from_pydict({**{name: pa.array(axis) for name, axis in positions.items()}, **columns})

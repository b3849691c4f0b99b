"""Open a table of incidents, whatever its format, and read it as Arrow record batches.

The format is detected from the content of a file, not from its name.
"""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from geo.inputs.incident_cells import Order, arrow_array, is_text, numbers_of, order_of
from geo.inputs.incident_columns import Columns, is_regional, points_of, recognise
from geo.inputs.incident_csv import (
    BOM,
    EXCERPT,
    MOST_LINES_ABOVE,
    Piece,
    Refusal,
    Rows,
    find_header,
    no_rows,
    open_csv,
    opened,
    reading,
    refused_file,
)

LON, LAT = "longitude", "latitude"
ROWS_AT_ONCE = 1 << 16
# A piece of a Parquet file has at least so many bytes.
PIECE_BYTES = 32 << 20
_MOST_JSON_BYTES = 256 << 20
_HEAD_BYTES = 1 << 20

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
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard", "unpack it first"),
    (b"ARROW1", "an Arrow (Feather) file", "write it as Parquet"),
    (b"fgb\x03", "FlatGeobuf", _CONVERT),
    (b"version https://git-lfs.", "a Git LFS pointer, not the file itself", "fetch the file: git lfs pull"),
)
_VECTORS = re.compile(rb"<(?:\w+:)?(kml|gpx|FeatureCollection)\b")
# What is in a ZIP archive that is no workbook, what it then is, and what to do.
_ARCHIVES = (
    ("xl/workbook.bin", "a binary workbook (.xlsb)", "save it as .xlsx or CSV"),
    ("content.xml", "an OpenDocument file (.ods)", "save it as .xlsx or CSV"),
    (".kml", "a zipped KML (.kmz)", _CONVERT),
    (".shp", "a zipped shapefile", f"unpack it and {_CONVERT}"),
)


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
    with opened(path, is_gzip=is_gzip) as file:
        head = file.read(_HEAD_BYTES)
    text = head.replace(BOM, b"").lstrip()
    for start, found, repair in _REFUSED:
        if head.startswith(start):
            raise refused_file(path, "format", found, repair)
    if is_gzip and head.startswith((b"PAR1", b"PK\x03\x04", b"SQLite format 3")):
        raise refused_file(path, "format", "a binary file compressed by gzip", "unpack it first")
    if head.startswith(b"PAR1"):
        return _open_parquet(path, given)
    if head.startswith(b"PK\x03\x04"):
        return _open_workbook(path, given)
    if head.startswith(b"SQLite format 3"):
        return _open_geopackage(path, given)
    if text[:1] in (b"{", b"[", b"\x1e"):
        return _open_json(path, given, is_gzip=is_gzip)
    if text.startswith(b"<") and (found_in := _VECTORS.search(text)):
        kind = {b"kml": "KML", b"gpx": "GPX"}.get(found_in[1], "GML")
        raise refused_file(path, "format", kind, _CONVERT)
    if text.startswith(b"<"):
        raise refused_file(path, "format", "an HTML or XML page", "open it in a spreadsheet and save it as CSV")
    names, read, note = open_csv(path, head, given, is_gzip=is_gzip)
    schema = pa.schema(dict.fromkeys(names, pa.string()))
    return IncidentFile(path.name, schema, (read,), recognise(path.name, names, given), note=note)


def _whole(
    table: Any, names: Sequence[str] | None, *, numbers: Any, refused: tuple[Refusal, ...] = ()
) -> Iterator[Rows]:
    """Read a table that is in memory."""
    first = 0
    for batch in (table if names is None else table.select(names)).to_batches(max_chunksize=ROWS_AT_ONCE):
        yield Rows(batch, numbers[first : first + batch.num_rows])
        first += batch.num_rows
    yield Rows(no_rows(table.schema), numbers[:0], refused)


def _open_workbook(path: Path, given: Mapping[str, str]) -> IncidentFile:
    """Open the first sheet of a workbook; its cells become texts, as in a CSV."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        found = f"a damaged workbook or ZIP archive ({error})"
        raise refused_file(path, "format", found, "fetch or save it again") from None
    for end, found, repair in _ARCHIVES:
        if any(name.lower().endswith(end) for name in names):
            raise refused_file(path, "format", found, repair)
    if not any(name.startswith("xl/") for name in names):
        raise refused_file(path, "format", "a ZIP archive", "unpack it first")
    try:
        import openpyxl
    except ImportError:
        repair = "pip install 'idlib-m4-map[xlsx]', or save it as CSV"
        raise refused_file(path, "format", "a workbook, which is read by openpyxl", repair) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        cells = [[_cell_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    except Exception as error:  # noqa: BLE001 - openpyxl raises errors of many kinds for a damaged workbook
        found = f"a damaged workbook ({type(error).__name__}: {error})"
        raise refused_file(path, "format", found, "save it again") from None
    candidates = [(row, number) for number, row in enumerate(cells[: MOST_LINES_ABOVE + 1], 1)]
    columns, begins, above = find_header(path, candidates, given)
    rows = [row + [""] * (len(columns) - len(row)) for row in cells[begins:] if any(row)]
    texts = [pa.array([row[number] for row in rows], pa.string()) for number in range(len(columns))]
    table = pa.table(texts, names=columns)
    read = partial(_whole, table, numbers=np.arange(1, len(rows) + 1))
    note = "; ".join(filter(None, [above, f"read the sheet {sheet.title!r} only" if len(book.worksheets) > 1 else ""]))
    return IncidentFile(path.name, table.schema, (read,), recognise(path.name, columns, given), note=note)


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
        raise refused_file(path, "GeoParquet", "its key 'geo' is not readable", "write it again") from None
    if name not in schema.names:
        return None, None
    if crs is None:
        raise refused_file(path, "CRS", "no CRS", "set it with .set_crs(...) and write the file again")
    return name, _crs(path, json.dumps(crs) if isinstance(crs, dict) else str(crs))


def _crs(path: Path, stated: str) -> str | None:
    """Return a CRS that can be transformed; None if it is longitude and latitude (WGS 84) already."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(stated)
    except CRSError:
        raise refused_file(path, "CRS", f"unknown CRS {stated[:EXCERPT]!r}", "transform it with to_crs(4326)") from None
    degrees = (("OGC", "CRS84"), ("EPSG", "4326"))
    return None if crs.to_authority() in degrees else str(crs.to_wkt())


def _open_json(path: Path, given: Mapping[str, str], *, is_gzip: bool) -> IncidentFile:
    """Open GeoJSON, one document or one feature per line, or an answer of the API of ACLED or UCDP."""
    with opened(path, is_gzip=is_gzip) as file:
        content = file.read(_MOST_JSON_BYTES + 1)
    if len(content) > _MOST_JSON_BYTES:
        raise refused_file(path, "JSON", f"larger than {_MOST_JSON_BYTES >> 20} MB", _CONVERT)
    try:
        document = _parsed(content.replace(BOM, b"").decode().replace("\x1e", ""))
    except ValueError as error:
        raise refused_file(path, "JSON", str(error), "correct the file or fetch it again") from None
    members = document
    if isinstance(document, list):
        has_features = any(isinstance(one, dict) and one.get("type") == "Feature" for one in document)
        members = {"features" if has_features else "data": document}
    refused: list[Refusal] = []
    if isinstance(members.get("features"), list):
        faults = {number: _fault_of(feature) for number, feature in enumerate(members["features"], 1)}
        good = {number: members["features"][number - 1] for number, fault in faults.items() if not fault}
        for number in faults.keys() - good.keys():
            found = json.dumps(members["features"][number - 1])[:EXCERPT]
            refused.append(Refusal(path.name, number, faults[number], found))
        rows = dict(zip(good, _rows_of(path, list(good.values()), members.get("crs")), strict=True))
    else:
        records: Any = next((members[key] for key in ("data", "Result") if isinstance(members.get(key), list)), [None])
        if not all(isinstance(record, dict) for record in records):
            answer = members.get("message") or members.get("error") or f"its keys are {', '.join(list(members)[:8])}"
            found = f"neither GeoJSON nor rows of ACLED or UCDP: {json.dumps(answer, ensure_ascii=False)[:200]}"
            raise refused_file(path, "JSON", found, "fetch it again, or save the table as CSV")
        rows = dict(enumerate(records, 1))
    if not rows:
        counts = Counter(refusal.reason for refusal in refused)
        found = ", ".join(f"{reason} ({count:,})" for reason, count in counts.most_common()) or "no rows"
        raise refused_file(path, "JSON", found, "points are needed" if refused else "check the request that it answers")
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    table = pa.table([arrow_array([row.get(name) for row in rows.values()]) for name in names], names=names)
    read = partial(_whole, table, numbers=np.array(list(rows), dtype=np.int64), refused=tuple(refused))
    note = _note_on_pages(members, len(rows))
    return IncidentFile(path.name, table.schema, (read,), recognise(path.name, names, given), note=note)


def _note_on_pages(members: Mapping[str, Any], count: int) -> str:
    """Return a remark if an answer of ACLED or UCDP is one page of several."""
    totals = [members[key] for key in ("total_count", "TotalCount") if isinstance(members.get(key), int)]
    return f"only {count:,} of {totals[0]:,} rows: one page of the answer" if totals and totals[0] > count else ""


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise
        return [json.loads(line) for line in text.split("\n") if line.strip()]


def _fault_of(feature: Any) -> str:
    """Return why a feature is rejected; empty if it is not."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return "not a feature"
    properties, geometry = feature.get("properties") or {}, feature.get("geometry") or {"type": "Point"}
    if not isinstance(properties, dict):
        return "not a feature"
    if not isinstance(geometry, dict) or not (geometry.get("type") == "Point" or _is_single(geometry)):
        return "geometry is not a point"
    try:
        json.dumps(feature, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "half a character in a text"
    return ""


def _is_single(geometry: Mapping[str, Any]) -> bool:
    """Return whether a geometry is a multipoint of one point, as QGIS writes points of a layer for multipoints."""
    positions = geometry.get("coordinates")
    return geometry.get("type") == "MultiPoint" and isinstance(positions, list) and len(positions) == 1


def _position_of(geometry: Mapping[str, Any]) -> Any:
    return geometry["coordinates"][0] if _is_single(geometry) else geometry.get("coordinates")


def _rows_of(path: Path, features: Sequence[Any], stated: Any) -> list[dict[str, Any]]:
    """Return features as rows; the points become longitude and latitude, unless there are properties of this name."""
    points = [_position_of(feature.get("geometry") or {}) for feature in features]
    pairs = [point[:2] if isinstance(point, list) and len(point) >= 2 else (None, None) for point in points]
    lon, lat = (arrow_array([pair[axis] for pair in pairs]) for axis in (0, 1))
    name = (stated.get("properties") or {}).get("name") if isinstance(stated, dict) else stated
    crs = _crs(path, str(name)) if stated else None
    if crs:
        xy = pa.StructArray.from_arrays([pa.array(numbers_of(axis)[0]) for axis in (lon, lat)], ["x", "y"])
        lon, lat = (pa.array(axis) for axis in points_of(xy, crs))
    positions = zip(features, lon.to_pylist(), lat.to_pylist(), strict=True)
    return [{LON: x, LAT: y, **(feature.get("properties") or {})} for feature, x, y in positions]


def _open_geopackage(path: Path, given: Mapping[str, str]) -> IncidentFile:
    import pyogrio

    source = f"GPKG:{path}"
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(source)]
        if len(layers) != 1:
            found = f"{len(layers)} layers ({', '.join(layers)})"
            raise refused_file(path, "GeoPackage", found, "save the layer of incidents as a file of its own")
        with pyogrio.open_arrow(source, use_pyarrow=True) as (about, reader):
            geometry = about["geometry_name"] or None
            if geometry and not about["crs"]:
                raise refused_file(path, "CRS", "no CRS", "set it and write the file again")
            crs = _crs(path, about["crs"]) if geometry else None
            schema = _with_position(no_rows(reader.schema), geometry, crs).schema
    except pyogrio.errors.DataSourceError as error:
        raise refused_file(path, "GeoPackage", f"damaged ({error})", "write it again") from None
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
    """Return a batch with longitude and latitude in place of its geometry, unless it has columns of this name."""
    columns = {name: batch.column(name) for name in batch.schema.names if name != geometry}
    columns = {name: getattr(column, "storage", column) for name, column in columns.items()}
    if geometry is not None:
        positions = map(pa.array, points_of(batch.column(geometry), crs))
        columns = {**dict(zip((LON, LAT), positions, strict=True)), **columns}
    return pa.RecordBatch.from_pydict(columns)

"""Open a table of incidents, whatever it is: by what it holds, not by its name."""

import gzip
import zlib
from pathlib import Path

from geo.errors import DataError, OutputError, Problem
from geo.inputs.incident_batches import Source
from geo.inputs.incident_csv import open_csv
from geo.inputs.incident_geojson import open_geojson
from geo.inputs.incident_parquet import open_parquet

_GZIP, _PARQUET, _BOM = b"\x1f\x8b", b"PAR1", b"\xef\xbb\xbf"
_HEAD = 4096


def open_source(path: Path) -> Source:
    """Open a CSV, Parquet, GeoParquet or GeoJSON file; CSV and GeoJSON may be compressed by gzip.

    Raises
    ------
    DataError
        If it is none of these, or has no columns.
    OutputError
        If it cannot be read.
    """
    head = _head(path)
    is_gzip = head.startswith(_GZIP)
    if is_gzip:
        head = _unpacked(path)
    if head.startswith(_PARQUET):
        if is_gzip:
            raise DataError([Problem(path.name, "", "format", "Parquet within gzip", "unpack it first")])
        return open_parquet(path)
    if head.removeprefix(_BOM).lstrip()[:1] == b"{":
        return open_geojson(path, is_gzip=is_gzip)
    return open_csv(path, is_gzip=is_gzip)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError([Problem(path.name, "", "gzip", f"damaged ({error})", "fetch the file again")]) from None

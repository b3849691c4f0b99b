"""Parquet and GeoParquet, some rows at a time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from geo.errors import DataError, OutputError, Problem
from geo.inputs.incident_batches import Pending, Rows

# Rows that are looked at together; fewer where they are wide.
ROWS_AT_ONCE = 1 << 16
_BYTES_AT_ONCE = 8 << 20
_GEOGRAPHIC = {("OGC", "CRS84"), ("EPSG", 4326)}


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """A Parquet file."""

    path: Path
    schema: Any
    geometry: str | None
    row_groups: tuple[int, ...] | None = None
    first_row: int = 1

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.path.name

    def batches(self) -> Iterator[Pending]:
        """Yield all rows, some at a time, in their order."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(self.path, pre_buffer=False, buffer_size=1 << 20) as file:
                number = self.first_row
                for batch in file.iter_batches(_rows_at_once(file), row_groups=self.row_groups, use_threads=False):
                    numbers = np.arange(number, number + batch.num_rows, dtype=np.int64)
                    yield partial(Rows, batch, numbers)
                    number += batch.num_rows
        except pa.ArrowInvalid as error:
            raise DataError([Problem(self.name, "", "Parquet", str(error), "write the file again")]) from None
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def parts(self, at_least_bytes: int) -> Iterator["ParquetSource"]:
        """Yield the file in parts that can be read alone, each of whole row groups."""
        import pyarrow.parquet as pq

        groups: list[int] = []
        size, rows, row = 0, 0, 1
        with pq.ParquetFile(self.path) as file:
            for number in range(file.metadata.num_row_groups):
                group = file.metadata.row_group(number)
                groups.append(number)
                size, rows = size + group.total_byte_size, rows + group.num_rows
                if size >= at_least_bytes:
                    yield replace(self, row_groups=tuple(groups), first_row=row)
                    groups, size, rows, row = [], 0, 0, row + rows
        if groups:
            yield replace(self, row_groups=tuple(groups), first_row=row)


def open_parquet(path: Path) -> ParquetSource:
    """Open a Parquet file.

    Raises
    ------
    DataError
        If it is damaged, or its geometry is not in longitude and latitude.
    OutputError
        If it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except pa.ArrowInvalid as error:
        raise DataError([Problem(path.name, "", "Parquet", str(error), "write the file again")]) from None
    except OSError as error:
        raise _unreadable(path, error) from error
    return ParquetSource(path, schema, _geometry_column(path, schema))


def _unreadable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path}: cannot be read: {error.strerror or error}")


def _rows_at_once(file: Any) -> int:
    count = max(file.metadata.num_rows, 1)
    bytes_ = sum(file.metadata.row_group(number).total_byte_size for number in range(file.metadata.num_row_groups))
    return int(min(ROWS_AT_ONCE, max(1024, _BYTES_AT_ONCE * count // max(bytes_, 1))))


def _geometry_column(path: Path, schema: Any) -> str | None:
    stated = (schema.metadata or {}).get(b"geo")
    if stated is None:
        return None
    try:
        geo = json.loads(stated)
        name = str(geo["primary_column"])
        crs = geo["columns"][name].get("crs", "OGC:CRS84")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError(
            [Problem(path.name, "", "GeoParquet", "its key 'geo' is not readable", "write it again")]
        ) from None
    if isinstance(crs, dict):
        own = crs.get("id") or {}
        if (own.get("authority"), own.get("code")) not in _GEOGRAPHIC:
            found = f"{own.get('authority')}:{own.get('code')}" if own else str(crs.get("name"))
            raise DataError([Problem(path.name, "", "CRS", found, "longitude and latitude are needed: to_crs(4326)")])
    return name if name in schema.names else None

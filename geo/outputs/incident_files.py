"""Write the table of classified incidents: all of it or nothing, whatever stops the run."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from geo.errors import OutputError
from geo.inputs.incident_formats import Columns
from geo.inputs.store import sync_folder
from geo.outputs.incident_tables import (
    REJECT_COLUMNS,
    Classified,
    csv_header,
    csv_rows,
    geojson_rows,
    reject_rows,
    with_position,
)

FileFormat = Literal["csv", "parquet", "geojson"]
FILE_FORMATS: tuple[FileFormat, ...] = ("csv", "parquet", "geojson")
REJECTS_SUFFIX = ".rejects.csv"
_UNFINISHED = ".tmp"


class Writer(Protocol):
    """Takes what `encoded` makes of each batch, in order."""

    def write(self, content: Any) -> None:
        """Write one batch."""

    def close(self) -> None:
        """Write what ends the file."""


def encoder(file_format: FileFormat, columns: Columns) -> Callable[[Any], Any]:
    """Return what makes of a batch the content that a writer of this format takes; it may run in any thread."""
    if file_format == "csv":
        return lambda batch: csv_rows(with_position(batch, columns.geometry))
    if file_format == "geojson":
        return lambda batch: geojson_rows(batch, columns)
    return lambda batch: batch


class _CsvWriter:
    def __init__(self, file: BinaryIO, names: Sequence[str]) -> None:
        self.file = file
        file.write(csv_header(names))

    def write(self, content: bytes) -> None:
        self.file.write(content)

    def close(self) -> None:
        """Nothing ends a CSV file."""


class _GeoJsonWriter:
    def __init__(self, file: BinaryIO) -> None:
        self.file, self.is_first = file, True
        file.write(b'{"type": "FeatureCollection", "features": [\n')

    def write(self, content: bytes) -> None:
        if content:
            self.file.write(content if self.is_first else b",\n" + content)
            self.is_first = False

    def close(self) -> None:
        self.file.write(b"\n]}\n")


class _ParquetWriter:
    """Row groups of some size, so that a reader can skip, and the memory of a writer stays small."""

    _ROWS = 1 << 18

    def __init__(self, file: BinaryIO, schema: Any) -> None:
        import pyarrow.parquet as pq

        self.writer = pq.ParquetWriter(file, schema, compression="zstd")
        self.waiting: list[Any] = []
        self.rows = 0

    def write(self, content: Any) -> None:
        self.waiting.append(content)
        self.rows += content.num_rows
        if self.rows >= self._ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self.rows:
            table = pa.Table.from_batches(self.waiting).unify_dictionaries()
            self.writer.write_table(table, row_group_size=max(self.rows, 1))
        self.waiting, self.rows = [], 0

    def close(self) -> None:
        self._flush()
        self.writer.close()


def writer(file: BinaryIO, file_format: FileFormat, schema: Any, columns: Columns) -> Writer:
    """Begin a file of a format."""
    import pyarrow as pa

    if file_format == "parquet":
        return _ParquetWriter(file, schema)
    if file_format == "geojson":
        return _GeoJsonWriter(file)
    empty = pa.RecordBatch.from_pylist([], schema=schema)
    return _CsvWriter(file, with_position(empty, columns.geometry).schema.names)


class Stage:
    """Files that are written beside their places and take them together, at the end.

    Attributes
    ----------
    refused : int
        How many rows were refused.
    """

    def __init__(self, out: Path) -> None:
        self.out, self.refused = out, 0
        self._files: dict[Path, Path] = {}
        self._rejects: BinaryIO | None = None

    @property
    def rejects(self) -> Path:
        """The table of refused rows."""
        return self.out.with_name(self.out.name + REJECTS_SUFFIX)

    def path_for(self, final: Path) -> Path:
        """Return where to write what is to stand in a place."""
        unfinished = final.with_name(f".{final.name}.{os.getpid()}{_UNFINISHED}")
        self._files[final] = unfinished
        return unfinished

    def refuse(self, found: Classified) -> None:
        """Write down the refused rows of a batch."""
        if not found.refused:
            return
        if self._rejects is None:
            self._rejects = self.path_for(self.rejects).open("wb")
            self._rejects.write(csv_header(REJECT_COLUMNS))
        self._rejects.write(reject_rows(found.refused))
        self.refused += len(found.refused)

    def commit(self) -> None:
        """Put every file in its place, the table itself last."""
        if self._rejects is not None:
            self._rejects.close()
        else:
            self.rejects.unlink(missing_ok=True)  # of a run before, and of other rows
        for unfinished in self._files.values():
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
        for final in sorted(self._files, key=lambda path: path == self.out):
            self._files[final].replace(final)
        sync_folder(self.out.parent)

    def discard(self) -> None:
        """Remove whatever has not taken its place."""
        if self._rejects is not None:
            self._rejects.close()
        for unfinished in self._files.values():
            unfinished.unlink(missing_ok=True)


@contextmanager
def staged(out: Path) -> Iterator[Stage]:
    """Lend a stage; what was written there takes its place if the block ends well, and is removed if not.

    Raises
    ------
    OutputError
        If anything cannot be written; what was there before is still there.
    """
    if not out.parent.is_dir():
        raise OutputError(f"{out}: cannot be written: no folder {out.parent}")
    if out.is_dir():
        raise OutputError(f"{out}: cannot be written: it is a folder")
    stage = Stage(out)
    try:
        try:
            _sweep(out)
            yield stage
            stage.commit()
        finally:
            stage.discard()
    except OSError as error:
        raise OutputError(f"{error.filename or out}: cannot be written: {error.strerror or error}") from error


def _sweep(out: Path) -> None:
    """Remove what runs that were killed have left."""
    for left in out.parent.glob(f".{_escaped(out.name)}*{_UNFINISHED}"):
        owner = left.name.removesuffix(_UNFINISHED).rpartition(".")[2]
        if owner.isdigit() and not _is_alive(int(owner)):
            with contextlib.suppress(FileNotFoundError):
                left.unlink()


def _escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "[?*" else char for char in name)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

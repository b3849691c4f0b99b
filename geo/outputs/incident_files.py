"""Write the table of classified incidents: all of it or nothing, whatever stops the run."""

import os
import shutil
from collections.abc import Callable, Iterator
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
    """Takes what `encoder` makes of each batch, in order; or whole parts of a table, as text or as batches."""

    def write(self, content: Any) -> None:
        """Write one batch, or one part."""

    def close(self) -> None:
        """Write what ends the file."""


def encoder(file_format: FileFormat, columns: Columns) -> Callable[[Any], Any]:
    """Return what makes of a batch the content that a writer of this format takes; it may run in any thread."""
    if file_format == "csv":
        return lambda batch: csv_rows(with_position(batch, columns.geometry))
    if file_format == "geojson":
        return lambda batch: geojson_rows(batch, columns)
    return lambda batch: batch


class _TextWriter:
    """A file of text: what comes first, batches with something between them, and what ends it."""

    def __init__(self, file: BinaryIO, head: bytes, between: bytes, tail: bytes) -> None:
        self.file, self.between, self.tail = file, between, tail
        self.is_first = True
        file.write(head)

    def write(self, content: bytes) -> None:
        if content:
            self.file.write(content if self.is_first else self.between + content)
            self.is_first = False

    def close(self) -> None:
        self.file.write(self.tail)


class _ParquetWriter:
    """Row groups of some size, so that a reader can skip, and the memory of a writer stays small."""

    _ROWS = 1 << 17

    def __init__(self, file: BinaryIO, schema: Any) -> None:
        import pyarrow.parquet as pq

        self.writer = pq.ParquetWriter(file, schema, compression="zstd", compression_level=1)
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
            self.writer.write_table(table, row_group_size=self.rows)
        self.waiting, self.rows = [], 0

    def close(self) -> None:
        self._flush()
        self.writer.close()


def writer(file: BinaryIO, file_format: FileFormat, schema: Any, columns: Columns, *, is_part: bool = False) -> Writer:
    """Begin a file of a format, or a part of one, which has no beginning and no end of its own."""
    import pyarrow as pa

    if file_format == "parquet":
        return _ParquetWriter(file, schema)
    if file_format == "geojson":
        head, tail = (b"", b"") if is_part else (b'{"type": "FeatureCollection", "features": [\n', b"\n]}\n")
        return _TextWriter(file, head, b",\n", tail)
    empty = pa.RecordBatch.from_pylist([], schema=schema)
    names = with_position(empty, columns.geometry).schema.names
    return _TextWriter(file, b"" if is_part else csv_header(names), b"", b"")


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
        self._folders: list[Path] = []
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

    def folder(self) -> Path:
        """Make a folder beside the table for what is to go with the stage."""
        folder = self.out.with_name(f".{self.out.name}.parts.{os.getpid()}{_UNFINISHED}")
        folder.mkdir()
        self._folders.append(folder)
        return folder

    def refuse_text(self, lines: bytes, count: int) -> None:
        """Write down refused rows that are text already."""
        if self._rejects is None:
            self._rejects = self.path_for(self.rejects).open("wb")
            self._rejects.write(csv_header(REJECT_COLUMNS))
        self._rejects.write(lines)
        self.refused += count

    def refuse(self, found: Classified) -> None:
        """Write down the refused rows of a batch."""
        if found.refused:
            self.refuse_text(reject_rows(found.refused), len(found.refused))

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
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)


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
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


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

"""CSV of any origin: every record becomes a row of an Arrow record batch, or is rejected with its number.

The parser is pyarrow's. It does not report quotes that are out of place, and it refuses a whole file that is not UTF-8.
The file object that it reads from (`_Text`) therefore checks the quotes, and marks bytes that are not UTF-8.
"""

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from geo.errors import DataError, OutputError, Problem
from geo.inputs.incident_columns import recognise

T = TypeVar("T")
BOM = b"\xef\xbb\xbf"
# The parser reads blocks of this size; no row may be longer.
BLOCK_BYTES = 4 << 20
# A header is searched for below so many lines.
MOST_LINES_ABOVE = 10
# So many characters of a rejected row are reported.
EXCERPT = 80
_DELIMITERS = ",;\t|"
# Control characters at the beginning of what is not text.
_BINARY, _BINARY_HEAD = re.compile(rb"[\x00-\x08\x0e-\x1f]"), 1024

NOT_TEXT = "encoding: not UTF-8, or a NUL character"
UNCLOSED = "a quote that is not closed: the row spans several lines"


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


def no_rows(schema: Any) -> Any:
    """Return a record batch without rows."""
    return pa.RecordBatch.from_pylist([], schema=schema)


def refused_file(path: Path, rule: str, found: str, repair: str) -> DataError:
    """Return the error that refuses a whole file."""
    return DataError([Problem(path.name, "", rule, found, repair)])


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise the errors of reading a file as errors of this package."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise refused_file(path, "gzip", f"damaged or cut off ({error})", "fetch the file again") from None
    except pa.ArrowException as error:
        long = "straddling" in str(error)
        found = f"a row longer than {BLOCK_BYTES >> 20} MB: perhaps a quote that is not closed" if long else str(error)
        raise refused_file(path, "format", found, "correct the file or write it again") from None
    except RuntimeError as error:  # of pyogrio, or of JSON that is nested too deeply
        raise refused_file(path, "format", f"damaged, or nested too deeply ({error})", "correct the file") from None
    except UnicodeEncodeError:
        raise refused_file(path, "format", "half a character in a text", "correct the file") from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error


def opened(path: Path, *, is_gzip: bool) -> BinaryIO:
    """Open a file that may be compressed by gzip."""
    return gzip.open(path, "rb") if is_gzip else path.open("rb")  # type: ignore[return-value]


def open_csv(path: Path, head: bytes, given: Mapping[str, str], *, is_gzip: bool) -> tuple[list[str], Piece, str]:
    """Return the columns of a CSV file, a reader of its rows, and what was left out.

    Parameters
    ----------
    path : Path
        The file.
    head : bytes
        Its beginning, unpacked.
    given : mapping of str to str
        Columns that the user has named.
    is_gzip : bool
        Whether it is compressed.
    """
    content = head
    while content.startswith(BOM):
        content = content.removeprefix(BOM)
    lines = content.splitlines(keepends=True)
    excel = re.fullmatch(rb"sep=(.)\s*", lines[0], re.IGNORECASE) if lines else None
    candidates = []
    for number, line in enumerate(lines[: MOST_LINES_ABOVE + 1]):
        text = line.decode(errors="replace")
        delimiter = excel[1].decode() if excel else max(_DELIMITERS, key=text.count)
        reader = csv.reader((one.decode(errors="replace") for one in lines[number:]), delimiter=delimiter)
        candidates.append((next(reader, []), (delimiter, number + reader.line_num)))
    try:
        names, (delimiter, count), note = find_header(path, candidates, given)
    except DataError:
        start = content[:_BINARY_HEAD]
        first, second = start[::2].count(0), start[1::2].count(0)
        if min(first, second) == 0 and max(first, second) > len(start) // 4:
            raise refused_file(path, "format", "UTF-16 text", "save it as UTF-8") from None
        if _BINARY.search(start):
            found = "a binary file of an unknown kind"
            raise refused_file(path, "format", found, "convert it to CSV, Parquet or GeoPackage") from None
        raise
    if any("\ufffd" in name or "\0" in name for name in names):
        raise refused_file(path, "encoding", "a header that is not UTF-8 text", "save the file as UTF-8")
    begins = len(head) - len(content) + sum(map(len, lines[:count]))
    return names, partial(_read, path, names, delimiter, begins, is_gzip), note


def find_header(
    path: Path, candidates: Sequence[tuple[Sequence[str], T]], given: Mapping[str, str]
) -> tuple[list[str], T, str]:
    """Return the columns of the first row that names a position, what comes with that row, and what is left out."""
    rows = [(cells, more) for cells, more in candidates if any(cell.strip() for cell in cells)]
    if not rows:
        raise refused_file(path, "header", "no names of columns", "begin with a line of column names")
    for above, (cells, more) in enumerate(rows):
        names = [cell.strip() or f"column_{number}" for number, cell in enumerate(cells, 1)]
        try:
            recognise(path.name, names, given)
        except DataError:
            continue
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise refused_file(path, "header", f"two columns are called {twice!r}", "give every column its own name")
        return names, more, f"left out {above} line{'s' if above > 1 else ''} above the header" if above else ""
    recognise(path.name, max((cells for cells, _ in rows), key=len), given)
    raise AssertionError("a header that is recognised was found above")


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


def _read(
    path: Path, header: Sequence[str], delimiter: str, begins: int, is_gzip: bool, names: Sequence[str] | None
) -> Iterator[Rows]:
    refused: list[Refusal] = []

    def refuse(row: Any) -> str:
        reason = f"wrong column count: {row.actual_columns} instead of {row.expected_columns}"
        refused.append(Refusal(path.name, row.number, NOT_TEXT if "\0" in row.text else reason, row.text[:EXCERPT]))
        return "skip"

    with reading(path), opened(path, is_gzip=is_gzip) as file:
        file.read(begins)
        text = _Text(file, delimiter)
        is_empty = not file.peek(1)  # type: ignore[attr-defined]
        reader = () if is_empty else arrow_csv.open_csv(
            pa.PythonFile(text, mode="r"),
            arrow_csv.ReadOptions(column_names=list(header), block_size=BLOCK_BYTES, use_threads=False),
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
        yield Rows(no_rows(pa.schema(dict.fromkeys(names or header, pa.string()))), np.arange(0), tuple(refused))


def _checked(file: str, rows: Rows, delimiter: str, count: int, text: _Text) -> Rows:
    """Reject rows that are not text, or in which other rows may be hidden."""
    is_binary, is_hiding = np.zeros((2, rows.batch.num_rows), dtype=bool)
    for column in rows.batch.columns:
        if (np.frombuffer(column.buffers()[2] or b"", dtype=np.uint8) == 0).any():
            is_binary |= np.asarray(pc.match_substring(column, "\0"))
        if text.has_stray_quotes:
            has_lines = pc.match_substring_regex(column, "[\r\n]")
            has_cells = pc.greater_equal(pc.count_substring(column, delimiter), count - 1)
            is_hiding |= np.asarray(pc.and_(has_lines, has_cells))
    is_bad = is_binary | is_hiding
    if not is_bad.any():
        return rows
    refused = list(rows.refused)
    for row in np.flatnonzero(is_bad).tolist():
        found = delimiter.join(rows.batch.slice(row, 1).to_pylist()[0].values())[:EXCERPT]
        refused.append(Refusal(file, int(rows.numbers[row]), NOT_TEXT if is_binary[row] else UNCLOSED, found))
    return Rows(rows.batch.filter(pa.array(~is_bad)), rows.numbers[~is_bad], tuple(refused))

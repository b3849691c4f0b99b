"""CSV of any origin, some megabytes at a time: every record becomes a row or is refused, with its number and its line.

Records are told apart here, and only whole, well-formed ones are handed to the fast parser. A quote opens a quoted
field only where a field begins; a quoted field may hold line breaks. A quote that is never closed costs its own line
only: the next line is read as a record again.
"""

import csv
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.errors import DataError, OutputError, Problem
from geo.inputs.incident_batches import Pending, Refusal, Rows

# Bytes that are looked at together, and how long a single record may be.
BLOCK_BYTES = 2 << 20
LONGEST_RECORD_BYTES = 1 << 20
DELIMITERS = ",;\t|"

WRONG_COUNT = "wrong column count"
ENCODING = "encoding"
NUL = "a NUL character"
UNCLOSED = "a quote that is not closed"
TRAILING = "text after a closing quote"
TOO_LONG = "a record longer than 1 MB"

_QUOTE, _LF, _CR = 34, 10, 13
_EXCERPT = 80
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class _Block(NamedTuple):
    """Whole records: the bytes, and where each begins and ends (line break included)."""

    content: bytes
    begins: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    faults: dict[int, str]
    first_row: int
    first_line: int
    size: int  # bytes of the file, with what was skipped after them


@dataclass(frozen=True, slots=True)
class CsvSource:
    """A CSV file, plain or compressed by gzip."""

    path: Path
    header: tuple[str, ...]
    delimiter: str
    line_break: bytes
    begins: int
    first_line: int
    is_gzip: bool
    ends: int | None = None
    first_row: int = 1
    geometry: str | None = None

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.path.name

    @property
    def schema(self) -> Any:
        """The columns, all of them texts."""
        import pyarrow as pa

        return pa.schema([(name, pa.string()) for name in self.header])

    def batches(self) -> Iterator[Pending]:
        """Yield all rows, some at a time, in their order."""
        with _told_plainly(self.path), _opened(self.path, is_gzip=self.is_gzip) as file:
            _skip(file, self.begins)
            left = None if self.ends is None else self.ends - self.begins
            for block in _blocks(file, self.delimiter, self.line_break, self.first_line, self.first_row, left):
                yield partial(_parsed, self, block)

    def parts(self, at_least_bytes: int) -> Iterator["CsvSource"]:
        """Yield the file in parts that can be read alone, each of whole records; a compressed one is one part."""
        if self.is_gzip:
            yield self
            return
        begins, row, line, at = self.begins, 1, self.first_line, self.begins
        with _told_plainly(self.path), _opened(self.path, is_gzip=False) as file:
            _skip(file, self.begins)
            for block in _blocks(file, self.delimiter, self.line_break, self.first_line, 1, None):
                at += block.size
                if at - begins >= at_least_bytes:
                    yield replace(self, begins=begins, ends=at, first_row=row, first_line=line)
                    begins, row = at, block.first_row + len(block.begins)
                    line = block.first_line + block.content.count(b"\n") + (block.size > len(block.content))
        if at > begins:
            yield replace(self, begins=begins, ends=at, first_row=row, first_line=line)


def open_csv(path: Path, *, is_gzip: bool) -> CsvSource:
    """Open a CSV file and read its header.

    Raises
    ------
    DataError
        If it has none, it is not UTF-8, or two columns have the same name.
    OutputError
        If it cannot be read.
    """
    with _told_plainly(path), _opened(path, is_gzip=is_gzip) as file:
        head = file.read(LONGEST_RECORD_BYTES)
    if head[:2] in _BOMS:
        raise _refused(path, "encoding", _BOMS[head[:2]], "save the file as UTF-8")
    begins = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    line_break = b"\n" if b"\n" in head or b"\r" not in head else b"\r"
    blank = re.compile(rb"[\r\n]*").match(head, begins)
    begins = blank.end() if blank else begins
    end = _end_of_header(head, begins, line_break)
    raw = head[begins:end]
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise _refused(path, "encoding", "a header that is not UTF-8", "save the file as UTF-8") from None
    if not text.strip() or "\0" in text:
        raise _refused(path, "header", "no names of columns", "begin with a line of column names")
    delimiter = max(DELIMITERS, key=text.count)
    names = _names(next(csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), delimiter=delimiter)))
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise _refused(path, "header", f"{twice!r} stands twice", "give every column a name of its own")
    first_line = 1 + head[:end].count(line_break)
    return CsvSource(path, names, delimiter, line_break, end, first_line, is_gzip)


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip() or f"column_{number}" for number, cell in enumerate(cells, 1))


def _end_of_header(head: bytes, begins: int, line_break: bytes) -> int:
    at = begins
    while (at := head.find(line_break, at)) >= 0:
        at += 1
        if head.count(b'"', begins, at) % 2 == 0:
            return at
    return len(head)


def _refused(path: Path, rule: str, found: str, repair: str) -> DataError:
    return DataError([Problem(path.name, "", rule, found, repair)])


class _told_plainly:  # noqa: N801 - it is used as a function
    """Say plainly what kept a file from being read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, EOFError | zlib.error) or (isinstance(error, OSError) and error.errno is None):
            raise _refused(self.path, "gzip", f"damaged or cut off ({error})", "fetch the file again") from None
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise OutputError(f"{self.path}: cannot be read: {error.strerror or error}") from error


def _opened(path: Path, *, is_gzip: bool) -> BinaryIO:
    if is_gzip:
        import gzip

        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb", buffering=0)


def _skip(file: BinaryIO, count: int) -> None:
    while count > 0:
        count -= len(file.read(count)) or count


def _blocks(
    file: BinaryIO, delimiter: str, line_break: bytes, first_line: int, first_row: int, left: int | None
) -> Iterator[_Block]:
    """Yield whole records, some at a time, of so many bytes that are left, or of all."""
    rest, row, line = b"", first_row, first_line
    while True:
        fresh = file.read(BLOCK_BYTES if left is None else min(BLOCK_BYTES, left))
        left = None if left is None else left - len(fresh)
        content = rest + (fresh if line_break == b"\n" else fresh.replace(b"\r", b"\n"))
        is_last = not fresh
        if not content:
            return
        begins, ends, faults = _records(content, delimiter, is_last=is_last)
        whole = int(ends[-1]) if len(ends) else 0
        skipped, rest = 0, content[whole:]
        if whole and not rest and not content.endswith(b"\n") and not is_last:
            skipped, rest = _skipped(file, line_break, left)
            left = None if left is None else left - skipped - len(rest)
        if whole:
            yield _Block(content[:whole], begins, ends[: len(begins)], faults, row, line, whole + skipped)
        row += len(begins)
        line += content.count(b"\n", 0, whole) + (skipped > 0)
        if is_last:
            return


def _skipped(file: BinaryIO, line_break: bytes, left: int | None) -> tuple[int, bytes]:
    """Read to the end of a line that is too long; return how many bytes that were, and what was read beyond."""
    count = 0
    while fresh := file.read(BLOCK_BYTES if left is None else min(BLOCK_BYTES, left - count)):
        end = fresh.find(line_break) + 1
        if end:
            return count + end, fresh[end:].replace(b"\r", b"\n") if line_break == b"\r" else fresh[end:]
        count += len(fresh)
    return count, b""


def _records(
    content: bytes, delimiter: str, *, is_last: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], dict[int, str]]:
    """Return where the records of some bytes begin and end, blank lines left out, and which are malformed."""
    quick = _quick_ends(content, delimiter, is_last=is_last)
    if quick is None:
        return _careful_records(content, delimiter, is_last=is_last)
    begins = np.concatenate([[0], quick[:-1]]).astype(np.int64) if len(quick) else np.zeros(0, dtype=np.int64)
    length = quick - begins
    first = np.frombuffer(content, dtype=np.uint8)[begins] if len(begins) else np.zeros(0, dtype=np.uint8)
    second = np.frombuffer(content + b"\0", dtype=np.uint8)[begins + 1] if len(begins) else first
    is_blank = ((first == _LF) & (length == 1)) | ((first == _CR) & (length == 2) & (second == _LF))
    # The end of a blank line that comes last still says where the next block begins.
    if is_blank.any():
        ends = quick.copy()
        kept = np.flatnonzero(~is_blank)
        if not len(kept):
            return np.zeros(0, dtype=np.int64), ends[-1:], {}
        begins, ends = begins[kept], ends[kept]
        ends[-1] = quick[-1]
        return begins, ends, {}
    return begins, quick, {}


def _quick_ends(content: bytes, delimiter: str, *, is_last: bool) -> npt.NDArray[np.int64] | None:
    """Return where records end, or None where quotes need a closer look, or nothing ends."""
    text = np.frombuffer(content, dtype=np.uint8)
    is_end = text == _LF
    if b'"' in content:
        is_quote = text == _QUOTE
        is_inside = (np.cumsum(is_quote, dtype=np.uint8) & 1).astype(bool)
        if is_inside[-1] and is_last:
            return None
        before = np.concatenate([[_LF], text[:-1]])
        after = np.concatenate([text[1:], [_LF]])
        quotes = np.flatnonzero(is_quote)
        opens = is_inside[quotes]
        border = (_LF, _CR, ord(delimiter), _QUOTE)
        if not (np.isin(before[quotes[opens]], border).all() and np.isin(after[quotes[~opens]], border).all()):
            return None
        if (before[quotes[opens]] == _CR).any():
            return None
        is_end &= ~is_inside
    ends = np.flatnonzero(is_end).astype(np.int64) + 1
    if is_last and (not len(ends) or ends[-1] < len(content)):
        ends = np.append(ends, len(content))
    left = len(content) - (int(ends[-1]) if len(ends) else 0)
    longest = int(np.diff(ends, prepend=0).max()) if len(ends) else 0
    return None if max(left, longest) > LONGEST_RECORD_BYTES else ends


def _careful_records(
    content: bytes, delimiter: str, *, is_last: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], dict[int, str]]:
    """Do the same record by record, wherever quotes are astray."""
    field = _field(delimiter)
    begins: list[int] = []
    ends: list[int] = []
    faults: dict[int, str] = {}
    at = 0
    while at < len(content):
        end, fault = _record_end(content, at, field, delimiter.encode(), is_last=is_last)
        if end is None:
            break
        if content[at:end].strip(b"\r\n") or fault:
            if fault:
                faults[len(begins)] = fault
            begins.append(at)
            ends.append(end)
        elif ends:
            ends[-1] = end  # a blank line; what comes before it is cut off it later
        at = end
    if not begins:
        return np.zeros(0, dtype=np.int64), np.array([at] if at else [], dtype=np.int64), {}
    ends[-1] = max(ends[-1], at)
    return np.array(begins, dtype=np.int64), np.array(ends, dtype=np.int64), faults


def _record_end(
    content: bytes, begins: int, field: re.Pattern[bytes], delimiter: bytes, *, is_last: bool
) -> tuple[int | None, str]:
    """Return where the record ends that begins here, and what is wrong with it; None if its end is not here yet."""
    limit = min(len(content), begins + LONGEST_RECORD_BYTES)
    at = begins
    while True:
        match = field.match(content, at, limit)
        if match is None:
            reason = UNCLOSED
            break
        at = match.end()
        if at == limit:
            if limit == len(content):
                return (limit, "") if is_last else (None, "")
            reason = TOO_LONG
            break
        following = content[at : at + 1]
        if following == delimiter:
            at += 1
        elif following == b"\n":
            return at + 1, ""
        elif content[at : at + 2] == b"\r\n":
            return at + 2, ""
        else:
            reason = TRAILING
            break
    # A quote may still be closed by what has not been read yet.
    if reason == UNCLOSED and not is_last and len(content) - begins < LONGEST_RECORD_BYTES:
        return None, ""
    end = content.find(b"\n", begins if reason != TOO_LONG else at) + 1
    if end:
        return end, reason
    return (len(content), reason) if is_last or len(content) - begins >= LONGEST_RECORD_BYTES else (None, "")


def _parsed(source: CsvSource, block: _Block) -> Rows:
    """Take records apart into cells; those that cannot be are refused."""
    faults = dict(block.faults)
    faults.update({row: fault for row, fault in _byte_faults(block) if row not in faults})
    faults.update(dict(_count_faults(source, block, dict(faults))))
    numbers = block.first_row + np.arange(len(block.begins), dtype=np.int64)
    lines = _lines(block)
    refused = tuple(
        Refusal(source.name, int(numbers[row]), int(lines[row]), fault, _excerpt(block, row))
        for row, fault in sorted(faults.items())
    )
    good = np.ones(len(block.begins), dtype=bool)
    good[list(faults)] = False
    batch = _batch(source, block, good, is_whole=not faults)
    return Rows(batch, numbers[good], lines[good], refused)


def _byte_faults(block: _Block) -> Iterator[tuple[int, str]]:
    if b"\0" in block.content:
        places = np.flatnonzero(np.frombuffer(block.content, dtype=np.uint8) == 0)
        for row in np.unique(np.searchsorted(block.ends, places, side="right")):
            yield int(row), NUL
    try:
        block.content.decode()
    except UnicodeDecodeError:
        for row, (begins, ends) in enumerate(zip(block.begins, block.ends, strict=True)):
            try:
                block.content[begins:ends].decode()
            except UnicodeDecodeError:
                yield row, ENCODING


def _count_faults(source: CsvSource, block: _Block, faults: dict[int, str]) -> Iterator[tuple[int, str]]:
    text = np.frombuffer(block.content, dtype=np.uint8)
    is_mark = text == ord(source.delimiter)
    if block.faults or not _is_evenly_quoted(block, text):
        counts = np.array(
            [
                len(source.header) - 1 if row in faults else len(_cells(source, block, row)) - 1
                for row in range(len(block.begins))
            ]
        )
    else:
        if b'"' in block.content:
            is_mark &= (np.cumsum(text == _QUOTE, dtype=np.uint8) & 1) == 0
        places = np.flatnonzero(is_mark)
        counts = np.searchsorted(places, block.ends) - np.searchsorted(places, block.begins)
    for row in np.flatnonzero(counts != len(source.header) - 1):
        if int(row) not in faults:
            yield int(row), f"{WRONG_COUNT}: {int(counts[row]) + 1} instead of {len(source.header)}"


def _is_evenly_quoted(block: _Block, text: npt.NDArray[np.uint8]) -> bool:
    """Return whether quotes stand where fields begin and end only, so that counting them tells what is quoted."""
    if b'"' not in block.content:
        return True
    quotes = np.flatnonzero(text == _QUOTE)
    before = np.where(quotes > 0, text[quotes - 1], _LF)
    opens = np.arange(len(quotes)) % 2 == 0
    return len(quotes) % 2 == 0 and bool(
        (np.isin(before, [ord(one) for one in DELIMITERS] + [_LF, _QUOTE]) | ~opens).all()
    )


def _cells(source: CsvSource, block: _Block, row: int) -> list[str]:
    """Return the cells of one record, taken apart with care."""
    content = block.content[block.begins[row] : block.ends[row]].rstrip(b"\r\n")
    field, cells, at = _field(source.delimiter), [], 0
    while match := field.match(content, at):
        raw = match[0]
        cells.append(raw[1:-1].replace(b'""', b'"') if raw.startswith(b'"') else raw)
        at = match.end() + 1
        if at > len(content):
            break
    return [cell.decode(errors="replace") for cell in cells]


@lru_cache(maxsize=8)
def _field(delimiter: str) -> re.Pattern[bytes]:
    """Return what matches one field: in quotes, which may be doubled within, or without."""
    mark = re.escape(delimiter.encode())
    return re.compile(rb'"(?:[^"]|"")*+"(?!")|(?!")[^\n' + mark + rb"]*+")


def _lines(block: _Block) -> npt.NDArray[np.int64]:
    breaks = np.flatnonzero(np.frombuffer(block.content, dtype=np.uint8) == _LF)
    return block.first_line + np.searchsorted(breaks, block.begins).astype(np.int64)


def _excerpt(block: _Block, row: int) -> str:
    raw = block.content[block.begins[row] : block.ends[row]][:_EXCERPT]
    return raw.decode(errors="backslashreplace").rstrip("\r\n").replace("\0", "\\x00")


def _batch(source: CsvSource, block: _Block, good: npt.NDArray[np.bool_], *, is_whole: bool) -> Any:
    import pyarrow as pa
    from pyarrow import csv as arrow

    schema = source.schema
    count = int(good.sum())
    if not count:
        return pa.RecordBatch.from_pylist([], schema=schema)
    content = block.content
    if not is_whole:
        content = b"".join(block.content[block.begins[row] : block.ends[row]] for row in np.flatnonzero(good))
    if not block.faults:
        table = arrow.read_csv(
            pa.py_buffer(content),
            arrow.ReadOptions(column_names=list(source.header), block_size=len(content) + 1, use_threads=False),
            arrow.ParseOptions(delimiter=source.delimiter, newlines_in_values=True, ignore_empty_lines=True),
            arrow.ConvertOptions(
                column_types=schema, null_values=[], strings_can_be_null=False, check_utf8=False, include_columns=None
            ),
        )
        if table.num_rows == count:
            return table.combine_chunks().to_batches()[0]
    rows = [_cells(source, block, int(row)) for row in np.flatnonzero(good)]
    return pa.RecordBatch.from_arrays(
        [pa.array(list(cells), pa.string()) for cells in zip(*rows, strict=True)], schema=schema
    )

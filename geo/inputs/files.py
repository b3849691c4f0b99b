"""Read one input file, or refuse it with the reason."""

import re
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from geo.errors import GeoError, OutputError, Problem

CHECKOUT = Path(__file__).resolve().parents[2]
# An installed package contains the layers.
_SHIPPED = Path(__file__).resolve().parents[1] / "layers"
IS_CHECKOUT = not _SHIPPED.is_dir()
LAYERS_DIR = CHECKOUT / "layers" if IS_CHECKOUT else _SHIPPED
LARGEST_MB = 20
# Nesting of lists and tables; the coordinates of a polygon are at the seventh level of their file.
DEEPEST = 32
_LONGEST_QUOTE = 60

_ARABIC = re.compile(r"[\u0621-\u064a]{2}")


class RefusedError(ValueError):
    """A file, or a part of one, breaks a rule.

    Attributes
    ----------
    rule, found, repair, where : str
        As in `geo.errors.Problem`.
    """

    def __init__(self, rule: str, found: str, repair: str, *, where: str = "") -> None:
        self.rule, self.found, self.repair, self.where = rule, found, repair, where
        super().__init__(found)

    def problem(self, file: str, where: str = "") -> Problem:
        """Return the error with its file; `where` is its place, unless the reader of the file knows it better."""
        return Problem(file, self.where or where, self.rule, self.found, self.repair)


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that was read, for the manifest of a build.

    Attributes
    ----------
    name : str
        Name in the layers folder.
    size : int
        Bytes.
    sha256 : str
        Of the bytes, in hexadecimal.
    rows : int or None
        Rows in the file, accepted or not; None for a file without rows.
    """

    name: str
    size: int
    sha256: str
    rows: int | None = None


def refuse_shipped(folder: Path) -> None:
    """Refuse to change the layers of an installed package, which the next installation would overwrite.

    Raises
    ------
    GeoError
        If it is their folder.
    """
    if folder.resolve() == _SHIPPED:
        raise GeoError(f"{folder}: belongs to the installed package; copy the folder and edit the copy")


def digest_of(content: bytes) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    return sha256(content).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return the content of an input file.

    Raises
    ------
    RefusedError
        If the file is missing, a link, not a regular file, or too large.
    OutputError
        If it exists but cannot be opened.
    """
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a link" if stat.S_ISLNK(status.st_mode) else "not a regular file"
            raise RefusedError("file", kind, "replace it with a regular file")
        if status.st_size > LARGEST_MB * 2**20:
            raise RefusedError("size", f"{status.st_size / 2**20:.0f} MB", f"reduce it to at most {LARGEST_MB} MB")
        return path.read_bytes()
    except FileNotFoundError:
        raise RefusedError("file", "missing", f"add it to {path.parent}") from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}") from error


def as_text(content: bytes) -> str:
    """Decode bytes as UTF-8, with or without a byte order mark.

    Raises
    ------
    RefusedError
        If they are in another encoding; the message names it if it can be detected.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"{_encoding_of(content)} (byte {error.start} is not UTF-8)"
        raise RefusedError("encoding", found, "save the file as UTF-8") from None
    if "\0" in text:
        at = text.index("\0")
        found = f"{_encoding_of(content)} (NUL characters)" if text.count("\0") > len(text) // 4 else "a NUL character"
        raise RefusedError(
            "encoding", found, "remove the NUL characters", where=f"line {text.count(chr(10), 0, at) + 1}"
        )
    return text


def quoted(value: Any) -> str:
    """Return a value for a message: escaped and shortened."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 3]}..."


def too_deep(rule: str) -> RefusedError:
    """Return the error for values nested deeper than `DEEPEST`, on which recursive code fails."""
    return RefusedError(rule, f"nested more than {DEEPEST} levels deep", "write values without nested lists or tables")


def is_too_deep(value: Any) -> bool:
    """Return whether lists and tables are nested deeper than `DEEPEST`, without recursion."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            part
            for each in level
            for part in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(part, (list, dict))
        ]
        if not level:
            return False
    return True


def _encoding_of(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content[:200].count(0) > len(content[:200]) // 4:
        return "UTF-16"
    try:
        return "Windows-1256" if _ARABIC.search(content.decode("cp1256")) else "unknown encoding"
    except UnicodeDecodeError:
        return "unknown encoding"

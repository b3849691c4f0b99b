"""Write files so that a reader finds the old or the new one, and never over somebody else's change."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from geo.errors import BusyError, ConflictError, OutputError
from geo.inputs.files import RefusedError, digest_of, read_bytes

LOCK = ".lock"
PATIENCE_S = 10.0
_DIGITS = 12


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        File to create or replace; its folder must exist.
    text : str
        What it is to hold, as UTF-8.

    Raises
    ------
    OutputError
        If it cannot be written; what was there before is still there.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            with unfinished.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def replace_known_file(path: Path, text: str, *, known: str) -> None:
    """Write a file if it still is what the writer had read; else keep both versions.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        What it is to hold.
    known : str
        Digest of what the writer had read; empty if there was no file.

    Raises
    ------
    ConflictError
        If the file is another one by now. The text then stands beside it as ``<name>.conflict-<digest>``.
    BusyError
        If somebody else has been writing in this folder for too long.
    OutputError
        If it cannot be written.
    """
    wanted = digest_of(text.encode())
    with _locked(path.parent):
        present = _digest_on_disk(path)
        if present == wanted:
            return
        if present != known:
            aside = path.with_name(f"{path.stem}.conflict-{wanted[:_DIGITS]}{path.suffix}")
            replace_file(aside, text)
            raise ConflictError(path, aside)
        replace_file(path, text)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    if not folder.is_dir():
        raise OutputError(f"{folder}: cannot be written: no such folder")
    try:
        with FileLock(folder / LOCK, timeout=PATIENCE_S):
            yield
    except Timeout:
        raise BusyError(f"{folder}: somebody else has been writing here for {PATIENCE_S:g} s; try again") from None
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror or error}") from error


def _digest_on_disk(path: Path) -> str:
    try:
        return digest_of(read_bytes(path))
    except RefusedError as error:
        if path.exists() or path.is_symlink():
            raise OutputError(f"{path}: cannot be replaced: {error.found}; {error.repair}") from error
        return ""


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; some systems cannot open a folder, and then need not."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

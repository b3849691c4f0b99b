"""Write files so that a reader finds the old or the new one, and never over somebody else's change."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
    _replace_together({path: text})


def _replace_together(texts: Mapping[Path, str]) -> None:
    """Write files of one folder: all of them are on the disk before the first is renamed."""
    unfinished = {path.with_name(f".{path.name}.{os.getpid()}.tmp"): path for path in texts}
    try:
        try:
            for aside, path in unfinished.items():
                write_through(aside, texts[path].encode())
            for aside, path in unfinished.items():
                aside.replace(path)
        finally:
            for aside in unfinished:
                aside.unlink(missing_ok=True)
        if texts:
            sync_folder(next(iter(texts)).parent)
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
    replace_known_files([KnownFile(path, text, known)])


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file to be written: its text, and the digest of what the writer had read (empty if there was no file)."""

    path: Path
    text: str
    known: str


def replace_known_files(files: Sequence[KnownFile]) -> None:
    """Write files of one folder, in this order, if every one of them still is what the writer had read.

    Raises
    ------
    ConflictError
        If one is another file by now; none is then replaced. Its text stands beside it as ``<name>.conflict-<digest>``.
    BusyError, OutputError
        As `replace_known_file` does.
    """
    with writing_in(files[0].path.parent):
        changed = [file for file in files if not _is_written(file)]
        for file in changed:
            if _digest_on_disk(file.path) != file.known:
                aside = file.path.with_name(
                    f"{file.path.stem}.conflict-{digest_of(file.text.encode())[:_DIGITS]}{file.path.suffix}"
                )
                replace_file(aside, file.text)
                raise ConflictError(file.path, aside)
        _replace_together({file.path: file.text for file in changed})


def _is_written(file: KnownFile) -> bool:
    return _digest_on_disk(file.path) == digest_of(file.text.encode())


@contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """Keep everybody else from writing files in a folder; whoever holds it may ask for it again.

    Raises
    ------
    BusyError
        If somebody else has been writing there for too long.
    OutputError
        If there is no such folder, or no lock in it.
    """
    if not folder.is_dir():
        raise OutputError(f"{folder}: cannot be written: no such folder")
    busy = f"{folder}: somebody else has been writing here for {PATIENCE_S:g} s; try again"
    with locked(folder.resolve() / LOCK, patience_s=PATIENCE_S, busy=busy, again=True):
        yield


@contextmanager
def locked(path: Path, *, patience_s: float, busy: str, again: bool = False) -> Iterator[None]:
    """Hold a lock that the system lets go of when the process ends, however it ends.

    Parameters
    ----------
    path : Path
        The lock's file; its folder must exist. It stays when the lock is let go.
    patience_s : float
        How long to wait while somebody else holds it.
    busy : str
        What to say when that was not long enough.
    again : bool
        Whether the thread that holds it may take it once more.

    Raises
    ------
    BusyError
        If somebody else holds it for longer.
    OutputError
        If there can be no lock here.
    """
    lock = FileLock(path, timeout=patience_s, is_singleton=again)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(busy) from None
    except OSError as error:
        raise OutputError(f"{path.parent}: cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def _digest_on_disk(path: Path) -> str:
    try:
        return digest_of(read_bytes(path))
    except RefusedError as error:
        if path.exists() or path.is_symlink():
            raise OutputError(f"{path}: cannot be replaced: {error.found}; {error.repair}") from error
        return ""


def write_through(path: Path, content: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; some systems cannot open a folder, and then need not."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

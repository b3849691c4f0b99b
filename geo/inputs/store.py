"""Write files atomically, and never overwrite another user's change."""

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
    """Write a file atomically.

    Parameters
    ----------
    path : Path
        File to create or replace; its folder must exist.
    text : str
        The new content, written as UTF-8.

    Raises
    ------
    OutputError
        If it cannot be written; the old file is kept.
    """
    _replace_together({path: text})


def _replace_together(texts: Mapping[Path, str]) -> None:
    """Write files of one folder; all are on disk before the first is renamed."""
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


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file to write: its text, and the digest of the version that was read (empty if there was no file)."""

    path: Path
    text: str
    known: str


def replace_known_file(path: Path, text: str, *, known: str) -> None:
    """Write one file as `replace_known_files` does."""
    replace_known_files([KnownFile(path, text, known)])


def replace_known_files(files: Sequence[KnownFile]) -> None:
    """Write files of one folder, in this order, if none of them has changed since it was read.

    Raises
    ------
    ConflictError
        If one has changed; none is then replaced. Its text is written beside it as ``<name>.conflict-<digest>``.
    BusyError
        If another writer holds the lock of the folder for too long.
    OutputError
        If a file cannot be written.
    """
    with writing_in(files[0].path.parent):
        changed = [file for file in files if not _is_written(file)]
        for file in changed:
            if _digest_on_disk(file.path) != file.known:
                digits = digest_of(file.text.encode())[:_DIGITS]
                aside = file.path.with_name(f"{file.path.stem}.conflict-{digits}{file.path.suffix}")
                replace_file(aside, file.text)
                raise ConflictError(file.path, aside)
        _replace_together({file.path: file.text for file in changed})


def _is_written(file: KnownFile) -> bool:
    return _digest_on_disk(file.path) == digest_of(file.text.encode())


@contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """Lock a folder for writing; the lock is reentrant.

    Raises
    ------
    BusyError
        If another writer holds the lock for too long.
    OutputError
        If the folder does not exist, or cannot contain a lock.
    """
    if not folder.is_dir():
        raise OutputError(f"{folder}: cannot be written: the folder does not exist")
    busy = f"{folder}: another program has been writing here for {PATIENCE_S:g} s; try again"
    with locked(folder.resolve() / LOCK, patience_s=PATIENCE_S, busy=busy, again=True):
        yield


@contextmanager
def locked(path: Path, *, patience_s: float, busy: str, again: bool = False) -> Iterator[None]:
    """Hold a lock that the operating system releases when the process ends, however it ends.

    Parameters
    ----------
    path : Path
        The lock file; its folder must exist. The file is kept when the lock is released.
    patience_s : float
        Seconds to wait if another process holds the lock.
    busy : str
        Error message when the wait times out.
    again : bool
        Whether the lock is reentrant.

    Raises
    ------
    BusyError
        If the wait times out.
    OutputError
        If the lock file cannot be created.
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
    """Write a file and flush it to disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; systems that cannot open a folder do not need this."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

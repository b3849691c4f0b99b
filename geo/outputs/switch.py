"""Let one folder take the place of another: in one step where the system can, else in two with a journal."""

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from geo.inputs.store import replace_file, sync_folder

_HERE = -100  # AT_FDCWD: paths that are not absolute begin at the working directory
_RENAME_EXCHANGE = 2  # of Linux, and under the name RENAME_SWAP of macOS
# An old kernel, a file system such as NFS, a container that forbids what it does not know.
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}


def take_place(fresh: Path, out: Path, former: Path, journal: Path) -> None:
    """Put a folder where another one is, and that one aside.

    Parameters
    ----------
    fresh : Path
        The finished folder, all of it on the disk already.
    out : Path
        Where it is to stand, on the same file system.
    former : Path
        Where what stood there goes to, if anything did.
    journal : Path
        Where to note what is being done, while nothing stands at `out`.

    Raises
    ------
    OSError
        If it cannot be done; what stood at `out` then stands there still.
    """
    if not out.exists():
        fresh.rename(out)
    elif exchange(fresh, out):
        _sync(out, fresh)
        fresh.rename(former)
    else:
        _take_place_in_two_steps(fresh, out, former, journal)
    _sync(out, fresh)


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders, so that at no instant either name is missing; return False where the system cannot.

    Raises
    ------
    OSError
        If the system can, but not with these.
    """
    swap = _swap()
    if swap is None:
        return False
    ctypes.set_errno(0)
    if swap(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(other))


def repair(out: Path, journal: Path, *, is_whole: Callable[[Path], bool]) -> None:
    """Finish or undo a switch in two steps that a dead process has left between them.

    Parameters
    ----------
    out, journal : Path
        As for `take_place`.
    is_whole : callable
        Says whether a folder is a complete build.
    """
    if not journal.exists():
        return
    if not out.exists():
        fresh, former = (journal.parent / name for name in journal.read_text(encoding="utf-8").split("\n")[:2])
        standing = next((folder for folder in (fresh, former) if is_whole(folder)), former)
        if standing.exists():
            standing.rename(out)
            _sync(out, standing)
    journal.unlink()
    sync_folder(journal.parent)


def _take_place_in_two_steps(fresh: Path, out: Path, former: Path, journal: Path) -> None:
    replace_file(journal, f"{fresh.name}\n{former.name}\n")
    try:
        out.rename(former)
        try:
            fresh.rename(out)
        except BaseException:
            if not out.exists():
                former.rename(out)
            raise
        _sync(out, fresh)
    finally:
        if out.exists():
            journal.unlink()


def _swap() -> Callable[[bytes, bytes], int] | None:
    """Return the system's own exchange of two paths, if it has one."""
    if sys.platform == "win32":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "renameat2"):  # Linux
        return lambda one, other: int(libc.renameat2(_HERE, one, _HERE, other, _RENAME_EXCHANGE))
    if hasattr(libc, "renamex_np"):  # macOS
        return lambda one, other: int(libc.renamex_np(one, other, _RENAME_EXCHANGE))
    return None


def _sync(out: Path, fresh: Path) -> None:
    sync_folder(out.parent)
    sync_folder(fresh.parent)

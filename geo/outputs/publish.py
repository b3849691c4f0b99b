"""Publish a build atomically: write it beside the published folder, then exchange the two folders."""

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo.errors import DamagedError, OutputError
from geo.inputs.store import locked, sync_folder, write_through
from geo.outputs.manifest import MANIFEST, Manifest, build_of, is_complete, read_manifest, verify
from geo.outputs.output import Output

_AT_FDCWD = -100  # relative paths start at the working directory
_RENAME_EXCHANGE = 2  # Linux; macOS has the same number for RENAME_SWAP


@dataclass(frozen=True, slots=True)
class Site:
    """The published folder, and the hidden folder beside it.

    Attributes
    ----------
    out : Path
        The published folder; not a link.
    """

    out: Path

    @property
    def hidden(self) -> Path:
        """The folder with everything that is not published, on the same file system."""
        return self.out.parent / f".{self.out.name}.builds"

    @property
    def next(self) -> Path:
        """The build that is being written."""
        return self.hidden / "next"

    @property
    def aside(self) -> Path:
        """The folder that is being replaced, where the system cannot exchange two folders."""
        return self.hidden / "aside"

    @property
    def previous(self) -> Path:
        """The build that was published before."""
        return self.hidden / "previous"


@contextmanager
def build_lock(out_dir: Path) -> Iterator[Site]:
    """Lock a folder against other builds, and clean up after a build that was killed.

    Parameters
    ----------
    out_dir : Path
        The folder to publish; it need not exist, and a link is followed.

    Yields
    ------
    Site
        The argument of `publish`.

    Raises
    ------
    OutputError
        If the folder contains something other than a build, or cannot be written.
    BusyError
        If another build of the folder is running.
    """
    with _os_errors_in_one_line(out_dir):
        site = Site(Path(os.path.realpath(out_dir)))  # Path.resolve raises a RuntimeError for links in a circle
        _refuse_foreign(site.out)
        site.hidden.mkdir(parents=True, exist_ok=True)
    busy = f"{out_dir}: another build of this folder is running; try again when it has ended"
    with locked(site.hidden / "lock", patience_s=0, busy=busy):
        with _os_errors_in_one_line(out_dir):
            _clean_up(site)
        yield site


def publish(site: Site, outputs: Sequence[Output], manifest: Manifest) -> None:
    """Replace the published folder with a build; do nothing if it already is this build.

    Parameters
    ----------
    site : Site
        From `build_lock`.
    outputs : sequence of Output
        The files.
    manifest : Manifest
        Their manifest.

    Raises
    ------
    OutputError
        If a file cannot be written, or is read back with other content. The published folder is then unchanged, or,
        if the disk fails after the exchange, the complete new build.
    """
    with _os_errors_in_one_line(site.out):
        if read_manifest(site.out) == manifest and is_complete(site.out):
            return
        try:
            _write(outputs, manifest, site.next)
            _switch(site, manifest.build)
        finally:
            with suppress(OSError):  # the next build tries again
                _clean_up(site)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return False if the system or file system does not support this."""
    if sys.platform == "win32":
        return False
    libc = ctypes.CDLL(None)
    first, second = os.fsencode(one), os.fsencode(other)
    if hasattr(libc, "renameat2"):  # Linux
        return bool(libc.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE) == 0)
    if hasattr(libc, "renamex_np"):  # macOS
        return bool(libc.renamex_np(first, second, _RENAME_EXCHANGE) == 0)
    return False


@contextmanager
def _os_errors_in_one_line(out_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{error.filename or out_dir}: cannot be written: {error.strerror or error}") from error


def _refuse_foreign(out: Path) -> None:
    """Refuse a folder that contains anything but a build: a mistake in ``--out`` must not move other files."""
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out}: cannot be written: a file is in the way")
    if any(out.iterdir()) and build_of(out) is None:
        raise OutputError(
            f"{out}: is not empty and is not a previous build (no {MANIFEST} of one); choose another folder or empty it"
        )


def _write(outputs: Sequence[Output], manifest: Manifest, folder: Path) -> None:
    """Write and flush every file, and compare the files with the manifest."""
    folders = {folder / parent for output in outputs for parent in PurePosixPath(output.name).parents}
    for path in sorted(folders):
        path.mkdir()
    for output in outputs:
        write_through(folder / output.name, output.content)
    write_through(folder / MANIFEST, manifest.text.encode())
    for path in sorted(folders, reverse=True):
        sync_folder(path)
    sync_folder(folder.parent)
    try:
        verify(folder)
    except DamagedError as error:
        raise OutputError(f"{error.faults[0]}, after it was written") from error


def _switch(site: Site, build: str) -> None:
    """Put the next build in place, and keep the one that it replaces as the previous build."""
    _refuse_foreign(site.out)  # files may have been added while the build was computed
    if site.out.exists() and not any(site.out.iterdir()):
        site.out.rmdir()
    _put(site.next, site.out, site.aside)
    sync_folder(site.out.parent)
    sync_folder(site.hidden)
    if site.next.exists() and build_of(site.next) != build:  # the same build only replaces a damaged copy of itself
        _put(site.next, site.previous, site.aside)


def _put(new: Path, target: Path, aside: Path) -> None:
    """Rename a folder to `target`; the folder that was there is `new` afterwards."""
    if not target.exists():
        new.rename(target)
    elif not exchange(new, target):
        target.rename(aside)
        new.rename(target)
        aside.rename(new)


def _clean_up(site: Site) -> None:
    """Remove what a killed build has left; first restore the published build if it ended between two renames."""
    if site.aside.exists() and not site.out.exists():
        site.aside.rename(site.out)
        sync_folder(site.out.parent)
    for folder in (site.next, site.aside):
        shutil.rmtree(folder, ignore_errors=True)

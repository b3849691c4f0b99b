"""Put a finished build where readers find it: all of it or nothing."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo.errors import OutputError
from geo.inputs.store import locked, sync_folder, write_through
from geo.outputs import switch
from geo.outputs.manifest import BUILD_ID, MANIFEST, Manifest, build_of, is_whole, read_manifest
from geo.outputs.opening import open_output
from geo.outputs.output import Output

OLDER_KEPT = 2
_LOCK, _JOURNAL, _NEXT = "lock", "journal", "next-"
# How an older build is called: a number that grows, for clocks can go back, and its id.
_UNNAMED = "unnamed"
_OLDER = re.compile(rf"\d{{6,}}-({BUILD_ID.pattern}|{_UNNAMED})")
# What builds of before manifests consist of; nothing else without a manifest is taken for ours.
_BEFORE_MANIFESTS = {"index.html", "data"}


@dataclass(frozen=True, slots=True)
class Site:
    """The published folder, and the hidden one beside it for everything else.

    Attributes
    ----------
    out : Path
        What readers open; no link.
    """

    out: Path

    @property
    def shelf(self) -> Path:
        """The folder of the lock, of what is being written, and of the older builds."""
        return self.out.parent / f".{self.out.name}.builds"

    @property
    def journal(self) -> Path:
        """What a switch in two steps is about to do."""
        return self.shelf / _JOURNAL

    def older(self) -> list[Path]:
        """Return the older builds, the newest first."""
        return sorted(
            (path for path in self.shelf.iterdir() if _OLDER.fullmatch(path.name)), key=_number_of, reverse=True
        )

    def place_for(self, build: str | None) -> Path:
        """Return where a build goes that is no longer the published one."""
        newest = self.older()[:1]
        number = _number_of(newest[0]) + 1 if newest else 1
        return self.shelf / f"{number:06}-{build or _UNNAMED}"


@contextmanager
def sole_builder(out_dir: Path) -> Iterator[Site]:
    """Keep every other build of a folder out, after putting right what a dead one has left.

    Parameters
    ----------
    out_dir : Path
        The folder to publish; it need not exist, and a link is followed.

    Raises
    ------
    OutputError
        If it holds something else than a build, or nothing can be written there.
    BusyError
        If another build of it runs.
    """
    with _told_plainly(out_dir):
        site = Site(Path(os.path.realpath(out_dir)))  # Path.resolve has no plain word for links in a circle
        _refuse_foreign(site.out)
        site.shelf.mkdir(parents=True, exist_ok=True)
    with locked(site.shelf / _LOCK, patience_s=0, busy=f"{out_dir}: another build of this folder runs; wait for it"):
        with _told_plainly(out_dir):
            _settle(site)
        yield site


def publish(site: Site, outputs: Sequence[Output], manifest: Manifest) -> None:
    """Write a build beside the published one, open it again, and let it take that one's place.

    Nothing is done if exactly this build is published already.

    Parameters
    ----------
    site : Site
        From `sole_builder`.
    outputs : sequence of Output
        The files.
    manifest : Manifest
        What describes them.

    Raises
    ------
    OutputError
        If anything cannot be written or does not read back; the published folder is then as it was. Only if the disk
        fails right after the switch, it is the new build that stands there, as whole.
    """
    with _told_plainly(site.out):
        if read_manifest(site.out) == manifest and is_whole(site.out):
            return
        fresh = site.shelf / f"{_NEXT}{manifest.build}"
        try:
            _write(outputs, manifest, fresh)
            _open_again(outputs, manifest, fresh)
            if site.out.exists() and not any(site.out.iterdir()):
                site.out.rmdir()
            former = site.place_for(build_of(site.out))
            switch.take_place(fresh, site.out, former, site.journal)
        finally:
            with suppress(OSError):  # what is left now, the next build puts right
                _settle(site)


@contextmanager
def _told_plainly(out_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{error.filename or out_dir}: cannot be written: {error.strerror or error}") from error


def _refuse_foreign(out: Path) -> None:
    """Refuse a place that holds anything but a build: a slip in ``--out`` must not move somebody's files."""
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out}: cannot be written: a file is in the way")
    names = {path.name for path in out.iterdir()}
    if names and build_of(out) is None and not _is_from_before_manifests(out, names):
        raise OutputError(f"{out}: holds something that is no build (no {MANIFEST} of one); name another, or empty it")


def _is_from_before_manifests(out: Path, names: set[str]) -> bool:
    return names <= _BEFORE_MANIFESTS and (out / "data" / "corridor.geojson").is_file()


def _write(outputs: Sequence[Output], manifest: Manifest, fresh: Path) -> None:
    """Write every file and wait for the disk; the manifest comes last, so that its presence says complete."""
    folders = {fresh / parent for output in outputs for parent in PurePosixPath(output.name).parents}
    for folder in sorted(folders):
        folder.mkdir()
    for output in outputs:
        write_through(fresh / output.name, output.content)
    write_through(fresh / MANIFEST, manifest.text.encode())
    for folder in sorted(folders, reverse=True):
        sync_folder(folder)
    sync_folder(fresh.parent)


def _open_again(outputs: Sequence[Output], manifest: Manifest, fresh: Path) -> None:
    """Compare what stands on the disk with what was meant, and count it against what went in."""
    for output in outputs:
        path = fresh / output.name
        content = path.read_bytes()
        if content != output.content:
            raise OutputError(f"{path}: does not read back as it was written")
        try:
            found = open_output(output.name, content)
        except ValueError as error:
            raise OutputError(f"{path}: cannot be opened: {error}") from error
        if found.rows != output.rows:
            raise OutputError(f"{path}: {dict(output.rows)} rows went in, {dict(found.rows)} came out")
        if found.builds - {manifest.build}:
            raise OutputError(f"{path}: does not carry the id of its build")
    if (fresh / MANIFEST).read_bytes() != manifest.text.encode():
        raise OutputError(f"{fresh / MANIFEST}: does not read back as it was written")


def _settle(site: Site) -> None:
    """Bring what a build has left, dead or not, into order."""
    switch.repair(site.out, site.journal, is_whole=is_whole)
    _tidy(site)


def _tidy(site: Site) -> None:
    """Remove what dead builds have left; keep the newest older builds, each once."""
    for unfinished in site.shelf.glob(f".{_JOURNAL}.*"):
        unfinished.unlink()
    for folder in site.shelf.glob(f"{_NEXT}*"):
        build = build_of(folder)
        if build and folder.name != f"{_NEXT}{build}":
            folder.rename(site.place_for(build))  # it was switched, and its builder died before this
        else:
            shutil.rmtree(folder, ignore_errors=True)
    published = build_of(site.out)
    kept: list[str] = []
    for folder in site.older():
        build = folder.name.partition("-")[2]
        if build == published or build in kept or len(kept) == OLDER_KEPT:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            kept.append(build)


def _number_of(older: Path) -> int:
    return int(older.name.partition("-")[0])

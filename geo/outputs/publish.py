"""Put a finished build where readers find it: all of it or nothing."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from geo.errors import OutputError


def publish(files: Mapping[str, str], out_dir: Path) -> None:
    """Write files into a fresh folder beside the published one, then let it take that one's place.

    Parameters
    ----------
    files : mapping of str to str
        Text by path below the published folder.
    out_dir : Path
        The published folder; it need not exist.

    Raises
    ------
    OutputError
        If anything cannot be written; the published folder is then as it was.
    """
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}.", dir=out_dir.parent))
        try:
            _write_all(files, fresh)
            _take_place(fresh, out_dir)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"{error.filename or out_dir}: cannot be written: {error.strerror}") from error


def _write_all(files: Mapping[str, str], folder: Path) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    folder.chmod(0o755)  # a temporary folder is closed to others, a published one is not


def _take_place(fresh: Path, out_dir: Path) -> None:
    if not out_dir.exists():
        fresh.rename(out_dir)
        return
    former = fresh.with_name(f"{fresh.name}.former")
    out_dir.rename(former)
    try:
        fresh.rename(out_dir)
    except OSError:
        former.rename(out_dir)
        raise
    shutil.rmtree(former)

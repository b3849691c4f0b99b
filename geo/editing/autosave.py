"""An unsaved edit kept on disk, so that it survives the end of the kernel that made it."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from geo.editing.draft import Row, State
from geo.editing.rebase import Edits
from geo.errors import OutputError
from geo.inputs.files import is_too_deep, too_deep
from geo.inputs.store import replace_file

FOLDER = ".drafts"
_HALF = re.compile("[\ud800-\udfff]")
# Git leaves a folder alone in which this stands.
_IGNORED = ("*\n", ".gitignore")


class Autosave:
    """The place of one editor's unsaved edit; nobody else writes there while that editor lives.

    Parameters
    ----------
    folder : Path
        The layers folder.
    layer : str
        Name of the layer.

    Attributes
    ----------
    path : Path
        The file of the edit; there is none while nothing is changed.
    """

    def __init__(self, folder: Path, layer: str) -> None:
        home = folder / FOLDER
        try:
            home.mkdir(exist_ok=True)
            (home / _IGNORED[1]).write_text(_IGNORED[0], encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{home}: cannot be written: {error.strerror or error}") from error
        self.path, self._lock = next(_free_places(home, layer))

    def keep(self, edits: Edits, state: State) -> None:
        """Write an edit down; one that changes nothing leaves no file."""
        if not edits and not state.sources:
            self.path.unlink(missing_ok=True)
            return
        document = {
            "rows": {key: [row and asdict(row) for row in pair] for key, pair in edits.items()},
            "sources": dict(state.sources),
            "backing": dict(state.backing),
        }
        text = json.dumps(document, ensure_ascii=False, indent=1)
        if not text.isascii() and _HALF.search(text):
            text = json.dumps(document, indent=1)  # half a character can only be written as an escape
        replace_file(self.path, text)

    def kept(self) -> tuple[Edits, State] | None:
        """Return the edit that was left here, or None; one that cannot be read is moved aside."""
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
            if is_too_deep(document):
                raise too_deep("JSON")
            edits = {key: (_row(before), _row(after)) for key, (before, after) in document["rows"].items()}
            return edits, State({}, document["sources"], document["backing"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            with suppress(OSError):
                self.path.replace(self.path.with_suffix(".unreadable"))
            return None

    def close(self) -> None:
        """Let others use this place."""
        self._lock.release()


def _row(values: Any) -> Row | None:
    return None if values is None else Row(values["values"], values["geometry"])


def _free_places(home: Path, layer: str) -> Iterator[tuple[Path, FileLock]]:
    """Yield the places that no living editor has, those with an edit of an ended one first."""
    left = sorted(home.glob(f"{layer}-[0-9]*.json"))
    new = (home / f"{layer}-{number}.json" for number in count(1))
    for path in (*left, *()):
        if lock := _taken(path):
            yield path, lock
    for path in new:
        if path not in left and (lock := _taken(path)):
            yield path, lock


def _taken(path: Path) -> FileLock | None:
    lock = FileLock(path.with_suffix(".lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock

"""An unsaved edit: kept on disk beside the layers, and applied to another version of its file."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from itertools import chain, count
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from geo.editing.draft import Edits, Row, State, place_text
from geo.errors import OutputError
from geo.inputs.files import is_too_deep, too_deep
from geo.inputs.store import replace_file

FOLDER = ".drafts"
_GEOMETRY = "geometry"


class Autosave:
    """A file for the unsaved edit of one editor, locked while that editor is open.

    Parameters
    ----------
    folder : Path
        The layers folder.
    layer : str
        Name of the layer.

    Attributes
    ----------
    path : Path
        The file; it exists only while something is changed.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """

    def __init__(self, folder: Path, layer: str) -> None:
        home = folder / FOLDER
        try:
            home.mkdir(exist_ok=True)
            (home / ".gitignore").write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{home}: cannot be written: {error.strerror or error}") from error
        self.path, self._lock = next(_free_files(home, layer))

    def keep(self, edits: Edits, state: State) -> None:
        """Write an edit; remove the file if nothing is changed."""
        if not edits and not state.sources:
            self.path.unlink(missing_ok=True)
            return
        rows = {key: [row and asdict(row) for row in pair] for key, pair in edits.items()}
        document = {"rows": rows, "sources": dict(state.sources), "backing": dict(state.backing)}
        replace_file(self.path, json.dumps(document, indent=1))

    def kept(self) -> tuple[Edits, State] | None:
        """Return the edit in the file, or None; an unreadable file is renamed."""
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
        """Release the file; a later editor continues the edit in it."""
        self._lock.release()


def _row(values: Any) -> Row | None:
    return None if values is None else Row(values["values"], values["geometry"])


def _free_files(home: Path, layer: str) -> Iterator[tuple[Path, FileLock]]:
    """Yield the files that no open editor has locked, those with an edit first."""
    new = (home / f"{layer}-{number}.json" for number in count(1))
    for path in chain(sorted(home.glob(f"{layer}-[0-9]*.json")), new):
        lock = FileLock(path.with_suffix(".lock"), timeout=0)
        with suppress(Timeout):
            lock.acquire()
            yield path, lock


def merged(
    now: Mapping[str, Row], sources: Mapping[str, Row], edits: Edits, state: State
) -> tuple[State, tuple[str, ...]]:
    """Apply edits to another version of a file; a value that both versions changed is the file's.

    Parameters
    ----------
    now, sources : mapping of str to Row
        The current rows of the layer and of the sources, by id.
    edits : mapping of str to (Row or None, Row or None)
        By key, the row before and after the edit; None where there is none.
    state : State
        The new sources of the edit, and the sources that give its new places.

    Returns
    -------
    State
        The edited version.
    tuple of str
        Each part of the edit that was dropped because of a change in the file, as text.
    """
    rows, dropped = dict(now), list[str]()
    for key, (before, after) in edits.items():
        theirs = now.get(key)
        if before is None:
            if after is not None and now.get(after.values["id"]) != after:  # otherwise it is already in the file
                rows[key] = after
        elif theirs is None:
            if after is not None:
                dropped.append(f"{key}: was removed by another user; yours, {_edit_text(before, after)}, is dropped")
        elif after is None:
            if theirs == before:
                del rows[key]
            else:
                dropped.append(f"{key}: was changed by another user; it is not removed")
        else:
            rows[key], conflicts = _merged_row(before, after, theirs)
            dropped += [f"{key}: {conflict}" for conflict in conflicts]
    for id_ in state.sources.keys() & sources.keys():
        mine = dict(state.sources[id_])
        if any(mine.get(column) != value for column, value in sources[id_].values.items()):
            dropped.append(f"sources {id_}: was added by another user; yours, {mine!r}, is dropped")
    new = {id_: values for id_, values in state.sources.items() if id_ not in sources}
    return State(rows, new, state.backing), tuple(dropped)


def _merged_row(before: Row, after: Row, theirs: Row) -> tuple[Row, list[str]]:
    """Return a row with the changes of both versions, and as text the values that conflict."""
    old, mine, there = _values(before), _values(after), _values(theirs)
    both, conflicts = dict(there), []
    for name, value in mine.items():
        if value in (old[name], there[name]):
            continue
        if there[name] == old[name]:
            both[name] = value
        else:
            theirs_text, mine_text = _text(name, there[name]), _text(name, value)
            conflicts.append(f"{name} was changed by another user to {theirs_text}; yours, {mine_text}, is dropped")
    geometry = both.pop(_GEOMETRY)
    return Row(both, geometry), conflicts


def _values(row: Row) -> dict[str, Any]:
    return {**row.values, _GEOMETRY: row.geometry}


def _edit_text(before: Row, after: Row) -> str:
    old, mine = _values(before), _values(after)
    return ", ".join(f"{name} {_text(name, value)}" for name, value in mine.items() if value != old[name])


def _text(name: str, value: Any) -> str:
    return place_text(value) or "unknown" if name == _GEOMETRY else repr(value)

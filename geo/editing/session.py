"""One layer being edited: its changes, its errors, and saving; a conflict never loses an edit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from geo.editing.autosave import Autosave
from geo.editing.changes import Change, change_table, changes
from geo.editing.draft import Draft, State, rows_of
from geo.editing.rebase import Edits, edits_of, rebased
from geo.editing.rules import Judged, judged
from geo.errors import DataError, GeoError, Problem
from geo.inputs.files import LAYERS_DIR, refuse_shipped
from geo.inputs.layer_files import SOURCES, layer_spec, write_layer
from geo.inputs.layers import Folder, read_folder
from geo.inputs.store import writing_in

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Saved:
    """The result of saving.

    Attributes
    ----------
    path : Path
        The file of the layer.
    note : str
        The reason, as given by the editor.
    changes : tuple of Change
        The changes.
    """

    path: Path
    note: str
    changes: tuple[Change, ...]

    @property
    def message(self) -> str:
        """A message for the commit: the note, then one line for each change."""
        title = self.note or f"{self.path.name}: {len(self.changes)} changes"
        return "\n".join([title, "", *map(str, self.changes)])

    def __repr__(self) -> str:
        """Return the summary that a notebook shows."""
        if not self.changes:
            return f"{self.path.name}: nothing to save"
        return "\n".join([f"{self.path.name}: saved", *(f"  {change}" for change in self.changes)])


class Session:
    """A layer being edited, and its unsaved edit on disk.

    Parameters
    ----------
    name : str
        Name of the layer, as in the catalogue.
    folder : Path
        The layers folder.

    Attributes
    ----------
    draft : Draft
        The rows as edited.
    told : tuple of str
        Messages from the last rebase on another version of the file.

    Raises
    ------
    DataError
        If the file of the layer, or of the sources, has errors.
    """

    def __init__(self, name: str, folder: Path = LAYERS_DIR) -> None:
        refuse_shipped(folder)
        self.spec = layer_spec(name, folder)
        if name == SOURCES:
            raise GeoError("sources are added where they are cited; edit sources.csv itself for anything else")
        self.folder = folder
        self.told: tuple[str, ...] = ()
        self._listeners: list[Callable[[], None]] = []
        self._around = _sound(folder, name)
        self.draft = Draft(self._around.by_name[name])
        self._autosave = Autosave(folder, name)
        self._take_up()
        self.draft.observe(self._keep)

    @property
    def around(self) -> Folder:
        """The layers around it, as read."""
        return self._around

    def judged(self) -> Judged:
        """Return the files that the edit would produce, and its errors."""
        return judged(self.draft, self._around)

    def problems(self) -> list[Problem]:
        """Return the problems that prevent saving, one line each."""
        return list(self.judged().problems)

    def changes(self) -> list[Change]:
        """Return the differences from the files."""
        return changes(self.draft, self.judged().uncited)

    def diff(self) -> "pd.DataFrame":
        """Return the differences from the files as a table: layer, id, change, column, old, new, moved_m."""
        return change_table(self.changes())

    def save(self, note: str = "", sources: str | Sequence[str] = ()) -> Saved:
        """Check the edit and write it; this ends the draft.

        Parameters
        ----------
        note : str
            The reason, for the commit message.
        sources : str or sequence of str
            Ids of sources for the new places; each moved or added row will cite them.

        Returns
        -------
        Saved
            The result.

        Raises
        ------
        DataError
            If there are problems; nothing is written, and the edit is kept.
        ConflictError
            If the file has changed since it was read. Nothing is overwritten, the edit is kept, a copy of it is written
            beside the file, and `refresh` rebases it on the new version.
        """
        if not self.draft.is_changed:
            return Saved(self.folder / self.spec.file, note, ())
        if sources:
            self._cite([sources] if isinstance(sources, str) else sources)
        with writing_in(self.folder):
            on_disk = read_folder(self.folder)
            result = judged(self.draft, on_disk)
            if result.problems:
                raise DataError(result.problems)
            done = Saved(self.folder / self.spec.file, note, tuple(changes(self.draft, result.uncited)))
            changes_sources = bool(self.draft.new_sources or result.uncited)
            write_layer(
                self.spec.name,
                result.layer.frame,
                folder=self.folder,
                sources=result.sources.frame if changes_sources else None,
            )
        self._begin_again({}, State({}))
        return done

    def refresh(self) -> tuple[str, ...]:
        """Read the files again and rebase the edit on them.

        Returns
        -------
        tuple of str
            The parts of the edit that were dropped, because another user changed the same value.
        """
        self._begin_again(edits_of(self.draft), self.draft.state)
        return self.told

    def observe(self, listener: Callable[[], None]) -> None:
        """Call a function after every change, and after saving."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Close the session; the unsaved edit is kept for the next one."""
        self._autosave.close()

    def _take_up(self) -> None:
        """Continue the unsaved edit of a previous session, if there is one."""
        if kept := self._autosave.kept():
            self._begin_again(*kept)
            self.told = ("an unsaved edit was taken up again", *self.told)

    def _begin_again(self, edits: Edits, state: State) -> None:
        """Read the files and apply edits to them."""
        around = _sound(self.folder, self.spec.name)
        layer = around.by_name[self.spec.name]
        outcome = rebased(rows_of(layer), rows_of(around.by_name[SOURCES]), edits, state)
        self._around, self.told = around, outcome.left_out
        self.draft.begin(layer, outcome.state)

    def _keep(self) -> None:
        self._autosave.keep(edits_of(self.draft), self.draft.state)
        for listener in self._listeners:
            listener()

    def _cite(self, sources: Sequence[str]) -> None:
        """Make every added or moved row cite these sources."""
        rows, backing = dict(self.draft.rows), dict(self.draft.state.backing)
        for key, (before, after) in self.draft.changed():
            if after is None or (before is not None and before.geometry == after.geometry):
                continue
            cited = list(dict.fromkeys([*(after.values.get("sources") or ()), *sources]))
            rows[key] = replace(after, values={**after.values, "sources": cited})
            backing[key] = sources[0]
        self.draft.put(replace(self.draft.state, rows=rows, backing=backing))


def _sound(folder: Path, name: str) -> Folder:
    """Return a folder in which a layer and the sources have no errors."""
    around = read_folder(folder)
    files = {layer_spec(name, folder).file, layer_spec(SOURCES, folder).file}
    if faults := [problem for problem in around.problems if problem.file in files]:
        raise DataError(faults)
    return around

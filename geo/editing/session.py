"""One layer being edited: what changed, what is wrong, and saving it; a conflict, never a loss."""

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
    """What was saved.

    Attributes
    ----------
    path : Path
        The file of the layer.
    note : str
        Why, as its editor said.
    changes : tuple of Change
        What is different now.
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
        """Say what was saved, as a notebook shows it."""
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
        What was said when the edit last met another version of the file.

    Raises
    ------
    DataError
        If the file of the layer, or of the sources, has faults.
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
        """Return what the edit would make of its files, and what is wrong with it."""
        return judged(self.draft, self._around)

    def problems(self) -> list[Problem]:
        """Return what would keep the edit from being saved, one line each."""
        return list(self.judged().problems)

    def changes(self) -> list[Change]:
        """Return what is different from the files."""
        return changes(self.draft, self.judged().uncited)

    def diff(self) -> "pd.DataFrame":
        """Return what is different from the files as a table: layer, id, change, column, old, new, moved_m."""
        return change_table(self.changes())

    def save(self, note: str = "", sources: str | Sequence[str] = ()) -> Saved:
        """Check the edit and write it; the draft ends with it.

        Parameters
        ----------
        note : str
            Why, for the message of the commit.
        sources : str or sequence of str
            Ids of sources that give the new places: each row that was moved or added cites them from now on.

        Returns
        -------
        Saved
            What was written.

        Raises
        ------
        DataError
            With every problem; nothing is written and the edit stays.
        ConflictError
            If somebody else has changed the file meanwhile. Nothing is overwritten, the edit stays, a copy of it stands
            beside the file, and `refresh` makes it again on their version.
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
        """Read the files again and make the edit again on what they hold now.

        Returns
        -------
        tuple of str
            What was left out because somebody else changed the same thing; theirs stays.
        """
        self._begin_again(edits_of(self.draft), self.draft.state)
        return self.told

    def observe(self, listener: Callable[[], None]) -> None:
        """Call a function after every change, and after saving."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Leave the unsaved edit to whoever opens the layer next."""
        self._autosave.close()

    def _take_up(self) -> None:
        """Go on with the unsaved edit of a session that has ended, if there is one."""
        if kept := self._autosave.kept():
            self._begin_again(*kept)
            self.told = ("an unsaved edit was taken up again", *self.told)

    def _begin_again(self, edits: Edits, state: State) -> None:
        """Read the files, and make edits on what they hold."""
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
        """Make every row that was added or moved rest on these sources."""
        rows, backing = dict(self.draft.rows), dict(self.draft.state.backing)
        for key, (before, after) in self.draft.changed():
            if after is None or (before is not None and before.geometry == after.geometry):
                continue
            cited = list(dict.fromkeys([*(after.values.get("sources") or ()), *sources]))
            rows[key] = replace(after, values={**after.values, "sources": cited})
            backing[key] = sources[0]
        self.draft.put(replace(self.draft.state, rows=rows, backing=backing))


def _sound(folder: Path, name: str) -> Folder:
    """Return a folder in which a layer and the sources have no faults of their own."""
    around = read_folder(folder)
    files = {layer_spec(name, folder).file, layer_spec(SOURCES, folder).file}
    if faults := [problem for problem in around.problems if problem.file in files]:
        raise DataError(faults)
    return around

"""One layer being edited: its unsaved edit, the problems that prevent saving, and saving; no edit is lost."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.editing.draft import (
    Change,
    Draft,
    Edits,
    Geometry,
    Row,
    State,
    changes,
    metres,
    moved_m,
    rows_of,
)
from geo.editing.unsaved import Autosave, merged
from geo.errors import DataError, GeoError, Problem
from geo.inputs.files import LAYERS_DIR, refuse_shipped
from geo.inputs.layer_files import SOURCES, layer_spec, write_layer
from geo.inputs.layers import Folder, Layer, Layers, layer_from_rows, read_folder
from geo.inputs.store import writing_in

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Checked:
    """The files that edits would write, and their errors.

    Attributes
    ----------
    layers : tuple of Layer
        The edited layers, and last the sources; complete only if there are no problems.
    uncited : frozenset of str
        Ids of the sources that nothing would cite any more; they are removed from the sources.
    problems : tuple of Problem
        The errors of the edits, without those that the folder had before.
    """

    layers: tuple[Layer, ...]
    uncited: frozenset[str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """The result of saving.

    Attributes
    ----------
    path : Path
        The file of the layer.
    note : str
        The reason for the edit.
    changes : tuple of Change
        What was changed.
    """

    path: Path
    note: str
    changes: tuple[Change, ...]

    @property
    def message(self) -> str:
        """A commit message: the note, then one line for each change."""
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
    around : Folder
        All layers of the folder, as last read.
    draft : Draft
        The rows as edited.
    messages : tuple of str
        What the last merge with another version of the file reports.

    Raises
    ------
    DataError
        If the file of the layer, or of the sources, has errors.
    GeoError
        If there is no such layer, or it cannot be edited here.
    """

    def __init__(self, name: str, folder: Path = LAYERS_DIR) -> None:
        refuse_shipped(folder)
        self.spec = layer_spec(name, folder)
        if name == SOURCES:
            raise GeoError("sources are added where they are cited; edit sources.csv itself for anything else")
        self.folder = folder
        self.messages: tuple[str, ...] = ()
        self.around = _read(folder, name)
        self.draft = Draft(self.around.by_name[name])
        self._autosave = Autosave(folder, name)
        if kept := self._autosave.kept():
            self._begin(*kept)
            self.messages = ("an unsaved edit was restored", *self.messages)
        self.draft.observe(lambda: self._autosave.keep(self.draft.edits, self.draft.state))

    def checked(self) -> Checked:
        """Return the files that the edit would write, and its errors."""
        return checked(self.around, self.draft)

    def problems(self) -> list[Problem]:
        """Return the problems that prevent saving, one line each."""
        return list(self.checked().problems)

    def changes(self) -> list[Change]:
        """Return the differences from the files."""
        return changes(self.draft, self.checked().uncited)

    def diff(self) -> "pd.DataFrame":
        """Return the differences from the files as a table: layer, id, change, column, old, new, moved_m."""
        import pandas as pd

        columns = [column.name for column in fields(Change)]
        return pd.DataFrame([asdict(change) for change in self.changes()], columns=columns)

    def known_sources(self) -> dict[str, Mapping[str, Any]]:
        """Return all sources that a row can cite, including new ones, by id."""
        stored = {id_: row.values for id_, row in rows_of(self.around.by_name[SOURCES]).items()}
        return {**self.draft.state.sources, **stored}

    def save(self, note: str = "") -> Saved:
        """Check the edit and write it.

        Parameters
        ----------
        note : str
            The reason, for the commit message.

        Raises
        ------
        DataError
            If there are problems; nothing is written, and the edit is kept.
        ConflictError
            If the file has changed since it was read. Nothing is overwritten, the edit is kept, a copy of it is written
            beside the file, and `refresh` merges it with the new version.
        """
        path = self.folder / self.spec.file
        if not self.draft.is_changed:
            return Saved(path, note, ())
        with writing_in(self.folder):
            result = checked(read_folder(self.folder), self.draft)
            if result.problems:
                raise DataError(result.problems)
            saved = Saved(path, note, tuple(changes(self.draft, result.uncited)))
            layer, sources = (edited.frame for edited in result.layers)
            changes_sources = bool(self.draft.new_sources or result.uncited)
            write_layer(self.spec.name, layer, folder=self.folder, sources=sources if changes_sources else None)
        self._begin({}, State({}))
        return saved

    def refresh(self) -> tuple[str, ...]:
        """Read the files again and merge the edit with them.

        Returns
        -------
        tuple of str
            The parts of the edit that were dropped, because another user changed the same value.
        """
        self._begin(self.draft.edits, self.draft.state)
        return self.messages

    def close(self) -> None:
        """Close the session; the next one continues the unsaved edit."""
        self._autosave.close()

    def _begin(self, edits: Edits, state: State) -> None:
        """Read the files and apply edits to them."""
        around = _read(self.folder, self.spec.name)
        layer = around.by_name[self.spec.name]
        state, self.messages = merged(rows_of(layer), rows_of(around.by_name[SOURCES]), edits, state)
        self.around = around
        self.draft.begin(layer, state)


def checked(folder: Folder, *drafts: Draft) -> Checked:
    """Return the files that edits of a folder would write, and their errors."""
    problems: list[Problem] = []
    layers = [
        _edited(draft.layer, [(row.values, row.geometry) for row in draft.rows.values()], problems) for draft in drafts
    ]
    stored = rows_of(folder.by_name[SOURCES])
    cited = folder.cited_sources(*layers).union(*(draft.cited_sources for draft in drafts))
    # A file with errors may cite any source.
    uncited = frozenset() if folder.problems else frozenset(stored) & (folder.cited_sources() - cited)
    new = {id_: values for draft in drafts for id_, values in draft.new_sources.items()}
    kept = [row.values for id_, row in stored.items() if id_ not in uncited]
    layers.append(_edited(folder.by_name[SOURCES], [(values, None) for values in [*kept, *new.values()]], problems))
    for draft in drafts:
        problems += _unsourced_places(draft)
    if not problems:
        before = folder.reference_problems()
        problems += [problem for problem in folder.reference_problems(*layers) if problem not in before]
    return Checked(tuple(layers), uncited, tuple(problems))


def edited_layers(folder: Folder, *drafts: Draft) -> Layers:
    """Return the layers of a folder with unsaved edits.

    Raises
    ------
    DataError
        With every problem of the files and of the edits.
    """
    result = checked(folder, *drafts)
    problems = [*folder.problems, *result.problems] or folder.reference_problems(*result.layers)
    if problems:
        raise DataError(problems)
    return folder.layers(*result.layers)


def _edited(layer: Layer, rows: Iterable[tuple[Mapping[str, Any], Geometry | None]], problems: list[Problem]) -> Layer:
    """Return rows as another version of a layer from the same file."""
    members = layer.collection.model_dump(mode="json") if layer.collection else {}
    return replace(layer_from_rows(layer.spec, rows, members, problems), file=layer.file)


def _unsourced_places(draft: Draft) -> Iterator[Problem]:
    """Yield a problem for each moved row without a source for its new place."""
    for key, (before, after) in draft.edits.items():
        if before is None or after is None or before.geometry == after.geometry or after.geometry is None:
            continue
        cited = after.values.get(SOURCES) or ()
        if not set(cited) - set(before.values.get(SOURCES) or ()) and draft.state.backing.get(key) not in cited:
            yield Problem(
                draft.spec.file,
                f"feature {key!r}",
                SOURCES,
                f"{_move_text(before, after.geometry)} without a source for it",
                "cite a source for the new place, or choose which of the cited sources gives it",
            )


def _move_text(before: Row, geometry: Geometry) -> str:
    return f"moved by {metres(moved_m(before.geometry, geometry))}" if before.geometry else "given a place"


def _read(folder: Path, name: str) -> Folder:
    """Read a folder; raise if a layer or the sources have errors."""
    around = read_folder(folder)
    files = {layer_spec(name, folder).file, layer_spec(SOURCES, folder).file}
    if problems := [problem for problem in around.problems if problem.file in files]:
        raise DataError(problems)
    return around

"""The editor as a widget: map, list, form, what changed, what is wrong, and saving."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from geo.editing.changes import changes
from geo.editing.fields import error_line, full_width, text_line
from geo.editing.form import Form
from geo.editing.map_view import MapView
from geo.editing.row_list import RowList
from geo.editing.session import Saved, Session
from geo.editing.table import Table
from geo.errors import DataError, GeoError, Problem

if TYPE_CHECKING:
    import pandas as pd

_MOST_LINES = 12
_MAP_ROWS = 7


class Editor:
    """One layer, to be changed on a map and in a form; shown by naming it as the last thing of a cell.

    Nothing is written to the layers before `save`. What is not saved yet is kept beside them and taken up again when
    the layer is opened the next time, even after the kernel has ended.

    Parameters
    ----------
    session : Session
        The edit.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._selected = ""
        is_map = bool(session.spec.geometry)
        self._map = MapView(session, self.select, self._place, self._draw) if is_map else None
        self._list = RowList(self.select, rows=_MAP_ROWS) if is_map else Table(session, self.select)
        self._form = Form(session)
        self._changes = widgets.VBox(layout=full_width())
        self._problems = widgets.VBox(layout=full_width())
        self._message = widgets.VBox(layout=full_width())
        self._undo = _button("Undo", "undo", session.draft.undo)
        self._redo = _button("Redo", "repeat", session.draft.redo)
        self._delete = _button("Delete", "trash", self._remove)
        self._note = widgets.Text(
            placeholder="Why: a note for the commit",
            tooltip="Note for the commit",
            layout=widgets.Layout(flex="1 1 auto"),
        )
        self._save = _button("Save", "save", self._save_and_tell, style="primary")
        self.widget = self._assembled()
        session.observe(self._changed)
        self._show()
        self._tell(session.told)

    def select(self, id_: str) -> None:
        """Show a row in the form and pick it on the map; by its id, or for a new row its key."""
        self._selected = id_
        self._show()

    def diff(self) -> "pd.DataFrame":
        """Return what is different from the files: layer, id, change, column, old, new, moved_m."""
        return self.session.diff()

    def problems(self) -> list[Problem]:
        """Return what would keep the edit from being saved."""
        return self.session.problems()

    def undo(self) -> None:
        """Take the last change back."""
        self.session.draft.undo()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        self.session.draft.redo()

    def discard(self) -> None:
        """Go back to what the file holds; this can be undone until the notebook ends."""
        self.session.draft.discard()

    def refresh(self) -> tuple[str, ...]:
        """Read the files again and rebase the edit on them; returns the parts in conflict with other changes."""
        told = self.session.refresh()
        self._tell(told or ("read again; your edit stands",))
        return told

    def save(self, note: str = "", sources: str | Sequence[str] = ()) -> Saved:
        """Check the edit and write it; see `Session.save`."""
        try:
            done = self.session.save(note, sources)
        except GeoError as error:
            told = (
                ["Not saved; what is wrong stands above."] if isinstance(error, DataError) else str(error).splitlines()
            )
            self._tell(told, is_wrong=True)
            raise
        self._tell(repr(done).splitlines())
        return done

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)

    def _assembled(self) -> Any:
        spec = self.session.spec
        kinds = sorted(spec.geometry)
        adding = [_button(f"Add {_word(kind)}", "plus", lambda kind=kind: self._begin_drawing(kind)) for kind in kinds]
        if not kinds or spec.place_may_be_unknown:
            adding.append(_button("Add a row" if not kinds else "Add without a place", "plus", self._add))
        again = _button("Read again", "refresh", self.refresh)
        bar = widgets.HBox([*adding, self._delete, self._undo, self._redo, again], layout=_wrapping())
        if self._map:
            left = widgets.VBox([self._map.widget, self._list.widget], layout=_pane("1 1 480px"))
            right = widgets.VBox([self._form.widget], layout=_pane("1 1 400px", max_height="720px"))
            panes: Any = widgets.HBox([left, right], layout=_wrapping())
        else:
            form = widgets.VBox([self._form.widget], layout=_pane("0 0 auto", max_height="480px"))
            panes = widgets.VBox([self._list.widget, form], layout=full_width())
        saving = widgets.HBox([self._note, self._save], layout=full_width())
        return widgets.VBox([text_line(spec.title), bar, panes, self._changes, self._problems, saving, self._message])

    def _changed(self) -> None:
        self._tell(())
        self._show()

    def _show(self) -> None:
        draft, result = self.session.draft, self.session.judged()
        if self._selected not in draft.rows:
            self._selected = ""
        if self._map:
            self._map.show(self._selected)
        self._list.show(draft.rows, dict(draft.changed()), self._selected)
        self._form.show(self._selected, result.problems)
        self._undo.disabled, self._redo.disabled = not draft.can_undo, not draft.can_redo
        self._delete.disabled = not self._selected
        told = [str(change) for change in changes(draft, result.uncited)]
        self._save.disabled = not told
        self._changes.children = [
            text_line(_count(told)),
            *map(text_line, _at_most(told)),
        ]
        self._problems.children = [error_line(line) for line in _at_most([str(fault) for fault in result.problems])]

    def _begin_drawing(self, kind: str) -> None:
        self._selected = ""
        self._show()
        if self._map:
            self._map.draw(kind)

    def _draw(self, geometry: Mapping[str, Any]) -> None:
        self._selected = self.session.draft.add(geometry=geometry)
        self._show()

    def _add(self) -> None:
        self._selected = self.session.draft.add()
        self._show()

    def _place(self, key: str, geometry: Mapping[str, Any]) -> None:
        self.session.draft.place(key, geometry)

    def _remove(self) -> None:
        if self._selected:
            self.session.draft.remove(self._selected)

    def _save_and_tell(self) -> None:
        try:
            self.save(self._note.value)
        except GeoError:
            return  # told in the editor; in a cell it would be raised
        self._note.value = ""

    def _tell(self, lines: Any, *, is_wrong: bool = False) -> None:
        self._message.children = [(error_line if is_wrong else text_line)(line) for line in lines]


def open_editor(name: str, folder: Path) -> Editor:
    """Return the editor of a layer: the one that is open in this kernel, or a new one."""
    place = (folder.resolve(), name)
    if place not in OPEN:
        OPEN[place] = Editor(Session(name, folder))
    elif not OPEN[place].session.draft.is_changed:
        OPEN[place].session.refresh()
    return OPEN[place]


OPEN: dict[tuple[Path, str], Editor] = {}


def _button(title: str, icon: str, act: Any, *, style: str = "") -> Any:
    button = widgets.Button(
        description=title, icon=icon, button_style=style, layout=widgets.Layout(width="auto", flex="0 0 auto")
    )
    button.on_click(lambda _: act())
    return button


def _word(kind: str) -> str:
    return {"Point": "a point", "LineString": "a line", "Polygon": "an outline"}[kind]


def _pane(flex: str, **more: str) -> Any:
    return widgets.Layout(display="block", flex=flex, min_width="0", padding="0 8px 0 0", overflow="auto", **more)


def _wrapping() -> Any:
    return widgets.Layout(flex_flow="row wrap", width="100%")


def _count(told: list[str]) -> str:
    if not told:
        return "Nothing is changed."
    return "One unsaved change" if len(told) == 1 else f"{len(told)} unsaved changes"


def _at_most(lines: list[str]) -> list[str]:
    hidden = len(lines) - _MOST_LINES
    return lines if hidden <= 0 else [*lines[:_MOST_LINES], f"and {hidden} more"]

"""The editor as a widget: map, table, form, changes, problems, and saving."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from geo.editing.draft import Geometry, changes
from geo.editing.form import Form, error_line, full_width, text_line
from geo.editing.map_view import MapView
from geo.editing.rows import RowTable
from geo.editing.session import Saved, Session
from geo.errors import DataError, GeoError, Problem

if TYPE_CHECKING:
    import ipyleaflet
    import pandas as pd

_MOST_LINES = 12
# Rows of the table to show below a map, and without one.
_ROWS, _ROWS_WITHOUT_MAP = 7, 14
_KINDS = {"Point": "a point", "LineString": "a line", "Polygon": "an outline"}


class Editor:
    """One layer, edited on a map, in a table and in a form; the last line of a cell displays it.

    Nothing is written to the layers before `save`. The unsaved edit is kept beside them, and restored when the layer is
    opened again, also after the kernel has ended.

    Parameters
    ----------
    session : Session
        The edit.
    """

    def __init__(self, session: Session) -> None:
        self.session, self._selected = session, ""
        has_map = bool(session.spec.geometry)
        self._map = MapView(session, self.select, self._add, self._show) if has_map else None
        self._table = RowTable(session, self.select, rows=_ROWS if has_map else _ROWS_WITHOUT_MAP)
        self._form = Form(session)
        self._changes, self._problems, self._message = (widgets.VBox(layout=full_width()) for _ in range(3))
        self._undo = _button("Undo", "undo", session.draft.undo)
        self._redo = _button("Redo", "repeat", session.draft.redo)
        self._delete = _button("Delete", "trash", lambda: session.draft.remove(self._selected))
        self._note = widgets.Text(
            placeholder="Why: a note for the commit", tooltip="Note", layout=widgets.Layout(flex="1 1 auto")
        )
        self._save = _button("Save", "save", self._save_with_note)
        self._save.button_style = "primary"
        self.widget = self._assembled()
        session.draft.observe(self._changed)
        self._show()
        self._tell(session.messages)

    def select(self, key: str) -> None:
        """Show a row in the form and on the map, by its id, or by the key of a new row."""
        self._selected = key
        self._show()

    @property
    def map(self) -> "ipyleaflet.Map | None":
        """The map, to which layers can be added; None for a layer without places."""
        return self._map and self._map.widget

    def diff(self) -> "pd.DataFrame":
        """Return the differences from the files: layer, id, change, column, old, new, moved_m."""
        return self.session.diff()

    def problems(self) -> list[Problem]:
        """Return the problems that prevent saving."""
        return self.session.problems()

    def undo(self) -> None:
        """Undo the last step."""
        self.session.draft.undo()

    def redo(self) -> None:
        """Redo the step that was undone last."""
        self.session.draft.redo()

    def discard(self) -> None:
        """Restore the rows of the file; this can be undone until the kernel ends."""
        self.session.draft.discard()

    def refresh(self) -> tuple[str, ...]:
        """Read the files again and merge the edit with them; see `Session.refresh`."""
        dropped = self.session.refresh()
        self._tell(dropped or ["The files were read again; your edit is unchanged."])
        return dropped

    def save(self, note: str = "") -> Saved:
        """Check the edit and write it; see `Session.save`."""
        try:
            saved = self.session.save(note)
        except GeoError as error:
            lines = ["Not saved; the problems are listed above."] if isinstance(error, DataError) else [str(error)]
            self._tell(lines, line=error_line)
            raise
        self._tell(repr(saved).splitlines())
        return saved

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)

    def _assembled(self) -> Any:
        spec = self.session.spec
        adding = [
            _button(f"Add {_KINDS[kind]}", "plus", partial(self._draw, kind))
            for kind in _KINDS
            if kind in spec.geometry
        ]
        if not spec.geometry or spec.place_may_be_unknown:
            adding.append(_button("Add without a place" if spec.geometry else "Add a row", "plus", self._add))
        again = _button("Read again", "refresh", self.refresh)
        wrapping = {"flex_flow": "row wrap", "width": "100%"}
        bar = widgets.HBox([*adding, self._delete, self._undo, self._redo, again], layout=wrapping)
        if self._map:
            left = widgets.VBox([self._map.widget, self._map.controls, self._table.widget], layout=_pane("1 1 480px"))
            right = widgets.VBox([self._form.widget, self._map.legend], layout=_pane("1 1 400px", max_height="720px"))
            panes = widgets.HBox([left, right], layout=wrapping)
        else:
            form = widgets.VBox([self._form.widget], layout=_pane("0 0 auto", max_height="480px"))
            panes = widgets.VBox([self._table.widget, form], layout=full_width())
        saving = widgets.HBox([self._note, self._save], layout=full_width())
        return widgets.VBox([text_line(spec.title), bar, panes, self._changes, self._problems, saving, self._message])

    def _changed(self) -> None:
        self._tell([])
        self._show()

    def _show(self) -> None:
        draft, result = self.session.draft, self.session.checked()
        if self._selected not in draft.rows:
            self._selected = ""
        if self._map:
            self._map.show(self._selected)
            self._map.legend.layout.display = "none" if self._selected else ""
        self._table.show()
        self._form.show(self._selected, result.problems, self._map.remark(self._selected) if self._map else "")
        self._undo.disabled, self._redo.disabled = not draft.can_undo, not draft.can_redo
        self._delete.disabled = not self._selected
        found = [str(change) for change in changes(draft, result.uncited)]
        self._save.disabled = not found
        self._changes.children = [text_line(_count(found)), *map(text_line, _at_most(found))]
        self._problems.children = [error_line(line) for line in _at_most([str(one) for one in result.problems])]

    def _draw(self, kind: str) -> None:
        self.select("")
        if self._map:
            self._map.draw(kind)

    def _add(self, geometry: Geometry | None = None) -> None:
        self.select(self.session.draft.add(geometry=geometry))

    def _save_with_note(self) -> None:
        try:
            self.save(self._note.value)
        except GeoError:
            return  # the editor shows it; in a cell it would be raised
        self._note.value = ""

    def _tell(self, lines: Sequence[str], *, line: Callable[[str], Any] = text_line) -> None:
        self._message.children = [line(text) for text in lines]


OPEN: dict[tuple[Path, str], Editor] = {}


def open_editor(name: str, folder: Path) -> Editor:
    """Return the editor of a layer: the one that is open in this kernel, or a new one."""
    place = (folder.resolve(), name)
    if place not in OPEN:
        OPEN[place] = Editor(Session(name, folder))
    elif not OPEN[place].session.draft.is_changed:
        OPEN[place].session.refresh()
    return OPEN[place]


def _button(title: str, icon: str, act: Callable[[], Any]) -> Any:
    button = widgets.Button(description=title, icon=icon, layout=widgets.Layout(width="auto", flex="0 0 auto"))
    button.on_click(lambda _: act())
    return button


def _pane(flex: str, **more: str) -> Any:
    return widgets.Layout(display="block", flex=flex, min_width="0", padding="0 8px 0 0", overflow="auto", **more)


def _count(found: list[str]) -> str:
    if not found:
        return "Nothing is changed."
    return "One unsaved change" if len(found) == 1 else f"{len(found)} unsaved changes"


def _at_most(lines: list[str]) -> list[str]:
    hidden = len(lines) - _MOST_LINES
    return lines if hidden <= 0 else [*lines[:_MOST_LINES], f"and {hidden} more"]

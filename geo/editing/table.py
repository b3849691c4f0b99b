"""The rows of a layer without places as a table: every cell can be changed where it stands."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import ipywidgets as widgets

from geo.editing.draft import Row
from geo.editing.fields import Cell, cell_of, full_width, text_line
from geo.editing.session import Session

_ROWS = 10
_ID_PX = 190
# The id is the name of its line, and sources are chosen in the form; what is longest comes last.
_ELSEWHERE, _LAST = {"id", "sources"}, {"grade", "note"}


class Table:
    """Ten rows at a time, all columns; the name of a row opens it in the form.

    Parameters
    ----------
    session : Session
        The edit.
    on_select : callable
        Called with the key of the row that somebody opens.

    Attributes
    ----------
    widget : Widget
        What is shown.
    """

    def __init__(self, session: Session, on_select: Any) -> None:
        self._session, self._on_select = session, on_select
        self._keys: list[str] = []
        self._first = 0
        self._selected, self._changed = "", frozenset[str]()
        record = session.spec.record
        self._columns = sorted(record.model_fields.keys() - _ELSEWHERE, key=list(record.model_fields).index)
        self._columns.sort(key=lambda column: column in _LAST)
        first = _Line(self, session, self._columns)
        self._lines = [first, *(_Line(self, session, self._columns, first) for _ in range(_ROWS - 1))]
        self._search = widgets.Text(placeholder="Search the rows", tooltip="Search the rows", layout=full_width())
        self._search.observe(lambda _: self._narrow(), "value")
        self._where = text_line("")
        self._before = widgets.Button(
            icon="chevron-left", tooltip="The rows before", layout=widgets.Layout(width="40px")
        )
        self._after = widgets.Button(
            icon="chevron-right", tooltip="The rows after", layout=widgets.Layout(width="40px")
        )
        self._before.on_click(lambda _: self._turn(-_ROWS))
        self._after.on_click(lambda _: self._turn(_ROWS))
        body = widgets.VBox([first.head(), *(line.widget for line in self._lines)])
        self.widget = widgets.VBox(
            [
                self._search,
                widgets.Box([body], layout=widgets.Layout(overflow="auto", width="100%")),
                widgets.HBox([self._before, self._where, self._after]),
            ],
            layout=full_width(),
        )

    def show(self, rows: Mapping[str, Row], changed: Mapping[str, Any], selected: str) -> None:
        """Show rows, mark those that are changed, and turn to the one that is selected."""
        is_another, self._selected, self._changed = selected != self._selected, selected, frozenset(changed)
        self._find(rows)
        if is_another and selected in self._keys:
            self._first = self._keys.index(selected) // _ROWS * _ROWS
        self._turn(0)

    def select(self, key: str) -> None:
        """Open a row in the form."""
        self._on_select(key)

    def _narrow(self) -> None:
        self._find(self._session.draft.rows)
        self._first = 0
        self._fill()

    def _find(self, rows: Mapping[str, Row]) -> None:
        words = self._search.value.casefold().split()
        self._keys = [key for key, row in rows.items() if key == self._selected or _has(row, words)]

    def _turn(self, by: int) -> None:
        self._first = max(0, min(self._first + by, len(self._keys) - _ROWS))
        self._fill()

    def _fill(self) -> None:
        rows = self._session.draft.rows
        shown = self._keys[self._first : self._first + _ROWS]
        for number, line in enumerate(self._lines):
            key = shown[number] if number < len(shown) else ""
            line.show(key, rows.get(key), is_changed=key in self._changed, is_selected=key == self._selected)
        self._before.disabled, self._after.disabled = self._first == 0, self._first + _ROWS >= len(self._keys)
        self._where.value = f"{min(self._first + 1, len(self._keys))}–{self._first + len(shown)} of {len(self._keys)}"


class _Line:
    """One line of the table, whichever row it shows."""

    def __init__(self, table: Table, session: Session, columns: list[str], like: "_Line | None" = None) -> None:
        self._session, self._key = session, ""
        look = like._name.layout if like else widgets.Layout(width=f"{_ID_PX}px", flex="0 0 auto")
        self._name: Any = widgets.Button(layout=look)
        self._name.on_click(lambda _: table.select(self._key))
        self._cells: dict[str, Cell] = {
            column: cell_of(session.spec.record, column, like._cells[column] if like else None) for column in columns
        }
        for column, cell in self._cells.items():
            cell.observe(partial(self._change, column))
        self.widget: Any = widgets.HBox([self._name, *(cell.widget for cell in self._cells.values())])

    def head(self) -> Any:
        """Return the titles of the columns, each as wide as its cells."""
        record = self._session.spec.record
        names = ["Id", *(record.model_fields[column].title or column for column in self._cells)]
        cells = self.widget.children
        titles = [text_line(name, layout=cell.layout) for name, cell in zip(names, cells, strict=True)]
        return widgets.HBox(titles, layout=widgets.Layout(align_items="flex-end"))

    def show(self, key: str, row: Row | None, *, is_changed: bool, is_selected: bool) -> None:
        self._key = key
        self.widget.layout.display = "none" if row is None else ""
        if row is None:
            return
        name = str(row.values["id"] or "new row")
        self._name.description = f"● {name}" if is_changed else name
        self._name.tooltip = f"Open {name} in the form"
        self._name.button_style = "info" if is_selected else ""
        for column, cell in self._cells.items():
            cell.show(row.values[column])

    def _change(self, column: str, value: Any) -> None:
        self._session.draft.change(self._key, column, value)


def _has(row: Row, words: list[str]) -> bool:
    text = " ".join(str(value) for value in row.values.values() if value is not None).casefold()
    return all(word in text for word in words)

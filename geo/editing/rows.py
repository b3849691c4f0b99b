"""All rows of a layer as a table whose cells can be edited."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
import pandas as pd

from geo.editing.form import text_of, value_of
from geo.editing.session import Session
from geo.inputs.layer_files import SOURCES

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of bqscales, which ipydatagrid imports
    from ipydatagrid import DataGrid

_ROW_PX, _COLUMN_PX, _ID_PX = 24, 130, 180
# Long texts come last.
_LAST = ("grade", "note")
_CHANGED = "●"


class RowTable:
    """The rows of a layer with their columns; a click on a row selects it.

    All cells are text: the grid would cut a decimal typed into a column of whole numbers, and drop a word.

    Parameters
    ----------
    session : Session
        The edit.
    on_select : callable
        Called with the key of a clicked row.
    rows : int
        Number of rows to show without scrolling.

    Attributes
    ----------
    widget : Widget
        The table.
    """

    def __init__(self, session: Session, on_select: Callable[[str], None], *, rows: int) -> None:
        self._session, self._on_select = session, on_select
        record = session.spec.record
        columns = sorted(record.model_fields.keys() - {"id", SOURCES}, key=list(record.model_fields).index)
        columns.sort(key=lambda column: column in _LAST)
        self._titles = {record.model_fields[column].title or column: column for column in columns}
        self._shown = self._frame()
        self.widget = DataGrid(
            self._shown,
            editable=True,
            selection_mode="cell",
            base_row_size=_ROW_PX,
            base_column_size=_COLUMN_PX,
            column_widths={"Id": _ID_PX, _CHANGED: _ROW_PX},
            layout=widgets.Layout(height=f"{(rows + 2) * _ROW_PX}px", width="100%"),
        )
        self.widget.on_cell_change(self._change)
        self.widget.on_cell_click(self._select)

    def show(self) -> None:
        """Show the rows of the draft; the filters and the order of the table are kept."""
        frame = self._frame()
        if not frame.equals(self._shown):
            self._shown = self.widget.data = frame

    def _frame(self) -> pd.DataFrame:
        draft = self._session.draft
        edited = draft.edits
        cells = [
            {_CHANGED: _CHANGED if key in edited else "", **self._cells(row.values)} for key, row in draft.rows.items()
        ]
        index = pd.Index(list(draft.rows), name="Id", dtype=object)
        return pd.DataFrame(cells, index=index, columns=[_CHANGED, *self._titles], dtype=object)

    def _cells(self, values: Mapping[str, Any]) -> dict[str, str]:
        return {title: text_of(values[column]) for title, column in self._titles.items()}

    def _change(self, cell: Mapping[str, Any]) -> None:
        key, column = self._shown.index[cell["row"]], self._titles.get(cell["column"])
        if column and key in self._session.draft.rows:
            value = value_of(self._session.spec.record, column, text_of(cell["value"]))
            self._session.draft.change(key, column, value)
        self._shown = self.widget.data = self._frame()  # the grid shows the text as it was typed

    def _select(self, cell: Mapping[str, Any]) -> None:
        if cell["region"] in ("body", "row-header"):
            self._on_select(self._shown.index[cell["primary_key_row"]])

"""All rows of a layer as a list to search and select from."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from geo.editing.draft import Row
from geo.editing.fields import full_width

# What tells a row from others, in this order, as far as its layer has these columns.
_TELLING = (
    "number",
    "date",
    "name_en",
    "title_en",
    "from_place",
    "to_place",
    "figure",
    "claimed_by",
    "participation",
    "outcome",
    "as_of",
)
_LONGEST_CELL = 48


class RowList:
    """The rows of a layer, one a line.

    Parameters
    ----------
    on_select : callable
        Called with the key of the row that somebody selects.
    rows : int
        How many lines are seen at once.

    Attributes
    ----------
    widget : Widget
        What is shown.
    """

    def __init__(self, on_select: Callable[[str], None], *, rows: int) -> None:
        self._on_select = on_select
        self._lines: list[tuple[str, str]] = []
        self._is_showing = False
        self._search = widgets.Text(placeholder="Search the rows", tooltip="Search the rows", layout=full_width())
        self._list = widgets.Select(rows=rows, layout=full_width())
        self._search.observe(lambda _: self._narrow(), "value")
        self._list.observe(lambda change: self._select(change["new"]), "value")
        self.widget = widgets.VBox([self._search, self._list], layout=full_width())

    def show(self, rows: Mapping[str, Row], changed: Mapping[str, Any], selected: str) -> None:
        """Show rows, mark those that are changed, and select one."""
        lines = [(_line(row, is_changed=key in changed), key) for key, row in rows.items()]
        if lines != self._lines or self._list.value != (selected or None):
            self._lines = lines
            self._narrow(selected)

    def _narrow(self, selected: str | None = None) -> None:
        words = self._search.value.casefold().split()
        selected = self._list.value if selected is None else selected
        shown = [
            (line, key)
            for line, key in self._lines
            if key == selected or all(word in line.casefold() for word in words)
        ]
        self._is_showing = True
        try:
            self._list.options = shown
            self._list.value = selected if any(key == selected for _, key in shown) else None
        finally:
            self._is_showing = False

    def _select(self, key: str | None) -> None:
        if key and not self._is_showing:
            self._on_select(key)


def _line(row: Row, *, is_changed: bool) -> str:
    told = [str(row.values[column])[:_LONGEST_CELL] for column in _TELLING if row.values.get(column) is not None]
    place = "" if row.geometry or "name_en" not in row.values else " · place unknown"
    return f"{'● ' if is_changed else ''}{' · '.join([*told, str(row.values['id'] or 'new row')])}{place}"

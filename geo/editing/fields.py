"""One column of a row as something to type in or choose from, made from the schema."""

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Any

import ipywidgets as widgets

from geo.inputs.schema import Record, column_choices, column_type, is_date_column

_UNKNOWN = "—"
# A column that held more than this once is given several lines.
_LONG_TEXT = 48
_STYLE = {"description_width": "160px"}
# How wide the cells of a table are, in CSS pixels.
_CELL_PX, _NUMBER_PX, _DATE_PX = 170, 90, 110
_ERROR = "var(--jp-error-color1, #b3261e)"


def full_width() -> widgets.Layout:
    """Return a layout as wide as there is room; each widget has its own, for hiding one hides all that share it."""
    return widgets.Layout(width="auto")


def text_line(text: str = "", *, colour: str | None = None) -> widgets.HTML:
    """Return a line of text that wraps; whatever stands in it is shown, never obeyed."""
    line = widgets.HTML(escape(text), layout=widgets.Layout(margin="0 2px"))
    line.style.text_color = colour
    return line


def error_line(text: str) -> widgets.HTML:
    """Return a line of text that says what is wrong."""
    return text_line(text, colour=_ERROR)


class Field:
    """A column as a widget.

    Attributes
    ----------
    widget : Widget
        What is shown: the input, and below it what is wrong with the value.
    """

    def __init__(
        self, shown: Any, read: Callable[[], Any], write: Callable[[Any], None], inputs: Sequence[Any]
    ) -> None:
        self._read, self._write, self._inputs = read, write, inputs
        self._fault = error_line("")
        self._is_writing = False
        self.widget = widgets.VBox([shown, self._fault], layout=full_width())
        self.show_fault("")

    @property
    def value(self) -> Any:
        """The value as JSON has it; None, or an empty list, where it is unknown."""
        return self._read()

    def show(self, value: Any) -> None:
        """Show a value without telling anybody."""
        self._is_writing = True
        try:
            self._write(value)
        finally:
            self._is_writing = False

    def show_fault(self, text: str) -> None:
        """Say what is wrong with the value, or nothing."""
        self._fault.value = escape(text)
        self._fault.layout.display = "" if text else "none"

    def enable(self, *, enabled: bool) -> None:
        """Let people change the value, or not."""
        for each in self._inputs:
            each.disabled = not enabled

    def observe(self, listener: Callable[[Any], None]) -> None:
        """Call a function with the value when somebody has changed it."""

        def changed(_: Any) -> None:
            if not self._is_writing:
                listener(self.value)

        for each in self._inputs:
            each.observe(changed, "value")


def field_of(record: type[Record], column: str, held: Sequence[Any] = (), ids: Sequence[str] = ()) -> Field:
    """Return the field of a column.

    Parameters
    ----------
    record : type
        Model of the row.
    column : str
        Name of the column.
    held : sequence
        What the column holds in other rows.
    ids : sequence of str
        For a column that names rows of another layer, their ids.
    """
    described = record.model_fields[column]
    common = {
        "description": described.title or column,
        "tooltip": f"{described.description} (for example {_example(described.examples)})",
        "style": _STYLE,
        "layout": full_width(),
    }
    if choices := column_choices(record, column):
        return _choice(choices, common)
    if is_date_column(record, column):
        return _date(common)
    kind = column_type(record, column)
    if kind is tuple:
        return _lines(common)
    if ids:
        return _combined(ids, common)
    if kind in (int, float):
        return _number(kind, common)
    is_long = any(len(str(value)) > _LONG_TEXT for value in held if value)
    return _text(widgets.Textarea(rows=3, continuous_update=False, **common) if is_long else _box(common))


def cell_of(record: type[Record], column: str) -> Field:
    """Return the field of a column as the cell of a table: as wide as its kind needs, and without its name."""
    described = record.model_fields[column]
    kind = column_type(record, column)
    is_date, choices = is_date_column(record, column), column_choices(record, column)
    width_px = _DATE_PX if is_date else _NUMBER_PX if kind in (int, float) else _CELL_PX
    common = {"tooltip": f"{described.title}: {described.description}", "layout": full_width()}
    if choices:
        field = _choice(choices, common)
    elif kind in (int, float):
        field = _number(kind, common)
    else:
        field = _text(_box(common))
    field.widget.layout.width, field.widget.layout.flex = f"{width_px}px", "0 0 auto"
    return field


def _example(examples: Any) -> str:
    example = (examples or [""])[0]
    return "; ".join(map(str, example)) if isinstance(example, list) else str(example)


def _box(common: dict[str, Any]) -> Any:
    return widgets.Text(continuous_update=False, **common)


def _text(box: Any) -> Field:
    return Field(box, lambda: box.value.strip() or None, lambda value: setattr(box, "value", _as_text(value)), [box])


def _choice(choices: Sequence[str], common: dict[str, Any]) -> Field:
    box = widgets.Dropdown(options=[(_UNKNOWN, ""), *((choice, choice) for choice in choices)], value="", **common)

    def write(value: Any) -> None:
        box.value = value if value in choices else ""

    return Field(box, lambda: box.value or None, write, [box])


def _combined(ids: Sequence[str], common: dict[str, Any]) -> Field:
    return _text(widgets.Combobox(options=tuple(ids), ensure_option=False, continuous_update=False, **common))


def _number(kind: type, common: dict[str, Any]) -> Field:
    box = _box(common)

    def read() -> Any:
        text = box.value.strip()
        try:
            return kind(text) if text else None
        except ValueError:
            return text  # the rules say what is wrong with it

    return Field(box, read, lambda value: setattr(box, "value", _as_text(value)), [box])


def _lines(common: dict[str, Any]) -> Field:
    """Return a field of one entry a line."""
    box = widgets.Textarea(rows=4, continuous_update=False, **common)

    def read() -> list[Any]:
        entries = [line.strip() for line in box.value.splitlines()]
        return [int(entry) if entry.isdecimal() else entry for entry in entries if entry]

    return Field(box, read, lambda value: setattr(box, "value", "\n".join(map(str, value or ()))), [box])


def _date(common: dict[str, Any]) -> Field:
    """Return a field of a day, month or year: a calendar for days, and a box that holds all three."""
    box = widgets.Text(continuous_update=False, placeholder="day, month or year", layout=widgets.Layout(width="40%"))
    day = widgets.DatePicker(**{**common, "layout": widgets.Layout(width="60%")})

    def pick(change: Any) -> None:
        text = change["new"].isoformat() if change["new"] else ""
        if text or _day(box.value):
            box.value = text

    def follow(change: Any) -> None:
        if (found := _day(change["new"].strip())) != day.value:
            day.value = found

    day.observe(pick, "value")
    box.observe(follow, "value")
    shown = widgets.HBox([day, box], layout=full_width())
    return Field(shown, lambda: box.value.strip() or None, lambda value: setattr(box, "value", _as_text(value)), [box])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)

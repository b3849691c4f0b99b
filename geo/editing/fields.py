"""One column of a row as something to type in or choose from, made from the schema."""

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Any, NamedTuple

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


def text_line(text: str = "", *, colour: str | None = None, layout: widgets.Layout | None = None) -> widgets.HTML:
    """Return a line of text that wraps; whatever stands in it is shown, never obeyed."""
    layout = layout or widgets.Layout(margin="0 2px")
    return widgets.HTML(escape(text), layout=layout, style={"text_color": colour})


def error_line(text: str) -> widgets.HTML:
    """Return a line of text that says what is wrong."""
    return text_line(text, colour=_ERROR)


class _Input(NamedTuple):
    """Boxes that hold one value: what is shown of them, how it is read and written."""

    shown: Any
    read: Callable[[], Any]
    write: Callable[[Any], None]
    boxes: Sequence[Any]


class Cell:
    """A column as the cell of a table.

    Attributes
    ----------
    widget : Widget
        What is shown: the input alone.
    """

    def __init__(self, given: _Input) -> None:
        self._given, self._is_writing = given, False
        self.widget = given.shown

    @property
    def value(self) -> Any:
        """The value as JSON has it; None, or an empty list, where it is unknown."""
        return self._given.read()

    def show(self, value: Any) -> None:
        """Show a value without telling anybody."""
        self._is_writing = True
        try:
            self._given.write(value)
        finally:
            self._is_writing = False

    def enable(self, *, enabled: bool) -> None:
        """Let people change the value, or not."""
        for each in self._given.boxes:
            each.disabled = not enabled

    def observe(self, listener: Callable[[Any], None]) -> None:
        """Call a function with the value when somebody has changed it."""

        def changed(_: Any) -> None:
            if not self._is_writing:
                listener(self.value)

        for each in self._given.boxes:
            each.observe(changed, "value")


class Field(Cell):
    """A column as the field of a form.

    Attributes
    ----------
    widget : Widget
        What is shown: the input, and below it what is wrong with the value.
    """

    def __init__(self, given: _Input) -> None:
        super().__init__(given)
        self._fault: widgets.HTML | None = None
        self.widget = widgets.VBox([given.shown], layout=full_width())

    def show_fault(self, text: str) -> None:
        """Say what is wrong with the value, or nothing."""
        if self._fault is None and text:  # most never have one, and each costs the notebook three messages
            self._fault = error_line("")
            self.widget.children = [self._given.shown, self._fault]
        if self._fault is not None:
            self._fault.value = escape(text)
            self._fault.layout.display = "" if text else "none"


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
    return Field(_field_input(record, column, common, held, ids))


def cell_of(record: type[Record], column: str, like: Cell | None = None) -> Cell:
    """Return a column as the cell of a table: as wide as its kind needs, and without its name.

    Parameters
    ----------
    record : type
        Model of the row.
    column : str
        Name of the column.
    like : Cell, optional
        Another cell of the column, whose layout and style this one then shares. Its own would be two more messages to
        the notebook, and ZeroMQ drops what a kernel sends beyond 1,000 that nobody has fetched (ZMQ_SNDHWM): a widget
        whose message is lost stays an error.
    """
    described = record.model_fields[column]
    choices, kind = column_choices(record, column), column_type(record, column)
    is_number = kind in (int, float)
    common: dict[str, Any] = {"tooltip": f"{described.title}: {described.description}"}
    if like:
        common |= {"layout": like.widget.layout, "style": like.widget.style}
    else:
        width_px = _DATE_PX if is_date_column(record, column) else _NUMBER_PX if is_number else _CELL_PX
        common["layout"] = widgets.Layout(width=f"{width_px}px", flex="0 0 auto")
    if choices:
        return Cell(_choice(choices, common))
    return Cell(_number(kind, common) if is_number else _text(_box(common)))


def _field_input(
    record: type[Record], column: str, common: dict[str, Any], held: Sequence[Any], ids: Sequence[str]
) -> _Input:
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


def _example(examples: Any) -> str:
    example = (examples or [""])[0]
    return "; ".join(map(str, example)) if isinstance(example, list) else str(example)


def _box(common: dict[str, Any]) -> Any:
    return widgets.Text(continuous_update=False, **common)


def _text(box: Any) -> _Input:
    return _Input(box, lambda: box.value.strip() or None, lambda value: setattr(box, "value", _as_text(value)), [box])


def _choice(choices: Sequence[str], common: dict[str, Any]) -> _Input:
    box = widgets.Dropdown(options=[(_UNKNOWN, ""), *((choice, choice) for choice in choices)], value="", **common)

    def write(value: Any) -> None:
        box.value = value if value in choices else ""

    return _Input(box, lambda: box.value or None, write, [box])


def _combined(ids: Sequence[str], common: dict[str, Any]) -> _Input:
    return _text(widgets.Combobox(options=tuple(ids), ensure_option=False, continuous_update=False, **common))


def _number(kind: type, common: dict[str, Any]) -> _Input:
    box = _box(common)

    def read() -> Any:
        text = box.value.strip()
        try:
            return kind(text) if text else None
        except ValueError:
            return text  # the rules say what is wrong with it

    return _Input(box, read, lambda value: setattr(box, "value", _as_text(value)), [box])


def _lines(common: dict[str, Any]) -> _Input:
    """Return a box of one entry a line."""
    box = widgets.Textarea(rows=4, continuous_update=False, **common)

    def read() -> list[Any]:
        entries = [line.strip() for line in box.value.splitlines()]
        return [int(entry) if entry.isdecimal() else entry for entry in entries if entry]

    return _Input(box, read, lambda value: setattr(box, "value", "\n".join(map(str, value or ()))), [box])


def _date(common: dict[str, Any]) -> _Input:
    """Return boxes for a day, month or year: a calendar for days, and a line that holds all three."""
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
    return _Input(shown, lambda: box.value.strip() or None, lambda value: setattr(box, "value", _as_text(value)), [box])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)

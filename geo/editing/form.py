"""The form of the selected row: one widget for each column of the schema, its place, and its sources."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from geo.editing.draft import Row, place_from_text, place_text, slug, unused_id
from geo.editing.session import Session
from geo.errors import GeoError, Problem
from geo.inputs.layer_files import SOURCES
from geo.inputs.references import REFERENCES
from geo.inputs.schema import Record, Source, column_choices, column_type, is_date_column

_UNKNOWN = "—"
# A column with a longer text in some row gets several lines.
_LONG_TEXT = 48
# A longer tag would hide its button.
_LONGEST_TAG = 56
_STYLE = {"description_width": "160px"}
_ERROR = "var(--jp-error-color1, #b3261e)"
_GEOMETRY = "geometry"


def full_width() -> widgets.Layout:
    """Return a layout as wide as its container; not shared, because hiding one widget hides all that share it."""
    return widgets.Layout(width="auto")


def text_line(text: str = "") -> widgets.HTML:
    """Return a line of text that wraps; markup in it is shown as text."""
    return widgets.HTML(escape(text), layout=widgets.Layout(margin="0 2px"))


def error_line(text: str = "") -> widgets.HTML:
    """Return a line of text in the colour of errors."""
    line = text_line()
    line.style.text_color = _ERROR
    show_text(line, text)
    return line


def show_text(line: widgets.HTML, text: str) -> None:
    """Set the text of a line, which is hidden if there is none."""
    line.value = escape(text)
    line.layout.display = "" if text else "none"


def value_of(record: type[Record], column: str, text: str) -> Any:
    """Return the value that a typed text has in a column; the rules check it.

    Parameters
    ----------
    record : type
        Model of the row.
    column : str
        Name of the column.
    text : str
        The text; a list has one entry on each line.

    Returns
    -------
    object
        JSON-ready; None, or an empty list, if the text is empty, and the text itself if it should be a number.
    """
    kind = column_type(record, column)
    if kind is tuple:
        entries = [line.strip() for line in text.splitlines()]
        return [int(entry) if entry.isdecimal() else entry for entry in entries if entry]
    text = text.strip()
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text or None
    return text or None


def text_of(value: Any) -> str:
    """Return a value as the text from which `value_of` returns it."""
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


class Field:
    """One column in a form: an input, and below it the problem of its value.

    Parameters
    ----------
    record : type
        Model of the row.
    column : str
        Name of the column.
    held : sequence
        Values of the column in other rows, from which the input gets its size.
    ids : sequence of str
        Ids of the layer to which the column refers.

    Attributes
    ----------
    widget, box : Widget
        The field, and the input in it.
    """

    def __init__(self, record: type[Record], column: str, held: Sequence[Any] = (), ids: Sequence[str] = ()) -> None:
        self._record, self._column = record, column
        self._choices = column_choices(record, column)
        self._is_showing = False
        self._problem = error_line()
        self.box = self._input(any(len(text_of(value)) > _LONG_TEXT for value in held), ids)
        self.widget = widgets.VBox([self.box, self._problem], layout=full_width())

    @property
    def value(self) -> Any:
        """The value of the column."""
        return value_of(self._record, self._column, self.box.value)

    def show(self, value: Any, problem: str = "") -> None:
        """Show a value and its problem; listeners are not called."""
        text = text_of(value)
        self._is_showing = True
        self.box.value = text if not self._choices or text in self._choices else ""
        self._is_showing = False
        self.show_problem(problem)

    def show_problem(self, problem: str) -> None:
        """Show what is wrong with the value, or nothing."""
        show_text(self._problem, problem)

    def observe(self, listener: Callable[[Any], None]) -> None:
        """Call a function with the value when a user changes it."""
        self.box.observe(lambda _: None if self._is_showing else listener(self.value), "value")

    def _input(self, is_long: bool, ids: Sequence[str]) -> Any:
        described = self._record.model_fields[self._column]
        example = (described.examples or [""])[0]
        example = "; ".join(map(str, example)) if isinstance(example, list) else example
        common = {
            "description": described.title or self._column,
            "tooltip": f"{described.description} (for example {example})",
            "style": _STYLE,
            "layout": full_width(),
        }
        if self._choices:
            options = [(_UNKNOWN, ""), *((choice, choice) for choice in self._choices)]
            return widgets.Dropdown(options=options, value="", **common)
        common["continuous_update"] = False
        if ids:
            return widgets.Combobox(options=tuple(ids), ensure_option=False, **common)
        if is_long or column_type(self._record, self._column) is tuple:
            return widgets.Textarea(rows=3, **common)
        if is_date_column(self._record, self._column):
            common["placeholder"] = "YYYY-MM-DD, YYYY-MM or YYYY"
        return widgets.Text(**common)


class SourcePicker:
    """The sources of a row: cited ones as tags, which complete from all known sources, and a form for a new one.

    Parameters
    ----------
    session : Session
        The edit.

    Attributes
    ----------
    widget : Widget
        The picker.
    """

    def __init__(self, session: Session) -> None:
        self._session, self._key, self._is_showing = session, "", False
        self._proposed: str | None = None
        self._tags = widgets.TagsInput(allow_duplicates=False, layout=full_width())
        self._problem = error_line()
        self._backing = widgets.Dropdown(description="Given by", style=_STYLE, layout=full_width())
        self._new = {column: Field(Source, column) for column in Source.model_fields}
        add = widgets.Button(description="Add it and cite it", button_style="primary")
        form = widgets.VBox([*(field.widget for field in self._new.values()), add])
        accordion = widgets.Accordion([form], titles=("Add a source",), selected_index=None, layout=full_width())
        hint = text_line("Sources: click into the box and type an id, publisher or title")
        self.widget = widgets.VBox([hint, self._tags, self._problem, self._backing, accordion], layout=full_width())
        self._tags.observe(lambda change: self._cite(change["new"]), "value")
        self._backing.observe(lambda change: self._back(change["new"]), "value")
        add.on_click(lambda _: self._add())
        for column in ("title", "publisher", "date"):
            self._new[column].observe(lambda _: self._propose_id())

    def show(self, key: str, row: Row, *, is_moved: bool, problem: str) -> None:
        """Show the sources of a row; if it was moved, also which of them gives its new place."""
        self._key, cited = key, row.values[SOURCES]
        known = self._session.known_sources()
        tags = {id_: source_line(id_, known.get(id_, {})) for id_ in dict.fromkeys([*cited, *known])}
        backing = self._session.draft.state.backing.get(key)
        self._is_showing = True
        self._tags.allowed_tags = list(tags.values())
        self._tags.value = [tags[id_] for id_ in cited]
        self._backing.options = [("the new place: choose its source", ""), *((id_, id_) for id_ in cited)]
        self._backing.value = backing if backing in cited else ""
        self._backing.layout.display = "" if is_moved else "none"
        self._is_showing = False
        show_text(self._problem, problem)

    def _cite(self, tags: Sequence[str]) -> None:
        if not self._is_showing:
            self._session.draft.change(self._key, SOURCES, [tag.partition(" · ")[0] for tag in tags])

    def _back(self, id_: str) -> None:
        if id_ and not self._is_showing:
            self._session.draft.back(self._key, id_)

    def _propose_id(self) -> None:
        """Propose an id from publisher and date, unless another one was typed."""
        values = {column: field.value for column, field in self._new.items()}
        if values["id"] in (None, self._proposed):
            name = " ".join(filter(None, (values["publisher"] or values["title"], values["date"])))
            self._proposed = unused_id(slug(name)[:40].strip("-"), self._session.known_sources())
            self._new["id"].show(self._proposed)

    def _add(self) -> None:
        values = {column: field.value for column, field in self._new.items()}
        if not values["id"] or values["id"] in self._session.known_sources():
            self._new["id"].show_problem("write an id that no other source has")
            return
        self._session.draft.cite_new(self._key, values)
        for field in self._new.values():
            field.show(None)


def source_line(id_: str, values: Mapping[str, Any]) -> str:
    """Return a source as one short line: its id, publisher, date, and title or address."""
    parts = [values.get("publisher"), values.get("date"), values.get("title") or values.get("url")]
    line = f"{id_} · {', '.join(str(part) for part in parts if part)}"
    return line if len(line) <= _LONGEST_TAG else f"{line[: _LONGEST_TAG - 1]}…"


class Form:
    """The values of one row.

    Parameters
    ----------
    session : Session
        The edit.

    Attributes
    ----------
    widget : Widget
        The form.
    """

    def __init__(self, session: Session) -> None:
        self._session, self._key, self._is_showing = session, "", False
        self._fields = dict(_fields(session))
        for column, field in self._fields.items():
            field.observe(partial(self._change, column))
        is_point = session.spec.geometry == {"Point"}
        self._place = widgets.Textarea(
            description="Longitude, latitude" if is_point else "Geometry (WKT)",
            rows=1 if is_point else 5,
            continuous_update=False,
            style=_STYLE,
            layout=full_width(),
            tooltip="In degrees, longitude first",
        )
        self._place.observe(lambda change: self._move(change["new"]), "value")
        self._place_problem = error_line()
        self._picker = SourcePicker(session)
        where = "in the table or on the map" if session.spec.geometry else "in the table"
        self._hint = text_line(f"Select a row {where}.")
        self._remark = text_line()
        self._body = widgets.VBox(self._parts(), layout=full_width())
        self.widget = widgets.VBox([self._hint, self._remark, self._body])

    def show(self, key: str, problems: Sequence[Problem], remark: str = "") -> None:
        """Show a row with its own problems and a remark above them; only a hint if there is no such row."""
        show_text(self._remark, remark)
        self._key, draft = key, self._session.draft
        row = draft.rows.get(key)
        self._hint.layout.display = "none" if row else ""
        if row is None:
            self._body.layout.display = "none"
            return
        own = {f"feature {key!r}", f"feature {row.values['id']!r}"}
        texts = {one.rule.partition(".")[0]: f"{one.found}: {one.repair}" for one in problems if one.where in own}
        for column, field in self._fields.items():
            field.show(row.values[column], texts.get(column, ""))
        self._fields["id"].box.disabled = not draft.is_new(key)
        self._is_showing = True
        self._place.value = place_text(row.geometry)
        self._is_showing = False
        show_text(self._place_problem, texts.get(_GEOMETRY, ""))
        if SOURCES in row.values:
            before = draft.base.get(key)
            is_moved = before is not None and row.geometry is not None and before.geometry != row.geometry
            self._picker.show(key, row, is_moved=is_moved, problem=texts.get(SOURCES, ""))
        self._body.layout.display = ""  # last: an empty field must not be typed into before its value arrives

    def _parts(self) -> list[Any]:
        """Return the widgets in order: what the row is, its place, its sources, the rest."""
        columns = list(self._fields)
        first = next((at for at, column in enumerate(columns) if column in ("basis", "note")), len(columns))
        inputs = [field.widget for field in self._fields.values()]
        place = [self._place, self._place_problem] if self._session.spec.geometry else []
        picker = [self._picker.widget] if SOURCES in self._session.spec.record.model_fields else []
        return [*inputs[:first], *place, *picker, *inputs[first:]]

    def _change(self, column: str, value: Any) -> None:
        self._session.draft.change(self._key, column, value)

    def _move(self, text: str) -> None:
        if self._is_showing:
            return
        try:
            self._session.draft.place(self._key, place_from_text(text))
        except GeoError as error:
            show_text(self._place_problem, str(error))


def _fields(session: Session) -> Iterator[tuple[str, Field]]:
    """Yield the field of each column but the sources."""
    record, rows = session.spec.record, session.draft.base.values()
    for column in record.model_fields:
        if column != SOURCES:
            target = session.around.by_name.get(REFERENCES.get(column, ""))
            ids = sorted(target.frame["id"]) if target else ()
            yield column, Field(record, column, [row.values[column] for row in rows], ids)

"""The row that is selected, column by column, with what is wrong beside each."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets

from geo.editing.draft import Row
from geo.editing.fields import Field, error_line, field_of, text_line
from geo.editing.places import UnreadableError, coordinates_text, geometry_from_text
from geo.editing.session import Session
from geo.editing.sources import SourcePicker
from geo.errors import GeoError, Problem
from geo.inputs.frames import json_rows
from geo.inputs.layer_files import SOURCES
from geo.inputs.references import REFERENCES

# Beyond this many characters a list of vertices is for the map, not for typing.
_LONGEST_PLACE = 20_000
_GEOMETRY = "geometry"


class Form:
    """What one row says, to be changed.

    Parameters
    ----------
    session : Session
        The edit.

    Attributes
    ----------
    widget : Widget
        What is shown.
    """

    def __init__(self, session: Session) -> None:
        self._session, self._key = session, ""
        record = session.spec.record
        ids = {name: tuple(sorted(layer.frame["id"])) for name, layer in _targets(session)}
        self._fields: dict[str, Field] = {}
        for column in record.model_fields:
            if column != SOURCES:
                held = [row.values[column] for row in session.draft.base.values()]
                self._fields[column] = field_of(record, column, held, ids.get(REFERENCES.get(column, ""), ()))
                self._fields[column].observe(partial(self._change, column))
        self._place = widgets.Textarea(
            description="Longitude, latitude",
            rows=1 if session.spec.geometry == {"Point"} else 5,
            continuous_update=False,
            style={"description_width": "160px"},
            layout=widgets.Layout(width="auto"),
            tooltip="Degrees, longitude first; one vertex a line, a blank line between rings",
        )
        self._place_fault = error_line("")
        self._is_showing = False
        self._place.observe(lambda change: self._move(change["new"]), "value")
        self._picker = SourcePicker(self._all_sources, self._cite, self._add_source, self._back)
        self._hint = text_line("Select a row in the list, or a feature on the map.")
        self._body = widgets.VBox(self._parts(), layout=widgets.Layout(width="auto"))
        self.widget = widgets.VBox([self._hint, self._body])
        self.show("", ())

    def show(self, key: str, problems: Sequence[Problem]) -> None:
        """Show a row, and which of the problems are its own; nothing if there is no such row."""
        self._key = key
        row = self._session.draft.rows.get(key)
        self._hint.layout.display = "none" if row else ""
        if row is None:
            self._body.layout.display = "none"
            return
        faults = {problem.rule.partition(".")[0]: problem for problem in problems if _is_about(problem, key, row)}
        for column, field in self._fields.items():
            field.show(row.values[column])
            field.show_fault(_told(faults.get(column)))
        self._fields["id"].enable(enabled=self._session.draft.is_new(key))
        self._show_place(row, faults.get(_GEOMETRY))
        if SOURCES in row.values:
            self._picker.show(
                row.values[SOURCES],
                needs_backing=self._is_moved(key, row),
                backing=self._session.draft.state.backing.get(key),
                fault=_told(faults.get(SOURCES)),
            )
        self._body.layout.display = ""  # last, so that nobody types into a field whose value is still on its way

    def _parts(self) -> list[Any]:
        """Return the fields in the order in which they are asked: what it is, where, who says so, the rest."""
        columns = list(self._fields)
        first = columns.index("basis") if "basis" in columns else columns.index("note")
        place = [self._place, self._place_fault] if self._session.spec.geometry else []
        picker = [self._picker.widget] if SOURCES in self._session.spec.record.model_fields else []
        before = [self._fields[column].widget for column in columns[:first]]
        after = [self._fields[column].widget for column in columns[first:]]
        return [*before, *place, *picker, *after]

    def _show_place(self, row: Row, fault: Problem | None) -> None:
        text = coordinates_text(row.geometry)
        self._is_showing = True
        try:
            self._place.value = text if len(text) <= _LONGEST_PLACE else ""
            self._place.disabled = len(text) > _LONGEST_PLACE
        finally:
            self._is_showing = False
        self._say_of_place(_told(fault))

    def _say_of_place(self, text: str) -> None:
        self._place_fault.value = error_line(text).value
        self._place_fault.layout.display = "" if text else "none"

    def _is_moved(self, key: str, row: Row) -> bool:
        before = self._session.draft.base.get(key)
        return before is not None and row.geometry is not None and before.geometry != row.geometry

    def _change(self, column: str, value: Any) -> None:
        try:
            self._session.draft.change(self._key, column, value)
        except GeoError as error:
            self._fields[column].show_fault(str(error))

    def _move(self, text: str) -> None:
        if self._is_showing:
            return
        row = self._session.draft.rows[self._key]
        kind = row.geometry["type"] if row.geometry else sorted(self._session.spec.geometry)[0]
        try:
            self._session.draft.place(self._key, geometry_from_text(text, kind))
        except UnreadableError as error:
            self._say_of_place(f"write {error}")

    def _cite(self, ids: list[str]) -> None:
        self._session.draft.change(self._key, SOURCES, ids)

    def _add_source(self, values: Mapping[str, Any]) -> None:
        self._session.draft.cite_new(self._key, values)

    def _back(self, source: str) -> None:
        self._session.draft.back(self._key, source)

    def _all_sources(self) -> dict[str, Mapping[str, Any]]:
        there = {row["id"]: row for row in json_rows(self._session.around.by_name[SOURCES].frame)}
        return {**self._session.draft.state.sources, **there}


def _targets(session: Session) -> Any:
    return ((name, session.around.by_name[name]) for name in set(REFERENCES.values()) - {SOURCES})


def _is_about(problem: Problem, key: str, row: Row) -> bool:
    return problem.where in {f"feature {key!r}", f"feature {row.values['id']!r}"}


def _told(problem: Problem | None) -> str:
    return f"{problem.found}: {problem.repair}" if problem else ""

"""What is known of a feature in plain English text, for programs that show nothing but a description."""

from collections.abc import Iterator, Mapping
from typing import Any

from geo.inputs.features import Layers
from geo.inputs.frames import json_rows
from geo.outputs.open_formats.tables import Table
from geo.outputs.periods import Period
from geo.outputs.texts import LANGUAGES, texts_of

_LANGUAGE_NAMES = {"ar": "Arabic", "tr": "Turkish", "fr": "French"}
# Told first or last, or elsewhere; the numbers of each vertex say nothing without their vertex.
_APART = ("id", "name_en", "sources", "grade", "claims")
_PLACE_COLUMNS = ("from_place", "to_place", "planned_end")
_APART_PREFIX = ("name_", "vertex_")


class Describer:
    """Describes features of one map: it knows the texts of the page, the sources and the events.

    Parameters
    ----------
    layers : Layers
        As read.
    """

    def __init__(self, layers: Layers) -> None:
        self._texts = texts_of(layers, LANGUAGES[0])
        self._places, self._sources, self._events = (
            {row["id"]: row for row in json_rows(layers.frame(name))} for name in ("places", "sources", "timeline")
        )

    def describe(self, table: Table, row: Mapping[str, Any], period: Period) -> str:
        """Return everything that a row says, one fact a line, in the words of the page.

        Parameters
        ----------
        table : Table
            Its layer.
        row : mapping of str to object
            The row.
        period : Period
            The time that is described; its status is told.
        """
        return "\n".join(self._lines(table, row, period))

    def grade_in_words(self, grade: str) -> str:
        """Return a grade and what its letter and its digit stand for."""
        source, information = self._texts[f"grade.source.{grade[0]}"], self._texts[f"grade.information.{grade[1]}"]
        return self._texts["grade.in_words"].format(grade=grade, source=source, information=information)

    def _lines(self, table: Table, row: Mapping[str, Any], period: Period) -> Iterator[str]:
        for language, name in _LANGUAGE_NAMES.items():
            if row.get(f"name_{language}"):
                yield f"{name}: {row[f'name_{language}']}"
        if status := _status(table, row, period):
            yield f"Status: {status}"
        for column in table.columns:
            value = row.get(column.name)
            if value is not None and column.name not in _APART and not column.name.startswith(_APART_PREFIX):
                yield f"{column.title}: {self._value(column.name, value)}"
        if row.get("grade"):
            yield f"Grade: {self.grade_in_words(row['grade'])}"
        for id_ in row.get("claims") or ():
            if id_ in self._events:
                yield f"{self._event(self._events[id_])}"
        for id_ in row.get("sources") or ():
            yield f"Source: {self._source(id_)}"

    def _value(self, column: str, value: Any) -> str:
        if isinstance(value, list):
            return "; ".join(map(str, value))
        if column in _PLACE_COLUMNS and value in self._places:
            return str(self._places[value]["name_en"])
        return self._texts.get(f"value.{column}.{value}", str(value).removesuffix(".0"))

    def _event(self, event: Mapping[str, Any]) -> str:
        figure = f" ({event['figure']} {event['unit']})" if event["figure"] else ""
        conflict = f" Contradictions: {event['conflict']}" if event["conflict"] else ""
        grade = self.grade_in_words(event["grade"])
        return (
            f"{event['date']}: {event['title_en']}{figure}. Claimed by {event['claimed_by']}. Grade {grade}.{conflict}"
        )

    def _source(self, id_: str) -> str:
        source = self._sources.get(id_)
        if source is None:
            return id_
        return f"{id_}: {', '.join(filter(None, (source[column] for column in ('title', 'publisher', 'date', 'url'))))}"


def _status(table: Table, row: Mapping[str, Any], period: Period) -> str | None:
    if not table.has_status or table.spec.style is None or row.get("claims") or period.status is None:
        return None
    symbol = table.spec.style.symbols.get(period.status)
    return symbol.label if symbol else None

"""One KML 2.2 document with time spans, for virtual globes: each feature is a placemark with a plain-text description.

Points have no icons, which would be loaded from a URL. They have the default marker of the program that opens the
file, in the colour of their class.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.history.timeline import Period, periods_of
from geo.inputs.frames import json_rows
from geo.inputs.layers import Layers
from geo.outputs.context import Build
from geo.outputs.document import template
from geo.outputs.exports.tables import GEOMETRY, Table, tables_of
from geo.outputs.output import Output
from geo.outputs.style import Symbol, channels, ink_of, style_of
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words

KML = "http://www.opengis.net/kml/2.2"
# Ids of the folders of layers: those from OpenStreetMap, under its licence, and all others.
_GROUPS = ("from-openstreetmap", "other-data")
# Virtual globes read even a plain description as HTML: a blank after the sign prevents text from opening a tag.
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
# The class of features that the map does not draw, such as the whole corridor in addition to its halves.
_UNSEEN = "unseen"
_LANGUAGE_NAMES = {"ar": "Arabic", "tr": "Turkish", "fr": "French"}
# Written first, last or elsewhere; the values of single vertices have no meaning without the vertex.
_APART = ("id", "name_en", "sources", "grade", "claims")
_PLACE_COLUMNS = ("from_place", "to_place", "planned_end")
_APART_PREFIX = ("name_", "vertex_")


def kml(build: Build) -> Output:
    """Return ``<name of the map>.kml``: a folder for each spatial layer, with those from OpenStreetMap separate.

    A feature is one placemark, or one for each period of its status; coordinates are lon, lat in degrees (WGS 84).
    A feature whose place is unknown is a placemark without geometry. Layers that are drawn only at large scales, that
    would cover the background, or that are not drawn on the map, are initially off.

    The build id is in the extended data of the document.
    """
    tables = [table for table in tables_of(build) if table.is_spatial]
    describer, name = Describer(build.layers), build.layers.agreement.map.name
    groups = ([table for table in tables if table.is_from_openstreetmap is is_in] for is_in in (True, False))
    document = template("exports", "map.kml.jinja").render(
        name=name,
        build_id=build.build_id,
        texts=describer.words.texts,
        tables=tables,
        groups=dict(zip(_GROUPS, groups, strict=True)),
        is_shown=_is_shown,
        features=_features,
        symbols_of=_symbols_of,
        class_of=_class_of,
        describe=describer.describe,
        plain=_plain,
        positions=_positions,
        colour=_colour,
        ink_of=ink_of,
    )
    return Output.of_text(f"{name}.kml", document + "\n", {table.name: len(table.frame) for table in tables})


def _is_shown(table: Table) -> bool:
    style = style_of(table.spec)
    if not table.spec.classes or style.from_zoom is not None or not style.shown:
        return False
    covers = any(symbol.fill and symbol.fill_opacity == 1 for symbol in style.symbols.values())
    return not covers or "Point" in table.geometry_types


def _features(table: Table) -> Iterator[tuple[Mapping[str, Any], BaseGeometry | None, list[Period]]]:
    """Yield each row with its geometry and the periods of its status."""
    for row, geometry in zip(table.rows, table.frame[GEOMETRY], strict=True):
        history = table.histories.get(row["id"], ()) if table.has_status else None
        yield row, geometry, periods_of(row, history)


def _symbols_of(table: Table) -> Mapping[str, Symbol]:
    return {**style_of(table.spec).symbols, _UNSEEN: Symbol()} if table.spec.classes else {}


def _class_of(table: Table, row: Mapping[str, Any], period: Period) -> str | None:
    spec = table.spec
    if not spec.classes:
        return None
    class_ = period.status if table.has_status else str(row.get(spec.by)) if spec.by else ""
    return class_ if class_ in spec.classes else _UNSEEN


def _colour(colour: str, opacity: float) -> str:
    """Return a colour in KML form, ``aabbggrr``; no colour is transparent."""
    if not colour:
        return "00000000"
    red, green, blue = channels(colour)
    return f"{round(255 * opacity):02x}{blue:02x}{green:02x}{red:02x}"


def _positions(geometry: BaseGeometry) -> str:
    return " ".join(f"{lon},{lat}" for lon, lat in geometry.coords)


def _plain(text: str) -> str:
    return _TAG.sub("< ", text)


class Describer:
    """Describes features of one map in plain English text, with their sources and events.

    Parameters
    ----------
    layers : Layers
        The layers.
    """

    def __init__(self, layers: Layers) -> None:
        self.words = Words.of(layers, LANGUAGES[0])
        self._sources, self._events = (
            {row["id"]: row for row in json_rows(layers.frame(name))} for name in ("sources", "timeline")
        )

    def describe(self, table: Table, row: Mapping[str, Any], period: Period) -> str:
        """Return all values of a row, one per line, with the terms of the page.

        Parameters
        ----------
        table : Table
            Its layer.
        row : mapping of str to object
            The row.
        period : Period
            The period to describe, with its status.
        """
        return "\n".join(self._lines(table, row, period))

    def _grade(self, grade: str) -> str:
        """Return a grade with the meaning of its letter and its digit."""
        text = self.words.text
        source, information = text(f"grade.source.{grade[0]}"), text(f"grade.information.{grade[1]}")
        return text("grade.in_words", grade=grade, source=source, information=information)

    def _lines(self, table: Table, row: Mapping[str, Any], period: Period) -> Iterator[str]:
        for language, name in _LANGUAGE_NAMES.items():
            if row.get(f"name_{language}"):
                yield f"{name}: {row[f'name_{language}']}"
        if status := self._status(table, row, period):
            yield f"Status: {status}"
        for name, column in table.columns.items():
            value = row[name]
            if value is not None and name not in _APART and not name.startswith(_APART_PREFIX):
                yield f"{column.title}: {self._value(name, value)}"
        if row.get("grade"):
            yield f"Grade: {self._grade(row['grade'])}"
        for id_ in row.get("claims") or ():
            if id_ in self._events:
                yield f"{self._event(self._events[id_])}"
        for id_ in row.get("sources") or ():
            yield f"Source: {self._source(id_)}"

    def _value(self, column: str, value: Any) -> str:
        if isinstance(value, list):
            return "; ".join(map(str, value))
        if column in _PLACE_COLUMNS and value in self.words.places:
            return self.words.place(value)
        return self.words.texts.get(f"value.{column}.{value}", str(value).removesuffix(".0"))

    def _event(self, event: Mapping[str, Any]) -> str:
        figure = f" ({event['figure']} {event['unit']})" if event["figure"] else ""
        conflict = f" Contradictions: {event['conflict']}" if event["conflict"] else ""
        grade = self._grade(event["grade"])
        return (
            f"{event['date']}: {event['title_en']}{figure}. Claimed by {event['claimed_by']}. Grade {grade}.{conflict}"
        )

    def _source(self, id_: str) -> str:
        source = self._sources.get(id_)
        if source is None:
            return id_
        return f"{id_}: {', '.join(filter(None, (source[column] for column in ('title', 'publisher', 'date', 'url'))))}"

    def _status(self, table: Table, row: Mapping[str, Any], period: Period) -> str | None:
        status = period.status
        if status is None or not table.has_status or row.get("claims"):
            return None
        return self.words.symbol(table.spec, status) if status in table.spec.classes else None

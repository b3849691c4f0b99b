"""The features that are drawn on a day, each with its symbol."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.history.timeline import Timeline, timeline
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.country import country_of, drawn_part
from geo.outputs.style import Symbol, style_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One feature on a day.

    Attributes
    ----------
    properties : mapping of str to object
        Its columns, JSON-ready.
    geometry : shapely geometry
        What is drawn of it, in lon, lat degrees.
    class_ : str
        Class within its layer.
    symbol : Symbol
        Symbol of the class.
    number : int or None
        Number inside its marker.
    is_strong : bool
        Whether it happened on this day.
    """

    properties: Mapping[str, Any]
    geometry: BaseGeometry
    class_: str
    symbol: Symbol
    number: int | None = None
    is_strong: bool = False


def shown_on(spec: LayerSpec | DerivedSpec, build: Build, day: date) -> tuple[Shown, ...]:
    """Return the features of a layer that are drawn on a day, with the first class of its style lowest.

    Parameters
    ----------
    spec : LayerSpec or DerivedSpec
        A layer of the catalogue; the result is empty if it has no style or no rows.
    build : Build
        The build that has its rows.
    day : date
        The day; that of the build is not used.
    """
    symbols = style_of(spec).symbols
    country = country_of(build) if spec.ends_at_border else None
    found = []
    for properties, geometry, line in timelines(spec, build):
        period = line.on(day)
        class_ = line.class_on(day)
        symbol = None if class_ is None else symbols.get(class_)
        if period and geometry is not None and class_ is not None and symbol and (symbol.stroke or symbol.fill):
            is_strong = day.isoformat() in line.event_days
            part = drawn_part(spec, geometry, country)
            found.append(Shown(properties, part, class_, symbol, period.number, is_strong))
    rank = {class_: place for place, class_ in enumerate(symbols)}
    return tuple(sorted(found, key=lambda one: len(rank) if one.is_strong else rank[one.class_]))


def timelines(
    spec: LayerSpec | DerivedSpec, build: Build
) -> Iterator[tuple[Mapping[str, Any], BaseGeometry | None, Timeline]]:
    """Yield the properties of each feature of a layer, JSON-ready, its geometry, and what it is on each day."""
    frame, histories = build.frame(spec.name), build.derived.histories.get(spec.name, {})
    has_claims = "claims" in frame.columns
    events = {event["id"]: event for event in json_rows(build.frame("timeline"))} if has_claims else {}
    by = spec.by
    for row, geometry in zip(json_rows(frame), frame.geometry, strict=True):
        claims = [events[id_] for id_ in row.get("claims") or ()]
        yield row, geometry, timeline(row, by=by, history=histories.get(row["id"], ()), claims=claims)

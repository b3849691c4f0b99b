"""The state of a feature on a day: whether it exists, its class, its number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import DerivedSpec, LayerSpec, Style, Symbol
from geo.inputs.dates import first_day, last_day
from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.periods import status_on

# The value of `Style.by` that is computed for the day.
_STATUS = "status"

History = Sequence[tuple[str, str]]
Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """One feature on a day.

    Attributes
    ----------
    properties : mapping of str to object
        Its columns, JSON-ready.
    geometry : shapely geometry
        In lon, lat degrees.
    class_ : str
        Class within its layer.
    symbol : Symbol
        Symbol of the class.
    number : int or None
        Number inside its marker.
    is_strong : bool
        Whether it happened on this day.
    """

    properties: Properties
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
    style = spec.style
    if style is None:
        return ()
    frame, history = build.frame(spec.name), build.derived.histories.get(spec.name, {})
    rows = zip(json_rows(frame), frame.geometry, strict=True)
    found = list(_shown(style, rows, history, json_rows(build.frame("timeline")), day))
    rank = {class_: place for place, class_ in enumerate(style.symbols)}
    return tuple(sorted(found, key=lambda one: len(rank) if one.is_strong else rank[one.class_]))


def class_on(style: Style, properties: Properties, history: History, day: date) -> str | None:
    """Return the class of a feature, which selects its symbol; None if it does not exist (yet) or has no class."""
    if not style.by:
        return ""
    if style.by != _STATUS:
        value = properties.get(style.by)
        return None if value in (None, "") else str(value)
    return status_on(day, history)


def has_happened(properties: Properties, day: date) -> bool:
    """Return whether a dated feature has happened; a month or a year counts from its last day."""
    when = properties.get("date")
    return not when or last_day(when) <= day


def is_valid(properties: Properties, day: date) -> bool:
    """Return whether a day is within the validity of a feature; ends are inclusive, and a missing end is open."""
    begins, ends = properties.get("valid_from"), properties.get("valid_to")
    return (not begins or first_day(begins) <= day) and (not ends or day <= last_day(ends))


def number_on(properties: Properties, claims: Sequence[Properties], day: date) -> int | None:
    """Return the number of an official post, or the number of claims up to the day; None for other features."""
    if properties.get("claims"):
        return sum(has_happened(claim, day) for claim in claims)
    return properties.get("number") if properties.get("kind") == "official" else None


def _shown(
    style: Style,
    rows: Iterable[tuple[Properties, BaseGeometry | None]],
    histories: Mapping[str, History],
    events: Sequence[Properties],
    day: date,
) -> Iterator[Shown]:
    for properties, geometry in rows:
        class_ = class_on(style, properties, histories.get(properties["id"], ()), day)
        symbol = None if class_ is None else style.symbols.get(class_)
        is_there = is_valid(properties, day) and has_happened(properties, day)
        if geometry is None or class_ is None or symbol is None or not is_there or not (symbol.stroke or symbol.fill):
            continue
        ids = properties.get("claims") or ()
        claims = [event for event in events if event["id"] in ids]
        is_strong = any(one.get("date") == day.isoformat() for one in (properties, *claims))
        yield Shown(properties, geometry, class_, symbol, number_on(properties, claims, day), is_strong)

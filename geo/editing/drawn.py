"""What the map of the editor draws of a layer on a day, with the symbols of the published map."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry import mapping

from geo.editing.draft import Geometry, Row
from geo.errors import GeoError
from geo.history.timeline import STATUS, Timeline, post_history, timeline
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.frames import json_rows
from geo.inputs.layers import Folder
from geo.outputs.context import Build
from geo.outputs.country import country_of, drawn_part
from geo.outputs.on_day import timelines
from geo.outputs.style import CASING, Symbol, style_of

_FAINT = 0.55
_HATCHED = 0.1  # a light fill instead of hatching, which a Leaflet path does not have
_UNCLASSED = Symbol(stroke=CASING, fill="#4d473d", radius=6)
# What is only for orientation: 22 m, and 11 m from one decimal to the next; a pixel at zoom 12 is 31 m.
_TOLERANCE_DEG, _DECIMALS = 2e-4, 4


@dataclass(frozen=True, slots=True)
class Dated:
    """One feature of a layer, and what it is on each day.

    Attributes
    ----------
    spec : LayerSpec or DerivedSpec
        Its layer.
    values : mapping
        Its columns, JSON-ready.
    geometry : mapping
        What is drawn of it, as GeoJSON.
    line : Timeline or None
        None if its dates have errors; it is then on the map on every day.
    """

    spec: LayerSpec | DerivedSpec
    values: Mapping[str, Any]
    geometry: Geometry
    line: Timeline | None

    @property
    def name(self) -> str:
        """Its English name, or its id."""
        return str(self.values.get("name_en") or self.values["id"])

    def is_on(self, day: date | None) -> bool:
        """Return whether it exists on a day; True if the day is None."""
        return day is None or self.line is None or self.line.on(day) is not None

    def class_on(self, day: date | None) -> str:
        """Return its class on a day; empty if it has none."""
        known = self.line.class_on(day) if self.line and day else self.values.get(self.spec.by)
        return str(known or "")

    @property
    def has_symbol(self) -> bool:
        """Whether its class, if that is the same on every day, is drawn on the published map."""
        symbol = style_of(self.spec).symbols.get(self.class_on(None))
        return self.spec.by == STATUS or bool(symbol and (symbol.stroke or symbol.fill))

    def is_numbered(self, day: date | None) -> bool:
        """Return whether it has a number of its own on a day."""
        period = self.line.on(day) if self.line and day else None
        return period is not None and period.number is not None

    def feature(self, day: date | None, *, is_reference: bool, **properties: Any) -> dict[str, Any]:
        """Return it as a GeoJSON feature with its style and the text about it."""
        class_ = self.class_on(day)
        symbol = style_of(self.spec).symbols.get(class_, _UNCLASSED)
        about = f"{self.name} · {self.spec.classes.get(class_, self.spec.title)}"
        style = path_options(symbol, opacity=_FAINT if is_reference else 1.0)
        return geojson(self.geometry, about=about, style=style, **properties)


def edited_feature(spec: LayerSpec, row: Row) -> Dated | None:
    """Return a row of a draft, valid or not; None if it has no place."""
    if row.geometry is None:
        return None
    try:
        history = post_history(row.values) if spec.by == STATUS else ()
        line = timeline(row.values, by=spec.by, history=history)
    except ValueError:  # a text that is not a date
        line = None
    return Dated(spec, row.values, row.geometry, line)


def other_features(around: Folder) -> dict[str, list[Dated]]:
    """Return the features of all layers by name, simplified; those computed only if the layers have no errors."""
    build = _build(around)
    drawn = (spec for spec in around.catalogue if spec.classes and not is_background(spec))
    return {spec.name: [one for one in _features(spec, around, build) if one.has_symbol] for spec in drawn}


def is_background(spec: LayerSpec | DerivedSpec) -> bool:
    """Return whether a layer is ground, or too dense to be more than that."""
    return spec.is_ground or bool(spec.classes and style_of(spec).from_zoom)


def path_options(symbol: Symbol, *, opacity: float = 1.0) -> dict[str, Any]:
    """Return a symbol as options of a Leaflet path."""
    return {
        "stroke": bool(symbol.stroke),
        "color": symbol.stroke or symbol.fill,
        "weight": symbol.weight,
        "dashArray": symbol.dash or None,
        "opacity": opacity,
        "fill": bool(symbol.fill),
        "fillColor": symbol.fill,
        "fillOpacity": (_HATCHED if symbol.hatch else symbol.fill_opacity) * opacity if symbol.fill else 0,
        "radius": symbol.radius,
    }


def light(geometry: Any) -> Geometry:
    """Return a shapely geometry as GeoJSON with fewer vertices and decimals."""
    simple = geometry.simplify(_TOLERANCE_DEG)
    return dict(mapping(shapely.transform(simple, lambda places: places.round(_DECIMALS))))


def geojson(geometry: Geometry, **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": dict(geometry)}


def collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a GeoJSON collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def _features(spec: LayerSpec | DerivedSpec, around: Folder, build: Build | None) -> Iterator[Dated]:
    if build is not None:
        country = country_of(build) if spec.ends_at_border else None
        for values, geometry, line in timelines(spec, build):
            if geometry is not None:
                yield Dated(spec, values, light(drawn_part(spec, geometry, country)), line)
    elif isinstance(spec, LayerSpec):
        frame = around.by_name[spec.name].frame
        for values, geometry in zip(json_rows(frame), frame.geometry, strict=True):
            if geometry is not None and (one := edited_feature(spec, Row(values, light(geometry)))):
                yield one


def _build(around: Folder) -> Build | None:
    """Return the layers with everything computed from them; None if they have errors."""
    try:
        return None if around.problems else Build.of_layers(around.layers())
    except GeoError:
        return None

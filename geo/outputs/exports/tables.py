"""The published form of the layers: the rows of each, and its columns in the data dictionary."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.credits import ODBL, Credit, credits_of
from geo.inputs.frames import json_rows
from geo.inputs.geojson import DECIMALS
from geo.inputs.schema import MapFeature, Record, is_date_column
from geo.outputs.context import Build
from geo.outputs.texts import LANGUAGES, texts_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

GEOMETRY = "geom"
# Millimetres, so that the corridor remains exact after rounding.
DERIVED_DECIMALS = 8
_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"


@dataclass(frozen=True, slots=True)
class Column:
    """A column in the data dictionary.

    Attributes
    ----------
    title, meaning : str
        The meaning is empty if the dictionary has none.
    rules : mapping of str to object
        The valid values, as in JSON Schema: ``type`` (``string``, ``integer``, ``number`` or ``array``),
        ``items``, ``enum``, ``pattern``, ``minimum`` and the like; and the ``unit``.
    is_required : bool
        Whether every row must have a value.
    """

    title: str
    meaning: str = ""
    rules: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    is_required: bool = False

    @property
    def type(self) -> str:
        """Type of its values in JSON Schema."""
        return str(self.rules["type"])


@dataclass(frozen=True, eq=False)
class Table:
    """One layer, stored or computed.

    Attributes
    ----------
    spec : LayerSpec or DerivedSpec
        Its entry in the catalogue.
    frame : GeoDataFrame or DataFrame
        One row per feature; a stored layer is sorted by id. The geometry, in EPSG:4326, is the last column
        ``geom``, with as many decimals as the GeoJSON of the layer; null where the place is unknown.
    columns : mapping of str to Column
        By name, all columns but the geometry, in the order of the frame.
    credits : tuple of Credit
        Attribution and licences.
    histories : mapping of str to tuple of (day, status)
        By id of the feature, if its class depends on the date.
    """

    spec: LayerSpec | DerivedSpec
    frame: "gpd.GeoDataFrame"
    columns: Mapping[str, Column]
    credits: tuple[Credit, ...]
    histories: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def name(self) -> str:
        """Name of the layer."""
        return self.spec.name

    @property
    def is_spatial(self) -> bool:
        """Whether its features have geometries; some may be unknown."""
        return GEOMETRY in self.frame.columns

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """JSON-ready values by column, without the geometry."""
        return json_rows(self.frame[list(self.columns)])

    @property
    def geometry_types(self) -> tuple[str, ...]:
        """Names of its valid geometry types, sorted."""
        found = set(self.frame.geom_type.dropna()) if self.is_spatial else set()
        return tuple(sorted(found | (self.spec.geometry if isinstance(self.spec, LayerSpec) else set())))

    @property
    def has_status(self) -> bool:
        """Whether the class of its features is computed from their history."""
        return self.spec.by == "status"

    @property
    def is_from_openstreetmap(self) -> bool:
        """Whether it is derived from OpenStreetMap, entirely or in part, and therefore under its licence."""
        return any(credit.licence == ODBL for credit in self.credits)

    @property
    def credit(self) -> str:
        """Attribution and licences in one line."""
        return "; ".join(map(str, self.credits))

    @property
    def licences(self) -> list[dict[str, str]]:
        """Each licence with its holder, ready for JSON."""
        return [{"id": one.licence.id, "url": one.licence.url, "holder": one.holder} for one in self.credits]


def tables_of(build: Build) -> Iterator[Table]:
    """Yield every layer of the catalogue of a build, in drawing order."""
    titles = texts_of(build.layers, LANGUAGES[0])
    for spec in build.layers.catalogue:
        frame, decimals = build.frame(spec.name), DERIVED_DECIMALS
        if isinstance(spec, LayerSpec):
            frame, decimals = frame.sort_values("id"), DECIMALS
        histories = build.derived.histories.get(spec.name, {})
        columns = _columns(frame, spec.record or MapFeature, titles)
        yield Table(spec, _published(frame, decimals), columns, credits_of(spec, build.layers), histories)


def lists_as_json(frame: "gpd.GeoDataFrame", columns: Mapping[str, Column]) -> "gpd.GeoDataFrame":
    """Return rows with lists as JSON text, for formats without lists."""
    frame = frame.copy()
    for name in (name for name, column in columns.items() if column.type == "array"):
        frame[name] = frame[name].map(partial(json.dumps, ensure_ascii=False), na_action="ignore")
    return frame


def arrow_table(found: Any, columns: Mapping[str, Column]) -> Any:
    """Return a ``pyarrow.Table`` with the types of the data dictionary, also for columns without values.

    Parameters
    ----------
    found : pyarrow.Table
        The frame of a `Table`, converted by geopandas.
    columns : mapping of str to Column
        By name; other columns keep their type.
    """
    import pyarrow as pa

    kinds = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}

    def kind(rules: Mapping[str, Any]) -> Any:
        return pa.list_(kind(rules["items"])) if rules["type"] == "array" else kinds[rules["type"]]

    fields = [own.with_type(kind(columns[own.name].rules)) if own.name in columns else own for own in found.schema]
    return found.cast(pa.schema(fields, metadata=found.schema.metadata))


def _published(frame: "gpd.GeoDataFrame", decimals: int) -> "gpd.GeoDataFrame":
    """Return a frame for publishing: numbered from 0, with the geometry rounded as in GeoJSON."""
    import geopandas as gpd

    def rounded(positions: "NDArray[np.float64]") -> "NDArray[np.float64]":
        # With Python's round, as in the JSON; that of numpy may differ in the last digit.
        return np.reshape([round(degrees, decimals) for degrees in positions.ravel().tolist()], positions.shape)

    frame = frame.reset_index(drop=True)
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    frame = frame.rename_geometry(GEOMETRY)
    return frame.set_geometry(frame.geometry.transform(rounded))


def _columns(frame: "gpd.GeoDataFrame", record: type[Record], titles: Mapping[str, str]) -> dict[str, Column]:
    """Return the columns of a frame: from the data dictionary, otherwise from its contents."""
    known = _dictionary(record)
    names = [name for name, dtype in frame.dtypes.items() if dtype != "geometry"]
    return {
        name: known.get(name) or Column(_title(name, titles), rules=_rules_by_values(frame[name])) for name in names
    }


@cache
def _dictionary(record: type[Record]) -> Mapping[str, Column]:
    rules = record.model_json_schema()["properties"]
    return {
        name: Column(own.title or name, own.description or "", _rules(record, name, rules[name]), own.is_required())
        for name, own in record.model_fields.items()
    }


def _rules(record: type[Record], name: str, rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the rules for a column's values, whether or not it may be empty."""
    own = next((choice for choice in rules.get("anyOf", [rules]) if choice.get("type") != "null"), rules)
    unit = {"unit": rules["unit"]} if "unit" in rules else {}  # outside the alternatives
    date = {"pattern": _DATE} if is_date_column(record, name) else {}
    return {**own, **unit, **date}


def _rules_by_values(values: "pd.Series[Any]") -> Mapping[str, Any]:
    if values.dtype == object:
        is_list = values.map(lambda value: isinstance(value, list)).any()
        return {"type": "array", "items": {"type": "string"}} if is_list else {"type": "string"}
    return {"type": "integer" if values.dtype == "Int64" else "number"}


def _title(name: str, titles: Mapping[str, str]) -> str:
    return titles.get(f"column.{name}") or name.replace("_", " ").capitalize()

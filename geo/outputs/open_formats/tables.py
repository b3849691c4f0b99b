"""Every layer as a table with typed columns: the one shape from which the open formats are written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.geometry.derive import Derived
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.credits import ODBL, Credit, credits_of
from geo.inputs.features import Layers
from geo.inputs.frames import GEOMETRY, json_rows
from geo.inputs.geojson import DECIMALS, geometry_json
from geo.inputs.schema import MapFeature, Record
from geo.outputs.texts import LANGUAGES, texts_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

# Millimetres, so that rounding costs nothing of the corridor's exactness.
DERIVED_DECIMALS = 8
Kind = Literal["text", "integer", "number", "texts", "integers"]

_KINDS: Mapping[str, Kind] = {"string": "text", "integer": "integer", "number": "number"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
        As in the layer.
    kind : str
        What stands in it: ``text``, ``integer``, ``number``, or a list, ``texts`` or ``integers``.
    title, meaning : str
        As in the data dictionary; the meaning is empty where that has none.
    rules : mapping of str to object
        What may stand in it, as JSON Schema says it: ``enum``, ``pattern``, ``minimum`` and the like; and its ``unit``.
    is_required : bool
        Whether no row may be without.
    """

    name: str
    kind: Kind
    title: str
    meaning: str = ""
    rules: Mapping[str, Any] = field(default_factory=dict)
    is_required: bool = False


@dataclass(frozen=True, eq=False)
class Table:
    """One layer, stored or computed: one row is one feature.

    Attributes
    ----------
    spec : LayerSpec or DerivedSpec
        Its entry in the catalogue.
    columns : tuple of Column
        In the order of the layer.
    frame : GeoDataFrame or DataFrame
        Its rows, those of a stored layer by id.
    credits : tuple of Credit
        Whom it is to be credited to, and under which licences.
    histories : mapping of str to tuple of (day, status)
        By id of the feature, where its look depends on the date.
    """

    spec: LayerSpec | DerivedSpec
    columns: tuple[Column, ...]
    frame: "gpd.GeoDataFrame"
    credits: tuple[Credit, ...]
    histories: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def name(self) -> str:
        """Name of the layer."""
        return self.spec.name

    @property
    def is_spatial(self) -> bool:
        """Whether its features have a place; some may be unknown."""
        return GEOMETRY in self.frame.columns

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """JSON-ready values by name of the column, without the geometry."""
        return json_rows(self.frame)

    @cached_property
    def geometries(self) -> list[BaseGeometry | None]:
        """Of each row, lon, lat in degrees, as many decimals as its GeoJSON has; None where the place is unknown."""
        decimals = DECIMALS if isinstance(self.spec, LayerSpec) else DERIVED_DECIMALS
        places = self.frame.geometry if self.is_spatial else [None] * len(self.frame)
        return [_rounded(place, decimals) for place in places]

    @property
    def geometry_types(self) -> tuple[str, ...]:
        """Names of the geometry types that may stand in it, sorted."""
        found = {geometry.geom_type for geometry in self.geometries if geometry is not None}
        return tuple(sorted(found | (self.spec.geometry if isinstance(self.spec, LayerSpec) else set())))

    @property
    def has_status(self) -> bool:
        """Whether the look of its features is computed from their history."""
        return self.spec.style is not None and self.spec.style.by == "status"

    @property
    def is_from_openstreetmap(self) -> bool:
        """Whether it is made from OpenStreetMap, in whole or in part, and so shared under its licence."""
        return any(credit.licence == ODBL for credit in self.credits)

    @property
    def credit(self) -> str:
        """Whom it is to be credited to, and under which licences, in one line."""
        return "; ".join(map(str, self.credits))


def tables_of(layers: Layers, derived: Derived) -> Iterator[Table]:
    """Yield every layer of the catalogue as a table, in drawing order.

    Parameters
    ----------
    layers, derived : Layers, Derived
        What was read, and what was computed from it.
    """
    titles = texts_of(layers, LANGUAGES[0])
    for spec in layers.catalogue:
        if isinstance(spec, LayerSpec):
            frame, columns = layers.frame(spec.name).sort_values("id"), _record_columns(spec.record)
        else:
            frame = derived.layers[spec.name]
            columns = _computed_columns(frame, spec.record or MapFeature, titles)
        histories = derived.histories.get(spec.name, {})
        yield Table(spec, columns, frame, credits_of(spec, layers), histories)


def _rounded(geometry: BaseGeometry | None, decimals: int) -> BaseGeometry | None:
    plain = geometry_json(geometry, decimals=decimals)
    return None if plain is None else shape(plain)


@cache
def _record_columns(record: type[Record]) -> tuple[Column, ...]:
    rules = record.model_json_schema()["properties"]
    return tuple(_record_column(record, name, rules[name]) for name in record.model_fields)


def _record_column(record: type[Record], name: str, rules: Mapping[str, Any]) -> Column:
    found = record.model_fields[name]
    own = next((choice for choice in rules.get("anyOf", [rules]) if choice.get("type") != "null"), rules)
    kind = _KINDS.get(own["type"]) or ("integers" if own["items"]["type"] == "integer" else "texts")
    unit = {"unit": rules["unit"]} if "unit" in rules else {}  # stands beside the choices, not in one
    return Column(name, kind, found.title or name, found.description or "", {**own, **unit}, found.is_required())


def _computed_columns(frame: "gpd.GeoDataFrame", record: type[Record], titles: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of computed features: as the data dictionary has them, or else by what the frame holds."""
    known = {column.name: column for column in _record_columns(record)}
    names = frame.columns.drop(GEOMETRY)
    return tuple(known.get(name) or Column(name, _kind_of(frame[name]), _title(name, titles)) for name in names)


def _title(name: str, titles: Mapping[str, str]) -> str:
    return titles.get(f"column.{name}") or name.replace("_", " ").capitalize()


def _kind_of(values: "pd.Series[Any]") -> Kind:
    if values.dtype == object:
        return "texts" if values.map(lambda value: isinstance(value, list)).any() else "text"
    return "integer" if values.dtype == "Int64" else "number"

"""Every layer as a table with typed columns: the one shape from which the open formats are written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.geometry.derive import Derived
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.credits import ODBL, Credit, credits_of
from geo.inputs.features import Layers
from geo.inputs.geojson import DECIMALS, geometry_json
from geo.inputs.schema import MapFeature, Record
from geo.outputs.texts import LANGUAGES, texts_of

# Millimetres, so that rounding costs nothing of the corridor's exactness.
DERIVED_DECIMALS = 8
Kind = Literal["text", "integer", "number", "texts", "integers"]

_KINDS: Mapping[str, Kind] = {"string": "text", "integer": "integer", "number": "number"}
# The suffixes that carry units: what is computed under such a name is a number, even where none is known.
_MEASURES = ("_m", "_km", "_km2", "_deg")


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


@dataclass(frozen=True, slots=True)
class Table:
    """One layer, stored or computed: one row is one feature.

    Attributes
    ----------
    spec : LayerSpec or DerivedSpec
        Its entry in the catalogue.
    columns : tuple of Column
        In the order of the layer.
    rows : tuple of mapping
        JSON-ready values by name of the column.
    geometries : tuple of BaseGeometry or None
        Of each row, lon, lat in degrees (EPSG:4326), as many decimals as its GeoJSON has; None where the place is
        unknown, or the layer is a table.
    credits : tuple of Credit
        Whom it is to be credited to, and under which licences.
    histories : mapping of str to tuple of (day, status)
        By id of the feature, where its look depends on the date.
    """

    spec: LayerSpec | DerivedSpec
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    geometries: tuple[BaseGeometry | None, ...]
    credits: tuple[Credit, ...]
    histories: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def name(self) -> str:
        """Name of the layer."""
        return self.spec.name

    @property
    def is_spatial(self) -> bool:
        """Whether its features have a place; some may be unknown."""
        return isinstance(self.spec, DerivedSpec) or bool(self.spec.geometry)

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
            features = sorted(layers[spec.name].features, key=lambda feature: str(feature.properties.id))
            rows = [feature.properties.model_dump(mode="json") for feature in features]
            geometries = [_rounded(feature.geometry, DECIMALS) for feature in features]
            columns = list(_record_columns(spec.record))
        else:
            rows = [dict(feature.properties) for feature in derived.layers[spec.name]]
            geometries = [_rounded(feature.geometry, DERIVED_DECIMALS) for feature in derived.layers[spec.name]]
            columns = _computed_columns(rows, spec.record, titles)
        histories = derived.histories.get(spec.name, {})
        yield Table(spec, tuple(columns), tuple(rows), tuple(geometries), credits_of(spec, layers), histories)


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


def _computed_columns(
    rows: Sequence[Mapping[str, Any]], record: type[Record] | None, titles: Mapping[str, str]
) -> list[Column]:
    """Return the columns of computed features: as the data dictionary has them, or else by what stands in them."""
    known = {column.name: column for column in _record_columns(record or MapFeature)}
    names = dict.fromkeys(name for row in rows for name in row)
    return [known.get(name) or _computed_column(name, [row.get(name) for row in rows], titles) for name in names]


def _computed_column(name: str, values: Iterable[Any], titles: Mapping[str, str]) -> Column:
    title = titles.get(f"column.{name}") or name.replace("_", " ").capitalize()
    return Column(name, _kind_of(name, [value for value in values if value is not None]), title)


def _kind_of(name: str, values: Sequence[Any]) -> Kind:
    if values and all(isinstance(value, list) for value in values):
        return "texts"
    if values and all(isinstance(value, int) for value in values):
        return "integer"
    if all(isinstance(value, int | float) for value in values) and (values or name.endswith(_MEASURES)):
        return "number"
    return "text"

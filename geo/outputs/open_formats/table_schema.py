"""The columns of a published CSV file, as Table Schema describes them; made from the records, so they cannot drift."""

from collections.abc import Mapping
from typing import Any

from geo.inputs.schema import MapFeature, is_date_column
from geo.inputs.table import LIST_SEPARATOR
from geo.outputs.open_formats.csv_twins import place_columns
from geo.outputs.open_formats.tables import Column, Table
from geo.outputs.output import BUILD_MARK

_PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"
_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
# What JSON Schema and Table Schema call the same.
_RULES = ("enum", "exclusiveMinimum", "maxLength", "maximum", "minimum", "pattern")
_PLACE_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "longitude": {
        "type": "number",
        "description": "Degrees east, WGS 84",
        "constraints": {"minimum": -180, "maximum": 180},
    },
    "latitude": {
        "type": "number",
        "description": "Degrees north, WGS 84",
        "constraints": {"minimum": -90, "maximum": 90},
    },
    "WKT": {"type": "string", "description": "Geometry as well-known text: longitude latitude in degrees, WGS 84"},
}


def table_schema(table: Table) -> dict[str, Any]:
    """Return the schema of a layer's CSV file: of a table as it stands in the layers, or of the twin of a GeoJSON."""
    fields = [_field(column, table) for column in table.columns]
    if table.is_spatial:
        names, _ = place_columns(table)
        fields += [{"name": name, **_PLACE_COLUMNS[name]} for name in names]
    mark = {"name": BUILD_MARK, "type": "string", "description": "Id of the build", "constraints": {"required": True}}
    return {"$schema": _PROFILE, "fields": [*fields, mark], "primaryKey": ["id"], "missingValues": [""]}


def _field(column: Column, table: Table) -> dict[str, Any]:
    constraints = {rule: column.rules[rule] for rule in _RULES if rule in column.rules}
    record = table.spec.record or MapFeature
    if column.name in record.model_fields and is_date_column(record, column.name):
        constraints["pattern"] = _DATE  # a string, for many dates are known to the month or the year only
    if column.kind == "texts" and not table.is_spatial:
        constraints["pattern"] = f"^[^{LIST_SEPARATOR}]+({LIST_SEPARATOR}[^{LIST_SEPARATOR}]+)*$"
    if column.name == "id":
        constraints["unique"] = True
    if column.is_required and all(row.get(column.name) is not None for row in table.rows):
        constraints["required"] = True
    unit = column.rules.get("unit")
    return {
        "name": column.name,
        "title": column.title,
        **({"description": column.meaning} if column.meaning else {}),
        **_type(column, table),
        **({"unit": unit} if unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def _type(column: Column, table: Table) -> dict[str, Any]:
    if column.kind not in ("texts", "integers"):
        return {"type": "string" if column.kind == "text" else column.kind}
    if table.is_spatial:
        return {"type": "array"}  # as JSON: its entries may hold any sign
    return {"type": "string"}  # parted by semicolons; the published profile of version 2 has no lists yet

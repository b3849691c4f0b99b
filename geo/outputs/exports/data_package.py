"""``datapackage.json``: a description of each published data file, in Data Package v2."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from geo.inputs.credits import Credit
from geo.inputs.csv_rows import LIST_SEPARATOR
from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.exports.csv_twins import place_columns
from geo.outputs.exports.tables import Column, Table, tables_of
from geo.outputs.output import BUILD_MARK, Output
from geo.outputs.texts import LANGUAGES, texts_of

FILE = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# Formats of data files by suffix; pages and figures are not data files.
MEDIA_TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".json": "application/json",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".parquet": "application/vnd.apache.parquet",
}
# With its own name, a file with geometries and lists is not read as a flat table.
_FORMATS = {".parquet": "geoparquet"}
_TEXTS = (".csv", ".geojson", ".json", ".kml")
_TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
# Properties with the same name in JSON Schema and Table Schema.
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


def data_package(outputs: Sequence[Output], build: Build) -> Output:
    """Return ``datapackage.json``, which describes every data file among some outputs.

    Each file is a resource with its format, size, digest, licences and credits; a CSV file also has the schema of its
    columns. The clock is not read: the version is the build id, and the time of creation is omitted.

    Parameters
    ----------
    outputs : sequence of Output
        The published files.
    build : Build
        The build that they were made from.
    """
    layers = build.layers
    texts = texts_of(layers, LANGUAGES[0])
    tables = {table.name: table for table in tables_of(build)}
    described = [output for output in outputs if PurePosixPath(output.name).suffix in MEDIA_TYPES]
    document = {
        "$schema": PROFILE,
        "name": layers.agreement.map.name,
        "title": texts["page.title"],
        "description": f"{texts['about.shows_text']}\n\n{texts['about.limits_text']}",
        "version": build.build_id,
        BUILD_MARK: build.build_id,
        **({"data_as_of": build.data_as_of} if build.data_as_of else {}),
        "contributors": [{"title": layers.agreement.map.compiled.by, "roles": ["creator"]}],
        "licenses": _licences(credit for table in tables.values() for credit in table.credits),
        "sources": [_source(one) for one in json_rows(build.frame("sources"))],
        "resources": [_resource(output, tables) for output in described],
    }
    return Output.of_text(FILE, json.dumps(document, ensure_ascii=False, indent=1) + "\n", {})


def _resource(output: Output, tables: Mapping[str, Table]) -> dict[str, Any]:
    # A file that does not belong to a layer, such as the computed facts, is made from all of them.
    own = [tables[name] for name in output.rows if name in tables] or list(tables.values())
    owed = list(dict.fromkeys(credit for table in own for credit in table.credits))
    suffix = PurePosixPath(output.name).suffix
    return {
        "name": PurePosixPath(output.name).name,
        "path": output.name,
        **({"title": own[0].spec.title} if len(own) == 1 else {}),
        "format": _FORMATS.get(suffix, suffix.removeprefix(".")),
        "mediatype": MEDIA_TYPES[suffix],
        **({"encoding": "utf-8"} if suffix in _TEXTS else {}),
        "bytes": len(output.content),
        "hash": f"sha256:{output.digest}",
        "licenses": _licences(owed),
        "sources": [{"title": credit.holder} for credit in owed],
        **({"type": "table", "schema": _table_schema(own[0])} if suffix == ".csv" else {}),
    }


def _licences(owed: Iterable[Credit]) -> list[dict[str, str]]:
    found = dict.fromkeys(credit.licence for credit in owed)
    return [{"name": one.id, "title": one.title, **({"path": one.url} if one.url else {})} for one in found]


def _source(source: Mapping[str, Any]) -> dict[str, str]:
    title = source["title"] or source["publisher"] or source["url"] or source["id"]
    return {"title": title, **({"path": source["url"]} if source["url"] else {})}


def _table_schema(table: Table) -> dict[str, Any]:
    """Return the columns of a layer's CSV file: of a table as it is in the layers, or of the twin of a GeoJSON."""
    fields = [_field(name, column, table) for name, column in table.columns.items()]
    if table.is_spatial:
        fields += [{"name": name, **_PLACE_COLUMNS[name]} for name in place_columns(table)]
    mark = {"name": BUILD_MARK, "type": "string", "description": "Id of the build", "constraints": {"required": True}}
    return {"$schema": _TABLE_SCHEMA, "fields": [*fields, mark], "primaryKey": ["id"], "missingValues": [""]}


def _field(name: str, column: Column, table: Table) -> dict[str, Any]:
    constraints = {rule: column.rules[rule] for rule in _RULES if rule in column.rules}
    is_split = column.type == "array" and not table.is_spatial
    if is_split:
        constraints["pattern"] = f"^[^{LIST_SEPARATOR}]+({LIST_SEPARATOR}[^{LIST_SEPARATOR}]+)*$"
    if name == "id":
        constraints["unique"] = True
    if column.is_required and table.frame[name].notna().all():
        constraints["required"] = True
    unit = column.rules.get("unit")
    return {
        "name": name,
        "title": column.title,
        **({"description": column.meaning} if column.meaning else {}),
        # With semicolons; the published profile of version 2 has no lists yet. Elsewhere, an array is JSON.
        "type": "string" if is_split else column.type,
        **({"unit": unit} if unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }

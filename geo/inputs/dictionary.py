"""The data dictionary and the JSON Schemas, generated from the records so that they cannot drift.

``python -m geo.inputs.dictionary`` writes both into the layers folder.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from geo.inputs.catalog import LAYERS, LayerSpec
from geo.inputs.files import LAYERS_DIR
from geo.inputs.schema import MapFeature, column_choices, column_type, is_date_column
from geo.inputs.store import replace_file

README = "README.md"
SCHEMA_FOLDER = "schema"
_MARKS = ("<!-- columns: made by make dictionary -->", "<!-- end of columns -->")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {str: "text", int: "whole number", float: "number", tuple: "list"}


def dictionary_text() -> str:
    """Return the data dictionary in Markdown: the shared columns once, then one table per layer."""
    shared = list(MapFeature.model_fields)
    parts = ["## Columns that every feature shares", "", *_table(MapFeature, shared)]
    for spec in LAYERS:
        parts += ["", f"## `{spec.file}`: {spec.title}", "", _sentence(spec.record.__doc__), ""]
        if spec.geometry:
            unknown = ", or null where the place is unknown" if spec.place_may_be_unknown else ""
            parts += [f"Geometry: {' or '.join(sorted(spec.geometry))}{unknown}.", ""]
        own = [
            name for name in spec.record.model_fields if not issubclass(spec.record, MapFeature) or name not in shared
        ]
        if issubclass(spec.record, MapFeature):
            parts += ["The shared columns, then:" if own else "The shared columns only.", ""]
        parts += _table(spec.record, own) if own else []
        if spec.collection:
            parts += [
                "",
                "The collection itself carries:",
                "",
                *_table(spec.collection, list(spec.collection.model_fields)),
            ]
    return "\n".join(parts)


def with_dictionary(readme: str) -> str:
    """Return the text of the layers' README with the current data dictionary between its marks."""
    begin, end = _MARKS
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n\n{dictionary_text()}\n\n{end}", readme)


def json_schema_text(spec: LayerSpec) -> str:
    """Return the JSON Schema of a layer's file (GeoJSON), or of one row (CSV)."""
    return json.dumps(_json_schema(spec), ensure_ascii=False, indent=2) + "\n"


def _json_schema(spec: LayerSpec) -> Mapping[str, Any]:
    row = spec.record.model_json_schema(mode="validation")
    if not spec.geometry:
        return {"$schema": _DIALECT, **row, "title": f"One row of {spec.file}"}
    definitions = row.pop("$defs", {})
    geometries: list[Any] = [_geometry_schema(kind) for kind in sorted(spec.geometry)]
    if spec.place_may_be_unknown:
        geometries.append({"type": "null"})
    feature = _closed({"type": {"const": "Feature"}, "properties": row, "geometry": {"oneOf": geometries}})
    members = spec.collection.model_json_schema() if spec.collection else {"properties": {}, "required": []}
    collection = _closed({"type": {"const": "FeatureCollection"}, "features": {"type": "array", "items": feature}})
    collection["properties"] |= members["properties"]
    collection["required"] += members["required"]
    return {"$schema": _DIALECT, "title": spec.file, **collection, **({"$defs": definitions} if definitions else {})}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _geometry_schema(kind: str) -> dict[str, Any]:
    position: dict[str, Any] = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    line = {"type": "array", "items": position, "minItems": 2}
    rings = {"type": "array", "items": {"type": "array", "items": position, "minItems": 4}, "minItems": 1}
    of_part = {"Point": position, "LineString": line, "Polygon": rings}[kind.removeprefix("Multi")]
    several = {"type": "array", "items": of_part, "minItems": 1}
    return _closed({"type": {"const": kind}, "coordinates": several if kind.startswith("Multi") else of_part})


def _table(record: type[BaseModel], columns: list[str]) -> list[str]:
    return ["| column | type | unit | meaning | example |", "|---|---|---|---|---|", *_rows(record, columns)]


def _rows(record: type[BaseModel], columns: list[str]) -> Iterator[str]:
    for name in columns:
        column = record.model_fields[name]
        kind = " or ".join(column_choices(record, name)) or _type_name(record, name)
        unit = (column.json_schema_extra or {}).get("unit", "") if isinstance(column.json_schema_extra, dict) else ""
        required = "" if column.is_required() else ", may be empty"
        example = "; ".join(map(str, value)) if isinstance(value := (column.examples or [""])[0], list) else value
        cells = (f"`{name}`", f"{kind}{required}", str(unit), column.description or "", str(example))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _type_name(record: type[BaseModel], name: str) -> str:
    return "date" if is_date_column(record, name) else _TYPES[column_type(record, name)]


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split())


def main(folder: Path = LAYERS_DIR) -> None:
    """Write the data dictionary and the JSON Schemas into a layers folder."""
    (folder / SCHEMA_FOLDER).mkdir(exist_ok=True)
    for spec in LAYERS:
        replace_file(folder / SCHEMA_FOLDER / f"{spec.name}.json", json_schema_text(spec))
    readme = folder / README
    replace_file(readme, with_dictionary(readme.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()

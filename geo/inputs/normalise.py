"""Bring the files of the layers folder back to canonical form, after QGIS, a spreadsheet or another editor saved them.

A file is first rewritten as far as it certainly says the same (`geo.inputs.spelling`); the result is then read as
strictly as every build reads, so that whatever cannot be kept is refused.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.errors import DataError, Problem
from geo.inputs import geojson
from geo.inputs.catalog import LayerSpec
from geo.inputs.features import Layer, Layers
from geo.inputs.files import RefusedError, as_text, digest_of, read_bytes, refuse_shipped
from geo.inputs.layers import catalogue_of, layer_text, parse_layer, read_agreement
from geo.inputs.references import reference_problems
from geo.inputs.spelling import (
    Changes,
    cell_in_our_spelling,
    geometry_in_our_spelling,
    in_words,
    property_in_our_spelling,
)
from geo.inputs.store import KnownFile, replace_known_files
from geo.inputs.validation import quoted

_LON_LAT = frozenset(
    {"urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84"}
    | {"urn:ogc:def:crs:EPSG::4326", "EPSG:4326"}  # in GeoJSON longitude comes first in this one too
)
# What GDAL says of a collection besides, none of it a fact: name of the file, extent, decimals it rounded to.
_DISPENSABLE = {"name": str, "bbox": list, "xy_coordinate_resolution": float, "z_coordinate_resolution": float}
_LAYOUT = "layout"


@dataclass(frozen=True, slots=True)
class _Found:
    """A file as it was found: the layer that it certainly means, and what had to be changed to see that."""

    layer: Layer
    content: bytes = b""
    changes: Changes = field(default_factory=Counter)


def normalise_folder(folder: Path) -> list[str]:
    """Write every file of a layers folder in canonical form; a file that is in it already is left alone.

    Parameters
    ----------
    folder : Path
        The layers folder; its agreement says which layers it has.

    Returns
    -------
    list of str
        One line for each file that was rewritten, with what was changed.

    Raises
    ------
    DataError
        With every problem of every file, if there is any; nothing is written then.
    ConflictError
        If a file has changed since it was read. Both versions are kept, and no file is rewritten.
    OutputError
        If a file cannot be opened or written.
    """
    refuse_shipped(folder)
    problems: list[Problem] = []
    agreement_problems: list[Problem] = []
    terms, _ = read_agreement(folder, agreement_problems)
    found = [_read(folder, spec, problems) for spec in catalogue_of(terms) if isinstance(spec, LayerSpec)]
    problems += agreement_problems
    by_name = {file.layer.spec.name: file.layer for file in found}
    problems += reference_problems(by_name, terms, {problem.file for problem in problems})
    if problems:
        raise DataError(problems)
    texts = [(file, layer_text(file.layer)) for file in found]
    others = [(file, text) for file, text in texts if text.encode() != file.content]
    if others:
        replace_known_files(
            [KnownFile(folder / file.layer.spec.file, text, digest_of(file.content)) for file, text in others]
        )
    return [_told(file) for file, _ in others]


def remarks_on_form(layers: Layers) -> list[str]:
    """Return a line for each file that is valid, but not in canonical form."""
    return [
        f"{layer.spec.file}: valid, but not in canonical form: python -m geo.build --normalise writes it so"
        for layer in layers.values()
        if layer.file and digest_of(layer_text(layer).encode()) != layer.digest
    ]


def _told(file: _Found) -> str:
    spec, rows = file.layer.spec, len(file.layer.features)
    noun = ("feature" if spec.geometry else "row") + ("" if rows == 1 else "s")
    return f"{spec.file}: {rows} {noun} in canonical form again ({in_words(file.changes) or _LAYOUT})"


def _read(folder: Path, spec: LayerSpec, problems: list[Problem]) -> _Found:
    changes: Changes = Counter()
    losses: list[Problem] = []
    try:
        content = read_bytes(folder / spec.file)
        plain = (_plain_collection if spec.geometry else _plain_table)(as_text(content), spec, changes, losses)
        layer = Layer(spec, ()) if losses else parse_layer(plain.encode(), spec, losses)
    except RefusedError as refused:
        problems.append(Problem(spec.file, refused.where, refused.rule, refused.found, refused.repair))
        return _Found(Layer(spec, ()))
    problems += losses
    if content.startswith(b"\xef\xbb\xbf"):
        changes["byte order mark"] += 1
    ids = [feature.properties.id for feature in layer.features]
    if ids != sorted(ids):
        changes["order of features" if spec.geometry else "order of rows"] += 1
    return _Found(layer, content, changes)


def _plain_collection(text: str, spec: LayerSpec, changes: Changes, problems: list[Problem]) -> str:
    """Return a GeoJSON file as we spell it, after adding what was lost from it to `problems`."""
    raw_features, members = geojson.parse_collection(text)
    lines = [line.removesuffix(",") for line in text.split("\n")[1:-2]]
    if lines != [json.dumps(raw, ensure_ascii=False) for raw in raw_features]:
        changes[_LAYOUT] += 1
    features = [_plain_feature(raw, changes) for raw in raw_features]
    rows = [raw["properties"] for raw in features if _has_properties(raw)]
    problems += _column_problems(rows, spec)
    kept = _plain_members(members, spec, changes, problems)
    for raw in features:
        if _has_properties(raw):
            raw["properties"] = _plain_properties(raw["properties"], spec, changes)
        if isinstance(raw, dict) and "geometry" in raw:
            raw["geometry"] = geometry_in_our_spelling(raw["geometry"], changes)
    return json.dumps({"type": "FeatureCollection", **kept, "features": features})


def _plain_members(
    members: Mapping[str, Any], spec: LayerSpec, changes: Changes, problems: list[Problem]
) -> dict[str, Any]:
    ours = spec.collection.model_fields if spec.collection else {}
    kept = {}
    for member, value in members.items():
        if member == "crs" and not _is_lon_lat(value):
            repair = "save the layer in EPSG:4326 (WGS 84, longitude and latitude)"
            problems.append(Problem(spec.file, "collection", member, quoted(_crs_name(value)), repair))
        elif member not in ours and (member == "crs" or isinstance(value, _DISPENSABLE.get(member, ()))):
            changes[f"{member} of the collection removed"] += 1
        else:
            kept[member] = value
    for member in ours:
        if member not in kept:
            repair = "copy it from the file as it was before it was saved"
            problems.append(Problem(spec.file, "collection", member, "lost from the collection", repair))
    return kept


def _is_lon_lat(crs: Any) -> bool:
    return isinstance(crs, dict) and crs.get("type") == "name" and _crs_name(crs) in _LON_LAT


def _crs_name(crs: Any) -> str:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    return str(properties.get("name") if isinstance(properties, dict) else crs)


def _has_properties(raw: Any) -> bool:
    return isinstance(raw, dict) and isinstance(raw.get("properties"), dict)


def _plain_feature(raw: Any, changes: Changes) -> Any:
    """Return a copy of a feature without the id and the extent that GDAL gives it; an id of ours goes to its column."""
    if not _has_properties(raw):
        return raw
    feature, properties = dict(raw), dict(raw["properties"])
    if isinstance(feature.get("bbox"), list):
        del feature["bbox"]
        changes["bbox of {n} feature{s} removed"] += 1
    id_ = feature.get("id")
    if isinstance(id_, str) and "id" not in properties:
        properties["id"] = feature.pop("id")
        changes["id of {n} feature{s} put back into its column"] += 1
    elif type(id_) is int or (isinstance(id_, str) and id_ == properties.get("id")):
        del feature["id"]
        changes["second id of {n} feature{s} removed"] += 1
    return {**feature, "properties": properties}


def _plain_properties(properties: Mapping[str, Any], spec: LayerSpec, changes: Changes) -> dict[str, Any]:
    columns = spec.record.model_fields
    if list(properties) != [column for column in columns if column in properties]:
        changes["keys of {n} feature{s} in another order"] += 1
    absent = [column for column in columns if column not in properties and not columns[column].is_required()]
    if absent:
        changes["{n} key{s} left out for null"] += len(absent)
    known = {
        column: property_in_our_spelling(value, spec.record, column, changes)
        for column, value in properties.items()
        if column in columns
    }
    return {**properties, **known, **dict.fromkeys(absent)}


def _column_problems(rows: Sequence[Mapping[str, Any]], spec: LayerSpec) -> Iterator[Problem]:
    """Yield a problem for each column that no feature has any more, and for each that a program has added."""
    present = Counter(column for row in rows for column in row)
    yield from _column_losses(present, spec, "") if rows else ()


def _column_losses(present: Mapping[str, int], spec: LayerSpec, where: str) -> Iterator[Problem]:
    columns = spec.record.model_fields
    for column in columns:
        if column not in present:
            repair = "copy it from the file as it was before it was saved"
            yield Problem(spec.file, where, column, "the column is lost", repair)
    for column in present:
        if column not in columns:
            yield Problem(spec.file, where, column, "unknown column", f"remove it; known are {', '.join(columns)}")


def _plain_table(text: str, spec: LayerSpec, changes: Changes, problems: list[Problem]) -> str:
    """Return a CSV file as we spell it, each row in its line, after adding what was lost from it to `problems`."""
    plain = text.replace("\r\n", "\n")
    if plain != text:
        changes["line ends"] += 1
    try:
        rows = list(csv.reader(io.StringIO(plain, newline=""), strict=True))
    except csv.Error:
        return plain
    if _csv(rows) != plain:
        changes[_LAYOUT] += 1
    rows = _without_empty_edges(rows, changes)
    header = rows[0] if rows else []
    if len(header) < 2 or len(set(header)) < len(header):  # another separator, or a name that stands twice
        return plain
    problems += _column_losses(dict.fromkeys(header, 1), spec, "line 1")
    columns = list(spec.record.model_fields)
    if sorted(header) == sorted(columns) and header != columns:
        changes["order of columns"] += 1
        places = [header.index(column) for column in columns]
        rows = [[row[place] for place in places] if len(row) == len(header) else row for row in rows]
    return _csv([rows[0], *(_plain_cells(row, spec, changes) for row in rows[1:])])


def _plain_cells(row: Sequence[str], spec: LayerSpec, changes: Changes) -> list[str]:
    columns = list(spec.record.model_fields)
    if len(row) != len(columns):
        return list(row)
    return [cell_in_our_spelling(cell, spec.record, column, changes) for column, cell in zip(columns, row, strict=True)]


def _without_empty_edges(rows: Sequence[list[str]], changes: Changes) -> list[list[str]]:
    """Drop what spreadsheets add where a cell was once touched: rows, and columns at the end, with nothing in them."""
    kept = [row if any(row) else [] for row in rows]
    if dropped := sum(len(row) > len(left) for row, left in zip(rows, kept, strict=True)):
        changes["{n} empty row{s} removed"] += dropped
    width = max((column for row in kept for column, cell in enumerate(row, 1) if cell), default=0)
    if kept and width < len(kept[0]):
        changes["{n} empty column{s} removed"] += len(kept[0]) - width
        kept = [row[:width] for row in kept]
    return kept


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

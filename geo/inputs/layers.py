"""Read a layers folder: every row is checked, and all errors are reported."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import shapely
from pydantic import BaseModel

from geo.errors import DataError, Problem
from geo.inputs import agreement, geojson, table
from geo.inputs.agreement import Agreement
from geo.inputs.catalog import CATALOGUE, DERIVED, LAYERS, THE_ROAD, DerivedSpec, LayerSpec, folder_catalogue
from geo.inputs.features import Feature, Layer, Layers
from geo.inputs.files import InputFile, RefusedError, as_text, digest_of, read_bytes
from geo.inputs.references import TARGETS, cited_sources, reference_problems
from geo.inputs.validation import quoted, validated_json, validated_text

__all__ = [
    "Feature",
    "Folder",
    "Layer",
    "Layers",
    "catalogue_of",
    "folder_computed",
    "folder_layers",
    "layer_from_rows",
    "layer_text",
    "map_name",
    "parse_layer",
    "read_agreement",
    "read_folder",
    "read_layers",
    "read_targets",
]


def read_layers(folder: Path) -> Layers:
    """Read and check the agreement and all layers of a folder.

    Parameters
    ----------
    folder : Path
        The layers folder.

    Returns
    -------
    Layers
        With the catalogue of the folder.

    Raises
    ------
    DataError
        If a file has errors; it lists those of all files.
    OutputError
        If a file exists but cannot be opened.
    """
    found = read_folder(folder)
    if problems := [*found.problems, *found.reference_problems()]:
        raise DataError(problems)
    return found.layers()


@dataclass(frozen=True, slots=True)
class Folder:
    """The content of a layers folder, including its errors.

    Attributes
    ----------
    by_name : mapping of str to Layer
        The layers with their valid rows, in drawing order.
    terms, terms_file : Agreement, InputFile or None
        The agreed terms and their file; None if they could not be read.
    catalogue : tuple of LayerSpec or DerivedSpec
        The layers of this folder, stored and computed, in drawing order; every known layer if the terms could not be
        read.
    problems : tuple of Problem
        All errors within single files.
    """

    by_name: Mapping[str, Layer]
    terms: Agreement | None
    terms_file: InputFile | None
    catalogue: tuple[LayerSpec | DerivedSpec, ...]
    problems: tuple[Problem, ...]

    def layers(self, *others: Layer) -> Layers:
        """Return the layers; `others` replace layers of the same name.

        Raises
        ------
        DataError
            If the agreement could not be read; it lists the problems of the folder.
        """
        if self.terms is None:
            raise DataError(self.problems)
        return Layers(self._with(*others), self.terms, self.catalogue, self.terms_file)

    def reference_problems(self, *others: Layer) -> list[Problem]:
        """Return all errors between the files; `others` replace layers of the same name."""
        return reference_problems(self._with(*others), self.terms, {problem.file for problem in self.problems})

    def cited_sources(self, *others: Layer) -> set[str]:
        """Return the ids of all sources that are cited; `others` replace layers of the same name."""
        return cited_sources(self._with(*others), self.terms)

    def _with(self, *others: Layer) -> dict[str, Layer]:
        return {**self.by_name, **{layer.spec.name: layer for layer in others}}


def read_folder(folder: Path) -> Folder:
    """Read the agreement and every layer of the folder as far as they can be read.

    Raises
    ------
    OutputError
        If a file exists but cannot be opened.
    """
    problems: list[Problem] = []
    terms, terms_file = read_agreement(folder, problems)
    catalogue = catalogue_of(terms)
    specs = _stored(catalogue)
    if terms is not None:
        problems += _unlisted(folder, terms, {spec.name for spec in specs})
    by_name = {spec.name: _read_layer(folder, spec, problems) for spec in specs}
    return Folder(by_name, terms, terms_file, catalogue, tuple(problems))


def read_agreement(folder: Path, problems: list[Problem]) -> tuple[Agreement | None, InputFile | None]:
    """Return the agreement and its file, or None if unreadable; every error is added to `problems`."""
    try:
        content = read_bytes(folder / agreement.FILE)
        file = InputFile(agreement.FILE, len(content), digest_of(content))
        return agreement.parse_agreement(as_text(content), problems), file
    except RefusedError as refused:
        problems.append(_problem(refused, agreement.FILE, refused.where))
        return None, None


def catalogue_of(terms: Agreement | None) -> tuple[LayerSpec | DerivedSpec, ...]:
    """Return the catalogue of a folder with these terms; the whole catalogue if they could not be read."""
    return CATALOGUE if terms is None else folder_catalogue(terms, CATALOGUE)


def folder_layers(folder: Path) -> tuple[LayerSpec, ...]:
    """Return the stored layers of a folder; all known ones if its agreement cannot be read."""
    terms, _ = read_agreement(folder, [])
    return _stored(catalogue_of(terms))


def folder_computed(folder: Path) -> tuple[DerivedSpec, ...]:
    """Return the computed layers of a folder, each with the layers that it is computed from."""
    terms, _ = read_agreement(folder, [])
    if terms is None:
        return DERIVED
    road = terms.corridor.road_layer
    return tuple(
        replace(spec, made_from=tuple(road if name == THE_ROAD else name for name in spec.made_from))
        for spec in catalogue_of(terms)
        if isinstance(spec, DerivedSpec)
    )


def map_name(folder: Path) -> str:
    """Return the name of the map of a folder.

    Raises
    ------
    DataError
        If the agreement cannot be read; it lists all problems.
    """
    problems: list[Problem] = []
    terms, _ = read_agreement(folder, problems)
    if terms is None:
        raise DataError(problems)
    return terms.map.name


def _stored(catalogue: Sequence[LayerSpec | DerivedSpec]) -> tuple[LayerSpec, ...]:
    return tuple(spec for spec in catalogue if isinstance(spec, LayerSpec))


def _unlisted(folder: Path, terms: Agreement, own: Set[str]) -> Iterator[Problem]:
    """Yield a problem for each listed layer that is unknown, and each file of a layer that is not listed."""
    known = {spec.name: spec for spec in LAYERS}
    for name in terms.map.layers or ():
        if name not in own:
            repair = f"known are {', '.join(known)}"
            yield Problem(agreement.FILE, "map", "layers", f"{quoted(name)} is no layer", repair)
    for name, spec in known.items():
        if name not in own and (folder / spec.file).exists():
            repair = f"name it under map, layers of {agreement.FILE}, or take it away"
            yield Problem(spec.file, "", "file", "a layer that the map does not list", repair)


def read_targets(folder: Path, layer: Layer) -> dict[str, Layer]:
    """Return the layers that others refer to, without those with errors; `layer` replaces its file."""
    targets = {layer.spec.name: layer}
    for spec in folder_layers(folder):
        if spec.name in TARGETS and spec.name not in targets:
            problems: list[Problem] = []
            found = _read_layer(folder, spec, problems)
            if not problems:
                targets[spec.name] = found
    return targets


def layer_from_rows(
    spec: LayerSpec,
    rows: Iterable[tuple[Mapping[str, Any], Mapping[str, Any] | None]],
    collection: Mapping[str, Any],
    problems: list[Problem],
) -> Layer:
    """Return a layer from rows of plain values, which are checked like its file.

    Parameters
    ----------
    spec : LayerSpec
        The layer.
    rows : iterable of (properties, geometry)
        JSON-ready values, and GeoJSON geometries or None.
    collection : mapping
        Members of the collection.
    problems : list of Problem
        Each error is appended.
    """
    features = []
    for number, (properties, geometry) in enumerate(rows, 1):
        raw = {"type": "Feature", "properties": properties, "geometry": geometry}
        features.append(_geojson_feature(raw, f"row {number}", spec, problems))
    kept = tuple(feature for feature in features if feature is not None)
    _check_layer(kept, spec, problems)
    return Layer(spec, kept, _collection(dict(collection), spec, problems))


def layer_text(layer: Layer, *, marks: Mapping[str, str] | None = None) -> str:
    """Return a layer in the canonical form of its file: sorted by id, one row per line.

    Parameters
    ----------
    layer : Layer
        What to write.
    marks : mapping of str to str, optional
        Further members of the collection, or last columns with the same value in every row.
    """
    features = sorted(layer.features, key=lambda feature: str(feature.properties.id))
    if not layer.spec.geometry:
        return table.table_text(layer.spec.record, [feature.properties for feature in features], marks=marks)
    return geojson.collection_text(
        [(feature.properties.model_dump(mode="json"), feature.geometry) for feature in features],
        members={**(marks or {}), **(layer.collection.model_dump(mode="json") if layer.collection else {})},
    )


def _read_layer(folder: Path, spec: LayerSpec, problems: list[Problem]) -> Layer:
    try:
        return parse_layer(read_bytes(folder / spec.file), spec, problems)
    except RefusedError as refused:
        problems.append(_problem(refused, spec.file, refused.where))
        return Layer(spec, ())


def parse_layer(content: bytes, spec: LayerSpec, problems: list[Problem]) -> Layer:
    """Return a layer from the bytes of its file; every error in its rows is added to `problems`.

    Raises
    ------
    RefusedError
        If the file cannot be split into rows.
    """
    collection = None
    text = as_text(content)
    if spec.geometry:
        raw_features, members = geojson.parse_collection(text)
        features = [_geojson_feature(raw, f"feature {n}", spec, problems) for n, raw in enumerate(raw_features, 1)]
        collection = _collection(members, spec, problems)
    else:
        features = [_table_row(cells, line, spec, problems) for line, cells in table.parse_rows(text, spec.record)]
    kept = tuple(feature for feature in features if feature is not None)
    _check_layer(kept, spec, problems)
    return Layer(spec, kept, collection, InputFile(spec.file, len(content), digest_of(content), rows=len(features)))


def _geojson_feature(raw: Any, where: str, spec: LayerSpec, problems: list[Problem]) -> Feature | None:
    try:
        properties, raw_geometry = geojson.parse_feature(raw)
    except RefusedError as refused:
        problems.append(_problem(refused, spec.file, where))
        return None
    if isinstance(properties, dict) and isinstance(properties.get("id"), str):
        where = f"feature {quoted(properties['id'])}"
    record = validated_json(spec.record, properties, spec.file, where, problems)
    try:
        geometry = geojson.parse_geometry(
            raw_geometry,
            spec.geometry,
            may_be_null=spec.place_may_be_unknown or not spec.geometry,
            anywhere=record is None or record.may_lie_anywhere,
            area_deg=spec.area_deg,
        )
    except RefusedError as refused:
        problems.append(_problem(refused, spec.file, where))
        return None
    if record is None:
        return None
    problems.extend(Problem(spec.file, where, *fault) for fault in record.faults_with(geometry))
    return Feature(record, geometry)


def _table_row(cells: list[str], line: int, spec: LayerSpec, problems: list[Problem]) -> Feature | None:
    where = f"line {line}, row {quoted(cells[0])}"
    try:
        values = table.parse_cells(cells, spec.record)
    except RefusedError as refused:
        problems.append(_problem(refused, spec.file, where))
        return None
    record = validated_text(spec.record, values, spec.file, where, problems)
    if record is None:
        return None
    for column, cell, canonical in table.altered_cells(cells, record):
        problems.append(Problem(spec.file, where, column, quoted(cell), f"write {quoted(canonical)}"))
    return Feature(record, None)


def _collection(members: dict[str, Any], spec: LayerSpec, problems: list[Problem]) -> BaseModel | None:
    if spec.collection is not None:
        return validated_json(spec.collection, members, spec.file, "collection", problems)
    problems.extend(Problem(spec.file, "collection", key, "unknown key", "remove it") for key in members)
    return None


def _problem(refused: RefusedError, file: str, where: str) -> Problem:
    return Problem(file, where, refused.rule, refused.found, refused.repair)


def _check_layer(features: Sequence[Feature], spec: LayerSpec, problems: list[Problem]) -> None:
    for id_, count in Counter(feature.properties.id for feature in features).items():
        if count > 1:
            problems.append(Problem(spec.file, f"feature {id_!r}", "id", f"stands {count} times", "give each its own"))
    vertices = sum(shapely.get_num_coordinates([feature.geometry for feature in features]))
    if vertices > geojson.MOST_VERTICES:
        repair = f"at most {geojson.MOST_VERTICES}"
        problems.append(Problem(spec.file, "", "geometry", f"{vertices} vertices", repair))

"""Read the whole layers folder: every row checked, every fault told, or nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel
from shapely.geometry.base import BaseGeometry

from geo.errors import DataError, Problem
from geo.inputs import agreement, geojson, table
from geo.inputs.agreement import Agreement
from geo.inputs.catalog import LAYERS, LayerSpec
from geo.inputs.files import RefusedError, read_text
from geo.inputs.schema import Record
from geo.inputs.validation import validated

R_co = TypeVar("R_co", bound=Record, covariant=True)
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Feature(Generic[R_co]):
    """One row of a layer: what it says, and where it lies (lon, lat in degrees, EPSG:4326; None when unknown)."""

    properties: R_co
    geometry: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of the layers folder, read and checked.

    Attributes
    ----------
    spec : LayerSpec
        Its entry in the catalogue.
    features : tuple of Feature
        In the order of the file.
    collection : BaseModel or None
        What the collection itself carries, such as the date of an OpenStreetMap snapshot.
    """

    spec: LayerSpec
    features: tuple[Feature[Any], ...]
    collection: BaseModel | None = None


@dataclass(frozen=True, slots=True)
class Layers(Mapping[str, Layer]):
    """All layers of a folder by name, in drawing order, and the terms that they rest on."""

    by_name: Mapping[str, Layer]
    agreement: Agreement

    def __getitem__(self, name: str) -> Layer:
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def __len__(self) -> int:
        return len(self.by_name)

    def features(self, name: str, record: type[R]) -> tuple[Feature[R], ...]:
        """Return the features of a layer, typed as the record that the caller knows it to hold.

        Raises
        ------
        TypeError
            If the layer holds another kind of record.
        """
        layer = self.by_name[name]
        if not issubclass(layer.spec.record, record):
            msg = f"layer {name} holds {layer.spec.record.__name__}, not {record.__name__}"
            raise TypeError(msg)
        return cast("tuple[Feature[R], ...]", layer.features)


def read_layers(folder: Path, catalogue: Sequence[LayerSpec] = LAYERS) -> Layers:
    """Read and check every layer of the catalogue, and the agreement.

    Parameters
    ----------
    folder : Path
        The layers folder.
    catalogue : sequence of LayerSpec
        Which layers to expect, in drawing order.

    Raises
    ------
    DataError
        With every problem of every file, if there is any.
    OutputError
        If a file is there but cannot be opened.
    """
    problems: list[Problem] = []
    by_name = {spec.name: _read_layer(folder, spec, problems) for spec in catalogue}
    terms = _read_agreement(folder, problems)
    _check_references(by_name, terms, problems)
    if problems or terms is None:
        raise DataError(problems)
    return Layers(by_name, terms)


def layer_text(layer: Layer) -> str:
    """Return a layer in the canonical form of its file: sorted by id, one row a line."""
    features = sorted(layer.features, key=lambda feature: str(feature.properties.id))
    if not layer.spec.geometry:
        return table.table_text(layer.spec.record, [feature.properties for feature in features])
    return geojson.collection_text(
        [(feature.properties.model_dump(mode="json"), feature.geometry) for feature in features],
        members=layer.collection.model_dump(mode="json") if layer.collection else None,
    )


def _read_layer(folder: Path, spec: LayerSpec, problems: list[Problem]) -> Layer:
    collection = None
    try:
        text = read_text(folder / spec.file)
        if spec.geometry:
            raw_features, members = geojson.parse_collection(text)
            features = [_geojson_feature(raw, f"feature {n}", spec, problems) for n, raw in enumerate(raw_features, 1)]
            collection = _collection(members, spec, problems)
        else:
            features = [_table_row(cells, line, spec, problems) for line, cells in table.parse_rows(text, spec.record)]
    except RefusedError as refused:
        problems.append(_problem(refused, spec.file, refused.where))
        return Layer(spec, ())
    kept = tuple(feature for feature in features if feature is not None)
    _check_ids(kept, spec, problems)
    return Layer(spec, kept, collection)


def _geojson_feature(raw: Any, where: str, spec: LayerSpec, problems: list[Problem]) -> Feature[Any] | None:
    try:
        properties, raw_geometry = geojson.parse_feature(raw)
    except RefusedError as refused:
        problems.append(_problem(refused, spec.file, where))
        return None
    if isinstance(properties, dict) and isinstance(properties.get("id"), str):
        where = f"feature {properties['id']!r}"
    record = validated(spec.record, properties, spec.file, where, problems)
    try:
        geometry = geojson.parse_geometry(
            raw_geometry, spec.geometry, may_be_null=spec.place_may_be_unknown, anywhere=spec.anywhere
        )
    except RefusedError as refused:
        problems.append(_problem(refused, spec.file, where))
        return None
    return None if record is None else Feature(record, geometry)


def _table_row(cells: list[str], line: int, spec: LayerSpec, problems: list[Problem]) -> Feature[Any] | None:
    where = f"line {line}, row {cells[0]!r}" if cells and cells[0] else f"line {line}"
    try:
        values = table.parse_cells(cells, spec.record)
    except RefusedError as refused:
        problems.append(_problem(refused, spec.file, where))
        return None
    record = validated(spec.record, values, spec.file, where, problems)
    return None if record is None else Feature(record, None)


def _collection(members: dict[str, Any], spec: LayerSpec, problems: list[Problem]) -> BaseModel | None:
    if spec.collection is not None:
        return validated(spec.collection, members, spec.file, "collection", problems)
    problems.extend(Problem(spec.file, "collection", key, "unknown key", "remove it") for key in members)
    return None


def _read_agreement(folder: Path, problems: list[Problem]) -> Agreement | None:
    try:
        return agreement.parse_agreement(read_text(folder / agreement.FILE), problems)
    except RefusedError as refused:
        problems.append(_problem(refused, agreement.FILE, refused.where))
        return None


def _problem(refused: RefusedError, file: str, where: str) -> Problem:
    return Problem(file, where, refused.rule, refused.found, refused.repair)


def _check_ids(features: Sequence[Feature[Any]], spec: LayerSpec, problems: list[Problem]) -> None:
    for id_, count in Counter(feature.properties.id for feature in features).items():
        if count > 1:
            problems.append(Problem(spec.file, f"feature {id_!r}", "id", f"stands {count} times", "give each its own"))


# Columns that name a row of another layer.
_REFERENCES = {"sources": "sources", "from_place": "places", "to_place": "places", "planned_end": "places"}


def _check_references(layers: Mapping[str, Layer], terms: Agreement | None, problems: list[Problem]) -> None:
    unreadable = {problem.file for problem in problems}
    rows: list[tuple[str, str, BaseModel]] = [
        (layer.spec.file, f"feature {feature.properties.id!r}", feature.properties)
        for layer in layers.values()
        for feature in layer.features
    ]
    rows += [(agreement.FILE, type(term).__name__, term) for term in (terms.terms() if terms else ())]
    for column, target in _REFERENCES.items():
        target_file = layers[target].spec.file
        if target_file in unreadable:
            continue
        known = {feature.properties.id for feature in layers[target].features}
        for file, where, row in rows:
            for id_ in _ids(getattr(row, column, None)):
                if id_ not in known:
                    found, repair = f"{id_!r} is no id of {target_file}", f"correct it, or add it to {target_file}"
                    problems.append(Problem(file, where, column, found, repair))


def _ids(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value or ()

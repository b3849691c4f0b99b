"""One layer: its features, read from a file or from rows and checked, and its canonical text."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import shapely
from pydantic import BaseModel
from shapely.geometry.base import BaseGeometry

from geo.errors import Problem
from geo.inputs import csv_rows, geojson, lenient
from geo.inputs.catalog import LayerSpec
from geo.inputs.files import InputFile, RefusedError, as_text, digest_of, quoted
from geo.inputs.frames import typed_frame
from geo.inputs.lenient import Changes
from geo.inputs.schema import column_type
from geo.inputs.validation import OF_KEYS, validated

if TYPE_CHECKING:
    import geopandas as gpd

# Takes a raw row apart into its properties and its geometry.
Parse = Callable[[Any], tuple[Any, Any]]
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Feature:
    """One validated row of a file: a record, and a geometry in lon, lat degrees (None if unknown)."""

    properties: Any
    geometry: BaseGeometry | None


@dataclass(frozen=True)
class Layer:
    """One file of the layers folder, read and checked.

    Attributes
    ----------
    spec : LayerSpec
        Its entry in the catalogue.
    features : tuple of Feature
        In the order of the file.
    collection : BaseModel or None
        Members of the collection, such as the date of an OpenStreetMap snapshot.
    file : InputFile or None
        The file that was read; None for a layer that was not read from a file.
    """

    spec: LayerSpec
    features: tuple[Feature, ...]
    collection: BaseModel | None = None
    file: InputFile | None = None

    @property
    def digest(self) -> str:
        """The sha256 of the bytes that were read; empty for a layer that was not read from a file."""
        return self.file.sha256 if self.file else ""

    @property
    def members(self) -> dict[str, Any]:
        """The members of the collection, JSON-ready; empty if it has none."""
        return self.collection.model_dump(mode="json") if self.collection else {}

    @cached_property
    def frame(self) -> "gpd.GeoDataFrame":
        """The rows as `geo.read_layer` returns them, a DataFrame for a table; shared, so copy it before editing."""
        record = self.spec.record
        frame = typed_frame(
            [dict(feature.properties) for feature in self.features],
            {column: column_type(record, column) for column in record.model_fields},
            [feature.geometry for feature in self.features] if self.spec.geometry else None,
        )
        frame.attrs = {"layer": self.spec.name, "digest": self.digest, "collection": self.members}
        return frame


def parse_layer(content: bytes, spec: LayerSpec, problems: list[Problem], changes: Changes | None = None) -> Layer:
    """Return a layer from the bytes of its file; every error in its rows is added to `problems`.

    Parameters
    ----------
    content : bytes
        The file.
    spec : LayerSpec
        The layer.
    problems : list of Problem
        Each error is appended.
    changes : Changes, optional
        Read leniently, and count here what was changed.

    Raises
    ------
    RefusedError
        If the file cannot be split into rows.
    """
    text = as_text(content)
    members: dict[str, Any] = {}
    if spec.geometry:
        raw, members = geojson.parse_collection(text)
        if changes is not None:
            changes.note("layout", not geojson.is_one_per_line(text, raw))
            raw = lenient.plain_features(raw, spec.record, changes)
            members = lenient.plain_members(members, changes)
        rows = [(_place_of(feature, f"feature {number}"), feature) for number, feature in enumerate(raw, 1)]
        parse: Parse = geojson.parse_feature
    else:
        lines = csv_rows.parse_rows(text, spec.record, changes)
        rows = [(f"line {line}, row {quoted(cells[0])}", cells) for line, cells in lines]
        parse = partial(csv_rows.parse_row, record=spec.record)
    layer = _checked_layer(spec, rows, parse, members, problems, changes)
    if changes is not None:
        ids = [feature.properties.id for feature in layer.features]
        changes.note("byte order mark", content.startswith(_BYTE_ORDER_MARK))
        changes.note("order of features" if spec.geometry else "order of rows", ids != sorted(ids))
    return replace(layer, file=InputFile(spec.file, len(content), digest_of(content), rows=len(rows)))


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
    features = [{"type": "Feature", "properties": values, "geometry": geometry} for values, geometry in rows]
    named = [(_place_of(feature, f"row {number}"), feature) for number, feature in enumerate(features, 1)]
    return _checked_layer(spec, named, geojson.parse_feature, dict(collection), problems)


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
        return csv_rows.table_text(layer.spec.record, [feature.properties for feature in features], marks=marks)
    return geojson.collection_text(
        [(feature.properties.model_dump(mode="json"), feature.geometry) for feature in features],
        members={**(marks or {}), **layer.members},
    )


def _place_of(feature: Any, unnamed: str) -> str:
    """Return where a raw feature is, for a problem: its id, if it has one."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    id_ = properties.get("id") if isinstance(properties, dict) else None
    return f"feature {quoted(id_)}" if isinstance(id_, str) else unnamed


def _checked_layer(
    spec: LayerSpec,
    rows: Sequence[tuple[str, Any]],
    parse: Parse,
    members: dict[str, Any],
    problems: list[Problem],
    changes: Changes | None = None,
) -> Layer:
    """Return a layer of the valid rows, each given as its place in the file and what `parse` takes apart."""
    faults: list[Problem] = []
    read: list[Feature | None] = []
    for where, raw in rows:
        try:
            read.append(_feature(parse(raw), where, spec, faults, changes))
        except RefusedError as refused:
            faults.append(refused.problem(spec.file, where))
    problems += _once_for_all_rows(faults, len(rows))
    features = tuple(feature for feature in read if feature is not None)
    for id_, count in Counter(feature.properties.id for feature in features).items():
        if count > 1:
            found = f"duplicate id ({count} features)"
            problems.append(Problem(spec.file, f"feature {id_!r}", "id", found, "ids must be unique"))
    vertices = sum(shapely.get_num_coordinates([feature.geometry for feature in features]))
    if vertices > geojson.MOST_VERTICES:
        repair = f"write at most {geojson.MOST_VERTICES}"
        problems.append(Problem(spec.file, "", "geometry", f"{vertices} vertices", repair))
    return Layer(spec, features, _collection(members, spec, problems))


def _feature(
    row: tuple[Any, Any], where: str, spec: LayerSpec, problems: list[Problem], changes: Changes | None
) -> Feature | None:
    properties, raw_geometry = row
    record = validated(spec.record, properties, spec.file, where, problems, changes=changes)
    geometry = geojson.parse_geometry(
        raw_geometry,
        spec.geometry,
        may_be_null=spec.place_may_be_unknown or not spec.geometry,
        anywhere=record is None or record.may_lie_anywhere,
        area_deg=spec.area_deg,
    )
    if record is None:
        return None
    problems.extend(Problem(spec.file, where, *fault) for fault in record.faults_with(geometry))
    return Feature(record, geometry)


def _collection(members: dict[str, Any], spec: LayerSpec, problems: list[Problem]) -> BaseModel | None:
    if "crs" in members:
        repair = "save the layer in EPSG:4326 (WGS 84, longitude and latitude) and remove this member"
        problems.append(Problem(spec.file, "collection", "crs", quoted(lenient.crs_name(members.pop("crs"))), repair))
    if spec.collection is not None:
        return validated(spec.collection, members, spec.file, "collection", problems)
    problems.extend(Problem(spec.file, "collection", key, "unknown key", "remove it") for key in members)
    return None


def _once_for_all_rows(problems: Sequence[Problem], rows: int) -> Iterator[Problem]:
    """Yield the problems; a column that is missing or unknown in every row is reported once."""
    counts = Counter((problem.rule, problem.found) for problem in problems)
    reported = set()
    for problem in problems:
        fault = (problem.rule, problem.found)
        if rows < 2 or counts[fault] < rows or problem.found not in OF_KEYS:
            yield problem
        elif fault not in reported:
            reported.add(fault)
            yield replace(problem, where="every row")

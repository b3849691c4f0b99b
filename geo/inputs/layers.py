"""A layers folder: its features, layers and agreement. Every row is checked, and all errors are reported."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from pydantic import BaseModel
from shapely.geometry.base import BaseGeometry

from geo.errors import DataError, Problem
from geo.inputs import agreement, csv_rows, geojson, lenient
from geo.inputs.agreement import Agreement
from geo.inputs.catalog import CATALOGUE, LAYERS, DerivedSpec, LayerSpec, folder_catalogue
from geo.inputs.files import InputFile, RefusedError, as_text, digest_of, quoted, read_bytes
from geo.inputs.frames import typed_frame
from geo.inputs.lenient import Changes
from geo.inputs.references import TARGETS, cited_sources, reference_problems
from geo.inputs.schema import column_type
from geo.inputs.validation import OF_KEYS, validated

if TYPE_CHECKING:
    import geopandas as gpd

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


@dataclass(frozen=True, slots=True)
class Layers(Mapping[str, Layer]):
    """All layers of a folder, by name.

    Attributes
    ----------
    by_name : mapping of str to Layer
        The layers, in drawing order.
    agreement : Agreement
        The terms that they are based on.
    catalogue : sequence of LayerSpec or DerivedSpec
        The layers of this folder, stored and computed, in drawing order.
    agreement_file : InputFile or None
        The file of the terms; None if they were not read from a file.
    """

    by_name: Mapping[str, Layer]
    agreement: Agreement
    catalogue: Sequence[LayerSpec | DerivedSpec]
    agreement_file: InputFile | None = None

    @property
    def files(self) -> tuple[InputFile, ...]:
        """Every file that was read, by name."""
        files = (self.agreement_file, *(layer.file for layer in self.by_name.values()))
        return tuple(sorted((file for file in files if file), key=lambda file: file.name))

    def __getitem__(self, name: str) -> Layer:
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def __len__(self) -> int:
        return len(self.by_name)

    def frame(self, name: str) -> "gpd.GeoDataFrame":
        """Return the rows of a layer as `Layer.frame`; empty for a known layer that this folder lacks."""
        if name in self.by_name:
            return self.by_name[name].frame
        return Layer(next(spec for spec in LAYERS if spec.name == name), ()).frame


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
        The layers of this folder, stored and computed, in drawing order.
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


def read_folder(folder: Path, changes: Mapping[str, Changes] | None = None) -> Folder:
    """Read the agreement and every layer of the folder as far as they can be read.

    Parameters
    ----------
    folder : Path
        The layers folder.
    changes : mapping of str to Changes, optional
        Read leniently, and count here what was changed in each layer, by its name.

    Raises
    ------
    OutputError
        If a file exists but cannot be opened.
    """
    problems: list[Problem] = []
    terms, terms_file = read_agreement(folder, problems)
    catalogue = _catalogue(terms, folder)
    specs = [spec for spec in catalogue if isinstance(spec, LayerSpec)]
    if terms is not None:
        problems += _unlisted(folder, terms, {spec.name for spec in specs})
    by_name = {
        spec.name: _read_layer(folder, spec, problems, None if changes is None else changes[spec.name])
        for spec in specs
    }
    return Folder(by_name, terms, terms_file, catalogue, tuple(problems))


def read_agreement(folder: Path, problems: list[Problem]) -> tuple[Agreement | None, InputFile | None]:
    """Return the agreement and its file, or None if unreadable; every error is added to `problems`."""
    try:
        content = read_bytes(folder / agreement.FILE)
        file = InputFile(agreement.FILE, len(content), digest_of(content))
        return agreement.parse_agreement(as_text(content), problems), file
    except RefusedError as refused:
        problems.append(refused.problem(agreement.FILE))
        return None, None


def catalogue_of(folder: Path) -> tuple[LayerSpec | DerivedSpec, ...]:
    """Return the catalogue of a folder: the layers that its agreement lists, and what is computed from them.

    If the agreement cannot be read, these are the known layers that the folder contains.
    """
    return _catalogue(read_agreement(folder, [])[0], folder)


def _catalogue(terms: Agreement | None, folder: Path) -> tuple[LayerSpec | DerivedSpec, ...]:
    if terms is not None:
        return folder_catalogue(terms, CATALOGUE)
    # Neither the list of layers nor the area is known, so that a missing file or a remote place is not an error.
    return tuple(
        replace(spec, area_deg=geojson.WORLD_DEG) if isinstance(spec, LayerSpec) else spec
        for spec in CATALOGUE
        if isinstance(spec, DerivedSpec) or (folder / spec.file).exists()
    )


def folder_layers(folder: Path) -> tuple[LayerSpec, ...]:
    """Return the stored layers of a folder, as in `catalogue_of`."""
    return tuple(spec for spec in catalogue_of(folder) if isinstance(spec, LayerSpec))


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


def _unlisted(folder: Path, terms: Agreement, own: Set[str]) -> Iterator[Problem]:
    """Yield a problem for each listed layer that is unknown, and each file of a layer that is not listed."""
    known = {spec.name: spec for spec in LAYERS}
    for name in terms.map.layers or ():
        if name not in own:
            yield Problem(
                agreement.FILE, "map", "layers", f"unknown layer {quoted(name)}", f"known are {', '.join(known)}"
            )
    for name, spec in known.items():
        if name not in own and (folder / spec.file).exists():
            repair = f"add it to map.layers in {agreement.FILE}, or remove the file"
            yield Problem(spec.file, "", "file", "this layer is not listed", repair)


def read_targets(folder: Path, layer: Layer) -> dict[str, Layer]:
    """Return the layers that others refer to, without those with errors; `layer` replaces its file."""
    targets = {layer.spec.name: layer}
    for spec in folder_layers(folder):
        problems: list[Problem] = []
        if spec.name in TARGETS and spec.name not in targets:
            target = _read_layer(folder, spec, problems)
            targets |= {} if problems else {spec.name: target}
    return targets


def _read_layer(folder: Path, spec: LayerSpec, problems: list[Problem], changes: Changes | None = None) -> Layer:
    try:
        return parse_layer(read_bytes(folder / spec.file), spec, problems, changes)
    except RefusedError as refused:
        problems.append(refused.problem(spec.file))
        return Layer(spec, ())


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
    faults: list[Problem] = []
    if spec.geometry:
        raw_features, members = geojson.parse_collection(text)
        if changes is not None:
            changes.note("layout", not geojson.is_one_per_line(text, raw_features))
            raw_features = lenient.plain_features(raw_features, spec.record, changes)
            members = lenient.plain_members(members, changes)
        rows = [_geojson_feature(raw, f"feature {n}", spec, faults, changes) for n, raw in enumerate(raw_features, 1)]
    else:
        lines = csv_rows.parse_rows(text, spec.record, changes)
        rows = [_csv_row(cells, line, spec, faults, changes) for line, cells in lines]
    layer = _checked_layer(spec, rows, members, faults)
    problems += _once_for_all_rows(faults, len(rows))
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
    faults: list[Problem] = []
    features = [
        _geojson_feature(
            {"type": "Feature", "properties": properties, "geometry": geometry}, f"row {number}", spec, faults
        )
        for number, (properties, geometry) in enumerate(rows, 1)
    ]
    layer = _checked_layer(spec, features, dict(collection), faults)
    problems += _once_for_all_rows(faults, len(features))
    return layer


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


def _geojson_feature(
    raw: Any, where: str, spec: LayerSpec, problems: list[Problem], changes: Changes | None = None
) -> Feature | None:
    try:
        properties, raw_geometry = geojson.parse_feature(raw)
        if isinstance(properties, dict) and isinstance(properties.get("id"), str):
            where = f"feature {quoted(properties['id'])}"
        record = validated(spec.record, properties, spec.file, where, problems, changes=changes)
        geometry = geojson.parse_geometry(
            raw_geometry,
            spec.geometry,
            may_be_null=spec.place_may_be_unknown or not spec.geometry,
            anywhere=record is None or record.may_lie_anywhere,
            area_deg=spec.area_deg,
        )
    except RefusedError as refused:
        problems.append(refused.problem(spec.file, where))
        return None
    if record is None:
        return None
    problems.extend(Problem(spec.file, where, *fault) for fault in record.faults_with(geometry))
    return Feature(record, geometry)


def _csv_row(
    cells: list[str], line: int, spec: LayerSpec, problems: list[Problem], changes: Changes | None
) -> Feature | None:
    where = f"line {line}, row {quoted(cells[0])}"
    try:
        values = csv_rows.parse_cells(cells, spec.record)
    except RefusedError as refused:
        problems.append(refused.problem(spec.file, where))
        return None
    record = validated(spec.record, values, spec.file, where, problems, needs_all_keys=False, changes=changes)
    return None if record is None else Feature(record, None)


def _checked_layer(
    spec: LayerSpec, rows: Iterable[Feature | None], members: dict[str, Any], problems: list[Problem]
) -> Layer:
    """Return a layer of the valid rows, after checking its ids, size and members."""
    features = tuple(feature for feature in rows if feature is not None)
    for id_, count in Counter(feature.properties.id for feature in features).items():
        if count > 1:
            found, repair = f"duplicate id ({count} features)", "ids must be unique"
            problems.append(Problem(spec.file, f"feature {id_!r}", "id", found, repair))
    vertices = sum(shapely.get_num_coordinates([feature.geometry for feature in features]))
    if vertices > geojson.MOST_VERTICES:
        repair = f"write at most {geojson.MOST_VERTICES}"
        problems.append(Problem(spec.file, "", "geometry", f"{vertices} vertices", repair))
    return Layer(spec, features, _collection(members, spec, problems))


def _collection(members: dict[str, Any], spec: LayerSpec, problems: list[Problem]) -> BaseModel | None:
    if "crs" in members:
        repair = "save the layer in EPSG:4326 (WGS 84, longitude and latitude) and remove this member"
        problems.append(Problem(spec.file, "collection", "crs", quoted(members.pop("crs")), repair))
    if spec.collection is not None:
        return validated(spec.collection, members, spec.file, "collection", problems)
    problems.extend(Problem(spec.file, "collection", key, "unknown key", "remove it") for key in members)
    return None


def _once_for_all_rows(problems: list[Problem], rows: int) -> Iterator[Problem]:
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

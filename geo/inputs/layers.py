"""Read the layers folder, check every row, and write layers in their canonical form."""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar, cast

import shapely
from pydantic import BaseModel, ValidationError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.errors import DataError, OutputError, Problem
from geo.inputs.catalog import LAYERS, LayerSpec
from geo.inputs.schema import Record

# Degrees. Latitudes and longitudes do not overlap, so a swapped pair falls outside.
WEST, SOUTH, EAST, NORTH = 34.0, 33.4, 40.0, 37.9
SWAP_LIMIT_DEG = 33.9
DECIMALS = 6
LIST_SEPARATOR = ";"

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Feature(Generic[R]):
    """One row of a layer: what it says, and where it lies (lon, lat in degrees, EPSG:4326; None when unknown)."""

    properties: R
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
    """All layers of a folder, by name, in drawing order."""

    by_name: dict[str, Layer] = field(default_factory=dict)

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
        return cast(tuple[Feature[R], ...], layer.features)


def read_layers(folder: Path, catalogue: Sequence[LayerSpec] = LAYERS) -> Layers:
    """Read and check every layer of the catalogue.

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
    layers = Layers({spec.name: _read_layer(folder, spec, problems) for spec in catalogue})
    _check_references(layers, problems)
    if problems:
        raise DataError(problems)
    return layers


def read_text(path: Path) -> str:
    """Return the text of an input file.

    Raises
    ------
    DataError
        If there is no such file or it is not UTF-8.
    OutputError
        If it cannot be opened.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError([Problem(path.name, "", "file", "missing", f"put it into {path.parent}")]) from None
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is not UTF-8"
        raise DataError([Problem(path.name, "", "encoding", found, "save the file as UTF-8")]) from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}") from error


def geojson_text(
    features: Iterable[tuple[Mapping[str, Any], BaseGeometry | None]],
    *,
    members: Mapping[str, Any] | None = None,
    decimals: int = DECIMALS,
) -> str:
    """Return a FeatureCollection as canonical text: one feature a line, in the order given.

    Parameters
    ----------
    features : iterable of (properties, geometry)
        JSON-ready properties and a geometry in lon/lat degrees, or None.
    members : mapping, optional
        What the collection itself carries.
    decimals : int
        Decimals of the coordinates; 6 is 0.1 m.
    """
    head = {"type": "FeatureCollection", **(members or {})}
    lines = [
        _json({"type": "Feature", "properties": properties, "geometry": _coordinates(geometry, decimals)})
        for properties, geometry in features
    ]
    return _json(head)[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"


def layer_text(layer: Layer) -> str:
    """Return a layer in the canonical form of its file, sorted by id."""
    features = sorted(layer.features, key=lambda feature: str(feature.properties.id))
    if layer.spec.geometry:
        members = layer.collection.model_dump(mode="json") if layer.collection else None
        return geojson_text(
            ((feature.properties.model_dump(mode="json"), feature.geometry) for feature in features), members=members
        )
    return _csv_text(layer.spec.record, [feature.properties for feature in features])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _coordinates(geometry: BaseGeometry | None, decimals: int) -> dict[str, Any] | None:
    if geometry is None:
        return None

    def rounded(value: Any) -> Any:
        return round(value, decimals) if isinstance(value, float) else [rounded(part) for part in value]

    plain = geometry.__geo_interface__
    return {"type": plain["type"], "coordinates": rounded(plain["coordinates"])}


def _csv_text(record: type[Record], rows: Iterable[Record]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(record.model_fields)
    for row in rows:
        writer.writerow([_cell(value) for value in row.model_dump().values()])
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return LIST_SEPARATOR.join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


class _Refused(Exception):
    """A file that cannot be taken apart into rows."""

    def __init__(self, rule: str, found: str, repair: str, where: str = "") -> None:
        self.rule, self.found, self.repair, self.where = rule, found, repair, where
        super().__init__(found)


def _read_layer(folder: Path, spec: LayerSpec, problems: list[Problem]) -> Layer:
    read = _read_geojson if spec.geometry else _read_csv
    try:
        text = read_text(folder / spec.file)
        features, collection = read(text, spec, problems)
    except DataError as error:
        problems.extend(error.problems)
        return Layer(spec, ())
    except _Refused as refused:
        problems.append(Problem(spec.file, refused.where, refused.rule, refused.found, refused.repair))
        return Layer(spec, ())
    _check_ids(spec, features, problems)
    return Layer(spec, tuple(features), collection)


def _read_geojson(text: str, spec: LayerSpec, problems: list[Problem]) -> tuple[list[Feature[Any]], BaseModel | None]:
    document = _parse_json(text)
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise _Refused("type", "not a FeatureCollection", "write a GeoJSON FeatureCollection (RFC 7946)")
    raw_features = document.pop("features", None)
    if not isinstance(raw_features, list):
        raise _Refused("features", "no list of features", "write a GeoJSON FeatureCollection (RFC 7946)")
    del document["type"]
    features = []
    for index, raw in enumerate(raw_features, start=1):
        before = len(problems)
        feature = _feature(raw, f"feature {index}", spec, problems)
        if feature is not None and len(problems) == before:
            features.append(feature)
    return features, _collection(document, spec, problems)


def _parse_json(text: str) -> Any:
    def refuse_constant(name: str) -> NoReturn:
        raise _Refused("number", name, "write a finite number or null")

    def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if repeated := [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]:
            raise _Refused("key", f"{repeated[0]!r} stands twice in one object", "keep one of the two")
        return dict(pairs)

    try:
        return json.loads(text, parse_constant=refuse_constant, object_pairs_hook=unique_keys)
    except json.JSONDecodeError as error:
        raise _Refused("JSON", error.msg, "mend the JSON at this place", f"line {error.lineno}") from None
    except RecursionError:
        raise _Refused("JSON", "nested too deeply", "write plain GeoJSON features") from None


def _collection(members: dict[str, Any], spec: LayerSpec, problems: list[Problem]) -> BaseModel | None:
    if spec.collection is not None:
        return _validated(spec.collection, members, spec.file, "collection", problems)
    for key in members:
        problems.append(Problem(spec.file, "collection", key, "unknown key", "remove it"))
    return None


def _feature(raw: Any, where: str, spec: LayerSpec, problems: list[Problem]) -> Feature[Any] | None:
    if not isinstance(raw, dict) or set(raw) != {"type", "properties", "geometry"} or raw["type"] != "Feature":
        found = f"keys {', '.join(sorted(map(str, raw)))}" if isinstance(raw, dict) else type(raw).__name__
        problems.append(Problem(spec.file, where, "feature", found, "write type, properties and geometry, no more"))
        return None
    properties = raw["properties"]
    if isinstance(properties, dict) and isinstance(properties.get("id"), str):
        where = f"feature {properties['id']!r}"
    record = _validated(spec.record, properties, spec.file, where, problems)
    try:
        geometry = _geometry(raw["geometry"], spec)
    except _Refused as refused:
        problems.append(Problem(spec.file, where, refused.rule, refused.found, refused.repair))
        return None
    return None if record is None else Feature(record, geometry)


def _geometry(raw: Any, spec: LayerSpec) -> BaseGeometry | None:
    if raw is None:
        if spec.place_may_be_unknown:
            return None
        raise _Refused("geometry", "null", f"a {_one_of(spec.geometry)} is needed")
    kind = raw.get("type") if isinstance(raw, dict) else None
    if kind not in spec.geometry:
        raise _Refused("geometry", str(kind), f"a {_one_of(spec.geometry)} is needed")
    if set(raw) != {"type", "coordinates"}:
        raise _Refused("geometry", f"keys {', '.join(sorted(raw))}", "write type and coordinates, no more")
    try:
        geometry = shape(raw)
    except (ValueError, TypeError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
        raise _Refused("geometry", str(error), "mend the list of coordinates") from None
    _check_geometry(geometry, anywhere=spec.anywhere)
    return geometry


def _check_geometry(geometry: BaseGeometry, *, anywhere: bool) -> None:
    positions = shapely.get_coordinates(geometry, include_z=geometry.has_z)
    if geometry.is_empty or not all(map(math.isfinite, positions.ravel())):
        raise _Refused("geometry", "empty or not finite", "give every vertex a longitude and a latitude")
    if geometry.has_z:
        raise _Refused("geometry", "a third coordinate", "keep longitude and latitude only")
    if not geometry.is_valid:
        raise _Refused("geometry", shapely.is_valid_reason(geometry), "mend the outline")
    for lon, lat in positions:
        if lon <= SWAP_LIMIT_DEG < lat and not anywhere and SOUTH <= lon <= NORTH and WEST <= lat <= EAST:
            raise _Refused("geometry", f"{lon:g}, {lat:g} looks like lat, lon", "write longitude first, then latitude")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise _Refused("geometry", f"{lon:g}, {lat:g} is not a place on Earth", "write degrees, longitude first")
        if not anywhere and not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
            raise _Refused(
                "geometry",
                f"{lon:g}, {lat:g} lies outside the area of interest",
                f"longitude {WEST:g} to {EAST:g}, latitude {SOUTH:g} to {NORTH:g}, in this order",
            )


def _one_of(kinds: Iterable[str]) -> str:
    return " or ".join(sorted(kinds))


def _read_csv(text: str, spec: LayerSpec, problems: list[Problem]) -> tuple[list[Feature[Any]], None]:
    columns = list(spec.record.model_fields)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise _Refused("CSV", str(error), "mend the quotes and commas") from None
    if not rows or rows[0] != columns:
        found = ", ".join(rows[0]) if rows else "no header"
        raise _Refused("header", found, f"the columns are {', '.join(columns)}", "line 1")
    lists = {name for name, info in spec.record.model_fields.items() if "tuple" in str(info.annotation)}
    features: list[Feature[Any]] = []
    for number, cells in enumerate(rows[1:], start=2):
        where = f"row {cells[0]!r}" if cells and cells[0] else f"line {number}"
        if len(cells) != len(columns):
            repair = f"{len(columns)} cells, as the header has"
            problems.append(Problem(spec.file, where, "row", f"{len(cells)} cells", repair))
            continue
        values = {
            name: cell.split(LIST_SEPARATOR) if name in lists else cell
            for name, cell in zip(columns, cells, strict=True)
            if cell
        }
        if (record := _validated(spec.record, values, spec.file, where, problems)) is not None:
            features.append(Feature(record, None))
    return features, None


M = TypeVar("M", bound=BaseModel)


def _validated(model: type[M], values: Any, file: str, where: str, problems: list[Problem]) -> M | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            rule = ".".join(str(part) for part in fault["loc"]) or "row"
            if fault["type"] == "extra_forbidden":
                found, repair = "unknown key", f"remove it; known are {', '.join(model.model_fields)}"
            elif fault["type"] == "missing":
                found, repair = "missing", "give it a value"
            else:
                found, repair = _shortened(fault["input"]), fault["msg"].removeprefix("Value error, ")
            problems.append(Problem(file, where, rule, found, repair))
        return None


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _check_ids(spec: LayerSpec, features: Sequence[Feature[Any]], problems: list[Problem]) -> None:
    counts = Counter(feature.properties.id for feature in features)
    for id_, count in counts.items():
        if count > 1:
            problems.append(
                Problem(spec.file, f"feature {id_!r}", "id", f"stands {count} times", "give each its own id")
            )


# Columns that name a row of another layer.
REFERENCES = {"sources": "sources", "from_place": "places", "to_place": "places", "planned_end": "places"}


def _check_references(layers: Layers, problems: list[Problem]) -> None:
    unreadable = {problem.file for problem in problems}
    for layer in layers.values():
        for column, target in REFERENCES.items():
            if column not in layer.spec.record.model_fields or layers[target].spec.file in unreadable:
                continue
            known = {feature.properties.id for feature in layers[target].features}
            for feature in layer.features:
                value = getattr(feature.properties, column)
                for id_ in (value,) if isinstance(value, str) else value or ():
                    if id_ not in known:
                        problems.append(
                            Problem(
                                layer.spec.file,
                                f"feature {feature.properties.id!r}",
                                column,
                                f"{id_!r} is no id of {layers[target].spec.file}",
                                f"correct it, or add the row to {layers[target].spec.file}",
                            )
                        )

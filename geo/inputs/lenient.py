"""Lenient reading: undo what QGIS, GDAL, pandas and spreadsheets change in a file without changing the data.

``python -m geo.build --normalise`` reads with a `Changes`; without one, reading is strict. What is not certainly the
same value is left as it is, and the strict rules refuse it. Seconds in a time of day are such a case: GDAL, which adds
them, also drops the offset from UTC.
"""

import json
import re
from ast import literal_eval
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pydantic import BeforeValidator, ValidationInfo

from geo.inputs.geojson import DECIMALS, NESTING, geometry_json

if TYPE_CHECKING:
    from pydantic import BaseModel

_LARGEST_EXACT = 2**53  # a larger float can mean several whole numbers
_WHOLE = re.compile(r"0|[1-9][0-9]{0,15}")
_TRAILING_ZEROS = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:\.0+|(\.[0-9]*[1-9])0+)")
_MIDNIGHT = re.compile(r"([0-9]{4}([-/])[0-9]{2}\2[0-9]{2})[T ]00:00:00(?:\.0+)?")
_SLASHES = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})")
_PRINTED_TEXT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_PRINTED_WHOLE = re.compile(r"0|[1-9][0-9]*")
_LON_LAT = frozenset(
    {"urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84"}
    | {"urn:ogc:def:crs:EPSG::4326", "EPSG:4326"}  # in GeoJSON, longitude comes first here too
)
# Members that GDAL adds to a collection and that contain no data: file name, extent, rounding.
_DISPENSABLE = {"name": str, "bbox": list, "xy_coordinate_resolution": float, "z_coordinate_resolution": float}


class Changes(Counter[str]):
    """What lenient reading has changed in a file: how often, by description (``{n}`` count, ``{s}`` plural)."""

    def note(self, description: str, count: float | np.integer | np.bool = 1) -> None:
        """Count a change; a count of 0 or False is no change."""
        if count:
            self[description] += int(count)

    def __str__(self) -> str:
        """Return the changes with their counts, comma-separated."""
        return ", ".join(text.format(n=n, s="" if n == 1 else "s") for text, n in self.items())


def accepting(description: str, undo: Callable[[Any], Any]) -> BeforeValidator:
    """Return a validator that accepts another way to write a value, if the validation context is a `Changes`.

    Parameters
    ----------
    description : str
        As in `Changes`.
    undo : callable
        Returns the canonical value, or the same object if the value is not written in this way.
    """

    def accept(value: Any, info: ValidationInfo) -> Any:
        changes: Changes | None = info.context
        if changes is None:
            return value
        canonical = undo(value)
        changes.note(description, canonical is not value)
        return canonical

    return BeforeValidator(accept)


def whole_number_without_point(value: Any) -> Any:
    """Return 9 for 9.0, which pandas writes for whole numbers in a column with unknown ones."""
    is_exact = isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_EXACT
    return int(value) if is_exact else value


def whole_number_from_text(value: Any) -> Any:
    """Return 9 for ``"9"``: GDAL treats a column without values as text."""
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value


def number_without_trailing_zeros(value: Any) -> Any:
    """Return 9 for the cell ``9.0``, and 71.5 for ``71.50``."""
    match = _TRAILING_ZEROS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    return float(match[1] + match[2]) if match[2] else int(match[1])


def day_without_midnight(value: Any) -> Any:
    """Return the day for ``2018-04-07T00:00:00``, as pandas writes days; another time or a zone is data."""
    match = _MIDNIGHT.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else value


def day_without_slashes(value: Any) -> Any:
    """Return ``2018-04-07`` for ``2018/04/07``, as GDAL writes days; any other order would be a guess."""
    match = _SLASHES.fullmatch(value) if isinstance(value, str) else None
    return "-".join(match.groups()) if match else value


def list_from_json_text(value: Any) -> Any:
    """Return the list for the text ``["W001", "W094"]``."""
    if not isinstance(value, str) or not value.startswith("["):
        return value
    try:
        entries = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return entries if isinstance(entries, list) else value


def list_from_printed_array(value: Any) -> Any:
    """Return the list for ``['W001' 'W094']`` or ``[300 1000]``, as numpy prints it and geopandas writes it.

    Long arrays are printed in part, with dots; these cannot be recovered.
    """
    if not isinstance(value, str) or not (value.startswith("[") and value.endswith("]")):
        return value
    inside = value[1:-1]
    for entry, read in ((_PRINTED_TEXT, literal_eval), (_PRINTED_WHOLE, int)):
        if re.fullmatch(rf"\s*(?:{entry.pattern})(?:\s+(?:{entry.pattern}))*\s*", inside):
            return [read(match[0]) for match in entry.finditer(inside)]
    return value


NUMBER_WITH_ZEROS = accepting("{n} number{s} with trailing zeros", number_without_trailing_zeros)
WHOLE_NUMBER_WITH_POINT = accepting("{n} whole number{s} written with a point", whole_number_without_point)
WHOLE_NUMBER_AS_TEXT = accepting("{n} whole number{s} written as text", whole_number_from_text)
DAY_WITH_MIDNIGHT = accepting("{n} day{s} with midnight", day_without_midnight)
DAY_WITH_SLASHES = accepting("{n} day{s} with slashes", day_without_slashes)
LIST_AS_JSON_TEXT = accepting("{n} list{s} written as text", list_from_json_text)
LIST_AS_PRINTED = accepting("{n} list{s} written as numpy prints it", list_from_printed_array)


def plain_members(members: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """Return the members of a collection without those that GDAL adds; a CRS other than lon, lat is kept."""
    added = [
        name
        for name, value in members.items()
        if (name == "crs" and crs_name(value) in _LON_LAT) or isinstance(value, _DISPENSABLE.get(name, ()))
    ]
    changes.update(f"{name} of the collection removed" for name in added)
    return {name: value for name, value in members.items() if name not in added}


def crs_name(crs: Any) -> str:
    """Return the name in a member ``crs`` of a collection, or the member itself as text if it has no name."""
    properties = crs.get("properties") if isinstance(crs, dict) and crs.get("type") == "name" else None
    return str(properties.get("name") if isinstance(properties, dict) else crs)


def plain_features(features: list[Any], record: "type[BaseModel]", changes: Changes) -> list[Any]:
    """Return raw features with plain geometries, without what GDAL adds, and with keys in the order of the record.

    A key that some features have and others lack is null there; a key that all features lack is lost.
    """
    features = [_without_additions(feature, changes) for feature in features]
    present = {key for feature in features if _has_properties(feature) for key in feature["properties"]}
    columns = [column for column in record.model_fields if column in present]
    return [_plain_feature(feature, columns, record, changes) for feature in features]


def _has_properties(feature: Any) -> bool:
    return isinstance(feature, dict) and isinstance(feature.get("properties"), dict)


def _without_additions(feature: Any, changes: Changes) -> Any:
    """Return a feature without the extent and the id that GDAL adds; an id of ours goes back to its column."""
    if not _has_properties(feature):
        return feature
    feature = {**feature, "properties": dict(feature["properties"])}
    if isinstance(feature.get("bbox"), list):
        del feature["bbox"]
        changes.note("bbox of {n} feature{s} removed")
    id_, properties = feature.get("id"), feature["properties"]
    if isinstance(id_, str) and "id" not in properties:
        properties["id"] = feature.pop("id")
        changes.note("id of {n} feature{s} put back into its column")
    elif type(id_) is int or (isinstance(id_, str) and id_ == properties.get("id")):
        del feature["id"]
        changes.note("second id of {n} feature{s} removed")
    return feature


def _plain_feature(feature: Any, columns: list[str], record: "type[BaseModel]", changes: Changes) -> Any:
    if not _has_properties(feature):
        return feature
    properties = feature["properties"]
    if [key for key in properties if key in columns] != [column for column in columns if column in properties]:
        changes.note("keys of {n} feature{s} in another order")
    absent = [name for name in columns if name not in properties and not record.model_fields[name].is_required()]
    changes.note("{n} key{s} left out for null", len(absent))
    feature = {**feature, "properties": {**properties, **dict.fromkeys(absent)}}
    if "geometry" in feature:
        feature["geometry"] = _plain_geometry(feature["geometry"], changes)
    return feature


def _plain_geometry(raw: Any, changes: Changes) -> Any:
    """Return a raw geometry of one part, flat, rounded, with the winding order of RFC 7946.

    A geometry that is not well-formed, or has heights, is returned as it is.
    """
    kind = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind.removeprefix("Multi") not in NESTING:
        return raw
    try:
        geometry: Any = shapely.from_geojson(json.dumps(raw))
    except shapely.errors.GEOSException:
        return raw
    if kind.startswith("Multi") and len(geometry.geoms) == 1:
        geometry = geometry.geoms[0]
        changes.note("{n} Multi type{s} of one part")
    heights = shapely.get_coordinates(geometry, include_z=True)[:, 2]
    heights = heights[~np.isnan(heights)]
    if heights.any():
        return raw
    geometry = shapely.force_2d(geometry)
    coordinates = shapely.get_coordinates(geometry)
    oriented = shapely.orient_polygons(geometry)
    is_same = shapely.equals_exact(shapely.get_rings(geometry), shapely.get_rings(oriented))
    changes.note("{n} height{s} of 0 removed", len(heights))
    changes.note(
        f"{{n}} coordinate{{s}} rounded to {DECIMALS} decimals", np.sum(coordinates != coordinates.round(DECIMALS))
    )
    changes.note("reversed {n} ring{s}", np.sum(~is_same))
    return {**raw, **(geometry_json(oriented) or {})}

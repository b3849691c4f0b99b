"""GeoJSON as RFC 7946 has it and as the layers folder writes it: one feature a line."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.inputs.files import RefusedError

# The area of interest, degrees. Latitudes and longitudes barely overlap, so a swapped pair shows.
WEST, SOUTH, EAST, NORTH = 34.4, 33.4, 40.0, 38.0
DECIMALS = 6


def parse_collection(text: str) -> tuple[list[Any], dict[str, Any]]:
    """Return the raw features of a FeatureCollection, and the other members that it carries.

    Raises
    ------
    RefusedError
        If the text is not strict JSON (a number that is not finite, a key that stands twice) or no collection.
    """
    document = _strict_json(text)
    if not isinstance(document, dict) or document.pop("type", None) != "FeatureCollection":
        raise RefusedError("type", "not a FeatureCollection", "write a GeoJSON FeatureCollection (RFC 7946)")
    features = document.pop("features", None)
    if not isinstance(features, list):
        raise RefusedError("features", "no list of features", "write a GeoJSON FeatureCollection (RFC 7946)")
    return features, document


def parse_feature(raw: Any) -> tuple[Any, Any]:
    """Return the raw properties and the raw geometry of one feature.

    Raises
    ------
    RefusedError
        If it is no Feature, or has members beyond type, properties and geometry.
    """
    if not isinstance(raw, dict) or set(raw) != {"type", "properties", "geometry"} or raw["type"] != "Feature":
        found = f"keys {', '.join(sorted(map(str, raw)))}" if isinstance(raw, dict) else type(raw).__name__
        raise RefusedError("feature", found, "write a Feature with type, properties and geometry, no more")
    return raw["properties"], raw["geometry"]


def parse_geometry(raw: Any, kinds: frozenset[str], *, may_be_null: bool, anywhere: bool) -> BaseGeometry | None:
    """Return a geometry in lon, lat degrees (EPSG:4326), or None for a null that is allowed.

    Parameters
    ----------
    raw : object
        The geometry member of a feature.
    kinds : frozenset of str
        Geometry types that may stand here.
    may_be_null : bool
        Whether the place may be unknown.
    anywhere : bool
        Whether it may lie outside the area of interest.

    Raises
    ------
    RefusedError
        If it is of another type, not finite, not valid, or not where it can be.
    """
    needed = f"a {' or '.join(sorted(kinds))} is needed"
    if raw is None and may_be_null:
        return None
    kind = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        raise RefusedError("geometry", "null" if raw is None else str(kind), needed)
    if set(raw) != {"type", "coordinates"}:
        raise RefusedError("geometry", f"keys {', '.join(sorted(raw))}", "write type and coordinates, no more")
    if not _holds_numbers_only(raw["coordinates"]):
        raise RefusedError("geometry", "coordinates that are not numbers", "write numbers, without quotes")
    try:
        geometry = shape(raw)
    except (ValueError, TypeError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
        raise RefusedError("geometry", str(error), "mend the list of coordinates") from None
    _check_geometry(geometry, anywhere=anywhere)
    return geometry


def collection_text(
    features: Iterable[tuple[Mapping[str, Any], BaseGeometry | None]],
    *,
    members: Mapping[str, Any] | None = None,
    decimals: int = DECIMALS,
) -> str:
    """Return a FeatureCollection as text: UTF-8 unescaped, one feature a line, in the order given.

    Parameters
    ----------
    features : iterable of (properties, geometry)
        JSON-ready properties, and a geometry in lon, lat degrees or None.
    members : mapping, optional
        What the collection itself carries.
    decimals : int
        Decimals of a degree; 6 is 0.1 m, 8 is 1 mm.
    """
    head = _json({"type": "FeatureCollection", **(members or {})})[:-1]
    lines = [
        _json({"type": "Feature", "properties": properties, "geometry": geometry_json(geometry, decimals=decimals)})
        for properties, geometry in features
    ]
    return f'{head}, "features": [\n' + ",\n".join(lines) + "\n]}\n"


def geometry_json(geometry: BaseGeometry | None, *, decimals: int = DECIMALS) -> dict[str, Any] | None:
    """Return a geometry as GeoJSON has it, rounded to so many decimals of a degree."""

    def rounded(value: Any) -> Any:
        return round(value, decimals) if isinstance(value, float) else [rounded(part) for part in value]

    if geometry is None:
        return None
    plain = geometry.__geo_interface__
    return {"type": plain["type"], "coordinates": rounded(plain["coordinates"])}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _strict_json(text: str) -> Any:
    def refuse_constant(name: str) -> NoReturn:
        raise RefusedError("number", name, "write a finite number or null")

    def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if repeated := [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]:
            raise RefusedError("key", f"{repeated[0]!r} stands twice in one object", "keep one of the two")
        return dict(pairs)

    try:
        return json.loads(text, parse_constant=refuse_constant, object_pairs_hook=unique_keys)
    except json.JSONDecodeError as error:
        raise RefusedError("JSON", error.msg, "mend the JSON at this place", where=f"line {error.lineno}") from None
    except RecursionError:
        raise RefusedError("JSON", "nested too deeply", "write plain GeoJSON features") from None


def _holds_numbers_only(coordinates: Any) -> bool:
    if isinstance(coordinates, list):
        return all(map(_holds_numbers_only, coordinates))
    return type(coordinates) in (int, float)


def _check_geometry(geometry: BaseGeometry, *, anywhere: bool) -> None:
    if geometry.is_empty or not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise RefusedError("geometry", "empty or not finite", "give every vertex a longitude and a latitude")
    if geometry.has_z:
        raise RefusedError("geometry", "a third coordinate", "keep longitude and latitude only")
    for lon, lat in shapely.get_coordinates(geometry).tolist():
        _check_position(lon, lat, anywhere=anywhere)
    if not geometry.is_valid:
        raise RefusedError("geometry", shapely.is_valid_reason(geometry), "mend the outline")


def _check_position(lon: float, lat: float, *, anywhere: bool) -> None:
    found = f"{lon:g}, {lat:g}"
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise RefusedError("geometry", f"{found} is no place on Earth", "write degrees, longitude first")
    if anywhere or (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        return
    if WEST <= lat <= EAST and SOUTH <= lon <= NORTH:
        raise RefusedError("geometry", f"{found} looks like latitude, longitude", "write longitude first")
    limits = f"longitude {WEST:g} to {EAST:g} and latitude {SOUTH:g} to {NORTH:g}"
    raise RefusedError("geometry", f"{found} lies outside the area of interest", f"{limits}, longitude first")

"""GeoJSON (RFC 7946) in the form of the layers folder: one feature per line."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

import shapely
from shapely.geometry import Polygon, shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from geo.inputs.files import RefusedError, is_too_deep, quoted, too_deep

# The default area for features around Idlib: west, south, east, north. The longitude is larger than the latitude
# everywhere in it, so swapped coordinates are always detected.
AreaDeg = tuple[float, float, float, float]
AREA_DEG: AreaDeg = (35.5, 34.5, 38.0, 37.2)
WORLD_DEG: AreaDeg = (-180, -90, 180, 90)
# Larger files are not layers that people edit by hand.
MOST_FEATURES, MOST_VERTICES = 20_000, 200_000
DECIMALS = 6


def parse_collection(text: str) -> tuple[list[Any], dict[str, Any]]:
    """Return the raw features of a FeatureCollection, and its other members.

    Raises
    ------
    RefusedError
        If the text is not strict JSON (a number that is not finite, a duplicate key), is nested too deeply, or is not
        a FeatureCollection.
    """
    document = _strict_json(text)
    if not isinstance(document, dict) or document.pop("type", None) != "FeatureCollection":
        raise RefusedError("type", "not a FeatureCollection", "write a GeoJSON FeatureCollection (RFC 7946)")
    features = document.pop("features", None)
    if not isinstance(features, list):
        raise RefusedError("features", "no list of features", "write a GeoJSON FeatureCollection (RFC 7946)")
    if len(features) > MOST_FEATURES:
        raise RefusedError("features", f"{len(features)} features", f"write at most {MOST_FEATURES}")
    return features, document


def parse_feature(raw: Any) -> tuple[Any, Any]:
    """Return the raw properties and the raw geometry of one feature.

    Raises
    ------
    RefusedError
        If it is not a Feature, or has members other than type, properties and geometry.
    """
    if not isinstance(raw, dict) or set(raw) != {"type", "properties", "geometry"} or raw["type"] != "Feature":
        found = f"keys {', '.join(sorted(map(str, raw)))}" if isinstance(raw, dict) else type(raw).__name__
        raise RefusedError("feature", found, "write a Feature with type, properties and geometry only")
    return raw["properties"], raw["geometry"]


def parse_geometry(
    raw: Any, kinds: frozenset[str], *, may_be_null: bool, anywhere: bool, area_deg: AreaDeg = AREA_DEG
) -> BaseGeometry | None:
    """Return a geometry in lon, lat degrees (EPSG:4326), or None for a null that is allowed.

    Parameters
    ----------
    raw : object
        The geometry member of a feature.
    kinds : frozenset of str
        The valid geometry types.
    may_be_null : bool
        Whether the place may be unknown.
    anywhere : bool
        Whether it may be outside the area of interest.
    area_deg : tuple of float
        The area of interest: west, south, east, north in degrees.

    Raises
    ------
    RefusedError
        If it is of another type, not finite, not valid, or outside the area.
    """
    if raw is None and may_be_null:
        return None
    kind = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        found = "null" if raw is None else str(kind)
        raise RefusedError("geometry", found, f"write a {' or '.join(sorted(kinds))}")
    if set(raw) != {"type", "coordinates"}:
        raise RefusedError("geometry", f"keys {', '.join(sorted(raw))}", "write type and coordinates only")
    coordinates = raw["coordinates"]
    for lon, lat in _positions(coordinates, NESTING[kind]):
        _check_position(lon, lat, None if anywhere else area_deg)
    if kind.endswith("Polygon"):
        for rings in coordinates if kind == "MultiPolygon" else [coordinates]:
            for ring in rings:
                _check_ring(ring)
    try:
        geometry = shape(raw)
    except (ValueError, shapely.errors.ShapelyError):
        raise RefusedError("geometry", "a line with one position", "write at least 2 positions") from None
    _check_shape(geometry)
    return geometry


def collection_text(
    features: Iterable[tuple[Mapping[str, Any], BaseGeometry | None]],
    *,
    members: Mapping[str, Any] | None = None,
    decimals: int = DECIMALS,
) -> str:
    """Return a FeatureCollection as text: unescaped, one feature per line, in the given order.

    Parameters
    ----------
    features : iterable of (properties, geometry)
        JSON-ready properties, and a geometry in lon, lat degrees or None.
    members : mapping, optional
        Other members of the collection.
    decimals : int
        Decimals of a degree; 6 is 0.1 m, 8 is 1 mm.
    """
    head = _json({"type": "FeatureCollection", **(members or {})})[:-1]
    lines = [
        _json({"type": "Feature", "properties": properties, "geometry": geometry_json(geometry, decimals=decimals)})
        for properties, geometry in features
    ]
    return f'{head}, "features": [\n' + ",\n".join(lines) + "\n]}\n"


def is_one_per_line(text: str, features: list[Any]) -> bool:
    """Return whether a text has its features one per line, as `collection_text` writes them."""
    lines = [line.removesuffix(",") for line in text.split("\n")[1:-2]]
    return lines == [json.dumps(feature, ensure_ascii=False) for feature in features]


def geometry_json(geometry: BaseGeometry | None, *, decimals: int = DECIMALS) -> dict[str, Any] | None:
    """Return a geometry as GeoJSON, rounded to a number of decimals of a degree."""
    if geometry is None:
        return None
    plain = geometry.__geo_interface__
    return {"type": plain["type"], "coordinates": rounded(plain["coordinates"], decimals)}


def rounded(coordinates: Any, decimals: int = DECIMALS) -> Any:
    """Return coordinates, nested as in GeoJSON, rounded to a number of decimals of a degree."""
    if isinstance(coordinates, (list, tuple)):
        return [rounded(part, decimals) for part in coordinates]
    return round(float(coordinates), decimals)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _strict_json(text: str) -> Any:
    def refuse_constant(name: str) -> NoReturn:
        raise RefusedError("number", name, "write a finite number or null")

    def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            repeated = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
            raise RefusedError("key", f"duplicate key {repeated!r}", "remove one of the two")
        return found

    try:
        document = json.loads(text, parse_constant=refuse_constant, object_pairs_hook=unique_keys)
    except json.JSONDecodeError as error:
        raise RefusedError("JSON", error.msg, "correct the JSON here", where=f"line {error.lineno}") from None
    except RefusedError:
        raise
    except RecursionError:
        raise too_deep("JSON") from None
    except ValueError:
        raise RefusedError("JSON", "a number with too many digits", "write at most 15 digits") from None
    if is_too_deep(document):
        raise too_deep("JSON")
    return document


_ABSURD = 1e12
# Nesting depth of the positions in each type of geometry (RFC 7946, section 3.1).
NESTING = {"Point": 0, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def _positions(coordinates: Any, nesting: int) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, list) or not coordinates:
        raise RefusedError("geometry", quoted(coordinates), "write a longitude and a latitude for each vertex")
    if nesting:
        for part in coordinates:
            yield from _positions(part, nesting - 1)
        return
    if len(coordinates) > 2:
        raise RefusedError(
            "geometry", f"{quoted(coordinates)} has a third coordinate", "write longitude and latitude only"
        )
    if len(coordinates) < 2 or not all(map(_is_number, coordinates)):
        raise RefusedError("geometry", quoted(coordinates), "write two finite numbers, longitude and latitude")
    yield coordinates[0], coordinates[1]


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < _ABSURD  # false for NaN and infinity


def _check_position(lon: float, lat: float, area_deg: AreaDeg | None) -> None:
    found = f"{lon:g}, {lat:g}"
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise RefusedError("geometry", f"{found} is not on Earth", "write degrees, longitude first")
    if area_deg is None or _is_within(area_deg, lon, lat):
        return
    if _is_within(area_deg, lat, lon):
        raise RefusedError("geometry", f"{found} looks like latitude, longitude", "write longitude first")
    west, south, east, north = area_deg
    limits = f"longitude {west:g} to {east:g}, latitude {south:g} to {north:g}"
    raise RefusedError(
        "geometry", f"{found} is outside the area of interest", f"write longitude first, within {limits}"
    )


def _is_within(area_deg: AreaDeg, lon: float, lat: float) -> bool:
    west, south, east, north = area_deg
    return west <= lon <= east and south <= lat <= north and (lon > lat or area_deg != AREA_DEG)


def _check_ring(ring: list[Any]) -> None:
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise RefusedError(
            "geometry", "a ring that is not closed", "repeat the first position at the end; a ring has at least 4"
        )


def _check_shape(geometry: BaseGeometry) -> None:
    if not geometry.is_valid:
        raise RefusedError("geometry", shapely.is_valid_reason(geometry), "correct the vertices at this position")
    areas = (part for part in shapely.get_parts(geometry) if isinstance(part, Polygon))
    if any(area != orient(area) for area in areas):
        raise RefusedError("geometry", "wrong winding order", "write outlines counter-clockwise and holes clockwise")

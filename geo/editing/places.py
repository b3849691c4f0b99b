"""Coordinates as text: longitude, latitude, one vertex a line, a blank line between rings."""

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any

_LEAST = {"LineString": 2, "Polygon": 3}


class UnreadableError(ValueError):
    """A text that holds no coordinates; the message says what is right."""


def coordinates_text(geometry: Mapping[str, Any] | None) -> str:
    """Return a geometry as text; rings are not closed in it."""
    if geometry is None:
        return ""
    coordinates = geometry["coordinates"]
    if geometry["type"] == "Point":
        return _line(coordinates)
    if geometry["type"] == "LineString":
        return "\n".join(map(_line, coordinates))
    return "\n\n".join("\n".join(map(_line, ring[:-1])) for ring in coordinates)


def geometry_from_text(text: str, kind: str) -> dict[str, Any] | None:
    """Return the geometry that a text holds, or None for an empty one.

    Parameters
    ----------
    text : str
        Longitude and latitude in degrees, parted by a comma or a blank, one vertex a line.
    kind : str
        Point, LineString or Polygon; a polygon's rings are parted by blank lines and closed here.

    Raises
    ------
    UnreadableError
        If it is something else.
    """
    rings = [[_position(line) for line in block.splitlines() if line.strip()] for block in text.strip().split("\n\n")]
    rings = [ring for ring in rings if ring]
    if not rings:
        return None
    if kind == "Point":
        if sum(map(len, rings)) != 1:
            raise UnreadableError("one longitude and one latitude")
        return {"type": kind, "coordinates": rings[0][0]}
    if any(len(ring) < _LEAST[kind] for ring in rings) or (kind == "LineString" and len(rings) > 1):
        raise UnreadableError(f"at least {_LEAST[kind]} lines of longitude, latitude")
    if kind == "LineString":
        return {"type": kind, "coordinates": rings[0]}
    return {"type": kind, "coordinates": [ring if ring[0] == ring[-1] else [*ring, ring[0]] for ring in rings]}


def _line(position: Sequence[float]) -> str:
    return f"{position[0]:.6f}, {position[1]:.6f}"


def _position(line: str) -> list[float]:
    try:
        lon, lat = (float(part) for part in line.replace(",", " ").split())
    except ValueError:
        lon = lat = nan
    if not (isfinite(lon) and isfinite(lat)):
        raise UnreadableError(f"longitude, latitude in degrees, not {line.strip()!r}")
    return [lon, lat]

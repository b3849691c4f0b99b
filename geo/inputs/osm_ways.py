"""The ways of the M4: which ones OpenStreetMap's data hold, and the features of the layer that they become."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import shapely
from pydantic import TypeAdapter, ValidationError
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from geo.errors import SnapshotError
from geo.inputs.catalog import LAYERS
from geo.inputs.features import Feature
from geo.inputs.files import RefusedError
from geo.inputs.geojson import DECIMALS, geometry_json, parse_geometry
from geo.inputs.schema import Carriageway, Text

M4 = next(spec for spec in LAYERS if spec.name == "m4")

# Degrees, as (left, bottom, right, top): Latakia (35.845 E, 35.509 N) to the M5 at Saraqib (36.827 E, 35.887 N) with
# 10 km to spare. The trunk road of the same number east of Aleppo (37.2 E) is another road, so it stays outside.
BBOX = (35.73, 35.42, 36.94, 35.98)
TAGS: dict[str, Any] = {"ref": ["M4", "M4;M5"]}  # exact values: "4" is the old road
HIGHWAYS = ("motorway", "trunk")  # and not their links
# The M4 has some 140 ways with 2,000 vertices. Beyond these it is no motorway, and would take minutes to judge.
MOST_WAYS, MOST_VERTICES = 2_000, 20_000
LICENCE = "ODbL-1.0"

_KEPT_TAGS = ("ref", "highway", "oneway", "junction", "name:ar")
_OSM_DECIMALS = 7
_TEXT: TypeAdapter[str] = TypeAdapter(Text)

Row = tuple[object, Mapping[str, Any], object]  # OSM id, tags, geometry


@dataclass(frozen=True, slots=True)
class Way:
    """One OpenStreetMap way: its id, its tags, its line (lon, lat in degrees, EPSG:4326) as it is drawn there."""

    osm_id: int
    tags: dict[str, str]
    line: LineString

    @property
    def travelled(self) -> LineString | None:
        """The line in the direction of travel, or None where traffic goes both ways or in a circle."""
        # A motorway is one-way unless it says otherwise (wiki.openstreetmap.org/wiki/Key:oneway).
        oneway = self.tags.get("oneway", "yes" if self.tags["highway"] == "motorway" else "no")
        if "junction" in self.tags or self.line.is_closed:
            return None
        if oneway in ("yes", "true", "1"):
            return self.line
        return self.line.reverse() if oneway in ("-1", "reverse") else None


def is_m4(tags: Mapping[str, Any]) -> bool:
    """Tell whether tags are those of the M4 itself, and not of a ramp, the old road or another one."""
    return tags.get("ref") in TAGS["ref"] and tags.get("highway") in HIGHWAYS


def m4_ways(rows: Iterable[Row]) -> list[Way]:
    """Return the ways of the M4, each once.

    Parameters
    ----------
    rows : iterable of (OSM id, tags, geometry)
        Geometries in lon, lat degrees.

    Raises
    ------
    SnapshotError
        If there is none, one stands twice with different content, or it is all too much to be one road.
    """
    ways: dict[int, Way] = {}
    area = shapely.box(*BBOX)
    for osm_id, tags, geometry in rows:
        if not is_m4(tags) or not isinstance(geometry, LineString) or not geometry.intersects(area):
            continue
        way = _way(osm_id, tags, geometry)
        if ways.setdefault(way.osm_id, way) != way:
            raise SnapshotError(f"way {way.osm_id} stands twice, and not the same")
    # Two nodes within a decimetre make a line of no length, which no reader of the layer accepts.
    kept = [way for way in ways.values() if way.line.length != 0]
    if not kept:
        raise SnapshotError("the M4 is not in it")
    vertices = sum(len(way.line.coords) for way in kept)
    if len(kept) > MOST_WAYS or vertices > MOST_VERTICES:
        right = f"at most {MOST_WAYS} and {MOST_VERTICES} are right"
        raise SnapshotError(f"it has {len(kept)} ways with {vertices} vertices, {right}")
    return kept


def as_features(ways: Iterable[Way], headings: Mapping[int, str]) -> tuple[Feature, ...]:
    """Return ways as features of the layer, drawn in the direction of travel.

    Parameters
    ----------
    ways : iterable of Way
        Each once.
    headings : mapping of int to str
        Where the traffic of each way leads, by OSM id, where that is known.

    Raises
    ------
    SnapshotError
        If a way lies where it cannot be.
    """
    features = []
    for way in ways:
        line = way.line if way.travelled is None else way.travelled
        features.append(Feature(_carriageway(way, headings.get(way.osm_id)), _as_read(line, way.osm_id)))
    return tuple(features)


def way_json(way: Way) -> dict[str, Any]:
    """Return a way as plain values, for another process."""
    return {"osm_id": way.osm_id, "tags": way.tags, "line": [list(position) for position in way.line.coords]}


def way_from_json(values: Mapping[str, Any]) -> Way:
    """Return a way from what `way_json` made of it."""
    return Way(values["osm_id"], values["tags"], LineString(values["line"]))


def _way(osm_id: object, tags: Mapping[str, Any], line: LineString) -> Way:
    if not isinstance(osm_id, Integral):
        raise SnapshotError(f"a way has the id {osm_id!r}")
    return Way(int(osm_id), {key: tags[key] for key in _KEPT_TAGS if isinstance(tags.get(key), str)}, _rounded(line))


def _rounded(line: LineString) -> LineString:
    # To OSM's own precision first: then the way in which a file format stores numbers cannot tip the second rounding.
    exact = shapely.transform(line, lambda positions: positions.round(_OSM_DECIMALS).round(DECIMALS))
    return shapely.remove_repeated_points(exact)


def _as_read(line: LineString, osm_id: int) -> BaseGeometry | None:
    """Return a line as the reader of the layers takes it, so that nothing is written that it would refuse."""
    try:
        return parse_geometry(geometry_json(line), M4.geometry, may_be_null=False, anywhere=False)
    except RefusedError as error:
        raise SnapshotError(f"way {osm_id}: {error}") from error


def _carriageway(way: Way, heading: str | None) -> Carriageway:
    return Carriageway(
        id=f"way-{way.osm_id}",
        name_en="M4 motorway",
        name_ar=_name(way.tags.get("name:ar")),
        basis="osm",
        grade="B3",  # usually reliable, and one source only
        sources=("OSM",),
        ref=way.tags["ref"],
        highway=way.tags["highway"],
        carriageway=heading,
        osm_id=way.osm_id,
    )


def _name(text: str | None) -> str | None:
    """Return a name that anybody may have written, or None if it is no plain text."""
    try:
        return None if text is None else _TEXT.validate_python(text)
    except ValidationError:
        return None

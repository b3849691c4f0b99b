"""The ways of a road: which ones OpenStreetMap's data hold, and the features of its layer that they become."""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import shapely
from pydantic import TypeAdapter, ValidationError
from shapely.geometry import LineString

from geo.errors import SnapshotError
from geo.inputs.catalog import LAYERS
from geo.inputs.geojson import DECIMALS, AreaDeg
from geo.inputs.layers import Feature
from geo.inputs.schema import Carriageway, Text

HIGHWAYS = ("motorway", "trunk")  # and not their links
# The M4 has some 140 ways with 2,000 vertices. More cannot be one motorway, and would take minutes to judge.
MOST_WAYS, MOST_VERTICES = 2_000, 20_000
LICENCE = "ODbL-1.0"

_MOTORWAYS = tuple(spec.name.upper() for spec in LAYERS if spec.record is Carriageway)
_KEPT_TAGS = ("ref", "highway", "oneway", "junction", "name:ar")
_OSM_DECIMALS = 7
_TEXT: TypeAdapter[str] = TypeAdapter(Text)

# What osmnx, pandas, GDAL and the XML parser raise over data that is not as it should be.
_MALFORMED = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    RuntimeWarning,
    shapely.errors.ShapelyError,
    ElementTree.ParseError,
)

Row = tuple[object, Mapping[str, Any], object]  # OSM id, tags, geometry


@dataclass(frozen=True, slots=True)
class Road:
    """Which ways of OpenStreetMap are a road.

    Attributes
    ----------
    ref : str
        Its number, for example ``M4``.
    area_deg : tuple of float
        Where it is looked for: west, south, east, north in degrees (EPSG:4326).
    """

    ref: str
    area_deg: AreaDeg

    @property
    def tags(self) -> dict[str, Any]:
        """The exact tags to ask for: ``4`` is not the M4, and ``M4;M5`` is where the M4 shares its way with the M5."""
        others = [ref for ref in _MOTORWAYS if ref != self.ref]
        shared = [f"{first};{last}" for ref in others for first, last in ((self.ref, ref), (ref, self.ref))]
        return {"ref": [self.ref, *shared]}

    def has(self, tags: Mapping[str, Any]) -> bool:
        """Return whether tags are those of the road itself, and not of a ramp or another road."""
        return tags.get("highway") in HIGHWAYS and tags.get("ref") in self.tags["ref"]


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


def road_ways(rows: Iterable[Row], road: Road) -> list[Way]:
    """Return the ways of a road, each once.

    Parameters
    ----------
    rows : iterable of (OSM id, tags, geometry)
        Geometries in lon, lat degrees.
    road : Road
        Which rows to return.

    Raises
    ------
    SnapshotError
        If there is none, one appears twice with different content, or there are too many for one road.
    """
    ways: dict[int, Way] = {}
    area = shapely.box(*road.area_deg)
    for osm_id, tags, geometry in rows:
        if not road.has(tags) or not isinstance(geometry, LineString) or not geometry.intersects(area):
            continue
        way = _way(osm_id, tags, geometry)
        if ways.setdefault(way.osm_id, way) != way:
            raise SnapshotError(f"way {way.osm_id} appears twice with different content")
    # Two nodes within a decimetre make a line of no length, which no reader of the layer accepts.
    kept = [way for way in ways.values() if way.line.length != 0]
    if not kept:
        raise SnapshotError(f"the {road.ref} is not in it")
    vertices = sum(len(way.line.coords) for way in kept)
    if len(kept) > MOST_WAYS or vertices > MOST_VERTICES:
        right = f"at most {MOST_WAYS} and {MOST_VERTICES} are right"
        raise SnapshotError(f"it has {len(kept)} ways with {vertices} vertices, {right}")
    return kept


def as_features(ways: Iterable[Way], headings: Mapping[int, str], name_en: str) -> tuple[Feature, ...]:
    """Return ways as features of the layer, drawn in the direction of travel.

    Parameters
    ----------
    ways : iterable of Way
        Each once.
    headings : mapping of int to str
        Where the traffic of each way leads, by OSM id, where that is known.
    name_en : str
        Name of every feature.
    """
    return tuple(
        Feature(
            Carriageway(
                id=f"way-{way.osm_id}",
                name_en=name_en,
                name_ar=_name(way.tags.get("name:ar")),
                basis="osm",
                grade="B3",  # usually reliable, and one source only
                sources=("OSM",),
                ref=way.tags["ref"],
                highway=way.tags["highway"],
                carriageway=headings.get(way.osm_id),
                osm_id=way.osm_id,
            ),
            way.line if way.travelled is None else way.travelled,
        )
        for way in ways
    )


def way_json(way: Way) -> dict[str, Any]:
    """Return a way as JSON values, for another process."""
    return {"osm_id": way.osm_id, "tags": way.tags, "line": list(way.line.coords)}


def way_from_json(values: Mapping[str, Any]) -> Way:
    """Return a way from what `way_json` made of it."""
    return Way(values["osm_id"], values["tags"], LineString(values["line"]))


# ---- osmnx ----


@contextmanager
def plain_reasons() -> Iterator[None]:
    """Turn whatever a library raises over bad data into a `SnapshotError`."""
    try:
        yield
    except _MALFORMED as error:
        raise SnapshotError(f"no usable OpenStreetMap data ({type(error).__name__})") from error


@contextmanager
def strict_osmnx(road: Road) -> Iterator[ModuleType]:
    """Yield osmnx; what numpy and pandas warn about, such as a position that is not a number, is an error."""
    import osmnx as ox
    from osmnx._errors import InsufficientResponseError

    with warnings.catch_warnings(action="error", category=RuntimeWarning):
        try:
            yield ox
        except InsufficientResponseError as error:
            raise SnapshotError(f"the {road.ref} is not in it") from error


def osmnx_rows(frame: Any) -> Iterator[Row]:
    """Yield the ways of a frame that osmnx made."""
    for (element, osm_id), row in frame.iterrows():
        if element == "way":
            yield osm_id, row, row["geometry"]


# ---- Of one way ----


def _way(osm_id: object, tags: Mapping[str, Any], line: LineString) -> Way:
    if not isinstance(osm_id, Integral):
        raise SnapshotError(f"a way has the id {osm_id!r}")
    return Way(int(osm_id), {key: tags[key] for key in _KEPT_TAGS if isinstance(tags.get(key), str)}, _rounded(line))


def _rounded(line: LineString) -> LineString:
    # To OSM's own precision first: then the way in which a file format stores numbers cannot tip the second rounding.
    exact = shapely.transform(line, lambda positions: positions.round(_OSM_DECIMALS).round(DECIMALS))
    return shapely.remove_repeated_points(exact)


def _name(text: str | None) -> str | None:
    """Return a name, or None if it is not plain text: anyone may have written it."""
    try:
        return None if text is None else _TEXT.validate_python(text)
    except ValidationError:
        return None

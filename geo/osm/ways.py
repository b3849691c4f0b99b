"""The road of a folder's agreement, its ways among those of OpenStreetMap, and the layer that they become."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import shapely
from shapely.geometry import LineString, MultiPoint, Point

from geo.errors import DataError, Problem, SnapshotError, on_one_line
from geo.geometry.heading import headings
from geo.history.derive import stretch_ends
from geo.inputs.catalog import LayerSpec
from geo.inputs.files import RefusedError, read_bytes
from geo.inputs.frames import json_rows
from geo.inputs.geojson import DECIMALS, AreaDeg, geometry_json
from geo.inputs.layers import Layer, folder_layers, layer_from_rows, parse_layer, read_agreement
from geo.inputs.schema import plain_text

if TYPE_CHECKING:
    import geopandas as gpd

CRS = "EPSG:4326"
HIGHWAYS = ("motorway", "trunk")  # and not their links
TAGS = ("ref", "highway", "oneway", "junction", "name:ar")
WAY_COLUMNS = ("osm_id", *TAGS, "geometry")
UNKNOWN = "unknown"
_MOST_REFS = 8  # that a refusal lists
MOST_WAYS = 2_000  # the M4 has some 140; more are not one road, and would take minutes to judge

# Around the ends of the corridor, where the agreement does not say where to look for the road: some 10 km.
_AROUND_THE_ENDS_DEG = 0.1
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class Road(NamedTuple):
    """The road of a folder's agreement.

    Attributes
    ----------
    spec : LayerSpec
        Its layer.
    ref : str
        Its number, for example ``M4``.
    area_deg : tuple of float
        Where it is looked for: west, south, east, north in degrees (EPSG:4326).
    ends : tuple of two Point
        The ends of the corridor; lon, lat.
    headings : tuple of two str
        Where its two carriageways lead.
    """

    spec: LayerSpec
    ref: str
    area_deg: AreaDeg
    ends: tuple[Point, Point]
    headings: tuple[str, str]

    def is_named_by(self, ref: object) -> bool:
        """Return whether a ``ref`` of OpenStreetMap has this number: M4 is in ``M5;M4`` and ``M 4``, not in ``M45``."""
        return isinstance(ref, str) and self.ref in re.sub(r"[\s-]", "", ref).upper().split(";")


def read_road(layers_dir: Path) -> Road:
    """Return the road that the agreement of a folder is about.

    Parameters
    ----------
    layers_dir : Path
        Folder of layers.

    Raises
    ------
    DataError
        If the folder has no agreement, or it or ``places.geojson`` cannot be read.
    """
    problems: list[Problem] = []
    terms, _ = read_agreement(layers_dir, problems)
    if terms is None:
        raise DataError(problems)
    specs = {spec.name: spec for spec in folder_layers(layers_dir)}
    # From the records: importing geopandas here would take from the time and the memory of the fetch.
    places = read_checked(layers_dir / specs["places"].file, specs["places"])
    ends = stretch_ends(terms, {place.properties.id: place.geometry for place in places.features})
    west, south, east, north = MultiPoint(ends).buffer(_AROUND_THE_ENDS_DEG).bounds
    corridor = terms.corridor
    area_deg = corridor.fetch_area_deg or (west, south, east, north)
    return Road(specs[corridor.road_layer], corridor.road, area_deg, ends, terms.headings)


def read_checked(path: Path, spec: LayerSpec) -> Layer:
    """Return a layer from its file.

    Raises
    ------
    DataError
        If it cannot be read; it lists all problems.
    """
    problems: list[Problem] = []
    try:
        layer = parse_layer(read_bytes(path), spec, problems)
    except RefusedError as refused:
        problems.append(Problem(str(path), refused.where, refused.rule, refused.found, refused.repair))
    if problems:
        raise DataError(problems)
    return layer


def road_layer(ways: "gpd.GeoDataFrame", road: Road) -> tuple[Layer, tuple[str, ...]]:
    """Return the ways of a road as its layer, drawn in the direction of travel.

    Parameters
    ----------
    ways : GeoDataFrame
        Motorways and trunk roads in EPSG:4326, one row for each, with `WAY_COLUMNS`. ``attrs`` has ``osm_base``, the
        state of OpenStreetMap that they are from, and ``retrieved_at``, when they were fetched.
    road : Road
        Which of them to take.

    Returns
    -------
    Layer, tuple of str
        The layer, and the numbers of the ways that join the road but are not part of it.

    Raises
    ------
    SnapshotError
        If the road is not among them, it has too many ways, or one is not valid.
    """
    ways = ways[ways.intersects(shapely.box(*road.area_deg))]
    rounded = shapely.transform(ways.geometry.to_numpy(), lambda positions: positions.round(DECIMALS))
    lines = shapely.remove_repeated_points(rounded)
    # Two nodes within a decimetre make a line without length, which no reader of the layer accepts.
    rows = [row | {"line": line} for row, line in zip(json_rows(ways), lines, strict=True) if line.length > 0]
    kept = [row for row in rows if road.is_named_by(row["ref"])]
    if not kept:
        refs = sorted({repr(on_one_line(row["ref"])) for row in rows if row["ref"]})
        others = f"; the roads in it are numbered {', '.join(refs[:_MOST_REFS])}" if refs else ""
        raise SnapshotError(f"the {road.ref} is not in it{others}{', …' if len(refs) > _MOST_REFS else ''}")
    if len(kept) > MOST_WAYS:
        raise SnapshotError(f"it has {len(kept)} ways numbered {road.ref}; at most {MOST_WAYS} are valid")
    state = ways.attrs["osm_base"]
    collection = {
        "licence": "ODbL-1.0",
        "osm_base": state if isinstance(state, str) and _INSTANT.fullmatch(state) else UNKNOWN,
        "retrieved_at": ways.attrs["retrieved_at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    problems: list[Problem] = []
    layer = layer_from_rows(road.spec, _features(kept, road), collection, problems)
    if problems:
        raise SnapshotError(str(problems[0]))
    return layer, _skipped_refs(rows, kept)


def _features(rows: Sequence[Mapping[str, Any]], road: Road) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Yield the columns and the GeoJSON geometry of each way."""
    travelled = {row["osm_id"]: line for row in rows if (line := _travelled(row)) is not None}
    leads = headings(travelled, road.headings)
    unknown = dict.fromkeys(road.spec.record.model_fields)
    for row in rows:
        columns = {
            "id": f"way-{row['osm_id']}",
            "name_en": f"{road.ref} motorway",
            "name_ar": _plain_name(row["name:ar"]),
            "basis": "osm",
            "grade": "B3",  # usually reliable, and one source only
            "sources": ["OSM"],
            "ref": row["ref"],
            "highway": row["highway"],
            "carriageway": leads.get(row["osm_id"]),
            "osm_id": row["osm_id"],
        }
        yield unknown | columns, geometry_json(travelled.get(row["osm_id"], row["line"]))


def _travelled(row: Mapping[str, Any]) -> LineString | None:
    """Return a way in the direction of travel, or None where traffic goes both ways or in a circle."""
    line: LineString = row["line"]
    # A motorway is one-way unless it says otherwise (wiki.openstreetmap.org/wiki/Key:oneway).
    oneway = row["oneway"] or ("yes" if row["highway"] == "motorway" else "no")
    if row["junction"] or line.is_closed:
        return None
    if oneway in ("yes", "true", "1"):
        return line
    return line.reverse() if oneway in ("-1", "reverse") else None


def _plain_name(text: str | None) -> str | None:
    """Return a name, or None if it is not plain text: anyone may have written it."""
    try:
        return text and plain_text(text)
    except ValueError:
        return None


def _skipped_refs(rows: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    ends = {end for row in kept for end in _ends(row)}
    own = {row["osm_id"] for row in kept}
    joining = (row for row in rows if row["osm_id"] not in own and ends.intersection(_ends(row)))
    return tuple(sorted({repr(on_one_line(row["ref"])) if row["ref"] else "none" for row in joining}))


def _ends(row: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    coordinates = row["line"].coords
    return coordinates[0], coordinates[-1]

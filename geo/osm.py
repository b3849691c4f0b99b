"""The M4 from OpenStreetMap into ``layers/m4.geojson``: ``python -m geo.osm``."""

import json
import os
import socket
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from urllib.parse import urlsplit
from xml.etree import ElementTree

import shapely
import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError, OutputError, SnapshotError
from geo.geometry.geodesic import length_m
from geo.geometry.heading import Heading, headings
from geo.inputs.catalog import LAYERS
from geo.inputs.features import Feature, Layer
from geo.inputs.files import LAYERS_DIR, RefusedError
from geo.inputs.geojson import DECIMALS, geometry_json, parse_geometry
from geo.inputs.layers import layer_text
from geo.inputs.osm_extract import UNKNOWN, instant, pbf_state, utc, xml_state
from geo.inputs.schema import Carriageway, Snapshot, Text
from geo.inputs.store import replace_file

if TYPE_CHECKING:
    import requests

OVERPASS_URL = "https://overpass-api.de/api"
M4 = next(spec for spec in LAYERS if spec.name == "m4")
SNAPSHOT = LAYERS_DIR / M4.file

# Degrees, as (left, bottom, right, top): Latakia (35.845 E, 35.509 N) to the M5 at Saraqib (36.827 E, 35.887 N) with
# 10 km to spare. The trunk road of the same number east of Aleppo (37.2 E) is another road, so it stays outside.
BBOX = (35.73, 35.42, 36.94, 35.98)
TAGS: dict[str, Any] = {"ref": ["M4", "M4;M5"]}  # exact values: "4" is the old road
HIGHWAYS = ("motorway", "trunk")  # and not their links
OSM_DECIMALS = 7
LICENCE = "ODbL-1.0"

# max_query_area_size in m²: the box is asked for whole, because ways that cross a cut come back twice.
# Without doh_url_template=None a name that does not resolve is sent to a third party.
OSMNX_SETTINGS: dict[str, Any] = {
    "requests_timeout": 60,
    "overpass_rate_limit": False,
    "use_cache": False,
    "doh_url_template": None,
    "http_user_agent": "idlib-m4-map (python -m geo.osm)",
    "max_query_area_size": 5e10,
}

Row = tuple[object, Mapping[str, Any], object]  # OSM id, tags, geometry

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
_TEXT: TypeAdapter[str] = TypeAdapter(Text)


@dataclass(frozen=True, slots=True)
class Way:
    """One OpenStreetMap way: its id, its tags, its line (lon, lat in degrees, EPSG:4326) as it is drawn there."""

    osm_id: int
    tags: dict[str, str]
    line: LineString


def fetch_m4(overpass_url: str = OVERPASS_URL) -> Layer:
    """Fetch the M4 from an Overpass server.

    Parameters
    ----------
    overpass_url : str
        Address of the interface, without ``/interpreter``.

    Raises
    ------
    SnapshotError
        If there is no answer, or none that holds the road.
    """
    with _unusable(overpass_url):
        try:
            rows, osm_base = _ask_overpass(overpass_url)
        except OSError as error:  # as every error of requests is
            raise SnapshotError(f"no answer ({type(error).__name__})") from error
        features = _features(rows)
    return _layer(features, osm_base, time.time())


def read_osm_file(path: Path) -> Layer:
    """Read the M4 from an OpenStreetMap extract.

    Parameters
    ----------
    path : Path
        A PBF extract if the name ends in ``.pbf``, else OSM XML.

    Raises
    ------
    SnapshotError
        If the file is no extract, or the road is not in it.
    OutputError
        If the file cannot be read.
    """
    read = _read_pbf if path.suffix == ".pbf" else _read_xml
    with _unusable(str(path)):
        try:
            modified = path.stat().st_mtime
            rows, osm_base = read(path)
        except OSError as error:
            raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error
        features = _features(rows)
    return _layer(features, osm_base, modified)


def summary(layer: Layer) -> str:
    """Return in one line what a snapshot holds: ways, kilometres in each direction (WGS 84 geodesic), date."""
    sums_m: defaultdict[str, float] = defaultdict(float)
    for feature in layer.features:
        if isinstance(feature.geometry, LineString):
            sums_m[feature.properties.carriageway or "in no known direction"] += length_m(feature.geometry)
    lengths = ", ".join(f"{sums_m[name] / 1000:.2f} km {name}" for name in sorted(sums_m))
    state = layer.collection.osm_base if isinstance(layer.collection, Snapshot) else UNKNOWN
    return f"{len(layer.features)} ways, {lengths}, OpenStreetMap as of {state}"


@contextmanager
def _unusable(source: str) -> Iterator[None]:
    """Say in one line why the data of a source cannot be used, whatever a library raised over it."""
    try:
        yield
    except SnapshotError as error:
        raise SnapshotError(f"{source}: {error}") from error
    except _MALFORMED as error:
        raise SnapshotError(f"{source}: no usable OpenStreetMap data ({type(error).__name__})") from error


@contextmanager
def _restored(module: ModuleType, names: Iterable[str]) -> Iterator[None]:
    before = {name: getattr(module, name) for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


@contextmanager
def _osmnx() -> Iterator[ModuleType]:
    """Lend osmnx, strict: what numpy and pandas merely warn about, such as a place that is no number, is an error."""
    import osmnx as ox
    from osmnx._errors import InsufficientResponseError

    with warnings.catch_warnings(action="error", category=RuntimeWarning):
        try:
            yield ox
        except InsufficientResponseError as error:
            raise SnapshotError("the M4 is not in it") from error


def _ask_overpass(overpass_url: str) -> tuple[Iterable[Row], str]:
    observed: list[str] = []
    settings = OSMNX_SETTINGS | {
        "overpass_url": overpass_url,
        # osmnx hands these to requests; the hook sees the whole answer, of which osmnx returns the elements only.
        "requests_kwargs": {"hooks": {"response": _observer(observed)}},
    }
    # osmnx also replaces the name resolver of the whole process.
    with _osmnx() as ox, _restored(ox.settings, settings), _restored(socket, ["getaddrinfo"]):
        for name, value in settings.items():
            setattr(ox.settings, name, value)
        frame = ox.features_from_bbox(BBOX, TAGS)
    return _osmnx_rows(frame), observed[-1]


def _observer(observed: list[str]) -> Callable[..., None]:
    """Return a hook that notes the state of the data, and refuses what osmnx would sleep over, follow or accept."""

    def observe(response: "requests.Response", **_: object) -> None:
        if response.status_code != 200:
            response.close()
            raise SnapshotError(f"the server answered with HTTP status {response.status_code}")
        try:
            answer = response.json(parse_constant=_no_number)
        except ValueError as error:
            raise SnapshotError("the answer is not JSON") from error
        if not isinstance(answer, dict) or not answer.get("elements"):
            raise SnapshotError("the answer is empty")
        if "remark" in answer:
            raise SnapshotError(f"the server gave up: {' '.join(str(answer['remark']).split())[:200]!r}")
        head = answer.get("osm3s")
        observed.append(instant(head.get("timestamp_osm_base")) if isinstance(head, dict) else UNKNOWN)

    return observe


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _read_xml(path: Path) -> tuple[Iterable[Row], str]:
    osm_base = xml_state(path)
    with _osmnx() as ox:
        frame = ox.features_from_xml(path, polygon=shapely.box(*BBOX), tags=TAGS)
    return _osmnx_rows(frame), osm_base


def _osmnx_rows(frame: Any) -> Iterator[Row]:
    for (element, osm_id), row in frame.iterrows():
        if element == "way":
            yield osm_id, row, row["geometry"]


def _read_pbf(path: Path) -> tuple[Iterable[Row], str]:
    import pyogrio

    osm_base = pbf_state(path)  # first, because GDAL opens whatever a file turns out to be, not what its name says
    # SQL, because GDAL then leaves the points and areas of the extract aside.
    sql = "SELECT osm_id, highway, other_tags FROM lines WHERE highway IN ('motorway', 'trunk')"
    frame = pyogrio.read_dataframe(path, sql=sql, bbox=BBOX, TAGS_FORMAT="JSON")
    return _gdal_rows(frame), osm_base


def _gdal_rows(frame: Any) -> Iterator[Row]:
    for row in frame.to_dict("records"):
        other = row["other_tags"]
        if isinstance(other, str):  # older pyogrio leaves JSON as it is
            other = json.loads(other)
        if isinstance(other, dict):  # and not empty, as where a road has no number
            yield int(row["osm_id"]), {**other, "highway": row["highway"]}, row["geometry"]


def _layer(features: Iterable[Feature[Carriageway]], osm_base: str, retrieved: float) -> Layer:
    pinned = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        retrieved_at = utc(int(pinned) if pinned else retrieved)
    except (ValueError, OverflowError, OSError) as error:
        raise SnapshotError(f"SOURCE_DATE_EPOCH is {pinned!r}, not seconds since 1970") from error
    return Layer(M4, tuple(features), Snapshot(licence=LICENCE, osm_base=osm_base, retrieved_at=retrieved_at))


def _features(rows: Iterable[Row]) -> list[Feature[Carriageway]]:
    ways = _m4_ways(rows)
    travelled = {way.osm_id: line for way in ways if (line := _travelled(way)) is not None}
    heading = headings(travelled)
    features = []
    for way in ways:
        geometry = _as_read(travelled.get(way.osm_id, way.line), way.osm_id)
        features.append(Feature(_carriageway(way, heading.get(way.osm_id)), geometry))
    return features


def _as_read(line: LineString, osm_id: int) -> BaseGeometry | None:
    """Return a line as the reader of the layers takes it, so that nothing is written that it would refuse."""
    try:
        return parse_geometry(geometry_json(line), M4.geometry, may_be_null=False, anywhere=False)
    except RefusedError as error:
        raise SnapshotError(f"way {osm_id}: {error}") from error


def _m4_ways(rows: Iterable[Row]) -> list[Way]:
    """Keep the ways of the M4, each once."""
    ways: dict[int, Way] = {}
    area = shapely.box(*BBOX)
    for osm_id, tags, geometry in rows:
        if tags.get("ref") not in TAGS["ref"] or tags.get("highway") not in HIGHWAYS:
            continue
        if not isinstance(geometry, LineString) or not geometry.intersects(area):
            continue
        way = _way(osm_id, tags, geometry)
        if ways.setdefault(way.osm_id, way) != way:
            raise SnapshotError(f"way {way.osm_id} stands twice, and not the same")
    # Two nodes within a decimetre make a line of no length, which no reader of the layer accepts.
    kept = [way for way in ways.values() if way.line.length != 0]
    if not kept:
        raise SnapshotError("the M4 is not in it")
    return kept


def _way(osm_id: object, tags: Mapping[str, Any], line: LineString) -> Way:
    if not isinstance(osm_id, Integral):
        raise SnapshotError(f"a way has the id {osm_id!r}")
    known = ("ref", "highway", "oneway", "junction", "name:ar")
    return Way(int(osm_id), {key: tags[key] for key in known if isinstance(tags.get(key), str)}, _rounded(line))


def _rounded(line: LineString) -> LineString:
    # To OSM's own precision first: then the way in which a file format stores numbers cannot tip the second rounding.
    exact = shapely.transform(line, lambda positions: positions.round(OSM_DECIMALS).round(DECIMALS))
    return shapely.remove_repeated_points(exact)


def _travelled(way: Way) -> LineString | None:
    """Return the line in the direction of travel, or None where traffic goes both ways or in a circle."""
    # A motorway is one-way unless it says otherwise (wiki.openstreetmap.org/wiki/Key:oneway).
    oneway = way.tags.get("oneway", "yes" if way.tags["highway"] == "motorway" else "no")
    if "junction" in way.tags or way.line.is_closed:
        return None
    if oneway in ("yes", "true", "1"):
        return way.line
    return way.line.reverse() if oneway in ("-1", "reverse") else None


def _carriageway(way: Way, heading: Heading | None) -> Carriageway:
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


def _web_address(text: str | None) -> str | None:
    if text is not None and (urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname):
        raise typer.BadParameter("not an http or https address")
    return text


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help="Fetch the M4 from OpenStreetMap, or read it from an extract, and write the snapshot of the road.")
def main(
    overpass_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            callback=_web_address,
            help=f"Overpass interface to ask, without /interpreter; {OVERPASS_URL} if not given.",
        ),
    ] = None,
    osm_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read this extract (.osm or .osm.pbf) and ask nobody.")
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE", show_default=False, help=f"File to write; layers/{M4.file} if not given.")
    ] = SNAPSHOT,
) -> None:
    """Run the command."""
    if overpass_url and osm_file:
        raise typer.BadParameter("give --overpass-url or --osm-file, not both")
    try:
        if not out.parent.is_dir():
            raise OutputError(f"{out}: cannot be written: no folder {out.parent}")
        with Console(stderr=True).status("Reading the M4 from OpenStreetMap"):
            layer = read_osm_file(osm_file) if osm_file else fetch_m4(overpass_url or OVERPASS_URL)
        replace_file(out, layer_text(layer))
    except GeoError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    typer.echo(f"{out}: {summary(layer)}")


if __name__ == "__main__":
    app()

"""A road from an OpenStreetMap extract, and the date of the extract from its header."""

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import shapely

from geo.errors import OutputError, SnapshotError
from geo.inputs.osm_ways import HIGHWAYS, Road, Row, Way, osmnx_rows, plain_reasons, road_ways, strict_osmnx

UNKNOWN = "unknown"
_MAX_BLOB_HEADER, _MAX_BLOB = 2**16, 2**25  # bytes, as the PBF format limits them
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def read_extract(path: Path, road: Road) -> tuple[list[Way], str]:
    """Return the ways of a road in an extract, and the state of OpenStreetMap that it holds.

    Parameters
    ----------
    path : Path
        A PBF extract if the name ends in ``.pbf``, else OSM XML.
    road : Road
        The road to read.

    Raises
    ------
    SnapshotError
        If the file is not an extract, or the road is not in it.
    OutputError
        If the file cannot be read.
    """
    read = _read_pbf if path.suffix == ".pbf" else _read_xml
    with plain_reasons():
        try:
            rows, osm_base = read(path, road)
        except OSError as error:
            raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error
        return road_ways(rows, road), osm_base


def _read_xml(path: Path, road: Road) -> tuple[Iterable[Row], str]:
    osm_base = xml_state(path)
    with strict_osmnx(road) as ox:
        frame = ox.features_from_xml(path, polygon=shapely.box(*road.area_deg), tags=road.tags)
    return osmnx_rows(frame), osm_base


def _read_pbf(path: Path, road: Road) -> tuple[Iterable[Row], str]:
    import pyogrio

    osm_base = pbf_state(path)  # first, because GDAL opens whatever a file turns out to be, not what its name says
    # SQL, because GDAL then leaves the points and areas of the extract aside.
    sql = f"SELECT osm_id, highway, other_tags FROM lines WHERE highway IN {HIGHWAYS}"  # noqa: S608 - our own values
    frame = pyogrio.read_dataframe(path, sql=sql, bbox=road.area_deg, TAGS_FORMAT="JSON")
    return _gdal_rows(frame), osm_base


def _gdal_rows(frame: Any) -> Iterator[Row]:
    for row in frame.to_dict("records"):
        other = row["other_tags"]
        if isinstance(other, str):  # older pyogrio leaves JSON as it is
            other = json.loads(other)
        if isinstance(other, dict):  # and not empty, as where a road has no number
            yield int(row["osm_id"]), {**other, "highway": row["highway"]}, row["geometry"]


def xml_state(path: Path) -> str:
    """Return the ``osm_base`` of an OSM XML extract, else the time of its newest way, said as such."""
    newest = UNKNOWN
    with path.open("rb") as file:
        for _, element in ElementTree.iterparse(file):  # noqa: S314 - expat refuses entities that explode
            if element.tag == "meta" and element.get("osm_base"):
                return instant(element.get("osm_base"))
            if element.tag == "way" and (written := instant(element.get("timestamp"))) != UNKNOWN:
                newest = written if newest == UNKNOWN else max(newest, written)
            if element.tag in ("node", "way", "relation"):
                element.clear()
    return newest if newest == UNKNOWN else f"{newest} (newest way)"


def pbf_state(path: Path) -> str:
    """Return the replication timestamp in the header of a PBF extract (wiki.openstreetmap.org/wiki/PBF_Format)."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(4), "big")
        head = dict(_protobuf(file.read(size))) if size < _MAX_BLOB_HEADER else {}
        if head.get(1) != b"OSMHeader":
            raise SnapshotError("not a PBF extract")
        blob = dict(_protobuf(file.read(head[3])))
    try:
        header = blob[1] if 1 in blob else zlib.decompressobj().decompress(blob[3], _MAX_BLOB)
    except zlib.error as error:
        raise SnapshotError("the PBF header is damaged") from error
    seconds = dict(_protobuf(header)).get(32)
    return UNKNOWN if seconds is None else utc(seconds)


def _protobuf(message: bytes) -> Iterator[tuple[int, Any]]:
    """Take a protobuf message apart into (field number, integer or bytes)."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        field, kind = divmod(varint(), 8)
        if kind == 0:
            yield field, varint()
        else:
            size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
            yield field, message[at : at + size]
            at += size


def instant(text: object) -> str:
    """Return a time as OpenStreetMap writes it, or ``unknown`` for anything else."""
    return text if isinstance(text, str) and _INSTANT.fullmatch(text) else UNKNOWN


def utc(seconds: float) -> str:
    """Return seconds since 1970 as OpenStreetMap writes a time."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

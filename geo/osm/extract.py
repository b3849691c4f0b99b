"""The motorways of an OpenStreetMap extract, a file that osmium reads; its format is detected from its content."""

import bz2
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapely.geometry import LineString

from geo.errors import OutputError, SnapshotError
from geo.osm.ways import CRS, HIGHWAYS, TAGS, WAY_COLUMNS

if TYPE_CHECKING:
    import geopandas as gpd

_HEAD = 4096  # bytes
_DAMAGED = "damaged, cut short, or not an OpenStreetMap extract"
# What a packed extract begins with, how it is read, and what osmium calls it.
_PACKED: tuple[tuple[bytes, Callable[..., Any], str], ...] = (
    (b"\x1f\x8b", gzip.open, "osm.gz"),
    (b"BZh", bz2.open, "osm.bz2"),
)
_NEEDED = "OSM XML (.osm, .osm.gz, .osm.bz2) or PBF (.osm.pbf) is needed"


def read_extract(path: Path) -> "gpd.GeoDataFrame":
    """Return the motorways and trunk roads of an extract.

    Parameters
    ----------
    path : Path
        OSM XML (.osm, .osm.gz or .osm.bz2) or PBF (.osm.pbf).

    Returns
    -------
    GeoDataFrame
        One row for each way whose nodes are all in the extract, as `geo.osm.ways.road_layer` takes it.

    Raises
    ------
    SnapshotError
        If the file is not an extract, or is damaged.
    OutputError
        If the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_HEAD)
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}") from error
    head, kind = _unpacked(path, start)
    if head.lstrip().startswith((b"{", b"[")):
        raise SnapshotError(f"this is JSON, such as GeoJSON or an answer of Overpass; {_NEEDED}")
    import geopandas as gpd
    import osmium

    try:
        source = osmium.io.File(str(path), kind)
        extract = osmium.FileProcessor(source, osmium.osm.NODE | osmium.osm.WAY).with_locations()
        extract.with_filter(osmium.filter.TagFilter(*(("highway", highway) for highway in HIGHWAYS)))
        ways = gpd.GeoDataFrame(list(_rows(extract)), columns=WAY_COLUMNS, crs=CRS)
        osm_base = extract.header.get("osmosis_replication_timestamp")
    except (RuntimeError, ValueError) as error:
        raise SnapshotError(f"{_DAMAGED} ({error}); get the file again: {_NEEDED}") from error
    ways.attrs.update(osm_base=osm_base or _xml_osm_base(head), retrieved_at=written_at)
    return ways


def _rows(objects: Any) -> Iterator[dict[str, Any]]:
    for way in objects:
        if way.is_way() and len(way.nodes) > 1 and all(node.location.valid() for node in way.nodes):
            line = LineString([(node.lon, node.lat) for node in way.nodes])
            yield {"osm_id": way.id, **{tag: way.tags.get(tag) for tag in TAGS}, "geometry": line}


def _unpacked(path: Path, start: bytes) -> tuple[bytes, str]:
    """Return the beginning of a file, unpacked, and its format by its content; names may be wrong."""
    for mark, opened, kind in _PACKED:
        if start.startswith(mark):
            try:
                with opened(path, "rb") as file:
                    return file.read(_HEAD), kind
            except (OSError, EOFError, zlib.error) as error:
                raise SnapshotError(f"{_DAMAGED} ({error}); get the file again: {_NEEDED}") from error
    return start, "pbf" if b"OSMHeader" in start else "osm"


def _xml_osm_base(head: bytes) -> str:
    """Return the date in XML from an Overpass server, which osmium does not read; empty if there is none."""
    found = re.search(rb'<meta osm_base="([^"]+)"', head)
    return found[1].decode() if found else ""

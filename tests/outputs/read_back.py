"""Read a published file with the libraries that its readers use, to see that what was given to the writer is in it."""

import csv
import io
import json
from collections import Counter
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from xml.etree.ElementTree import fromstring

import pyarrow.parquet as pq
import pyogrio

from geo.outputs.exports.geopackage import STYLES
from geo.outputs.exports.kml import KML


def is_licence(name):
    """Return whether a published file is the text of a licence, which is not changed and therefore has no build id."""
    return PurePosixPath(name).suffix == ".txt"


def read_back(output):
    """Return the build ids that a file carries, and how many rows of each layer it holds."""
    path = PurePosixPath(output.name)
    return _READERS[path.suffix](path.stem, output.content)


def _document(_stem, content):
    return {json.loads(content)["build"]}, {}


def _geojson(stem, content):
    document = json.loads(content)
    return {document["build"]}, {stem: len(document["features"])}


def _csv(stem, content):
    before = csv.field_size_limit(len(content))  # an outline as well-known text is one long cell
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
    finally:
        csv.field_size_limit(before)
    return {row["build"] for row in rows}, {stem: len(rows)}


def _geopackage(_stem, content):
    builds, rows = set(), Counter()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"  # GDAL warns of other suffixes, and bytes have none
        path.write_bytes(content)
        for name, _ in pyogrio.list_layers(path):
            if name != STYLES:
                metadata = pyogrio.read_info(path, layer=name)["layer_metadata"]
                builds.add(metadata["build"])
                rows[metadata["layer"]] += pyogrio.read_arrow(path, layer=name)[1].num_rows
    return builds, rows


def _kml(_stem, content):
    """Count features, not placemarks: a feature has one for each of its periods."""
    at = {"k": KML}
    root = fromstring(content)
    builds = {data.findtext("k:value", None, at) for data in root.iterfind(".//k:Data[@name='build']", at)}
    ids = {}
    for folder in root.iterfind("./k:Document/k:Folder/k:Folder", at):
        fields = folder.iterfind("./k:Placemark//k:SimpleData[@name='id']", at)
        ids[folder.attrib["id"]] = {field.text for field in fields}
    return builds, {layer: len(found) for layer, found in ids.items()}


def _parquet(stem, content):
    table = pq.read_table(io.BytesIO(content))
    return {table.schema.metadata[b"build"].decode()}, {stem: table.num_rows}


_READERS = {
    ".csv": _csv,
    ".geojson": _geojson,
    ".gpkg": _geopackage,
    ".json": _document,
    ".kml": _kml,
    ".parquet": _parquet,
}

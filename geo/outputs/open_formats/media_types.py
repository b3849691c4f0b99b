"""What kind of data a published file holds, by its suffix."""

from collections.abc import Mapping
from pathlib import PurePosixPath

# What the files of a build are that hold data; pages and pictures are for eyes.
MEDIA_TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".json": "application/json",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".parquet": "application/vnd.apache.parquet",
}


def suffix_of(name: str) -> str:
    """Return the suffix of a path below the published folder, with its dot."""
    return PurePosixPath(name).suffix

"""The open formats by name: a GeoPackage, a KML document, GeoParquet files."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from geo.outputs.context import Build
from geo.outputs.output import Output

EXPORTS = ("gpkg", "kml", "parquet")


def export_files(formats: Sequence[str] | AbstractSet[str], build: Build) -> Iterator[Output]:
    """Yield the files of each open format that is asked for, in the order of `EXPORTS`; other names count for nothing.

    Parameters
    ----------
    formats : collection of str
        Which formats.
    build : Build
        What they are made from; all coordinates are lon, lat in degrees (EPSG:4326).
    """
    # Each is loaded only where it is asked for: they are slow to load.
    if "gpkg" in formats:
        from geo.outputs.open_formats.geopackage import geopackage

        yield geopackage(build)
    if "kml" in formats:
        from geo.outputs.open_formats.kml import kml

        yield kml(build)
    if "parquet" in formats:
        from geo.outputs.open_formats.geoparquet import geoparquet_files

        yield from geoparquet_files(build)

"""The open formats by name: a GeoPackage, a KML document, GeoParquet files."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from geo.geometry.derive import Derived
from geo.inputs.catalog import CATALOGUE, DerivedSpec, LayerSpec
from geo.inputs.features import Layers
from geo.outputs.output import Output

EXPORTS = ("gpkg", "kml", "parquet")


def export_files(
    formats: Sequence[str] | AbstractSet[str],
    layers: Layers,
    derived: Derived,
    *,
    build_id: str,
    data_as_of: str | None,
    catalogue: Sequence[LayerSpec | DerivedSpec] = CATALOGUE,
) -> Iterator[Output]:
    """Yield the files of each open format that is asked for, in the order of `EXPORTS`; other names count for nothing.

    Parameters
    ----------
    formats : collection of str
        Which formats.
    layers, derived : Layers, Derived
        What was read, and what was computed from it; all coordinates are lon, lat in degrees (EPSG:4326).
    build_id : str
        Stands in every file.
    data_as_of : str or None
        Day, month or year of the data, for the formats that must be dated.
    catalogue : sequence of LayerSpec or DerivedSpec
        Which layers there are.
    """
    # Each is loaded only where it is asked for: they are slow to load.
    if "gpkg" in formats:
        from geo.outputs.open_formats.geopackage import geopackage

        yield geopackage(layers, derived, build_id=build_id, data_as_of=data_as_of, catalogue=catalogue)
    if "kml" in formats:
        from geo.outputs.open_formats.kml import kml

        yield kml(layers, derived, build_id=build_id, catalogue=catalogue)
    if "parquet" in formats:
        from geo.outputs.open_formats.geoparquet import geoparquet_files

        yield from geoparquet_files(layers, derived, build_id=build_id, catalogue=catalogue)

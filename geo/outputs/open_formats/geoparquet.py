"""Each layer as GeoParquet 1.1: typed columns, real lists, geometry as well-known binary."""

import io
import json
from collections.abc import Iterator
from typing import Any

import shapely

from geo.outputs.context import Build
from geo.outputs.open_formats.arrow_tables import GEOMETRY, arrow_table
from geo.outputs.open_formats.tables import Table, tables_of
from geo.outputs.output import BUILD_MARK, Found, Output

_VERSION = "1.1.0"


def geoparquet_files(build: Build) -> Iterator[Output]:
    """Yield ``parquet/<layer>.parquet`` for every layer; one row is one feature, or one row of a table.

    Geometries are lon, lat in degrees; their CRS is written as EPSG:4326, which GeoParquet reads in this order. What
    has no place has a null geometry; a layer without any place is plain Parquet. The metadata of each file carry
    title, credit, licences and the build id.
    """
    for table in tables_of(build.layers, build.derived):
        content = _parquet(table, build.build_id)
        yield Output(f"parquet/{table.name}.parquet", content, {table.name: len(table.rows)})


def found_in_parquet(layer: str, content: bytes) -> Found:
    """Return what a Parquet file holds; raises ValueError if it is none."""
    import pyarrow.parquet as pq

    found = pq.read_table(io.BytesIO(content))  # every page of it, not its footer alone
    build = (found.schema.metadata or {})[BUILD_MARK.encode()].decode()
    return Found(frozenset({build}), {layer: found.num_rows})


def _parquet(table: Table, build_id: str) -> bytes:
    import pyarrow.parquet as pq

    found = arrow_table(table, range(len(table.rows)), lists_as_text=False)
    licences = [{"id": one.licence.id, "url": one.licence.url, "holder": one.holder} for one in table.credits]
    metadata = {
        **({"geo": _json(_geo_metadata(table))} if table.is_spatial else {}),
        BUILD_MARK: build_id,
        "layer": table.name,
        "title": table.spec.title,
        "credit": table.credit,
        "licences": _json(licences),
    }
    text = io.BytesIO()
    pq.write_table(found.replace_schema_metadata(metadata), text)
    return text.getvalue()


def _geo_metadata(table: Table) -> dict[str, Any]:
    """Return the ``geo`` member of the metadata, as GeoParquet describes it."""
    from pyproj import CRS

    drawn = [geometry for geometry in table.geometries if geometry is not None]
    column = {
        "encoding": "WKB",
        "geometry_types": sorted({geometry.geom_type for geometry in drawn}),
        "crs": CRS.from_epsg(4326).to_json_dict(),
        **({"bbox": shapely.total_bounds(drawn).tolist()} if drawn else {}),
    }
    return {"version": _VERSION, "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

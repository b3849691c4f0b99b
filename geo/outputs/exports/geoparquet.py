"""Each layer as GeoParquet: typed columns, real lists, geometry as well-known binary."""

import io
import json
from collections.abc import Iterator

from geo.outputs.context import Build
from geo.outputs.exports.tables import Table, arrow_table, tables_of
from geo.outputs.output import BUILD_MARK, Output


def geoparquet_files(build: Build) -> Iterator[Output]:
    """Yield ``parquet/<layer>.parquet`` for every layer; one row per feature or row of a table.

    Geometries are lon, lat in degrees (EPSG:4326), null where the place is unknown; a layer without geometries is
    plain Parquet. The metadata of each file contain title, credit, licences and the build id.
    """
    for table in tables_of(build):
        content = _parquet(table, build.build_id)
        yield Output(f"parquet/{table.name}.parquet", content, {table.name: len(table.frame)})


def _parquet(table: Table, build_id: str) -> bytes:
    """Return a layer as written by geopandas, with the types of the data dictionary and our metadata."""
    import pyarrow.parquet as pq

    plain, finished = io.BytesIO(), io.BytesIO()
    table.frame.to_parquet(plain, index=False)
    found = arrow_table(pq.read_table(plain), table.columns)
    own = {
        BUILD_MARK: build_id,
        "layer": table.name,
        "title": table.spec.title,
        "credit": table.credit,
        "licences": json.dumps(table.licences, ensure_ascii=False),
    }
    # Without the metadata of pandas, which would describe the previous types.
    geo = {key: value for key, value in found.schema.metadata.items() if key == b"geo"}
    found = found.replace_schema_metadata({**geo, **own})
    pq.write_table(found, finished)
    return finished.getvalue()

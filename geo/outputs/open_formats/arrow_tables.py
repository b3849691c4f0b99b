"""A layer as a table of Arrow, which both GeoPackage and GeoParquet are written from."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from geo.outputs.open_formats.tables import Column, Kind, Table

GEOMETRY = "geom"


def arrow_table(
    table: Table, rows: Sequence[int], *, lists_as_text: bool, column_metadata: bool = False, is_multi: bool = False
) -> Any:
    """Return some rows of a layer as a ``pyarrow.Table``.

    Parameters
    ----------
    table : Table
        The layer.
    rows : sequence of int
        Which rows, in which order.
    lists_as_text : bool
        Whether a list is a text of JSON, for formats that have no lists.
    column_metadata : bool
        Whether the columns carry title, meaning and type as GDAL reads them.
    is_multi : bool
        Whether each geometry is to be one of several parts, for formats that want one type in a table.

    Returns
    -------
    pyarrow.Table
        The columns of the layer and, where it has places, last of all ``geom``: well-known binary, lon, lat in
        degrees (EPSG:4326).
    """
    import pyarrow as pa

    fields, arrays = [], []
    for column in table.columns:
        as_text = lists_as_text and column.kind in ("texts", "integers")
        values = [table.rows[row].get(column.name) for row in rows]
        kind = pa.string() if as_text else _types()[column.kind]
        arrays.append(pa.array([_json(value) for value in values] if as_text else values, kind))
        fields.append(pa.field(column.name, kind, metadata=field_metadata(column) if column_metadata else None))
    if table.is_spatial:
        geometries = [table.geometries[row] for row in rows]
        places = [None if one is None else shapely.to_wkb(_multi(one) if is_multi else one) for one in geometries]
        arrays.append(pa.array(places, pa.binary()))
        fields.append(pa.field(GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}))
    return pa.table(arrays, schema=pa.schema(fields))


def _multi(geometry: BaseGeometry) -> BaseGeometry:
    kind = f"Multi{geometry.geom_type.removeprefix('Multi')}"
    return shape({"type": kind, "coordinates": [mapping(part)["coordinates"] for part in shapely.get_parts(geometry)]})


def field_metadata(column: Column) -> dict[str, str]:
    """Return what GDAL is to know of a column besides its name: its title, its meaning, and whether it holds JSON."""
    own = {"GDAL:OGR:alternative_name": column.title, "GDAL:OGR:comment": column.meaning}
    if column.kind in ("texts", "integers"):
        own["ARROW:extension:name"] = "arrow.json"
    return {key: value for key, value in own.items() if value}


def _types() -> Mapping[Kind, Any]:
    import pyarrow as pa

    return {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "texts": pa.list_(pa.string()),
        "integers": pa.list_(pa.int64()),
    }


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)

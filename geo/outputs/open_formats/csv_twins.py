"""The CSV twin of each GeoJSON layer: the same rows for a spreadsheet, with the place as numbers or as WKT."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.outputs.formulas import guarded_text
from geo.outputs.open_formats.tables import Column, Table
from geo.outputs.output import BUILD_MARK, Output

# Names under which GDAL finds the place: a column of well-known text by itself, the two numbers when told to.
POSITION, SHAPE = ("longitude", "latitude"), ("WKT",)


def csv_twin(table: Table, build_id: str) -> Output:
    """Return a layer as ``data/<layer>.csv``: one row is one feature, in the order of its GeoJSON.

    Parameters
    ----------
    table : Table
        A layer with places.
    build_id : str
        Stands in the last column of every row.

    Returns
    -------
    Output
        First the columns of the layer, lists as JSON; then ``longitude`` and ``latitude`` in degrees (EPSG:4326) where
        all its places are points, else ``WKT`` (lon, lat in degrees); an unknown place leaves them empty. A text that
        a spreadsheet would take for a formula is preceded by an apostrophe.
    """
    columns, cells = place_columns(table)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(column.name for column in table.columns), *columns, BUILD_MARK])
    for row, geometry in zip(table.rows, table.geometries, strict=True):
        own = [_cell(row.get(column.name), column) for column in table.columns]
        writer.writerow([*own, *cells(geometry), build_id])
    return Output.of_text(f"data/{table.name}.csv", text.getvalue(), {table.name: len(table.rows)})


def place_columns(table: Table) -> tuple[Sequence[str], Callable[[BaseGeometry | None], Sequence[Any]]]:
    """Return which columns say where a feature lies, and how."""
    return (POSITION, _position) if table.geometry_types == ("Point",) else (SHAPE, _shape)


def _position(geometry: BaseGeometry | None) -> Sequence[Any]:
    return ("", "") if geometry is None else geometry.coords[0]


def _shape(geometry: BaseGeometry | None) -> Sequence[Any]:
    if geometry is None:
        return ("",)
    # Where the system speaks Turkish, GEOS writes LiNESTRiNG.
    positions = shapely.to_wkt(geometry, rounding_precision=-1).partition(" ")[2]
    return (f"{geometry.geom_type.upper()} {positions}",)


def _cell(value: Any, column: Column) -> str:
    if value is None:
        return ""
    if column.kind == "text":
        return guarded_text(str(value))
    return json.dumps(value, ensure_ascii=False)

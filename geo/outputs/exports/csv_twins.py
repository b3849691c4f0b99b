"""The CSV twin of each GeoJSON layer: the same rows for a spreadsheet, with the geometry as numbers or WKT."""

from collections.abc import Callable, Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.outputs.exports.tables import Table, lists_as_json
from geo.outputs.formulas import guarded_text
from geo.outputs.output import BUILD_MARK, Output


def csv_twin(table: Table, build_id: str) -> Output:
    """Return a layer as ``data/<layer>.csv``, one row per feature, in the order of its GeoJSON.

    Parameters
    ----------
    table : Table
        A layer with geometries.
    build_id : str
        Written in the last column of every row.

    Returns
    -------
    Output
        The columns of the layer, with lists as JSON; then ``longitude`` and ``latitude`` in degrees (EPSG:4326) if all
        geometries are points, otherwise ``WKT`` (lon, lat in degrees); empty if the place is unknown. A text that
        a spreadsheet would take for a formula is preceded by an apostrophe.
    """
    frame = lists_as_json(table.frame[list(table.columns)], table.columns)
    for name, column in table.columns.items():
        if column.type == "string":
            frame[name] = frame[name].map(guarded_text, na_action="ignore")
    for name in place_columns(table):
        frame[name] = _PLACES[name](table.frame.geometry)
    text = frame.assign(**{BUILD_MARK: build_id}).to_csv(index=False, lineterminator="\n")
    return Output.of_text(f"data/{table.name}.csv", text, {table.name: len(frame)})


def place_columns(table: Table) -> tuple[str, ...]:
    """Return the columns for the geometry, with the names that GDAL recognises."""
    return ("longitude", "latitude") if table.geometry_types == ("Point",) else ("WKT",)


def _wkt(geometry: BaseGeometry | None) -> str | None:
    if geometry is None:
        return None
    # In a Turkish locale, GEOS writes LiNESTRiNG.
    positions = shapely.to_wkt(geometry, rounding_precision=-1).partition(" ")[2]
    return f"{geometry.geom_type.upper()} {positions}"


_PLACES: Mapping[str, Callable[[Any], Any]] = {
    "longitude": lambda places: places.x,
    "latitude": lambda places: places.y,
    "WKT": lambda places: places.map(_wkt),
}

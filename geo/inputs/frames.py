"""Layers as frames: the one form of rows between reading a file and writing or drawing it.

In a frame, an unknown number is ``<NA>`` and an unknown text is None. Code that needs single rows uses `json_rows`,
where every unknown value is None, so that ``row["number"] is None`` and ``if row["number"]`` are safe. They are not
safe on a row of the frame itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from geo.inputs.catalog import DERIVED
from geo.inputs.schema import MapFeature, column_type

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

GEOMETRY = "geometry"
CRS = "EPSG:4326"
# Suffixes for units: a column with such a name contains numbers, even if all are unknown.
_MEASURES = ("_m", "_km", "_km2", "_deg")
_NUMBER_DTYPES: dict[type, Any] = {int: "Int64", float: "Float64"}
_PLAIN = (str, int, type(None))


def typed_frame(
    rows: Sequence[Mapping[str, Any]],
    kinds: Mapping[str, type],
    geometries: "Sequence[BaseGeometry | None] | None",
) -> "pd.DataFrame":
    """Return rows as a frame: numbers as ``Int64`` and ``Float64``, lists as lists, texts as they are, or None.

    Parameters
    ----------
    rows : sequence of mapping
        Values by column.
    kinds : mapping of str to type
        Type of each column, in the order of the columns.
    geometries : sequence of geometry or None
        Of each row, lon, lat; None for a table.
    """
    import pandas as pd

    columns = {}
    for column, kind in kinds.items():
        values = [list(row[column]) if kind is tuple else row.get(column) for row in rows]
        columns[column] = pd.Series(values, dtype=_NUMBER_DTYPES.get(kind, object))
    frame = pd.DataFrame(columns)
    if geometries is not None:
        import geopandas as gpd

        frame = gpd.GeoDataFrame(frame, geometry=list(geometries), crs=CRS)
    return frame


def computed_frame(
    name: str, rows: Sequence[Mapping[str, Any]], geometries: "Sequence[BaseGeometry | None]"
) -> "gpd.GeoDataFrame":
    """Return the rows of a computed layer as a frame, with the column types of the records.

    Parameters
    ----------
    name : str
        Name of the layer, as in the catalogue.
    rows : sequence of mapping
        JSON-ready values by column, the columns in order.
    geometries : sequence of geometry or None
        Of each row, lon, lat.
    """
    record = next((spec.record for spec in DERIVED if spec.name == name), None) or MapFeature
    kinds = {
        column: column_type(record, column)
        if column in record.model_fields
        else _column_kind(column, (row.get(column) for row in rows))
        for column in dict.fromkeys(column for row in rows for column in row)
    }
    frame = typed_frame(rows, kinds, geometries)
    frame.attrs["layer"] = name
    return frame


def _column_kind(name: str, values: Iterable[Any]) -> type:
    """Return the type of a column that no record describes, from its values: `str`, `int`, `float` or `list`."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return float if name.endswith(_MEASURES) else str
    if kinds <= {int, float}:
        return int if kinds == {int} else float
    return list if kinds == {list} else str


def json_rows(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a frame, JSON-ready and without geometry; every unknown value is None.

    Examples
    --------
    >>> [row["name_en"] for row in json_rows(posts) if row["number"] is None]
    """
    columns = {str(name): frame[name].tolist() for name in frame.columns if name != GEOMETRY}
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return _plain(value.tolist())
    import pandas as pd

    return None if pd.isna(value) else value

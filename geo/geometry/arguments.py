"""GeoSeries and GeoDataFrames as arguments of public functions that take a shapely geometry.

The functions compute with shapely geometries in lon, lat degrees. A frame is transformed to EPSG:4326 first, and the
result is in EPSG:4326, on the same index. A frame without a CRS is refused: its coordinates may be metres.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from geo.errors import GeometryError
from geo.geometry.geodesic import Floats, check_degrees

if TYPE_CHECKING:
    import geopandas as gpd

    Frame: TypeAlias = gpd.GeoSeries | gpd.GeoDataFrame

CRS = "EPSG:4326"
GEOMETRY, SIDE = "geometry", "side"
# The value of `side` for an undivided corridor.
BOTH = "both"

T = TypeVar("T")


def is_frame(argument: object) -> bool:
    """Return whether an argument is a GeoSeries or a GeoDataFrame, without importing geopandas."""
    return hasattr(argument, "to_crs")


def in_degrees(frame: "Frame", name: str) -> "Frame":
    """Return a frame in any CRS transformed to EPSG:4326; `name` is the argument for the error message.

    Raises
    ------
    GeometryError
        If it has no geometry column or no CRS, or its CRS cannot be transformed to longitude and latitude.
    """
    from pyproj.exceptions import ProjError

    if getattr(frame, "active_geometry_name", GEOMETRY) is None:
        raise GeometryError(f"{name}: no geometry column; set it with .set_geometry(...)")
    if frame.crs is None:
        raise GeometryError(f"{name}: no CRS; set it with .set_crs(...)")
    try:
        return frame.to_crs(CRS)
    except ProjError:
        raise GeometryError(f"{name}: the CRS {frame.crs.name!r} cannot be transformed to {CRS}") from None


def one_line(line: "LineString | Frame", name: str = "line") -> LineString:
    """Return a line that is given as a geometry, or as a frame of one row.

    Raises
    ------
    GeometryError
        If a frame does not have exactly one row, or as for `in_degrees`.
    """
    if not is_frame(line):
        return line
    geometries = in_degrees(line, name).geometry
    if len(geometries) != 1:
        raise GeometryError(f"{name}: {len(geometries)} rows; one line is needed, such as frame.iloc[[0]]")
    found: LineString = geometries.iloc[0]
    return found


def positions_of(points: "Sequence[Point] | Floats | Frame", name: str) -> Floats:
    """Return lon, lat of points, an (n, 2) array; NaN for a row of a frame whose geometry is missing or empty.

    Raises
    ------
    GeometryError
        If one is not a point, or coordinates are not degrees, or as for `in_degrees`.
    """
    if is_frame(points):
        return _positions_of_rows(points, name)
    positions = np.asarray(points) if isinstance(points, np.ndarray) else shapely.get_coordinates(list(points))
    if len(positions) != len(points):
        raise GeometryError(f"{name}: {len(points)} given, {len(positions)} positions found; each must be a point")
    check_degrees(positions, name)
    return positions


def _positions_of_rows(points: "Frame", name: str) -> Floats:
    geometries = in_degrees(points, name).geometry
    shapes = np.asarray(geometries)
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    others = np.flatnonzero(known & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT))
    if len(others):
        label, kind = geometries.index[others[0]], shapes[others[0]].geom_type
        raise GeometryError(f"{name}: row {label!r}: a {kind}; points are needed")
    positions = np.full((len(shapes), 2), np.nan)
    positions[known] = shapely.get_coordinates(shapes[known])
    check_degrees(positions[known], name)
    return positions


def for_each_row(frame: "Frame", compute: Callable[[Any], T]) -> list[T | None]:
    """Compute a value from each geometry of a frame; None where it is missing or empty.

    Raises
    ------
    GeometryError
        As for the computation; the message names the row.
    """
    found: list[T | None] = []
    for label, geometry in zip(frame.index, frame.geometry, strict=True):
        if geometry is None or geometry.is_empty:
            found.append(None)
            continue
        try:
            found.append(compute(geometry))
        except GeometryError as error:
            raise GeometryError(f"row {label!r}: {error}") from None
    return found


def with_geometry(frame: "Frame", geometries: Sequence[BaseGeometry | None]) -> "Frame":
    """Return a frame with other geometries, one per row, in EPSG:4326; index and columns are kept."""
    import geopandas as gpd

    column = gpd.GeoSeries(list(geometries), index=frame.index, crs=CRS, name=frame.geometry.name)
    result = column if isinstance(frame, gpd.GeoSeries) else frame.set_geometry(column)
    result.attrs = {}  # the attributes of a layer's file do not apply to what is computed from it
    return result


def with_sides(frame: "Frame", found: Sequence[Mapping[str, BaseGeometry] | None]) -> "gpd.GeoDataFrame":
    """Return a frame with one row per side of each row, named in the column ``side``, from the areas by side of each.

    A row without areas (None) is kept, without a geometry.

    Raises
    ------
    GeometryError
        If the frame has a column ``side`` that would be lost.
    """
    import geopandas as gpd
    import pandas as pd

    table = gpd.GeoDataFrame(geometry=frame) if isinstance(frame, gpd.GeoSeries) else frame
    if SIDE in table.columns and not (table[SIDE] == BOTH).all():
        raise GeometryError(f"a column {SIDE!r} already exists; rename it")
    parts: list[Mapping[Any, Any]] = [areas or {None: None} for areas in found]
    rows = [row for row, areas in enumerate(parts) for _ in areas]
    result = with_geometry(table.iloc[rows], [area for areas in parts for area in areas.values()])
    result[SIDE] = pd.Series([side for areas in parts for side in areas], index=result.index, dtype=object)
    return result

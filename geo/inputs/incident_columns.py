"""Positions, days and precisions of incidents: which columns of a table state them, and why a row has none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.errors import DataError, Problem
from geo.inputs.geojson import AREA_DEG
from geo.inputs.incident_cells import Days, Floats, Order, Truths, as_text, days_of, numbers_of, syrian_days_of

PARTS = ("lat", "lon", "date")
# If a table has a column of this name, it states the country of each row.
COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of table, as its publisher documents it; its positions are in ``latitude`` and ``longitude``.

    Attributes
    ----------
    name : str
        Its name.
    date, time : str and str or None
        Columns of the day, and of the time of day in UTC (``2305`` or ``23:05``), in lower case.
    marks : tuple of str
        Columns of which it has at least one, and other tables none.
    precision : tuple of str
        Columns that state how precise the position is.
    """

    name: str
    date: str
    marks: tuple[str, ...]
    precision: tuple[str, ...]
    time: str | None = None


# ACLED, "Codebook" and "Column changes 2023": export and API have the same columns, exports also in upper case.
_ACLED = Format(
    "ACLED", "event_date", ("event_id_cnty", "event_id_no_cnty", "data_id", "sub_event_type"), ("geo_precision",)
)
# UCDP, "Georeferenced Event Dataset Codebook"; the candidate events have the same columns.
_UCDP = Format("UCDP GED", "date_start", ("where_prec", "type_of_violence", "priogrid_gid"), ("where_prec",))
# NASA FIRMS, "Active fire data attributes": MODIS (brightness) and VIIRS (bright_ti4); dates and times are UTC.
_FIRMS_MARKS = ("frp", "brightness", "bright_ti4", "bright_t31", "bright_ti5")
_FIRMS = Format("FIRMS", "acq_date", _FIRMS_MARKS, ("scan", "track"), "acq_time")
FORMATS = (_ACLED, _UCDP, _FIRMS)
_NAMES = {"lat": ("latitude", "lat"), "lon": ("longitude", "lon", "lng", "long"), "date": ("date", "event_date")}
# Metres by code; any other code gives an area without a size. UCDP GED codebook, where_prec: 1 is an exact place, 2
# within about 25 km of one. ACLED codebook, geo_precision: 1 is a place.
_RADIUS_M = {_UCDP.name: {1: 0.0, 2: 25_000.0}, _ACLED.name: {1: 0.0}}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that state place and day.

    Attributes
    ----------
    format_name : str
        The format that was recognised, or how the columns were found.
    lat, lon, date, time : str or None
        Names of columns. Without lat and lon, the position is the geometry; without a date, no row has a day.
    precision : tuple of str
        As in `Format`.
    geometry, crs : str or None
        The column of points, and its CRS if that is not longitude and latitude.
    order : str or None
        Whether ``5/3/2020`` is in March (``day-first``) or in May (``month-first``); None if there is no such date.
    """

    format_name: str
    lat: str | None
    lon: str | None
    date: str | None
    time: str | None = None
    precision: tuple[str, ...] = ()
    geometry: str | None = None
    crs: str | None = None
    order: Order | None = None

    def __str__(self) -> str:
        place = f"position from {self.lat}, {self.lon}" if self.lat else "position from the geometry"
        clock = f" and {self.time} (UTC)" if self.time else ""
        order = f" ({self.order})" if self.order else ""
        day = f"day from {self.date}{clock}{order}" if self.date else "no day, so nothing that depends on one"
        precision = f"precision from {', '.join(self.precision)}" if self.precision else "precision not stated"
        return f"{self.format_name}: {place}; {day}; {precision}"

    @property
    def used(self) -> list[str]:
        """The columns that state place, day and precision."""
        return [
            name
            for name in (self.lat, self.lon, self.geometry, self.date, self.time, *self.precision)
            if name is not None
        ]


def recognise(
    file: str, names: Sequence[str], given: Mapping[str, str], *, geometry: str | None = None, crs: str | None = None
) -> Columns:
    """Return which columns of a table state place and day.

    Parameters
    ----------
    file : str
        Name of the table, for the error message.
    names : sequence of str
        Its columns.
    given : mapping of str to str
        Columns that the user has named, by `PARTS`; if there are any, only these are used.
    geometry, crs : str, optional
        The column of points, if there is one, and its CRS if that is not longitude and latitude.

    Raises
    ------
    DataError
        If the position is not recognised, or a named column does not exist.
    """
    for part, name in given.items():
        if name not in names:
            found = f"no column is called {name!r}"
            raise DataError([Problem(file, "", f"--columns {part}", found, f"one of {', '.join(names)}")])
    own = {name.lower(): name for name in names}
    found_by_name = {part: next((own[name] for name in known if name in own), None) for part, known in _NAMES.items()}
    lat, lon, date = (given.get(part) if given else found_by_name[part] for part in PARTS)
    if lat is None or lon is None:
        if geometry is None:
            listed = f"the columns are {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"
            kinds = ", ".join(kind.name for kind in FORMATS)
            repair = "name them with --columns lat=…,lon=…,date=…"
            raise DataError([Problem(file, "", "columns", f"{listed}; no position, neither {kinds}", repair)])
        plain = Columns("points of the geometry", None, None, date, geometry=geometry, crs=crs)
    else:
        plain = Columns("columns by their names", lat, lon, date)
    if given:
        return replace(plain, format_name="columns as named")
    for kind in FORMATS:
        if kind.date in own and not own.keys().isdisjoint(kind.marks):
            precision = tuple(own[name] for name in kind.precision) if set(kind.precision) <= own.keys() else ()
            clock = own.get(kind.time) if kind.time else None
            return replace(plain, format_name=kind.name, date=own[kind.date], time=clock, precision=precision)
    return plain


NO_COORDINATE = "no coordinate"
NOT_A_NUMBER = "coordinate is not a number"
OUT_OF_RANGE = "coordinate out of range"
SWAPPED = "latitude and longitude swapped"
BAD_DATE = "bad date"
REASONS = (NO_COORDINATE, NOT_A_NUMBER, OUT_OF_RANGE, SWAPPED, BAD_DATE)

# A table is about the area of the map if this share of its positions is in it.
_MOSTLY = 0.5
# West of this longitude and north of this latitude (degrees) nothing is in Syria. A place of the zone whose coordinates
# are swapped falls there: in and near the Gulf of Iskenderun.
_NOT_SYRIA_WEST_OF, _NOT_SYRIA_NORTH_OF = 36.35, 36.06
# If latitude and longitude differ by less than this (degrees), both readings are close to each other.
_DISTINCT_DEG = 0.25


@dataclass(frozen=True, slots=True)
class Values:
    """Positions, days and precisions of some rows.

    Attributes
    ----------
    lon, lat : arrays of float
        Degrees (WGS 84); meaningless where there is a fault.
    day : array of int or None
        Numbers of days, `UNKNOWN_DAY` if a row has none; None if the table has no dates.
    precision_m : array of float or None
        Radius of the true position, infinite where it is not known; None if the table does not state it.
    fault : array of int
        -1, or the number of one of `REASONS`.
    """

    lon: Floats
    lat: Floats
    day: Days | None
    precision_m: Floats | None
    fault: npt.NDArray[np.int8]


def values_of(batch: Any, columns: Columns, *, is_regional: bool) -> Values:
    """Return positions, days and precisions of some rows.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        The rows.
    columns : Columns
        The columns that state them.
    is_regional : bool
        Whether the table is about the area of the map (`is_regional`). A place near the Gulf of Iskenderun that would
        be in the area if its coordinates were swapped is then taken for a swapped one; in a table that states the
        country, only in rows for Syria, and never in satellite data.
    """
    lon, lat, fault = _positions(batch, columns)
    _mark(fault, (lon == 0) & (lat == 0), NO_COORDINATE)
    beyond = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    _mark(fault, beyond & (np.abs(lat) <= 180) & (np.abs(lon) <= 90), SWAPPED)
    _mark(fault, beyond, OUT_OF_RANGE)
    if columns.format_name != _FIRMS.name:
        _mark(fault, _looks_swapped(lon, lat) & _may_be_swapped(batch, is_regional=is_regional), SWAPPED)
    day = None
    if columns.date is not None:
        day, bad = days_of(batch.column(columns.date), columns.order)
        _mark(fault, bad, BAD_DATE)
        if columns.time is not None:
            day = syrian_days_of(day, batch.column(columns.time))
    return Values(lon, lat, day, _precisions(batch, columns), fault)


def is_regional(batch: Any, columns: Columns) -> bool:
    """Return whether most of the positions are in the area of the map, swapped or not."""
    lon, lat, fault = _positions(batch, columns)
    placed = fault < 0
    near = _is_of_interest(lon, lat) | _is_of_interest(lat, lon)
    return bool(np.count_nonzero(near & placed) > _MOSTLY * np.count_nonzero(placed))


def found_in(batch: Any, columns: Columns, row: int, reason: str) -> str:
    """Return the cells that a row is rejected for."""
    places = [columns.lat, columns.lon] if columns.lat else [columns.geometry]
    names = [columns.date] if reason == BAD_DATE else places
    cells = [batch.column(name)[row].as_py() for name in names if name is not None]
    return ", ".join("" if cell is None else cell.hex() if isinstance(cell, bytes) else str(cell) for cell in cells)


def _mark(fault: npt.NDArray[np.int8], where: Truths, reason: str) -> None:
    fault[where & (fault < 0)] = REASONS.index(reason)


def _looks_swapped(lon: Floats, lat: Floats) -> Truths:
    is_beyond_syria = (lon < _NOT_SYRIA_WEST_OF) & (lat > _NOT_SYRIA_NORTH_OF)
    return is_beyond_syria & (lat - lon > _DISTINCT_DEG) & _is_of_interest(lat, lon)


def _may_be_swapped(batch: Any, *, is_regional: bool) -> Truths:
    name = next((name for name in batch.schema.names if name.lower() == COUNTRY), None)
    if name is None:
        return np.full(batch.num_rows, is_regional)
    return np.asarray(pc.fill_null(pc.starts_with(as_text(batch.column(name)), "Syria"), fill_value=False))


def _is_of_interest(lon: Floats, lat: Floats) -> Truths:
    west, south, east, north = AREA_DEG
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north) & (lon > lat)


def _positions(batch: Any, columns: Columns) -> tuple[Floats, Floats, npt.NDArray[np.int8]]:
    fault = np.full(batch.num_rows, -1, dtype=np.int8)
    if columns.lat is None or columns.lon is None:
        lon, lat = points_of(batch.column(columns.geometry), columns.crs)
        _mark(fault, np.isnan(lon) | np.isnan(lat), NO_COORDINATE)
        _mark(fault, ~(np.isfinite(lon) & np.isfinite(lat)), NOT_A_NUMBER)
        return lon, lat, fault
    found = [numbers_of(batch.column(name)) for name in (columns.lon, columns.lat)]
    for _, blank in found:
        _mark(fault, blank, NO_COORDINATE)
    for value, _ in found:
        _mark(fault, ~np.isfinite(value), NOT_A_NUMBER)
    lon, lat = (np.where(fault < 0, value, np.nan) for value, _ in found)
    return lon, lat, fault


def points_of(column: Any, crs: str | None = None) -> tuple[Floats, Floats]:
    """Return lon, lat of a column of points, NaN where there is none.

    Parameters
    ----------
    column : pyarrow.Array
        Well-known binary, or GeoArrow's points (structs of x and y).
    crs : str, optional
        Its CRS if that is not longitude and latitude.
    """
    if pa.types.is_struct(column.type):
        x, y = (np.asarray(column.field(name).cast(pa.float64())) for name in ("x", "y"))
    else:
        shapes = shapely.from_wkb(np.array(column.cast(pa.binary()).to_pylist(), dtype=object), on_invalid="ignore")
        x, y = coordinates_of(shapes)
    if crs is None:
        return x, y
    lon, lat = _transformer(crs).transform(x, y)
    return lon, lat


def coordinates_of(shapes: npt.NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Return x, y of points, also of multipoints of one point; NaN for other geometries, missing and empty ones."""
    points = shapes.copy()
    single = (shapely.get_type_id(points) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(points) == 1
    )
    points[single] = shapely.get_geometry(points[single], 0)
    points[shapely.is_empty(shapes)] = None
    return shapely.get_x(points), shapely.get_y(points)


@lru_cache(maxsize=8)
def _transformer(crs: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def _precisions(batch: Any, columns: Columns) -> Floats | None:
    if not columns.precision:
        return None
    stated = [numbers_of(batch.column(name))[0] for name in columns.precision]
    if columns.format_name == _FIRMS.name:
        # FIRMS gives the centre of a pixel of scan by track kilometres; the fire is anywhere in it.
        return np.nan_to_num(np.hypot(*stated) / 2 * 1000, nan=np.inf)
    radius_m = np.full(batch.num_rows, np.inf)
    for code, metres in _RADIUS_M[columns.format_name].items():
        radius_m[stated[0] == code] = metres
    return radius_m

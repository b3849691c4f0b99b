"""Positions, days and precisions from the columns of a table of incidents, and why a row has none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.inputs.geojson import AREA_DEG
from geo.inputs.incident_dates import days_of
from geo.inputs.incident_formats import COUNTRY, SATELLITE, Columns

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

NO_COORDINATE = "no coordinate"
NOT_A_NUMBER = "coordinate is not a number"
OUT_OF_RANGE = "coordinate out of range"
SWAPPED = "latitude and longitude swapped"
NO_DATE = "no date"
BAD_DATE = "bad date"
REASONS = (NO_COORDINATE, NOT_A_NUMBER, OUT_OF_RANGE, SWAPPED, NO_DATE, BAD_DATE)

# UCDP GED codebook, where_prec: 1 an exact place, 2 within about 25 km of one, 3 to 7 only a district, a province, a
# line, a country or the sea, without a size.
_UCDP_M = {1: 0.0, 2: 25_000.0}
# ACLED codebook, geo_precision: 1 a place; 2 a part of a region, 3 a region, neither with a size.
_ACLED_M = {1: 0.0}
# Of the rows that have a position, so many must lie in the area of the map for the table to be about it.
_MOSTLY = 0.5
# West of this longitude and north of this latitude (degrees) nothing is Syria. A place of the zone with its coordinates
# swapped lands there: in the Gulf of Iskenderun and on the coast about it.
_NOT_SYRIA_WEST_OF, _NOT_SYRIA_NORTH_OF = 36.35, 36.06
# Where latitude and longitude differ by less than this, in degrees, both readings are near each other, and none is odd.
_TELLING_DEG = 0.25


@dataclass(frozen=True, slots=True)
class Values:
    """What the rows of a batch say.

    Attributes
    ----------
    lon, lat : arrays of float
        Degrees; meaningless where there is a fault.
    day : array of int or None
        Numbers of days since 1 January 1970; None if the table has no dates.
    precision_m : array of float or None
        Radius within which the true place lies, infinite where it is not known; None if the table does not say.
    fault : array of int
        -1, or the number of one of `REASONS`.
    """

    lon: Floats
    lat: Floats
    day: npt.NDArray[np.int64] | None
    precision_m: Floats | None
    fault: npt.NDArray[np.int8]


def values_of(batch: Any, columns: Columns, *, is_regional: bool) -> Values:
    """Return what the rows of a batch say.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        Some rows.
    columns : Columns
        Which columns count.
    is_regional : bool
        Whether the table is about the area of the map, as `is_regional` has it. A place by the Gulf of Iskenderun that
        would lie in the area with its coordinates swapped is then taken for one that has them swapped; in a table
        that names the country, only where that is Syria. What satellites saw is taken as it is.
    """
    lon, lat, fault = _positions(batch, columns)
    _find(fault, (lon == 0) & (lat == 0), NO_COORDINATE)
    beyond = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    _find(fault, beyond & (np.abs(lat) <= 180) & (np.abs(lon) <= 90), SWAPPED)
    _find(fault, beyond, OUT_OF_RANGE)
    if columns.format_name != SATELLITE:
        _find(fault, _looks_swapped(lon, lat) & _may_be_swapped(batch, is_regional=is_regional), SWAPPED)
    day = None
    if columns.date is not None:
        dates = batch.column(columns.date)
        day, known = days_of(dates, is_day_first=columns.is_day_first)
        _find(fault, ~known & is_blank(dates), NO_DATE)
        _find(fault, ~known, BAD_DATE)
    return Values(lon, lat, day, _precisions(batch, columns), fault)


def is_regional(batch: Any, columns: Columns) -> bool:
    """Return whether most of the rows that have a position lie in the area of the map, swapped or not."""
    lon, lat, fault = _positions(batch, columns)
    placed = fault < 0
    near = _is_of_interest(lon, lat) | _is_of_interest(lat, lon)
    return bool(np.count_nonzero(near & placed) > _MOSTLY * np.count_nonzero(placed))


def found_in(batch: Any, columns: Columns, row: int, reason: str) -> str:
    """Return what stands where a fault was found, for its report."""
    dates, places = [columns.date], [columns.lat, columns.lon] if columns.lat else [columns.geometry]
    names = dates if reason in (NO_DATE, BAD_DATE) else places
    values = [batch.column(name)[row].as_py() for name in names if name is not None]
    return ", ".join(
        "" if value is None else value.hex() if isinstance(value, bytes) else str(value) for value in values
    )


def _find(fault: npt.NDArray[np.int8], where: Truths, reason: str) -> None:
    fault[where & (fault < 0)] = REASONS.index(reason)


def _looks_swapped(lon: Floats, lat: Floats) -> Truths:
    return (
        (lon < _NOT_SYRIA_WEST_OF)
        & (lat > _NOT_SYRIA_NORTH_OF)
        & (lat - lon > _TELLING_DEG)
        & _is_of_interest(lat, lon)
    )


def _may_be_swapped(batch: Any, *, is_regional: bool) -> Truths:
    import pyarrow as pa
    import pyarrow.compute as pc

    name = next((name for name in batch.schema.names if name.lower() == COUNTRY), None)
    if name is None:
        return np.full(batch.num_rows, is_regional)
    country = batch.column(name).cast(pa.string())
    return np.asarray(pc.fill_null(pc.starts_with(country, "Syria"), fill_value=False))


def _is_of_interest(lon: Floats, lat: Floats) -> Truths:
    west, south, east, north = AREA_DEG
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north) & (lon > lat)


def _positions(batch: Any, columns: Columns) -> tuple[Floats, Floats, npt.NDArray[np.int8]]:
    fault = np.full(batch.num_rows, -1, dtype=np.int8)
    if columns.lat is None or columns.lon is None:
        lon, lat = points_of(batch.column(columns.geometry))
        _find(fault, np.isnan(lon) | np.isnan(lat), NO_COORDINATE)
        _find(fault, ~(np.isfinite(lon) & np.isfinite(lat)), NOT_A_NUMBER)
        return lon, lat, fault
    found = [numbers_of(batch.column(name)) for name in (columns.lon, columns.lat)]
    for _, blank in found:
        _find(fault, blank, NO_COORDINATE)
    for value, _ in found:
        _find(fault, ~np.isfinite(value), NOT_A_NUMBER)
    lon, lat = (np.where(fault < 0, value, np.nan) for value, _ in found)
    return lon, lat, fault


def is_blank(column: Any) -> Truths:
    """Return where a column holds nothing, or nothing but blanks."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.utf8_trim_whitespace(column)
        return np.asarray(pc.fill_null(pc.equal(column, ""), fill_value=True))
    return np.asarray(pc.is_null(column, nan_is_null=True))


def numbers_of(column: Any) -> tuple[Floats, Truths]:
    """Return the numbers of a column, NaN where there is none, and where nothing stands at all.

    A number is written with a point, as in ``-12.5`` or ``1e-3``; whatever else a text holds is none.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type) or pa.types.is_decimal(column.type):
        blank = np.asarray(pc.is_null(column, nan_is_null=pa.types.is_floating(column.type)))
        return np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), float("nan"))), blank
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return np.full(len(column), np.nan), np.asarray(pc.is_null(column))
    try:
        numbers = column.cast(pa.float64())
        return np.asarray(pc.fill_null(numbers, float("nan"))), np.asarray(pc.is_null(column))
    except (pa.ArrowInvalid, ValueError):
        return _numbers_of_any_text(column)


def _numbers_of_any_text(column: Any) -> tuple[Floats, Truths]:
    import pyarrow as pa
    import pyarrow.compute as pc

    blank = is_blank(column)
    text = pc.fill_null(pc.utf8_trim_whitespace(column), "")
    is_number = pc.match_substring_regex(text, r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$")
    plain = pc.replace_substring_regex(pc.if_else(is_number, text, "nan"), r"^\+", "")
    return np.asarray(plain.cast(pa.float64())), blank


_POINT_BYTES = 21  # byte order, kind, and two numbers of 8 bytes
_LITTLE_ENDIAN_POINT = bytes([1, 1, 0, 0, 0])


def points_of(column: Any) -> tuple[Floats, Floats]:
    """Return lon, lat of a column of points in well-known binary; NaN for whatever else stands there."""
    import pyarrow as pa
    import shapely

    if pa.types.is_struct(column.type):  # GeoArrow's points
        return tuple(np.asarray(column.field(name).cast(pa.float64())) for name in ("x", "y"))  # type: ignore[return-value]
    column = column.cast(pa.binary())
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32, count=len(column) + 1, offset=4 * column.offset)
    if column.null_count == 0 and len(column) and (np.diff(offsets) == _POINT_BYTES).all():
        raw = np.frombuffer(column.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]].reshape(-1, _POINT_BYTES)
        if (raw[:, :5] == np.frombuffer(_LITTLE_ENDIAN_POINT, dtype=np.uint8)).all():
            pair = np.ascontiguousarray(raw[:, 5:]).view("<f8")
            return pair[:, 0].copy(), pair[:, 1].copy()
    shapes = shapely.from_wkb(column.to_pylist(), on_invalid="ignore")
    is_point = shapely.get_type_id(shapes) == 0
    return np.where(is_point, shapely.get_x(shapes), np.nan), np.where(is_point, shapely.get_y(shapes), np.nan)


def _precisions(batch: Any, columns: Columns) -> Floats | None:
    if columns.rule == "none":
        return None
    stated = [numbers_of(batch.column(name))[0] for name in columns.precision]
    if columns.rule == "pixel":
        # FIRMS gives the middle of a pixel of scan by track kilometres; the fire is anywhere in it.
        scan_km, track_km = stated
        return np.nan_to_num(np.hypot(scan_km, track_km) / 2 * 1000, nan=np.inf)
    return _by_code(stated[0], _UCDP_M if columns.rule == "ucdp" else _ACLED_M)


def _by_code(codes: Floats, metres: dict[int, float]) -> Floats:
    found = np.full(len(codes), np.inf)
    for code, radius_m in metres.items():
        found[codes == code] = radius_m
    return found


__all__: Sequence[str] = ("REASONS", "Values", "found_in", "is_regional", "numbers_of", "points_of", "values_of")

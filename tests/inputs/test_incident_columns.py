"""All rows here are synthetic."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from geo.errors import DataError
from geo.inputs.incident_cells import UNKNOWN_DAY
from geo.inputs.incident_columns import REASONS, is_regional, points_of, recognise, values_of

# The columns that the publishers document.
ACLED = [
    "event_id_cnty",
    "event_date",
    "year",
    "time_precision",
    "disorder_type",
    "event_type",
    "sub_event_type",
    "actor1",
    "assoc_actor_1",
    "inter1",
    "actor2",
    "assoc_actor_2",
    "inter2",
    "interaction",
    "civilian_targeting",
    "iso",
    "region",
    "country",
    "admin1",
    "admin2",
    "admin3",
    "location",
    "latitude",
    "longitude",
    "geo_precision",
    "source",
    "source_scale",
    "notes",
    "fatalities",
    "tags",
    "timestamp",
]
UCDP = [
    "id",
    "relid",
    "year",
    "active_year",
    "type_of_violence",
    "conflict_name",
    "dyad_name",
    "side_a",
    "side_b",
    "where_prec",
    "where_coordinates",
    "adm_1",
    "adm_2",
    "latitude",
    "longitude",
    "geom_wkt",
    "priogrid_gid",
    "country",
    "country_id",
    "event_clarity",
    "date_prec",
    "date_start",
    "date_end",
    "best",
]
MODIS = [
    "latitude",
    "longitude",
    "brightness",
    "scan",
    "track",
    "acq_date",
    "acq_time",
    "satellite",
    "confidence",
    "version",
    "bright_t31",
    "frp",
    "daynight",
]
VIIRS = [{"brightness": "bright_ti4", "bright_t31": "bright_ti5"}.get(name, name) for name in MODIS]


@pytest.mark.parametrize(
    ("names", "kind", "date", "time", "precision"),
    [
        (ACLED, "ACLED", "event_date", None, ("geo_precision",)),
        ([name.upper() for name in ACLED], "ACLED", "EVENT_DATE", None, ("GEO_PRECISION",)),
        (["data_id", *ACLED[1:]], "ACLED", "event_date", None, ("geo_precision",)),
        (UCDP, "UCDP GED", "date_start", None, ("where_prec",)),
        (MODIS, "FIRMS", "acq_date", "acq_time", ("scan", "track")),
        ([name for name in VIIRS if name not in ("scan", "acq_time")], "FIRMS", "acq_date", None, ()),
        (["id", "Lat", "LNG", "Date"], "columns by their names", "Date", None, ()),
        (["id", "lat", "lon"], "columns by their names", None, None, ()),
    ],
)
def test_tables_are_recognised_by_their_documented_columns(names, kind, date, time, precision):
    found = recognise("a.csv", names, {})
    assert (found.format_name, found.date, found.time, found.precision) == (kind, date, time, precision)


def test_columns_named_by_the_user_count_before_all_others():
    found = recognise("a.csv", [*MODIS, "y", "x"], {"lat": "y", "lon": "x"})
    assert (found.lat, found.lon, found.date, found.precision) == ("y", "x", None, ())


def test_a_table_without_a_position_is_refused_with_what_to_do():
    with pytest.raises(DataError, match=r"^a\.csv: columns: the columns are a, b; .*--columns lat=…,lon=…,date=…$"):
        recognise("a.csv", ["a", "b"], {})
    with pytest.raises(DataError, match=r"no column is called 'z'"):
        recognise("a.csv", ["a", "b"], {"lat": "z", "lon": "b"})
    with pytest.raises(DataError, match="no position"):
        recognise("a.csv", ["a", "b"], {"lat": "a"})


def test_a_geometry_is_used_where_there_are_no_columns_of_positions():
    found = recognise("a.parquet", ["id", "date", "geometry"], {}, geometry="geometry")
    assert (found.geometry, found.lat, found.date) == ("geometry", None, "date")
    assert recognise("a.parquet", ["lat", "lon", "geometry"], {}, geometry="geometry").geometry is None


def reasons(columns, *, regional=False, geometry=None):
    batch = pa.RecordBatch.from_pydict(columns)
    found = values_of(batch, recognise("a", batch.schema.names, {}, geometry=geometry), is_regional=regional)
    return [REASONS[fault] if fault >= 0 else "" for fault in found.fault.tolist()], found


@pytest.mark.parametrize(
    ("lat", "lon", "reason"),
    [
        (" 35.8 ", "+36.5", ""),
        ("-35.8", "-136.5", ""),
        ("", "36.5", "no coordinate"),
        ("35.8", None, "no coordinate"),
        ("0", "0.0", "no coordinate"),
        ("35,8", "36,5", ""),
        ("35,8,1", "36,5", "coordinate is not a number"),
        ("inf", "36.5", "coordinate is not a number"),
        ("35.8", "361", "coordinate out of range"),
        ("91", "181", "coordinate out of range"),
        ("136.5", "35.8", "latitude and longitude swapped"),
    ],
)
def test_a_position_is_two_numbers_on_earth_or_there_is_a_reason(lat, lon, reason):
    found, values = reasons({"lat": pa.array([lat, "35.8"]), "lon": pa.array([lon, "36.5"])})
    assert found == [reason, ""]
    assert (values.lat[1], values.lon[1]) == (35.8, 36.5)


def test_swapped_places_of_the_zone_show_in_a_table_about_it_or_in_rows_for_syria_but_not_in_satellite_data():
    table = {"lat": [36.6, 35.8], "lon": [35.7, 36.6]}
    swapped = "latitude and longitude swapped"
    assert reasons(table, regional=True)[0] == [swapped, ""]
    assert reasons(table, regional=False)[0] == ["", ""]
    assert reasons({"lat": [36.6] * 2, "lon": [35.7] * 2, "country": ["Turkey", "Syria"]})[0] == ["", swapped]
    fires = {"latitude": [36.6], "longitude": [35.7], "acq_date": ["2020-10-01"], "frp": [1.0], "country": ["Syria"]}
    assert reasons(fires, regional=True)[0] == [""]


def test_a_table_is_about_the_area_if_most_of_its_rows_are():
    columns = recognise("a", ["lat", "lon"], {})
    near = pa.RecordBatch.from_pydict({"lat": [35.8, 36.6, 10.0], "lon": [36.6, 35.8, 10.0]})
    far = pa.RecordBatch.from_pydict({"lat": [35.8, 11.0, 10.0], "lon": [36.6, 20.0, 10.0]})
    assert (is_regional(near, columns), is_regional(far, columns)) == (True, False)


def test_a_row_without_a_day_is_usable_and_one_with_a_bad_day_is_not():
    found, values = reasons({"lat": [35.8] * 3, "lon": [36.5] * 3, "date": ["2020-03-05", " ", "2020-02-30"]})
    assert found == ["", "", "bad date"]
    assert values.day.tolist()[:2] == [18326, UNKNOWN_DAY]


@pytest.mark.parametrize(
    ("acq_time", "day"),
    [(2300, "2020-03-06"), ("2300", "2020-03-06"), ("23:00", "2020-03-06"), (2159, "2020-03-05"), (0, "2020-03-05"),
     ("0005", "2020-03-05"), (None, "2020-03-05"), (9999, "2020-03-05")],
)  # fmt: skip
def test_the_day_of_a_fire_is_the_one_in_syria_at_its_time_in_utc(acq_time, day):
    fire = {"latitude": [35.8], "longitude": [36.5], "acq_date": ["2020-03-05"], "acq_time": [acq_time], "frp": [1.0]}
    assert str(reasons(fire)[1].day[0].astype("datetime64[D]")) == day


def precision(columns):
    where = {"latitude": [35.8] * 4, "longitude": [36.5] * 4}
    return reasons({**where, **columns})[1].precision_m.tolist()


def test_precision_is_what_the_publishers_document_in_metres_and_infinite_where_they_state_none():
    dates = ["2020-03-05"] * 4
    ucdp = {"date_start": dates, "where_prec": [1, 2, 3, 7], "type_of_violence": [1] * 4}
    assert precision(ucdp) == [0.0, 25_000.0, np.inf, np.inf]
    acled = {"event_date": dates, "geo_precision": ["1", "2", "3", ""], "event_id_cnty": ["SYR1"] * 4}
    assert precision(acled) == [0.0, np.inf, np.inf, np.inf]
    firms = {"acq_date": dates, "frp": [1.0] * 4, "scan": [0.6, 0.8, 1.0, None], "track": [0.8, 0.6, 1.0, 1.0]}
    assert precision(firms) == pytest.approx([500.0, 500.0, 707.1067811865476, np.inf])


def test_points_in_well_known_binary_are_read_and_other_shapes_are_no_coordinate():
    point, line = shapely.Point(36.5, 35.8), shapely.LineString([(0, 0), (1, 1)])
    shapes = [shapely.to_wkb(point), shapely.to_wkb(point, byte_order=0), None, line.wkb, b"\x01", shapely.Point().wkb]
    lon, lat = points_of(pa.array(shapes, pa.binary()))
    assert (lon[:2].tolist(), lat[:2].tolist()) == ([36.5] * 2, [35.8] * 2)
    assert np.isnan(lon[2:]).all()
    found, _ = reasons({"geometry": pa.array(shapes, pa.binary())}, geometry="geometry")
    assert found == ["", "", *["no coordinate"] * 4]

"""All rows here are synthetic."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from geo.inputs.incident_formats import recognise
from geo.inputs.incident_values import REASONS, is_regional, numbers_of, points_of, values_of


def reasons(columns, *, regional=False, given=None, geometry=None):
    batch = pa.RecordBatch.from_pydict(columns)
    found = values_of(batch, recognise("a", batch.schema.names, given or {}, geometry=geometry), is_regional=regional)
    return [REASONS[fault] if fault >= 0 else "" for fault in found.fault.tolist()], found


@pytest.mark.parametrize(
    ("lat", "lon", "reason"),
    [
        ("35.8", "36.5", ""),
        (" 35.8 ", "+36.5", ""),
        ("3.58e1", "36.", ""),
        ("-35.8", "-136.5", ""),
        ("", "36.5", "no coordinate"),
        ("35.8", None, "no coordinate"),
        ("0", "0.0", "no coordinate"),
        ("35,8", "36,5", "coordinate is not a number"),
        ("٣٥", "36.5", "coordinate is not a number"),
        ("35°48'N", "36.5", "coordinate is not a number"),
        ("nan", "36.5", "coordinate is not a number"),
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


def test_numbers_of_any_kind_are_numbers_and_null_is_none():
    assert (
        reasons({"lat": pa.array([35.8, None, float("nan")]), "lon": pa.array([36.5] * 3)})[0][1:]
        == ["no coordinate"] * 2
    )
    assert numbers_of(pa.array([1, None]))[0].tolist()[0] == 1.0
    assert numbers_of(pa.array(["1.5", "2"]).dictionary_encode())[0].tolist() == [1.5, 2.0]
    assert np.isnan(numbers_of(pa.array([True, False]))[0]).all()


def test_swapped_places_of_the_zone_show_in_a_table_about_it():
    table = {"lat": pa.array([36.6, 35.8]), "lon": pa.array([35.7, 36.6])}
    assert reasons(table, regional=True)[0] == ["latitude and longitude swapped", ""]
    assert reasons(table, regional=False)[0] == ["", ""]


def test_a_table_that_names_the_country_is_taken_at_its_word():
    table = {"lat": [36.6, 36.6], "lon": [35.7, 35.7], "country": ["Turkey", "Syria"]}
    assert reasons(table, regional=True)[0] == ["", "latitude and longitude swapped"]


def test_fires_by_the_gulf_of_iskenderun_are_no_swapped_places():
    table = {"latitude": [36.6], "longitude": [35.7], "acq_date": ["2020-10-01"], "frp": [1.0], "country": ["Syria"]}
    assert reasons(table, regional=True)[0] == [""]


def test_a_table_is_about_the_area_if_most_of_its_rows_are():
    columns = recognise("a", ["lat", "lon"], {})
    near = pa.RecordBatch.from_pydict({"lat": [35.8, 36.6, 10.0], "lon": [36.6, 35.8, 10.0]})
    far = pa.RecordBatch.from_pydict({"lat": [35.8, 11.0, 10.0], "lon": [36.6, 20.0, 10.0]})
    assert (is_regional(near, columns), is_regional(far, columns)) == (True, False)


def test_a_row_without_a_day_or_with_a_bad_one_has_a_reason():
    table = {"lat": [35.8] * 3, "lon": [36.5] * 3, "date": ["2020-03-05", " ", "2020-02-30"]}
    assert reasons(table)[0] == ["", "no date", "bad date"]


def precision(columns):
    return reasons(columns)[1].precision_m.tolist()


def test_precision_is_what_the_publishers_document_in_metres_and_unknown_where_they_state_none():
    where = {"latitude": [35.8] * 4, "longitude": [36.5] * 4}
    ucdp = {**where, "date_start": ["2020-03-05"] * 4, "where_prec": [1, 2, 3, 7], "type_of_violence": [1] * 4}
    assert precision(ucdp) == [0.0, 25_000.0, np.inf, np.inf]
    acled = {
        **where,
        "event_date": ["05 March 2020"] * 4,
        "geo_precision": ["1", "2", "3", ""],
        "event_id_cnty": ["SYR1"] * 4,
    }
    assert precision(acled) == [0.0, np.inf, np.inf, np.inf]
    firms = {
        **where,
        "acq_date": ["2020-03-05"] * 4,
        "frp": [1.0] * 4,
        "scan": [0.6, 0.8, 1.0, None],
        "track": [0.8, 0.6, 1.0, 1.0],
    }
    assert precision(firms) == pytest.approx([500.0, 500.0, 707.1067811865476, np.inf])


def test_points_in_well_known_binary_are_read_and_other_shapes_are_no_coordinate():
    points = shapely.points([[36.5, 35.8], [36.6, 35.9]])
    lon, lat = points_of(pa.array(shapely.to_wkb(points).tolist(), pa.binary()))
    assert (lon.tolist(), lat.tolist()) == ([36.5, 36.6], [35.8, 35.9])
    mixed = [
        shapely.to_wkb(points[0], byte_order=0),
        None,
        shapely.to_wkb(shapely.LineString([(0, 0), (1, 1)])),
        b"\x01",
    ]
    lon, lat = points_of(pa.array(mixed, pa.binary()))
    assert (lon[0], lat[0]) == (36.5, 35.8)
    assert np.isnan(lon[1:]).all()
    table = {"geometry": pa.array(mixed, pa.binary())}
    assert reasons(table, geometry="geometry")[0] == ["", *["no coordinate"] * 3]

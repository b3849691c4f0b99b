import pytest

from geo.errors import DataError
from geo.inputs.incident_formats import recognise


# The columns that the publishers document.
def words(text):
    """Return the words of a text."""
    return text.split()


ACLED = words(
    "event_id_cnty event_date year time_precision disorder_type event_type sub_event_type actor1 assoc_actor_1 inter1 "
    "actor2 assoc_actor_2 inter2 interaction civilian_targeting iso region country admin1 admin2 admin3 location "
    "latitude longitude geo_precision source source_scale notes fatalities tags timestamp"
)
UCDP = words(
    "id relid year active_year type_of_violence conflict_name dyad_name side_a side_b where_prec where_coordinates "
    "adm_1 adm_2 latitude longitude geom_wkt priogrid_gid country country_id event_clarity date_prec date_start "
    "date_end best"
)
MODIS = words(
    "latitude longitude brightness scan track acq_date acq_time satellite confidence version bright_t31 frp daynight"
)
VIIRS = words(
    "latitude longitude bright_ti4 scan track acq_date acq_time satellite confidence version bright_ti5 frp daynight"
)


@pytest.mark.parametrize(
    ("names", "kind", "day", "rule", "precision"),
    [
        (ACLED, "ACLED", "event_date", "acled", ("geo_precision",)),
        ([name.upper() for name in ACLED], "ACLED", "EVENT_DATE", "acled", ("GEO_PRECISION",)),
        (["data_id", *ACLED[1:]], "ACLED", "event_date", "acled", ("geo_precision",)),
        (UCDP, "UCDP GED", "date_start", "ucdp", ("where_prec",)),
        (MODIS, "FIRMS", "acq_date", "pixel", ("scan", "track")),
        (VIIRS, "FIRMS", "acq_date", "pixel", ("scan", "track")),
        ([name for name in VIIRS if name != "scan"], "FIRMS", "acq_date", "none", ()),
        (["id", "Lat", "LNG", "Date"], "columns by their names", "Date", "none", ()),
        (["id", "lat", "lon"], "columns by their names", None, "none", ()),
    ],
)
def test_tables_are_recognised_by_their_documented_columns(names, kind, day, rule, precision):
    found = recognise("a.csv", names, {})
    assert (found.format_name, found.date, found.rule, found.precision) == (kind, day, rule, precision)


def test_columns_named_by_the_user_count_before_all_others():
    found = recognise("a.csv", [*MODIS, "y", "x"], {"lat": "y", "lon": "x"})
    assert (found.lat, found.lon, found.date) == ("y", "x", None)


def test_a_table_that_is_none_of_these_is_refused_with_what_to_do():
    with pytest.raises(DataError, match=r"^a\.csv: columns: the columns are a, b; .*--columns lat=…,lon=…,date=…$"):
        recognise("a.csv", ["a", "b"], {})
    with pytest.raises(DataError, match=r"no column is called 'z'"):
        recognise("a.csv", ["a", "b"], {"lat": "z", "lon": "b"})
    with pytest.raises(DataError, match="name both"):
        recognise("a.csv", ["a", "b"], {"lat": "a"})


def test_points_of_a_geometry_are_taken_where_there_are_no_columns():
    found = recognise("a.parquet", ["id", "date", "geometry"], {}, geometry="geometry")
    assert (found.geometry, found.lat, found.date) == ("geometry", None, "date")
    assert recognise("a.parquet", ["lat", "lon", "geometry"], {}, geometry="geometry").geometry is None

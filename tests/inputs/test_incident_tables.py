import gzip

import numpy as np
import pytest

from geo.errors import DataError
from geo.inputs.files import digest_of
from geo.inputs.incident_tables import read_incidents

# Made up, for these tests only.
HEADER = "latitude,longitude,date,kind,code,note,in_corridor\n"
ROWS = [
    "35.81,36.60,2020-03-07,shelling,1,a,True",
    "35.70,36.40,2020-03-06,air strike,2,b,False",
    ",36.40,2020-03-06,air strike,2,c,False",
    "35.75,36.50,2020-03-09,,1,d,False",
]


def read(path, **options):
    return read_incidents(path, **{"most_rows": 100, "most_words": 3, "leaving_out": ("in_corridor",), **options})


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "made-up.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in ROWS), encoding="utf-8")
    return path


def test_rows_with_a_position_and_a_day_are_kept_and_all_are_counted(table):
    found = read(table)
    assert found.lat.tolist() == [35.81, 35.70, 35.75]
    assert found.lon.tolist() == [36.60, 36.40, 36.50]
    assert found.day.astype("datetime64[D]").astype(str).tolist() == ["2020-03-07", "2020-03-06", "2020-03-09"]
    assert (found.file.name, found.file.rows, found.file.sha256) == ("made-up.csv", 4, digest_of(table.read_bytes()))


def test_only_columns_whose_words_repeat_are_kept_and_codes_are_not_words(table):
    (kind,) = read(table).words
    assert (kind.name, kind.words) == ("kind", ("air strike", "shelling"))
    assert kind.codes.tolist() == [1, 0, -1]


def test_a_column_of_more_words_than_asked_for_is_not_kept(table):
    assert read(table, most_words=1).words == ()


def test_a_compressed_table_is_read_the_same(table, tmp_path):
    packed = tmp_path / "made-up.csv.gz"
    packed.write_bytes(gzip.compress(table.read_bytes()))
    assert np.array_equal(read(packed).lon, read(table).lon)


def test_a_larger_table_is_refused_in_one_line(table):
    with pytest.raises(DataError, match=r"^made-up\.csv: rows: more than 3 rows: keep those that the map is to show$"):
        read(table, most_rows=3)


def test_a_table_without_days_has_none(tmp_path):
    path = tmp_path / "undated.csv"
    path.write_text("lat,lon\n35.8,36.6\n", encoding="utf-8")
    assert read(path).day is None


def test_an_empty_table_has_no_rows(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text(HEADER, encoding="utf-8")
    assert len(read(path).lon) == 0

from base64 import b64decode

import numpy as np
import pytest

from geo.errors import DataError
from geo.history.classification import Classifier
from geo.inputs.files import InputFile, digest_of
from geo.inputs.incident_cells import UNKNOWN_DAY
from geo.outputs.incident_page import IncidentTable, WordColumn, page_incidents, read_incidents

KINDS = {"i32": "<i4", "u16": "<u2", "u8": "u1"}
# On the road near Ariha, 20 km south of it, and in Moscow; made up.
LON, LAT = [36.609, 36.60, 37.62], [35.826, 35.60, 55.75]


@pytest.fixture(scope="module")
def where(layers):
    return Classifier.of(layers)


def made_up(*, days=(18328, 18327, 18326), words=()):
    day = None if days is None else np.array(days, dtype=np.int64)
    return IncidentTable(InputFile("made-up.csv", 1, "", 5), np.array(LON), np.array(LAT), day, words)


def unpacked(packed):
    return np.frombuffer(b64decode(packed["data"]), dtype=KINDS[packed["kind"]]).tolist()


def test_rows_are_in_the_order_of_their_days_and_rounded_to_a_metre(where):
    found = page_incidents(made_up(), where)
    assert unpacked(found["day"]) == [18326, 18327, 18328]
    assert unpacked(found["lon"]) == [3762000, 3660000, 3660900]
    assert unpacked(found["lat"]) == [5575000, 3560000, 3582600]


def test_a_side_is_told_within_the_corridor_only(where):
    found = page_incidents(made_up(), where)
    codes, texts = unpacked(found["side"]["codes"]), found["side"]["texts"]
    assert codes[:2] == [0, 0]
    assert texts[codes[2] - 1] in {"north", "south"}


def test_words_go_with_their_rows(where):
    kind = WordColumn("kind", np.array([0, -1, 1], dtype=np.int32), ("air strike", "shelling"))
    (column,) = page_incidents(made_up(words=(kind,)), where)["columns"]
    assert column["name"] == "kind"
    assert unpacked(column["codes"]) == [2, 0, 1]


def test_at_most_four_columns_are_told(where):
    columns = tuple(WordColumn(name, np.zeros(3, dtype=np.int32), ("a", "b")) for name in "abcdef")
    assert [column["name"] for column in page_incidents(made_up(words=columns), where)["columns"]] == list("abcd")


def test_rows_of_the_file_that_are_not_shown_are_counted(where):
    found = page_incidents(made_up(), where)
    assert (found["rows"], found["unplaced"], found["undated"]) == (3, 2, 0)


def test_a_table_without_days_is_undated_throughout(where):
    found = page_incidents(made_up(days=None), where)
    assert (found["undated"], unpacked(found["day"])) == (3, [0, 0, 0])


def test_a_row_without_a_day_comes_first(where):
    found = page_incidents(made_up(days=(18328, UNKNOWN_DAY, 18326)), where)
    assert (found["undated"], unpacked(found["day"])) == (1, [0, 18326, 18328])


# ---- Reading ----


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "made-up.csv"
    path.write_text(
        "latitude,longitude,date,kind,code,note,in_corridor\n35.81,36.60,2020-03-07,shelling,1,a,True\n"
        "35.70,36.40,,air strike,2,b,False\n,36.40,2020-03-06,air strike,2,c,False\n"
        "35.75,36.50,2020-03-09,,1,d,False\n",
        encoding="utf-8",
    )
    return path


def test_rows_with_a_position_are_kept_and_all_are_counted(table):
    found = read_incidents(table)
    assert (found.lat.tolist(), found.lon.tolist()) == ([35.81, 35.70, 35.75], [36.60, 36.40, 36.50])
    assert found.day.astype("datetime64[D]").astype(str).tolist() == ["2020-03-07", "NaT", "2020-03-09"]
    assert (found.file.name, found.file.rows, found.file.sha256) == ("made-up.csv", 4, digest_of(table.read_bytes()))


def test_only_columns_whose_words_repeat_are_kept_and_codes_are_not_words(table):
    (kind,) = read_incidents(table, most_words=2).words
    assert (kind.name, kind.words, kind.codes.tolist()) == ("kind", ("air strike", "shelling"), [1, 0, -1])
    assert read_incidents(table, most_words=1).words == ()


def test_a_larger_table_is_refused_in_one_line(table):
    with pytest.raises(
        DataError, match=r"^made-up\.csv: rows: more than 3 rows: keep the rows that the map should show$"
    ):
        read_incidents(table, most_rows=3)


def test_a_table_may_have_no_days_or_no_rows(tmp_path):
    (tmp_path / "undated.csv").write_text("lat,lon\n35.8,36.6\n", encoding="utf-8")
    assert read_incidents(tmp_path / "undated.csv").day is None
    (tmp_path / "empty.csv").write_text("lat,lon\n", encoding="utf-8")
    assert len(read_incidents(tmp_path / "empty.csv").lon) == 0

import pytest

from geo.editing.draft import Row
from geo.editing.row_list import RowList

ROWS = {
    "a": Row({"id": "a", "name_en": "Ariha", "number": None}, {"type": "Point", "coordinates": [36.6, 35.8]}),
    "b": Row({"id": "b", "name_en": "Badama", "number": 9}),
    "+1": Row({"id": "c", "name_en": None, "number": None}, {"type": "Point", "coordinates": [36.6, 35.8]}),
}


@pytest.fixture
def selected():
    return []


@pytest.fixture
def rows(selected):
    rows = RowList(selected.append, rows=5)
    rows.show(ROWS, {}, "")
    return rows


def shown(rows):
    return [line for line, _ in rows._list.options]


def test_each_row_is_one_line_by_what_tells_it_from_others(rows):
    assert shown(rows) == ["Ariha · a", "9 · Badama · b · place unknown", "c"]


def test_a_changed_row_is_marked(rows):
    rows.show(ROWS, {"b": None}, "")
    assert [line.startswith("● ") for line in shown(rows)] == [False, True, False]


def test_showing_rows_selects_none_and_tells_nobody(rows, selected):
    assert rows._list.value is None
    rows.show(ROWS, {}, "b")
    assert rows._list.value == "b"
    rows.show(ROWS, {}, "")
    assert (rows._list.value, selected) == (None, [])


def test_a_line_that_somebody_selects_is_told(rows, selected):
    rows._list.value = "b"
    assert selected == ["b"]


def test_searching_narrows_the_list_and_keeps_what_is_selected(rows, selected):
    rows.show(ROWS, {}, "a")
    rows._search.value = "BAD 9"
    assert [key for _, key in rows._list.options] == ["a", "b"]
    assert rows._list.value == "a"
    rows._search.value = ""
    assert len(shown(rows)) == 3
    assert selected == []


def test_a_row_that_went_goes_from_the_list(rows):
    rows.show({"a": ROWS["a"]}, {}, "")
    assert shown(rows) == ["Ariha · a"]


def test_long_cells_are_cut(selected):
    rows = RowList(selected.append, rows=5)
    rows.show({"a": Row({"id": "a", "title_en": "word " * 50})}, {}, "")
    [line] = shown(rows)
    assert len(line) < 60

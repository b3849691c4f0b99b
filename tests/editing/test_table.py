import pytest

from geo.editing.session import Session
from geo.editing.table import Table


@pytest.fixture
def patrols(layers_copy):
    session = Session("joint_patrols", layers_copy.folder)
    yield session
    session.close()


@pytest.fixture
def opened():
    return []


@pytest.fixture
def table(patrols, opened):
    table = Table(patrols, opened.append)
    table.show(patrols.draft.rows, {}, "")
    return table


def lines(table):
    return [line for line in table._lines if line.widget.layout.display != "none"]


def names(table):
    return [line._name.description for line in lines(table)]


def test_ten_rows_are_shown_at_a_time_and_the_last_page_is_full(table, patrols):
    ids = list(patrols.draft.rows)
    assert names(table) == ids[:10]
    for _ in range(len(ids)):
        table._after.click()
    assert names(table) == ids[-10:]
    assert table._after.disabled
    assert not table._before.disabled


def test_a_cell_changes_the_value_where_it_stands(table, patrols):
    line = lines(table)[0]
    line._cells["outcome"]._given.boxes[0].value = "shortened"
    assert patrols.draft.rows[names(table)[0]].values["outcome"] == "shortened"


def test_every_column_but_id_and_sources_has_its_cell(table, patrols):
    assert {"id", "sources", *lines(table)[0]._cells} == set(patrols.spec.record.model_fields)


def test_a_search_narrows_the_rows_to_those_that_have_its_words(table, patrols):
    table._search.value = "2020-08 Ain-Al-Hawr"
    expected = [
        key
        for key, row in patrols.draft.rows.items()
        if "2020-08" in str(row.values) and "ain-al-hawr" in str(row.values)
    ]
    assert names(table) == expected != []


def test_the_name_of_a_row_opens_it(table, opened):
    lines(table)[3]._name.click()
    assert opened == [names(table)[3]]


def test_a_row_that_is_selected_elsewhere_comes_into_view_and_a_changed_one_is_marked(table, patrols):
    last = list(patrols.draft.rows)[-1]
    patrols.draft.change(last, "note", "Made up, for this test")
    table.show(patrols.draft.rows, dict(patrols.draft.changed()), last)
    assert f"● {last}" in names(table)

import pytest

from geo.editing.rows import RowTable
from geo.editing.session import Session

FIRST, SECOND = "patrol-01", "patrol-02"


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
    table = RowTable(patrols, opened.append, rows=10)
    patrols.draft.observe(table.show)
    return table


def shown(table):
    """Return what the browser is sent."""
    return table.widget._data["data"].set_index("Id")


def send(table, kind, key, **content):
    """Send what the browser sends: rows are counted as in the data, whatever their order on the screen."""
    row = list(shown(table).index).index(key)
    title = content.pop("title", "From")
    column = list(shown(table).columns).index(title)
    place = {"row": row, "column_index": column, "primary_key_row": row, "column": title, "cell_value": "", **content}
    table.widget._handle_custom_msg({"event_type": kind, **place}, [])


def test_every_row_is_there_with_every_column_but_sources_and_unknown_values_are_empty(table, patrols):
    sent = shown(table)
    assert list(sent.index) == list(patrols.draft.rows)
    fields = patrols.spec.record.model_fields
    assert {*sent.columns, "Id"} - {"●", "ipydguuid"} == {fields[name].title for name in fields if name != "sources"}
    assert sent.loc[FIRST, "Number"] == "1"
    assert sent.loc["cancelled-1", "From"] == ""


@pytest.mark.parametrize(("title", "column", "text", "value"), [
    ("From", "from_place", " ariha ", "ariha"), ("From", "from_place", "", None), ("From", "from_place", None, None),
    ("Number", "number", "77", 77), ("Number", "number", "2.5", "2.5"), ("Number", "number", "far", "far"),
])  # fmt: skip
def test_a_typed_cell_is_a_value_and_nothing_typed_is_lost(table, patrols, title, column, text, value):
    send(table, "cell-changed", FIRST, title=title, value=text)
    assert patrols.draft.rows[FIRST].values[column] == value
    assert [change.column for change in patrols.changes()] == [column]
    assert shown(table).loc[FIRST, title] == ("" if value is None else str(value))


def test_a_changed_row_is_marked_until_the_change_is_undone(table, patrols):
    send(table, "cell-changed", FIRST, value="ariha")
    assert list(shown(table)["●"]).count("●") == 1
    assert shown(table).loc[FIRST, "●"] == "●"
    patrols.draft.undo()
    assert set(shown(table)["●"]) == {""}
    assert shown(table).loc[FIRST, "From"] == "trumba"


def test_the_mark_cannot_be_edited(table, patrols):
    send(table, "cell-changed", FIRST, title="●", value="x")
    assert not patrols.draft.is_changed
    assert shown(table).loc[FIRST, "●"] == ""


def test_a_click_on_a_row_selects_it_and_one_on_a_title_does_not(table, opened):
    send(table, "cell-click", SECOND, region="body")
    send(table, "cell-click", FIRST, region="row-header")
    send(table, "cell-click", FIRST, region="column-header")
    assert opened == [SECOND, FIRST]


def test_rows_come_and_go_with_the_draft(table, patrols):
    key = patrols.draft.add({"date": "2020-08-24"})
    patrols.draft.remove(FIRST)
    assert key in shown(table).index
    assert FIRST not in shown(table).index

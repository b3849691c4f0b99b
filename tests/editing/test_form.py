from html import unescape

import ipywidgets as widgets
import pytest

from geo.editing.form import Form
from geo.editing.session import Session
from tests.editing.made_up import ELSEWHERE, NASTY
from tests.editing.test_fields import inside

MOREK = "post-09-morek"


class Filled:
    """A form of one row, shown again after every change."""

    def __init__(self, session, key):
        self.session, self.form, self.key = session, Form(session), key
        self.show()
        session.observe(self.show)

    def show(self):
        self.form.show(self.key, self.session.problems())

    def box(self, column, kind=(widgets.Text, widgets.Textarea)):
        return inside(self.form._fields[column].widget, kind)[0]

    def fault(self, column):
        return "".join(unescape(line.value) for line in inside(self.form._fields[column].widget, widgets.HTML))

    @property
    def row(self):
        return self.session.draft.rows[self.key]


@pytest.fixture
def morek(posts):
    return Filled(posts, MOREK)


def test_every_column_is_in_the_form_and_shows_what_the_row_holds(morek):
    for column, field in morek.form._fields.items():
        assert field.value == morek.row.values[column]
    assert {*morek.form._fields, "sources"} == set(morek.row.values)
    assert morek.form._place.value == "36.707730, 35.373060"
    assert not morek.session.draft.can_undo


def test_without_a_row_there_is_a_hint(posts):
    form = Form(posts)
    form.show("", ())
    assert (form._hint.layout.display, form._body.layout.display) == ("", "none")
    form.show(MOREK, ())
    assert (form._hint.layout.display, form._body.layout.display) == ("none", "")


def test_what_is_typed_is_in_the_draft_at_once(morek):
    morek.box("evacuated_on").value = "2020-11-03"
    morek.box("status_2020_03_05", widgets.Dropdown).value = "opposition_held"
    morek.box("precision_m").value = "100"
    changed = {(change.column, change.new) for change in morek.session.changes()}
    assert changed == {("evacuated_on", "2020-11-03"), ("status_2020_03_05", "opposition_held"), ("precision_m", 100)}


def test_what_is_wrong_stands_beside_its_column(morek):
    morek.box("grade").value = "Z9"
    morek.box("precision_m").value = "far"
    assert morek.fault("grade").startswith("'Z9': ")
    assert morek.fault("precision_m")
    assert morek.fault("note") == ""
    morek.box("grade").value = "B1"
    assert morek.fault("grade") == ""


def test_the_id_of_a_row_in_the_file_is_closed_and_that_of_a_new_one_open(morek):
    assert morek.box("id").disabled
    morek.key = morek.session.draft.add()
    morek.show()
    assert not morek.box("id").disabled
    morek.box("name_en").value = "Made-up"
    assert morek.box("id").value == "post-made-up"
    morek.box("id").value = "post-13"
    assert morek.row.values["id"] == "post-13"


def test_a_typed_place_moves_the_row(morek):
    morek.form._place.value = "36.71, 35.38"
    assert morek.row.geometry == ELSEWHERE
    assert morek.form._place.value == "36.710000, 35.380000"


def test_a_place_that_cannot_be_read_is_told_and_moves_nothing(morek):
    for text in ("here", "nan, 35.38", "<b>36</b>"):
        morek.form._place.value = text
        assert unescape(morek.form._place_fault.value).startswith("write longitude, latitude in degrees, not ")
        assert "<" not in morek.form._place_fault.value
    assert not morek.session.draft.can_undo


def test_an_emptied_place_is_an_unknown_one(morek):
    morek.form._place.value = ""
    assert morek.row.geometry is None
    assert morek.fault("basis")


def test_a_row_without_a_place_is_given_one(posts):
    mughir = Filled(posts, "post-al-mughir")
    assert mughir.form._place.value == ""
    mughir.form._place.value = "36.71, 35.38"
    assert mughir.row.geometry == ELSEWHERE


def test_a_moved_row_is_asked_for_its_source_until_it_has_one(morek):
    backing = morek.form._picker._backing
    assert backing.layout.display == "none"
    morek.form._place.value = "36.71, 35.38"
    assert backing.layout.display == ""
    assert "without a source for it" in morek.form._picker._fault.value
    backing.value = "O091"
    assert morek.form._picker._fault.value == ""
    assert morek.session.problems() == []


def test_a_source_is_found_and_cited_in_the_form(morek):
    picker = morek.form._picker
    picker._search.value = "O001"
    picker._found.value = "O001"
    picker._cite.click()
    assert morek.row.values["sources"][-1] == "O001"
    assert len(picker._list.children) == len(morek.row.values["sources"])


def test_a_new_source_is_added_and_cited_in_one_step(morek):
    picker = morek.form._picker
    inside(picker._new["title"].widget, widgets.Text)[0].value = "A made-up article"
    picker._add.click()
    assert morek.row.values["sources"][-1] == "a-made-up-article"
    assert list(morek.session.draft.new_sources) == ["a-made-up-article"]
    assert morek.session.problems() == []
    picker._search.value = "made-up article"
    assert [id_ for _, id_ in picker._found.options] == ["a-made-up-article"]
    morek.session.draft.undo()
    assert not morek.session.draft.is_changed


def test_columns_that_name_places_offer_their_ids(folder):
    patrol = Filled(Session("joint_patrols", folder), "patrol-21")
    for column in ("from_place", "to_place", "planned_end"):
        assert "trumba" in patrol.box(column, widgets.Combobox).options
    patrol.box("to_place", widgets.Combobox).value = "atlantis"
    assert "unknown id 'atlantis'" in patrol.fault("to_place")


def test_a_table_asks_for_no_place(folder):
    form = Form(Session("joint_patrols", folder))
    assert form._place not in form._body.children


@pytest.mark.parametrize("text", NASTY)
def test_whatever_a_row_holds_is_shown_as_text(morek, text):
    morek.box("name_en").value = text
    morek.box("grade").value = text
    assert morek.row.values["name_en"] == text
    shown = inside(morek.form.widget, widgets.HTML)
    assert any(text.split()[0] in unescape(line.value) for line in shown)
    assert [line.value for line in shown if "<" in line.value] == []
    assert inside(morek.form.widget, (widgets.HTMLMath, widgets.Label)) == []

from html import unescape

import ipywidgets as widgets
import pytest

from geo.editing.form import Field, Form, error_line, text_line
from geo.editing.session import Session
from geo.inputs.catalog import LAYERS
from geo.inputs.schema import ContactLine, JointPatrol, ObservationPost, Place, Source
from tests.editing.made_up import ELSEWHERE, NASTY, inside

MOREK = "post-09-morek"
TEXT_BOXES = (widgets.Text, widgets.Textarea)


def heard_by(field):
    heard = []
    field.observe(heard.append)
    return heard


@pytest.mark.parametrize("text", NASTY)
def test_whatever_stands_in_a_line_of_text_is_shown_and_never_obeyed(text):
    for line in (text_line(text), error_line(text)):
        assert type(line) is widgets.HTML  # which sets no formulas
        assert "<" not in line.value
        assert unescape(line.value) == text


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.name)
def test_every_shipped_value_comes_back_from_its_field_and_showing_tells_nobody(layers, spec):
    rows = [feature.properties.model_dump(mode="json") for feature in layers[spec.name].features[:80]]
    for column in spec.record.model_fields:
        field = Field(spec.record, column, [row[column] for row in rows])
        heard = heard_by(field)
        for row in rows:
            field.show(row[column])
            assert field.value == row[column]
        assert heard == []


def test_a_column_of_few_words_is_a_list_of_them_and_may_be_unknown():
    field = Field(ObservationPost, "governorate")
    assert [value for _, value in field.box.options] == ["", "Aleppo", "Hama", "Idlib", "Latakia"]
    heard = heard_by(field)
    field.box.value = "Hama"
    field.box.value = ""
    assert heard == ["Hama", None]
    field.show("tent")
    assert field.value is None


@pytest.mark.parametrize(
    ("record", "column", "text", "value"),
    [
        (JointPatrol, "number", " 22 ", 22), (JointPatrol, "number", "22.5", "22.5"), (JointPatrol, "number", "", None),
        (JointPatrol, "reported_length_km", "70.5", 70.5), (JointPatrol, "reported_length_km", "far", "far"),
        (ObservationPost, "evacuated_on", "2020-11", "2020-11"), (Place, "note", "  a note ", "a note"),
        (Place, "note", "   ", None), (ContactLine, "vertex_between", " a | b \n\nc | d\n", ["a | b", "c | d"]),
        (ContactLine, "vertex_precision_m", "1300\n1000\nfar", [1300, 1000, "far"]),
    ],
)  # fmt: skip
def test_a_typed_text_is_a_value_of_its_column_and_what_is_none_is_left_for_the_rules(record, column, text, value):
    field = Field(record, column)
    field.box.value = text
    assert field.value == value
    assert type(field.value) is type(value)


def test_the_input_follows_from_the_schema():
    assert isinstance(Field(JointPatrol, "from_place", ids=("ariha",)).box, widgets.Combobox)
    assert isinstance(Field(Place, "note", ["short"]).box, widgets.Text)
    assert isinstance(Field(Place, "note", [None, "a long text " * 5]).box, widgets.Textarea)
    assert isinstance(Field(ContactLine, "vertex_between").box, widgets.Textarea)
    box = Field(Source, "title").box
    described = Source.model_fields["title"]
    assert box.description == described.title
    assert box.tooltip.startswith(described.description)


class Filled:
    """A form of one row, shown again after every change."""

    def __init__(self, session, key):
        self.session, self.form, self.key = session, Form(session), key
        self.show()
        session.draft.observe(self.show)

    def show(self):
        self.form.show(self.key, self.session.problems())

    def box(self, column, kind=TEXT_BOXES):
        return inside(self.form._fields[column].widget, kind)[0]

    def fault(self, column):
        return "".join(unescape(line.value) for line in inside(self.form._fields[column].widget, widgets.HTML))

    def press(self, title):
        [button] = [each for each in inside(self.form.widget, widgets.Button) if each.description == title]
        button.click()

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
        assert ": write longitude, latitude in degrees, or WKT" in unescape(morek.form._place_problem.value)
        assert "<" not in morek.form._place_problem.value
    assert not morek.session.draft.can_undo


def test_an_emptied_place_is_an_unknown_one(morek):
    morek.form._place.value = ""
    assert morek.row.geometry is None
    assert morek.fault("basis")


def test_a_moved_row_is_asked_for_its_source_until_it_has_one(morek):
    backing = morek.form._picker._backing
    assert backing.layout.display == "none"
    morek.form._place.value = "36.71, 35.38"
    assert backing.layout.display == ""
    assert "without a source for it" in morek.form._picker._problem.value
    backing.value = "O091"
    assert morek.form._picker._problem.value == ""
    assert morek.session.problems() == []


def test_the_sources_of_a_row_are_tags_that_complete_from_every_known_source(morek):
    tags = morek.form._picker._tags
    assert [tag.partition(" · ")[0] for tag in tags.value] == morek.row.values["sources"]
    assert tags.value[0] == "O091 · Sputnik, 2018-04-07, Ninth observation post"
    [first] = [tag for tag in tags.allowed_tags if tag.startswith("O001 · ")]
    tags.value = [*tags.value[1:], first]
    assert morek.row.values["sources"][-1] == "O001"
    assert "O091" not in morek.row.values["sources"]
    morek.session.draft.undo()
    assert tags.value[0].startswith("O091")


def test_a_new_source_is_proposed_an_id_added_and_cited_in_one_step(morek):
    picker = morek.form._picker
    new = {column: field.box for column, field in picker._new.items()}
    new["title"].value = "A made-up article"
    assert new["id"].value == "a-made-up-article"
    new["publisher"].value = "Nobody’s Press"
    new["date"].value = "2020-10-21"
    assert new["id"].value == "nobodys-press-2020-10-21"
    new["id"].value = "E99"
    new["publisher"].value = "Nobody"
    assert new["id"].value == "E99"
    morek.press("Add it and cite it")
    assert morek.row.values["sources"][-1] == "E99"
    assert list(morek.session.draft.new_sources) == ["E99"]
    assert morek.session.problems() == []
    assert [box.value for box in new.values()] == [""] * len(new)
    morek.session.draft.undo()
    assert not morek.session.draft.is_changed


@pytest.mark.parametrize("id_", ["", "O091"])
def test_a_source_without_an_id_of_its_own_is_not_added(morek, id_):
    new = morek.form._picker._new
    new["title"].box.value = "A made-up article"
    new["id"].box.value = id_
    morek.press("Add it and cite it")
    assert not morek.session.draft.is_changed
    assert [line.value for line in inside(new["id"].widget, widgets.HTML)] == ["write an id that no other source has"]


def test_columns_that_name_places_offer_their_ids(folder):
    patrol = Filled(Session("joint_patrols", folder), "patrol-21")
    for column in ("from_place", "to_place", "planned_end"):
        assert "trumba" in patrol.box(column, widgets.Combobox).options
    patrol.box("to_place", widgets.Combobox).value = "atlantis"
    assert "unknown id 'atlantis'" in patrol.fault("to_place")


@pytest.mark.parametrize("text", NASTY)
def test_whatever_a_row_holds_is_shown_as_text(morek, text):
    morek.box("name_en").value = text
    morek.box("grade").value = text
    assert morek.row.values["name_en"] == text
    shown = inside(morek.form.widget, widgets.HTML)
    assert any(text.split()[0] in unescape(line.value) for line in shown)
    assert [line.value for line in shown if "<" in line.value] == []
    assert inside(morek.form.widget, (widgets.HTMLMath, widgets.Label)) == []

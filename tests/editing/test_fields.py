from datetime import date
from html import unescape

import ipywidgets as widgets
import pytest

from geo.editing.fields import error_line, field_of, text_line
from geo.inputs.catalog import LAYERS
from geo.inputs.schema import ContactLine, JointPatrol, ObservationPost, Place, Source
from tests.editing.made_up import NASTY


def inside(widget, kind):
    """Return the widgets of one kind in a widget, in order."""
    found = [widget] if isinstance(widget, kind) else []
    for child in getattr(widget, "children", ()):
        found += inside(child, kind)
    return found


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


@pytest.mark.parametrize("text", NASTY)
def test_what_is_wrong_with_a_value_is_shown_as_text(text):
    field = field_of(Place, "note")
    field.show_fault(text)
    [line] = inside(field.widget, widgets.HTML)
    assert (unescape(line.value), "<" in line.value) == (text, False)
    assert line.layout.display == ""
    field.show_fault("")
    assert line.layout.display == "none"


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.name)
def test_every_shipped_value_comes_back_from_its_field_and_showing_tells_nobody(layers, spec):
    rows = [feature.properties.model_dump(mode="json") for feature in layers[spec.name].features[:80]]
    for column in spec.record.model_fields:
        field = field_of(spec.record, column, [row[column] for row in rows])
        heard = heard_by(field)
        for row in rows:
            field.show(row[column])
            assert field.value == row[column]
        assert heard == []


def test_a_column_of_few_words_is_a_list_of_them_and_may_be_unknown():
    field = field_of(ObservationPost, "governorate")
    [box] = inside(field.widget, widgets.Dropdown)
    assert [value for _, value in box.options] == ["", "Aleppo", "Hama", "Idlib", "Latakia"]
    heard = heard_by(field)
    box.value = "Hama"
    box.value = ""
    assert heard == ["Hama", None]


def test_a_word_that_is_no_choice_is_shown_as_unknown():
    field = field_of(ObservationPost, "kind")
    field.show("tent")
    assert field.value is None


def test_a_date_is_picked_from_a_calendar_or_typed():
    field = field_of(ObservationPost, "evacuated_on")
    [day], [box] = inside(field.widget, widgets.DatePicker), inside(field.widget, widgets.Text)
    heard = heard_by(field)
    day.value = date(2020, 11, 2)
    box.value = "2020-11-03"
    assert day.value == date(2020, 11, 3)
    box.value = "2020-11"
    assert (day.value, box.value) == (None, "2020-11")
    day.value = date(2020, 11, 4)
    day.value = None
    assert heard == ["2020-11-02", "2020-11-03", "2020-11", "2020-11-04", None]


def test_a_month_or_year_of_the_file_is_not_lost_when_it_is_shown():
    field = field_of(ObservationPost, "evacuated_on")
    for value in ("2020-11-02", "2020-11", "2020", None, "2020-11-02"):
        field.show(value)
        assert field.value == value


def test_a_number_is_a_number_and_what_is_none_is_left_for_the_rules():
    whole, broken = field_of(JointPatrol, "number"), field_of(JointPatrol, "reported_length_km")
    for field, text, value in (
        (whole, " 22 ", 22), (whole, "22.5", "22.5"), (whole, "", None), (broken, "70.5", 70.5), (broken, "far", "far"),
    ):  # fmt: skip
        [box] = inside(field.widget, widgets.Text)
        box.value = text
        assert field.value == value
        assert type(field.value) is type(value)


def test_a_list_is_one_entry_a_line():
    texts, numbers = field_of(ContactLine, "vertex_between"), field_of(ContactLine, "vertex_precision_m")
    inside(texts.widget, widgets.Textarea)[0].value = " a | b \n\nc | d\n"
    inside(numbers.widget, widgets.Textarea)[0].value = "1300\n1000\nfar"
    assert (texts.value, numbers.value) == (["a | b", "c | d"], [1300, 1000, "far"])


def test_an_id_of_another_layer_is_chosen_or_typed():
    field = field_of(JointPatrol, "from_place", ids=("ariha", "trumba"))
    [box] = inside(field.widget, widgets.Combobox)
    assert (box.options, box.ensure_option) == (("ariha", "trumba"), False)


def test_a_column_of_long_texts_has_several_lines():
    assert inside(field_of(Place, "note", ["short"]).widget, widgets.Textarea) == []
    assert inside(field_of(Place, "note", [None, "a long text " * 5]).widget, widgets.Textarea)


def test_blanks_around_a_text_are_dropped_and_an_empty_one_is_unknown():
    field = field_of(Place, "note")
    [box] = inside(field.widget, widgets.Text)
    heard = heard_by(field)
    box.value = "  a note "
    box.value = "   "
    assert heard == ["a note", None]


def test_a_field_says_what_its_column_means():
    [box] = inside(field_of(Source, "title").widget, widgets.Text)
    described = Source.model_fields["title"]
    assert box.description == described.title
    assert box.tooltip.startswith(described.description)


def test_a_field_can_be_closed():
    field = field_of(Place, "id")
    field.enable(enabled=False)
    assert inside(field.widget, widgets.Text)[0].disabled
    field.enable(enabled=True)
    assert not inside(field.widget, widgets.Text)[0].disabled

import sys
from xml.etree.ElementTree import fromstring
from xml.sax.saxutils import escape

import pytest
from pydantic import ValidationError
from shapely.geometry import LineString, Point

from geo.inputs import schema
from geo.inputs.schema import (
    ContactLine,
    MapFeature,
    ObservationPost,
    Place,
    Source,
    TimelineEvent,
    column_choices,
    is_date_column,
    plain_text,
)

PLACE = {"id": "trumba", "name_en": "Trumba", "role": "patrol_or_event", "sources": ["W001"], "grade": "B3"}


POST = {"id": "p", "name_en": "P", "kind": "official", "number": 9, "sources": ["W001"], "grade": "B1"}


def test_shared_columns_come_in_the_order_of_the_data_dictionary():
    assert list(MapFeature.model_fields) == [
        "id", "name_en", "name_ar", "name_tr", "name_fr", "valid_from", "valid_to",
        "basis", "precision_m", "grade", "sources", "note",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"colour": "red"}, "colour"),
        ({"name_en": None}, "name_en"),
        ({"name_en": "  "}, "name_en"),
        ({"name_en": "a\u202eb"}, "name_en"),
        ({"note": "a\x00b"}, "note"),
        ({"id": "two words"}, "id"),
        ({"sources": []}, "sources"),
        ({"grade": "G1"}, "grade"),
        ({"basis": "guess"}, "basis"),
        ({"precision_m": -1}, "precision_m"),
        ({"name_en": " Trumba"}, "name_en"),
        ({"name_en": "a\u200bb"}, "name_en"),
        ({"name_en": "e\u0301"}, "name_en"),
        ({"grade": None}, "grade"),
        ({"valid_from": "March 2020"}, "valid_from"),
        ({"role": "base"}, "role"),
    ],
)
def test_a_value_outside_its_column_is_refused(change, rule):
    with pytest.raises(ValidationError) as caught:
        Place.model_validate(PLACE | change)
    assert [error["loc"][0] for error in caught.value.errors()] == [rule]


@pytest.mark.parametrize(
    "character",
    ["\ufffe", "\uffff", "\ufdd0", "\ufdef", "\U0001fffe", "\U0010ffff", "\x0b", "\x1b", "\x7f", "\ud800"],
    ids=ascii,
)
def test_a_character_that_no_format_need_hold_is_refused_and_named(character):
    with pytest.raises(ValueError, match=f"contains the invisible character U\\+{ord(character):04X}; remove it"):
        plain_text(f"a{character}b")


def test_every_text_that_is_taken_can_be_written_as_xml():
    taken = [chr(code) for code in range(sys.maxunicode + 1) if not schema._FORBIDDEN.search(chr(code))]
    text = "".join(taken)
    assert len(taken) > 1_100_000
    assert {"\t", "\n", " ", "é", "س", "\U0001f600"} <= set(taken)
    assert fromstring(f"<a>{escape(text)}</a>").text == text


def test_an_interval_of_one_month_and_a_day_in_it_is_in_order():
    assert Place.model_validate(PLACE | {"valid_from": "2020-03-06", "valid_to": "2020-03"}).valid_to == "2020-03"


def test_only_the_twelve_official_numbers_exist():
    with pytest.raises(ValidationError, match="12"):
        ObservationPost.model_validate(POST | {"number": 13})


@pytest.mark.parametrize(
    "dates",
    [
        {"established_on": "2020-02-10", "encircled_on": "2020-02-09"},
        {"established_on": "2020-02-10", "evacuated_on": "2020-01"},
        {"encircled_on": "2020-02", "evacuated_on": "2019"},
        {"established_on": "2020-02-20", "encircled_on": "2020-02", "evacuated_on": "2020-02-10"},
    ],
)
def test_a_post_is_established_before_it_is_encircled_and_encircled_before_it_is_evacuated(dates):
    with pytest.raises(ValidationError, match="is before"):
        ObservationPost.model_validate(POST | dates)


@pytest.mark.parametrize("change", [{"number": None}, {"kind": "additional"}])
def test_an_official_post_has_a_number_and_an_additional_one_has_none(change):
    with pytest.raises(ValidationError, match="posts have a number"):
        ObservationPost.model_validate(POST | change)


def test_a_position_has_a_basis_and_a_basis_a_position():
    placed = Place.model_validate(PLACE | {"basis": "osm"})
    unplaced = Place.model_validate(PLACE)
    point = Point(36.7, 35.8)
    assert [len(list(row.faults_with(at))) for row in (placed, unplaced) for at in (point, None)] == [0, 1, 1, 0]


def test_a_line_of_contact_tells_of_each_of_its_vertices():
    columns = {"vertex_precision_m": [100, 200], "vertex_between": ["a | b"], "vertex_basis": ["x", "y"]}
    line = ContactLine.model_validate(
        {
            "id": "l",
            "name_en": "L",
            "run": "contact",
            "as_of": "2020",
            "sources": ["W1"],
            "grade": "C3",
            "basis": "inferred",
        }
        | columns
        | {"vertex_sources": ["W1", "W1", "W1"]}
    )
    faults = list(line.faults_with(LineString([(36.5, 35), (36.6, 35)])))
    assert [(rule, repair) for rule, _, repair in faults] == [
        ("vertex_between", "give 2, one for each vertex"),
        ("vertex_sources", "give 2, one for each vertex"),
    ]


@pytest.mark.parametrize("columns", [{"figure": "34"}, {"unit": "km"}])
def test_a_figure_has_a_unit(columns):
    event = {"id": "T1", "date": "2020", "title_en": "t", "category": "strike", "claimed_by": "c"}
    with pytest.raises(ValidationError, match="give figure and unit together"):
        TimelineEvent.model_validate(event | {"grade": "B3", "sources": ["W1"]} | columns)


def test_only_a_city_of_reference_may_lie_anywhere():
    assert Place.model_validate(PLACE | {"role": "reference_city"}).may_lie_anywhere
    assert not Place.model_validate(PLACE).may_lie_anywhere


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://example.org/", "example.org", "https://a b", "https://a\u202eb"]
)
def test_a_source_address_is_http(url):
    with pytest.raises(ValidationError):
        Source.model_validate({"id": "W001", "url": url})


def test_a_source_without_title_and_address_is_refused():
    with pytest.raises(ValidationError, match="title or a url"):
        Source.model_validate({"id": "W001", "publisher": "SOHR"})


@pytest.mark.parametrize(
    ("record", "column", "choices"),
    [
        (Place, "role", ("patrol_or_event", "reference_city", "main_town")),
        (ObservationPost, "governorate", ("Aleppo", "Hama", "Idlib", "Latakia")),
        (Place, "basis", ("stated", "gazetteer", "osm", "derived", "inferred")),
        (Place, "name_en", ()),
        (Place, "sources", ()),
        (ObservationPost, "number", ()),
    ],
)
def test_a_column_of_few_words_names_them(record, column, choices):
    assert column_choices(record, column) == choices


def test_columns_that_hold_dates_are_known():
    dates = {column for column in ObservationPost.model_fields if is_date_column(ObservationPost, column)}
    of_posts = {"established_on", "encircled_on", "evacuated_on", "attested_until", "gone_by"}
    assert dates == {"valid_from", "valid_to", *of_posts}
    assert is_date_column(Source, "date")
    assert is_date_column(TimelineEvent, "date")
    assert not is_date_column(TimelineEvent, "time")
    assert is_date_column(ContactLine, "as_of")


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"evacuated_on": "2020-11-26", "gone_by": "2021-01"}, "leave attested_until and gone_by empty"),
        ({"evacuated_on": "2020-11-26", "attested_until": "2020-10"}, "leave attested_until and gone_by empty"),
        ({"attested_until": "2021-01", "gone_by": "2021-01"}, "gone_by 2021-01 must be later than attested_until"),
        ({"encircled_on": "2020-02-05", "attested_until": "2020-01"}, "attested_until 2020-01 is before"),
        ({"established_on": "2020-02", "gone_by": "2019"}, "gone_by 2019 is before"),
    ],
)
def test_the_end_of_a_post_is_given_once_and_in_order(columns, fault):
    with pytest.raises(ValidationError, match=fault) as caught:
        ObservationPost.model_validate(POST | columns)
    [error] = caught.value.errors()
    assert "\n" not in error["msg"]

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
    "character",
    ["\uffff", "\ufdd0", "\U0001fffe", "\x1b", "\x7f", "\ud800"],
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


EVENT = {"id": "T1", "date": "2020", "title_en": "t", "category": "strike", "claimed_by": "c"}
EVENT |= {"sources": ["W1"], "grade": "B3"}
SOURCE = {"id": "W1", "title": "t", "publisher": "p"}


@pytest.mark.parametrize(
    ("record", "row", "change", "rule", "message"),
    [
        (Place, PLACE, {"colour": "red"}, "colour", "Extra inputs are not permitted"),
        (Place, PLACE, {"name_en": None}, "name_en", "valid string"),
        (Place, PLACE, {"name_en": " Trumba"}, "name_en", "starts or ends with a space"),
        (Place, PLACE, {"name_en": "a\u200bb"}, "name_en", "the invisible character U+200B"),
        (Place, PLACE, {"name_en": "e\u0301"}, "name_en", "NFC"),
        (Place, PLACE, {"id": "two words"}, "id", "match pattern"),
        (Place, PLACE, {"sources": []}, "sources", "at least 1 item"),
        (Place, PLACE, {"grade": "G1"}, "grade", "match pattern"),
        (Place, PLACE, {"basis": "guess"}, "basis", "'stated', 'gazetteer', 'osm', 'derived' or 'inferred'"),
        (Place, PLACE, {"precision_m": -1}, "precision_m", "greater than or equal to 0"),
        (Place, PLACE, {"valid_from": "March 2020"}, "valid_from", "is not a date (YYYY-MM-DD, YYYY-MM or YYYY)"),
        (Place, PLACE, {"valid_from": "2020-03-06", "valid_to": "2020-03-05"}, None, "is before valid_from"),
        (ObservationPost, POST, {"number": 13}, "number", "less than or equal to 12"),
        (ObservationPost, POST, {"number": None}, None, "official posts have a number"),
        (ObservationPost, POST, {"kind": "additional"}, None, "additional posts have none"),
        (ObservationPost, POST, {"established_on": "2020-02-10", "encircled_on": "2020-02-09"}, None, "is before"),
        (ObservationPost, POST, {"encircled_on": "2020-02", "evacuated_on": "2019"}, None, "is before encircled_on"),
        (ObservationPost, POST, {"evacuated_on": "2020-11-26", "gone_by": "2021-01"}, None, "leave attested_until and"),
        (ObservationPost, POST, {"attested_until": "2021-01", "gone_by": "2021-01"}, None, "must be later than"),
        (ObservationPost, POST, {"encircled_on": "2020-02-05", "attested_until": "2020-01"}, None, "is before"),
        (TimelineEvent, EVENT, {"figure": "34"}, None, "give figure and unit together"),
        (TimelineEvent, EVENT, {"unit": "km"}, None, "give figure and unit together"),
        (Source, SOURCE, {"url": "javascript:alert(1)"}, "url", "match pattern"),
        (Source, SOURCE, {"url": "https://a b"}, "url", "match pattern"),
        (Source, SOURCE, {"title": None}, "title", "valid string"),
        (Source, SOURCE, {"publisher": None}, "publisher", "valid string"),
        (Source, SOURCE, {"publisher": ""}, "publisher", "is empty"),
    ],
)
def test_a_wrong_value_is_refused_alone_with_its_column(record, row, change, rule, message):
    with pytest.raises(ValidationError) as caught:
        record.model_validate(row | change)
    [error] = caught.value.errors()
    assert error["loc"][:1] == (() if rule is None else (rule,))
    assert message in error["msg"]
    assert "\n" not in error["msg"]

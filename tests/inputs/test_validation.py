import pytest

from geo.inputs.schema import ObservationPost, Source
from geo.inputs.validation import quoted, validated_json, validated_text

POST = {"id": "p", "name_en": "P", "kind": "official", "number": 9, "sources": ["W001"], "grade": "B1"}
POST = dict.fromkeys(ObservationPost.model_fields) | POST


def faults(check, model, values):
    problems = []
    assert check(model, values, "posts.geojson", "feature 'p'", problems) is None
    return [problem.rule for problem in problems]


def test_every_fault_of_a_row_is_told():
    assert faults(validated_text, Source, {"colour": "red", "url": "ftp://x"}) == ["id", "url", "colour"]


def test_a_right_row_leaves_no_problem():
    problems = []
    assert validated_json(ObservationPost, POST, "f", "w", problems).number == 9
    assert validated_text(Source, {"id": "W001", "title": "t"}, "f", "w", problems).title == "t"
    assert problems == []


@pytest.mark.parametrize(
    "change", [{"number": "9"}, {"number": 9.0}, {"number": True}, {"name_en": 9}, {"sources": "W001"}]
)
def test_nothing_in_json_is_converted(change):
    assert faults(validated_json, ObservationPost, POST | change) == list(change)


def test_half_a_character_is_refused():
    assert faults(validated_json, ObservationPost, POST | {"note": "a\ud800b"}) == ["text"]


def test_a_key_left_out_is_told_even_where_it_may_be_null():
    rest = {name: value for name, value in POST.items() if name not in ("note", "grade")}
    assert faults(validated_json, ObservationPost, rest | {"colour": "red"}) == ["grade", "note", "colour"]


@pytest.mark.parametrize("values", [None, [], "text", 7])
def test_what_is_no_row_is_refused(values):
    assert faults(validated_json, ObservationPost, values) == ["row"]


def test_a_quoted_value_is_short_and_hides_nothing():
    assert len(quoted("x" * 500)) == 60
    assert quoted("a\u202eb") == "'a\\u202eb'"
    assert quoted("سراقب") == "'سراقب'"

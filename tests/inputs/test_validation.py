import pytest

from geo.inputs.agreement import Agreement
from geo.inputs.files import quoted
from geo.inputs.schema import ObservationPost, Source
from geo.inputs.validation import validated

POST = {"id": "p", "name_en": "P", "kind": "official", "number": 9, "sources": ["W001"], "grade": "B1"}
POST = dict.fromkeys(ObservationPost.model_fields) | POST


def faults(model, values, **options):
    problems = []
    assert validated(model, values, "posts.geojson", "feature 'p'", problems, **options) is None
    return [f"{problem.rule}: {problem.found}" for problem in problems]


def test_a_valid_row_leaves_no_problem():
    problems = []
    assert validated(ObservationPost, POST, "f", "w", problems).number == 9
    assert problems == []


def test_every_fault_of_a_row_is_reported():
    values = {"title": "A report", "publisher": "SOHR", "colour": "red", "url": "ftp://x"}
    assert faults(Source, values, needs_all_keys=False) == ["id: missing", "url: 'ftp://x'", "colour: unknown key"]


@pytest.mark.parametrize(
    "change", [{"number": "9"}, {"number": 9.0}, {"number": True}, {"name_en": 9}, {"sources": "W001"}, {"sources": {}}]
)
def test_no_value_is_converted(change):
    [fault] = faults(ObservationPost, POST | change)
    assert fault.startswith(f"{next(iter(change))}: ")


@pytest.mark.parametrize("change", [{"id": "a\ud800b"}, {"note": "a\ud800b"}, {"grade": "\ud800"}])
def test_half_a_character_is_refused(change):
    assert len(faults(ObservationPost, POST | change)) == 1


def test_a_missing_key_is_reported_even_if_it_may_be_null():
    rest = {name: value for name, value in POST.items() if name not in ("note", "grade")}
    assert faults(ObservationPost, rest | {"colour": "red"}) == [
        "grade: missing",
        "note: missing",
        "colour: unknown key",
    ]


def test_what_may_not_be_unknown_is_asked_for_with_an_example():
    problems = []
    validated(ObservationPost, POST | {"grade": None, "sources": []}, "f", "w", problems)
    assert [f"{problem.rule}: {problem.found}: {problem.repair}" for problem in problems] == [
        "grade: empty: give a value, for example 'B2'",
        "sources: empty: give a value, for example ['W001', 'W094']",
    ]


def test_an_unknown_key_of_a_nested_table_is_reported_with_the_keys_of_that_table():
    problems = []
    validated(Agreement, {"corridor": {"half_width": 6}}, "f", "", problems, needs_all_keys=False)
    [repair] = [problem.repair for problem in problems if problem.rule == "corridor.half_width"]
    assert repair == (
        "remove it; known are sources, note, note_in, clause, quote, quote_in, official, "
        "road, half_width_m, from_place, to_place, fetch_area_deg"
    )


@pytest.mark.parametrize("values", [None, [], "text", 7])
def test_what_is_not_a_row_is_refused(values):
    assert faults(ObservationPost, values) == ["row: the whole row"]


def test_a_quoted_value_is_short_and_shows_invisible_characters():
    assert len(quoted("x" * 500)) == 60
    assert quoted("a\u202eb") == "'a\\u202eb'"
    assert quoted("سراقب") == "'سراقب'"

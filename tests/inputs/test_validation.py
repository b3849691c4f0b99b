from geo.inputs.schema import Source
from geo.inputs.validation import quoted, validated


def test_every_fault_of_a_row_is_told():
    problems = []
    assert validated(Source, {"colour": "red", "url": "ftp://x"}, "sources.csv", "line 2", problems) is None
    assert [(problem.where, problem.rule) for problem in problems] == [
        ("line 2", "id"),
        ("line 2", "url"),
        ("line 2", "colour"),
    ]


def test_a_right_row_leaves_no_problem():
    problems = []
    assert validated(Source, {"id": "W001", "title": "t"}, "sources.csv", "line 2", problems).title == "t"
    assert problems == []


def test_a_quoted_value_is_short_and_hides_nothing():
    assert len(quoted("x" * 500)) == 60
    assert quoted("a\u202eb") == "'a\\u202eb'"
    assert quoted("سراقب") == "'سراقب'"

from collections import Counter

import numpy as np
import pytest
from geo.inputs.spelling import Spelling, in_words, respelt
from hypothesis import given
from hypothesis import strategies as st

from geo.inputs import spelling

SQUARE = [[36.0, 35.0], [36.1, 35.0], [36.1, 35.1], [36.0, 35.1], [36.0, 35.0]]


@pytest.mark.parametrize(
    ("undone", "theirs", "ours"),
    [
        (spelling.whole_number_without_point, 9.0, 9),
        (spelling.whole_number_from_text, "2000", 2000),
        (spelling.number_without_trailing_zeros, "9.0", "9"),
        (spelling.number_without_trailing_zeros, "71.50", "71.5"),
        (spelling.day_without_midnight, "2018-04-07T00:00:00", "2018-04-07"),
        (spelling.day_without_midnight, "2018/04/07 00:00:00.000", "2018/04/07"),
        (spelling.day_without_slashes, "2018/04/07", "2018-04-07"),
        (spelling.list_from_json_text, '[ "W001", "W094" ]', ["W001", "W094"]),
        (spelling.list_from_printed_array, "['W001' 'W094']", ["W001", "W094"]),
        (spelling.list_from_printed_array, "[ 300 1000\n  500]", [300, 1000, 500]),
        (spelling.single_part, {"type": "MultiPoint", "coordinates": [[36.0, 35.0]]},
         {"type": "Point", "coordinates": [36.0, 35.0]}),
        (spelling.position_without_height_of_zero, [36.0, 35.0, 0.0], [36.0, 35.0]),
        (spelling.rounded_coordinate, 36.1234564999, 36.123456),
        (spelling.outline_counter_clockwise, SQUARE[::-1], SQUARE),
        (spelling.hole_clockwise, SQUARE, SQUARE[::-1]),
    ],
)  # fmt: skip
def test_what_is_certainly_the_same_is_brought_into_our_spelling(undone, theirs, ours):
    found = undone(theirs)
    assert (found, type(found)) == (ours, type(ours))
    assert undone(found) is found


@pytest.mark.parametrize(
    ("undone", "value"),
    [
        (spelling.whole_number_without_point, 9.5),
        (spelling.whole_number_without_point, float(2**53 + 2)),
        (spelling.whole_number_without_point, float("inf")),
        (spelling.whole_number_without_point, "9"),
        *[(spelling.whole_number_from_text, text) for text in ("007", "-3", "2 000", "2,000", "9.0", "٩", "")],
        *[(spelling.number_without_trailing_zeros, text) for text in ("9,0", "09.0", "9.05", "100", "1e3", ".0")],
        *[
            (spelling.day_without_midnight, text)
            for text in ("2018-04-07T00:00:01", "2018-04-07T00:00:00Z", "2018-04-07T00:00:00+03:00", "2018-04/07 00:00")
        ],
        *[(spelling.day_without_slashes, text) for text in ("07/04/2018", "18/04/07", "2018/04", "2018/4/7")],
        *[(spelling.list_from_json_text, text) for text in ("W001;W094", "[W001]", '{"a": 1}', "[" * 9000, "(1:W001)")],
        *[
            (spelling.list_from_printed_array, text)
            for text in ("['a' ... 'b']", "['a' None]", "['a''b']", "['a', 'b']", "[300 1.5]", "[]", "a", "[nan]")
        ],
        (spelling.single_part, {"type": "MultiPoint", "coordinates": [[36.0, 35.0], [36.1, 35.0]]}),
        (spelling.single_part, {"type": "MultiPoint", "coordinates": []}),
        (spelling.single_part, {"type": "GeometryCollection", "geometries": [{"type": "Point"}]}),
        (spelling.position_without_height_of_zero, [36.0, 35.0, 412.0]),
        (spelling.position_without_height_of_zero, [36.0, 35.0, None]),
        (spelling.position_without_height_of_zero, [36.0, 35.0, 0, 0]),
        (spelling.rounded_coordinate, 36),
        (spelling.outline_counter_clockwise, SQUARE[-2::-1]),
        (spelling.outline_counter_clockwise, [[0.0, float("inf")], *SQUARE, [0.0, float("inf")]]),
        (spelling.outline_counter_clockwise, [["a", "b"]] * 4),
    ],
)  # fmt: skip
def test_what_may_mean_something_else_is_left_as_it_is(undone, value):
    assert undone(value) is value


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=20))
def test_every_list_that_numpy_prints_whole_is_read_back_character_by_character(entries):
    assert spelling.list_from_printed_array(str(np.array(entries, dtype=object))) == entries


def test_a_list_that_numpy_prints_in_part_is_not_taken_for_a_shorter_one():
    printed = str(np.array(["W001"] * 1001, dtype=object))
    assert spelling.list_from_printed_array(printed) is printed


def test_each_spelling_is_counted_and_told_in_its_number():
    changes = Counter()
    halves = Spelling("{n} half{s} doubled", lambda value: 1 if value == 0.5 else value)
    assert [respelt(value, [halves], changes) for value in (0.5, 2, 0.5)] == [1, 2, 1]
    changes["order"] = 1
    assert in_words(changes) == "2 halfs doubled, order"
    assert in_words(Counter({"{n} half{s} doubled": 1})) == "1 half doubled"

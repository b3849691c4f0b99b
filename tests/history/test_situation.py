import calendar
import csv
import json
from datetime import date
from itertools import pairwise

import pytest

from geo.history.situation import situation, situations
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers


def certain(text):
    """Return the last day that a date can mean, without the module under test."""
    parts = text.split("-")
    if len(parts) == 3:
        return text
    month = parts[1] if len(parts) == 2 else "12"
    return f"{parts[0]}-{month}-{calendar.monthrange(int(parts[0]), int(month))[1]}"


@pytest.fixture(scope="module")
def agreed_posts():
    features = json.loads((LAYERS_DIR / "observation_posts.geojson").read_text(encoding="utf-8"))["features"]
    return [one["properties"] for one in features if one["properties"]["kind"] == "official"]


@pytest.fixture(scope="module")
def patrols():
    with (LAYERS_DIR / "joint_patrols.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["number"]]


def happened(post, column, day):
    return bool(post[column]) and certain(post[column]) <= day


@pytest.mark.parametrize("day", ["2018-10-20", "2020-03-06", "2021-03-31"])
def test_agreed_posts_are_counted_as_their_dates_in_the_file_say(layers, agreed_posts, day):
    left = [post for post in agreed_posts if happened(post, "evacuated_on", day) or happened(post, "gone_by", day)]
    cut_off = [post for post in agreed_posts if happened(post, "encircled_on", day) and post not in left]
    others = [post for post in agreed_posts if post not in left and post not in cut_off]
    assert all(happened(post, "established_on", day) for post in others)
    expected = {"encircled": len(cut_off), "opposition_held": len(others), "evacuated": len(left)}
    now = situation(layers, date.fromisoformat(day))
    assert now.posts == {status: count for status, count in expected.items() if count}
    assert now.agreed_posts == len(agreed_posts) == 12


@pytest.mark.parametrize(
    ("day", "expected"), [("2018-10-20", None), ("2020-03-06", 0), ("2020-06-04", 15), ("2021-03-31", 25)]
)
def test_patrols_are_counted_up_to_the_day_once_the_corridor_is_agreed(layers, patrols, day, expected):
    counted = sum(bool(row["date"]) and row["date"] <= day for row in patrols)
    assert situation(layers, date.fromisoformat(day)).patrols == expected
    assert expected is None or counted == expected


def test_a_patrol_without_a_date_is_counted_apart_once_a_later_one_is_dated(layers):
    assert situation(layers, date(2020, 7, 22)).undated_patrols == 0
    assert situation(layers, date(2020, 8, 12)).undated_patrols == 1


def test_a_post_that_may_be_gone_is_not_known(layers):
    assert situation(layers, date(2020, 12, 25)).posts["not_known"] == 1


def test_posts_that_do_not_exist_yet_are_counted_as_such(layers):
    assert situation(layers, date(2017, 10, 23)).posts == {"opposition_held": 2, "not_yet": 10}


def test_the_line_of_contact_of_a_day_is_whole_a_part_or_not_known(layers):
    whole = situation(layers, date(2018, 10, 20)).line
    assert (whole.as_of, whole.precision_m, whole.is_part) == ("2018-09", 6700, False)
    assert situation(layers, date(2019, 9, 15)).line.is_part
    assert situation(layers, date(2020, 2, 15)).line is None
    assert situation(layers, date(2020, 2, 15)).has_lines


def test_situations_are_those_of_every_day_between_two_changes(layers):
    steps = list(situations(layers))
    assert [day for day, _ in steps] == sorted({day for day, _ in steps})
    assert steps[0][0] == layers.agreement.map.first_day
    for (day, before), (_, after) in pairwise(steps):
        assert before != after
        assert situation(layers, date.fromisoformat(day)) == before


@pytest.mark.parametrize("example", ["m5", "start"])
def test_a_folder_without_posts_patrols_and_lines_has_an_empty_situation(example):
    (_, only), *more = situations(read_layers(LAYERS_DIR / "examples" / example))
    assert more == []
    assert (only.posts, only.patrols, only.has_lines, only.line) == ({}, None, False, None)

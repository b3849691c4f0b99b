from datetime import date
from itertools import pairwise

import pytest

from geo.history.timeline import Period, periods_of, status_on

HISTORY = (("2018-04-07", "opposition_held"), ("2019-08-23", "encircled"), ("2020-11-02", "evacuated"))


def test_a_status_lasts_until_the_day_before_the_next():
    assert periods_of({}, HISTORY) == [
        Period("2018-04-07", "2019-08-22", "opposition_held"),
        Period("2019-08-23", "2020-11-01", "encircled"),
        Period("2020-11-02", None, "evacuated"),
    ]


def test_of_two_changes_on_one_day_the_later_counts():
    history = (("2020-03-05", "standing"), ("2020-03-05", "encircled"))
    assert periods_of({}, history) == [Period("2020-03-05", None, "encircled")]


def test_what_has_no_date_is_undated_and_always_there():
    assert periods_of({}, ()) == [Period(None, None, "undated")]


def test_validity_keeps_its_own_precision():
    assert periods_of({"valid_from": "2017-05", "valid_to": "2018"}, None) == [Period("2017-05", "2018")]


def test_what_happened_lasts_its_day():
    assert periods_of({"date": "2020-07"}, None) == [Period("2020-07", "2020-07")]


def test_a_status_does_not_outlast_the_feature():
    found = periods_of({"valid_from": "2019", "valid_to": "2019-12"}, HISTORY)
    assert [(one.begin, one.end) for one in found] == [("2019-01-01", "2019-08-22"), ("2019-08-23", "2019-12-31")]


def test_a_feature_has_a_period_even_if_its_status_lies_outside_its_validity():
    assert len(periods_of({"valid_to": "2017"}, HISTORY)) == 1


@pytest.mark.parametrize(
    ("day", "status"),
    [("2018-04-06", None), ("2018-04-07", "opposition_held"), ("2020-03-06", "encircled"), ("2021-01-01", "evacuated")],
)
def test_the_status_of_a_day_is_the_last_one_begun(day, status):
    assert status_on(date.fromisoformat(day), HISTORY) == status


def test_every_post_has_periods_that_follow_each_other(layers, derived):
    for id_, history in derived.histories["observation_posts"].items():
        found = periods_of({}, history)
        for one, other in pairwise(found):
            assert one.end is not None, id_
            assert one.end < other.begin, id_

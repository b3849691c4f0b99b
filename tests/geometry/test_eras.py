from datetime import date

import numpy as np

from geo.history.daily_state import Eras, day_number, fronts, known_until, standing_posts, zones


def on(eras, day):
    """Return what is known on a day."""
    return next((state for state, _ in eras.parts(np.array([day_number(date.fromisoformat(day))]))), None)


def test_before_the_first_day_and_in_a_gap_nothing_is_known():
    eras = Eras(np.array([10, 20, 30]), ("a", None, "b"))
    assert [(state, list(np.arange(5)[which])) for state, which in eras.parts(np.array([5, 10, 25, 19, 31]))] == [
        ("a", [1, 3]),
        ("b", [4]),
    ]


def test_the_zone_is_that_of_the_day(layers):
    found = zones(layers)
    assert on(found, "2017-05-03") is None
    assert on(found, "2018-09-16").precision_m == 8000
    assert on(found, "2018-09-17").precision_m == 6700
    assert on(found, "2023-01-01").precision_m == 6700


def test_between_two_lines_of_contact_nobody_is_said_to_hold_anything(layers):
    found = fronts(layers)
    assert [
        on(found, day) is None for day in ("2017-05-03", "2017-12-29", "2018-09-16", "2019-08-20", "2020-03-05")
    ] == [True] * 5
    assert [on(found, day) is None for day in ("2017-05-04", "2018-09-17", "2019-08-19", "2020-03-06")] == [False] * 4
    assert [len(on(found, day).lost) for day in ("2017-06-01", "2019-01-01", "2020-04-01")] == [0, 1, 2]


def test_after_the_newest_day_that_the_layers_state_nothing_is_said_of_lines_and_posts(layers):
    last = known_until(layers)
    assert last == day_number(date(2021, 1, 31))
    assert on(fronts(layers), "2021-01-31") is not None
    assert on(fronts(layers), "2021-02-01") is None
    assert on(standing_posts(layers), "2021-02-01") is None


def test_a_post_stands_from_its_first_certain_day_to_the_day_before_it_is_left(layers):
    found = standing_posts(layers)
    for day, stands in (("2018-04-06", False), ("2018-04-07", True), ("2020-11-01", True), ("2020-11-02", False)):
        assert ("post-09-morek" in on(found, day).ids) == stands, day


def test_a_post_of_which_nothing_is_known_any_more_does_not_stand(layers):
    found = standing_posts(layers)
    for day, stands in (("2020-11-26", True), ("2020-11-27", False)):
        assert ("post-saraqib-south" in on(found, day).ids) == stands, day

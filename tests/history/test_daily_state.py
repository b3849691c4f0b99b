from datetime import date

import numpy as np

from geo.history.daily_state import DailyState, day_number, fronts, known_until, posts, zones


def on(state, day):
    """Return what is known on a day."""
    return next((each for each, _ in state.parts(np.array([day_number(date.fromisoformat(day))]))), None)


def test_before_the_first_day_and_in_a_gap_nothing_is_known():
    state = DailyState(np.array([10, 20, 30]), ("a", None, "b"))
    found = [(each, which.tolist()) for each, which in state.parts(np.array([5, 10, 25, 19, 31]))]
    assert found == [("a", [1, 3]), ("b", [4])]


def test_the_zone_is_that_of_the_day_and_unknown_after_the_last_day_of_the_layers(layers):
    found = zones(layers)
    assert on(found, "2017-05-03") is None
    assert [on(found, day).edges[0].precision_m for day in ("2018-09-16", "2018-09-17", "2021-01-31")] == [
        8000,
        6700,
        6700,
    ]
    assert on(found, "2021-02-01") is None


def test_the_front_is_unknown_in_the_gaps_between_two_lines(layers):
    found = fronts(layers)
    gaps = ("2017-05-03", "2017-12-29", "2018-09-16", "2019-08-20", "2020-03-05", "2021-02-01")
    assert [on(found, day) for day in gaps] == [None] * len(gaps)
    known = ("2017-05-04", "2018-09-17", "2019-08-19", "2020-03-06", "2021-01-31")
    assert [len(on(found, day).lost) for day in known] == [0, 1, 1, 2, 2]


def test_the_last_day_is_the_newest_that_lines_and_posts_state(layers):
    assert known_until(layers) == day_number(date(2021, 1, 31))
    assert on(posts(layers).exist, "2021-02-01") is None


def test_a_post_exists_from_its_first_certain_day_until_it_is_left_or_no_longer_attested(layers):
    found = posts(layers)
    for id_, day, exists in (
        ("post-09-morek", "2018-04-06", False),
        ("post-09-morek", "2018-04-07", True),
        ("post-09-morek", "2020-11-01", True),
        ("post-09-morek", "2020-11-02", False),
        ("post-saraqib-south", "2020-11-26", True),
        ("post-saraqib-south", "2020-11-27", False),
    ):
        assert on(found.exist, day)[found.ids.index(id_)] == exists, (id_, day)

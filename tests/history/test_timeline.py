from datetime import date, timedelta
from itertools import pairwise

import pytest

from geo.history.timeline import (
    Period,
    Timeline,
    is_valid,
    periods_of,
    post_dates,
    post_history,
    stands_on,
    status_on,
    timeline,
)
from geo.inputs.frames import json_rows
from geo.inputs.schema import ObservationPost

HISTORY = (("2018-04-07", "opposition_held"), ("2019-08-23", "encircled"), ("2020-11-02", "evacuated"))
POST = {"id": "p", "name_en": "P", "kind": "additional", "sources": ["W001"], "grade": "B3"}
BESIEGED = {"encircled_on": "2020-02-05"}


def on(line, day):
    return line.on(date.fromisoformat(day))


def history(**columns):
    return post_history(ObservationPost.model_validate(POST | columns).model_dump(mode="json"))


@pytest.mark.parametrize(
    ("when", "since"), [("2020-02-17", (2020, 2, 17)), ("2020-02", (2020, 2, 29)), ("2019", (2019, 12, 31))]
)
def test_an_event_has_happened_from_the_last_day_of_its_date_on(when, since):
    last, line = date(*since), timeline({"date": when})
    assert line.on(last)
    assert line.on(date.max)
    assert not line.on(last - timedelta(days=1))
    assert line.event_days == ((when,) if when == "2020-02-17" else ())


def test_a_validity_contains_every_day_that_its_ends_can_mean_and_a_missing_end_is_open():
    row = {"valid_from": "2017-05", "valid_to": "2018"}
    for day, there in (("2017-04-30", False), ("2017-05-01", True), ("2018-12-31", True), ("2019-01-01", False)):
        assert is_valid(row, date.fromisoformat(day)) is bool(on(timeline(row), day)) is there, day
    assert timeline({}).periods == (Period(),)


def test_a_status_lasts_until_the_day_before_the_next():
    steps = (
        Period("2018-04-07", "2019-08-22", "opposition_held"),
        Period("2019-08-23", "2020-11-01", "encircled"),
        Period("2020-11-02", None, "evacuated"),
    )
    assert timeline({}, by="status", history=HISTORY).periods == steps == tuple(periods_of({}, HISTORY))
    for day, status in (("2018-04-06", None), ("2018-04-07", "opposition_held"), ("2020-11-01", "encircled")):
        assert status_on(date.fromisoformat(day), HISTORY) == status
        assert stands_on(HISTORY, day) is bool(status)
    assert not stands_on(HISTORY, "2020-11-02")


def test_without_any_date_a_status_is_undated_on_every_day():
    assert timeline({}, by="status").periods == (Period(status="undated"),) == tuple(periods_of({}, ()))
    assert status_on(date(1900, 1, 1), ()) == "undated"
    assert not stands_on((), "2020-03-06")


def test_of_two_changes_on_one_day_the_later_counts():
    steps = (("2020-03-05", "standing"), ("2020-03-05", "encircled"))
    assert periods_of({}, steps) == [Period("2020-03-05", None, "encircled")]


def test_a_status_does_not_outlast_the_feature():
    row = {"valid_from": "2019", "valid_to": "2019-12"}
    found = [(one.begin, one.end) for one in timeline(row, by="status", history=HISTORY).periods]
    assert found == [("2019-01-01", "2019-08-22"), ("2019-08-23", "2019-12-31")]
    assert timeline({"valid_to": "2017"}, by="status", history=HISTORY).periods == ()
    assert periods_of({"valid_to": "2017"}, HISTORY) == [Period(None, "2017", "undated")]


def test_in_exchange_formats_dates_keep_their_precision_and_an_event_spans_its_date():
    assert periods_of({"valid_from": "2017-05", "valid_to": "2018"}, None) == [Period("2017-05", "2018")]
    assert periods_of({"date": "2020-07"}, None) == [Period("2020-07", "2020-07")]


@pytest.mark.parametrize(("value", "class_"), [(15, "15"), ("attacked", "attacked"), ("", None), (None, None)])
def test_the_class_is_the_text_of_its_column_and_none_without_a_value(value, class_):
    assert timeline({"kind": value}, by="kind").class_on(date.min) == class_
    assert timeline({"kind": value}).class_on(date.min) == ""
    assert timeline({"status": value}, by="status", history=HISTORY).class_on(date.min) is None


def test_an_official_post_has_its_number_on_every_day():
    steps = timeline({"kind": "official", "number": 9}, by="status", history=HISTORY)
    assert [one.number for one in steps.periods] == [9, 9, 9]
    assert timeline({"kind": "additional", "number": 9}).on(date.min).number is None


def test_a_place_of_claims_counts_those_that_are_certain_by_the_day():
    claims = [{"date": "2020-03"}, {"date": "2020-03-20"}, {"date": "2020-03-20"}]
    line = timeline({}, by="status", history=(("2020-03-20", "claimed"),), claims=claims)
    assert line.periods == (Period("2020-03-20", "2020-03-30", "claimed", 2), Period("2020-03-31", None, "claimed", 3))
    assert line.event_days == ("2020-03-20",)
    assert line.changes() == ["2020-03-20"]  # not when only the number changes


def test_a_feature_changes_when_it_appears_changes_its_status_and_has_ended():
    row = {"valid_to": "2019-12"}
    assert timeline(row, by="status", history=HISTORY).changes() == ["2018-04-07", "2019-08-23", "2020-01-01"]
    assert timeline({}).changes() == Timeline("", ()).changes() == []


def test_the_periods_of_every_post_follow_each_other_and_include_its_whole_history(layers, derived):
    for id_, steps in derived.histories["observation_posts"].items():
        found = timeline({}, by="status", history=steps).periods
        assert all(one.end < other.begin for one, other in pairwise(found)), id_
        assert (found[0].begin, found[-1].end) == (steps[0][0] if steps else None, None), id_


# ---- The history of a post ----


def test_a_post_is_standing_then_encircled_then_evacuated():
    steps = history(
        established_on="2018-04-07",
        encircled_on="2019-08-23",
        evacuated_on="2020-11-02",
        status_2020_03_05="encircled",
    )
    assert steps == HISTORY


def test_a_change_known_to_the_month_counts_from_its_last_day():
    steps = history(established_on="2018-05-09", encircled_on="2020-02", status_2020_03_05="encircled")
    assert steps[1] == ("2020-02-29", "encircled")


def test_a_post_existed_by_the_day_of_any_event_at_it():
    encircled = history(established_on="2020-02", encircled_on="2020-02-05", status_2020_03_05="encircled")
    assert encircled == (("2020-02-05", "opposition_held"), ("2020-02-05", "encircled"))
    attested = history(established_on="2020-12", attested_until="2020-12-05")
    assert attested == (("2020-12-05", "standing"), ("2020-12-06", "not_known"))


def test_what_is_known_of_5_march_2020_only_begins_on_that_day_and_an_unstated_side_stays_unstated():
    assert history(status_2020_03_05="opposition_held") == (("2020-03-05", "opposition_held"),)
    assert history(established_on="2020-11-09") == (("2020-11-09", "standing"),)


def test_without_a_date_or_a_status_there_is_no_history():
    assert history() == history(attested_until="2020-10") == ()


def test_after_its_last_attestation_a_post_is_not_known_and_gone_when_a_source_shows_that():
    assert history(**BESIEGED, attested_until="2020-10", gone_by="2021-01") == (
        ("2020-02-05", "encircled"),
        ("2020-11-01", "not_known"),
        ("2021-01-31", "evacuated"),
    )
    assert history(**BESIEGED, attested_until="2020-11-26")[1:] == (("2020-11-27", "not_known"),)
    assert history(**BESIEGED, gone_by="2021")[1:] == (("2021-12-31", "evacuated"),)


def test_eight_of_the_twelve_official_posts_were_encircled_on_6_march_2020(layers, derived):
    official = [post["id"] for post in json_rows(layers.frame("observation_posts")) if post["number"]]
    found = [status_on(date(2020, 3, 6), derived.histories["observation_posts"][id_]) for id_ in official]
    assert (found.count("encircled"), found.count("opposition_held")) == (8, 4)


def test_no_post_is_encircled_at_the_end_of_the_map(layers, derived):
    last = {id_: status_on(date(2021, 3, 31), steps) for id_, steps in derived.histories["observation_posts"].items()}
    assert "encircled" not in last.values()
    unknown = {id_ for id_, status in last.items() if status == "not_known"}
    assert unknown == {f"post-{name}" for name in ("mardikh", "saraqib-north", "saraqib-south", "tarnabah")}
    assert {last[f"post-{name}"] for name in ("anadan", "rashidin", "saraqib-east")} == {"evacuated"}
    posts = {post["id"]: post for post in json_rows(layers.frame("observation_posts"))}
    assert posts["post-saraqib-east"]["evacuated_on"] == "2020-11-26"
    assert all(posts[id_]["attested_until"] for id_ in unknown)


def test_the_known_dates_of_a_post_keep_their_precision(layers):
    posts = {post["id"]: post for post in json_rows(layers.frame("observation_posts"))}
    assert post_dates(posts["post-07-tell-tuqan"]) == (
        ("established", "2018-02-09"),
        ("encircled", "2020-02-05"),
        ("evacuated", "2021-01-12"),
    )
    assert post_dates(posts["post-anadan"]) == (
        ("encircled_by", "2020-03-05"),
        ("attested", "2020-10"),
        ("gone_by", "2021-01"),
    )
    assert post_dates(posts["post-sarja"]) == ()

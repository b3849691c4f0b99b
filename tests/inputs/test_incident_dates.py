from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from geo.inputs.incident_dates import days_of


def day(text, **options):
    days, known = days_of(pa.array([text], pa.string()), **options)
    return date.fromordinal(int(days[0]) + date(1970, 1, 1).toordinal()).isoformat() if known[0] else None


@pytest.mark.parametrize(
    "text",
    [
        "2020-03-05", "2020-03-05 00:00:00", "2020-03-05T23:59:59.123Z", "2020-03-05 08:50+03:00", " 2020-03-05 ",
        "05 March 2020", "5-Mar-2020", "05-MARCH-2020",
    ],
)  # fmt: skip
def test_a_day_is_read_and_its_time_left_aside(text):
    assert day(text) == "2020-03-05"


@pytest.mark.parametrize(
    "text",
    ["", "2020-02-30", "2019-02-29", "2020-13-01", "2020-3-5", "05/03/2020", "20200305", "1820-01-01", "2101-01-01",
     "2020-03-05x", "5 Brumaire 2020", "٢٠٢٠-٠٣-٠٥", "yesterday", "2020-00-10", "2020-10-00"],
)  # fmt: skip
def test_whatever_is_no_day_or_may_be_two_is_none(text):
    assert day(text) is None


def test_days_of_digits_are_read_day_first_only_where_that_is_documented():
    assert day("05/03/2020", is_day_first=True) == "2020-03-05"
    assert day("13-05-2024", is_day_first=True) == "2024-05-13"
    assert day("05/13/2024", is_day_first=True) is None


def test_every_day_of_400_years_less_200_is_read_right():
    numbers = np.arange(date(1900, 1, 1).toordinal(), date(2101, 1, 1).toordinal())
    texts = [date.fromordinal(int(number)).isoformat() for number in numbers]
    days, known = days_of(pa.array(texts))
    assert known.all()
    assert (days == numbers - date(1970, 1, 1).toordinal()).all()


def test_dates_times_and_nulls_of_arrow_are_read():
    moments = [datetime(2020, 3, 5, 23, 59, tzinfo=UTC), None, datetime(1969, 12, 31, 23, tzinfo=UTC)]
    for kind in (pa.timestamp("us", "UTC"), pa.timestamp("ns"), pa.date32()):
        values = [one if one is None or kind != pa.date32() else one.date() for one in moments]
        values = [one.replace(tzinfo=None) if kind == pa.timestamp("ns") and one else one for one in values]
        days, known = days_of(pa.array(values, kind))
        assert known.tolist() == [True, False, True]
        assert days[[0, 2]].tolist() == [18326, -1]
    days, known = days_of(pa.array(["2020-03-05", None]).dictionary_encode())
    assert (known.tolist(), days[0]) == ([True, False], 18326)

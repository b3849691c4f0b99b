from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from geo.errors import DataError
from geo.inputs.incident_cells import UNKNOWN_DAY, days_of, numbers_of, order_of


def day(cell, order=None, kind=None):
    """Return the day of a cell as a text, ``bad`` or None."""
    days, bad = days_of(pa.array([cell], kind or pa.string()), order)
    return "bad" if bad[0] else None if days[0] == UNKNOWN_DAY else str(days[0].astype("datetime64[D]"))


@pytest.mark.parametrize(
    "text",
    [
        "2020-03-05", "2020/03/05", "2020.03.05", "2020-3-5", " 2020-03-05 ", "05 March 2020", "5-MAR-2020",
        "2020-03-05 23:59:59", "2020/03/05 00:00:00", "2020-03-05T08:50+03:00", "2020-03-05 00:30:00+02:00",
        "2020-03-04T23:00:00Z", "2020-03-04 22:00:00.123 UTC", "2020-03-05T21:59Z", "2020-03-05 04:00+0600",
        "2020-03-04 23:00 GMT", "2020-03-04t23:00z", "2020-03-05 12:30 AM", "2020-03-04 11:00:00 PM Z",
        "5 March 2020 1:05 pm",
    ],
)  # fmt: skip
def test_the_day_of_a_text_is_the_one_written_or_of_a_time_with_a_zone_the_one_in_syria(text):
    assert day(text) == "2020-03-05"


@pytest.mark.parametrize(
    "text",
    ["2020-02-30", "2019-02-29", "2020-13-01", "20200305", "1820-01-01", "2101-01-01", "2020-03-05x", "5 Brumaire 2020",
     "٢٠٢٠-٠٣-٠٥", "yesterday", "2020-00-10", "2020-03/05", "05/03/2020", "2020-03-05 25:00", "2020-03-05 3 PM",
     "2020-03-05 11:00 ZM", "NAN-03-05", "none known"],
)  # fmt: skip
def test_a_text_that_is_no_day_or_may_be_two_is_a_bad_date(text):
    assert day(text) == "bad"


@pytest.mark.parametrize("text", ["", "  ", None, "NA", "n/a", "NaN", "NaT", "null", "NULL", "None", " na "])
def test_a_blank_cell_is_no_day_and_no_bad_date(text):
    assert day(text) is None


@pytest.mark.parametrize("text", ["3/3/2020", "03.03.2020 8:15", "3-3-2020"])
def test_a_day_that_is_the_same_in_either_order_needs_none(text):
    assert {day(text, order) for order in (None, "day-first", "month-first")} == {"2020-03-03"}


def test_an_order_is_one_for_the_whole_column():
    assert day("05/03/2020", "day-first") == day("3/5/2020", "month-first") == "2020-03-05"
    assert day("5.3.2020", "day-first") == "2020-03-05"
    assert day("3/13/2020", "day-first") == day("13/3/2020", "month-first") == "bad"


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["3/6/2020", "2020-03-06", None, "3/13/2020"], "month-first"),
        (["3/6/2020", "3/6/2020", "31.12.2019"], "day-first"),
        (["2020-03-06", "6 March 2020", "5/5/2020", "32/13/2020", ""], None),
    ],
)
def test_one_date_shows_the_order_of_all_however_late_it_comes(texts, order):
    assert order_of([pa.array([text], pa.string()) for text in texts], "a.csv", "date") == order
    assert order_of([pa.array(texts).dictionary_encode()], "a.csv", "date") == order


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (
            ["3/6/2020", "2020-03-13"],
            r"^a\.csv: date: '3/6/2020' may be day first .*--dates day-first or --dates month-fi",
        ),
        (["3/13/2020", "13/3/2020"], r"both day first \(13/3/2020\) and month first \(3/13/2020\)"),
    ],
)
def test_a_column_that_shows_no_order_or_both_is_refused_with_the_choice(texts, told):
    with pytest.raises(DataError, match=told):
        order_of([pa.array(texts)], "a.csv", "date")


def test_every_day_from_1900_to_2100_is_read():
    numbers = np.arange(date(1900, 1, 1).toordinal(), date(2101, 1, 1).toordinal())
    days, bad = days_of(pa.array([date.fromordinal(int(number)).isoformat() for number in numbers]))
    assert not bad.any()
    assert (days == numbers - date(1970, 1, 1).toordinal()).all()


def test_times_of_arrow_are_days_and_those_with_a_zone_are_days_in_syria():
    assert day(date(2020, 3, 5), kind=pa.date32()) == "2020-03-05"
    assert day(datetime(1969, 12, 31, 23), kind=pa.timestamp("ns")) == "1969-12-31"
    assert day(datetime(2020, 3, 4, 22, 30, tzinfo=UTC), kind=pa.timestamp("us", "UTC")) == "2020-03-05"
    assert day(datetime(2020, 3, 4, 20, tzinfo=UTC), kind=pa.timestamp("ms", "America/New_York")) == "2020-03-04"
    assert day(None, kind=pa.timestamp("us", "UTC")) is None


def test_numbers_have_a_decimal_point_or_comma_and_every_other_text_is_none():
    texts = ["1.5", " +2 ", "-1e-3", "36.", ".5", "35,82", "-36,6", "٣٥", "35°", "nan", "inf", "0x10", "1_000"]
    thousands = ["3,966,000", "1,234.5", "3966,5", ",5", "35,", "35,82 36,6"]
    found, blank = numbers_of(pa.array([*texts, *thousands, "", None]))
    np.testing.assert_array_equal(found, [1.5, 2, -0.001, 36, 0.5, 35.82, -36.6, *[np.nan] * 14])
    assert blank.tolist() == [False] * 19 + [True] * 2
    assert numbers_of(pa.array([1, None]))[0].tolist()[0] == 1.0
    assert numbers_of(pa.array([Decimal("1.5"), None]))[0].tolist()[0] == 1.5
    assert numbers_of(pa.array([7, 8]).dictionary_encode())[0].tolist() == [7.0, 8.0]
    assert numbers_of(pa.array(["1.5", "2"]).dictionary_encode())[0].tolist() == [1.5, 2.0]
    assert np.isnan(numbers_of(pa.array([True, False]))[0]).all()

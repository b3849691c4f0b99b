from datetime import date, datetime

import pytest

from geo.errors import DayError
from geo.inputs.dates import day_of, first_day, last_day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020-03-05", date(2020, 3, 5), date(2020, 3, 5)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2017", date(2017, 1, 1), date(2017, 12, 31)),
    ],
)
def test_a_date_spans_the_days_that_it_may_mean(text, first, last):
    assert (first_day(text), last_day(text)) == (first, last)


@pytest.mark.parametrize("text", ["", "05/03/2020", "2020-3-5", "2020-13", "2020-06-31", "٢٠٢٠", "2020-03-05T00:00"])
def test_anything_but_an_iso_date_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        first_day(text)


@pytest.mark.parametrize("as_of", ["2020-03-06", date(2020, 3, 6), datetime(2020, 3, 6, 23, 59)])
def test_a_day_is_given_as_a_text_a_date_or_a_time(as_of):
    day = day_of(as_of)
    assert (type(day), day) == (date, date(2020, 3, 6))


@pytest.mark.parametrize("as_of", ["", "2020-03", "6 March 2020", "2020-06-31"])
def test_a_text_that_is_not_a_day_is_refused(as_of):
    with pytest.raises(DayError, match="is not a date"):
        day_of(as_of)

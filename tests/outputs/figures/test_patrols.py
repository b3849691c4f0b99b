from dataclasses import replace
from datetime import date, timedelta

import pytest

from geo.outputs.figures.boxes import Box
from geo.outputs.figures.patrols import Plot, bars_of, draw_patrols, has_patrols
from geo.outputs.figures.sheet import FORMATS, Sheet, settings
from geo.outputs.words import Words


@pytest.fixture(scope="module")
def bars(shipped):
    return bars_of(shipped)


def test_every_patrol_has_a_bar_or_is_listed_with_the_reason(bars, derived):
    placed, others = bars
    assert len(placed) + len(others) == len(derived.layers["patrol_segments"])
    assert all(row["no_segment"] for row in others)
    assert len(placed) == 25


def test_bars_are_in_the_order_of_their_days(bars):
    days = [bar.day for bar in bars[0]]
    assert days == sorted(days)
    assert (days[0], days[-1]) == (date(2020, 3, 15), date(2020, 8, 25))


def test_a_patrol_that_came_back_from_the_other_end_spans_the_same_kilometres(bars):
    [there] = [bar for bar in bars[0] if bar.row["id"] == "patrol-22"]
    [back] = [bar for bar in bars[0] if bar.row["id"] == "patrol-25"]
    assert back.row["from_km"] > back.row["to_km"]
    assert back.span_km == there.span_km


def test_days_and_kilometres_lie_where_the_axes_say():
    plot = Plot(Box(100, 50, 300, 250), date(2020, 3, 1), date(2020, 3, 1) + timedelta(days=100), 80)
    assert plot.across(date(2020, 3, 1)) == 100
    assert plot.across(date(2020, 3, 26)) == 150
    assert (plot.down(0), plot.down(20), plot.down(80)) == (50, 100, 250)


def test_without_patrols_there_is_nothing_to_draw(shipped):
    none = {**shipped.derived.layers, "patrol_segments": shipped.derived.layers["patrol_segments"].iloc[:0]}
    assert not has_patrols(replace(shipped, derived=replace(shipped.derived, layers=none)))
    assert has_patrols(shipped)


@pytest.mark.parametrize("format_", FORMATS)
def test_ends_outcomes_reasons_and_numbers_are_written(shipped, format_):
    with settings():
        sheet = Sheet(format_, is_right_to_left=False)
        draw_patrols(sheet, shipped, Words.of(shipped.layers, "en"))
    written = [line.text for line in sheet.lines]
    assert {"Trumba", "Ain al-Hawr", "Completed", "Shortened", "Attacked", "Joint patrol 23"} <= set(written)
    assert "No date known · start and end unknown; the patrol itself is not established" in " ".join(written)
    numbers = [str(bar.row["number"]) for bar in bars_of(shipped)[0]]
    assert [text for text in written if text in numbers][-len(numbers) :] == numbers

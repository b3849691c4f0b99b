from dataclasses import replace
from datetime import date

import pytest

from geo.outputs.figures.figure_files import figures_of
from geo.outputs.figures.patrols import bars_of
from tests.outputs.figures.conftest import AS_OF
from tests.outputs.figures.written import lines_of, text_of


@pytest.fixture(scope="module")
def bars(shipped):
    return bars_of(shipped)


def test_every_patrol_has_a_bar_or_is_listed_with_the_reason(bars, derived):
    placed, others = bars
    assert len(placed) + len(others) == len(derived.layers["patrol_segments"])
    assert all(row["no_segment"] for row in others)
    days = [bar.day for bar in placed]
    assert days == sorted(days)
    assert (len(placed), days[0], days[-1]) == (25, date(2020, 3, 15), date(2020, 8, 25))


def test_a_patrol_in_the_other_direction_spans_the_same_kilometres(bars):
    there, back = (next(bar for bar in bars[0] if bar.row["id"] == id_) for id_ in ("patrol-22", "patrol-25"))
    assert back.row["from_km"] > back.row["to_km"]
    assert back.span_km == there.span_km


@pytest.mark.parametrize("language", ["en", "ar"])
def test_each_bar_is_on_its_day_from_its_first_to_its_last_kilometre(bars, sheets, language):
    [axes] = sheets["patrols", "a4", language, AS_OF].figure.axes
    drawn = [patch.get_bbox() for patch in axes.patches]
    assert [(one.x0 + one.x1) / 2 for one in drawn] == pytest.approx([bar.day.toordinal() for bar in bars[0]])
    assert [(one.y0, one.y1) for one in drawn] == [pytest.approx(bar.span_km) for bar in bars[0]]
    assert axes.get_xlim()[0] < axes.get_xlim()[1]
    assert axes.get_ylim() == (pytest.approx(max(bar.span_km[1] for bar in bars[0])), 0)


def test_without_patrols_there_is_no_diagram(shipped):
    none = {**shipped.derived.layers, "patrol_segments": shipped.derived.layers["patrol_segments"].iloc[:0]}
    assert "patrols" not in figures_of(replace(shipped, derived=replace(shipped.derived, layers=none)))
    assert "patrols" in figures_of(shipped)


@pytest.mark.parametrize("size", ["a4", "slide"])
def test_ends_outcomes_reasons_and_numbers_are_written(bars, sheets, size):
    sheet = sheets["patrols", size, "en", AS_OF]
    written = [line.text for line in lines_of(sheet)]
    outcomes = {"Completed", "Shortened", "Attacked", "Sources differ on how it ended"}
    assert {"Trumba", "Ain al-Hawr"} | outcomes <= set(written)
    reason = "No date known · start and end unknown; the patrol itself is not established"
    assert f"Joint patrol 23: {reason}" in text_of(sheet)
    assert {str(bar.row["number"]) for bar in bars[0] if bar.row["number"]} <= set(written)


def test_the_day_of_the_map_is_marked_if_it_is_one_of_the_diagram(sheets):
    assert "as of 25 August 2020" in text_of(sheets["patrols", "a4", "en", date(2020, 8, 25)])
    assert "as of 6 March 2020" not in text_of(sheets["patrols", "a4", "en", AS_OF])

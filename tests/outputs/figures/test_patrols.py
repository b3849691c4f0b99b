from dataclasses import replace
from datetime import date

import pytest
from matplotlib.colors import to_hex

from geo.inputs.catalog import CATALOGUE
from geo.outputs.figures.day_features import DayFeatures
from geo.outputs.figures.figure_files import drawn_sheet, figures_of
from geo.outputs.figures.patrols import bars_of, draw_patrols
from geo.outputs.figures.sheet import SIZES, settings
from geo.outputs.style import style_of
from geo.outputs.words import Words
from tests.outputs.figures.conftest import AS_OF
from tests.outputs.figures.written import MARKS, lines_of, text_of

[DERIVED_SPEC] = [spec for spec in CATALOGUE if spec.name == "patrol_segments"]


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


def test_the_title_says_when_a_patrol_first_reached_the_end(sheets):
    assert sheets["patrols", "a4", "en", AS_OF].title == (
        "Joint patrols reached Ain al-Hawr, the end of the corridor, only on 22 July 2020"
    )


@pytest.mark.parametrize(("language", "day"), [("en", "15 Mar"), ("ar", "١٥ آذار")])
def test_the_day_of_each_patrol_is_above_its_bar(bars, sheets, layers, language, day):
    words = Words.of(layers, language)
    sheet = sheets["patrols", "slide", language, AS_OF]
    written = {one.get_text().strip(MARKS): one.xy for one in sheet.figure.axes[0].texts if one.get_rotation() == 90}
    assert written[day] == (date(2020, 3, 15).toordinal(), 1)
    assert {words.short_day(bar.day): (bar.day.toordinal(), 1) for bar in bars[0]} == written


def test_only_a_patrol_that_went_one_way_is_pointed_at_its_end(bars, sheets):
    [axes] = sheets["patrols", "a4", "en", AS_OF].figure.axes
    points = {line.get_xdata()[0]: line for line in axes.lines if line.get_marker() in ("v", "^")}
    one_way = {bar.day.toordinal(): bar for bar in bars[0] if bar.row["direction"] in ("westward", "eastward")}
    assert set(points) == set(one_way)
    for day, bar in one_way.items():
        is_west = bar.row["direction"] == "westward"
        assert points[day].get_marker() == ("v" if is_west else "^")
        assert points[day].get_ydata()[0] == pytest.approx(bar.row["to_km"], abs=1)
        assert (points[day].get_ydata()[0] > bar.row["to_km"]) == is_west


def test_bars_have_the_colours_of_the_segments_on_the_map_and_outcomes_differ_in_their_hatches(bars, sheets):
    [axes] = sheets["patrols", "a4", "en", AS_OF].figure.axes
    symbols = style_of(DERIVED_SPEC).symbols
    hatches = {}
    for bar, patch in zip(bars[0], axes.patches, strict=True):
        outcome = bar.row["outcome"]
        colour = patch.get_edgecolor() if patch.get_hatch() else patch.get_facecolor()
        assert to_hex(colour) == symbols[outcome].stroke
        hatches[outcome] = patch.get_hatch()
    assert len(set(hatches.values())) == len(hatches) == 4


def test_what_is_not_drawn_is_not_in_the_key(figures_build):
    segments = figures_build.frame("patrol_segments")
    some = segments[segments["id"].isin(["patrol-08", "patrol-09"])]
    derived = replace(figures_build.derived, layers={**figures_build.derived.layers, "patrol_segments": some})
    own = DayFeatures(replace(figures_build, derived=derived))
    with settings():
        sheet = drawn_sheet(draw_patrols, SIZES[0], own, Words.of(own.build.layers, "en"))
    written = text_of(sheet)
    assert "Completed" in written
    assert not any(text in written for text in ("Shortened", "Attacked", "Pointed", "Incident reported", "Not shown"))
    assert sheet.title == "Joint patrols, March to August 2020"

from dataclasses import replace

import pytest

from geo.outputs.figures.line_moved import DAYS, draw_line_moved, frames_of
from geo.outputs.figures.sheet import FORMATS, Sheet, settings
from geo.outputs.words import Words


@pytest.fixture(scope="module")
def frames(layers):
    return frames_of(layers)


def test_each_frame_has_the_line_that_holds_on_its_day(frames):
    assert [frame.day for frame in frames] == list(DAYS)
    assert [frame.as_of for frame in frames] == ["2017", "2018-09", "2020-03-06", "2020-03-06"]


def test_only_the_last_frame_has_the_line_of_the_one_before(frames):
    assert [frame.is_same for frame in frames] == [False, False, False, True]


def test_what_was_held_became_less_from_frame_to_frame(frames):
    areas = [frame.held.area for frame in frames]
    assert areas[0] > areas[1] > areas[2] == areas[3]


def test_one_line_on_all_days_is_no_movement(layers):
    rows = [row for row in layers["line_of_contact"].features if row.properties.as_of == "2020-03-06"]
    layer = layers["line_of_contact"]
    one = replace(layers, by_name={**layers, "line_of_contact": type(layer)(layer.spec, tuple(rows))})
    assert frames_of(one) == ()
    none = replace(layers, by_name={name: layers[name] for name in layers if name != "line_of_contact"})
    assert frames_of(none) == ()


@pytest.mark.parametrize("format_", FORMATS)
def test_every_frame_says_its_day_the_date_of_its_line_and_how_well_it_is_known(shipped, format_):
    with settings():
        sheet = Sheet(format_, is_right_to_left=False)
        draw_line_moved(sheet, shipped, Words.of(shipped.layers, "en"))
    written = " ".join(line.text for line in sheet.lines)
    for text in (
        "30 June 2017",
        "Line of contact, 2017, accurate to within 8\u00a0km",
        "Line of contact, September 2018, accurate to within 6.7\u00a0km",
        "Line of contact, 6 March 2020, accurate to within 7.1\u00a0km",
        "Still the line of 6 March 2020, accurate to within 7.1\u00a0km: the data hold no later one",
    ):
        assert text in written

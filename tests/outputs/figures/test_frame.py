import re
from dataclasses import replace
from itertools import pairwise, product

import pytest

from geo.outputs.figures.frame import MARGIN, Heading, draw_foot, draw_heading
from geo.outputs.figures.sheet import A4, FORMATS, settings
from geo.outputs.manifest import data_as_of
from geo.outputs.words import Words
from tests.outputs.figures.parts import BUILD, FIGURES, SPECS, Recorded, build_of, drawn

ROOM = A4.box.grown(-MARGIN)


def headed(*texts, is_right_to_left=False):
    with settings():
        sheet = Recorded(is_right_to_left=is_right_to_left)
        below = draw_heading(sheet, Heading(*texts))
    return sheet, below


def footed(layers, derived, *names, language="en"):
    with settings():
        sheet = Recorded(is_right_to_left=language == "ar")
        above = draw_foot(sheet, build_of(layers, derived), Words.of(layers, language), [SPECS[name] for name in names])
    return sheet, above


def test_a_long_title_shrinks_to_fit():
    text = "A title of half as many words as would fit in it"
    [once, _], [twice, _] = headed(text, "Day")[0].lines, headed(f"{text}, {text}, and more", "Day")[0].lines
    assert twice.text == f"{text}, {text}, and more"
    assert 0.95 * ROOM.width < twice.box.width <= ROOM.width
    assert twice.box.height < once.box.height


def test_a_title_that_would_become_too_small_goes_on_below_in_letters_that_can_be_read():
    sheet, below = headed("words without end " * 15, "Day")
    *title, day = sheet.lines
    assert len(title) == 3
    assert all(ROOM.width >= one.box.width for one in title)
    assert min(two.box.bottom - one.box.bottom for one, two in pairwise(title)) > day.box.height
    assert below > headed("Short", "Day")[1]


@pytest.mark.parametrize("is_right_to_left", [False, True])
def test_lines_start_where_reading_does(is_right_to_left):
    sheet, _ = headed("Title", "Day", "A remark", is_right_to_left=is_right_to_left)
    edges = [one.box.right if is_right_to_left else one.box.left for one in sheet.lines]
    assert edges == pytest.approx([ROOM.right if is_right_to_left else ROOM.left] * 3, abs=0.01)


def test_a_heading_without_a_remark_takes_less_room():
    sheet, below = headed("Title", "Day")
    remarked, lower = headed("Title", "Day", "A remark")
    assert [one.text for one in sheet.lines] == ["Title", "Day"]
    assert remarked.lines[-1].text == "A remark"
    assert lower > below
    assert sheet.title == "Title"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["basemap"], "© Natural Earth, public domain"),
        (["basemap", "m5"], "© OpenStreetMap contributors, ODbL 1.0 · Natural Earth, public domain"),
        (["m5", "m4", "m5"], "© OpenStreetMap contributors, ODbL 1.0"),
    ],
)
def test_who_is_credited_is_whom_the_drawn_data_come_from_each_once_openstreetmap_first(
    layers, derived, names, expected
):
    sheet, _ = footed(layers, derived, *names)
    assert sheet.rights == expected
    assert sheet.text.replace("\u00a0", " ").startswith(f"Credits: {expected} Sources: ")


def test_the_foot_ends_at_the_margin_and_leaves_all_above_it_free(layers, derived):
    sheet, above = footed(layers, derived, *(name for name, spec in SPECS.items() if spec.classes), language="ar")
    assert above < min(one.box.top for one in sheet.lines)
    assert max(one.box.bottom for one in sheet.lines) == pytest.approx(ROOM.bottom, abs=4)


def test_a_line_of_credits_breaks_between_two_of_them_only(layers, derived):
    sheet, _ = footed(layers, derived, *(name for name, spec in SPECS.items() if spec.classes))
    sources = next(at for at, one in enumerate(sheet.lines) if one.text.startswith("Sources: "))
    written = [one.text.replace("\u00a0", " ") for one in sheet.lines[1:sources]]
    assert len(written) > 1
    assert " · ".join(written) == sheet.rights


def test_every_sheet_says_credits_sources_disclaimer_date_of_the_data_and_build(layers, sheets):
    for (name, _, language, day), sheet in sheets.items():
        words = Words.of(layers, language)
        written = " ".join(line.text for line in sheet.lines)
        credits_ = written.partition(words.text("figures.credits"))[2].replace("\u00a0", " ")
        assert re.match(r" © OpenStreetMap contributors\W+ODbL 1\.0\W", credits_)
        dated = words.text("figures.data_as_of", day=words.day(data_as_of(layers)))
        for text in (words.text("figures.disclaimer"), words.number(len(layers["sources"].features)), dated, BUILD):
            assert text in written, (name, language)
        if name == "map":
            assert words.text("page.as_of", day=words.day(day)) in written


def test_a_remark_of_the_map_stands_on_every_sheet(layers, derived):
    remark = "An illustration, not an agreement: nobody agreed on it."
    words = type(layers.agreement.map.title)(en=remark)
    terms = layers.agreement.map.model_copy(update={"remark": words})
    remarked = replace(layers, agreement=layers.agreement.model_copy(update={"map": terms}))
    for name, language in product(FIGURES, ("en", "ar")):
        sheet = drawn(remarked, derived, name, FORMATS[1], language)
        assert remark in " ".join(line.text for line in sheet.lines)

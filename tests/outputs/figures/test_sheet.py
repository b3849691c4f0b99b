import io
import re
from dataclasses import replace
from itertools import pairwise, product

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.lines import Line2D
from PIL import Image

from geo.outputs.document import asset
from geo.outputs.figures.day_features import DayFeatures
from geo.outputs.figures.figure_files import drawn_sheet, figures_of
from geo.outputs.figures.looks import palette
from geo.outputs.figures.sheet import (
    A4,
    SIZES,
    SLIDE,
    Box,
    Sheet,
    draw_foot,
    draw_heading,
    measured,
    publishers_of,
    settings,
    wrapped,
)
from geo.outputs.words import Words
from tests.outputs.figures.written import lines_of, text_of


@pytest.fixture
def sheet():
    with settings():
        yield Sheet(SLIDE, is_right_to_left=False)


def pixels(sheet):
    """Return the pixels of a sheet, (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(sheet.saved("png", build_id="b"))).convert("RGB"))


@pytest.mark.parametrize(("size", "width_mm", "height_mm"), [(A4, 297, 210), (SLIDE, 338.66, 190.5)])
def test_a_picture_has_300_pixels_for_each_inch(size, width_mm, height_mm):
    with settings():
        height, width, _ = pixels(Sheet(size, is_right_to_left=False)).shape
    assert (width, height) == (
        pytest.approx(300 * width_mm / 25.4, abs=1),
        pytest.approx(300 * height_mm / 25.4, abs=1),
    )


@pytest.mark.parametrize("is_right_to_left", [False, True])
def test_x_begins_where_reading_does_and_y_at_the_top(is_right_to_left):
    with settings():
        sheet = Sheet(SLIDE, is_right_to_left=is_right_to_left)
        sheet.add(Line2D([10, 60], [30, 30], color="#ff0000", linewidth=8))
        red = np.argwhere((pixels(sheet) == (255, 0, 0)).all(axis=2))
    per_unit = 300 / 96 * SLIDE.unit_px
    (top, left), (bottom, right) = red.min(axis=0) / per_unit, red.max(axis=0) / per_unit
    assert (top + bottom) / 2 == pytest.approx(30, abs=1)
    width = sheet.inner.right + sheet.inner.left
    assert (left + right) / 2 == pytest.approx(width - 35 if is_right_to_left else 35, abs=1)


def test_a_text_is_as_wide_as_it_is_measured(sheet):
    sheet.write(200, 200, "Saraqib", size=40)
    [line] = lines_of(sheet)
    assert line.box.width / (sheet.figure.dpi / 96 * SLIDE.unit_px) == pytest.approx(
        measured("Saraqib", 40)[0], rel=0.05
    )


def test_arabic_letters_are_joined():
    joined, apart = measured("سراقب", 12)[0], sum(measured(letter, 12)[0] for letter in "سراقب")
    assert joined < 0.9 * apart


def test_a_letter_that_the_font_lacks_is_an_error(sheet):
    sheet.write(100, 100, "𒀀", size=12)
    with pytest.raises(UserWarning, match="missing"):
        sheet.saved("svg", build_id="b")


def test_letters_outside_latin_and_arabic_are_in_the_pdf(sheet):
    sheet.write(100, 100, "Ιντλίμπ Идлиб", size=12)
    content = sheet.saved("pdf", build_id="b")
    assert content.count(b"/FontFile2 ") > 0
    assert b"DejaVuSans" in content


def test_a_text_is_never_taken_for_a_formula(sheet):
    sheet.write(100, 100, "$x^2$ and $", size=12)
    assert b"<svg" in sheet.saved("svg", build_id="b")


def test_lines_are_as_wide_as_they_may_be_and_no_word_is_lost():
    text = "What is inferred says so; what is disputed shows every claim"
    lines = wrapped(text, 120, 10)
    assert " ".join(lines) == text
    assert all(measured(line, 10)[0] <= 120 for line in lines)
    for line, after in pairwise(lines):
        assert measured(f"{line} {after.split()[0]}", 10)[0] > 120


def test_a_users_own_settings_of_matplotlib_change_nothing():
    def drawn():
        with settings():
            sheet = Sheet(A4, is_right_to_left=False)
            sheet.write(100, 100, "Idlib", size=12)
            sheet.add(Line2D([0, 100], [0, 100], color="#222222", linewidth=2, linestyle=(0, (4, 2))))
            sheet.axes(Box(100, 100, 200, 200))
            return sheet.saved("svg", build_id="b")

    before = drawn()
    own = {"font.family": "serif", "lines.scale_dashes": True, "savefig.pad_inches": 3, "axes.grid": True}
    with mpl.rc_context(own):
        assert drawn() == before
        assert mpl.rcParams["font.family"] == ["serif"]


def test_colours_are_those_of_the_light_scheme_of_the_style_sheets():
    assert palette()["paper"] == "#fbfaf6"
    for name, colour in palette().items():
        assert asset("palette.css").index(f"--{name}: {colour};") < asset("palette.css").index("@media")


# ---- Heading and foot.


def headed(*texts):
    with settings():
        sheet = Sheet(A4, is_right_to_left=False)
        below = draw_heading(sheet, texts[:-1], texts[-1])
    return lines_of(sheet), below


def test_a_long_title_shrinks_then_continues_below():
    text = "A title of about half as many words as would fit in one line of it"
    once, twice, more = (headed(title, "Day", "") for title in (text, f"{text}, {text}, and more", f"{text} " * 5))
    assert [len(lines) for lines, _ in (once, twice)] == [2, 2]
    assert len(more[0]) > 2
    assert twice[0][0].box.height < once[0][0].box.height
    assert more[1] > once[1]


def test_a_remark_takes_room_below_the_heading():
    lines, below = headed("Title", "Day", "")
    remarked, lower = headed("Title", "Day", "A remark")
    assert [line.text for line in lines] == ["Title", "Day"]
    assert remarked[-1].text == "A remark"
    assert lower > below


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["sea"], "© GSHHG 2.3.7 (P. Wessel, W. H. F. Smith), LGPL 3.0 or later"),
        (
            ["basemap", "m5"],
            "© OpenStreetMap contributors, ODbL 1.0 · Who's On First, Mesoshapes, CC0 1.0"
            " · GLOBE Task Team (D. A. Hastings, P. K. Dunbar), NOAA NGDC, public domain",
        ),
        (["m5", "m4", "m5"], "© OpenStreetMap contributors, ODbL 1.0"),
    ],
)
def test_the_sources_of_drawn_layers_are_credited_once_openstreetmap_first(figures_build, names, expected):
    with settings():
        sheet = Sheet(A4, is_right_to_left=False)
        specs = [spec for name in names for spec in figures_build.drawn(name)]
        draw_foot(sheet, figures_build, Words.of(figures_build.layers, "en"), specs)
    assert sheet.rights == expected
    assert text_of(sheet).startswith(f"Credits: {expected} ")


def test_a_line_of_credits_breaks_between_two_of_them_only(figures_build):
    with settings():
        sheet = Sheet(A4, is_right_to_left=False)
        draw_foot(sheet, figures_build, Words.of(figures_build.layers, "en"), figures_build.drawn())
    texts = [line.text for line in lines_of(sheet)]
    credits_ = texts[: next(at for at, text in enumerate(texts) if text.startswith("Boundaries "))]
    assert len(credits_) > 1
    assert " · ".join(credits_) == f"Credits: {sheet.rights}"


def test_five_publishers_that_the_rows_cite_most_are_named_and_the_others_counted(figures_build):
    sources = figures_build.frame("sources")
    plain = sources[sources["licence"].isna()].drop_duplicates("publisher").iloc[:7]
    licensed = sources[sources["licence"].notna()]["id"].iloc[0]
    ids = list(plain["id"])
    rows = [{"sources": [licensed, *ids[at:]]} for at in range(7)] + [{}]
    names = list(plain["publisher"])[::-1]
    assert publishers_of(figures_build, rows) == names
    with settings():
        sheet = Sheet(A4, is_right_to_left=False)
        draw_foot(sheet, figures_build, Words.of(figures_build.layers, "en"), figures_build.drawn("m4"), rows)
    named = " · ".join(names[:5])
    assert f"Most cited sources: {named}, and 2 more publishers, listed in data/sources.csv." in text_of(sheet)


def test_every_sheet_has_credits_publishers_disclaimer_days_and_build(figures_build, sheets):
    for (name, _, language, day), sheet in sheets.items():
        words, written = Words.of(figures_build.layers, language), text_of(sheet)
        label = re.escape(words.text("figures.credits").replace("\u00a0", " "))
        assert re.search(rf"{label} ?© OpenStreetMap contributors, ODbL 1\.0", written)
        dated = words.text("figures.data_as_of", day=words.day(figures_build.data_as_of))
        last_day = words.day(figures_build.layers.agreement.map.last_day)
        historical = words.text("figures.historical", day=last_day)
        for text in (words.text("figures.disclaimer"), historical, dated, figures_build.build_id):
            assert text.replace("\u00a0", " ") in written, (name, language)
        label = words.text("figures.sources").partition("{")[0].strip()
        assert label in written, (name, language)
        if name == "map":
            assert words.text("page.as_of", day=words.day(day)) in written


def test_a_remark_of_the_map_is_on_every_sheet(figures_build):
    remark = "An illustration, not an agreement: nobody agreed on it."
    layers = figures_build.layers
    terms = layers.agreement.map.model_copy(update={"remark": type(layers.agreement.map.title)(en=remark)})
    remarked = replace(layers, agreement=layers.agreement.model_copy(update={"map": terms}))
    own = DayFeatures(replace(figures_build, layers=remarked))
    for draw, language in product(figures_of(own.build).values(), ("en", "ar")):
        with settings():
            sheet = drawn_sheet(draw, SIZES[1], own, Words.of(remarked, language))
        assert remark in text_of(sheet)

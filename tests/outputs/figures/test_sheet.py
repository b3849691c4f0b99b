import warnings
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from shapely.geometry import LineString, Point, box

from geo.outputs.figures.boxes import Box
from geo.outputs.figures.colours import palette
from geo.outputs.figures.sheet import A4, FORMATS, SLIDE, Sheet, measured, settings, wrapped


def pixels(sheet):
    """Return the pixels of a sheet, (height, width, 3)."""
    import io

    return np.asarray(Image.open(io.BytesIO(sheet.saved("png", build_id="b"))).convert("RGB"))


@pytest.fixture
def sheet():
    with settings():
        yield Sheet(SLIDE, is_right_to_left=False)


def test_a4_lies_on_its_side_and_a_slide_is_16_to_9():
    assert (A4.width_mm, A4.height_mm) == (297, 210)
    assert SLIDE.width_mm / 25.4 == pytest.approx(13.333)
    assert SLIDE.width_mm / SLIDE.height_mm == pytest.approx(16 / 9, rel=1e-4)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_picture_has_two_pixels_for_each_of_a_screen(format_):
    with settings():
        height, width, _ = pixels(Sheet(format_, is_right_to_left=False)).shape
    assert width == pytest.approx(2 * 96 * format_.width_mm / 25.4, abs=1)
    assert height == pytest.approx(2 * 96 * format_.height_mm / 25.4, abs=1)


def test_y_grows_downwards_and_what_comes_later_lies_on_top(sheet):
    sheet.shape(box(0, 0, 50, 50), fill="#0000ff")
    sheet.shape(box(0, 0, 50, 25), fill="#ff0000")
    found = pixels(sheet)
    per_unit = 2 * SLIDE.px
    assert tuple(found[int(10 * per_unit), 20]) == (255, 0, 0)
    assert tuple(found[int(40 * per_unit), 20]) == (0, 0, 255)


def test_nothing_is_seen_outside_the_box_that_a_shape_is_drawn_within(sheet):
    sheet.shape(box(0, 0, 500, 500), fill="#ff0000", within=Box(100, 100, 200, 200))
    red = np.argwhere((pixels(sheet) == (255, 0, 0)).all(axis=2))
    low, high = red.min(axis=0) / (2 * SLIDE.px), red.max(axis=0) / (2 * SLIDE.px)
    assert (low > 99).all()
    assert (high < 201).all()


def test_a_text_stands_in_the_box_that_it_is_said_to(sheet):
    written = sheet.write(200, 200, "Saraqib", size=40, colour="#ff0000")
    ink = np.argwhere((pixels(sheet) != tuple(bytes.fromhex(palette()["paper"][1:]))).any(axis=2))
    (top, left), (bottom, right) = ink.min(axis=0) / (2 * SLIDE.px), ink.max(axis=0) / (2 * SLIDE.px)
    assert written.grown(1.5).contains(Box(left, top, right, bottom))
    assert right - left == pytest.approx(written.width, abs=6)


def test_on_a_sheet_read_from_the_right_a_text_begins_at_the_right():
    with settings():
        sheet = Sheet(A4, is_right_to_left=True)
        assert sheet.write(500, 100, "سراقب", size=12).right == 500
        assert sheet.inline(Box(100, 0, 300, 10), 20) == 280
        assert sheet.placed(Box(0, 0, 10, 10)).right == sheet.box.right


def test_arabic_letters_are_joined():
    joined, apart = measured("سراقب", 12)[0], sum(measured(letter, 12)[0] for letter in "سراقب")
    assert joined < 0.9 * apart


def test_a_letter_that_the_font_lacks_is_an_error():
    with settings(), pytest.raises(UserWarning, match="missing"):
        Sheet(A4, is_right_to_left=False).write(100, 100, "𒀀", size=12)


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


def test_what_somebody_has_set_for_matplotlib_changes_nothing():
    def drawn():
        with settings():
            sheet = Sheet(A4, is_right_to_left=False)
            sheet.write(100, 100, "Idlib", size=12)
            sheet.shape(LineString([(0, 0), (100, 100)]), stroke="#222222", weight=2, dash="4 2")
            return sheet.saved("svg", build_id="b")

    before = drawn()
    with mpl.rc_context(
        {"font.family": "serif", "lines.scale_dashes": True, "savefig.pad_inches": 3, "axes.grid": True}
    ):
        assert drawn() == before
        assert mpl.rcParams["font.family"] == ["serif"]


def test_what_shrank_to_nothing_is_not_drawn(sheet):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sheet.shape(Point(), stroke="#000000")

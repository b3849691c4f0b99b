"""The way to the map by keyboard, targets for fingers, and dates that nobody can misread."""

import io

import pytest
from PIL import Image, ImageStat

from tests.samples import each_language

TARGETS = (
    ".map-buttons button, .leaflet-control-zoom a, #tools .tool, #tools .more, #language, #panel-toggle, .steps button,"
    " #panel .layer label, #panel .count, #panel .undrawn, #panel summary"
)
LOCALES = {"en": "en-US", "fr": "fr-FR", "ar": "ar-SY", "tr": "tr-TR"}
DATES = {"en": "6 Mar 2020", "fr": "6 mars 2020", "ar": "٦ آذار ٢٠٢٠", "tr": "6 Mar 2020"}


def test_the_first_stop_of_the_tab_key_leads_to_the_map(page):
    page.keyboard.press("Tab")
    skip = page.get_by_role("button", name="Skip to the map")
    assert skip.evaluate("(node) => node === document.activeElement")
    assert skip.bounding_box()["height"] > 24
    address = page.evaluate("location.href")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement === map_reference.getContainer()")
    assert page.evaluate("location.href") == address
    assert page.locator("#skip").bounding_box()["height"] <= 1


def test_at_most_fifteen_stops_are_before_the_map(page):
    stops, is_map = 0, False
    while not is_map and stops < 60:
        page.keyboard.press("Tab")
        stops += 1
        is_map = page.evaluate("document.activeElement === map_reference.getContainer()")
    assert is_map
    assert stops <= 15


@each_language
def test_on_a_touch_screen_every_target_is_large_and_the_tools_fit(visit, html, language):
    opened = visit(html, width=360, height=740, has_touch=True, is_mobile=True, locale=LOCALES[language])
    page = opened.page
    small = (
        "(targets) => [...document.querySelectorAll(targets)].filter((one) => one.checkVisibility())"
        ".map((one) => [one.className, one.textContent, one.getBoundingClientRect()])"
        ".filter(([, , { height }]) => height < 44).map(([name, text]) => [name, text])"
    )
    tools = "[...document.querySelectorAll('#tools > *')].filter((one) => one.checkVisibility())"
    assert len(page.evaluate(f"{tools}.map((one) => one.getBoundingClientRect().top)")) == 4
    assert page.evaluate(f"new Set({tools}.map((one) => Math.round(one.getBoundingClientRect().bottom))).size") == 1
    page.locator("#tools .more").tap()
    assert page.evaluate(f"{tools}.every((one) => one.getBoundingClientRect().right <= innerWidth)")
    assert page.evaluate(f"{tools}.every((one) => one.getBoundingClientRect().left >= 0)")
    assert page.evaluate(small, TARGETS) == []
    page.locator("#panel-toggle").tap()
    assert page.evaluate(small, TARGETS) == []


def has_ink(page, box):
    """Say whether the browser shows numbers in the date field, beside its button."""
    clip = {"x": box["x"] + 8, "y": box["y"] + 8, "width": box["width"] - 44, "height": box["height"] - 16}
    return ImageStat.Stat(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("L")).stddev[0] > 2


@each_language
def test_until_the_date_field_is_used_its_month_is_a_word(visit, html, language):
    page = visit(html, locale=LOCALES[language]).page
    words, field = page.locator(".date-field .in-words"), page.locator(".date-field input")
    assert words.inner_text() == DATES[language]
    box, text = field.bounding_box(), words.bounding_box()
    assert box["x"] < text["x"]
    assert text["x"] + text["width"] < box["x"] + box["width"] - 24  # the browser's own button
    words.evaluate("(node) => { node.style.visibility = 'hidden' }")
    assert not has_ink(page, box)
    field.focus()
    assert words.is_hidden()
    assert has_ink(page, box)


@pytest.mark.parametrize("day", ["2017-05-04", "2020-12-31"])
def test_the_date_in_words_follows_the_day(opened, page, day):
    opened.set_day(day)
    year, _, number = day.split("-")
    shown = page.locator(".date-field .in-words").inner_text()
    assert shown.split()[0] == str(int(number))
    assert shown.split()[2] == year

"""The page in the second browser: what Firefox could do otherwise than Chromium, not everything once more."""

import struct
import zlib

import pytest

from geo.inputs.catalog import CATALOGUE
from tests.browser.firefox import NAMES, firefox, firefox_path

STYLED = [spec.name for spec in CATALOGUE if spec.style]
ARROW_RIGHT, ARROW_LEFT = "\ue014", "\ue012"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fox():
    if firefox_path() is None:
        names = ", ".join(NAMES)
        pytest.skip(f"no Firefox on PATH ({names}; a snap does not count): the second browser is optional, in CI too")
    with firefox() as browser:
        yield browser


@pytest.fixture
def opened(fox, html, tmp_path):
    """Open the page from disk: ``opened(after the #)``."""
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")

    def open_page(fragment=""):
        fox.open(f"{file.as_uri()}{fragment}")
        return fox

    return open_page


def drawn_on_and_off(browser, layers):
    """Return how many paths the map holds for each layer while it is switched on, and while it is off."""
    return browser.run(
        """(layers) => layers.map((layer) => {
          const box = document.querySelector(`#panel section:has(.swatch.${layer}) .layer input`);
          const counts = {};
          for (let time = 0; time < 2; time += 1) {
            box.click();
            counts[box.checked] = document.querySelectorAll(`.leaflet-layer-${layer}-pane path`).length;
          }
          return [counts.true, counts.false];
        })""",
        layers,
    )


def centre_of_post(browser, number):
    """Return where in the viewport the marker with this number is."""
    return browser.run(
        """(number) => {
          const points = [...document.querySelectorAll('.leaflet-layer-observation_posts-pane .point')];
          const { x, y, width, height } = points.find((one) => one.textContent === number).getBoundingClientRect();
          return [x + width / 2, y + height / 2];
        }""",
        number,
    )


def size_and_bytes(png):
    """Return the width and height of a PNG, and what its compressed pixels hold."""
    assert png.startswith(PNG_SIGNATURE)
    position, compressed = len(PNG_SIGNATURE), b""
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        if kind == b"IDAT":
            compressed += png[position + 8 : position + 8 + length]
        position += length + 12  # its length, kind and checksum
    return struct.unpack_from(">II", png, 16), zlib.decompress(compressed)


def test_the_page_opens_in_firefox_from_disk_without_a_request_or_a_complaint(opened):
    browser = opened()
    assert browser.misdeeds() == []
    assert browser.run("() => document.querySelectorAll('.point').length") > 50


def test_every_layer_that_has_something_to_show_is_drawn_in_firefox(opened):
    browser = opened()
    seen = set()
    for day, zoom in (("2019-06-01", 9), ("2020-08-25", 12)):  # not everything is there on one day or at one zoom
        browser.run(
            "(day, zoom) => { M4.setState({ day }); map_reference.setZoom(zoom, { animate: false }) }", day, zoom
        )
        for layer, (on, off) in zip(STYLED, drawn_on_and_off(browser, STYLED), strict=True):
            assert off == 0, layer
            if on:
                seen.add(layer)
    assert seen == set(STYLED)
    assert browser.misdeeds() == []


def test_in_firefox_a_click_on_a_post_opens_its_details(opened):
    browser = opened()
    browser.click(*centre_of_post(browser, "11"))
    assert browser.run("() => document.querySelector('#details h2')?.innerText") == "Ishtabraq"
    assert browser.run("() => document.getElementById('details').checkVisibility()")
    assert browser.misdeeds() == []


def test_in_firefox_the_slider_moves_the_day(opened):
    browser = opened()
    browser.run("() => document.querySelector('#dock input[type=range]').focus()")
    for key, day in ((ARROW_RIGHT, "7 March 2020"), (ARROW_LEFT, "6 March 2020"), (ARROW_LEFT, "5 March 2020")):
        browser.press(key)
        assert browser.run("() => document.getElementById('as-of').innerText") == f"as of {day}"
    assert browser.run("() => M4.state.day") == "2020-03-05"
    assert browser.misdeeds() == []


def test_in_firefox_a_link_opens_the_page_in_arabic_and_mirrored(opened):
    browser = opened("#lang=ar")
    root = "document.documentElement"
    assert browser.run(f"() => [{root}.lang, {root}.dir, getComputedStyle({root}).direction]") == ["ar", "rtl", "rtl"]
    left, right = browser.run(
        "() => ['main', '#panel'].map((one) => document.querySelector(one).getBoundingClientRect().x)"
    )
    assert left < right
    assert "٦ آذار ٢٠٢٠" in browser.run("() => document.getElementById('as-of').innerText")
    assert browser.misdeeds() == []


def test_firefox_paints_the_page_over_the_whole_viewport(opened):
    browser = opened()
    size, pixels = size_and_bytes(browser.picture())
    assert size == tuple(browser.run("() => [innerWidth, innerHeight]")) == (1280, 800)
    assert len(set(pixels)) > 100  # one colour is a handful of bytes, however it is filtered


def test_firefox_obeys_the_policy_of_the_page(opened):
    browser = opened()
    browser.run("() => { document.body.innerHTML += '<img src=x onerror=\"window.HIT = 1\">' }")
    assert any("Content-Security-Policy" in misdeed for misdeed in browser.misdeeds())
    assert browser.run("() => window.HIT") is None


@pytest.mark.parametrize(
    ("markup", "misdeed"),
    [
        ('<script>console.error("complained")</script>', "complained"),
        ('<script>throw new Error("thrown")</script>', "thrown"),
        ('<script>Promise.reject(new Error("rejected"))</script>', "rejected"),
        ('<img src="https://example.invalid/image">', "https://example.invalid/image"),
    ],
)
def test_what_a_page_does_wrong_in_firefox_does_not_go_unseen(fox, tmp_path, markup, misdeed):
    file = tmp_path / "page.html"
    file.write_text(f'<!DOCTYPE html><meta charset="utf-8">{markup}', encoding="utf-8")
    fox.open(file.as_uri())
    assert any(misdeed in one for one in fox.misdeeds())

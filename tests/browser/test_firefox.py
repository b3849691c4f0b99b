"""The page in the second browser: what Firefox could do otherwise than Chromium, not everything once more."""

from io import BytesIO

import pytest
from PIL import Image

from geo.inputs.catalog import CATALOGUE
from tests.browser.firefox import NAMES, firefox, firefox_path

# The ground has one switch for all of its layers.
STYLED = [spec.name for spec in CATALOGUE if spec.classes and not spec.is_ground]
ARROW_RIGHT, ARROW_LEFT = "\ue014", "\ue012"
# How many paths the map holds for each layer while it is switched on, and while it is off.
DRAWN = """(layers, day, zoom) => {
  M4.setState({ day });
  map_reference.setZoom(zoom, { animate: false });
  return layers.map((layer) => {
    const box = document.querySelector(`#panel section:has(.swatch.${layer}) .layer input`);
    const counts = {};
    for (let time = 0; time < 2; time += 1) {
      box.click();
      counts[box.checked] = document.querySelectorAll(`.leaflet-layer-${layer}-pane path`).length;
    }
    return [counts.true, counts.false];
  });
}"""
CENTRE_OF_POST = """(number) => {
  const points = [...document.querySelectorAll('.leaflet-layer-observation_posts-pane .point')];
  const { x, y, width, height } = points.find((one) => one.textContent === number).getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""
WRONG = """<!DOCTYPE html><meta charset="utf-8">
<script>console.error("complained")</script>
<script>Promise.reject(new Error("rejected"))</script>
<script>throw new Error("thrown")</script>
<img src="https://example.invalid/image">"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fox():
    if firefox_path() is None:
        names = ", ".join(NAMES)
        pytest.skip(f"no Firefox on PATH ({names}; a snap does not count): the second browser is optional, in CI too")
    with firefox() as browser:
        yield browser


@pytest.fixture
def open_text(fox, tmp_path):
    """Open a text from disk: ``open_text(html, after the #)``."""

    def open_page(text, fragment=""):
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        fox.open(f"{file.as_uri()}{fragment}")
        return fox

    return open_page


def test_the_page_opens_in_firefox_from_disk_is_painted_and_answers_mouse_and_keyboard(open_text, html):
    browser = open_text(html)
    assert browser.run("() => document.querySelectorAll('.point').length") > 50
    picture = Image.open(BytesIO(browser.picture()))
    assert picture.size == (1280, 800)
    assert len(picture.convert("RGB").getcolors(1280 * 800)) > 100
    browser.click(*browser.run(CENTRE_OF_POST, "11"))
    assert browser.run("() => document.querySelector('#details h2')?.innerText") == "Ishtabraq"
    assert browser.run("() => document.getElementById('details').checkVisibility()")
    browser.run("() => document.querySelector('#dock input[type=range]').focus()")
    for key, day in ((ARROW_RIGHT, "7 March 2020"), (ARROW_LEFT, "6 March 2020"), (ARROW_LEFT, "5 March 2020")):
        browser.press(key)
        assert browser.run("() => document.getElementById('as-of').innerText") == f"as of {day}"
    assert browser.misdeeds() == []


def test_every_layer_that_has_something_to_show_is_drawn_in_firefox(open_text, html):
    browser = open_text(html)
    seen = set()
    for day, zoom in (("2019-06-01", 9), ("2020-08-25", 12)):  # not everything is there on one day or at one zoom
        for layer, (on, off) in zip(STYLED, browser.run(DRAWN, STYLED, day, zoom), strict=True):
            assert off == 0, layer
            seen |= {layer} if on else set()
    assert seen == set(STYLED)
    assert browser.misdeeds() == []


def test_in_firefox_a_link_opens_the_page_in_arabic_and_mirrored(open_text, html):
    browser = open_text(html, "#lang=ar")
    root = "document.documentElement"
    assert browser.run(f"() => [{root}.lang, {root}.dir, getComputedStyle({root}).direction]") == ["ar", "rtl", "rtl"]
    left, right = browser.run(
        "() => ['main', '#panel'].map((one) => document.querySelector(one).getBoundingClientRect().x)"
    )
    assert left < right
    assert "٦ آذار ٢٠٢٠" in browser.run("() => document.getElementById('as-of').innerText")
    assert browser.misdeeds() == []


def test_firefox_obeys_the_policy_of_the_page(open_text, html):
    browser = open_text(html)
    browser.run("() => { document.body.innerHTML += '<img src=x onerror=\"window.HIT = 1\">' }")
    assert any("Content-Security-Policy" in misdeed for misdeed in browser.misdeeds())
    assert browser.run("() => window.HIT") is None


def test_what_a_page_does_wrong_in_firefox_does_not_go_unseen(open_text):
    told = "\n".join(open_text(WRONG).misdeeds())
    assert [
        one for one in ("complained", "rejected", "thrown", "https://example.invalid/image") if one not in told
    ] == []

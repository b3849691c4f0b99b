"""The ground of the page: below the facts, generalised by zoom, named, and switched off by one switch."""

import base64
import re

import pytest

from geo.inputs.catalog import CATALOGUE, GROUND
from geo.inputs.files import LAYERS_DIR
from geo.outputs.context import Build
from geo.outputs.page import render_page
from geo.outputs.style import GROUND_BOX_DEG, style_of

HEIGHT = "(name) => Number(getComputedStyle(map_reference.getPane(name)).zIndex)"
CLASSES = (
    "(name) => [...map_reference.getPane(`layer-${name}`).querySelectorAll('path')]"
    ".map((path) => path.classList[1].replace('leaflet-path-root', ''))"
)
NAMES = "[...document.querySelectorAll('.ground-name')].map((node) => node.textContent)"
NUMBERS = "[...document.querySelectorAll('.road-number')].map((node) => node.textContent)"
BOXES = """[...document.querySelectorAll('.ground-name, .road-number, .leaflet-labels-pane > *')].map((node) => {
  const { left, right, top, bottom } = node.getBoundingClientRect();
  return [node.className.split(' ')[0], left, right, top, bottom];
})"""
PANES = """[...document.querySelectorAll('.leaflet-map-pane > .leaflet-pane')]
  .map((pane, place) => [Number(getComputedStyle(pane).zIndex), place, pane.className])
  .sort((one, other) => one[0] - other[0] || one[1] - other[1]).map(([, , name]) => name)"""
BOUNDS = "(name) => M4.features.bounds(M4.catalogue.find((layer) => layer.name === name).features).toBBoxString()"
SPECS = {spec.name: spec for spec in CATALOGUE}
WITH_ZOOMS = ["water", "railway", "roads"]
PATHS = ", ".join(f".leaflet-layer-{name}-pane path" for name in GROUND)


@pytest.fixture
def look(opened, page):
    """Set a view, and wait until names and numbers are written."""

    def set_view(lat, lon, zoom):
        opened.set_view(lat, lon, zoom)
        page.wait_for_timeout(400)
        return page

    return set_view


def test_the_ground_and_its_names_are_below_every_fact(page):
    facts = [f"layer-{spec.name}" for spec in CATALOGUE if spec.classes and not spec.is_ground]
    lowest = min(page.evaluate(HEIGHT, name) for name in facts)
    below = ["relief", "ground-names", *(f"layer-{name}" for name in GROUND)]
    assert max(page.evaluate(HEIGHT, name) for name in below) < lowest
    assert page.evaluate(HEIGHT, "road-numbers") < page.evaluate(HEIGHT, "labels")


def test_the_relief_is_above_the_land_and_below_the_sea_and_comes_with_the_page(page, html):
    order = page.evaluate(PANES)
    names = ("layer-basemap", "relief", "layer-sea")
    places = [next(place for place, one in enumerate(order) if f"leaflet-{name}-pane" in one) for name in names]
    assert places == sorted(places)
    assert page.evaluate("document.querySelector('img.relief').naturalWidth") == 1200
    [picture] = set(re.findall(r"data:image/webp;base64,([A-Za-z0-9+/=]+)", html))
    assert base64.b64decode(picture).startswith(b"RIFF")
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    assert "img-src data: https://tile.openstreetmap.org;" in policy


def test_one_switch_takes_all_of_the_ground_away_and_brings_it_back(look, opened):
    page = look(35.8, 36.5, 12)
    section = page.locator("#panel section.ground")
    assert section.count() == 1
    box = section.locator(".layer input")
    whole = page.locator(PATHS).count()
    assert page.evaluate(NAMES)
    assert whole > 10
    box.uncheck()
    page.wait_for_timeout(400)
    assert page.locator(PATHS).count() == page.locator("img.relief").count() == 0
    assert page.evaluate(NAMES) == page.evaluate(NUMBERS) == []
    assert opened.drawn("observation_posts") > 0
    box.check()
    page.wait_for_timeout(400)
    assert page.locator(PATHS).count() == whole
    assert page.locator("img.relief").count() == 1
    assert page.evaluate(NAMES)


@pytest.mark.parametrize("zoom", [9, 10.5, 13])
def test_each_class_is_drawn_from_the_zoom_of_its_style_on(look, zoom):
    page = look(35.8, 36.5, zoom)
    for name in WITH_ZOOMS:
        expected = {one for one, symbol in style_of(SPECS[name]).symbols.items() if symbol.from_zoom <= zoom}
        assert set(page.evaluate(CLASSES, name)) == expected, name


def test_what_is_drawn_of_the_ground_lies_in_its_box(page):
    west, south, east, north = GROUND_BOX_DEG
    for name in set(GROUND) - {"basemap", "sea", "ground_names"}:
        found = [float(part) for part in page.evaluate(BOUNDS, name).split(",")]
        assert min(found[0] - west, found[1] - south, east - found[2], north - found[3]) > -1e-4, name


@pytest.mark.parametrize(("lat", "lon", "zoom"), [(35.8137, 36.6093, 12), (35.8132, 36.3208, 10), (35.864, 36.806, 11)])
def test_names_and_numbers_cover_no_label_and_no_other(look, lat, lon, zoom):
    boxes = look(lat, lon, zoom).evaluate(BOXES)
    own = [box for box in boxes if box[0] in ("ground-name", "road-number")]
    assert own
    for one in own:
        for other in (box for box in boxes if box is not one):
            assert one[1] >= other[2] or other[1] >= one[2] or one[3] >= other[4] or other[3] >= one[4], (one, other)


def test_the_motorways_have_their_numbers_and_other_roads_from_near(look):
    far = set(look(35.75, 36.6, 10).evaluate(NUMBERS))
    assert {"M4", "M5"} <= far
    assert all(number.startswith("M") for number in far)
    assert any(not number.startswith("M") for number in look(35.9, 36.75, 13).evaluate(NUMBERS))


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Turkey"), ("fr", "Turquie"), ("ar", "تركيا"), ("tr", "Türkiye")]
)
def test_countries_are_named_in_the_language_of_the_page(visit, html, language, name):
    opened = visit(html, width=1440, height=900)
    opened.reopen(f"lang={language}&map=9/36.3/36.8")
    opened.page.wait_for_timeout(400)
    assert name in opened.page.evaluate(NAMES)


def test_nothing_of_the_ground_is_listed_or_takes_the_pointer(page):
    assert page.locator("#panel section.ground .count").count() == 0
    assert page.locator(", ".join(f".leaflet-layer-{name}-pane .leaflet-interactive" for name in GROUND)).count() == 0


def test_about_says_where_the_ground_ends_and_the_foot_whom_it_is_owed_to(page):
    owed = page.locator("#credits").inner_text()
    assert "OpenStreetMap contributors, ODbL 1.0" in owed
    assert "GLOBE" in owed
    page.get_by_role("button", name="About").click()
    assert "37.5° E" in page.locator("#dialogue").inner_text()


def test_a_folder_without_this_ground_has_neither_relief_nor_edge(visit):
    opened = visit(render_page(Build.of_folder(LAYERS_DIR / "examples" / "start")))
    assert opened.page.locator("img.relief").count() == 0
    assert opened.page.evaluate("M4.groundBox") is None

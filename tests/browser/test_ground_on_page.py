"""The ground of the page: below the facts, generalised by zoom, named, and switched off by one switch."""

import base64
import re

import pytest

from geo.inputs.catalog import CATALOGUE, GROUND
from geo.inputs.files import LAYERS_DIR
from geo.outputs.context import Build
from geo.outputs.page import render_page
from geo.outputs.style import style_of

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
SPECS = {spec.name: spec for spec in CATALOGUE}
WITH_ZOOMS = ["water", "railway", "roads"]
PATHS = ", ".join(f".leaflet-layer-{name}-pane path" for name in GROUND)


@pytest.fixture
def look(opened, page):
    """Set a view, and write names and numbers without the wait of the page."""

    def set_view(lat, lon, zoom):
        opened.set_view(lat, lon, zoom)
        page.evaluate("M4.placeLabels(), M4.placeGroundNames()")
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


def test_one_switch_takes_all_of_the_ground_away_and_brings_it_back(look, opened):
    page = look(35.8, 36.5, 12)
    section = page.locator("#panel section.ground")
    assert section.count() == 1
    box = section.locator(".layer input")
    opened.unfold()
    whole = page.locator(PATHS).count()
    assert page.evaluate(NAMES)
    assert whole > 10
    box.uncheck()
    page.wait_for_function(f"() => !{NAMES}.length && !{NUMBERS}.length")
    assert page.locator(PATHS).count() == page.locator("img.relief").count() == 0
    assert opened.drawn("observation_posts") > 0
    box.check()
    page.wait_for_function(f"() => {NAMES}.length > 0")
    assert page.locator(PATHS).count() == whole
    assert page.locator("img.relief").count() == 1


@pytest.mark.parametrize("zoom", [9, 10.5, 13])
def test_each_class_is_drawn_from_the_zoom_of_its_style_on(look, zoom):
    page = look(35.8, 36.5, zoom)
    for name in WITH_ZOOMS:
        expected = {one for one, symbol in style_of(SPECS[name]).symbols.items() if symbol.from_zoom <= zoom}
        assert set(page.evaluate(CLASSES, name)) == expected, name


MASK = "(name) => getComputedStyle(map_reference.getPane(`layer-${name}`).querySelector('svg')).maskImage"

NORTH_PX = """(name) => {
  const { min } = M4.drawings.get(name).drawing.renderer._bounds;
  return map_reference.latLngToLayerPoint([M4.innerGround.edges_deg[3], 0]).y - min.y;
}"""


def test_the_inner_ground_fades_where_it_was_cut_and_not_at_the_coast(look):
    assert look(35.5, 35.8, 10).evaluate("M4.innerGround.edges_deg") == [None, 34.9, 37.5, 36.8]
    for name in GROUND:
        mask = look(35.5, 35.8, 10).evaluate(MASK, name) if name != "ground_names" else "none"
        if name in ("basemap", "sea", "ground_names"):
            assert mask == "none", name
            continue
        across, down = [re.findall(r"(-?[\d.]+)px", axis) for axis in mask.split("linear-gradient")[1:]]
        assert [float(at) for at in across[:2]] == [pytest.approx(-87, abs=1), 0], name  # before the drawing begins
        north = look(35.5, 35.8, 10).evaluate(NORTH_PX, name)
        assert float(down[0]) == pytest.approx(north, abs=1), name


@pytest.mark.parametrize(("lat", "lon", "zoom"), [(35.8137, 36.6093, 12), (35.8132, 36.3208, 10), (35.864, 36.806, 11)])
def test_names_and_numbers_cover_no_label_and_no_other(look, lat, lon, zoom):
    boxes = look(lat, lon, zoom).evaluate(BOXES)
    own = [box for box in boxes if box[0] in ("ground-name", "road-number")]
    assert own
    for one in own:
        for other in (box for box in boxes if box is not one):
            assert one[1] >= other[2] or other[1] >= one[2] or one[3] >= other[4] or other[3] >= one[4], (one, other)


ON_LINES = """([selector, names]) => {
  const { alongFeatures, ofElements, overlaps, viewOf } = M4.boxes;
  const layers = M4.catalogue.filter(({ name }) => names.includes(name));
  const features = layers.flatMap((layer) => M4.features.drawn(layer, M4.state.day));
  const lines = alongFeatures(map_reference, features, viewOf(map_reference));
  const texts = [...document.querySelectorAll(selector)].map((node) => node.textContent);
  const boxes = ofElements(map_reference, selector);
  return texts.filter((_, place) => lines.some((line) => overlaps(line, boxes[place])));
}"""


def test_names_of_the_ground_keep_off_lines_where_there_is_room(look):
    page = look(35.81, 36.806, 10)
    assert {"Ghab Plain", "Al-Matkh", "Orontes", "Qastun reservoir"} < set(page.evaluate(NAMES))
    lines = ["deescalation_zone", "line_of_contact", "m4", "m5"]
    # Jabal al-Zawiya has no room: other names are on both sides of the line.
    assert page.evaluate(ON_LINES, [".ground-name", lines]) == ["Jabal al-Zawiya"]


def test_only_its_own_number_is_on_the_road_of_the_map_and_none_is_on_a_marker(look, opened):
    opened.set_day("2020-07-22")
    for view in ((35.8137, 36.6093, 13), (35.8132, 36.3208, 13), (35.8132, 36.3208, 11)):
        page = look(*view)
        assert set(page.evaluate(ON_LINES, [".road-number", ["m4"]])) == {"M4"}
        covered = page.evaluate(
            "M4.boxes.ofElements(map_reference, '.road-number').filter((number) =>"
            " M4.boxes.ofElements(map_reference, '.point path').some((marker) => M4.boxes.overlaps(number, marker)))"
        )
        assert covered == []


@pytest.mark.parametrize(("zoom", "opacity"), [(9, 1), (12, 1), (13.5, 0.5), (16, 0)])
def test_the_relief_fades_where_it_is_too_coarse(look, zoom, opacity):
    found = look(35.8, 36.5, zoom).evaluate("Number(getComputedStyle(map_reference.getPane('relief')).opacity)")
    assert found == opacity


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
    opened.page.wait_for_function(f"(name) => {NAMES}.includes(name)", arg=name)


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
    assert opened.page.evaluate("M4.innerGround") is None

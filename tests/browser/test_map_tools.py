"""What is on the map itself: full screen, the ruler, coordinates, the scale, names on hover."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect
from pyproj import Geod, Transformer

from tests.samples import each_language

GEOD = Geod(ellps="WGS84")
PAIRS = [
    ((36.80, 35.86), (36.10, 35.62)),
    ((36.806, 35.864), (36.8061, 35.864)),
    ((35.0, 34.2), (39.4, 37.7)),
    ((36.5, 35.0), (36.5, 36.8)),
    ((-0.5, 0.0), (0.5, 0.0)),
    ((36.5, -35.2), (-70.1, 51.3)),
]
PIXEL_DEG = 0.001
MIDDLE = (840, 300)  # of the map, beside the panel


def at(page, x, y):
    """Return longitude and latitude of a place of the window."""
    point = page.evaluate(
        "([x, y]) => { const { left, top } = map_reference.getContainer().getBoundingClientRect();"
        " const at = map_reference.containerPointToLatLng([x - left, y - top]); return [at.lng, at.lat] }",
        [x, y],
    )
    return tuple(point)


def place_in(text):
    """Return longitude and latitude that a text states."""
    lat, lon = re.search(r"([\d.]+)° N, ([\d.]+)° E", text).groups()
    return float(lon), float(lat)


def bare(page):
    """Return a place of the window where nothing of the map reacts."""
    return page.evaluate(
        "() => { const { left, top, width, height } = map_reference.getContainer().getBoundingClientRect();"
        " const reacts = (x, y) =>"
        " document.elementFromPoint(x, y).closest('.leaflet-interactive, .leaflet-control, section');"
        " for (let y = top + 60; y < top + height - 90; y += 17)"
        " for (let x = left + 80; x < left + width - 400; x += 17) if (!reacts(x, y)) return [x, y] }"
    )


# ---- Full screen ----


def test_the_button_opens_the_page_on_the_whole_screen_and_closes_it(page):
    page.get_by_role("button", name="Full screen", exact=True).click()
    page.wait_for_function("document.fullscreenElement === document.documentElement")
    page.get_by_role("button", name="Exit full screen", exact=True).click()
    page.wait_for_function("document.fullscreenElement === null")
    page.get_by_role("button", name="Full screen", exact=True).wait_for()


def test_where_the_browser_offers_no_full_screen_there_is_no_button(visit, html):
    page = visit(html, fresh=True).page
    page.add_init_script("Object.defineProperty(document, 'fullscreenEnabled', { value: false })")
    page.reload()
    assert page.locator("button.ruler").count() == 1
    assert page.locator("button.fullscreen").count() == 0


@each_language
def test_the_buttons_are_below_those_of_the_zoom_and_no_label_is_on_them(visit, html, language):
    page = visit(html, locale=language).page
    zoom, own = (page.locator(one).bounding_box() for one in (".leaflet-control-zoom", ".map-buttons"))
    assert own["y"] >= zoom["y"] + zoom["height"]
    assert own["x"] == zoom["x"]


# ---- Ruler ----


def test_lengths_are_those_of_the_geodesic(page):
    for start, end in PAIRS:
        _, _, expected = GEOD.inv(*start, *end)
        assert page.evaluate("([one, other]) => M4.geodesicMetres(one, other)", [start, end]) == pytest.approx(
            expected, abs=0.01
        )
    assert page.evaluate("M4.geodesicMetres([36, 35], [36, 35])") == 0


def test_clicks_measure_and_select_nothing_until_the_ruler_is_put_away(page):
    button = page.get_by_role("button", name="Measure a distance")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    clicks = [(700, 300), (900, 380), (1000, 200)]  # of which some are on features
    for x, y in clicks:
        page.mouse.click(x, y)
    places = [at(page, x, y) for x, y in clicks]
    expected = sum(GEOD.inv(*one, *other)[2] for one, other in pairwise(places))
    km, miles = map(
        float, re.match(r"([\d.]+) km \(([\d.]+) mi\)", page.locator(".ruler-box .total").inner_text()).groups()
    )
    assert km == pytest.approx(expected / 1000, abs=0.06)
    assert miles == pytest.approx(expected / 1609.344, abs=0.06)
    assert page.locator(".leaflet-tooltip.length").last.inner_text() == page.locator(".ruler-box .total").inner_text()
    assert page.evaluate("M4.state.selected") is None
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    expect(page.locator(".ruled, .ruler-box, .length")).to_have_count(0)
    page.locator(".leaflet-layer-observation_posts-pane .point", has=page.locator("text='11'")).locator("path").click()
    assert page.locator("#details h2").inner_text() == "Ishtabraq"


def test_the_ruler_works_with_the_keyboard_alone(visit, html):
    page = visit(html, reduced_motion="reduce").page
    page.get_by_role("button", name="Measure a distance").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement === map_reference.getContainer()")
    assert page.locator(".crosshair").is_visible()
    total = page.locator(".ruler-box .total")
    page.keyboard.press("Enter")
    start = page.evaluate("map_reference.getCenter()")
    page.evaluate("void (window.moved = new Promise((end) => map_reference.once('moveend', end)))")
    page.keyboard.press("ArrowRight")
    page.evaluate("window.moved.then(() => null)")  # Leaflet pans for a quarter of a second
    page.keyboard.press("Enter")
    end = page.evaluate("map_reference.getCenter()")
    _, _, metres = GEOD.inv(start["lng"], start["lat"], end["lng"], end["lat"])
    assert float(total.inner_text().split()[0]) == pytest.approx(metres / 1000, abs=0.06)
    page.keyboard.press("Backspace")
    expect(total).to_be_hidden()
    page.keyboard.press("Escape")
    assert page.locator(".ruler-box").count() == 0
    assert page.evaluate("document.activeElement.className") == "ruler"


def test_escape_ends_one_thing_at_a_time(opened, page):
    opened.select("observation_posts", "post-09-morek")
    page.get_by_role("button", name="Measure a distance").click()
    page.keyboard.press("Escape")
    assert page.locator(".ruler-box").count() == 0
    assert page.locator("#details").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#details").is_hidden()


# ---- Positions ----


def test_the_line_at_the_edge_says_where_the_pointer_is_and_otherwise_where_the_middle_is(page):
    line = page.locator(".readout")
    centre = page.evaluate("map_reference.getCenter()")
    assert line.inner_text().startswith("Map centre: ")
    assert place_in(line.inner_text()) == pytest.approx((centre["lng"], centre["lat"]), abs=PIXEL_DEG)
    page.mouse.move(*MIDDLE)
    assert not line.inner_text().startswith("Map centre: ")
    assert place_in(line.inner_text()) == pytest.approx(at(page, *MIDDLE), abs=PIXEL_DEG)
    assert re.search(r"° E · 37S [BC]V \d{3} \d{3}$", line.inner_text())
    page.mouse.move(10, 700)  # over the panel
    assert line.inner_text().startswith("Map centre:")


def test_on_a_touch_screen_the_line_follows_the_middle(visit, html):
    opened = visit(html, width=390, height=844, has_touch=True, is_mobile=True)
    opened.page.touchscreen.tap(200, 500)
    opened.set_view(35.5, 36.25, 11)
    assert opened.page.locator(".readout").inner_text().startswith("Map centre: 35.5000° N, 36.2500° E · 37S BV ")


def test_a_reference_leads_back_to_its_place(page):
    for lon, lat in ((36.806, 35.864), (35.9999, 34.6), (39.4, 37.7), (36.5, 40.001), (-70.2, -33.4), (10.1, 0.01)):
        reference = page.evaluate("([lon, lat]) => M4.mgrs(lon, lat, 1)", [lon, lat])
        place = page.evaluate("(text) => M4.placeOfMgrs(text)", reference)
        _, _, away = GEOD.inv(lon, lat, place["lon"], place["lat"])
        assert away < 1, reference
        assert place["side"] == 1
    utm = Transformer.from_crs(32637, 4326, always_xy=True)
    expected = utm.transform(301950, 3971050)
    found = page.evaluate("M4.placeOfMgrs('37s cv 019 710')")
    assert (found["lon"], found["lat"]) == pytest.approx(expected, abs=1e-8)
    refused = ["37S CV 019 71", "61S CV 019 710", "37I CV 019 710", "Saraqib", "", "37S ZZ 019 710", "00S AA"]
    assert page.evaluate("(all) => all.map(M4.placeOfMgrs)", refused) == [None] * len(refused)


def test_a_context_menu_shows_a_position_to_copy(page):
    page.mouse.click(*MIDDLE, button="right")
    card = page.locator(".leaflet-popup.position")
    assert place_in(card.inner_text()) == pytest.approx(at(page, *MIDDLE), abs=PIXEL_DEG)
    assert "37S BV" in card.inner_text()
    first = card.get_by_role("button", name="Copy: Latitude and longitude")
    first.click()
    expect(card.locator(".copy").first).to_have_text(re.compile("Copied|Selected"))
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)


def test_a_click_on_bare_ground_closes_the_details_and_a_drag_does_not(opened, page):
    opened.select("corridor", "corridor")
    details = page.locator("#details")
    page.wait_for_timeout(400)  # until the map has moved to the feature
    x, y = bare(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=5)
    page.mouse.up()
    page.wait_for_timeout(400)
    assert details.is_visible()
    page.mouse.click(*bare(page))
    assert details.is_hidden()


# ---- Scale, hover, tab stops ----


@each_language
def test_the_scale_is_in_kilometres_and_miles_in_the_language(visit, html, language):
    page = visit(html, locale=language).page
    units = {"en": ("km", "mi"), "fr": ("km", "mi"), "ar": ("كم", "ميل"), "tr": ("km", "mil")}[language]
    shown = page.locator(".leaflet-control-scale-line").all_inner_texts()
    assert [text.split()[1] for text in shown] == list(units)
    assert all(re.search("[٠-٩]" if language == "ar" else "[0-9]", text) for text in shown)


def test_a_feature_under_the_pointer_shows_its_name_and_what_it_is_as_text(page):
    marker = page.locator(".leaflet-layer-observation_posts-pane .point", has=page.locator("text='11'"))
    marker.locator("path").hover()
    tooltip = page.locator(".leaflet-tooltip")
    assert tooltip.inner_text().split("\n") == ["Ishtabraq", "In opposition-held territory"]


def test_on_a_touch_screen_nothing_is_shown_on_hover(visit, html):
    page = visit(html, width=390, height=844, has_touch=True, is_mobile=True).page
    marker = page.locator(".leaflet-layer-observation_posts-pane .point", has=page.locator("text='11'"))
    marker.locator("path").tap()
    assert page.locator(".leaflet-tooltip").count() == 0


def test_no_drawing_without_a_name_is_a_stop_of_the_tab_key(page):
    page.locator(".map").focus()
    met = []
    for _ in range(3):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.tagName"))
    assert met == ["Zoom in", "Zoom out", "Full screen"]


# ---- Two dates ----

SECOND = ".map.compared"


def classes_of(page, map_, layer):
    paths = page.locator(f"{map_} .leaflet-layer-{layer}-pane path").evaluate_all(
        "all => all.map((one) => one.classList[1])"
    )
    return {one.replace("leaflet-path-root", "") for one in paths if one}


def test_a_second_map_shows_another_day_in_the_same_view_until_it_is_closed(opened, page):
    page.get_by_role("button", name="Compare with another date").click()
    second = page.get_by_role("region", name="Second map, as of 29 February 2020")
    expect(second).to_be_visible()
    assert page.evaluate("M4.state.day") == "2020-03-06"
    assert classes_of(page, SECOND, "corridor") == set()  # it was agreed on 5 March
    assert {"north", "south"} <= classes_of(page, ".map:not(.compared)", "corridor")
    page.get_by_label("Date of the second map").fill("2020-08-25")
    expect(page.get_by_role("region", name="Second map, as of 25 August 2020")).to_be_visible()
    assert {"north", "south"} <= classes_of(page, SECOND, "corridor")
    opened.set_view(35.8, 36.6, 11)
    one, other = (page.locator(f"{map_} .leaflet-layer-m4-pane path").last for map_ in (".map:not(.compared)", SECOND))
    assert one.get_attribute("d") == other.get_attribute("d")
    opened.section("observation_posts").locator("input").first.uncheck()
    assert page.locator(f"{SECOND} .leaflet-layer-observation_posts-pane .point").count() == 0
    page.wait_for_function("() => window.location.hash.includes('compare=2020-08-25')")
    hash_ = page.evaluate("window.location.hash").removeprefix("#")
    page.keyboard.press("Escape")
    expect(page.locator(SECOND)).to_have_count(0)
    assert "compare" not in page.evaluate("window.location.hash")
    opened.reopen(hash_)
    expect(page.get_by_role("region", name="Second map, as of 25 August 2020")).to_be_visible()


def test_on_a_phone_the_second_map_is_below_the_first(visit, html):
    opened = visit(html, width=390, height=844)
    opened.reopen("compare=2018-10-01")
    first, second = (opened.page.locator(map_).bounding_box() for map_ in (".map:not(.compared)", SECOND))
    assert second["y"] >= first["y"] + first["height"]
    assert second["width"] == first["width"] == 390
    assert second["height"] == pytest.approx(first["height"], abs=1)
    assert second["height"] > 150


def test_a_day_that_is_not_on_the_map_is_not_compared(visit, html):
    opened = visit(html)
    opened.reopen("compare=2031-01-01")
    opened.page.locator(".point").first.wait_for(state="attached")
    assert opened.page.locator(SECOND).count() == 0

"""The search finds positions by their coordinates or MGRS reference, and shows what it found from near."""

import pytest

SARAQIB = (36.806, 35.864)
RESULTS = "#search-list li"
WRITTEN = [
    "35.864, 36.806",
    "35.864 36.806",
    "35,864; 36,806",
    "35.8640° N, 36.8060° E",
    "36.806 E 35.864 N",
    "N 35.864 E 36.806",
    "35°51'50.4\"N 36°48'21.6\"E",
    "35° 51′ 50.4″ N, 36° 48′ 21.6″ E",
    "36°48’21.6”E 35°51’50.4”N",
    "٣٥٫٨٦٤، ٣٦٫٨٠٦",
    "37S CV 01901 71080",
    "37scv0190171080",
]
NOT_POSITIONS = [
    "Saraqib",
    "35.864",
    "35.864 N 36.806 N",
    "95.1, 190.2",
    "35°61'0\"N 36°0'0\"E",
    "2018-09-17",
    "37S",
    "1 2 3",
]


def look_for(opened, text):
    if not opened.page.locator("#dialogue[open]").count():
        opened.tool("Search")
    opened.page.locator("#search-input").fill(text)
    return opened.page.locator(RESULTS).all_inner_texts()


@pytest.mark.parametrize("written", WRITTEN)
def test_a_position_is_read_however_it_is_written(page, written):
    found = page.evaluate("(text) => M4.readPositions(text)", written)
    assert (found[0]["lon"], found[0]["lat"]) == pytest.approx(SARAQIB, abs=1e-4)


def test_what_is_no_position_is_not_taken_for_one(page):
    assert page.evaluate("(all) => all.map((text) => M4.readPositions(text).length)", NOT_POSITIONS) == [0] * len(
        NOT_POSITIONS
    )
    assert page.evaluate("M4.readPositions('33.5 S 70.6 W')") == [{"lat": -33.5, "lon": -70.6}]


def test_a_position_is_a_result_that_moves_the_map_and_shows_it(opened, page):
    assert look_for(opened, "35.864, 36.806") == [
        "Go to 35.8640° N, 36.8060° E 37S CV 0190 7108",
        "Go to 36.8060° N, 35.8640° E 36S YF 5550 7717",
    ]
    page.keyboard.press("Enter")
    assert page.locator("#dialogue").is_hidden()
    card = page.locator(".leaflet-popup.position")
    assert "35.8640° N, 36.8060° E" in card.inner_text()
    assert page.evaluate("map_reference.getZoom()") >= 12
    bounds = "map_reference.getBounds().contains([35.864, 36.806])"
    assert page.evaluate(bounds)
    page.keyboard.press("Escape")
    card.wait_for(state="detached")


def test_a_position_outside_the_map_is_refused_in_one_line(opened, page):
    view = page.evaluate("map_reference.getCenter()")
    for text, place in (
        ("48.8566 N 2.3522 E", "48.8566° N, 2.3522° E"),
        ("18T WL 8566 1131", "40.7483° N, 73.9853° W"),
    ):
        assert look_for(opened, text) == []
        status = page.locator(".search [role=status]").inner_text()
        assert status.endswith("is outside this map.")
        assert status.split()[0][:5] == place[:5]
    page.keyboard.press("Enter")
    assert page.evaluate("map_reference.getCenter()") == view


def test_a_place_that_was_found_is_shown_from_near_beside_its_details(opened, page):
    look_for(opened, "Saraqib")
    page.keyboard.press("Enter")
    assert page.locator("#details h2").inner_text() == "Saraqib"
    page.wait_for_timeout(500)  # until the map has moved out of the way of the details
    assert 12 <= page.evaluate("map_reference.getZoom()") <= 13
    assert page.evaluate(
        "() => { const feature = M4.state.selected; const { x } = map_reference.latLngToContainerPoint("
        "M4.features.latLngs(feature)); const { left } = map_reference.getContainer().getBoundingClientRect();"
        " return x > 0 && x + left < document.getElementById('details').getBoundingClientRect().left }"
    )
    opened.set_view(35.6, 36.4, 14)
    look_for(opened, "Ariha")
    page.keyboard.press("Enter")
    assert page.evaluate("map_reference.getZoom()") == 14  # nearer than that already


def test_a_line_or_an_area_that_was_found_is_shown_whole(opened, page):
    opened.set_view(35.2, 36.9, 13)
    look_for(opened, "corridor")
    page.locator(RESULTS).first.click()
    assert page.evaluate("map_reference.getBounds().contains(M4.features.bounds([M4.state.selected]))")

"""Pictures of the map from a provider: never from disk, never unasked."""

from base64 import b64decode
from urllib.parse import urlsplit

import pytest
from folium import TileLayer

from geo.outputs.map.reference_map import TILES

SITE = "http://map.example/idlib/"
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=")
PROVIDER = urlsplit(TileLayer(TILES).tiles).netloc


@pytest.fixture
def served(browser, html):
    """Open the page as a site would serve it; what it asks for is answered here: ``served(tiles_come=…)``."""
    contexts = []

    def open_page(*, tiles_come=True):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        asked = []

        def answer(route):
            asked.append(route.request)
            if route.request.url == SITE:
                route.fulfill(body=html, content_type="text/html; charset=utf-8")
            elif tiles_come:
                route.fulfill(body=PIXEL, content_type="image/png")
            else:
                route.abort()

        context.route("**/*", answer)
        page = context.new_page()
        page.goto(SITE)
        return page, asked

    yield open_page
    for context in contexts:
        context.close()


def box_of(page):
    return page.locator("#panel .tiles input")


def test_from_disk_they_are_not_offered(visit, html):
    assert visit(html).page.locator("#panel .tiles").count() == 0


def test_from_a_site_they_are_offered_with_a_warning_and_off(served):
    page, asked = served()
    assert not box_of(page).is_checked()
    warning = page.locator("#panel .tiles").inner_text()
    assert "will learn your IP address and which area you are looking at" in warning
    page.wait_for_timeout(300)
    assert [request.url for request in asked] == [SITE]


def test_asked_for_they_come_from_the_provider_alone_which_learns_the_site_and_no_more(served):
    page, asked = served()
    page.goto(f"{SITE}#day=2019-08-23")
    box_of(page).check()
    page.locator(".leaflet-tile-loaded").nth(3).wait_for()
    tiles = [request for request in asked if request.url != SITE]
    assert {urlsplit(request.url).netloc for request in tiles} == {PROVIDER}
    assert {request.all_headers().get("referer") for request in tiles} == {"http://map.example/"}
    box_of(page).uncheck()
    assert page.locator(".leaflet-tile").count() == 0


def test_they_lie_over_the_ground_and_under_everything_else(served):
    page, _ = served()
    box_of(page).check()
    order = page.evaluate(
        "Object.fromEntries(['tiles', 'layer-basemap', 'layer-corridor']"
        ".map((name) => [name, Number(map_reference.getPane(name).style.zIndex)]))"
    )
    assert order["layer-basemap"] <= order["tiles"] < order["layer-corridor"]
    panes = page.locator(".leaflet-map-pane > .leaflet-pane").evaluate_all("(all) => all.map((one) => one.className)")
    [ground] = [at for at, name in enumerate(panes) if "basemap" in name]
    [tiles] = [at for at, name in enumerate(panes) if "tiles-pane" in name]
    assert ground < tiles  # of one height, the later lies above


def test_the_choice_is_not_kept_in_the_link(served):
    page, _ = served()
    box_of(page).check()
    page.wait_for_timeout(600)
    assert "tiles" not in page.evaluate("location.hash")


def test_where_they_do_not_come_the_page_says_so_and_goes_on(served):
    page, _ = served(tiles_come=False)
    box_of(page).click()  # it may be unchecked again at once
    page.locator(".tiles [role=status]", has_text="remains").wait_for()
    assert not box_of(page).is_checked()
    assert page.locator(".leaflet-tile").count() == 0

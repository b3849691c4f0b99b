"""Background tiles from a provider: never from disk, never without being asked for."""

from base64 import b64decode
from urllib.parse import urlsplit

import pytest
from folium import TileLayer

from geo.outputs.map.reference_map import TILES

SITE = "http://map.example/idlib/"
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=")
PROVIDER = urlsplit(TileLayer(TILES).tiles).netloc
BOX = "#panel .tiles input"


@pytest.fixture
def served(browser, html):
    """Open the page as a site would serve it, and answer its requests here: ``served(tiles_come=…)``."""
    contexts = []

    def open_page(*, tiles_come=True):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        requests = []

        def answer(route):
            requests.append(route.request)
            if route.request.url == SITE:
                route.fulfill(body=html, content_type="text/html; charset=utf-8")
            elif tiles_come:
                route.fulfill(body=PIXEL, content_type="image/png")
            else:
                route.abort()

        context.route("**/*", answer)
        page = context.new_page()
        page.goto(SITE)
        return page, requests

    yield open_page
    for context in contexts:
        context.close()


def test_from_disk_they_are_not_offered(page):
    assert page.locator("#panel .tiles").count() == 0


def test_from_a_site_they_are_off_and_come_on_request_from_the_provider_which_learns_the_site_alone(served):
    page, requests = served()
    warning = page.locator("#panel .tiles").inner_text()
    assert "will learn your IP address and which area you are looking at" in warning
    assert not page.locator(BOX).is_checked()
    page.wait_for_timeout(300)
    assert [request.url for request in requests] == [SITE]
    page.goto(f"{SITE}#day=2019-08-23")
    page.locator(BOX).check()
    page.locator(".leaflet-tile-loaded").nth(3).wait_for()
    tiles = [request for request in requests if request.url != SITE]
    assert {urlsplit(request.url).netloc for request in tiles} == {PROVIDER}
    assert {request.all_headers().get("referer") for request in tiles} == {"http://map.example/"}
    heights = page.evaluate(
        "['layer-basemap', 'tiles', 'layer-corridor'].map((name) => map_reference.getPane(name)).map((pane) =>"
        " [Number(pane.style.zIndex), [...pane.parentElement.children].indexOf(pane)])"
    )
    assert heights == sorted(heights)  # above the ground and below everything else
    page.wait_for_timeout(600)
    assert "tiles" not in page.evaluate("location.hash")
    page.locator(BOX).uncheck()
    assert page.locator(".leaflet-tile").count() == 0


def test_where_they_do_not_come_the_page_says_so_and_goes_on(served):
    page, _ = served(tiles_come=False)
    page.locator(BOX).click()  # it may be unchecked again at once
    page.locator(".tiles [role=status]", has_text="remains").wait_for()
    assert not page.locator(BOX).is_checked()
    assert page.locator(".leaflet-tile").count() == 0

"""A layer on a stock folium map, as somebody else would use it; its libraries come from the installed packages."""

from importlib.resources import files

import folium
import pytest

import geo
from geo.outputs.map.safety import folium_html
from tests.browser.texts import HOSTILE, hostile_names

LIBRARIES = {"leaflet.js": "text/javascript", "leaflet.css": "text/css"}
# Opens each tooltip in turn, and returns what it shows and where.
TOOLTIPS = """(map) => {
  const found = [];
  map.eachLayer((one) => {
    if (!one.getTooltip?.() || !(one.getLatLng || one.getLatLngs)) return;
    one.openTooltip();
    found.push(one.getTooltip().getElement().textContent.trim());
    one.closeTooltip();
  });
  return found;
}"""


@pytest.fixture
def stock_page(browser, tmp_path):
    """Return what saves a stock map and opens it, Leaflet being served from its package and all else being empty."""
    context = browser.new_context()
    complaints = []

    def serve(route):
        name = route.request.url.rsplit("/", 1)[-1]
        if route.request.url.startswith("file:"):
            route.continue_()
        elif name in LIBRARIES:
            body = files("xstatic.pkg.leaflet").joinpath("data", name).read_bytes()
            route.fulfill(body=body, content_type=LIBRARIES[name])
        else:
            route.fulfill(body="", content_type="text/css" if name.endswith(".css") else "text/javascript")

    def open_map(stock):
        file = tmp_path / "stock.html"
        stock.save(file)
        page = context.new_page()
        context.route("**/*", serve)
        page.add_init_script("window.hits = []; window.HIT = (what) => { window.hits.push(what); return 'HIT'; };")
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(file.as_uri())
        return page, complaints

    yield open_map
    context.close()


def test_a_layer_is_drawn_on_a_stock_map_and_can_be_switched_off(stock_page):
    stock = folium.Map(tiles=None, zoom_start=8, location=[35.8, 36.6])
    geo.layer("corridor").add_to(stock)
    posts = geo.layer("observation_posts", language="ar").add_to(stock)
    stock.fit_bounds(posts.get_bounds())
    folium.LayerControl(collapsed=False).add_to(stock)
    page, complaints = stock_page(stock)
    assert page.locator(".leaflet-overlay-pane path[fill='#e69f00']").count() == 1
    markers = page.locator(".leaflet-marker-pane svg")
    assert markers.count() == page.evaluate(f"{posts.get_name()}.getLayers().filter((one) => one.getIcon).length")
    labels = page.locator(".leaflet-control-layers-overlays label")
    assert [text.strip() for text in labels.all_text_contents()] == ["Security corridor", posts.title]
    labels.last.click()
    assert markers.count() == 0
    assert complaints == []


def test_a_marker_is_where_its_post_is_and_shows_its_name(stock_page):
    stock = folium.Map(tiles=None, zoom_start=12, location=[35.3906, 36.6975])
    posts = geo.layer("observation_posts").add_to(stock)
    page, complaints = stock_page(stock)
    at, of_map = page.evaluate(
        f"""(() => {{
          const marker = {posts.get_name()}.getLayers().find((one) => one.getTooltip()?.getContent().includes('Morek'));
          const {{ x, y, width, height }} = marker.getElement().querySelector('path').getBoundingClientRect();
          const {{ x: left, y: top }} = {stock.get_name()}.latLngToContainerPoint(marker.getLatLng());
          return [[x + width / 2, y + height / 2], [left, top]];
        }})()"""
    )
    assert at == pytest.approx(of_map, abs=1)
    page.mouse.move(*at)
    assert page.locator(".leaflet-tooltip").text_content().strip() == "Morek"
    assert complaints == []


def test_hostile_texts_are_shown_as_given_and_run_nothing(stock_page, layers_copy):
    given = hostile_names(60)

    def spoil(document):
        placed = [feature for feature in document["features"] if feature["geometry"]]
        for feature, name in zip(placed, given, strict=False):
            feature["properties"]["name_en"] = name

    layers_copy.edit("observation_posts.geojson", spoil)
    stock = folium.Map(tiles=None)
    posts = geo.layer("observation_posts", folder=layers_copy.folder, as_of="2021-03-31").add_to(stock)
    title = " ".join(HOSTILE)
    posts.layer_name = folium_html(title)
    folium.LayerControl(collapsed=False).add_to(stock)
    page, complaints = stock_page(stock)
    shown = page.evaluate(f"({TOOLTIPS})({stock.get_name()})")
    assert {name.strip() for name in given} <= set(shown)
    label = page.locator(".leaflet-control-layers-overlays label").text_content()
    assert label.strip() == title.strip()
    page.wait_for_timeout(200)
    assert page.evaluate("window.hits") == []
    assert complaints == []

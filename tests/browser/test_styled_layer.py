"""A layer on a stock folium map, as somebody else would use it; its libraries come from the installed packages."""

from importlib.resources import files

import folium
import pytest

import geo
from geo.outputs.map.safety import folium_html
from tests.browser.texts import HOSTILE, dealt

LIBRARIES = {"leaflet.js": "text/javascript", "leaflet.css": "text/css"}
# Opens each tooltip in turn, and returns what it shows.
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
    """Save a stock map and open it: Leaflet is served from its package, and every other library is empty."""
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
        stock.save(tmp_path / "stock.html")
        page = context.new_page()
        context.route("**/*", serve)
        page.add_init_script("window.hits = []; window.HIT = (what) => { window.hits.push(what); return 'HIT'; };")
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto((tmp_path / "stock.html").as_uri())
        return page

    yield open_map
    context.close()
    assert complaints == []


def test_a_layer_is_drawn_where_it_is_with_its_names_and_can_be_switched_off(stock_page):
    stock = folium.Map(tiles=None)
    geo.layer("corridor").add_to(stock)
    posts = geo.layer("observation_posts", language="ar").add_to(stock)
    stock.fit_bounds(posts.get_bounds())
    folium.LayerControl(collapsed=False).add_to(stock)
    page = stock_page(stock)
    assert page.locator(".leaflet-overlay-pane path[fill='#e69f00']").count() == 1
    markers = page.locator(".leaflet-marker-pane svg")
    assert markers.count() == page.evaluate(f"{posts.get_name()}.getLayers().filter((one) => one.getIcon).length")
    at, of_map = page.evaluate(
        f"""(() => {{
          const marker = {posts.get_name()}.getLayers().find((one) => one.getTooltip()?.getContent().includes('مورك'));
          const {{ x, y, width, height }} = marker.getElement().querySelector('path').getBoundingClientRect();
          const {{ x: left, y: top }} = {stock.get_name()}.latLngToContainerPoint(marker.getLatLng());
          return [[x + width / 2, y + height / 2], [left, top]];
        }})()"""
    )
    assert at == pytest.approx(of_map, abs=1)
    page.mouse.move(*at)
    assert page.locator(".leaflet-tooltip").text_content().strip() == "مورك (تل الصوان)"
    labels = page.locator(".leaflet-control-layers-overlays label")
    assert [text.strip() for text in labels.all_text_contents()] == ["Security corridor", posts.title]
    labels.last.click()
    assert markers.count() == 0


def test_hostile_texts_are_shown_as_given_and_run_nothing(stock_page, layers_copy):
    names = dealt(HOSTILE, 60)

    def spoil(document):
        placed = [feature for feature in document["features"] if feature["geometry"]]
        for feature, name in zip(placed, names, strict=False):
            feature["properties"]["name_en"] = name

    layers_copy.edit("observation_posts.geojson", spoil)
    stock = folium.Map(tiles=None)
    posts = geo.layer("observation_posts", folder=layers_copy.folder, as_of="2021-03-31").add_to(stock)
    title = " ".join(HOSTILE)
    posts.layer_name = folium_html(title)
    folium.LayerControl(collapsed=False).add_to(stock)
    page = stock_page(stock)
    assert {name.strip() for name in names} <= set(page.evaluate(f"({TOOLTIPS})({stock.get_name()})"))
    assert page.locator(".leaflet-control-layers-overlays label").text_content().strip() == title.strip()
    page.wait_for_timeout(200)
    assert page.evaluate("window.hits") == []

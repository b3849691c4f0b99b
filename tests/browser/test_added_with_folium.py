"""What an analyst adds to the map with folium and geopandas, opened from disk."""

import folium
import geopandas as gpd
import numpy as np
import pytest
from branca.element import Element
from folium.plugins import MarkerCluster
from shapely.geometry import Point, box

import geo
from tests.samples import each_language

HOSTILE = (
    "{{ 7*191 }} {% if %} ${document.title = 'RUN'} `${document.title = 'RUN'}` \\ C:\\20 "
    "</style ></style><meta http-equiv=refresh content='0;url=about:blank'><base href='about:blank'> {{'nope'}} "
    "</script><script>document.title = 'RUN'</script><!-- "
    "<img src=x onerror=\"document.title = 'RUN'\"> &amp; \u2028 '\""
)
# Branca itself refuses an unfinished tag of a template in an `Element`.
HOSTILE_HTML = HOSTILE.replace("{% if %} ", "")
AT = [35.8, 36.5]
TWO_POINTS = [Point(36.6, 35.75), Point(36.5, 35.75)]
AREA = [box(36, 35.4, 36.2, 35.6)]
ADDED_MARKER = ".leaflet-marker-icon:not(.point)"

# The cells of every tooltip and popup of a GeoJSON.
CELLS = """() => {
  const found = [];
  map_reference.eachLayer((group) => {
    for (const shown of [group.getTooltip?.(), group.getPopup?.()]) {
      if (typeof shown?._content !== 'function' || !group.getLayers) continue;
      const node = shown._content(group.getLayers()[0]);
      found.push(...[...node.querySelectorAll('th, td')].map((cell) => cell.textContent));
    }
  });
  return found;
}"""
OPEN_ALL = "() => map_reference.eachLayer((layer) => { layer.openTooltip?.(); layer.fire('click').openPopup?.(); })"


def frame_of(geometry, **columns):
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=4326)


@pytest.fixture
def small_map(shipped):
    """Return a map with one layer, to which a test adds."""
    return geo.Map(build=shipped, layers=["m4"])


@pytest.fixture
def show(visit):
    """Open a map."""
    return lambda made, **options: visit(made.get_root().render(), **options)


def refused_by_the_policy(opened):
    """Forget what the policy refused, and say whether there was nothing else."""
    others = [one for one in opened.complaints if "Content Security Policy" not in one]
    opened.forget()
    return others == []


@each_language
def test_a_marker_and_a_frame_are_above_the_map_and_in_the_panel(show, shipped, language):
    made = geo.Map(build=shipped, language=language)
    sites = folium.FeatureGroup(name="My sites").add_to(made)
    folium.Marker(AT, tooltip="A site", popup="<b>seen</b> on 7 March").add_to(sites)
    points = frame_of(TWO_POINTS[:1], what=["a point"])
    points.explore(m=made, color="purple", name="My points", marker_kwds={"radius": 9})
    page = show(made).page
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator(".added label").all_inner_texts() == ["My sites", "My points"]
    heights = page.locator(".leaflet-pane[class*=leaflet-layer-]").evaluate_all(
        "(all) => all.map((one) => +one.style.zIndex)"
    )
    assert max(heights) < 400  # Leaflet's own pane of lines and areas
    page.locator(ADDED_MARKER).hover()
    assert page.locator(".leaflet-tooltip").inner_text().strip() == "A site"
    page.locator(ADDED_MARKER).click()
    assert page.locator(".leaflet-popup-content b").inner_text() == "seen"
    assert page.locator("path[stroke=purple]").count() == 1
    page.get_by_label("My points").uncheck()
    assert page.locator("path[stroke=purple]").count() == 0


def test_hostile_texts_are_shown_as_given_and_run_nowhere(show, shipped):
    made = geo.Map(build=shipped)
    group = folium.FeatureGroup(name=f"group {HOSTILE}").add_to(made)
    folium.Marker(AT, popup=folium.Popup(HOSTILE, parse_html=True), icon=folium.DivIcon("<i>here</i>")).add_to(group)
    folium.CircleMarker([35.7, 36.4], tooltip=HOSTILE, popup=HOSTILE).add_to(group)
    folium.GeoJson(
        frame_of(AREA, **{"said": [HOSTILE], HOSTILE: ["x"]}),
        name=HOSTILE,
        tooltip=folium.GeoJsonTooltip(["said", HOSTILE]),
        popup=folium.GeoJsonPopup(["said"], aliases=[HOSTILE]),
        style_function=lambda _: {"color": "{{ 7*191 }}"},
    ).add_to(made)
    made.get_root().html.add_child(Element("<p id=mine>{{ 7*191 }}</p>"))
    opened = show(made)
    page = opened.page
    title = page.title()
    titles = page.locator(".added label bdi").evaluate_all("(all) => all.map((one) => one.textContent)")
    assert titles == [f"group {HOSTILE}", HOSTILE]
    assert page.locator("#mine").inner_text() == "{{ 7*191 }}"
    assert set(page.evaluate(CELLS)) == {HOSTILE, "said", "x"}
    page.evaluate(OPEN_ALL)
    page.wait_for_timeout(200)
    assert page.title() == title
    assert not page.locator("body").get_by_text("1337").count()
    assert refused_by_the_policy(opened)


def test_classes_in_a_legend_and_text_in_a_popup_are_shown_as_given(show, small_map):
    classes = frame_of(TWO_POINTS, said=[HOSTILE_HTML, "b"])
    classes.explore("said", m=small_map, name="said", legend_kwds={"caption": HOSTILE_HTML})
    folium.Marker(AT, popup=folium.Popup(HOSTILE, parse_html=True, show=True)).add_to(small_map)
    with pytest.warns(UserWarning, match="the map needs the network"):
        opened = show(small_map)
    page = opened.page
    assert page.locator(".legend-title").text_content() == HOSTILE_HTML
    assert sorted(page.locator(".legend-labels li").all_text_contents()) == sorted([HOSTILE_HTML, "b"])
    assert page.locator(".leaflet-popup-content").text_content().strip() == HOSTILE.strip()
    opened.forget()  # the scripts that it links are not there


# Wherever HTML of an analyst, and so a text of data, may get.
PLACES = {
    "tooltip": lambda text: [folium.Marker(AT, tooltip=text)],
    "style of a tooltip": lambda text: [folium.Marker(AT, tooltip=folium.Tooltip("a", text))],
    "element in a popup": lambda text: [folium.Marker(AT, popup=folium.Popup(Element(f"<b>{text}</b>")))],
    "lazy popup": lambda text: [folium.Marker(AT, popup=folium.Popup(text, lazy=True))],
    "icon": lambda text: [folium.Marker(AT, icon=folium.DivIcon(f"<b>{text}</b>"))],
    "layer control": lambda text: [folium.FeatureGroup(name=text), folium.LayerControl(collapsed=False)],
    "attribution": lambda text: [folium.TileLayer("data:image/png;base64,", attr=text)],
    "style of a table": lambda text: [
        folium.GeoJson(frame_of(AREA, a=["b"]), tooltip=folium.GeoJsonTooltip(["a"], style=text))
    ],
}


@pytest.mark.parametrize("place", PLACES)
def test_html_of_an_analyst_neither_runs_nor_leads_away(show, small_map, place):
    for added in PLACES[place](HOSTILE_HTML):
        added.add_to(small_map)
    for part in ("html", "header"):
        refresh = "<meta name='>' HTTP-EQUIV=refresh content='0;url=about:blank'>"
        getattr(small_map.get_root(), part).add_child(Element(refresh))
    opened = show(small_map)
    page = opened.page
    page.evaluate(OPEN_ALL)
    page.wait_for_timeout(200)
    assert page.url.partition("#")[0] == opened.address
    assert "RUN" not in page.title()
    assert page.locator("#panel .layer").count() > 0
    assert refused_by_the_policy(opened)


def test_a_frame_in_a_popup_shows_its_page_in_which_nothing_runs(show, small_map):
    framed = "<p>framed {{ 7*191 }}</p><script>document.body.append('RUN')</script>"
    popup = folium.Popup(folium.IFrame(framed, width=200, height=100))
    folium.Marker(AT, popup=popup).add_to(small_map)
    opened = show(small_map)
    opened.page.locator(ADDED_MARKER).click()
    body = opened.page.frame_locator(".leaflet-popup-content iframe").locator("body")
    assert body.locator("p").inner_text() == "framed {{ 7*191 }}"
    assert "RUN" not in body.inner_text()
    assert refused_by_the_policy(opened)


def test_the_attribution_of_added_pictures_is_shown_while_they_are(show, small_map):
    pixel, bounds = np.array([[[0.5, 0.5, 0.5]]]), [[35.4, 36], [35.6, 36.2]]
    folium.raster_layers.ImageOverlay(pixel, bounds, attribution="<b>Mine</b> 2020").add_to(small_map)
    page = show(small_map).page
    attribution = page.locator(".leaflet-control-attribution")
    assert attribution.inner_text() == "Mine 2020"
    page.get_by_role("checkbox").first.uncheck()
    assert not attribution.is_visible()


def test_without_the_network_all_is_there_but_what_needs_it(show, small_map):
    MarkerCluster([AT], name="Clusters").add_to(small_map)
    frame_of(TWO_POINTS, n=[1.0, 2.0]).explore("n", m=small_map, name="Numbers")
    with pytest.warns(UserWarning, match="the map needs the network"):
        opened = show(small_map)
    assert opened.page.locator(".added label").all_inner_texts() == ["Numbers"]
    assert opened.drawn("m4") > 0
    assert opened.page.locator(".leaflet-overlay-pane path").count() == 2
    opened.forget()  # the scripts that it links are not there


def test_texts_that_a_parser_of_html_changes_do_not_stop_the_map(show, small_map):
    text = "two\r\nlines \r and \0 and \ud800"
    folium.Marker(AT, tooltip=text, popup=text).add_to(folium.FeatureGroup(name=text).add_to(small_map))
    small_map.get_root().header.add_child(Element(f"<style>p {{ content: '{text}' }}</style>"))
    page = show(small_map).page
    page.locator(ADDED_MARKER).hover()
    assert page.locator(".leaflet-tooltip").inner_text().strip() == "two lines and \ufffd and \ufffd"


PARTS = ["", "panel", "details search", "table claims about downloads", "date", "diagram", "link print"]


@pytest.mark.parametrize("parts", PARTS)
def test_with_any_parts_it_opens_without_a_complaint(show, shipped, parts):
    opened = show(geo.Map(build=shipped, parts=parts.split()))
    opened.page.locator(".leaflet-container").wait_for()
    opened.select("observation_posts", "post-09-morek")
    opened.page.keyboard.press("Escape")
    opened.page.emulate_media(media="print")
    opened.page.emulate_media(media="screen")
    assert opened.drawn("corridor") == 2


@pytest.mark.parametrize("names", ["", "claims", "basemap patrol_segments", "m4 observation_posts"])
def test_with_any_layers_every_tool_opens_without_a_complaint(show, shipped, names):
    opened = show(geo.Map(build=shipped, layers=names.split()), locale="ar")
    assert opened.page.locator("#panel section .layer").count() == len(names.split())
    tools = opened.page.locator("#tools .tool")
    assert tools.count() > 3
    for tool in tools.all():
        tool.click()
        opened.page.keyboard.press("Escape")


def test_a_page_that_is_laid_out_at_no_size_fits_its_view_when_it_gets_one(visit, html):
    usual = visit(html).page.evaluate("map_reference.getZoom()")
    opened = visit(html, width=320, height=60)
    opened.page.set_viewport_size({"width": 1280, "height": 800})
    opened.page.wait_for_function(
        "(usual) => map_reference.getZoom() === usual && map_reference.getBounds().contains([35.8, 36.5])", arg=usual
    )
    opened.page.set_viewport_size({"width": 320, "height": 60})
    opened.reopen("map=12/35.8000/36.5000")  # a view that the link names is kept
    opened.page.set_viewport_size({"width": 1280, "height": 800})
    opened.page.wait_for_timeout(500)
    assert opened.page.evaluate("map_reference.getZoom()") == 12

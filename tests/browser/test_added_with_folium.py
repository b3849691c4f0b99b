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


def added(build, **kwargs):
    made = geo.Map(build=build, **kwargs)
    sites = folium.FeatureGroup(name="My sites").add_to(made)
    folium.Marker([35.8, 36.5], tooltip="A site", popup="<b>seen</b> on 7 March").add_to(sites)
    frame = gpd.GeoDataFrame({"what": ["a point"]}, geometry=[Point(36.6, 35.75)], crs=4326)
    frame.explore(m=made, color="purple", name="My points", marker_kwds={"radius": 9})
    return made


def page_text(made):
    return made.get_root().render()


@pytest.fixture(scope="module")
def html_with_additions(shipped):
    return page_text(added(shipped))


@each_language
def test_a_marker_and_a_frame_are_on_the_map_and_in_the_panel(visit, html_with_additions, language):
    opened = visit(html_with_additions, locale=language)
    page = opened.page
    assert page.locator(".added label").all_inner_texts() == ["My sites", "My points"]
    assert page.locator(".leaflet-marker-pane .leaflet-marker-icon:not(.point)").count() == 1
    assert page.locator("path[stroke=purple]").count() == 1
    page.get_by_label("My points").uncheck()
    assert page.locator("path[stroke=purple]").count() == 0
    assert opened.misdeeds() == []


def test_additions_are_drawn_above_the_layers_of_the_map(visit, html_with_additions):
    page = visit(html_with_additions).page
    heights = page.evaluate(
        "() => [...document.querySelectorAll('.leaflet-pane[class*=leaflet-layer-]')].map((one) => +one.style.zIndex)"
    )
    assert max(heights) < 400  # Leaflet's own pane of lines and areas


def test_a_popup_opens_on_a_click_and_a_tooltip_when_the_mouse_is_over(visit, html_with_additions):
    opened = visit(html_with_additions)
    marker = opened.page.locator(".leaflet-marker-icon:not(.point)")
    marker.hover()
    assert opened.page.locator(".leaflet-tooltip").inner_text().strip() == "A site"
    marker.click()
    assert opened.page.locator(".leaflet-popup-content b").inner_text() == "seen"
    assert opened.misdeeds() == []


def test_hostile_texts_are_shown_as_given_and_run_nowhere(visit, shipped):
    made = geo.Map(build=shipped)
    group = folium.FeatureGroup(name=f"group {HOSTILE}").add_to(made)
    text_only = folium.Popup(HOSTILE, parse_html=True)
    folium.Marker([35.8, 36.5], popup=text_only, icon=folium.DivIcon("<i>here</i>")).add_to(group)
    folium.CircleMarker([35.7, 36.4], tooltip=HOSTILE, popup=HOSTILE).add_to(group)
    frame = gpd.GeoDataFrame({"said": [HOSTILE], HOSTILE: ["x"]}, geometry=[box(36, 35.4, 36.2, 35.6)], crs=4326)
    folium.GeoJson(
        frame,
        name=HOSTILE,
        tooltip=folium.GeoJsonTooltip(["said", HOSTILE]),
        popup=folium.GeoJsonPopup(["said"], aliases=[HOSTILE]),
        style_function=lambda _: {"color": "{{ 7*191 }}"},
    ).add_to(made)
    made.get_root().html.add_child(Element("<p id=mine>{{ 7*191 }}</p>"))
    opened = visit(page_text(made))
    page = opened.page
    title = page.title()
    titles = page.locator(".added label bdi").evaluate_all("(all) => all.map((one) => one.textContent)")
    assert titles == [f"group {HOSTILE}", HOSTILE]
    assert page.locator("#mine").inner_text() == "{{ 7*191 }}"
    assert set(page.evaluate(CELLS)) == {HOSTILE, "said", "x"}
    page.evaluate("() => map_reference.eachLayer((layer) => { layer.openTooltip?.(); layer.openPopup?.(); })")
    page.wait_for_timeout(200)
    assert page.title() == title
    assert not page.locator("body").get_by_text("1337").count()
    assert [one for one in opened.misdeeds() if "Refused to" not in one and "Content Security Policy" not in one] == []


# Wherever HTML of an analyst, and so a text of data, may get.
PLACES = {
    "tooltip": lambda made, text: folium.Marker([35.8, 36.5], tooltip=text).add_to(made),
    "style of a tooltip": lambda made, text: folium.Marker([35.8, 36.5], tooltip=folium.Tooltip("a", text)).add_to(
        made
    ),
    "element in a popup": lambda made, text: folium.Marker(
        [35.8, 36.5], popup=folium.Popup(Element(f"<b>{text}</b>"))
    ).add_to(made),
    "lazy popup": lambda made, text: folium.Marker([35.8, 36.5], popup=folium.Popup(text, lazy=True)).add_to(made),
    "icon": lambda made, text: folium.Marker([35.8, 36.5], icon=folium.DivIcon(f"<b>{text}</b>")).add_to(made),
    "layer control": lambda made, text: (
        folium.FeatureGroup(name=text).add_to(made),
        folium.LayerControl(collapsed=False).add_to(made),
    ),
    "attribution": lambda made, text: folium.TileLayer("data:image/png;base64,", attr=text).add_to(made),
    "style of a table": lambda made, text: folium.GeoJson(
        gpd.GeoDataFrame({"a": ["b"]}, geometry=[box(36, 35.4, 36.2, 35.6)], crs=4326),
        tooltip=folium.GeoJsonTooltip(["a"], style=text),
    ).add_to(made),
}


@pytest.mark.parametrize("place", PLACES)
def test_html_of_an_analyst_neither_runs_nor_leads_away(visit, shipped, place):
    made = geo.Map(build=shipped, layers=["m4"])
    PLACES[place](made, HOSTILE.replace("{% if %} ", ""))  # which branca itself refuses in an `Element`
    opened = visit(page_text(made))
    page = opened.page
    page.evaluate(
        "() => map_reference.eachLayer((layer) => { layer.openTooltip?.(); layer.fire('click').openPopup?.(); })"
    )
    page.wait_for_timeout(200)
    assert page.url.partition("#")[0] == opened.address
    assert "RUN" not in page.title()
    assert page.locator("#panel .layer").count() > 0
    assert [one for one in opened.complaints if "Content Security Policy" not in one] == []


@pytest.mark.parametrize("place", ["html", "header"])
def test_an_element_around_the_map_does_not_lead_away(visit, shipped, place):
    made = geo.Map(build=shipped, layers=["m4"])
    refresh = "<meta name='>' HTTP-EQUIV=refresh content='0;url=about:blank'>"
    getattr(made.get_root(), place).add_child(Element(refresh))
    opened = visit(page_text(made))
    opened.page.wait_for_timeout(200)
    assert opened.page.url == opened.address
    assert opened.misdeeds() == []


def test_classes_in_a_legend_and_text_in_a_popup_are_shown_as_given(visit, shipped):
    made = geo.Map(build=shipped, layers=["m4"])
    text = HOSTILE.replace("{% if %} ", "")
    frame = gpd.GeoDataFrame({"said": [text, "b"]}, geometry=[Point(36.6, 35.75), Point(36.5, 35.75)], crs=4326)
    frame.explore("said", m=made, name="said", legend_kwds={"caption": text})
    folium.Marker([35.8, 36.5], popup=folium.Popup(HOSTILE, parse_html=True, show=True)).add_to(made)
    with pytest.warns(UserWarning, match="the map needs the network"):
        opened = visit(page_text(made))
    page = opened.page
    assert page.locator(".legend-title").text_content() == text
    assert sorted(page.locator(".legend-labels li").all_text_contents()) == sorted([text, "b"])
    page.evaluate("() => map_reference.eachLayer((layer) => layer instanceof L.Marker && layer.openPopup())")
    assert page.locator(".leaflet-popup-content").text_content().strip() == HOSTILE.strip()


def test_a_frame_in_a_popup_shows_its_page_in_which_nothing_runs(visit, shipped):
    made = geo.Map(build=shipped, layers=["m4"])
    page = "<p>framed {{ 7*191 }}</p><script>document.body.append('RUN')</script>"
    popup = folium.Popup(folium.IFrame(page, width=200, height=100))
    folium.Marker([35.8, 36.5], popup=popup).add_to(made)
    opened = visit(page_text(made))
    opened.page.locator(".leaflet-marker-icon").click()
    framed = opened.page.frame_locator(".leaflet-popup-content iframe").locator("body")
    assert framed.locator("p").inner_text() == "framed {{ 7*191 }}"
    assert "RUN" not in framed.inner_text()
    assert [one for one in opened.complaints if "Content Security Policy" not in one] == []


def test_a_popup_that_is_to_be_open_is_open(visit, shipped):
    made = geo.Map(build=shipped, layers=["m4"])
    folium.Marker([35.8, 36.5], popup=folium.Popup("seen", show=True)).add_to(made)
    opened = visit(page_text(made))
    assert opened.page.locator(".leaflet-popup-content").inner_text().strip() == "seen"
    assert opened.misdeeds() == []


def test_the_attribution_of_added_pictures_is_shown_and_nothing_where_there_is_none(visit, shipped):
    pixel, bounds = [[[0.5, 0.5, 0.5]]], [[35.4, 36], [35.6, 36.2]]
    made = geo.Map(build=shipped, layers=["m4"])
    attribution = visit(page_text(made)).page.locator(".leaflet-control-attribution")
    assert not attribution.is_visible()
    folium.raster_layers.ImageOverlay(np.array(pixel), bounds, attribution="<b>Mine</b> 2020").add_to(made)
    opened = visit(page_text(made))
    attribution = opened.page.locator(".leaflet-control-attribution")
    assert attribution.inner_text() == "Mine 2020"
    opened.page.get_by_role("checkbox").first.uncheck()
    assert not attribution.is_visible()
    assert opened.misdeeds() == []


def test_without_the_network_all_is_there_but_what_needs_it(visit, shipped):
    made = geo.Map(build=shipped, layers=["m4"])
    MarkerCluster([[35.8, 36.5]], name="Clusters").add_to(made)
    frame = gpd.GeoDataFrame({"n": [1.0, 2.0]}, geometry=[Point(36.6, 35.75), Point(36.5, 35.75)], crs=4326)
    frame.explore("n", m=made, name="Numbers")
    with pytest.warns(UserWarning, match="the map needs the network"):
        opened = visit(page_text(made))
    assert opened.page.locator(".added label").all_inner_texts() == ["Numbers"]
    assert opened.drawn("m4") > 0
    assert opened.page.locator(".leaflet-overlay-pane path").count() == 2


def test_texts_that_a_parser_of_html_changes_do_not_stop_the_map(visit, shipped):
    made = geo.Map(build=shipped, layers=["m4"])
    text = "two\r\nlines \r and \0 and \ud800"
    folium.Marker([35.8, 36.5], tooltip=text, popup=text).add_to(folium.FeatureGroup(name=text).add_to(made))
    made.get_root().header.add_child(Element(f"<style>p {{ content: '{text}' }}</style>"))
    opened = visit(page_text(made))
    opened.page.locator(".leaflet-marker-icon").hover()
    assert opened.page.locator(".leaflet-tooltip").inner_text().strip() == "two lines and \ufffd and \ufffd"
    assert opened.misdeeds() == []


@pytest.mark.parametrize("language", ["ar"])
def test_it_opens_in_the_language_that_was_asked_for(visit, shipped, language):
    opened = visit(page_text(added(shipped, language=language)))
    assert opened.page.locator("html").get_attribute("lang") == language
    assert opened.page.locator(".added label").count() == 2
    assert opened.misdeeds() == []


SETS = ["", "panel", "details search", "table claims about downloads", "date", "diagram", "link print"]


@pytest.mark.parametrize("parts", SETS)
def test_with_any_parts_it_opens_without_a_complaint(visit, shipped, parts):
    opened = visit(page_text(geo.Map(build=shipped, parts=parts.split())))
    opened.page.locator(".leaflet-container").wait_for()
    opened.select("observation_posts", "post-09-morek")
    opened.page.keyboard.press("Escape")
    opened.page.emulate_media(media="print")
    opened.page.emulate_media(media="screen")
    assert opened.drawn("corridor") == 2
    assert opened.misdeeds() == []


@each_language
@pytest.mark.parametrize("names", ["", "claims", "basemap patrol_segments"])
def test_with_any_layers_every_tool_opens_without_a_complaint(visit, shipped, names, language):
    opened = visit(page_text(geo.Map(build=shipped, layers=names.split())), locale=language)
    tools = opened.page.locator("#tools button")
    assert tools.count() > 3
    for tool in tools.all():
        tool.click()
        opened.page.keyboard.press("Escape")
    assert opened.misdeeds() == []


def test_some_layers_alone_are_a_map_too(visit, shipped):
    opened = visit(page_text(geo.Map(build=shipped, layers=["m4", "observation_posts"])))
    assert opened.page.locator("#panel section .layer").count() == 2
    assert opened.drawn("observation_posts") > 10
    assert opened.misdeeds() == []


def test_a_page_that_is_laid_out_at_no_size_fits_its_view_when_it_gets_one(visit, html):
    page = visit(html, width=320, height=60).page
    page.set_viewport_size({"width": 1280, "height": 800})
    inside = "() => map_reference.getZoom() > 9 && map_reference.getBounds().contains([35.8, 36.5])"
    page.wait_for_function(inside)


def test_a_view_that_the_link_names_is_kept_when_the_page_gets_its_size(visit, html):
    opened = visit(html, width=320, height=60)
    opened.page.goto(f"{opened.address}#map=12/35.8000/36.5000")
    opened.page.reload()
    opened.page.set_viewport_size({"width": 1280, "height": 800})
    opened.page.wait_for_timeout(500)
    assert opened.page.evaluate("map_reference.getZoom()") == 12

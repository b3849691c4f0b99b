import base64
import hashlib
import json
import re

import folium
import geopandas as gpd
import pytest
from branca.element import Element
from folium.plugins import Fullscreen, GroupedLayerControl, Search, StripePattern
from shapely.geometry import Point, box

from geo.errors import GeoError
from geo.outputs.map.figure import OfflineFigure
from geo.outputs.map.packaged import packaged_text

HOSTILE = "{{ 7*191 }}{% if %}{{ 1 + `${document.title = 'RUN'}` \\ </script><script>HIT = 1</script><!-- {{'x'}}"
EVALUATED = str(7 * 191)


def a_map(**kwargs):
    made = folium.Map([35.8, 36.5], tiles=None, **kwargs)
    OfflineFigure().add_child(made)
    # Leaflet alone: the other scripts of a stock map are in no installed package.
    made.default_js = [pair for pair in made.default_js if pair[0] in ("leaflet", "jquery")]
    made.default_css = [pair for pair in made.default_css if pair[0] == "leaflet_css"]
    return made


def rendered(made):
    return made.get_root().render()


def policy(document):
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', document)[1]
    return {name: values.split() for name, _, values in (rule.strip().partition(" ") for rule in found.split(";"))}


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def with_hostile_additions(made):
    group = folium.FeatureGroup(name=f"group {HOSTILE}").add_to(made)
    popup = folium.Popup(f"<b>bold</b> {HOSTILE}", lazy=True)
    folium.Marker([35.7, 36.5], tooltip=HOSTILE, popup=popup).add_to(group)
    folium.CircleMarker([35.7, 36.4], tooltip=folium.Tooltip(HOSTILE), popup=HOSTILE).add_to(group)
    frame = gpd.GeoDataFrame({"name": [HOSTILE], HOSTILE: ["x"]}, geometry=[box(36, 35, 36.2, 35.2)], crs=4326)
    folium.GeoJson(
        frame,
        name=HOSTILE,
        tooltip=folium.GeoJsonTooltip(["name", HOSTILE]),
        popup=folium.GeoJsonPopup(["name"], aliases=[HOSTILE]),
        style_function=lambda _: {"color": "{{ 7*191 }}"},
    ).add_to(made)
    # Where a template does not even compile, geopandas itself stops: its legend is an `Element`.
    frame.assign(kind="{{ 7*191 }} <b>").explore("kind", m=made, name="explored")
    made.get_root().html.add_child(Element("<p>{{ 7*191 }}</p>"))
    return made


def test_no_text_of_an_addition_is_evaluated_by_python_and_the_same_content_gives_the_same_bytes():
    one, other = with_hostile_additions(a_map()), with_hostile_additions(a_map())
    with pytest.warns(UserWarning, match="the map needs the network"):
        documents = [rendered(made) for made in (one, one, other)]
    assert len(set(documents)) == 1
    assert EVALUATED not in documents[0]
    assert documents[0].count("7*191") >= 8


def test_stock_folium_still_evaluates_texts_so_that_the_figure_is_needed():
    made = folium.Map(tiles=None)
    folium.Marker([35.7, 36.5], popup="{{ 7*191 }}").add_to(made)
    assert EVALUATED in rendered(made)


# ---- The policy. ----


def test_the_policy_allows_exactly_the_scripts_and_styles_of_the_document_as_a_browser_reads_them():
    made = a_map()
    text = "two\r\nlines\rand \0 and \udfff"  # of which a browser makes others
    folium.Marker([35.7, 36.5], popup="here", tooltip=text).add_to(made)
    document = rendered(made)
    assert not set("\r\0\udfff") & set(document)
    rules = policy(document)
    scripts = re.findall(r"<script>(.*?)</script>", document, re.DOTALL)
    styles = re.findall(r"<style[^>]*>(.*?)</style>", document, re.DOTALL)
    assert rules["script-src"] == [digest(text) for text in scripts]
    assert rules["style-src"] == [digest(text) for text in styles]
    assert rules["default-src"] == rules["connect-src"] == ["'none'"]
    assert rules["img-src"] == ["data:"]


def test_a_style_does_not_end_before_its_end():
    made = a_map()
    made.get_root().header.add_child(Element("<style>p { content: '</style ><b>' }</style>"))
    assert r"<\/style ><b>" in rendered(made)


def test_names_in_a_grouped_layer_control_stay_one_group_and_hold_no_active_element():
    made = a_map()
    name = "a <meta http-equiv=refresh>"
    GroupedLayerControl({name: [folium.FeatureGroup(name=name).add_to(made)]}).add_to(made)
    with pytest.warns(UserWarning, match="groupedlayercontrol"):
        document = rendered(made)
    script = document.rpartition("<script>")[2]
    assert (
        script.count(json.dumps("a &lt;meta http-equiv=refresh>").replace(">", r"\u003e").replace("&", r"\u0026")) == 3
    )
    assert r"\u003cmeta" not in script


def test_a_style_attribute_that_was_added_is_allowed_and_a_script_in_html_is_not():
    made = a_map()
    made.get_root().html.add_child(Element("<p style='color: red'>mine</p><script>HIT = 1</script>"))
    with pytest.warns(UserWarning, match="a script in the HTML of a map does not run"):
        rules = policy(rendered(made))
    assert rules["style-src-attr"] == ["'unsafe-inline'"]
    assert "style-src-attr" not in policy(rendered(a_map()))
    assert digest("HIT = 1") not in rules["script-src"]


@pytest.mark.parametrize("name", ["leaflet", "jquery"])
def test_a_library_is_written_into_the_document_from_its_package_in_the_version_that_folium_links(name):
    url = dict(folium.Map.default_js)[name]
    text = packaged_text(url, with_pictures=False)
    assert re.search(r"\d+\.\d+\.\d+", url)[0] in text[:300]
    document = rendered(a_map())
    assert text.strip() in document
    assert "src=" not in re.sub(r"<script>.*?</script>", "", document, flags=re.DOTALL)


def test_what_no_package_holds_stays_a_link_with_a_warning_and_its_host_alone_is_allowed_and_a_build_refuses_it():
    made = a_map()
    Fullscreen().add_to(made)
    [(_, url)] = Fullscreen.default_js
    with pytest.warns(UserWarning, match=f"the map needs the network: .* {re.escape(url)}"):
        document = rendered(made)
    rules = policy(document)
    host = re.match(r"https://[^/]+", url)[0]
    assert f'<script src="{url}"></script>' in document
    assert [one for one in rules["script-src"] if one.startswith("http")] == [host]
    assert rules["connect-src"] == ["'none'"]
    made.get_root().is_strict = True
    with pytest.raises(GeoError, match=r"no installed package contains https://.*; remove"):
        rendered(made)


@pytest.mark.parametrize(
    ("url", "sources"),
    [
        ("https://{s}.tiles.example.org/{z}/{x}/{y}.png", ["https://*.tiles.example.org"]),
        ("https://maps-{s}.example.org/{z}/{x}/{y}.png", ["https://*.example.org"]),
        ("http://localhost:8080/{z}/{x}/{y}.png", ["http://localhost:8080"]),
        ("https://example.org; script-src */{z}/{x}/{y}.png", []),
        ("tiles/{z}/{x}/{y}.png", []),
        ("data:image/png;base64,AAAA", []),
        ("https://{s}/{z}/{x}/{y}.png", []),
    ],
)
def test_only_the_host_of_tiles_is_allowed_for_pictures(url, sources):
    made = a_map()
    folium.TileLayer(url, attr="Example").add_to(made)
    assert policy(rendered(made))["img-src"] == ["data:", *sources]


def test_the_hosts_of_other_pictures_are_allowed_too():
    made = a_map()
    folium.WmsTileLayer("https://wms.example.org/wms", layers="a").add_to(made)
    folium.raster_layers.ImageOverlay("https://scans.example.org/a.png", [[35, 36], [36, 37]]).add_to(made)
    folium.Marker([35.7, 36.5], icon=folium.CustomIcon("https://icons.example.org/a.png")).add_to(made)
    hosts = [f"https://{name}.example.org" for name in ("icons", "scans", "wms")]
    assert policy(rendered(made))["img-src"] == ["data:", *hosts]


# ---- What is added. ----


def test_a_header_keeps_its_links_that_are_no_styles_and_the_kinds_of_its_scripts():
    made = a_map()
    link, script = '<link rel="icon" href="data:,">', '<script type="application/json" id="mine">{"a": 1}</script>'
    made.get_root().header.add_child(Element(link + script))
    made.get_root().script.add_child(Element("var mine = 1;"))
    document = rendered(made)
    assert link in document
    assert script in document
    assert "var mine = 1;" in document.rpartition("<script>")[2]


def test_a_geojson_file_is_written_into_the_document(tmp_path):
    made = a_map()
    file = tmp_path / "a.geojson"
    file.write_text('{"type": "Point", "coordinates": [36.5, 35.7]}')
    folium.GeoJson(str(file), embed=False).add_to(made)
    document = rendered(made)
    assert '"coordinates": [36.5, 35.7]' in document
    assert str(file) not in document


def test_a_pattern_that_a_style_function_makes_is_named_and_gives_the_same_bytes():
    made = a_map()
    frame = gpd.GeoDataFrame(geometry=[box(36, 35, 37, 36)], crs=4326)
    folium.GeoJson(frame, style_function=lambda _: {"fillPattern": StripePattern(angle=-45)}).add_to(made)
    with pytest.warns(UserWarning, match="leaflet.pattern"):
        one, other = rendered(made), rendered(made)
    name = re.search(r"var (\w+) = new L.StripePattern", one)[1]
    assert f'"fillPattern": {name}' in one
    assert one == other


def styled_script(columns, style):
    made = a_map()
    frame = gpd.GeoDataFrame(columns, geometry=[box(36, 35, 37, 36), box(37, 35, 38, 36)], crs=4326)
    data = json.loads(frame.to_json(drop_id=True))
    folium.GeoJson(data, style_function=style).add_to(made)
    assert all("_number" not in feature and "id" not in feature for feature in data["features"])
    return rendered(made).rpartition("<script>")[2]


def test_a_style_in_double_braces_is_a_text():
    script = styled_script({"colour": ["{{'nothing'}}", "red"]}, lambda one: {"color": one["properties"]["colour"]})
    assert """{"color": "{{'nothing'}}"}""" in script


@pytest.mark.parametrize("column", ["area_km²", "a.b", "a-b", "a b", "1st"])
def test_a_column_whose_name_is_no_name_in_javascript_is_not_written_into_the_script(column):
    script = styled_script({column: [1, 2]}, lambda one: {"color": "red" if one["properties"][column] == 1 else "blue"})
    assert "switch(feature._number)" in script


def test_a_plugin_finds_the_features_of_a_layer():
    made = a_map()
    points = folium.GeoJson(gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(36, 35)], crs=4326)).add_to(made)
    Search(points, search_label="name").add_to(made)
    with pytest.warns(UserWarning, match="leaflet-search"):
        assert "L.Control.Search" in rendered(made)

import json
import re
from datetime import date
from html import unescape

import folium
import geopandas as gpd
import pytest
from folium.plugins import MousePosition, StripePattern
from shapely.geometry import Point, box

import geo
from geo.errors import DayError, GeoError
from geo.inputs.files import LAYERS_DIR
from geo.outputs.map.parts import PARTS

M5 = LAYERS_DIR / "examples" / "m5"
ASKED = (("2019-08-23", str(M5)), (date(2019, 8, 23), M5))


@pytest.fixture
def small_map(shipped):
    """Return a map with one layer, to which a test adds."""
    return geo.Map(build=shipped, layers=["m4"])


def text_of(made):
    return made.get_root().render()


def data_of(document):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', document)[1])


# ---- It is a folium map. ----


def test_it_is_a_folium_map_with_folium_layers_a_layer_control_and_tiles_that_are_off(shipped):
    made = geo.Map(build=shipped)
    children = list(made._children.values())
    assert isinstance(made, folium.Map)
    layers = [one for one in children if isinstance(one, folium.FeatureGroup)]
    assert [one.spec.name for one in layers] == [spec.name for spec in shipped.drawn()]
    assert any(isinstance(one, folium.LayerControl) for one in children)
    tiles = [one for one in children if isinstance(one, folium.TileLayer)]
    assert [one.show for one in tiles] == [False] * 3


def test_a_layer_of_it_has_bounds_and_features(shipped):
    made = geo.Map(build=shipped, layers=["corridor"])
    corridor = made.layer("corridor")
    assert [one["properties"]["side"] for one in corridor.data["features"]] == ["both", "north", "south"]
    west, south, east, north = shipped.frame("corridor").total_bounds
    assert made.get_bounds() == corridor.get_bounds() == [[south, west], [north, east]]
    assert {type(number) for corner in made.get_bounds() for number in corner} == {float}


def test_a_notebook_shows_it_in_a_frame_that_reaches_neither_the_notebook_nor_its_server(shipped):
    frame = geo.Map(build=shipped, height="400px")._repr_html_()
    assert re.match(r'<iframe title="[^"]+" sandbox="allow-scripts allow-downloads allow-modals allow-popups"', frame)
    assert 'height="400px"' in frame
    assert "allow-same-origin" not in frame.partition("srcdoc")[0]
    assert frame.count("<") == frame.count(">") == 2
    assert unescape(frame.partition('srcdoc="')[2].rpartition('">')[0]).startswith("<!DOCTYPE html>")


# ---- What is asked for. ----


def test_only_the_layers_and_parts_that_are_named_are_drawn(shipped):
    names = (name for name in ["corridor", "m4"])  # any iterable
    document = text_of(geo.Map(build=shipped, layers=names, parts=iter(["panel"])))
    assert [one["name"] for one in data_of(document)["layers"]] == ["corridor", "m4"]
    calls = {name: getattr(part, "call", None) or "showPanel" for name, part in PARTS.items() if name != "incidents"}
    whole = text_of(geo.Map(build=shipped))
    assert [name for name, call in calls.items() if f"M4.{call}(map_reference" not in whole] == []
    assert [name for name, call in calls.items() if f"M4.{call}(map_reference" in document] == ["panel"]


def test_it_opens_on_the_day_in_the_language_and_of_the_folder_that_are_asked_for():
    by_text, by_date = (geo.Map(day, language="ar", folder=folder) for day, folder in ASKED)
    data = data_of(text_of(by_text))
    assert (data["as_of"], data["language"]) == ("2019-08-23", "ar")
    assert text_of(by_date) == text_of(by_text)
    assert [one["name"] for one in data["layers"] if one["name"] in ("m4", "m5")] == ["m5"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": ["corridors"]}, "layer 'corridors' is not known; known are basemap, sea, builtup, "),
        ({"parts": ["footer"]}, "part 'footer' is not known; known are panel, "),
        ({"layers": "corridor"}, "layers are given as a list of names, such as ['corridor']"),
        ({"language": "de"}, "language 'de' is not known; known are en, fr, ar, tr"),
        ({"language": ""}, "language '' is not known; known are en, fr, ar, tr"),
        ({"as_of": [35.8, 36.5]}, "not [35.8, 36.5]; fit_bounds sets the view"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_are_known(shipped, arguments, message):
    with pytest.raises(GeoError, match=re.escape(message)):
        geo.Map(build=shipped, **arguments)


def test_a_day_that_the_map_does_not_cover_and_a_figure_of_another_kind_are_refused(shipped):
    with pytest.raises(DayError):
        geo.Map("2030-01-01")
    with pytest.raises(DayError, match="'6 March' is not a date"):
        geo.Map("6 March")
    stock = folium.Figure()
    stock.add_child(geo.Map(build=shipped))
    with pytest.raises(GeoError, match="brings its own figure"):
        stock.render()


# ---- What is added to it. ----


def test_layers_that_are_added_are_listed_in_the_panel_by_their_plain_titles_and_made_before_it(small_map):
    folium.FeatureGroup(name='My "sites"').add_to(small_map)
    folium.FeatureGroup(name="hidden", control=False).add_to(small_map)
    geo.layer("m5", language="fr").add_to(small_map)
    document = text_of(small_map)
    listed = re.search(r"M4\.showPanel\(map_reference, (\[.*?\])\s*\);", document, re.DOTALL)[1]
    assert re.findall(r'\["(.*)", feature_group_\w+\]', listed) == ['My \\"sites\\"', "Autoroute M5"]
    assert document.index("L.featureGroup(") < document.index("M4.showPanel(map_reference")


def test_a_view_that_was_set_is_kept_and_what_needs_a_view_comes_after_it(small_map):
    MousePosition().add_to(small_map)
    small_map.fit_bounds([[35.6, 36.2], [35.9, 36.6]])
    with pytest.warns(UserWarning, match="the map needs the network"):
        document = text_of(small_map)
    calls = ("map_reference.fitBounds(\n", "M4.openView(map_reference", "new L.Control.MousePosition")
    places = [document.index(call) for call in calls]
    assert places == sorted(places)


def test_a_pattern_comes_before_the_layer_that_is_filled_with_it(small_map):
    pattern = StripePattern().add_to(small_map)
    layer = gpd.GeoDataFrame(geometry=[box(36, 35.4, 36.2, 35.6)], crs=4326)
    folium.GeoJson(layer, style_function=lambda _: {"fillPattern": pattern}).add_to(small_map)
    with pytest.warns(UserWarning, match="leaflet.pattern"):
        document = text_of(small_map)
    name = re.search(r'"fillPattern": (stripe_pattern_e\d+)', document)[1]
    assert document.index(f"var {name} =") < document.index("L.geoJson(null")


def test_a_legend_of_classes_brings_jquery_before_what_it_links(small_map):
    frame = gpd.GeoDataFrame({"kind": ["a", "b"]}, geometry=[Point(36.6, 35.75), Point(36.5, 35.75)], crs=4326)
    frame.explore("kind", m=small_map)
    with pytest.warns(UserWarning, match=r"contains https://code.jquery.com/ui/[^ ,]*$"):
        document = text_of(small_map)
    places = [document.index(text) for text in ("jQuery v", 'src="https://code.jquery.com/ui', "$( function")]
    assert places == sorted(places)


def test_only_a_marker_brings_its_picture_only_a_popup_jquery_and_an_icon_of_your_own_links_nothing(shipped, tmp_path):
    (tmp_path / "icon.png").write_bytes(b"PNG")
    own_icon = folium.CustomIcon(str(tmp_path / "icon.png"))
    marker, popup = folium.Marker([35.8, 36.5], icon=own_icon), folium.CircleMarker([35.8, 36.5], popup="x")
    documents = []
    for added in (None, marker, popup):
        made = geo.Map(build=shipped, layers=[])
        if added:
            added.add_to(made)
        documents.append(text_of(made))
    assert ["icons" in data_of(document) for document in documents] == [False, True, True]
    assert data_of(documents[1])["icons"]["iconUrl"].startswith("data:image/png;base64,")
    assert ["jQuery v" in document for document in documents] == [False, False, True]
    assert "awesome" not in documents[1]

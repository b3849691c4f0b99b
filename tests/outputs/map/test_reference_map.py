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
from geo.outputs.map.catalogue_layer import CatalogueLayer
from geo.outputs.map.parts import PARTS
from geo.outputs.map.safety import folium_html


@pytest.fixture
def build(shipped):
    return shipped


def data_of(document):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', document)[1])


def test_it_is_a_folium_map_with_a_folium_layer_for_each_drawn_layer(build):
    made = geo.Map(build=build)
    drawn = [spec.name for spec in build.layers.catalogue if spec.style]
    layers = [one for one in made._children.values() if isinstance(one, folium.FeatureGroup)]
    assert isinstance(made, folium.Map)
    assert all(isinstance(one, CatalogueLayer) for one in layers)
    assert [one.spec.name for one in layers] == drawn


def test_its_panel_is_a_layer_control_and_its_tiles_are_a_tile_layer_that_is_off(build):
    children = geo.Map(build=build)._children.values()
    [tiles] = [one for one in children if isinstance(one, folium.TileLayer)]
    assert any(isinstance(one, folium.LayerControl) for one in children)
    assert not tiles.show


def test_only_the_layers_that_are_named_are_drawn(build):
    made = geo.Map(build=build, layers=["corridor", "m4"])
    assert [one["name"] for one in data_of(made.get_root().render())["layers"]] == ["corridor", "m4"]


def test_the_names_may_come_from_a_generator(build):
    made = geo.Map(build=build, layers=(name for name in ["corridor", "m4"]), parts=iter(["panel"]))
    assert made.layer("m4").get_name() in made.get_root().render()


def test_a_styled_layer_is_in_the_panel_under_its_plain_title(build):
    made = geo.Map(build=build, layers=["m4"])
    layer = geo.layer("m5").add_to(made)
    layer.layer_name = folium_html("M5 & <more>")
    assert r'["M5 \u0026 \u003cmore\u003e", feature_group_' in made.get_root().render()


@pytest.mark.parametrize("left_out", PARTS)
def test_a_part_that_is_left_out_is_not_called(build, left_out):
    made = geo.Map(build=build, parts=[name for name in PARTS if name != left_out])
    whole, part = geo.Map(build=build).get_root().render(), made.get_root().render()
    call = getattr(PARTS[left_out], "call", None) or "showPanel"
    assert f"M4.{call}(map_reference" not in part
    assert left_out == "incidents" or f"M4.{call}(map_reference" in whole


def test_a_layer_that_is_added_later_is_listed_in_the_panel(build):
    made = geo.Map(build=build)
    folium.FeatureGroup(name='My "sites"').add_to(made)
    folium.FeatureGroup(name="hidden", control=False).add_to(made)
    document = made.get_root().render()
    listed = re.search(r"M4\.showPanel\(map_reference, (\[.*?\])\s*\);", document, re.DOTALL)[1]
    assert re.findall(r'\["(.*)", feature_group_e\d+\]', listed) == ['My \\"sites\\"']
    assert document.index("L.featureGroup(") < document.index("M4.showPanel(map_reference")


def test_a_layer_has_bounds_and_features(build):
    corridor = geo.Map(build=build).layer("corridor")
    [[south, west], [north, east]] = corridor.get_bounds()
    assert 35 < south < north < 37
    assert 35 < west < east < 38
    assert [one["properties"]["side"] for one in corridor.data["features"]] == ["both", "north", "south"]


def test_it_opens_on_the_day_and_in_the_language_that_are_asked_for():
    data = data_of(geo.Map("2019-08-23", language="ar").get_root().render())
    assert (data["as_of"], data["language"]) == ("2019-08-23", "ar")
    assert (
        geo.Map(date(2019, 8, 23), language="ar").get_root().render()
        == geo.Map("2019-08-23", language="ar").get_root().render()
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": ["corridors"]}, "layer 'corridors' is not known; known are basemap, corridor, "),
        ({"parts": ["footer"]}, "part 'footer' is not known; known are panel, "),
        ({"layers": "corridor"}, "layers are given as a list of names, such as ['corridor']"),
        ({"parts": "panel"}, "parts are given as a list of names, such as ['panel']"),
        ({"language": ""}, "language '' is not known; known are en, fr, ar, tr"),
        ({"language": "de"}, "language 'de' is not known; known are en, fr, ar, tr"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_are_known(build, arguments, message):
    with pytest.raises(GeoError, match=re.escape(message)):
        geo.Map(build=build, **arguments)


def test_a_day_that_the_map_does_not_cover_is_refused():
    with pytest.raises(DayError):
        geo.Map("2030-01-01")
    with pytest.raises(DayError, match="'6 March' is not a date"):
        geo.Map("6 March")


def test_a_place_instead_of_a_day_is_refused_with_what_sets_the_view():
    with pytest.raises(GeoError, match=r"not \[35.8, 36.5\]; fit_bounds sets the view"):
        geo.Map([35.8, 36.5])


def test_the_folder_may_be_a_text():
    folder = LAYERS_DIR / "examples" / "m5"
    assert geo.Map(folder=str(folder)).get_bounds() == geo.Map(folder=folder).get_bounds()
    assert geo.layer("m5", folder=str(folder)).title == geo.layer("m5", folder=folder).title


def test_bounds_are_plain_numbers(build):
    bounds = geo.Map(build=build, layers=["corridor"]).get_bounds()
    assert {type(number) for corner in bounds for number in corner} == {float}


def test_it_is_not_rendered_in_a_figure_of_another_kind(build):
    stock = folium.Figure()
    stock.add_child(geo.Map(build=build))
    with pytest.raises(GeoError, match="brings its own figure"):
        stock.render()


def test_a_notebook_shows_it_in_a_frame_that_reaches_neither_the_notebook_nor_its_server(build):
    frame = geo.Map(build=build, height="400px")._repr_html_()
    assert re.match(r'<iframe title="[^"]+" sandbox="allow-scripts allow-downloads allow-modals allow-popups"', frame)
    assert 'height="400px"' in frame
    assert "allow-same-origin" not in frame.partition("srcdoc")[0]
    assert frame.count("<") == frame.count(">") == 2
    assert unescape(frame.partition('srcdoc="')[2].rpartition('">')[0]).startswith("<!DOCTYPE html>")


def test_a_view_that_was_set_is_kept_and_what_needs_a_view_comes_after_it(build):
    made = geo.Map(build=build)
    MousePosition().add_to(made)
    made.fit_bounds([[35.6, 36.2], [35.9, 36.6]])
    with pytest.warns(UserWarning, match="the map needs the network"):
        document = made.get_root().render()
    calls = ("map_reference.fitBounds(\n", "M4.openView(map_reference", "new L.Control.MousePosition")
    places = [document.index(call) for call in calls]
    assert places == sorted(places)


def test_a_legend_of_classes_brings_jquery_before_what_it_links(build):
    made = geo.Map(build=build, layers=["m4"])
    frame = gpd.GeoDataFrame({"kind": ["a", "b"]}, geometry=[Point(36.6, 35.75), Point(36.5, 35.75)], crs=4326)
    frame.explore("kind", m=made)
    with pytest.warns(UserWarning, match=r"holds https://code.jquery.com/ui/[^ ,]*$"):
        document = made.get_root().render()
    assert (
        document.index("jQuery v") < document.index('src="https://code.jquery.com/ui') < document.index("$( function")
    )


def test_an_icon_of_your_own_links_nothing(build, tmp_path):
    made = geo.Map(build=build, layers=["m4"])
    (tmp_path / "icon.png").write_bytes(b"PNG")
    folium.Marker([35.8, 36.5], icon=folium.CustomIcon(str(tmp_path / "icon.png"))).add_to(made)
    assert "awesome" not in made.get_root().render()


def test_a_pattern_comes_before_the_layer_that_is_filled_with_it(build):
    made = geo.Map(build=build, layers=["m4"])
    pattern = StripePattern().add_to(made)
    layer = gpd.GeoDataFrame(geometry=[box(36, 35.4, 36.2, 35.6)], crs=4326)
    folium.GeoJson(layer, style_function=lambda _: {"fillPattern": pattern}).add_to(made)
    with pytest.warns(UserWarning, match="leaflet.pattern"):
        document = made.get_root().render()
    name = re.search(r'"fillPattern": (stripe_pattern_e\d+)', document)[1]
    assert document.index(f"var {name} =") < document.index("L.geoJson(null")


def test_a_marker_brings_its_picture_and_a_popup_jquery(build):
    plain = geo.Map(build=build)
    with_marker = geo.Map(build=build)
    folium.Marker([35.8, 36.5]).add_to(with_marker)
    with_popup = geo.Map(build=build)
    folium.CircleMarker([35.8, 36.5], popup="x").add_to(with_popup)
    plain, with_marker, with_popup = (one.get_root().render() for one in (plain, with_marker, with_popup))
    assert "icons" not in data_of(plain)
    assert data_of(with_marker)["icons"]["iconUrl"].startswith("data:image/png;base64,")
    assert ["jQuery v" in one for one in (plain, with_marker, with_popup)] == [False, False, True]

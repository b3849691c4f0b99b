import pytest
from pyproj import Geod

from geo.editing.map_view import MapView
from geo.editing.session import Session
from geo.editing.symbols import PICKED
from geo.inputs.catalog import CATALOGUE
from tests.editing.geoman import feature
from tests.editing.made_up import ELSEWHERE, NASTY
from tests.editing.test_fields import inside

MOREK = "post-09-morek"
CLOCKWISE = [[36.5, 35.5], [36.5, 36.0], [37.0, 36.0], [37.0, 35.5], [36.5, 35.5]]


class Shown:
    """A map, and what it tells those who listen."""

    def __init__(self, name, folder):
        self.session = Session(name, folder)
        self.picked, self.placed, self.drawn = [], [], []
        self.map = MapView(self.session, self.picked.append, lambda *each: self.placed.append(each), self.drawn.append)

    @property
    def tool(self):
        """The features that the drawing tool has."""
        return self.map._control.data

    def send(self, *features):
        """Answer as the browser does: with all features of the drawing tool."""
        self.map._control.data = list(features)

    def layers(self):
        return {layer.name: layer for layer in self.map.widget.layers if layer.name}


@pytest.fixture
def posts(folder):
    shown = Shown("observation_posts", folder)
    shown.map.show("")
    yield shown
    shown.session.close()


def test_the_map_asks_nobody_for_tiles(posts):
    kinds = {type(layer).__name__ for layer in posts.map.widget.layers}
    assert kinds == {"GeoJSON"}
    assert posts.map.widget.attribution_control is False


def test_every_feature_with_a_place_can_be_picked(posts):
    shown = posts.map._others.data["features"]
    assert {each["properties"]["key"] for each in shown} == {"post-01-salwah", MOREK}
    assert posts.tool == []
    click = {"event": "click", "feature": shown[0], "properties": shown[0]["properties"]}
    posts.map._others._handle_custom_msg(click, [])
    assert posts.picked == [shown[0]["properties"]["key"]]


def test_only_what_is_picked_can_be_drawn_and_it_stands_on_the_map_once(posts):
    posts.map.show(MOREK)
    [picked] = posts.tool
    assert picked["geometry"] == posts.session.draft.rows[MOREK].geometry
    assert picked["properties"]["key"] == MOREK
    assert MOREK not in {each["properties"]["key"] for each in posts.map._others.data["features"]}
    assert posts.map._control.current_mode == "drag"
    posts.map.show("")
    assert posts.tool == []


def test_showing_a_row_tells_nobody_and_looks_at_it(posts):
    posts.map.show(MOREK)
    lon, lat = posts.session.draft.rows[MOREK].geometry["coordinates"]
    assert posts.map.widget.center == [lat, lon]
    assert posts.map.widget.zoom >= 12
    assert (posts.picked, posts.placed, posts.drawn) == ([], [], [])


def test_a_dragged_point_is_told_with_its_key(posts):
    posts.map.show(MOREK)
    posts.send(feature("Point", [36.71, 35.38], MOREK))
    assert posts.placed == [(MOREK, ELSEWHERE)]
    assert posts.drawn == []


def test_the_answer_of_the_tool_to_what_it_was_shown_is_no_move(posts):
    posts.map.show(MOREK)
    lon, lat = posts.session.draft.rows[MOREK].geometry["coordinates"]
    posts.send(feature("Point", [lon + 1e-9, lat], MOREK))
    assert (posts.placed, posts.drawn) == ([], [])


def test_a_feature_that_is_not_picked_any_more_is_not_moved(posts):
    posts.map.show(MOREK)
    posts.map.show("post-01-salwah")
    posts.send(feature("Point", [36.71, 35.38], MOREK))
    assert posts.placed == []


def test_a_feature_without_a_key_is_a_new_one(posts):
    posts.map.draw("Point")
    assert posts.map._control.current_mode == "draw:CircleMarker"
    posts.send(feature("Point", [36.71, 35.38]))
    assert posts.drawn == [ELSEWHERE]
    assert posts.placed == []


def test_what_the_tool_writes_into_a_feature_is_not_read(posts):
    posts.map.show(MOREK)
    sent = feature("Point", [36.71, 35.38], MOREK)
    assert len(sent["properties"]["style"]) >= 18
    posts.send(sent)
    [(_, geometry)] = posts.placed
    assert set(geometry) == {"type", "coordinates"}


def test_the_circle_of_a_point_has_the_radius_within_which_it_lies(posts):
    posts.map.show(MOREK)
    [circle] = posts.map._uncertainty.data["features"]
    lon, lat = posts.session.draft.rows[MOREK].geometry["coordinates"]
    for place in circle["geometry"]["coordinates"]:
        assert Geod(ellps="WGS84").inv(lon, lat, *place)[2] == pytest.approx(700, abs=0.01)
    posts.session.draft.change(MOREK, "precision_m", None)
    posts.map.show(MOREK)
    assert posts.map._uncertainty.data["features"] == []
    posts.session.draft.change(MOREK, "precision_m", "far")
    posts.map.show(MOREK)
    assert posts.map._uncertainty.data["features"] == []


def test_a_row_without_a_place_is_not_on_the_map(posts):
    posts.map.show("post-al-mughir")
    assert posts.tool == []


@pytest.mark.parametrize("text", NASTY)
def test_a_name_on_the_map_is_shown_as_text(posts, text):
    posts.session.draft.change(MOREK, "name_en", text)
    posts.map.show(MOREK)
    assert type(posts.map._name).__name__ == "HTML"  # which sets no formulas
    assert "<" not in posts.map._name.value
    assert inside(posts.map._name, type(posts.map._name))[0].layout.display == ""


def test_an_outline_is_changed_by_its_vertices(folder):
    zone = Shown("deescalation_zone", folder)
    zone.map.show("zone-2017")
    assert zone.map._control.current_mode == "edit"
    ring = [list(place) for place in zone.session.draft.rows["zone-2017"].geometry["coordinates"][0]]
    ring[1] = [ring[1][0] + 0.01, ring[1][1]]
    zone.send(feature("Polygon", [ring], "zone-2017"))
    [(key, geometry)] = zone.placed
    assert (key, geometry["coordinates"]) == ("zone-2017", [ring])


def test_an_outline_sent_the_other_way_round_is_the_same_outline(folder):
    zone = Shown("deescalation_zone", folder)
    zone.map.show("zone-2017")
    ring = zone.session.draft.rows["zone-2017"].geometry["coordinates"][0]
    zone.send(feature("Polygon", [ring[::-1]], "zone-2017"))
    assert zone.placed == []


def test_the_other_layers_are_there_for_orientation_and_answer_no_click(layers_copy):
    posts = Shown("observation_posts", layers_copy.folder)
    posts.map.show("")
    titles = {spec.name: spec.title for spec in CATALOGUE}
    shown = posts.layers()
    assert {titles[name] for name in ("basemap", "m4", "places", "corridor", "line_of_contact")} <= set(shown)
    assert titles["localities"] not in shown
    for name, layer in shown.items():
        styles = [each["properties"]["style"] for each in layer.data["features"] if each["properties"]["style"]]
        assert any(style["interactive"] for style in styles) == (name == titles["observation_posts"])
        assert bool(layer._click_callbacks.callbacks) == (name == titles["observation_posts"])


def test_a_folder_with_faults_elsewhere_still_has_a_map(layers_copy):
    layers_copy.write("m5.geojson", "{")
    posts = Shown("observation_posts", layers_copy.folder)
    assert "Security corridor" not in posts.layers()
    posts.map.show(MOREK)
    assert posts.tool[0]["properties"]["style"] == PICKED

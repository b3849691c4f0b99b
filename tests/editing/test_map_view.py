import pytest

from geo.editing.map_view import SELECTED, MapView, path_options
from geo.editing.session import Session
from geo.inputs.catalog import CATALOGUE
from geo.outputs.style import style_of
from tests.editing.made_up import ELSEWHERE, NASTY, feature

MOREK = "post-09-morek"
STYLED = [spec for spec in CATALOGUE if spec.classes]


class Shown:
    """A map, and what it tells those who listen."""

    def __init__(self, name, folder):
        self.session = Session(name, folder)
        self.picked, self.drawn = [], []
        self.map = MapView(self.session, self.picked.append, self.drawn.append)

    @property
    def tool(self):
        """The features that the drawing tool has."""
        return self.map._tool.data

    def send(self, *features):
        """Answer as the browser does: with all features of the drawing tool."""
        self.map._tool.data = list(features)

    def layers(self):
        return {layer.name: layer for layer in self.map.widget.layers if hasattr(layer, "data")}


@pytest.fixture
def posts(folder):
    shown = Shown("observation_posts", folder)
    shown.map.show("")
    yield shown
    shown.session.close()


def test_the_map_asks_nobody_for_tiles(posts):
    kinds = {type(layer).__name__ for layer in posts.map.widget.layers}
    assert kinds == {"GeoJSON", "LayerGroup"}
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
    assert posts.map._tool.current_mode == "drag"
    posts.map.show("")
    assert posts.tool == []


def test_showing_a_row_tells_nobody_and_looks_at_it(posts):
    posts.map.show(MOREK)
    lon, lat = posts.session.draft.rows[MOREK].geometry["coordinates"]
    assert posts.map.widget.center == [lat, lon]
    assert posts.map.widget.zoom >= 12
    assert (posts.picked, posts.drawn, posts.session.draft.is_changed) == ([], [], False)


def test_a_dragged_point_moves_its_row_and_nothing_else_of_the_tool_is_read(posts):
    posts.map.show(MOREK)
    sent = feature("Point", [36.71, 35.38], MOREK)
    assert len(sent["properties"]["style"]) >= 18
    posts.send(sent)
    assert posts.session.draft.rows[MOREK].geometry == ELSEWHERE
    assert posts.drawn == []


def test_the_answer_of_the_tool_to_what_it_was_shown_is_no_move(posts):
    posts.map.show(MOREK)
    lon, lat = posts.session.draft.rows[MOREK].geometry["coordinates"]
    posts.send(feature("Point", [lon + 1e-9, lat], MOREK))
    posts.map.show("post-01-salwah")
    posts.send(feature("Point", [36.71, 35.38], MOREK))  # no longer selected
    assert not posts.session.draft.is_changed


def test_a_feature_without_a_key_is_a_new_one(posts):
    posts.map.draw("Point")
    assert posts.map._tool.current_mode == "draw:CircleMarker"
    posts.send(feature("Point", [36.71, 35.38]))
    assert posts.drawn == [ELSEWHERE]
    assert not posts.session.draft.is_changed


def test_the_circle_of_a_point_has_the_radius_of_its_precision(posts):
    posts.map.show(MOREK)
    [circle] = posts.map._uncertainty.layers
    lon, lat = posts.session.draft.rows[MOREK].geometry["coordinates"]
    assert (circle.location, circle.radius) == ([lat, lon], 700)
    for unknown in (None, "far"):
        posts.session.draft.change(MOREK, "precision_m", unknown)
        posts.map.show(MOREK)
        assert posts.map._uncertainty.layers == ()


@pytest.mark.parametrize("text", NASTY)
def test_a_name_on_the_map_is_shown_as_text(posts, text):
    posts.session.draft.change(MOREK, "name_en", text)
    posts.map.show(MOREK)
    assert type(posts.map._name).__name__ == "HTML"  # which sets no formulas
    assert "<" not in posts.map._name.value
    assert posts.map._name.layout.display == ""


def test_an_outline_is_changed_by_its_vertices_and_not_by_its_direction(folder):
    zone = Shown("deescalation_zone", folder)
    zone.map.show("zone-2017")
    assert zone.map._tool.current_mode == "edit"
    ring = [list(place) for place in zone.session.draft.rows["zone-2017"].geometry["coordinates"][0]]
    zone.send(feature("Polygon", [ring[::-1]], "zone-2017"))
    assert not zone.session.draft.is_changed
    ring[1] = [ring[1][0] + 0.01, ring[1][1]]
    zone.send(feature("Polygon", [ring], "zone-2017"))
    [change] = zone.session.changes()
    assert change.change == "moved"


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
    assert posts.tool[0]["properties"]["style"] == SELECTED


@pytest.mark.parametrize("spec", STYLED, ids=lambda spec: spec.name)
def test_every_symbol_is_drawn_as_the_catalogue_says_and_fainter_for_reference(spec):
    for kind, symbol in [*style_of(spec).symbols.items(), ("a class computed for a date", None)]:
        own, reference = (path_options(spec, {spec.by: kind}, is_reference=each) for each in (False, True))
        assert (own["interactive"], reference["interactive"]) == (True, False)
        assert reference["opacity"] < own["opacity"] == 1
        assert own["color"] != SELECTED["color"]
        if symbol:
            assert (own["stroke"], own["fill"]) == (bool(symbol.stroke), bool(symbol.fill))

from datetime import date
from html import unescape

import ipywidgets as widgets
import pytest

from geo.editing.map_view import ABSENT, SELECTED, MapView
from geo.editing.session import Session
from geo.inputs.catalog import CATALOGUE
from geo.outputs.context import Build
from geo.outputs.on_day import shown_on
from geo.outputs.style import style_of
from tests.editing.made_up import ELSEWHERE, NASTY, feature, inside

MOREK = "post-09-morek"


class Shown:
    """A map, and what it tells those who listen."""

    def __init__(self, name, folder):
        self.session = Session(name, folder)
        self.picked, self.drawn = [], []
        self.selected = ""
        self.map = MapView(self.session, self.picked.append, self.drawn.append, lambda: self.map.show(self.selected))

    @property
    def tool(self):
        """The features that the drawing tool has."""
        return self.map._tool.data

    def send(self, *features):
        """Answer as the browser does: with all features of the drawing tool."""
        self.map._tool.data = list(features)

    def select(self, key):
        self.selected = key
        self.map.show(key)

    def on(self, day, *, every=False):
        """Choose a day as an analyst does."""
        self.map.controls.children[0].value = date.fromisoformat(day)
        self.map.controls.children[1].value = every

    @property
    def colours(self):
        """The fill of each feature of the edited layer that can be picked, by key."""
        shown = [each["properties"] for each in self.map._others.data["features"]]
        return {each["key"]: each["style"]["fillColor"] for each in shown}

    @property
    def legend(self):
        return [unescape(line.value) for line in inside(self.map.legend, widgets.HTML) if line.value != "●"]

    def layers(self):
        return {layer.name: layer for layer in self.map.widget.layers if hasattr(layer, "data")}


@pytest.fixture
def posts(folder):
    shown = Shown("observation_posts", folder)
    shown.map.show("")
    yield shown
    shown.session.close()


def test_the_map_makes_no_requests_before_tiles_are_chosen(posts):
    assert "TileLayer" not in {type(layer).__name__ for layer in everything_on(posts.map.widget)}
    assert posts.map.widget.attribution_control is False


def everything_on(holder):
    """Return all layers of a map, also those in groups."""
    return (
        [one for layer in holder.layers for one in (layer, *everything_on(layer))] if hasattr(holder, "layers") else []
    )


def test_every_feature_with_a_place_can_be_picked(posts):
    posts.on("2020-03-06", every=True)
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
    assert {titles[name] for name in ("m4", "places", "corridor", "line_of_contact")} <= set(shown)
    assert not {titles[name] for name in ("basemap", "roads", "localities")} & set(shown)  # in the group of the ground
    for name, layer in shown.items():
        assert bool(layer._click_callbacks.callbacks) == (name == titles["observation_posts"])
        assert all(each["properties"]["about"] for each in layer.data["features"])


def test_each_layer_has_the_features_and_colours_of_the_published_map_on_the_day(layers_copy):
    posts = Shown("observation_posts", layers_copy.folder)
    build = Build.of_folder(layers_copy.folder)
    assert posts.map.controls.children[0].value == build.as_of
    for day in ("2018-11-01", "2020-03-06", "2020-07-22"):
        posts.on(day)
        layers = posts.layers()
        for spec in build.drawn():
            if spec.title in layers:
                fills = [one.symbol.fill for one in shown_on(spec, build, date.fromisoformat(day)) if one.geometry]
                data = layers[spec.title].data["features"]
                assert sorted(each["properties"]["style"]["fillColor"] for each in data) == sorted(fills), spec.name


def test_a_post_is_shown_from_its_first_day_in_the_colour_of_its_status(posts):
    symbols = style_of(posts.session.spec).symbols
    posts.on("2017-11-01")
    assert MOREK not in posts.colours
    posts.on("2019-01-01")
    assert posts.colours[MOREK] == symbols["opposition_held"].fill
    posts.on("2020-03-06")
    assert posts.colours[MOREK] == symbols["encircled"].fill
    assert "Encircled: 1" in posts.legend
    posts.session.draft.change(MOREK, "evacuated_on", "2020-03-01")
    posts.map.show("")
    assert posts.colours[MOREK] == symbols["evacuated"].fill
    posts.on("2017-11-01", every=True)
    assert MOREK in posts.colours


@pytest.mark.parametrize("text", ["2018-13-01", "soon", "2018-02-30"])
def test_a_feature_with_a_wrong_date_is_on_the_map_on_every_day(posts, text):
    posts.on("2017-11-01")
    posts.session.draft.change(MOREK, "established_on", text)
    posts.map.show("")
    assert MOREK in posts.colours


def test_the_selected_feature_is_drawn_faint_on_a_day_on_which_it_does_not_exist(posts):
    posts.select(MOREK)
    assert (posts.tool[0]["properties"]["style"], posts.map.remark(MOREK)) == (SELECTED, "")
    posts.on("2017-11-01")
    assert posts.tool[0]["properties"]["style"] == ABSENT
    assert posts.map.remark(MOREK) == "Not on the map on 2017-11-01: drawn faint."
    posts.send(feature("Point", [36.71, 35.38], MOREK))
    assert posts.session.draft.rows[MOREK].geometry == ELSEWHERE
    posts.on("2020-03-06")
    assert posts.tool[0]["properties"]["style"] == SELECTED


def test_a_change_of_the_day_is_no_edit_and_keeps_the_view(posts):
    posts.select(MOREK)
    view = (posts.map.widget.center, posts.map.widget.zoom)
    posts.on("2019-01-01")
    assert (posts.map.widget.center, posts.map.widget.zoom) == view
    assert not posts.session.draft.is_changed


def test_the_map_opens_on_the_extent_of_the_layer(layers_copy):
    for name, zooms in {"observation_posts": (8, 9), "places": (7, 9), "basemap": (7, 8)}.items():
        shown = Shown(name, layers_copy.folder)
        lat, lon = shown.map.widget.center
        west, south, east, north = shown.session.spec.area_deg
        assert west < lon < east
        assert south < lat < north
        assert zooms[0] <= shown.map.widget.zoom <= zooms[1]


def test_a_folder_with_faults_elsewhere_still_has_a_map(layers_copy):
    layers_copy.write("m5.geojson", "{")
    posts = Shown("observation_posts", layers_copy.folder)
    assert "Security corridor" not in posts.layers()
    assert posts.layers()["De-escalation zone"].data["features"]
    posts.map.show(MOREK)
    assert posts.tool[0]["properties"]["style"] == SELECTED

import ipyleaflet
import pytest

from geo.editing.background import PANES, Background
from geo.inputs.catalog import GROUND
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_folder
from geo.outputs.style import STYLES


@pytest.fixture(scope="module")
def around():
    return read_folder(LAYERS_DIR)


@pytest.fixture
def background(around):
    return Background(around, "observation_posts", lambda: None)


def ground(background):
    return background.layers[1].layers


def styles(background):
    features = [layer.data for layer in ground(background) if isinstance(layer, ipyleaflet.GeoJSON)]
    return [one["properties"]["style"] for one in features]


def test_the_ground_has_the_symbols_of_the_style_below_the_facts(background):
    background.show(18)
    symbols = [symbol for name in GROUND for symbol in STYLES[name].symbols.values() if symbol.fill or symbol.stroke]
    drawn = {(one["fillColor"], one["color"], one["weight"]) for one in styles(background)}
    assert {(one.fill, one.stroke or one.fill, one.weight) for one in symbols} <= drawn
    assert {one["pane"] for one in styles(background)} < PANES.keys()
    assert not any(one["interactive"] for one in styles(background))
    assert max(pane["zIndex"] for pane in PANES.values()) < 400  # Leaflet's pane of vectors


def test_the_relief_is_a_picture_in_the_notebook_itself(background):
    background.show(9)
    [relief] = [layer for layer in ground(background) if isinstance(layer, ipyleaflet.ImageOverlay)]
    assert relief.url.startswith("data:image/webp;base64,")
    assert relief.pane == "relief"


def test_a_class_of_the_ground_is_drawn_from_its_zoom_on(background):
    counts = []
    for zoom in (8, 9, 10, 12):
        background.show(zoom)
        counts.append(len(ground(background)))
        widths = {
            one["weight"] for one in styles(background) if one["color"] == STYLES["roads"].symbols["secondary"].stroke
        }
        assert bool(widths) == (zoom >= STYLES["roads"].symbols["secondary"].from_zoom)
    assert counts == sorted(set(counts))


def test_the_layer_that_is_edited_is_no_ground(around):
    own = Background(around, "roads", lambda: None)
    own.show(18)
    assert STYLES["roads"].symbols["motorway"].stroke not in {one["color"] for one in styles(own)}


def test_no_tiles_are_on_the_map_until_they_are_chosen_with_the_notice(around):
    changes = []
    background = Background(around, "observation_posts", lambda: changes.append("changed"))
    background.show(9)
    tiles, (choice, notice) = background.layers[0], background.widgets
    assert (tiles.layers, choice.value, changes) == ((), "", [])
    assert "will see your IP address and the area you view." in notice.value
    for name, host in (("Streets", "tile.openstreetmap.org"), ("Satellite", "server.arcgisonline.com")):
        choice.value = name
        [layer] = tiles.layers
        assert host in layer.url
        assert notice.value.startswith(f"{host} will see your IP address and the area you view.")
    background.show(9)
    assert (ground(background), background.is_ground) == ((), False)
    choice.value = ""
    background.show(9)
    assert (tiles.layers, len(changes)) == ((), 3)
    assert ground(background)


def test_the_choice_has_streets_satellite_and_topographic(background):
    assert [name.partition(" ")[0] for name, _ in background.widgets[0].options] == [
        "None",
        "Streets",
        "Satellite",
        "Topographic",
    ]

import pytest

from geo.editing.names import Name, Names, background_names, pixels
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_folder
from tests.editing.made_up import NASTY

AT = (35.8, 36.7)


def name(text="Somewhere", east_px=0.0, rank=1, zoom=10, **more):
    return Name(text, AT[1] + east_px * 360 / 256 / 2**zoom, AT[0], rank, 9, **more)


def written(names, *, zoom=10, points=(), center=AT):
    shown = Names()
    shown.show(names, points, center, zoom)
    return {marker.icon.html.partition("</text>")[0].rpartition(">")[2] for marker in shown.layer.layers}


def test_a_name_is_written_between_its_zooms():
    names = [name(to_zoom=11)]
    assert [bool(written(names, zoom=zoom)) for zoom in (8, 9, 11, 12)] == [False, True, True, False]


def test_of_two_names_at_one_place_the_less_important_is_on_the_other_side_and_a_third_is_not_written():
    names = [name(text, rank=rank) for rank, text in enumerate(("First", "Second", "Third"))]
    assert written(reversed(names)) == {"First", "Second"}


def test_a_name_gives_way_to_markers_unless_it_is_always_written():
    lon, lat = AT[1], AT[0]
    step = 30 * 360 / 256 / 2**10
    points = [(lon - step, lat), (lon + step, lat)]
    assert written([name()], points=points) == set()
    assert written([name(always_from_zoom=9)], points=points) == {"Somewhere"}


def test_only_names_in_the_view_are_on_the_map():
    assert written([name(), name("Far", east_px=3000)]) == {"Somewhere"}
    assert written([name(), name("Far", east_px=3000)], center=(AT[0], name(east_px=3000).lon)) == {"Far"}


def test_names_that_stay_keep_their_markers():
    shown = Names()
    shown.show([name(), name("Other", east_px=200)], (), AT, 10)
    before = set(shown.layer.layers)
    shown.show([name(), name("New", east_px=200)], (), AT, 10)
    assert len(before & set(shown.layer.layers)) == 1


@pytest.mark.parametrize("text", NASTY)
def test_a_name_is_text_and_never_an_element(text):
    html = name(text).html
    assert html.count("<") == 4
    assert "@@" not in html


def test_a_marker_of_a_name_cannot_be_dragged_or_clicked():
    shown = Names()
    shown.show([name()], (), AT, 10)
    [marker] = shown.layer.layers
    assert (marker.draggable, marker.keyboard, marker.pane, marker.pm_ignore) == (False, False, "names", True)
    assert 'pointer-events="none"' in marker.icon.html


def test_the_ground_and_the_localities_have_names():
    names = {one.text: one for one in background_names(read_folder(LAYERS_DIR), "places")}
    assert names["Syria"].side == 0
    assert len(names) > 1000
    assert "Syria" not in {one.text for one in background_names(read_folder(LAYERS_DIR), "ground_names")}


def test_the_world_is_256_pixels_wide_at_zoom_0():
    assert pixels(180, 0, 0) == (256, 128)
    assert pixels(0, 85.0511287798, 1) == pytest.approx((256, 0), abs=1e-6)

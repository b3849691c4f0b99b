from dataclasses import replace

import pytest
from shapely.geometry import box

from geo.outputs.figures.boxes import Box
from geo.outputs.figures.ground import ground_around
from geo.outputs.figures.inset import draw_inset, zones_of
from geo.outputs.figures.map import projection_of
from geo.outputs.figures.sheet import A4, Sheet, settings
from geo.outputs.words import Words

INSET = Box(40, 600, 300, 780)


@pytest.fixture(scope="module")
def sheet(shipped):
    focus = list(shipped.derived.layers["corridor"].geometry)
    map_ = ground_around(focus, Box(316, 90, 1280, 820), projection=projection_of(shipped), tolerance_px=0.4)
    with settings():
        sheet = Sheet(A4, is_right_to_left=False)
        draw_inset(sheet, INSET, map_, shipped, Words.of(shipped.layers, "en"))
    return sheet


def test_an_inset_names_cities_and_countries_inside_its_box(sheet):
    assert {"Aleppo", "Idlib", "Syria"} <= {line.text for line in sheet.lines}
    assert all(INSET.contains(line.box) for line in sheet.lines)


def test_only_cities_have_markers_there(sheet):
    assert 2 <= len(sheet.markers) <= 5
    assert all(INSET.contains(marker) for marker in sheet.markers)


def test_what_lies_in_no_zone_has_no_surroundings_to_show(shipped):
    assert len(zones_of(shipped)) == 2
    layers = {name: layer for name, layer in shipped.layers.items() if name != "deescalation_zone"}
    assert zones_of(replace(shipped, layers=replace(shipped.layers, by_name=layers))) == []


def test_the_frame_of_a_map_covers_the_same_ground_in_metres_as_on_the_sheet(shipped):
    focus = [box(36.2, 35.7, 36.8, 35.9)]
    ground = ground_around(focus, Box(0, 0, 900, 600), projection=projection_of(shipped), tolerance_px=0.4)
    assert ground.frame_m.width * ground.px_per_m == pytest.approx(900)
    assert ground.frame_m.height * ground.px_per_m == pytest.approx(600)

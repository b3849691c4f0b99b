import json

import pytest
from shapely.geometry import LineString, mapping

from geo.editing.draft import Row
from geo.editing.drawn import edited_feature, light, path_options
from geo.editing.map_view import SELECTED
from geo.inputs.catalog import CATALOGUE, LAYERS
from geo.outputs.style import style_of

STYLED = [spec for spec in CATALOGUE if spec.classes]


@pytest.mark.parametrize("spec", STYLED, ids=lambda spec: spec.name)
def test_every_symbol_is_drawn_as_the_style_says(spec):
    for symbol in style_of(spec).symbols.values():
        options = path_options(symbol)
        assert (options["stroke"], options["fill"]) == (bool(symbol.stroke), bool(symbol.fill))
        assert options["color"] != SELECTED["color"]
        assert path_options(symbol, opacity=0.5)["opacity"] < options["opacity"] == 1


def test_a_row_without_a_place_is_not_drawn():
    places = next(spec for spec in LAYERS if spec.name == "places")
    assert edited_feature(places, Row({"id": "somewhere"})) is None


def test_what_is_for_orientation_is_lighter_and_within_half_a_pixel_at_the_zoom_of_a_selection():
    line = LineString([(36.123456, 35.123456), (36.2, 35.1234567), (36.3, 35.2)])
    drawn = light(line)
    assert len(json.dumps(drawn)) < len(json.dumps(mapping(line)))
    far_deg = max(
        abs(one - other)
        for place, was in zip(drawn["coordinates"], line.coords, strict=True)
        for one, other in zip(place, was, strict=True)
    )
    assert far_deg < 360 / 256 / 2**12 / 2

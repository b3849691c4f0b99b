import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from geo.inputs.catalog import CATALOGUE, Symbol
from geo.outputs.map.marker import marker_icon

SVG = "{http://www.w3.org/2000/svg}"
POST = next(spec for spec in CATALOGUE if spec.name == "observation_posts").style.symbols["encircled"]
SHAPES = ("circle", "diamond", "square", "triangle", "bubble")


def parsed(icon):
    """Return the picture of an icon, its outline and its number."""
    svg = ET.fromstring(icon.options["html"])
    [outline], [number] = svg.findall(f"{SVG}path"), svg.findall(f"{SVG}text")
    return svg, outline, number


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("number", ["", "9"])
def test_the_point_is_at_the_anchor_and_a_finger_has_room_around_the_picture(shape, number):
    icon = marker_icon(replace(POST, shape=shape), number)
    left, top, width, height = (int(part) for part in parsed(icon)[0].get("viewBox").split())
    assert icon.options["icon_anchor"] == (-left, -top)
    assert icon.options["icon_size"] == (width, height)
    assert min(width, height) >= 22


def test_each_shape_has_an_outline_of_its_own():
    outlines = {parsed(marker_icon(replace(POST, shape=shape)))[1].get("d") for shape in SHAPES}
    assert len(outlines) == len(SHAPES)


def test_a_bubble_is_above_its_point():
    icon = marker_icon(Symbol("", fill="#ffffff", shape="bubble", radius=7))
    assert icon.options["icon_anchor"][1] == icon.options["icon_size"][1]


def test_a_marker_has_the_colours_of_its_symbol_and_those_of_the_very_day_are_exchanged():
    _, plain, _ = parsed(marker_icon(POST))
    _, strong, _ = parsed(marker_icon(POST, is_strong=True))
    assert (plain.get("fill"), plain.get("stroke")) == (POST.fill, POST.stroke)
    assert (strong.get("fill"), strong.get("stroke")) == (POST.stroke, POST.fill)


def test_a_number_is_inside_and_makes_the_marker_larger():
    _, plain, _ = parsed(marker_icon(POST))
    _, numbered, number = parsed(marker_icon(POST, "12"))
    assert number.text == "12"
    assert (plain.get("d"), numbered.get("d")) == ("M0 -7L7 0L0 7L-7 0Z", "M0 -10.5L10.5 0L0 10.5L-10.5 0Z")


def test_a_symbol_without_an_outline_or_without_a_fill_has_none():
    assert parsed(marker_icon(Symbol("", fill="#a59c8b")))[1].get("stroke") == "none"
    assert parsed(marker_icon(Symbol("", stroke="#a59c8b")))[1].get("fill") == "none"

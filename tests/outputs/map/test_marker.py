import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from geo.outputs.map.marker import marker_icon
from geo.outputs.style import STYLES, Symbol

SVG = "{http://www.w3.org/2000/svg}"
POST = STYLES["observation_posts"].symbols["encircled"]
SHAPES = ("circle", "diamond", "square", "triangle", "bubble")


def parsed(icon):
    """Return the picture of an icon, its outline and its number."""
    svg = ET.fromstring(icon.options["html"])
    [outline], [number] = svg.findall(f"{SVG}path"), svg.findall(f"{SVG}text")
    return svg, outline, number


@pytest.mark.parametrize("number", ["", "9"])
def test_each_shape_has_its_own_outline_its_point_at_the_anchor_and_room_for_a_finger(number):
    outlines = set()
    for shape in SHAPES:
        icon = marker_icon(replace(POST, shape=shape), number)
        svg, outline, text = parsed(icon)
        left, top, width, height = map(int, svg.get("viewBox").split())
        assert icon.options["icon_anchor"] == (-left, -top)
        assert icon.options["icon_size"] == (width, height)
        assert min(width, height) >= 22
        assert (text.text or "") == number
        assert (-top == height) == (shape == "bubble")  # a bubble is above its point
        outlines.add(outline.get("d"))
    assert len(outlines) == len(SHAPES)


def test_a_marker_has_the_colours_of_its_symbol_and_on_the_very_day_they_are_exchanged():
    _, plain, _ = parsed(marker_icon(POST))
    _, strong, _ = parsed(marker_icon(POST, is_strong=True))
    assert (plain.get("fill"), plain.get("stroke")) == (POST.fill, POST.stroke)
    assert (strong.get("fill"), strong.get("stroke")) == (POST.stroke, POST.fill)
    assert parsed(marker_icon(Symbol(fill="#a59c8b")))[1].get("stroke") == "none"
    assert parsed(marker_icon(Symbol(stroke="#a59c8b")))[1].get("fill") == "none"

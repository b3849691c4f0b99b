import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box

from geo.inputs.catalog import CATALOGUE, Symbol
from geo.outputs.figures.symbols import (
    band_of,
    beside,
    hatching,
    ink_of,
    ink_on,
    kind_of,
    marker_box,
    scaled,
)

SYMBOLS = {(spec.name, name): one for spec in CATALOGUE if spec.style for name, one in spec.style.symbols.items()}


def test_a_line_is_shifted_to_the_right_of_its_direction_on_a_sheet_whose_y_grows_downwards():
    eastward, westward = beside(LineString([(0, 0), (100, 0)]), 7), beside(LineString([(100, 0), (0, 0)]), 7)
    assert eastward.bounds == pytest.approx((0, 7, 100, 7))
    assert westward.bounds == pytest.approx((0, -7, 100, -7))


def test_a_line_without_an_offset_stays_where_it_is():
    line = LineString([(0, 0), (3, 1), (9, 9)])
    assert beside(line, 0) is line


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(1, 40)), min_size=2, max_size=8))
def test_a_band_reaches_as_far_from_each_vertex_as_is_said_of_it(vertices):
    band = band_of([(x, y) for x, y, _ in vertices], [radius for _, _, radius in vertices]).buffer(0.5)
    for x, y, radius in vertices:
        assert band.contains(Point(x, y).buffer(radius))
    assert band.contains(LineString([(x, y) for x, y, _ in vertices]))
    widest = max(radius for _, _, radius in vertices)
    assert LineString([(x, y) for x, y, _ in vertices]).buffer(widest + 1.5, quad_segs=64).contains(band)


def test_hatching_fills_an_area_evenly_at_45_degrees():
    area = Polygon([(0, 0), (200, 0), (200, 120), (0, 120)])
    lines = hatching(area)
    assert area.buffer(0.01).contains(lines)
    assert lines.length == pytest.approx(area.area / 8, rel=0.03)
    for line in shapely.get_parts(lines):
        (x, y), (other_x, other_y) = line.coords
        assert abs(other_x - x) == pytest.approx(abs(other_y - y))


def test_marks_look_as_they_are_large():
    assert marker_box(50, 50, Symbol("", fill="#000000", radius=6)).width == pytest.approx(12, abs=0.1)
    numbered = marker_box(50, 50, Symbol("", fill="#000000", radius=6), is_numbered=True)
    assert numbered.width == pytest.approx(19, abs=0.1)
    bubble = marker_box(50, 50, Symbol("", fill="#000000", shape="bubble", radius=7))
    assert bubble.bottom < 50  # so that the point below it can be seen


def test_the_ink_of_a_symbol_is_the_colour_that_is_not_the_papers():
    assert ink_of(SYMBOLS["observation_posts", "opposition_held"]) == "#0072b2"
    assert ink_of(SYMBOLS["observation_posts", "evacuated"]) == "#cc79a7"


def test_a_number_can_be_read_in_every_marker_that_has_one():
    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for (layer, _), symbol in SYMBOLS.items():
        if layer in ("observation_posts", "claims"):
            light, dark = sorted((luminance(symbol.fill), luminance(ink_on(symbol.fill))), reverse=True)
            assert (light + 0.05) / (dark + 0.05) > 4.5, symbol


def test_a_smaller_symbol_is_smaller_in_all_its_measures():
    small = scaled(Symbol("", weight=2, dash="6 3", radius=4, offset=8), 0.5)
    assert (small.weight, small.dash, small.radius, small.offset) == (1, "3 1.5", 2, 4)


def test_a_geometry_is_drawn_as_what_it_is():
    line = LineString([(0, 0), (1, 1)])
    assert [kind_of(one) for one in (Point(0, 0), line, MultiLineString([line]), box(0, 0, 1, 1))] == [
        "point",
        "line",
        "line",
        "area",
    ]

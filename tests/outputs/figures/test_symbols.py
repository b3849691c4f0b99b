import pytest
import shapely
from shapely.geometry import LineString, Polygon

from geo.outputs.figures.symbols import (
    beside,
    hatching,
    marker_box,
    scaled,
)
from geo.outputs.style import Symbol


def test_a_line_is_shifted_to_the_right_of_its_direction_on_a_sheet_whose_y_grows_downwards():
    eastward, westward = beside(LineString([(0, 0), (100, 0)]), 7), beside(LineString([(100, 0), (0, 0)]), 7)
    assert eastward.bounds == pytest.approx((0, 7, 100, 7))
    assert westward.bounds == pytest.approx((0, -7, 100, -7))


def test_a_line_without_an_offset_stays_where_it_is():
    line = LineString([(0, 0), (3, 1), (9, 9)])
    assert beside(line, 0) is line


def test_hatching_fills_an_area_evenly_at_45_degrees():
    area = Polygon([(0, 0), (200, 0), (200, 120), (0, 120)])
    lines = hatching(area)
    assert area.buffer(0.01).contains(lines)
    assert lines.length == pytest.approx(area.area / 8, rel=0.03)
    for line in shapely.get_parts(lines):
        (x, y), (other_x, other_y) = line.coords
        assert abs(other_x - x) == pytest.approx(abs(other_y - y))


def test_marks_look_as_they_are_large():
    assert marker_box(50, 50, Symbol(fill="#000000", radius=6)).width == pytest.approx(12, abs=0.1)
    numbered = marker_box(50, 50, Symbol(fill="#000000", radius=6), is_numbered=True)
    assert numbered.width == pytest.approx(19, abs=0.1)
    bubble = marker_box(50, 50, Symbol(fill="#000000", shape="bubble", radius=7))
    assert bubble.bottom < 50  # so that the point below it can be seen


def test_a_smaller_symbol_is_smaller_in_all_its_measures():
    small = scaled(Symbol(weight=2, dash="6 3", radius=4, offset=8), 0.5)
    assert (small.weight, small.dash, small.radius, small.offset) == (1, "3 1.5", 2, 4)

import math

import numpy as np
import pytest
from shapely.geometry import LineString, Polygon, box

from geo.geometry.geodesic import GEOD
from geo.geometry.projection import oblique_mercator
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.colours import palette
from geo.outputs.figures.ground import ground_around
from geo.outputs.figures.scale import draw_rim, draw_scale
from geo.outputs.figures.sheet import settings
from geo.outputs.words import Words
from tests.outputs.figures.parts import FRAME, Recorded, area, flat_ground, line, point

# Three degrees east of the middle of a road at 36 degrees north: meridians lean to the left there.
ROAD, EAST = LineString([(36, 36), (37, 36.01)]), box(39.3, 35.9, 39.7, 36.1)


@pytest.fixture(scope="module")
def words(layers):
    return Words.of(layers, "en")


@pytest.fixture(scope="module")
def ground():
    return ground_around([EAST], Box(300, 100, 1200, 800), projection=oblique_mercator(ROAD), tolerance_px=0.4)


def scaled(ground, words, placed=(), *, is_right_to_left=False):
    """Return the sheet with a scale bar, the plate that it stands on, its bar and its arrow."""
    with settings():
        sheet = Recorded(is_right_to_left=is_right_to_left)
        plate = draw_scale(sheet, ground, placed, words)
    [bar] = [shape for shape, _ in sheet.shapes if isinstance(shape, LineString)]
    [_, arrow] = [shape for shape, _ in sheet.shapes if isinstance(shape, Polygon)]
    return sheet, plate, bar, arrow


def lon_lat(ground, x, y):
    (middle_x, middle_y), (east, north) = ground.frame.centre, ground.centre_m
    metres = [east + (x - middle_x) / ground.px_per_m, north - (y - middle_y) / ground.px_per_m]
    return ground.projection.inverse(np.array([metres]))[0]


def test_the_bar_is_as_long_on_the_ground_as_it_says(ground, words):
    sheet, _, bar, _ = scaled(ground, words)
    _, start, end, _ = bar.coords
    said_km = int(sheet.lines[0].text.removesuffix(" km"))
    assert GEOD.inv(*lon_lat(ground, *start), *lon_lat(ground, *end))[2] == pytest.approx(1000 * said_km, rel=0.01)


def test_on_ground_of_40_km_the_bar_is_the_longest_round_length_up_to_a_fifth_of_that(words):
    sheet, _, bar, _ = scaled(flat_ground(), words)
    assert sheet.lines[0].text == "5 km"
    assert bar.bounds[2] - bar.bounds[0] == pytest.approx(50)


def test_the_arrow_points_north_which_is_turned_by_the_convergence(ground, words):
    _, _, _, arrow = scaled(ground, words)
    tip, _, tail, _, _ = arrow.exterior.coords
    turned_deg = math.degrees(math.atan2(tip[0] - tail[0], tail[1] - tip[1]))
    assert turned_deg == pytest.approx(-3 * math.sin(math.radians(36)), abs=0.05)
    place = lon_lat(ground, *ground.frame.centre)
    (x, y), (x_north, y_north) = ground.positions(np.array([place, place + np.array([0, 0.01])]))
    assert turned_deg == pytest.approx(math.degrees(math.atan2(x_north - x, y - y_north)), abs=0.01)


def test_the_arrow_stands_straight_where_north_is_up(words):
    _, _, _, arrow = scaled(flat_ground(), words)
    tip, _, tail, _, _ = arrow.exterior.coords
    assert tip[0] == pytest.approx(tail[0])
    assert tip[1] < tail[1]


LOWER_LEFT, LOWER_RIGHT = point(120, 380, "a"), point(480, 380, "b")
UPPER_LEFT, UPPER_RIGHT = point(120, 120, "c"), line("m5", (450, 100), (500, 150))


@pytest.mark.parametrize(
    ("placed", "corner"),
    [
        ([], "lower left"),
        ([LOWER_LEFT], "lower right"),
        ([LOWER_LEFT, LOWER_RIGHT], "upper left"),
        ([LOWER_LEFT, LOWER_RIGHT, UPPER_LEFT], "upper right"),
        ([LOWER_LEFT, LOWER_RIGHT, UPPER_LEFT, UPPER_RIGHT], "lower left"),
    ],
)
def test_the_first_corner_that_is_free_is_taken_and_the_first_of_all_if_none_is(words, placed, corner):
    _, plate, _, _ = scaled(flat_ground(), words, placed)
    (x, y), (middle_x, middle_y) = plate.centre, FRAME.centre
    assert corner == f"{'upper' if y < middle_y else 'lower'} {'left' if x < middle_x else 'right'}"
    assert FRAME.contains(plate)


def test_read_from_the_right_the_lower_right_corner_comes_first_and_the_bar_begins_there(words):
    _, plate, bar, arrow = scaled(flat_ground(), words, is_right_to_left=True)
    assert plate.right == FRAME.right - 10
    assert bar.bounds[2] == pytest.approx(plate.right - 8)
    assert arrow.bounds[2] < bar.bounds[0]


def test_the_inside_of_an_area_is_room_for_the_scale_and_its_outline_is_not(words):
    around = area("deescalation_zone", box(105, 105, 495, 395))
    assert scaled(flat_ground(), words, [around])[1].left == FRAME.left + 10
    across = area("deescalation_zone", box(120, 50, 600, 600))
    assert scaled(flat_ground(), words, [across])[1].right == FRAME.right - 10


def test_bar_arrow_and_words_stand_on_the_plate(words):
    sheet, plate, bar, arrow = scaled(flat_ground(), words)
    drawn = [Box(*shape.bounds) for shape in (bar, arrow)] + [one.box for one in sheet.lines]
    assert all(plate.grown(1).contains(one) for one in drawn)


def test_the_rim_runs_around_the_frame_and_has_no_inside():
    with settings():
        sheet = Recorded()
        draw_rim(sheet, FRAME)
    [(rim, look)] = sheet.shapes
    assert Box(*rim.bounds) == FRAME
    assert look == {"stroke": palette()["muted"], "weight": 0.8}

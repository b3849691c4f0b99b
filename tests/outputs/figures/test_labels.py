from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from geo.outputs.figures.labels import Label, place_labels

VIEW = box(0, 0, 200, 100)


def marker(x, y, radius=3):
    return box(x - radius, y - radius, x + radius, y + radius)


def placed(*places, width=30, lines=(), most=3, covers=()):
    """Return the boxes of labels of markers at places, or None: west, south, east and north."""
    markers = [marker(*at) for at in places]
    labels = [Label(one, width, 10, most) for one in markers]
    spots = place_labels(labels, [*markers, *covers], VIEW, lines=lines)
    return [spot and spot.bounds for spot in spots]


def test_a_label_is_right_of_its_marker_where_there_is_room_and_left_of_it_at_the_rim():
    assert placed((50, 50)) == [(56, 45, 86, 55)]
    [(_, _, east, _)] = placed((190, 50))
    assert east < 187
    assert placed((50, 50), width=300) == [None]


@pytest.mark.parametrize(("cost_right", "is_right"), [(0.5, True), (3, False)])
def test_a_label_is_where_it_crosses_least(cost_right, is_right):
    [(west, *_)] = placed((100, 50), lines=[(cost_right, box(104, 0, 200, 100)), (1, box(0, 0, 103, 100))])
    assert (west > 103) == is_right


def test_a_label_that_would_cross_too_much_is_left_out():
    lines = [(4, LineString([(100, 0), (100, 100)])), (4, LineString([(0, 50), (200, 50)])), (4, VIEW)]
    assert placed((100, 50), lines=lines) == [None]
    assert placed((100, 50), lines=lines, most=12) != [None]


def test_a_label_keeps_away_from_other_markers_and_is_no_second_line_of_a_label():
    _, (_, _, east, _) = placed((100, 60), (100, 45))
    assert east < 97
    (_, _, east, _), _ = placed((100, 50), (141, 50))
    assert east < 97


def test_a_label_whose_marker_is_covered_is_beside_the_cover():
    [(west, *_)] = placed((50, 50), covers=[box(40, 40, 60, 60)])
    assert west > 60


def test_of_two_points_on_one_spot_only_the_first_is_named():
    first, second = placed((50, 50), (50, 50))
    assert first
    assert second is None


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 100)), max_size=25))
def test_no_label_overlaps_a_label_or_a_marker_or_leaves_the_view(places):
    markers = [marker(*at) for at in places]
    spots = [spot for spot in place_labels([Label(one, 25, 9) for one in markers], markers, VIEW) if spot]
    assert all(map(VIEW.contains, spots))
    assert not any(one.intersects(other) for one, other in combinations(spots, 2))
    assert not any(spot.intersects(one) for spot in spots for one in markers)

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from geo.outputs.figures.boxes import Box, Name, place_names

VIEW = Box(0, 0, 200, 100)


def marker(x, y, radius=3):
    return Box(x - radius, y - radius, x + radius, y + radius)


def test_a_name_stands_right_of_its_marker_where_there_is_room():
    [spot] = place_names([Name(marker(50, 50), 30, 10)], [marker(50, 50)], VIEW)
    assert spot.left > 53
    assert spot.centre[1] == 50


def test_a_name_at_the_right_rim_goes_to_the_left():
    [spot] = place_names([Name(marker(190, 50), 30, 10)], [marker(190, 50)], VIEW)
    assert spot.right < 187


def test_a_name_without_room_is_left_out():
    assert place_names([Name(marker(50, 50), 300, 10)], [marker(50, 50)], VIEW) == [None]


def test_a_name_hides_a_line_only_where_nothing_else_is_free():
    here = marker(100, 50)
    [aside] = place_names([Name(here, 30, 10)], [here], VIEW, hides=lambda box: box.left > 97)
    assert aside.right < 97
    [across] = place_names([Name(here, 30, 10)], [here], VIEW, hides=lambda _: 1)
    assert across.left > 103


def test_a_name_goes_where_it_hides_least():
    here = marker(100, 50)
    [spot] = place_names([Name(here, 30, 10)], [here], VIEW, hides=lambda box: 1 if box.bottom < 50 else 3)
    assert spot.bottom < 47


def test_a_name_that_would_hide_more_than_it_may_is_left_out():
    here = marker(100, 50)
    assert place_names([Name(here, 30, 10, most=3)], [here], VIEW, hides=lambda _: 4) == [None]
    assert place_names([Name(here, 30, 10, most=3)], [here], VIEW, hides=lambda _: 3) != [None]


def test_a_name_does_not_seem_to_be_the_second_line_of_another():
    upper, lower = marker(100, 45), marker(100, 60)
    first, second = place_names([Name(upper, 30, 10), Name(lower, 30, 10)], [upper, lower], VIEW)
    assert first.left > 103
    assert second.right < 97


def test_a_name_keeps_away_from_the_marker_of_another_place():
    here, other = marker(100, 50), marker(141, 50)
    [spot] = place_names([Name(here, 30, 10)], [here, other], VIEW)
    assert spot.right < 97


def test_a_name_whose_marker_is_covered_stands_beside_the_cover():
    cover = Box(40, 40, 60, 60)
    [spot] = place_names([Name(marker(50, 50), 30, 10)], [marker(50, 50), cover], VIEW)
    assert spot.left > 60


def test_of_two_points_on_one_spot_only_the_first_is_named():
    here = marker(50, 50)
    first, second = place_names([Name(here, 30, 10), Name(here, 20, 10)], [here, here], VIEW)
    assert first
    assert second is None


def test_a_mirrored_box_is_as_far_from_the_other_edge():
    assert Box(10, 0, 30, 5).mirrored(200) == Box(170, 0, 190, 5)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 100), st.integers(5, 60)), max_size=25))
def test_no_name_lies_on_another_on_a_marker_or_beyond_the_view(points):
    markers = [marker(x, y) for x, y, _ in points]
    names = [Name(box, width, 9) for box, (_, _, width) in zip(markers, points, strict=True)]
    spots = [spot for spot in place_names(names, markers, VIEW) if spot]
    assert all(map(VIEW.contains, spots))
    assert not any(one.overlaps(other) for one, other in combinations(spots, 2))
    assert not any(spot.overlaps(box) for spot in spots for box in markers)

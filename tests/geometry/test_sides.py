import numpy as np
import pytest
from shapely.geometry import LineString, Point

from geo.errors import GeometryError
from geo.geometry.corridor import corridor
from geo.geometry.geodesic import area_km2
from geo.geometry.nearest import nearest_points
from geo.geometry.sides import ordered_side_names, side_names, sides
from tests.geometry.roads import winding

STRAIGHT = LineString([(36.1, 35.8), (36.7, 35.8)])
HAIRPIN = LineString([(36.1, 35.8), (36.5, 35.8), (36.52, 35.81), (36.5, 35.82), (36.1, 35.82)])
BENT_BACK = LineString([(36.1, 35.8), (36.5, 35.8), (36.5, 35.9), (36.1, 35.9), (36.1, 35.84)])
WINDING = winding(km=60)
SQUARE_METRE_KM2 = 1e-6


def halves(line, half_width_m=6000):
    area = corridor(line, half_width_m=half_width_m)
    return area, sides(area, line)


@pytest.mark.parametrize("reverse", [False, True])
def test_sides_are_named_by_where_they_lie_whichever_way_the_road_runs(reverse):
    _, divided = halves(STRAIGHT.reverse() if reverse else STRAIGHT)
    assert divided["north"].contains(Point(36.4, 35.83))
    assert divided["south"].contains(Point(36.4, 35.77))


@pytest.mark.parametrize(
    "line", [STRAIGHT, HAIRPIN, BENT_BACK, winding(km=60)], ids=["straight", "hairpin", "bent", "winding"]
)
def test_sides_add_up_to_the_whole_without_gap_or_overlap(line):
    area, divided = halves(line)
    north, south = divided["north"], divided["south"]
    assert area_km2(north) + area_km2(south) == pytest.approx(area_km2(area), abs=SQUARE_METRE_KM2)
    assert north.intersection(south).area == 0
    assert north.union(south).symmetric_difference(area).area < 1e-12


@pytest.mark.parametrize("line", [HAIRPIN, BENT_BACK, WINDING], ids=["hairpin", "bent", "winding"])
def test_every_place_is_on_the_side_on_which_it_lies_from_the_road(line):
    area, divided = halves(line)
    west, south, east, north = area.bounds
    places = np.random.default_rng(3).uniform((west, south), (east, north), (3000, 2))
    places = np.array([place for place in places if area.contains(Point(place))])
    at = nearest_points(line, places)
    # Beside the road only: beyond its ends it is thought to run straight on.
    beside = (at.distance_m > 1) & ~np.isin(at.positions, [line.coords[0], line.coords[-1]]).all(axis=1)
    left = "south" if line.coords[-1][0] < line.coords[0][0] else "north"
    found = np.array([divided[left].contains(Point(place)) for place in places[beside]])
    assert (found == at.is_left[beside]).all()


def test_a_line_beside_the_area_does_not_divide_it():
    with pytest.raises(GeometryError, match="does not divide"):
        sides(corridor(STRAIGHT, half_width_m=6000), LineString([(36.1, 36.5), (36.7, 36.5)]))


@pytest.mark.parametrize("reverse", [False, True])
def test_a_road_that_runs_north_and_south_has_an_eastern_and_a_western_side(reverse):
    line = LineString([(36.6, 35.4), (36.8, 36.1)])
    _, divided = halves(line.reverse() if reverse else line)
    assert divided.keys() == {"east", "west"}
    assert divided["east"].contains(Point(36.75, 35.75))
    assert divided["west"].contains(Point(36.65, 35.75))


def test_a_road_that_winds_back_is_named_by_where_it_lies_not_by_where_it_ends():
    assert side_names(HAIRPIN) == ("north", "south")
    assert side_names(LineString([(36.5, 35.4), (36.51, 35.9), (36.6, 35.4)])) == ("west", "east")


def test_the_northern_or_eastern_side_is_named_first_whichever_way_the_road_runs():
    assert ordered_side_names(STRAIGHT) == ordered_side_names(STRAIGHT.reverse()) == ("north", "south")
    assert ordered_side_names(LineString([(36.6, 36.1), (36.6, 35.4)])) == ("east", "west")


CROSSING = {
    "a loop": ([(36.0, 35.5), (36.5, 35.5), (36.5, 35.8), (36.2, 35.8), (36.2, 35.3)], "36.20000, 35.50000"),
    "a figure of eight": ([(36.0, 35.6), (36.6, 36.1), (36.6, 35.6), (36.0, 36.1)], "36.30000, 35.85000"),
    "an end on the road": ([(36.0, 35.5), (36.5, 35.5), (36.5, 35.8), (36.2, 35.5)], "36.20000, 35.50000"),
    "there and back": ([(36.1, 35.8), (36.4, 35.8), (36.2, 35.8)], "36.40000, 35.80000"),
}


@pytest.mark.parametrize(("positions", "place"), CROSSING.values(), ids=CROSSING)
def test_a_road_that_crosses_or_touches_itself_has_no_sides_and_the_message_says_where(positions, place):
    line = LineString(positions)
    area = corridor(line, half_width_m=6000)
    with pytest.raises(GeometryError, match=f"line: crosses itself at {place}; sides need"):
        sides(area, line)

from shapely.geometry import LineString

from geo.geometry.heading import headings

EAST_WEST = ("eastbound", "westbound")


def test_a_way_leads_where_its_carriageway_leads_even_where_it_winds_back():
    ways = {
        1: LineString([(36.0, 35.5), (36.2, 35.5)]),
        2: LineString([(36.2, 35.5), (36.21, 35.52), (36.19, 35.53)]),  # winds back, westwards
        3: LineString([(36.19, 35.53), (36.5, 35.55)]),
    }
    assert headings(ways, EAST_WEST) == {1: "eastbound", 2: "eastbound", 3: "eastbound"}


def test_the_other_carriageway_leads_the_other_way():
    there, back = LineString([(36.0, 35.5), (36.2, 35.5)]), LineString([(36.2, 35.501), (36.0, 35.501)])
    assert headings({1: there, 2: back}, EAST_WEST) == {1: "eastbound", 2: "westbound"}


def test_a_turn_at_the_end_does_not_join_the_two_carriageways():
    there, back = LineString([(36.0, 35.5), (36.2, 35.5)]), LineString([(36.2, 35.5), (36.0, 35.501)])
    assert headings({1: there, 2: back}, EAST_WEST) == {1: "eastbound", 2: "westbound"}


def test_a_road_due_north_leads_neither_east_nor_west():
    assert headings({1: LineString([(36.0, 35.5), (36.0, 35.7)])}, EAST_WEST) == {}


def test_of_a_road_between_an_east_and_a_west_side_the_ways_lead_north_and_south():
    names = ("northbound", "southbound")
    there, back = LineString([(36.0, 35.5), (36.1, 35.7)]), LineString([(36.101, 35.7), (36.001, 35.5)])
    assert headings({1: there, 2: back}, names) == {1: "northbound", 2: "southbound"}
    assert headings({1: LineString([(36.0, 35.5), (36.2, 35.5)])}, names) == {}

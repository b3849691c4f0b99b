from itertools import combinations, permutations, product

import pytest
from shapely.geometry import box

from geo.outputs.figures.boxes import Box
from geo.outputs.figures.names import draw_country_names, draw_names, draw_road_numbers
from geo.outputs.figures.sheet import FORMATS, settings
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words
from tests.outputs.figures.parts import AS_OF, FRAME, Recorded, area, flat_ground, line, point


@pytest.fixture(scope="module")
def words(layers):
    return Words.of(layers, "en")


def named(placed, words, **options):
    """Return the names that are written of what stands on flat ground, and where."""
    with settings():
        sheet = Recorded()
        draw_names(sheet, flat_ground(), placed, words, **options)
    return {one.text: one.box for one in sheet.lines}


def test_two_names_never_overlap(words):
    crowd = [point(250 + 9 * at, 240 + 7 * (at % 3), f"Village {at}") for at in range(12)]
    boxes = list(named(crowd, words).values())
    assert 2 < len(boxes) < 12
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_a_name_that_fits_nowhere_is_left_out(words):
    assert list(named([point(300, 250, "Short"), point(300, 300, "Too long " * 20)], words)) == ["Short"]


def test_cities_are_named_first_then_the_ends_then_towns_then_what_more_sources_speak_of(words):
    places = [
        point(150, 150, "Cited once", sources=("a",)),
        point(150, 200, "Cited twice", sources=("a", "b")),
        point(150, 250, "Town", "main_town"),
        point(150, 300, "End"),
        point(150, 350, "City", "reference_city"),
    ]
    assert list(named(places, words, first=["End"])) == ["City", "End", "Town", "Cited twice", "Cited once"]


def test_where_there_is_room_for_one_name_the_more_important_one_is_written(words):
    wall = [Box(100, 100, 500, 235), Box(100, 262, 500, 400), Box(100, 235, 292, 262)]
    village, town = point(300, 248, "Village", sources=("a", "b", "c")), point(310, 248, "Town", "main_town")
    assert list(named([village, town], words, taken=wall)) == ["Town"]


def test_the_same_places_are_named_the_same_in_whatever_order_they_come(words):
    crowd = [point(280 + 12 * at, 250, f"Village {at}") for at in range(4)]
    first, *others = [named(order, words) for order in permutations(crowd)]
    assert all(other == first for other in others)


def test_a_name_goes_beside_the_road_and_not_across_it(words):
    here = point(300, 250, "Village")
    assert named([here], words)["Village"].left > 300
    road = line("m4", (310, 100), (310, 400))
    assert named([here, road], words)["Village"].right < 310


@pytest.mark.parametrize(("first", "expected"), [((), []), (("Village",), ["Village"])])
def test_only_cities_and_the_ends_of_the_stretch_are_named_across_a_road_that_leaves_no_room(words, first, expected):
    zigzag = [(250 + 100 * (at % 2), 210 + 5 * at) for at in range(17)]
    assert list(named([point(300, 250, "Village"), line("m4", *zigzag)], words, first=first)) == expected


def test_a_name_may_lie_on_a_line_that_is_no_road_where_nothing_else_is_free(words):
    zigzag = [(250 + 100 * (at % 2), 210 + 5 * at) for at in range(17)]
    front = line("line_of_contact", *zigzag, class_="contact")
    assert list(named([point(300, 250, "Village"), front], words)) == ["Village"]


def test_names_of_some_ranks_only_are_written_if_asked_for(words):
    places = [point(200, 200, "City", "reference_city"), point(200, 300, "Town", "main_town")]
    assert list(named(places, words, of_rank=lambda rank: rank == 0)) == ["City"]


def road_numbers(placed, taken=()):
    with settings():
        sheet = Recorded()
        boxes = draw_road_numbers(sheet, flat_ground(), placed, taken)
    return [one.text for one in sheet.lines], boxes


def test_each_road_has_its_number_once_in_the_middle_of_what_is_seen_of_it():
    pieces = [line("m5", (200, 390), (200, 410), ref="M5"), line("m5", (200, 120), (200, 380), ref="M5")]
    texts, boxes = road_numbers([*pieces, line("m4", (0, 300), (500, 300), ref="M4")])
    assert texts == ["M5", "M4"]
    assert [one.centre for one in boxes] == [pytest.approx((200, 250)), pytest.approx((300, 300))]


def test_the_number_of_a_road_moves_along_it_until_it_covers_nothing():
    road = line("m4", (100, 300), (500, 300), ref="M4")
    [moved] = road_numbers([road, point(300, 300, "Village")])[1]
    assert moved.centre == pytest.approx((260, 300))
    assert road_numbers([road], [FRAME]) == ([], [])


def test_a_country_is_named_where_nothing_stands_and_a_sliver_of_one_is_not(words):
    ground = [
        area("basemap", box(100, 100, 490, 400), "land", "Land"),
        area("basemap", box(490, 100, 500, 400), "land", "Rim"),
    ]
    with settings():
        sheet = Recorded()
        draw_country_names(sheet, flat_ground(), ground, words, [Box(100, 100, 500, 300)])
    assert [one.text for one in sheet.lines] == ["Land"]
    assert sheet.lines[0].box.top > 300


def test_no_name_lies_on_a_marker(sheets):
    for key, sheet in sheets.items():
        for one in sheet.lines:
            if one.is_name:
                clashes = [marker for marker in sheet.markers if marker.overlaps(one.box.grown(-0.1))]
                assert clashes == [], (key, one.text)


def test_the_cities_and_the_ends_of_the_stretch_are_named_in_every_language(layers, sheets):
    for language, format_ in product(LANGUAGES, FORMATS):
        words = Words.of(layers, language)
        names = {line.text for line in sheets["map", format_.name, language, AS_OF].lines if line.is_name}
        assert {words.place(id_) for id_ in ("idlib", *layers.agreement.ends)} <= names

from dataclasses import replace

import pytest
from shapely.geometry import LineString, Point, box

from geo.outputs.figures.features import band_in, draw_features, place_features
from geo.outputs.figures.sheet import settings
from geo.outputs.style import CASING, ENCIRCLED, FRONT, ROAD, ZONE, style_of
from geo.outputs.words import Words
from tests.outputs.figures.parts import AS_OF, SPECS, Recorded, area, flat_ground, line, point


@pytest.fixture(scope="module")
def words(layers):
    return Words.of(layers, "en")


def shapes(words, *placed, **options):
    """Return what is drawn of some features: shape and look, in the order of drawing."""
    with settings():
        sheet = Recorded()
        draw_features(sheet, flat_ground(), placed, words, **options)
    return sheet.shapes


def test_a_dashed_line_is_dashed_as_its_symbol_says(words):
    [(_, look)] = shapes(words, line("line_of_contact", (110, 200), (490, 200), class_="derived"))
    assert (look["dash"], look["stroke"], look["weight"]) == ("1 4", ZONE, 1.0)


def test_a_casing_lies_below_its_line_and_shows_1_6_on_either_side(words):
    [(_, casing), (_, own)] = shapes(words, line("centreline", (110, 200), (490, 200)))
    assert (casing["stroke"], own["stroke"]) == (CASING, ROAD)
    assert casing["weight"] == own["weight"] + 2 * 1.6


def test_every_casing_of_a_layer_lies_below_every_line_of_it(words):
    crossing = [line("m4", (110, 200), (490, 200)), line("m4", (300, 110), (300, 390))]
    assert [look["stroke"] for _, look in shapes(words, *crossing)] == [CASING, CASING, ROAD, ROAD]


@pytest.mark.parametrize(("start", "end", "y"), [(110, 490, 207), (490, 110, 193)])
def test_a_patrol_is_drawn_to_the_right_of_its_direction(words, start, end, y):
    [(shape, _)] = shapes(words, line("patrol_segments", (start, 200), (end, 200), class_="completed"))
    assert {at for _, at in shape.coords} == {y}


def test_what_happened_on_the_day_is_drawn_heavier_and_not_see_through(words):
    way = (110, 200), (490, 200)
    [(_, plain)] = shapes(words, line("patrol_segments", *way, class_="completed"))
    [(_, strong)] = shapes(words, line("patrol_segments", *way, class_="completed", is_strong=True))
    assert strong["weight"] == pytest.approx(1.8 * plain["weight"])
    assert plain["opacity"] < strong["opacity"] == 1


def test_a_hatched_area_is_lines_with_an_outline_and_a_plain_one_is_filled(words):
    [(hatch, _), (_, outline)] = shapes(words, area("demilitarised_band", box(200, 200, 300, 300), "15"))
    assert (hatch.geom_type, outline["fill"], outline["stroke"]) == ("MultiLineString", "", ZONE)
    [(_, plain)] = shapes(words, area("corridor", box(200, 200, 300, 300), "north"))
    assert plain["fill"] != ""


def test_the_band_of_a_line_is_as_wide_as_the_precision_at_each_vertex():
    # A kilometre is 10 units, and 0.1 degrees are 10 km.
    line = LineString([(-0.1, 0), (0, 0), (0.1, 0)])
    band = band_in(flat_ground(), {"id": "a", "vertex_precision_m": [1000, 2000, 500]}, line)
    for x, radius in ((200, 10), (300, 20), (400, 5)):
        across = band.intersection(LineString([(x, 100), (x, 400)]))
        assert across.length == pytest.approx(2 * radius, abs=0.9), x
    assert band.bounds == pytest.approx((190, 230, 405, 270), abs=0.3)


def test_one_precision_holds_for_all_vertices_and_what_is_exact_has_no_band():
    shape = LineString([(-0.1, 0), (0.1, 0)])
    band = band_in(flat_ground(), {"id": "a", "precision_m": 1500}, shape)
    assert band.bounds == pytest.approx((185, 235, 415, 265), abs=0.3)
    assert band_in(flat_ground(), {"id": "a", "precision_m": 0}, shape) is None
    assert band_in(flat_ground(), {"id": "a", "precision_m": 9}, Point(0, 0)) is None


def test_a_band_is_drawn_below_its_line_only_where_the_symbol_has_one(words):
    way, band = ((110, 200), (490, 200)), box(110, 180, 490, 220)
    [(below, look), (_, own)] = shapes(words, line("line_of_contact", *way, class_="contact", band=band))
    assert (below, look["fill"], own["stroke"]) == (band, FRONT, FRONT)
    assert len(shapes(words, line("m5", *way, band=band))) == 1


def test_the_circle_of_a_point_is_as_large_as_its_precision_and_lies_below_its_marker(words):
    post = point(300, 250, "p", "encircled", name="observation_posts", radius=30.0)
    [(circle, _), (marker, look)] = shapes(words, post)
    assert circle.bounds == pytest.approx((270, 220, 330, 280))
    assert marker.bounds == pytest.approx((293, 243, 307, 257))
    assert look["fill"] == ENCIRCLED


def test_a_number_stands_in_its_marker_unless_none_are_wanted(words):
    post = point(300, 250, "p", "encircled", name="observation_posts", number=7)
    for numbered, expected in ((True, ["7"]), (False, [])):
        with settings():
            sheet = Recorded()
            draw_features(sheet, flat_ground(), [post], words, numbered=numbered)
        assert [one.text for one in sheet.lines] == expected


def test_layers_are_drawn_one_after_the_other_in_the_order_given(words):
    road, context = line("centreline", (110, 200), (490, 200)), line("m5", (300, 110), (300, 390))
    strokes = [look["stroke"] for _, look in shapes(words, context, road)]
    assert strokes == [style_of(SPECS["m5"]).symbols[""].stroke, CASING, ROAD]


def places_at(build, *positions):
    """Return where those places stand that are placed, of some at positions on flat ground."""
    layers = build.layers
    layer = layers["places"]
    rows = tuple(replace(row, geometry=Point(at)) for row, at in zip(layer.features, positions, strict=False))
    moved = replace(layers, by_name={**layers.by_name, "places": replace(layer, features=rows)})
    return [
        (one.geometry.x, one.geometry.y)
        for one in place_features(flat_ground(), [SPECS["places"]], replace(build, layers=moved), AS_OF)
    ]


def test_a_point_is_placed_only_where_its_whole_marker_is_in_the_frame(shipped):
    inside, close_to_the_rim, far = (0.1, -0.1), (0.195, 0), (5, 5)
    assert places_at(shipped, inside, close_to_the_rim, far) == [(400, 350)]


def test_what_should_not_be_covered_is_a_marker_a_line_or_an_outline_and_nothing_of_the_ground():
    marker = point(300, 250, "a").ink
    assert marker.bounds == pytest.approx((296.3, 246.3, 303.7, 253.7))
    assert line("m5", (0, 0), (9, 9)).ink == LineString([(0, 0), (9, 9)])
    assert area("corridor", box(0, 0, 9, 9), "north").ink.equals(box(0, 0, 9, 9).exterior)
    assert area("basemap", box(0, 0, 9, 9), "land").ink.is_empty


def test_a_symbol_is_what_the_legend_says_of_a_feature():
    entry = point(300, 250, "p", "encircled", name="observation_posts").entry
    assert (entry.spec.name, entry.class_, entry.kind) == ("observation_posts", "encircled", "point")

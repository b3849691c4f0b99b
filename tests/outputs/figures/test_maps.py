import math
from dataclasses import replace
from datetime import date
from itertools import pairwise, product

import geopandas as gpd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from shapely.geometry import LineString, Point, box

from geo.geometry.geodesic import GEOD
from geo.inputs.catalog import CATALOGUE
from geo.outputs.figures import looks
from geo.outputs.figures.day_features import DayFeatures, Drawn, band_m
from geo.outputs.figures.day_map import framed
from geo.outputs.figures.labels import draw_names, draw_road_numbers
from geo.outputs.figures.legend import draw_legend, groups_of, notes_on
from geo.outputs.figures.line_moved import DAYS, frames_of, lost_between
from geo.outputs.figures.map_axes import MapAxes, cities_only
from geo.outputs.figures.sheet import A4, Box, Sheet, settings
from geo.outputs.style import HELD, NORTH, ROAD, Symbol, style_of
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words
from tests.outputs.figures.conftest import AS_OF
from tests.outputs.figures.written import lines_of, text_of

SPECS = {spec.name: spec for spec in CATALOGUE}
FRAME = Box(300, 100, 1200, 800)


@pytest.fixture(scope="module")
def words(layers):
    return Words.of(layers, "en")


@pytest.fixture(scope="module")
def corridor(source):
    return source.metres(source.build.frame("corridor").geometry)


@pytest.fixture
def map_(source, corridor):
    """Return an empty map of the corridor."""
    with settings():
        yield MapAxes(Sheet(A4, is_right_to_left=False), FRAME, source, corridor)


@pytest.fixture
def square(source):
    """Return an empty map on which a unit is 100 m and 0, 0 is in the middle."""
    with settings():
        around = gpd.GeoSeries([box(-38_700, -30_100, 38_700, 30_100)], crs=source.crs)
        yield MapAxes(Sheet(A4, is_right_to_left=False), FRAME, source, around)


def features(name, *shapes, class_=None, is_strong=False, band=None, radius_m=0.0, number=0, **row):
    """Return features of a layer at places in metres; their id is that of `row`, or the name of the layer."""
    symbols = style_of(SPECS[name]).symbols
    class_ = next(iter(symbols)) if class_ is None else class_
    columns = {"number": number, "row": [{"id": name, **row}] * len(shapes), "radius_m": radius_m}
    frame = gpd.GeoDataFrame(columns | {"band": [band] * len(shapes)}, geometry=list(shapes))
    kind = {"Point": "point", "LineString": "line"}.get(shapes[0].geom_type, "area")
    return Drawn(SPECS[name], class_, symbols[class_], is_strong, kind, frame)


def collections(map_, *drawn, words):
    map_.draw(drawn, words)
    return map_.axes.collections


# ---- The ground.


@pytest.mark.parametrize(("across", "up"), [(0, 0), (0.7, 0), (0, 0.9), (0.5, 0.5), (0.7, 0.9)])
def test_a_length_on_the_map_is_a_geodesic_everywhere(map_, source, across, up):
    west, south, east, north = map_.view.bounds
    x, y = west + across * (east - west), south + up * (north - south)
    places = gpd.GeoSeries([Point(x, y), Point(x + 10_000, y), Point(x, y + 10_000)], crs=source.crs).to_crs(4326)
    start, *ends = [(place.x, place.y) for place in places]
    for end in ends:
        assert GEOD.inv(*start, *end)[2] == pytest.approx(10_000, rel=0.0005)


def test_what_the_map_is_about_is_whole_within_its_margin(map_, corridor):
    assert map_.view.buffer(-0.06 * FRAME.width * map_.unit_m).contains(corridor.union_all())
    west, _, east, _ = corridor.total_bounds
    assert east - west > 0.8 * FRAME.width * map_.unit_m


def test_north_is_where_a_meridian_leads(map_, source):
    middle = gpd.GeoSeries([map_.view.centroid], crs=source.crs).to_crs(4326).iloc[0]
    start, end = gpd.GeoSeries([middle, Point(middle.x, middle.y + 0.05)], crs=4326).to_crs(source.crs)
    assert map_.north_deg == pytest.approx(math.degrees(math.atan2(end.x - start.x, end.y - start.y)), abs=0.01)
    assert abs(map_.north_deg) < 1


def test_the_zoom_is_that_at_which_the_page_shows_a_kilometre_as_long(map_, source):
    latitude = gpd.GeoSeries([map_.view.centroid], crs=source.crs).to_crs(4326).iloc[0].y
    metres_per_px = 2 * math.pi * 6_378_137 * math.cos(math.radians(latitude)) / 256
    assert metres_per_px / 2**map_.zoom == pytest.approx(map_.unit_m)


@pytest.mark.parametrize("is_right_to_left", [False, True])
def test_the_scale_bar_is_as_long_as_it_says_and_is_in_the_first_free_corner(
    source, corridor, layers, is_right_to_left
):
    words = Words.of(layers, "ar" if is_right_to_left else "en")
    with settings():
        sheet = Sheet(A4, is_right_to_left=is_right_to_left)
        map_ = MapAxes(sheet, FRAME, source, corridor)
        first = map_.draw_scale(Point(), words)
        second = map_.draw_scale(first.centroid, words)
        FigureCanvasAgg(sheet.figure).draw()
    west, _, east, _ = map_.view.bounds
    assert abs(first.centroid.x - (east if is_right_to_left else west)) < (east - west) / 4
    assert second.centroid.y == first.centroid.y
    assert not second.intersects(first)
    [bar, _] = [artist for artist in map_.axes.artists if hasattr(artist, "info")]
    info = bar.info
    assert (info.value, info.length_px, info.units) == (10, 10_000, "km")
    left, bottom, right, top = info.window_extent.transformed(map_.axes.transData.inverted()).extents
    assert first.contains(box(left, bottom, right, top))


# ---- Features.


def test_the_band_of_a_line_is_as_wide_as_the_precision_at_each_vertex():
    line = LineString([(-10_000, 0), (0, 0), (10_000, 0)])
    band = band_m({"vertex_precision_m": [1000, 2000, 500]}, line)
    for x, radius in ((-10_000, 1000), (0, 2000), (10_000, 500)):
        across = band.intersection(LineString([(x, -15_000), (x, 15_000)]))
        assert across.length == pytest.approx(2 * radius, abs=90), x


def test_one_precision_holds_for_all_vertices_and_what_is_exact_has_no_band():
    line = LineString([(-10_000, 0), (10_000, 0)])
    assert band_m({"precision_m": 1500}, line).bounds == pytest.approx((-11_500, -1500, 11_500, 1500), abs=30)
    assert band_m({"precision_m": 0}, line) is None
    assert band_m({"precision_m": 9}, Point(0, 0)) is None


def test_every_casing_of_a_layer_is_below_every_line_of_it_and_wider_on_both_sides(square, words):
    crossing = features("m4", LineString([(-9000, 0), (9000, 0)]), LineString([(0, -9000), (0, 9000)]))
    casing, line = collections(square, crossing, words=words)
    assert casing.get_zorder() < line.get_zorder()
    assert casing.get_linewidth()[0] == pytest.approx(line.get_linewidth()[0] + 2 * 1.6 * square.sheet.unit_pt)


@pytest.mark.parametrize(("start", "end", "side"), [(-9000, 9000, -1), (9000, -9000, 1)])
def test_a_patrol_is_drawn_to_the_right_of_its_direction(square, words, start, end, side):
    patrol = features("patrol_segments", LineString([(start, 0), (end, 0)]), class_="completed")
    [line] = collections(square, patrol, words=words)
    offset = style_of(SPECS["patrol_segments"]).symbols["completed"].offset
    assert line.get_paths()[0].vertices[:, 1] == pytest.approx(side * offset * square.unit_m, abs=1)


def test_what_happened_on_the_day_is_heavier_and_opaque(square, words):
    way = LineString([(-9000, 0), (9000, 0)])
    patrols = [features("patrol_segments", way, class_="completed", is_strong=strong) for strong in (False, True)]
    plain, strong = collections(square, *patrols, words=words)
    assert strong.get_linewidth()[0] == pytest.approx(1.8 * plain.get_linewidth()[0])
    assert plain.get_edgecolor()[0][3] < strong.get_edgecolor()[0][3] == 1


def test_a_hatched_area_has_no_fill_and_a_plain_one_no_hatch(square, words):
    hatched = features("demilitarised_band", box(-9000, -9000, 0, 0), class_="15")
    hatch, plain = collections(square, hatched, features("corridor", box(0, 0, 9, 9000)), words=words)
    assert hatch.get_hatch()
    assert hatch.get_facecolor().size == 0
    assert not plain.get_hatch()
    assert plain.get_facecolor()[0][3] > 0


def test_the_circle_of_a_point_is_as_large_as_its_precision_and_below_its_marker(square, words):
    post = features("observation_posts", Point(0, 0), class_="encircled", radius_m=3000)
    circle, marker = collections(square, post, words=words)
    assert circle.get_zorder() < marker.get_zorder()
    assert circle.get_paths()[0].get_extents().extents == pytest.approx((-3000, -3000, 3000, 3000), abs=40)


@pytest.mark.parametrize("shape", ["circle", "diamond", "square", "triangle", "bubble"])
def test_a_marker_is_as_large_as_its_box(shape):
    symbol = Symbol(fill="#000000", shape=shape, radius=6)
    west, south, east, _ = looks.marker_bounds(symbol)
    assert east - west == pytest.approx(2 * (1.3 if shape == "bubble" else 1) * 6, abs=0.1)
    assert (south > 0) == (shape == "bubble")  # so that the point below it is visible
    numbered = looks.marker_bounds(symbol, is_numbered=True)
    assert numbered[2] - numbered[0] == pytest.approx(east - west + (0 if shape == "bubble" else 7), abs=0.1)


def test_only_markers_that_are_on_the_map_as_a_whole_are_drawn(map_, source, corridor):
    seen = map_.seen(source.build.drawn(), AS_OF)
    boxes = [one for own in seen if own.kind == "point" for one in map_.marker_boxes(own.features, own.symbol)]
    assert boxes
    assert all(map_.view.contains(one) for one in boxes)
    names = {row["name_en"] for one in seen if one.spec.name == "places" for row in one.features["row"]}
    assert {"Moscow", "Ankara", "Hama"}.isdisjoint(names)


def test_layers_are_drawn_in_the_order_of_the_catalogue(map_, source, words):
    map_.draw(map_.seen(source.build.drawn(), AS_OF), words)
    colours = {}
    for one in map_.axes.collections:
        for colour in (*one.get_facecolor(), *one.get_edgecolor()):
            colours[to_hex(colour)] = one.get_zorder()
    assert colours[NORTH] < colours[ROAD] < colours[HELD]


# ---- Names.


def named(map_, *drawn, words, **options):
    """Return the names that are written, by their text, with their boxes in metres."""
    boxes = draw_names(map_, drawn, words, **options)
    texts = [line.text for line in lines_of(map_.sheet)]
    return dict(zip(texts, boxes, strict=True))


def village(x, y, name, class_="patrol_or_event", **row):
    return features("places", Point(x, y), class_=class_, name_en=name, **{"id": name, **row})


def test_cities_are_named_first_then_the_ends_then_towns_then_what_more_sources_name(square, words):
    places = [
        village(0, -20_000, "Cited once", sources=("a",)),
        village(0, -10_000, "Cited twice", sources=("a", "b")),
        village(0, 0, "Town", "main_town"),
        village(0, 10_000, "End"),
        village(0, 20_000, "City", "reference_city"),
    ]
    assert list(named(square, *places, words=words, first=["End"])) == [
        "City", "End", "Town", "Cited twice", "Cited once"
    ]  # fmt: skip


@pytest.mark.parametrize("first", [(), ("Village",)])
def test_a_name_is_beside_the_road_and_only_that_of_an_end_is_across_it(square, words, first):
    road = features("m4", LineString([(1000, -9000), (1000, 9000)]))
    [spot] = named(square, village(0, 0, "Village"), road, words=words).values()
    assert spot.bounds[2] < 0
    zigzag = features("m4", LineString([(5000 * (-1) ** at, -4000 + 500 * at) for at in range(17)]))
    spots = draw_names(square, [village(0, 0, "Village"), zigzag], words, first=first)
    assert len(spots) == len(first)


def test_cities_only_are_named_if_asked_for(square, words):
    places = [village(0, 0, "City", "reference_city"), village(0, 9000, "Town", "main_town")]
    assert list(named(square, *places, words=words, is_cities_only=True)) == ["City"]
    assert [one.class_ for one in cities_only(places, "places")] == ["reference_city"]


def test_the_number_of_a_road_moves_along_it_until_it_covers_nothing(square, words):
    road = features("m4", LineString([(-20_000, 0), (20_000, 0)]), ref="M4")
    [middle] = draw_road_numbers(square, [road], [])
    assert middle.centroid.x == pytest.approx(0, abs=50)
    [moved] = draw_road_numbers(square, [road, village(0, 0, "Village")], [])
    assert moved.centroid.x == pytest.approx(-4000, abs=50)
    assert draw_road_numbers(square, [road], [square.view]) == []


def test_a_country_is_named_where_nothing_is_drawn_and_a_sliver_is_not(square, words):
    west, south, east, north = square.view.bounds
    land = features("basemap", box(west, south, east - 2000, north), class_="land", name_en="Land")
    rim = features("basemap", box(east - 2000, south, east, north), class_="land", name_en="Rim")
    square.draw_countries([land, rim], box(west, south, east, 0), words)
    [line] = lines_of(square.sheet)
    assert line.text == "Land"
    assert square.axes.transData.inverted().transform(line.box.min)[1] > 0


def test_the_cities_and_the_ends_of_the_stretch_are_named_in_every_language(layers, sheets):
    for language, size in product(LANGUAGES, ("a4", "slide")):
        words = Words.of(layers, language)
        names = {line.text for line in lines_of(sheets["map", size, language, AS_OF]) if line.is_name}
        assert {words.place(id_) for id_ in ("idlib", *layers.agreement.ends)} <= names


@pytest.mark.parametrize(("size", "day"), [("a4", AS_OF), ("slide", AS_OF), ("a4", date(2018, 10, 1))])
def test_the_map_of_a_day_shows_the_whole_zone_and_the_cities_around_it(figures_build, source, sheets, size, day):
    [axes] = sheets["map", size, "en", day].figure.axes
    west, east, south, north = (*axes.get_xlim(), *axes.get_ylim())
    zones = figures_build.frame("deescalation_zone")
    [zone] = source.metres(zones.geometry[zones["id"] == "zone-2018-09"])
    assert box(west, south, east, north).contains(zone)
    assert {"Aleppo", "Idlib", "Latakia", "Syria"} <= {text.get_text() for text in axes.texts}


@pytest.mark.parametrize(
    ("day", "title"),
    [
        (date(2018, 10, 1), "The M4 security corridor and the Idlib de-escalation zone"),
        (AS_OF, "8 of the 12 agreed Turkish posts were encircled behind government lines"),
        (date(2020, 8, 25), "8 of the 12 agreed Turkish posts were encircled behind government lines"),
    ],
)
def test_the_title_of_the_map_says_how_many_agreed_posts_were_encircled(sheets, day, title):
    sheet = sheets["map", "a4", "en", day]
    assert sheet.title == title
    assert "The M4 security corridor and the Idlib de-escalation zone" in text_of(sheet)


def test_agreed_posts_are_named_beside_their_numbers_once_if_the_village_has_the_name(square, words):
    posts = [
        features("observation_posts", Point(x, 0), class_="encircled", number=number, name_en=name)
        for x, number, name in ((0, 7, "Post"), (20_000, 8, "Village"), (-20_000, 0, "Unnumbered"))
    ]
    spots = named(square, *posts, village(20_500, 500, "Village"), words=words)
    assert list(spots) == ["Village", "Post"]
    assert spots["Post"].disjoint(square.marker_boxes(posts[0].features, posts[0].symbol)[0])


def test_the_line_is_thin_within_its_band(square, words):
    line = features("line_of_contact", LineString([(-9000, 0), (9000, 0)]), band=box(-9000, -2000, 9000, 2000))
    band, drawn = collections(square, line, words=words)
    assert drawn.get_linewidth()[0] <= 1.2 * square.sheet.unit_pt
    assert band.get_facecolor()[0][3] > 0.14


@pytest.mark.parametrize("name", ["map", "line_moved"])
def test_the_relief_is_above_the_land_and_below_everything_else(sheets, name):
    for axes in sheets[name, "a4", "en", AS_OF].figure.axes:
        [relief] = axes.images
        below = [one for one in axes.collections if one.get_zorder() < relief.get_zorder()]
        assert {to_hex(one.get_facecolor()[0]) for one in below} == {"#f4f1ea"}
        extent = relief.get_extent()
        assert (extent[0], extent[1]) == axes.get_xlim()
        assert (extent[2], extent[3]) == axes.get_ylim()


def test_without_its_source_there_is_no_relief(figures_build, words):
    layer = figures_build.layers["sources"]
    rows = tuple(row for row in layer.features if row.properties.id != "W472")
    layers = replace(figures_build.layers, by_name={**figures_build.layers, "sources": type(layer)(layer.spec, rows)})
    own = DayFeatures(replace(figures_build, layers=layers))
    with settings():
        map_ = MapAxes(Sheet(A4, is_right_to_left=False), FRAME, own, own.metres(framed(own.build)))
        map_.draw(map_.seen(own.build.drawn("basemap"), AS_OF), words)
    assert not map_.axes.images


# ---- The legend.


def labels(groups):
    return [(group.heading, [label for _, _, label in group.rows]) for group in groups]


def test_the_focus_is_first_then_layers_from_the_top_and_a_layer_with_one_look_is_one_row(words):
    at, area, line = Point(0, 0), box(0, 0, 1, 1), LineString([(0, 0), (1, 1)])
    drawn = [
        *(features("basemap", area, class_="land"), features("basemap", line, class_="border")),
        *(features("corridor", area, class_=side) for side in ("south", "north")),
        *(features("observation_posts", at, class_=class_) for class_ in ("encircled", "opposition_held")),
        features("m5", line),
    ]
    assert labels(groups_of(drawn, words)) == [
        ("Security corridor", ["North side", "South side"]),
        ("", ["M5 motorway · Carriageways, for context"]),
        ("Turkish observation posts", ["In opposition-held territory", "Encircled"]),
        ("", ["State border"]),
    ]
    assert groups_of([features("sea", area)], words) == []


@pytest.mark.parametrize("height", [600, 200])
def test_a_legend_is_made_smaller_until_it_fits(words, height):
    drawn = [
        features(name, Point(0, 0), class_=class_)
        for name in ("places", "observation_posts", "claims")
        for class_ in SPECS[name].classes
    ]
    with settings():
        sheet = Sheet(A4, is_right_to_left=False)
        below = draw_legend(sheet, Box(30, 30, 280, 30 + height), groups_of(drawn, words), ["A note."])
    assert below <= 30 + height + 8


def test_only_what_is_drawn_is_explained(layers, words):
    def keys(*drawn):
        every = {words.text(f"figures.{key}"): key for key in ("band", "circle", "layered", "numbered", "strong")}
        return {every[note] for note in notes_on(drawn, layers, words)}

    way = LineString([(0, 0), (1, 1)])
    assert keys(village(0, 0, "a"), features("m4", way)) == set()
    assert keys(features("line_of_contact", way, class_="contact", band=box(0, 0, 1, 1))) == {"band"}
    assert keys(features("patrol_segments", way, class_="completed", is_strong=True)) == {"layered", "strong"}
    post = features("observation_posts", Point(0, 0), class_="standing", radius_m=5.0, number=1, kind="official")
    assert keys(post) == {"circle", "numbered"}


@pytest.mark.parametrize("day", [date(2018, 10, 1), AS_OF, date(2020, 8, 25)])
def test_every_class_on_the_map_is_in_the_legend_and_no_other(source, corridor, sheets, words, day):
    build = replace(source.build, as_of=day)
    with settings():
        sheet, around = Sheet(A4, is_right_to_left=False), source.metres(framed(build))
        map_ = MapAxes(sheet, Box(316, 91, 1272, 830), source, around, margin=0.03)
    drawn = {(one.spec.name, one.class_) for one in map_.seen(source.build.drawn(), day)}
    written = text_of(sheets["map", "a4", "en", day])
    for spec in (spec for spec in source.build.drawn() if not spec.is_ground):
        for class_, label in spec.classes.items():
            if label not in ("City", "Town", "Carriageways"):  # words that other labels contain
                assert (words.symbol(spec, class_) in written) == ((spec.name, class_) in drawn), (spec.name, class_)


def test_what_is_inferred_or_uncertain_is_said(sheets, words):
    for name in ("map", "line_moved"):
        written = text_of(sheets[name, "a4", "en", AS_OF])
        for key in ("ends_inferred", "band", "circle"):
            assert words.text(f"figures.{key}") in written


# ---- How the line moved.


def test_each_frame_has_the_line_that_is_valid_on_its_day(layers):
    frames = frames_of(layers)
    assert [frame.day for frame in frames] == list(DAYS)
    assert [frame.as_of for frame in frames] == ["2017", "2018-09", "2020-03-06", "2020-03-06"]
    assert [frame.is_same for frame in frames] == [False, False, False, True]
    areas = [frame.held.area for frame in frames]
    assert areas[0] > areas[1] > areas[2] == areas[3]


def test_what_was_lost_is_outside_the_bands_of_both_lines(layers, source):
    first, second, third, fourth = frames_of(layers)
    lost = lost_between(source, first, second)
    [spec] = source.build.drawn("line_of_contact")
    bands = [band for frame in (first, second) for one in source.on(spec, frame.day) for band in one.features["band"]]
    held = source.metres(gpd.GeoSeries([second.held], crs=4326)).iloc[0]
    assert lost.area > 1e9
    assert lost.intersection(held).area == pytest.approx(0, abs=1)
    contact = shapely.union_all([band for band in bands if band is not None])
    assert lost.intersection(contact).area < 0.05 * lost.area
    assert lost_between(source, third, fourth) is None


def test_the_title_of_the_moved_line_is_the_area_that_is_drawn_as_lost_rounded_down(layers, source, sheets):
    pairs = pairwise(frames_of(layers))
    lost = [area for before, frame in pairs if (area := lost_between(source, before, frame)) is not None]
    degrees = gpd.GeoSeries(lost, crs=source.crs).to_crs(4326)
    area_km2 = (
        sum(abs(GEOD.geometry_area_perimeter(part)[0]) for one in degrees for part in shapely.get_parts(one)) / 1e6
    )
    assert 4200 < area_km2 < 4300
    assert (
        sheets["line_moved", "a4", "en", AS_OF].title == "The area held by the opposition shrank by at least 4,200 km²"
    )


def test_the_same_line_on_all_days_has_not_moved(layers):
    layer = layers["line_of_contact"]
    rows = tuple(row for row in layer.features if row.properties.as_of == "2020-03-06")
    one = replace(layers, by_name={**layers, "line_of_contact": type(layer)(layer.spec, rows)})
    assert frames_of(one) == ()
    assert frames_of(replace(layers, by_name={name: layers[name] for name in layers if name != layer.spec.name})) == ()


@pytest.mark.parametrize("size", ["a4", "slide"])
def test_every_frame_says_its_day_the_date_of_its_line_and_how_well_it_is_known(sheets, size):
    written = text_of(sheets["line_moved", size, "en", AS_OF])
    for text in (
        "30 June 2017",
        "Line of contact, 2017, accurate to within 8 km",
        "Line of contact, September 2018, accurate to within 6.7 km",
        "Line of contact, 6 March 2020, accurate to within 5 km",
        "Still the line of 6 March 2020, accurate to within 5 km: the data hold no later one",
    ):
        assert text in written

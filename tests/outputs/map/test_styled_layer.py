import os
import re
from dataclasses import replace
from datetime import date, datetime
from html import unescape

import folium
import pytest
from shapely.geometry import MultiPolygon, Point, Polygon, box

import geo
from geo.errors import DayError, GeoError
from geo.inputs.catalog import CATALOGUE, DerivedSpec, Style, Symbol
from geo.inputs.files import LAYERS_DIR
from geo.outputs.map.styled_layer import StyledLayer
from geo.outputs.on_day import Shown, shown_on
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words
from tests.browser.texts import HOSTILE, MARK, hostile_names

SPECS = {spec.name: spec for spec in CATALOGUE}
DRAWN = [name for name, spec in SPECS.items() if spec.style]
AREA = DerivedSpec("lake", "Lake", Style({"": Symbol("Lake", stroke="#123456", fill="#abcdef", fill_opacity=0.5)}))


@pytest.fixture(scope="module")
def posts():
    return geo.layer("observation_posts", as_of="2020-03-06")


def parts(layer, kind):
    """Return the drawings of a kind, lowest first."""
    return [part for part in layer._children.values() if type(part) is kind]


def name_of(part):
    """Return what the tooltip of a drawing shows; None without one."""
    tooltips = [child for child in part._children.values() if isinstance(child, folium.Tooltip)]
    return unescape(tooltips[0].text) if tooltips else None


def names(layer):
    """Return what all tooltips show, lowest drawing first."""
    return [name for part in layer._children.values() if (name := name_of(part)) is not None]


def marker(layer, name):
    """Return the one marker with a name."""
    [found] = [part for part in parts(layer, folium.Marker) if name_of(part) == name]
    return found


def areas_of(geometry, spec=AREA):
    """Return the polygons that an area is drawn as."""
    shown = [Shown({"id": "a", "name_en": "A"}, geometry, "", spec.style.symbols[""])]
    return parts(StyledLayer(spec, shown, WORDS_OF_NOTHING), folium.Polygon)


WORDS_OF_NOTHING = Words("en", {}, {})


# ---- What is drawn on a day. ----


def test_a_layer_is_a_feature_group_for_any_map(posts):
    stock = folium.Map()
    assert isinstance(posts, folium.FeatureGroup)
    assert geo.layer("observation_posts", as_of="2020-03-06").add_to(stock) in stock._children.values()


@pytest.mark.parametrize(
    ("day", "fill", "stroke"), [("2020-03-06", "#cc79a7", "#ffffff"), ("2020-12-31", "#fffdf8", "#cc79a7")]
)
def test_a_post_looks_as_it_is_on_the_day(day, fill, stroke):
    icon = marker(geo.layer("observation_posts", as_of=day), "Morek").icon
    assert f'fill="{fill}"' in icon.options["html"]
    assert f'stroke="{stroke}"' in icon.options["html"]


def test_everything_that_exists_on_the_day_is_drawn_once(shipped, posts):
    there = shown_on(SPECS["observation_posts"], shipped, date(2020, 3, 6))
    assert sorted(names(posts)) == sorted(one.properties["name_en"] for one in there)
    assert len(there) > 20


def test_the_day_is_a_date_a_time_or_a_text_and_by_default_the_one_that_the_map_opens_on(layers):
    assert layers.agreement.map.opening_day == date(2020, 3, 6)
    days = (None, "2020-03-06", date(2020, 3, 6), datetime(2020, 3, 6, 12))
    found = [names(geo.layer("patrol_segments", as_of=day)) for day in days]
    assert found == [[]] * 4
    assert names(geo.layer("patrol_segments", as_of=datetime(2020, 3, 15, 12))) == ["Joint patrol 1"]


def test_the_corridor_is_empty_before_it_was_agreed_and_then_has_two_sides():
    before, after = (geo.layer("corridor", as_of=day) for day in ("2020-03-05", "2020-03-06"))
    assert before.get_bounds() == [[None, None], [None, None]]
    assert names(after) == ["Security corridor, north of the M4", "Security corridor, south of the M4"]


@pytest.mark.parametrize("name", DRAWN)
def test_every_drawn_layer_can_be_put_on_a_stock_map(name, shipped):
    spec = SPECS[name]
    shown = shown_on(spec, shipped, date(2020, 8, 25))[:100]
    stock = folium.Map(tiles=None)
    made = StyledLayer(spec, shown, Words.of(shipped.layers, "en")).add_to(stock)
    text = stock.get_root().render()
    assert made.get_name() in text
    assert len(made._children) >= len(shown)


def test_a_layer_of_another_road_is_drawn():
    made = geo.layer("corridor", folder=LAYERS_DIR / "examples" / "m5")
    assert names(made) == ["Security corridor, east of the M5", "Security corridor, west of the M5"]


# ---- How it is drawn. ----


def test_the_casing_of_a_road_is_wider_below_it_and_ignores_the_pointer():
    casing, *_, line = parts(geo.layer("m4"), folium.PolyLine)
    assert (casing.options["color"], casing.options["weight"]) == ("#ffffff", 1.5 + 2 * 1.6)
    assert (line.options["color"], line.options["weight"]) == ("#222222", 1.5)
    assert casing.locations[0] == parts(geo.layer("m4"), folium.PolyLine)[2].locations[0]
    assert casing.options["interactive"] is False
    assert name_of(casing) is None
    assert name_of(line).startswith("M4 motorway")


def test_a_patrol_is_heavier_on_its_day_and_shows_through_later():
    on_it, after = (
        parts(geo.layer("patrol_segments", as_of=day), folium.PolyLine)[0].options
        for day in ("2020-03-15", "2020-03-16")
    )
    assert on_it["weight"] == pytest.approx(1.8 * after["weight"])
    assert (on_it["opacity"], after["opacity"]) == (1, 0.16)


def test_dashes_are_those_of_the_symbol():
    [zone] = parts(geo.layer("deescalation_zone", as_of="2018-10-01"), folium.Polygon)
    assert zone.options["dashArray"] == "9 6"
    assert zone.options["fill"] is False


def test_areas_keep_their_holes_and_are_lat_lon():
    whole = Polygon(box(36, 35, 37, 35.5).exterior, [box(36.2, 35.1, 36.4, 35.2).exterior])
    [drawn] = areas_of(whole)
    outer, hole = drawn.locations
    assert {tuple(at) for at in outer} == {(35, 36), (35, 37), (35.5, 37), (35.5, 36)}
    assert {tuple(at) for at in hole} == {(35.1, 36.2), (35.1, 36.4), (35.2, 36.4), (35.2, 36.2)}
    assert (drawn.options["color"], drawn.options["fillColor"], drawn.options["fillOpacity"]) == (
        "#123456",
        "#abcdef",
        0.5,
    )


def test_each_part_of_an_area_is_drawn_and_named():
    both = areas_of(MultiPolygon([box(36, 35, 36.1, 35.1), box(36.2, 35, 36.3, 35.1)]))
    assert [name_of(part) for part in both] == ["A", "A"]


def test_ground_has_neither_outline_nor_name():
    ground = replace(AREA, style=Style({"": Symbol("Lake", fill="#abcdef")}))
    [drawn] = areas_of(box(36, 35, 37, 36), ground)
    assert (drawn.options["stroke"], drawn.options["interactive"], name_of(drawn)) == (False, False, None)


def test_a_hatched_area_is_lighter_than_a_filled_one():
    hatched = replace(AREA, style=Style({"": replace(AREA.style.symbols[""], hatch=True)}))
    [drawn] = areas_of(box(36, 35, 37, 36), hatched)
    assert drawn.options["fillOpacity"] == pytest.approx(0.1)


def test_a_point_that_is_not_exact_has_a_circle_of_its_radius(posts, layers):
    rows = {row.properties.name_en: row for row in layers["observation_posts"].features}
    salwah = rows["Salwah"]
    [circle] = [one for one in parts(posts, folium.Circle) if one.location == [salwah.geometry.y, salwah.geometry.x]]
    assert circle.options["radius"] == salwah.properties.precision_m == 2000
    exact = {name for name in names(posts) if not rows[name].properties.precision_m}
    assert len(parts(posts, folium.Circle)) == len(names(posts)) - len(exact)


def test_the_line_of_contact_is_drawn_over_the_band_in_which_it_may_run(layers):
    made = geo.layer("line_of_contact", as_of="2020-12-31")
    bands = [Polygon([(lon, lat) for lat, lon in one.locations[0]]) for one in parts(made, folium.Polygon)]
    drawn = list(made._children.values())
    assert all(isinstance(part, folium.Polygon) for part in drawn[: len(bands)])
    [contact] = [row for row in layers["line_of_contact"].features if row.properties.id == "contact-2020-03-06"]
    [band] = [band for band in bands if band.intersects(contact.geometry)][:1]
    assert band.contains(contact.geometry)
    for vertex, radius_m in zip(contact.geometry.coords, contact.properties.vertex_precision_m, strict=True):
        assert band.buffer(0.001).contains(Point(vertex).buffer(0.9 * radius_m / 111_320))


def test_official_posts_are_numbered_in_the_digits_of_the_language(posts):
    arabic = geo.layer("observation_posts", as_of="2020-03-06", language="ar")
    numbers = [re.search(r">([^<]*)</text>", one.icon.options["html"])[1] for one in parts(posts, folium.Marker)]
    assert sorted(int(number) for number in numbers if number) == list(range(1, 13))
    assert ">٩</text>" in marker(arabic, "مورك (تل الصوان)").icon.options["html"]


def test_localities_are_dots(shipped):
    shown = shown_on(SPECS["localities"], shipped, date(2020, 3, 6))[:5]
    made = StyledLayer(SPECS["localities"], shown, Words.of(shipped.layers, "en"))
    dots = parts(made, folium.CircleMarker)
    assert [name_of(dot) for dot in dots] == [one.properties["name_en"] for one in shown]
    assert dots[0].options["radius"] == SPECS["localities"].style.symbols[""].radius


def test_the_bounds_are_those_of_what_is_drawn(posts):
    places = [one.location for one in parts(posts, folium.Marker)]
    lats, lons = zip(*places, strict=True)
    assert posts.get_bounds() == [[min(lats), min(lons)], [max(lats), max(lons)]]


# ---- Languages. ----


@pytest.mark.parametrize(
    ("language", "title", "name"),
    [
        ("en", "Turkish observation posts", "Morek"),
        ("fr", "Postes d’observation turcs", "Morek"),
        ("ar", "نقاط المراقبة التركية", "مورك (تل الصوان)"),
        ("tr", "Türk gözlem noktaları", "Morik / Tel es-Savvan"),
    ],
)
def test_title_and_names_are_in_the_language(language, title, name):
    made = geo.layer("observation_posts", language=language)
    assert made.layer_name == made.title == title
    assert name in names(made)


def test_a_numbered_name_is_made_in_the_language():
    assert names(geo.layer("patrol_segments", as_of="2020-03-15", language="fr")) == ["Patrouille conjointe 1"]


# ---- What is refused. ----


@pytest.mark.parametrize("name", ["nowhere", "sources", "road_centreline"])
def test_a_layer_that_is_not_drawn_is_refused_with_those_that_are(name):
    with pytest.raises(GeoError, match=f"{name}.*basemap, corridor,.*observation_posts, claims$"):
        geo.layer(name)


def test_an_unknown_language_is_refused_with_the_known_ones():
    with pytest.raises(GeoError, match=f"'de'.*{', '.join(LANGUAGES)}$"):
        geo.layer("corridor", language="de")


@pytest.mark.parametrize("day", ["2017-01-01", date(2021, 4, 1), "6 March 2020"])
def test_a_day_that_is_none_or_outside_the_map_is_refused(day):
    with pytest.raises(DayError):
        geo.layer("corridor", as_of=day)


# ---- Hostile texts. ----


def test_hostile_names_are_shown_as_they_are_and_run_nothing(layers_copy):
    given = hostile_names(60)

    def spoil(document):
        placed = [feature for feature in document["features"] if feature["geometry"]]
        for feature, name in zip(placed, given, strict=False):
            feature["properties"]["name_en"] = name

    layers_copy.edit("observation_posts.geojson", spoil)
    stock = folium.Map(tiles=None)
    made = geo.layer("observation_posts", folder=layers_copy.folder, as_of="2021-03-31").add_to(stock)
    made.layer_name = StyledLayer(replace(AREA, title=" ".join(HOSTILE)), (), WORDS_OF_NOTHING).layer_name
    folium.LayerControl().add_to(stock)
    once, again = (stock.get_root().render() for _ in range(2))
    tooltips = re.findall(r"bindTooltip\(\s*`<div[^>]*>\s*(.*?)\s*</div>`", once, re.DOTALL)
    assert tooltips == re.findall(r"bindTooltip\(\s*`<div[^>]*>\s*(.*?)\s*</div>`", again, re.DOTALL)
    assert sorted(map(unescape, tooltips)) == sorted(name.strip() for name in names(made))
    assert {name.strip() for name in given} <= set(map(unescape, tooltips))
    assert MARK not in os.environ
    assert once.lower().count("</script>") == folium.Map(tiles=None).get_root().render().lower().count("</script>")

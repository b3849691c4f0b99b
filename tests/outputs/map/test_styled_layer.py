from dataclasses import replace
from datetime import date, datetime
from html import unescape

import folium
import pytest
from shapely.geometry import MultiPolygon, Point, Polygon, box

import geo
from geo.errors import DayError, GeoError
from geo.inputs.catalog import CATALOGUE, DerivedSpec
from geo.inputs.files import LAYERS_DIR
from geo.outputs.map.styled_layer import StyledLayer
from geo.outputs.on_day import Shown, shown_on
from geo.outputs.style import STYLES, Style, Symbol
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words

SPECS = {spec.name: spec for spec in CATALOGUE}
DRAWN = [name for name, spec in SPECS.items() if spec.classes]
AREA = DerivedSpec("lake", "Lake", classes={"": "Lake"})
AREA_SYMBOL = Symbol(stroke="#123456", fill="#abcdef", fill_opacity=0.5)
NO_WORDS = Words("en", {}, {})


@pytest.fixture(autouse=True)
def look_of_the_area(monkeypatch):
    monkeypatch.setitem(STYLES, AREA.name, Style({"": AREA_SYMBOL}))


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


def icon_of(layer, name):
    """Return the icon of the one marker with a name."""
    [found] = [part.icon.options["html"] for part in parts(layer, folium.Marker) if name_of(part) == name]
    return found


def areas_of(geometry, **changes):
    """Return the polygons that an area is drawn as, of a symbol with these changes."""
    symbol = replace(AREA_SYMBOL, **changes)
    shown = [Shown({"id": "a", "name_en": "A"}, geometry, "", symbol)]
    return parts(StyledLayer(AREA, shown, NO_WORDS), folium.Polygon)


# ---- What is drawn on a day. ----


def test_everything_that_exists_on_the_day_is_drawn_once(shipped, posts):
    there = shown_on(SPECS["observation_posts"], shipped, date(2020, 3, 6))
    assert sorted(names(posts)) == sorted(one.properties["name_en"] for one in there)
    assert len(there) > 20
    lats, lons = zip(*(marker.location for marker in parts(posts, folium.Marker)), strict=True)
    assert posts.get_bounds() == [[min(lats), min(lons)], [max(lats), max(lons)]]


@pytest.mark.parametrize(
    ("day", "fill", "stroke"), [("2020-03-06", "#cc79a7", "#ffffff"), ("2020-12-31", "#fffdf8", "#cc79a7")]
)
def test_a_post_looks_as_it_is_on_the_day(day, fill, stroke):
    icon = icon_of(geo.layer("observation_posts", as_of=day), "Morek")
    assert f'fill="{fill}"' in icon
    assert f'stroke="{stroke}"' in icon


def test_the_day_is_a_date_a_time_or_a_text_and_by_default_the_one_that_the_map_opens_on():
    days = (None, "2020-03-06", date(2020, 3, 6), datetime(2020, 3, 6, 12))
    assert [names(geo.layer("patrol_segments", as_of=day)) for day in days] == [[]] * 4
    assert names(geo.layer("patrol_segments", as_of=datetime(2020, 3, 15, 12))) == ["Joint patrol 1"]


def test_the_corridor_is_empty_before_it_was_agreed_and_then_has_two_sides():
    before, after = (geo.layer("corridor", as_of=day) for day in ("2020-03-05", "2020-03-06"))
    assert before.get_bounds() == [[None, None], [None, None]]
    assert names(after) == ["Security corridor, north of the M4", "Security corridor, south of the M4"]
    of_m5 = geo.layer("corridor", folder=str(LAYERS_DIR / "examples" / "m5"))
    assert names(of_m5) == ["Security corridor, east of the M5", "Security corridor, west of the M5"]


@pytest.mark.parametrize("name", DRAWN)
def test_every_drawn_layer_is_a_feature_group_for_any_folium_map(name, shipped):
    shown = shown_on(SPECS[name], shipped, date(2020, 8, 25))[:100]
    stock = folium.Map(tiles=None)
    made = StyledLayer(SPECS[name], shown, Words.of(shipped.layers, "en")).add_to(stock)
    assert isinstance(made, folium.FeatureGroup)
    assert made.get_name() in stock.get_root().render()
    assert len(made._children) >= len(shown)


# ---- How it is drawn. ----


def test_the_casing_of_a_road_is_wider_below_it_and_ignores_the_pointer():
    casing, *_, line = parts(geo.layer("m4"), folium.PolyLine)
    assert casing.options["weight"] > line.options["weight"]
    assert casing.options["interactive"] is False
    assert name_of(casing) is None
    assert name_of(line).startswith("M4 motorway")


def test_a_patrol_is_heavier_on_its_day_and_shows_through_later():
    on_it, after = (
        parts(geo.layer("patrol_segments", as_of=day), folium.PolyLine)[0].options
        for day in ("2020-03-15", "2020-03-16")
    )
    assert on_it["weight"] > 1.5 * after["weight"]
    assert on_it["opacity"] == 1 > 2 * after["opacity"]


def test_areas_have_their_colours_holes_dashes_and_hatching_and_are_lat_lon():
    [drawn] = areas_of(Polygon(box(36, 35, 37, 35.5).exterior, [box(36.2, 35.1, 36.4, 35.2).exterior]))
    outer, hole = drawn.locations
    assert {tuple(at) for at in outer} == {(35, 36), (35, 37), (35.5, 37), (35.5, 36)}
    assert {tuple(at) for at in hole} == {(35.1, 36.2), (35.1, 36.4), (35.2, 36.4), (35.2, 36.2)}
    look = [drawn.options[name] for name in ("color", "fillColor", "fillOpacity")]
    assert look == ["#123456", "#abcdef", 0.5]
    both = areas_of(MultiPolygon([box(36, 35, 36.1, 35.1), box(36.2, 35, 36.3, 35.1)]))
    assert [name_of(part) for part in both] == ["A", "A"]
    [ground] = areas_of(box(36, 35, 37, 36), stroke=None)  # neither outline nor name
    assert (ground.options["stroke"], ground.options["interactive"], name_of(ground)) == (False, False, None)
    [hatched] = areas_of(box(36, 35, 37, 36), hatch=True)
    assert hatched.options["fillOpacity"] < 0.5


def test_a_tint_lets_the_pointer_reach_what_is_below():
    tint, outline = parts(geo.layer("deescalation_zone", as_of="2018-10-01"), folium.Polygon)
    assert (tint.options["interactive"], tint.options["stroke"]) == (False, False)
    assert tint.options["fillOpacity"] < 0.1
    assert (outline.options["fill"], bool(outline.options["dashArray"])) == (False, True)


def test_a_point_that_is_not_exact_has_a_circle_of_its_radius(posts, layers):
    rows = {row.properties.name_en: row for row in layers["observation_posts"].features}
    salwah = rows["Salwah"]
    [circle] = [one for one in parts(posts, folium.Circle) if one.location == [salwah.geometry.y, salwah.geometry.x]]
    assert circle.options["radius"] == salwah.properties.precision_m > 0
    inexact = [name for name in names(posts) if rows[name].properties.precision_m]
    assert len(parts(posts, folium.Circle)) == len(inexact)


def test_the_line_of_contact_is_drawn_over_the_band_in_which_it_may_run(layers):
    made = geo.layer("line_of_contact", as_of="2020-12-31")
    bands = [Polygon([(lon, lat) for lat, lon in one.locations[0]]) for one in parts(made, folium.Polygon)]
    assert all(isinstance(part, folium.Polygon) for part in list(made._children.values())[: len(bands)])
    [contact] = [row for row in layers["line_of_contact"].features if row.properties.id == "contact-2020-03-06"]
    [band] = [band for band in bands if band.intersects(contact.geometry)][:1]
    assert band.contains(contact.geometry)
    for vertex, radius_m in zip(contact.geometry.coords, contact.properties.vertex_precision_m, strict=True):
        assert band.buffer(0.001).contains(Point(vertex).buffer(0.9 * radius_m / 111_320))


def test_localities_are_dots_with_names(shipped):
    shown = shown_on(SPECS["localities"], shipped, date(2020, 3, 6))[:5]
    dots = parts(StyledLayer(SPECS["localities"], shown, Words.of(shipped.layers, "en")), folium.CircleMarker)
    assert [name_of(dot) for dot in dots] == [one.properties["name_en"] for one in shown]


# ---- Languages. ----


@pytest.mark.parametrize(
    ("language", "title", "name", "number"),
    [
        ("en", "Turkish observation posts", "Morek", "9"),
        ("fr", "Postes d’observation turcs", "Morek", "9"),
        ("ar", "نقاط المراقبة التركية", "مورك (تل الصوان)", "٩"),
        ("tr", "Türk gözlem noktaları", "Morik / Tel es-Savvan", "9"),
    ],
)
def test_titles_names_and_numbers_are_in_the_language(language, title, name, number):
    made = geo.layer("observation_posts", language=language)
    assert made.layer_name == made.title == title
    assert f">{number}</text>" in icon_of(made, name)


# ---- What is refused. ----


@pytest.mark.parametrize("name", ["nowhere", "sources", "road_centreline"])
def test_a_layer_that_is_not_drawn_is_refused_with_those_that_are(name):
    with pytest.raises(
        GeoError,
        match=f"{name}.*basemap, sea,.*, ground_names, deescalation_zone, corridor,.*observation_posts, claims$",
    ):
        geo.layer(name)


def test_an_unknown_language_and_a_day_that_is_none_or_outside_the_map_are_refused():
    with pytest.raises(GeoError, match=f"'de'.*{', '.join(LANGUAGES)}$"):
        geo.layer("corridor", language="de")
    for day in ("2017-01-01", date(2021, 4, 1), "6 March 2020"):
        with pytest.raises(DayError):
            geo.layer("corridor", as_of=day)

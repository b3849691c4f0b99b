"""What the base map must be: one border, one coast, no gap between its parts, each licence in a file of its own."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geo.inputs.catalog import CATALOGUE, GROUND
from geo.inputs.credits import ODBL, credits_of, licence_of
from geo.inputs.files import LAYERS_DIR

WHOLE = box(34.5, 34.0, 39.5, 37.8)
INNER = box(35.6, 34.9, 37.5, 36.8)
FROM_OPENSTREETMAP = ("builtup", "water", "railway", "roads")
# Where the newer line of the border of Syria and Turkey begins and ends.
JOINS = [Point(35.91878, 35.928), Point(36.66712, 36.8), Point(36.78438, 36.8), Point(37.5, 36.67608)]


def metres(degrees):
    return gpd.GeoSeries(degrees, crs=4326).to_crs(32637)


@pytest.fixture(scope="module")
def ground(layers):
    return layers.frame("basemap").set_index("id")


@pytest.fixture(scope="module")
def lands(ground):
    return ground[ground["kind"] == "land"].geometry


@pytest.fixture(scope="module")
def sea(layers):
    return layers.frame("sea").geometry.union_all()


@pytest.fixture(scope="module")
def border(ground):
    return ground.geometry["border-syria-turkey"]


def test_land_and_sea_leave_no_gap(lands, sea):
    assert metres([WHOLE.difference(lands.union_all()).difference(sea)]).area.sum() == 0


def test_countries_do_not_overlap(lands):
    overlaps = [one.intersection(other).area for place, one in enumerate(lands) for other in list(lands)[place + 1 :]]
    assert max(overlaps) == 0


@pytest.mark.parametrize(
    ("id_", "countries"),
    [
        ("border-syria-turkey", ("land-syria", "land-turkey")),
        ("border-lebanon-syria", ("land-lebanon", "land-syria")),
    ],
)
def test_a_border_is_one_line_that_two_countries_share(ground, lands, id_, countries):
    line = ground.geometry[id_]
    assert isinstance(line, LineString)
    assert line.is_simple
    for country in countries:
        ring = lands[country].boundary
        # At the edge of the map, land and line are cut and rounded each on its own.
        assert shapely.distance(shapely.points(line.coords), ring).max() < 1e-5


def test_a_border_runs_from_edge_to_edge_or_to_the_coast(ground, sea):
    for line in ground.geometry[ground["kind"] == "border"]:
        for end in (Point(line.coords[0]), Point(line.coords[-1])):
            assert end.distance(WHOLE.boundary) < 1e-9 or end.intersects(sea)


def test_where_two_lines_of_the_border_meet_there_is_no_gap_and_no_step(border):
    [line] = metres([border])
    vertices = np.array(line.coords)
    for join in metres(JOINS):
        from_join_m = np.hypot(*(vertices - join.coords[0]).T)
        at = int(from_join_m.argmin())
        assert from_join_m[at] < 1
        edges = np.diff(vertices[max(0, at - 3) : at + 4], axis=0)
        headings = np.unwrap(np.arctan2(*edges.T))
        assert np.abs(np.diff(headings)).max() < np.pi / 2  # a step goes aside and back


def test_no_motorway_no_town_and_no_locality_is_in_the_sea_or_across_the_border(layers, lands, sea):
    for name in ("m4", "m5"):
        road = layers.frame(name).geometry.union_all()
        assert not road.intersects(sea)
        assert lands["land-syria"].contains(road)
    places = layers.frame("places")
    towns = places[places.geometry.notna() & (places["role"] == "main_town")].geometry
    for points in (towns, layers.frame("localities").geometry):
        assert not points.intersects(sea).any()
        assert points.within(lands["land-syria"]).all()


def test_the_parts_of_each_file_of_the_ground_have_the_licences_that_it_names(layers):
    specs = {spec.name: spec for spec in CATALOGUE}
    assert credits_of(specs["basemap"], layers)[0].licence == ODBL
    assert [credit.licence for credit in credits_of(specs["sea"], layers)] == [licence_of("LGPL 3.0 or later")]
    own = {name: set(layers.frame(name)["sources"].explode()) for name in GROUND}
    assert not any(own[name] & own["sea"] for name in GROUND if name != "sea")
    for name in FROM_OPENSTREETMAP:
        assert {credit.licence for credit in credits_of(specs[name], layers)} == {ODBL}
    titles = {credit.licence.title for credit in credits_of(specs["governorates"], layers)}
    assert titles == {"CC0 1.0", "CC BY 4.0"}


def test_a_licence_that_goes_along_has_its_text_and_the_file_says_what_was_changed(layers):
    owed = {credit.licence for spec in CATALOGUE for credit in credits_of(spec, layers)}
    along = [licence for licence in owed if licence.goes_along]
    assert [licence.id for licence in along] == ["LGPL-3.0-or-later"]
    assert all("Everyone is permitted to copy and distribute verbatim copies" in licence.text for licence in along)
    [note] = layers.frame("sea")["note"]
    assert "Changed on " in note
    assert all(f"licences/{licence.id}.txt" in note for licence in along)
    assert {f"{licence.id}.txt" for licence in along} == {path.name for path in (LAYERS_DIR / "licences").iterdir()}


def test_the_ground_is_lowest_with_land_and_sea_below_the_rest():
    names = [spec.name for spec in CATALOGUE]
    assert tuple(names[: len(GROUND)]) == GROUND
    assert GROUND == ("basemap", "sea", "builtup", "water", "governorates", "railway", "roads", "ground_names")


@pytest.mark.parametrize("name", [*FROM_OPENSTREETMAP, "governorates"])
def test_what_is_drawn_of_the_ground_is_in_its_box_and_in_syria(layers, lands, name):
    shapes = layers.frame(name).geometry
    assert shapes.within(INNER.buffer(1e-4)).all()
    near = metres([lands["land-syria"]]).buffer(3000).iloc[0]
    assert metres(list(shapes)).within(near).all()


def test_names_of_the_ground_are_in_four_languages_and_on_what_they_name(layers, lands, sea):
    names = layers.frame("ground_names")
    assert names.loc[names["kind"] != "water", ["name_en", "name_ar", "name_tr", "name_fr"]].notna().all(axis=None)
    for row in names[names["kind"] == "country"].itertuples():
        assert lands[f"land-{row.id.rpartition('-')[0]}"].contains(row.geometry)
    assert names.geometry[names["kind"] == "sea"].within(sea).all()
    waters = metres([layers.frame("water").geometry.union_all()]).iloc[0]
    assert metres(list(names.geometry[names["kind"] == "water"])).distance(waters).max() < 2


def test_the_road_of_the_agreement_is_on_a_motorway_of_the_ground(layers):
    roads = layers.frame("roads").set_index("id")
    [drawn] = metres([roads.geometry["motorway-m4"]])
    own = metres(list(layers.frame("m4").geometry))
    assert own.difference(drawn.buffer(60)).length.sum() < 0.03 * own.length.sum()


def test_a_border_of_governorates_is_inside_the_country(layers, lands):
    inside = metres([lands["land-syria"]]).buffer(600).iloc[0]
    assert metres(list(layers.frame("governorates").geometry)).within(inside).all()

"""Where places fall, against an independent search and against what the page says."""

import pickle
from datetime import date

import numpy as np
import pytest
import shapely

from geo.geometry.chainage import chainage
from geo.geometry.derive import post_history
from geo.history.daily_state import UNKNOWN_DAY, day_number
from geo.geometry.geodesic import GEOD
from geo.history.classification import COLUMNS, Places, Words, joined, weeks
from tests.geometry.oracle import distances_m

HALF_WIDTH_M = 6000.0
BAND_M = 0.01
# Half of them within 100 m of the boundary or of the road.
POINTS, MANY = 20_000, 100_000


@pytest.fixture(scope="module")
def where(layers):
    return Classifier.of(layers)


def texts(column):
    return [column.words[code] if code >= 0 else "" for code in column.codes.tolist()]


@pytest.fixture(scope="module", params=[POINTS, pytest.param(MANY, marks=pytest.mark.slow)])
def many(request, where, derived):
    """Places, and how far each is from the road by a search on the ellipsoid."""
    rng = np.random.default_rng(8)
    quarter = request.param // 4
    boundary = shapely.get_coordinates(derived.layers["corridor"].geometry.iloc[0])
    road = shapely.get_coordinates(where.road)
    places = []
    for line in (boundary, road):
        edge = rng.integers(0, len(line) - 1, quarter)
        at = line[edge] + (line[edge + 1] - line[edge]) * rng.random((quarter, 1))
        lon, lat, _ = GEOD.fwd(at[:, 0], at[:, 1], rng.uniform(0, 360, quarter), rng.uniform(0, 100, quarter))
        places.append(np.column_stack([lon, lat]))
    places.append(rng.uniform((35.9, 35.4), (37.1, 36.2), (request.param - 2 * quarter, 2)))
    points = np.vstack(places)
    return points, distances_m(road, points)


@pytest.mark.long
def test_membership_and_distance_equal_a_search_on_the_ellipsoid(where, many):
    points, truth_m = many
    places = Places(*points.T)
    found = where.columns(places, ["in_corridor", "distance_m", "side"])
    assert np.abs(np.abs(found["distance_m"]) - truth_m).max() < BAND_M
    clear = np.abs(truth_m - HALF_WIDTH_M) > BAND_M
    assert (found["in_corridor"] == (truth_m <= HALF_WIDTH_M))[clear].all()
    assert ((np.array(texts(found["side"])) == "north") == (found["distance_m"] > 0))[truth_m > 1e-3].all()


@pytest.mark.long
def test_membership_alone_is_the_same_as_with_all_other_columns(where, many):
    places = Places(*many[0].T)
    assert (where.columns(places, ["in_corridor"])["in_corridor"] == where.columns(places)["in_corridor"]).all()


@pytest.mark.long
def test_side_and_chainage_are_those_of_the_road(where, many):
    points, truth_m = many
    some = np.flatnonzero(truth_m < 8000)[::200]
    found = where.columns(Places(*points[some].T), ["side", "chainage_km"])
    at = chainage(where.road, points[some])
    assert found["chainage_km"] == pytest.approx(at.along_m / 1000, abs=5e-4)
    clear = truth_m[some] > 0.01
    assert ((np.array(texts(found["side"])) == "south") == (at.offset_m > 0))[clear].all()  # the road runs west


def test_places_of_the_map_lie_where_everybody_knows(where):
    # Ariha and Saraqib by the M4; Idlib city north of it, Maarat al-Numan south.
    lon, lat = np.array([[36.609, 35.815], [36.806, 35.864], [36.633, 35.930], [36.676, 35.643]]).T
    found = where.columns(Places(lon, lat))
    assert found["in_corridor"].tolist() == [True, True, False, False]
    assert texts(found["side"])[2:] == ["north", "south"]
    assert found["distance_m"][2] > 6000 > -6000 > found["distance_m"][3]
    assert found["chainage_km"][1] < found["chainage_km"][0]


def test_the_zone_is_that_of_the_day_and_none_without_a_day(where, layers):
    inside = shapely.point_on_surface(layers["deescalation_zone"].features[1].geometry)
    days = np.array(
        [day_number(date.fromisoformat(day)) for day in ("2016-01-01", "2019-01-01", "2020-06-01")] + [UNKNOWN_DAY]
    )
    lon, lat = np.full(4, inside.x), np.full(4, inside.y)
    assert where.columns(Places(lon, lat, days), ["in_zone"])["in_zone"].tolist() == [False, True, True, False]
    assert not where.columns(Places(lon, lat), ["in_zone"])["in_zone"].any()


def test_zone_membership_is_plain_point_in_polygon(where, layers):
    lon, lat = np.random.default_rng(4).uniform((35.8, 35.1), (37.7, 36.5), (50_000, 2)).T
    day = np.full(50_000, day_number(date(2019, 1, 1)))
    zone = layers["deescalation_zone"].features[1].geometry
    assert (where.columns(Places(lon, lat, day), ["in_zone"])["in_zone"] == shapely.contains_xy(zone, lon, lat)).all()


@pytest.mark.parametrize(
    ("name", "lon", "lat", "day", "side"),
    [
        ("Idlib", 36.633, 35.930, "2019-01-01", "opposition"),
        ("Idlib in a gap between two lines", 36.633, 35.930, "2019-12-01", ""),
        ("Idlib before anything is known", 36.633, 35.930, "2016-01-01", ""),
        ("Idlib after the last day known", 36.633, 35.930, "2022-01-01", ""),
        ("Maarat al-Numan, lost in January 2020", 36.676, 35.643, "2020-04-01", "government"),
        ("Maarat al-Numan before", 36.676, 35.643, "2019-01-01", "opposition"),
        ("Raqqa, of which the layers know nothing", 39.01, 35.95, "2019-01-01", ""),
        ("Afrin, beyond a limit that was no line of contact", 36.87, 36.51, "2019-01-01", ""),
        ("Reyhanli, beyond the border", 36.57, 36.27, "2019-01-01", ""),
    ],
)
def test_who_held_a_place_is_said_only_where_the_layers_know(where, name, lon, lat, day, side):
    days = np.array([day_number(date.fromisoformat(day))])
    found = where.columns(Places(np.array([lon]), np.array([lat]), days), ["held_side"])["held_side"]
    assert texts(found) == [side], name


def test_who_held_a_place_told_by_cells_is_told_exactly(where):
    front = next(state for state in where.fronts.states if state)
    lon, lat = np.random.default_rng(4).uniform((35.8, 35.1), (37.7, 36.5), (20_000, 2)).T
    field = where.held_field(front)
    assert (field.at(lon, lat) == field.exact(lon, lat)).all()
    assert set(np.unique(field.at(lon, lat))) == {0, 1, 3}


def test_the_nearest_post_is_the_nearest_of_those_that_stand(where, layers):
    day = "2019-06-01"
    standing = {}
    for post in layers["observation_posts"].features:
        past = [status for since, status in post_history(post.properties.model_dump(mode="json")) if since <= day]
        if post.geometry is not None and past and past[-1] != "evacuated":
            standing[post.properties.id] = post.geometry
    rng = np.random.default_rng(6)
    lon, lat = np.concatenate(
        [rng.uniform((35.9, 35.2), (37.2, 36.4), (500, 2)), rng.uniform((36, 33), (42, 37), (200, 2))]
    ).T
    metres = np.array([GEOD.inv(np.full(700, at.x), np.full(700, at.y), lon, lat)[2] for at in standing.values()])
    days = np.full(700, day_number(date.fromisoformat(day)))
    found = where.columns(Places(lon, lat, days), ["nearest_post", "post_distance_m"])
    assert found["post_distance_m"] == pytest.approx(metres.min(axis=0), abs=0.005)
    assert texts(found["nearest_post"]) == [list(standing)[number] for number in metres.argmin(axis=0)]


def test_a_place_within_the_precision_of_an_edge_of_the_day_is_uncertain(where):
    # 10 km inside the outline of 2018, and about 1 km off the southern boundary of the corridor.
    lon, lat = np.full(4, 36.55), np.full(4, 35.757)
    day = np.array([day_number(date.fromisoformat(text)) for text in ("2016-01-01",) * 3 + ("2019-01-01",)])
    own = np.array([0.0, 5000.0, np.inf, 0.0])
    assert where.columns(Places(lon, lat, day, own), ["uncertain"])["uncertain"].tolist() == [False, True, True, False]
    edge = shapely.get_coordinates(next(state for state in where.zones.states if state).shape)[:50]
    day = np.full(50, day_number(date(2018, 1, 1)))
    assert where.columns(Places(*edge.T, day), ["uncertain"])["uncertain"].all()


def test_uncertainty_told_by_cells_is_the_distance_from_the_outlines(where):
    zone = next(state for state in where.zones.states if state)
    ring = shapely.get_coordinates(zone.shape)
    places = np.random.default_rng(9).uniform((35.8, 35.1), (37.7, 36.5), (400, 2))
    within = distances_m(ring, places) <= zone.precision_m
    assert (where.edge_field(zone).at(*places.T) == within).all()


def test_weeks_are_those_of_the_calendar():
    days = np.arange(day_number(date(2014, 12, 20)), day_number(date(2021, 1, 20)))
    expected = [date.fromordinal(int(day) + date(1970, 1, 1).toordinal()).isocalendar() for day in days]
    assert texts(weeks(days)) == [f"{one.year}-W{one.week:02}" for one in expected]
    assert texts(weeks(np.array([UNKNOWN_DAY, 0]))) == ["", "1970-W01"]


def test_beyond_all_reach_nothing_is_said_of_road_and_posts(where):
    found = where.columns(Places(np.array([-60.0]), np.array([-5.0]), np.array([18300])))
    assert (texts(found["side"]), texts(found["nearest_post"])) == ([""], [""])
    assert np.isnan([found[name][0] for name in ("chainage_km", "distance_m", "post_distance_m")]).all()
    assert not any(found[name][0] for name in ("in_corridor", "in_zone", "uncertain"))


def test_only_the_columns_asked_for_are_computed_and_none_of_no_places(where):
    nothing = Places(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
    assert list(where.columns(nothing)) == list(COLUMNS)
    assert {len(column) for column in where.columns(nothing).values()} == {0}
    assert list(where.columns(nothing, ["week", "side"])) == ["side", "week"]


@pytest.mark.long
def test_the_prepared_geometry_travels_whole(where, many):
    places = Places(*many[0][::50].T, np.full(len(many[0][::50]), 18000))
    where.prepare()
    there = pickle.loads(pickle.dumps(where))
    for name, column in where.columns(places).items():
        other = there.columns(places)[name]
        if isinstance(column, Words):
            assert texts(column) == texts(other)
        else:
            assert np.array_equal(column, other, equal_nan=column.dtype.kind == "f")


def test_parts_of_a_column_of_words_are_joined_by_their_words():
    one, other = Words(np.array([0, -1, 1], dtype=np.int32), ("a", "b")), Words(np.array([0], dtype=np.int32), ("b",))
    assert texts(joined([one, other])) == ["a", "", "b", "b"]

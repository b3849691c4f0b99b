"""Where places are, against an independent search and against what the page says."""

import pickle
from datetime import date

import numpy as np
import pytest
import shapely

from geo.geometry.chainage import chainage
from geo.geometry.geodesic import GEOD
from geo.history.classification import COLUMNS, Classifier, Places, Words, joined, weeks
from geo.history.daily_state import UNKNOWN_DAY, day_number
from geo.history.derive import post_history
from tests.geometry.oracle import distances_m

HALF_WIDTH_M = 6000.0
BAND_M = 0.01
# Half of them within 100 m of the boundary or of the road.
POINTS, MANY = 20_000, 100_000


@pytest.fixture(scope="module")
def classifier(layers):
    return Classifier.of(layers)


def texts(column):
    return [column.words[code] if code >= 0 else "" for code in column.codes.tolist()]


def days(*texts):
    return np.array([day_number(date.fromisoformat(text)) if text else UNKNOWN_DAY for text in texts])


@pytest.fixture(scope="module", params=[POINTS, pytest.param(MANY, marks=pytest.mark.longer)])
def many(request, classifier, derived):
    """Places, and how far each is from the road by a search on the ellipsoid."""
    rng = np.random.default_rng(8)
    quarter = request.param // 4
    boundary = shapely.get_coordinates(derived.layers["corridor"].geometry.iloc[0])
    road = shapely.get_coordinates(classifier.road)
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
def test_membership_and_distance_equal_a_search_on_the_ellipsoid(classifier, many):
    points, truth_m = many
    places = Places(*points.T)
    found = classifier.columns(places, ["in_corridor", "distance_m", "side"])
    assert np.abs(np.abs(found["distance_m"]) - truth_m).max() < BAND_M
    clear = np.abs(truth_m - HALF_WIDTH_M) > BAND_M
    assert (found["in_corridor"] == (truth_m <= HALF_WIDTH_M))[clear].all()
    assert ((np.array(texts(found["side"])) == "north") == (found["distance_m"] > 0))[truth_m > 1e-3].all()


@pytest.mark.long
def test_membership_is_that_of_the_published_corridor(classifier, many, derived):
    points, truth_m = many
    found = classifier.columns(Places(*points.T), ["in_corridor"])["in_corridor"]
    corridor = derived.layers["corridor"].geometry.iloc[0]
    clear = np.abs(truth_m - HALF_WIDTH_M) > BAND_M
    assert (found == shapely.contains_xy(corridor, *points.T))[clear].all()


@pytest.mark.long
def test_side_and_chainage_are_those_of_the_road(classifier, many):
    points, truth_m = many
    some = np.flatnonzero(truth_m < 8000)[::200]
    found = classifier.columns(Places(*points[some].T), ["side", "chainage_km"])
    at = chainage(classifier.road, points[some])
    assert found["chainage_km"] == pytest.approx(at.along_m / 1000, abs=1e-5)
    clear = truth_m[some] > 0.01
    assert ((np.array(texts(found["side"])) == "south") == (at.offset_m > 0))[clear].all()  # the road runs west


@pytest.mark.long
def test_far_from_the_road_distances_equal_a_search_on_the_ellipsoid_too(classifier):
    points = np.random.default_rng(2).uniform((35.0, 32.5), (42.0, 37.5), (400, 2))
    found = classifier.columns(Places(*points.T), ["distance_m", "in_corridor"])
    truth_m = distances_m(shapely.get_coordinates(classifier.road), points)
    assert np.abs(found["distance_m"]) == pytest.approx(truth_m, abs=BAND_M)
    assert (found["in_corridor"] == (truth_m <= HALF_WIDTH_M)).all()


def test_known_places_are_where_the_map_shows_them(classifier):
    # Ariha and Saraqib by the M4; Idlib city north of it, Maarat al-Numan south.
    lon, lat = np.array([[36.609, 35.815], [36.806, 35.864], [36.633, 35.930], [36.676, 35.643]]).T
    found = classifier.columns(Places(lon, lat))
    assert found["in_corridor"].tolist() == [True, True, False, False]
    assert texts(found["side"])[2:] == ["north", "south"]
    assert found["distance_m"][2] > 6000 > -6000 > found["distance_m"][3]
    assert found["chainage_km"][1] < found["chainage_km"][0]


def test_outside_the_days_that_the_layers_cover_and_without_a_day_nothing_that_depends_on_it_is_known(classifier):
    when = days("2016-01-01", "2021-02-01", "2025-06-01", "", "2020-06-01")
    for day in (when, None):
        found = classifier.columns(Places(np.full(5, 36.633), np.full(5, 35.930), day))
        empty = 5 if day is None else 4
        assert found["in_zone"].tolist() == [None] * empty + [True] * (5 - empty)
        assert texts(found["held_side"]) == [""] * empty + ["opposition"] * (5 - empty)
        assert np.isnan(found["post_distance_m"]).tolist() == [True] * empty + [False] * (5 - empty)
        assert [post == "" for post in texts(found["nearest_post"])] == [True] * empty + [False] * (5 - empty)
        assert not found["in_corridor"].any()
        assert np.isfinite(found["distance_m"]).all()


def test_zone_membership_is_point_in_polygon_of_the_outline_of_the_day(classifier, layers):
    lon, lat = np.random.default_rng(4).uniform((35.8, 35.1), (37.7, 36.5), (50_000, 2)).T
    day = np.where(np.arange(50_000) % 2, *days("2018-01-01", "2019-01-01"))
    old, new = (zone.geometry for zone in layers["deescalation_zone"].features)
    expected = np.where(np.arange(50_000) % 2, shapely.contains_xy(old, lon, lat), shapely.contains_xy(new, lon, lat))
    found = classifier.columns(Places(lon, lat, day), ["in_zone"])["in_zone"]
    assert not np.ma.getmaskarray(found).any()
    assert (found == expected).all()


@pytest.mark.parametrize(
    ("name", "lon", "lat", "day", "side"),
    [
        ("Idlib", 36.633, 35.930, "2019-01-01", "opposition"),
        ("Idlib in a gap between two lines", 36.633, 35.930, "2019-12-01", ""),
        ("Idlib before anything is known", 36.633, 35.930, "2016-01-01", ""),
        ("Idlib after the last day known", 36.633, 35.930, "2022-01-01", ""),
        ("Maarat al-Numan, lost in January 2020", 36.676, 35.643, "2020-04-01", "government"),
        ("Maarat al-Numan before", 36.676, 35.643, "2019-01-01", "opposition"),
        ("Raqqa, about which the layers contain nothing", 39.01, 35.95, "2019-01-01", ""),
        ("Afrin, beyond a limit that was no line of contact", 36.87, 36.51, "2019-01-01", ""),
        ("Reyhanli, beyond the border", 36.57, 36.27, "2019-01-01", ""),
    ],
)
def test_who_held_a_place_is_given_only_where_the_layers_state_it(classifier, name, lon, lat, day, side):
    found = classifier.columns(Places(np.array([lon]), np.array([lat]), days(day)), ["held_side"])["held_side"]
    assert texts(found) == [side], name


def test_the_government_held_the_ground_beside_the_line_of_contact_as_far_as_the_line_is_derived_from(classifier):
    front = classifier.fronts.known[0]
    lon, lat = np.random.default_rng(4).uniform((35.8, 35.1), (37.7, 36.5), (1000, 2)).T
    places = np.column_stack([lon, lat])
    *others, contact = (distances_m(shapely.get_coordinates(edge.line), places) for edge in front.edges)
    held = shapely.contains_xy(front.area, lon, lat)
    found = np.array(
        texts(classifier.columns(Places(lon, lat, np.full(1000, *days("2017-06-01"))), ["held_side"])["held_side"])
    )
    assert ((found == "opposition") == held).all()
    known_m = front.edges[-1].known_m
    beside = ~held & (contact < np.min(others, axis=0))
    assert (found[beside & (contact < known_m.min())] == "government").all()
    assert (found[~held & ~(beside & (contact < known_m.max()))] == "").all()
    assert set(found[beside]) == {"government", ""}


def test_the_nearest_post_is_the_nearest_of_those_that_exist(classifier, layers):
    day = "2019-06-01"
    existing = {}
    for post in layers["observation_posts"].features:
        past = [status for since, status in post_history(post.properties.model_dump(mode="json")) if since <= day]
        if post.geometry is not None and past and past[-1] != "evacuated":
            existing[post.properties.id] = post.geometry
    rng = np.random.default_rng(6)
    lon, lat = np.concatenate(
        [rng.uniform((35.9, 35.2), (37.2, 36.4), (500, 2)), rng.uniform((36, 33), (42, 37), (200, 2))]
    ).T
    metres = np.array([GEOD.inv(np.full(700, at.x), np.full(700, at.y), lon, lat)[2] for at in existing.values()])
    found = classifier.columns(Places(lon, lat, np.full(700, *days(day))), ["nearest_post", "post_distance_m"])
    assert found["post_distance_m"] == pytest.approx(metres.min(axis=0), abs=0.005)
    assert texts(found["nearest_post"]) == [list(existing)[number] for number in metres.argmin(axis=0)]


def test_a_place_within_the_precision_of_an_edge_of_the_day_is_uncertain(classifier):
    # 10 km inside the outline of 2018, and about 1 km off the southern boundary of the corridor.
    lon, lat = np.full(4, 36.55), np.full(4, 35.757)
    day = days("2016-01-01", "2016-01-01", "2016-01-01", "2019-01-01")
    own = np.array([0.0, 5000.0, np.inf, 0.0])
    found = classifier.columns(Places(lon, lat, day, own), ["uncertain"])["uncertain"]
    assert found.tolist() == [False, True, True, False]


def test_uncertainty_is_the_distance_from_the_outlines_of_the_day_and_the_precision_of_the_row(classifier):
    zone, front = classifier.zones.known[1], classifier.fronts.known[1]
    places = np.random.default_rng(9).uniform((35.8, 35.1), (37.7, 36.5), (400, 2))
    own_m = np.resize([0.0, 300.0, 9000.0], 400)
    edges = [(edge, distances_m(shapely.get_coordinates(edge.line), places)) for edge in (*zone.edges, *front.edges)]
    road_m = distances_m(shapely.get_coordinates(classifier.road), places)
    near_road = (own_m > 0) & (np.minimum(road_m, np.abs(road_m - HALF_WIDTH_M)) <= own_m)
    expected = np.any([distance_m <= edge.precision_m + own_m for edge, distance_m in edges], axis=0) | near_road
    found = classifier.columns(Places(*places.T, np.full(400, *days("2019-01-01")), own_m), ["uncertain"])["uncertain"]
    assert (found == expected).all()
    assert 0 < expected.sum() < 400


def test_weeks_are_those_of_the_calendar():
    numbers = np.arange(*days("2014-12-20", "2021-01-20"))
    expected = [date.fromordinal(int(day) + date(1970, 1, 1).toordinal()).isocalendar() for day in numbers]
    assert texts(weeks(numbers)) == [f"{one.year}-W{one.week:02}" for one in expected]
    assert texts(weeks(np.array([UNKNOWN_DAY, 0]))) == ["", "1970-W01"]


def test_beyond_600_km_nothing_is_given_about_road_and_posts(classifier):
    found = classifier.columns(Places(np.array([-60.0]), np.array([-5.0]), days("2020-02-08")))
    assert (texts(found["side"]), texts(found["nearest_post"])) == ([""], [""])
    assert np.isnan([found[name][0] for name in ("chainage_km", "distance_m", "post_distance_m")]).all()
    assert not any(found[name][0] for name in ("in_corridor", "in_zone", "uncertain"))


def test_only_the_columns_asked_for_are_computed_and_none_of_no_places(classifier):
    nothing = Places(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
    assert list(classifier.columns(nothing)) == list(COLUMNS)
    assert {len(column) for column in classifier.columns(nothing).values()} == {0}
    assert list(classifier.columns(nothing, ["week", "side"])) == ["side", "week"]


@pytest.mark.long
def test_a_pickled_classifier_gives_the_same_columns(classifier, many):
    places = Places(*many[0][::50].T, np.full(len(many[0][::50]), 18000))
    classifier.prepare()
    copy = pickle.loads(pickle.dumps(classifier))
    for name, column in classifier.columns(places).items():
        other = copy.columns(places)[name]
        if isinstance(column, Words):
            assert texts(column) == texts(other)
        else:
            assert np.array_equal(column, other, equal_nan=column.dtype.kind == "f")


def test_parts_of_a_column_are_joined_by_their_words_and_masks():
    one, other = Words(np.array([0, -1, 1], dtype=np.int32), ("a", "b")), Words(np.array([0], dtype=np.int32), ("b",))
    assert texts(joined([one, other])) == ["a", "", "b", "b"]
    masked = np.ma.array([True, False], mask=[False, True])
    assert joined([masked, masked]).tolist() == [True, None, True, None]

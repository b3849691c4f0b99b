import pytest
import shapely
from shapely.geometry import LineString, Polygon, box

from geo.geometry.geodesic import length_m
from geo.history.facts import certain_loss, end_reached_on, length_m_within


@pytest.fixture(scope="module")
def figures(derived):
    return {figure.id: figure for figure in derived.facts.figures}


def test_every_figure_says_how_it_was_computed_and_what_it_counts(figures, derived):
    assert len(figures) == len(derived.facts.figures)
    assert all(figure.how and figure.unit and figure.title for figure in figures.values())


def test_the_sides_add_up_to_the_corridor(figures):
    for kind in ("area", "localities"):
        parts = figures[f"corridor_north_{kind}"].value + figures[f"corridor_south_{kind}"].value
        assert parts == pytest.approx(figures[f"corridor_{kind}"].value, abs=0.002)


def test_localities_are_counted_as_a_brute_search_counts_them(figures, layers, derived):
    area = derived.layers["corridor"].geometry.iloc[0]
    places = [row for row in layers["places"].features if row.properties.geonames_id]
    expected = sum(area.contains(row.geometry) for row in (*layers["localities"].features, *places))
    assert figures["corridor_localities"].value == expected > 0


def test_areas_agree_with_the_published_plausibility_check(figures):
    """Derived once before, of the same outlines: 9,450 and 6,270 km², and a band of 3,080 and 3,860 km²."""
    assert figures["zone_2017_area"].value == pytest.approx(9450, rel=0.001)
    assert figures["zone_2018-09_area"].value == pytest.approx(6270, rel=0.001)
    assert figures["band_2018_15km_area"].value == pytest.approx(3080, rel=0.04)
    assert figures["band_2018_20km_area"].value == pytest.approx(3860, rel=0.04)


def test_the_shares_of_the_stretch_add_up_and_most_was_on_the_opposition_side(figures):
    for as_of in ("2017", "2018-09", "2020-03-06"):
        shares = [figures[f"stretch_{side}_{as_of}"].value for side in ("opposition", "government")]
        assert sum(shares) == pytest.approx(100, abs=0.1)
        assert shares[0] > 90


def test_posts_in_the_corridor_are_counted_by_side_and_day(derived):
    inside = {post["id"]: post["side"] for post in derived.facts.posts if post["in_corridor"]}
    for step in derived.facts.posts_inside:
        standing = {
            id_
            for id_ in inside
            if (past := [status for day, status in derived.histories["observation_posts"][id_] if day <= step["from"]])
            and past[-1] not in ("evacuated", "not_known")
        }
        assert [step["north"], step["south"]] == [
            sum(inside[id_] == side for id_ in standing) for side in ("north", "south")
        ]
    days = [step["from"] for step in derived.facts.posts_inside]
    assert days == sorted(set(days))


def test_every_post_with_a_place_has_its_kilometre(derived, layers):
    placed = [post.properties.id for post in layers["observation_posts"].features if post.geometry is not None]
    assert [post["id"] for post in derived.facts.posts] == placed
    at = {post["id"]: post for post in derived.facts.posts}
    assert at["post-11-ishtabraq"]["side"] == "south"
    assert at["post-11-ishtabraq"]["chainage_km"] == pytest.approx(51.7, abs=0.5)


def test_length_within_an_area_counts_every_piece():
    line = LineString([(36.0, 35.5), (36.4, 35.5)])
    halves = shapely.union_all([shapely.box(36.0, 35, 36.1, 36), shapely.box(36.3, 35, 36.4, 36)])
    assert length_m_within(line, halves) == pytest.approx(length_m(line) / 2, rel=1e-6)
    assert length_m_within(line, Polygon()) == 0


def test_before_there_was_a_corridor_no_figure_is_told_of_it(figures, derived):
    bound = {id_ for id_, figure in figures.items() if figure.valid_from}
    assert bound == {id_ for id_ in figures if id_.startswith(("corridor", "stretch"))}
    assert {figures[id_].valid_from for id_ in bound} == {"2020-03-06"}
    assert derived.facts.posts_inside[0]["from"] == "2020-03-06"


def test_what_is_in_a_band_is_not_certainly_lost():
    before, after = box(0, 0, 10, 1), box(0, 0, 4, 1)
    assert certain_loss(before, after, []).equals(box(4, 0, 10, 1))
    assert certain_loss(before, after, [box(3, 0, 5, 1), box(9, 0, 11, 1)]).equals(box(5, 0, 9, 1))
    assert certain_loss(after, before, []).is_empty


def test_the_end_of_the_stretch_is_reached_by_the_first_dated_patrol_that_started_or_ended_there(derived):
    patrols = derived.layers["patrol_segments"]
    assert end_reached_on(patrols, "ain-al-hawr") == "2020-07-22"
    assert end_reached_on(patrols, "jisr-al-shughur-east") == "2020-06-16"
    assert end_reached_on(patrols, "trumba") is None  # the first patrol began there
    assert end_reached_on(patrols, "idlib") is None
    assert end_reached_on(patrols[patrols["id"] == "patrol-25"], "ain-al-hawr") is None

import dataclasses
from types import MappingProxyType

import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import Point

from geo.errors import DataError
from geo.geometry.geodesic import GEOD
from geo.history.derive import derive, post_history
from geo.inputs.catalog import DERIVED
from geo.inputs.schema import ObservationPost

POST = {"id": "p", "name_en": "P", "kind": "additional", "sources": ["W001"], "grade": "B3"}


def history(**columns):
    return post_history(ObservationPost.model_validate(POST | columns).model_dump(mode="json"))


def test_every_derived_entry_of_the_catalogue_is_computed(derived):
    assert set(derived.layers) == {spec.name for spec in DERIVED}


def test_the_agreed_stretch_is_71_km_from_trumba_to_ain_al_hawr(derived):
    [stretch] = derived.layers["centreline"].itertuples()
    assert stretch.length_km == pytest.approx(71.3, abs=0.5)
    start, end = stretch.geometry.coords[0], stretch.geometry.coords[-1]
    assert GEOD.inv(*start, 36.76833, 35.85979)[2] < 1200  # the village lies south of the road
    assert GEOD.inv(*end, 36.16424, 35.77754)[2] < 500


def test_the_whole_centreline_runs_from_latakia_to_saraqib(derived):
    [whole] = derived.layers["road_centreline"].itertuples()
    assert whole.length_km == pytest.approx(121.2, abs=0.5)
    assert GEOD.inv(*whole.geometry.coords[0], 35.845, 35.509)[2] < 300
    assert GEOD.inv(*whole.geometry.coords[-1], 36.827, 35.887)[2] < 300


def test_corridor_has_the_whole_and_its_two_sides(derived):
    corridor = derived.layers["corridor"].set_index("id")
    assert list(corridor.index) == ["corridor", "corridor_north", "corridor_south"]
    assert corridor["patrolled_by"]["corridor_north"] == "Turkey"
    assert corridor.geometry["corridor_north"].contains(Point(36.6337, 35.86))
    whole, *sides = corridor["area_km2"]
    assert whole == pytest.approx(sum(sides), abs=0.002)


def test_twenty_five_patrols_have_a_segment_on_the_road(derived):
    patrols = derived.layers["patrol_segments"]
    segments = patrols[patrols.geometry.notna()]
    assert sorted(segments["number"]) == [n for n in range(1, 27) if n != 23]
    assert segments["no_segment"].isna().all()
    lengths_km = [GEOD.geometry_length(segment) / 1000 for segment in segments.geometry]
    assert lengths_km == pytest.approx(segments["length_km"].tolist(), abs=0.001)


def test_patrol_23_has_no_segment_and_says_why(derived):
    [unknown] = derived.layers["patrol_segments"].query("number == 23").itertuples()
    assert unknown.geometry is None
    assert unknown.no_segment == "start and end unknown; the patrol itself is not established"


def test_every_patrol_row_is_shown_or_says_why_not(layers, derived):
    patrols = derived.layers["patrol_segments"]
    assert len(patrols) == len(layers["joint_patrols"].features) == 30
    assert (patrols.geometry.isna() == patrols["no_segment"].notna()).all()


def test_chainages_of_known_places_agree_with_the_published_figures(derived):
    patrols = derived.layers["patrol_segments"]
    end_km = dict(zip(patrols["to_place"], patrols["to_km"], strict=True))
    expected = {"musaybin": 11.8, "ariha": 16.0, "urum-al-jawz": 20.7, "muhambal": 32.2, "badama": 65.7}
    assert {place: end_km[place] for place in expected} == pytest.approx(expected, abs=0.2)


def test_the_patrol_of_17_august_runs_eastward(derived):
    [patrol] = derived.layers["patrol_segments"].query("number == 25").itertuples()
    assert patrol.from_km > patrol.to_km == 0
    assert patrol.geometry.coords[0][0] < patrol.geometry.coords[-1][0]


def test_an_end_of_the_stretch_without_position_is_refused(layers):
    terms = layers.agreement.patrols.model_copy(update={"to_place": "sallat-al-zuhur"})
    spoilt = dataclasses.replace(layers, agreement=layers.agreement.model_copy(update={"patrols": terms}))
    with pytest.raises(DataError, match="'sallat-al-zuhur' has no position"):
        derive(spoilt)


def test_ramps_do_not_move_the_centreline(layers, derived):
    road = layers["m4"]
    link = dataclasses.replace(
        road.features[0],
        properties=road.features[0].properties.model_copy(update={"id": "ramp", "highway": "motorway_link"}),
        geometry=Point(36.5, 35.8).buffer(0.01).exterior,
    )
    with_ramp = dataclasses.replace(road, features=(*road.features, link))
    by_name = MappingProxyType({**layers.by_name, "m4": with_ramp})
    again = derive(dataclasses.replace(layers, by_name=by_name))
    for name, frame in derived.layers.items():
        assert_geodataframe_equal(again.layers[name], frame)


def test_a_post_is_standing_then_encircled_then_evacuated():
    steps = history(
        established_on="2018-04-07",
        encircled_on="2019-08-23",
        evacuated_on="2020-11-02",
        status_2020_03_05="encircled",
    )
    assert steps == (("2018-04-07", "opposition_held"), ("2019-08-23", "encircled"), ("2020-11-02", "evacuated"))


def test_a_change_known_to_the_month_counts_from_its_last_day():
    assert history(established_on="2018-05-09", encircled_on="2020-02", status_2020_03_05="encircled")[1] == (
        "2020-02-29",
        "encircled",
    )


def test_a_post_encircled_in_the_month_of_its_setting_up_was_set_up_before():
    steps = history(established_on="2020-02", encircled_on="2020-02-05", status_2020_03_05="encircled")
    assert steps == (("2020-02-05", "opposition_held"), ("2020-02-05", "encircled"))


def test_a_post_without_any_date_has_no_history():
    assert history() == ()


def test_a_post_known_only_on_5_march_2020_begins_on_that_day():
    assert history(status_2020_03_05="opposition_held") == (("2020-03-05", "opposition_held"),)


def test_a_side_that_no_source_states_stays_unstated():
    assert history(established_on="2020-11-09") == (("2020-11-09", "standing"),)


def test_eight_of_the_twelve_official_posts_were_encircled_on_6_march_2020(layers, derived):
    histories = derived.histories["observation_posts"]
    official = [post.properties.id for post in layers["observation_posts"].features if post.properties.number]
    on_the_day = [[status for day, status in histories[id_] if day <= "2020-03-06"][-1] for id_ in official]
    assert (on_the_day.count("encircled"), on_the_day.count("opposition_held")) == (8, 4)


def test_the_band_of_2018_ended_with_the_protocol_of_2020(derived):
    bands = derived.layers["demilitarised_band"]
    assert set(zip(bands["valid_from"], bands["valid_to"], strict=True)) == {("2018-09-17", "2020-03-05")}
    assert set(bands["basis"]) == {"derived"}
    assert bands["sources"].map(len).all()


def test_every_event_with_a_place_stands_at_that_place_once(layers, derived):
    located = [(event.properties.id, event.properties.place) for event in layers["timeline"].features]
    claims = derived.layers["claims"]
    told = [(row.claims, row.id) for row in claims.explode("claims").itertuples()]
    assert sorted(told) == sorted((id_, place) for id_, place in located if place)


def test_the_place_of_events_rests_on_the_sources_of_each(layers, derived):
    sources = {event.properties.id: set(event.properties.sources) for event in layers["timeline"].features}
    for place in derived.layers["claims"].itertuples():
        assert set(place.sources) == set().union(*(sources[id_] for id_ in place.claims))


def test_a_place_of_events_is_there_from_the_first_of_them(derived):
    assert derived.histories["claims"]["balyun"] == (("2020-02-27", "claimed"),)
    assert derived.histories["claims"]["idlib"] == (("2019-12-31", "claimed"),)  # December 2019, without a day


def test_what_was_agreed_in_2020_is_there_from_the_day_of_the_ceasefire(layers, derived):
    assert layers.agreement.ceasefire.from_day == "2020-03-06"
    for name in ("centreline", "corridor"):
        assert set(derived.layers[name]["valid_from"]) == {"2020-03-06"}
    assert "valid_from" not in derived.layers["road_centreline"].columns  # the road itself was there before


BESIEGED = {"encircled_on": "2020-02-05"}


def test_after_the_last_word_of_it_a_post_is_not_known_and_gone_when_a_source_shows_that():
    assert history(**BESIEGED, attested_until="2020-10", gone_by="2021-01") == (
        ("2020-02-05", "encircled"),
        ("2020-11-01", "not_known"),
        ("2021-01-31", "evacuated"),
    )
    assert history(**BESIEGED, attested_until="2020-11-26")[1:] == (("2020-11-27", "not_known"),)
    assert history(**BESIEGED, gone_by="2021")[1:] == (("2021-12-31", "evacuated"),)


def test_a_post_attested_in_the_month_of_its_setting_up_stood_on_the_day_it_was_attested():
    steps = history(established_on="2020-12", attested_until="2020-12-05")
    assert steps == (("2020-12-05", "standing"), ("2020-12-06", "not_known"))


def test_an_attestation_without_any_status_makes_no_history():
    assert history(attested_until="2020-10") == ()


def test_no_post_is_encircled_at_the_end_of_the_map(layers, derived):
    last = {id_: steps[-1][1] for id_, steps in derived.histories["observation_posts"].items() if steps}
    assert "encircled" not in last.values()
    assert {id_ for id_, status in last.items() if status == "not_known"} == {
        "post-mardikh", "post-saraqib-north", "post-saraqib-south", "post-tarnabah",
    }  # fmt: skip
    assert {last[id_] for id_ in ("post-anadan", "post-rashidin", "post-saraqib-east")} == {"evacuated"}
    cited = {post.properties.id: post.properties for post in layers["observation_posts"].features}
    assert cited["post-saraqib-east"].evacuated_on == "2020-11-26"
    assert all(post.attested_until for id_, post in cited.items() if last.get(id_) == "not_known")

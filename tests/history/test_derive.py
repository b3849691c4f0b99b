import dataclasses
from types import MappingProxyType

import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import Point

from geo.errors import DataError
from geo.geometry.geodesic import GEOD
from geo.history.derive import DEPTHS_KM, demilitarised_bands, derive
from geo.inputs.catalog import DERIVED
from tests.geometry.oracle import distances_m


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


def test_every_patrol_row_is_shown_or_says_why_not(layers, derived):
    patrols = derived.layers["patrol_segments"]
    assert len(patrols) == len(layers["joint_patrols"].features) == 30
    assert (patrols.geometry.isna() == patrols["no_segment"].notna()).all()
    reasons = dict(zip(patrols["number"], patrols["no_segment"], strict=True))
    assert reasons[23] == "start and end unknown; the patrol itself is not established"


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


def test_every_event_with_a_place_is_at_that_place_once_with_its_sources(layers, derived):
    located = [(event.properties.id, event.properties.place) for event in layers["timeline"].features]
    claims = derived.layers["claims"]
    told = [(row.claims, row.id) for row in claims.explode("claims").itertuples()]
    assert sorted(told) == sorted((id_, place) for id_, place in located if place)
    sources = {event.properties.id: set(event.properties.sources) for event in layers["timeline"].features}
    for place in claims.itertuples():
        assert set(place.sources) == set().union(*(sources[id_] for id_ in place.claims))


def test_a_place_of_events_is_there_from_the_first_of_them(layers, derived):
    assert derived.histories["claims"]["balyun"] == (("2020-02-27", "claimed"),)
    assert derived.histories["claims"]["saraqib"] == (("2020-02-05", "claimed"),)
    timeline = layers["timeline"]
    in_december = tuple(
        dataclasses.replace(event, properties=event.properties.model_copy(update={"place": "idlib"}))
        for event in timeline.features
        if event.properties.date == "2019-12"
    )
    by_name = {**layers.by_name, "timeline": dataclasses.replace(timeline, features=in_december)}
    histories = derive(dataclasses.replace(layers, by_name=by_name)).histories["claims"]
    assert histories == {"idlib": (("2019-12-31", "claimed"),)}  # December 2019, without a day


def test_what_was_agreed_in_2020_is_there_from_the_day_of_the_ceasefire(layers, derived):
    assert layers.agreement.ceasefire.from_day == "2020-03-06"
    for name in ("centreline", "corridor"):
        assert set(derived.layers[name]["valid_from"]) == {"2020-03-06"}
    assert "valid_from" not in derived.layers["road_centreline"].columns  # the road itself was there before


# ---- The demilitarised band of 2018 ----


@pytest.fixture(scope="module")
def bands(derived):
    return derived.layers["demilitarised_band"].set_index("depth_km")


def test_a_band_is_within_the_zone_and_as_deep_as_the_memorandum_says(bands, layers):
    assert tuple(bands.index) == DEPTHS_KM == (15, 20)
    zone = layers.frame("deescalation_zone").set_index("id").geometry["zone-2018-09"]
    assert bands.within(zone.buffer(1e-7)).all()
    assert bands.geometry[20].buffer(1e-7).contains(bands.geometry[15])
    contact = layers.frame("line_of_contact").set_index("id").geometry["contact-2018-09"]
    for depth_km, area in bands.geometry.items():
        outline = shapely.get_coordinates(area)[::40]
        assert distances_m(contact.coords, outline).max() == pytest.approx(1000 * depth_km, abs=0.02)


def test_a_band_has_the_sources_of_its_limit_and_ended_with_the_protocol_of_2020(bands, layers):
    assert set(zip(bands["valid_from"], bands["valid_to"], strict=True)) == {("2018-09-21", "2020-03-05")}
    assert set(bands["basis"]) == {"derived"}
    limits = layers.frame("line_of_contact").set_index("id")
    for column in ("valid_from", "valid_to", "precision_m", "grade", "sources"):
        for depth_km in DEPTHS_KM:
            assert bands[column][depth_km] == limits[column][f"dmz-2018-inner-{depth_km}km"], column


def test_without_a_limit_in_the_layers_there_is_no_band(layers):
    lines = layers["line_of_contact"]
    kept = tuple(line for line in lines.features if line.properties.id != "dmz-2018-inner-20km")
    fewer = {**layers, "line_of_contact": dataclasses.replace(lines, features=kept)}
    assert list(demilitarised_bands(dataclasses.replace(layers, by_name=fewer))["depth_km"]) == [15]

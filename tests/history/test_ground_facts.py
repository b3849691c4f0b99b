"""What the rules of layers/README.md promise of patrols, posts and lines, tested on the shipped layers."""

import re
from datetime import date

import pytest
import shapely

from geo.geometry.geodesic import area_km2
from geo.history.facts import opposition_held
from geo.history.timeline import post_history, timeline
from geo.inputs.frames import json_rows

# Data sets that give a place, and say nothing of what was there.
GAZETTEERS = {"O005", "O007", "O098", "S01", "W119"}
# Names of ends in the notes of disputed patrols.
NAMED = {
    "Musaybin": "musaybin",
    "Ariha": "ariha",
    "Urum al-Jawz": "urum-al-jawz",
    "Kafr Shalaya": "kafr-shalaya",
    "Bsanqul": "bsanqul",
    "Muhambal": "muhambal",
}


@pytest.fixture(scope="module")
def patrols(derived):
    return {row["id"]: row for row in json_rows(derived.layers["patrol_segments"])}


@pytest.fixture(scope="module")
def posts(layers):
    return json_rows(layers.frame("observation_posts"))


def test_a_disputed_end_is_the_first_place_that_its_note_names_and_all_others_are_said(patrols):
    disputed = {
        id_: row for id_, row in patrols.items() if (row["note"] or "").startswith("End disputed, nearest first:")
    }
    assert {f"patrol-{number}" for number in (10, 12, 13, 15, 16, 21)} == set(disputed)
    for id_, row in disputed.items():
        claims = row["note"].removeprefix("End disputed, nearest first:").split(".")[0].split(";")
        assert len(claims) > 1, id_
        ends = [NAMED[name] for claim in claims if "not as far as" not in claim for name in NAMED if name in claim]
        assert ends[0] == row["to_place"], id_
        assert all(re.search(r"\(.+\)|SOHR", claim) for claim in claims), id_


def test_no_source_is_preferred_where_ministries_and_others_differ_on_how_a_patrol_ended(patrols):
    disputed = {row["number"] for row in patrols.values() if row["outcome"] == "disputed"}
    assert disputed == {2, 3, 4, 5, 6, 7, 10, 11, 13, 17}
    assert all("Outcome disputed: " in row["note"] for row in patrols.values() if row["outcome"] == "disputed")


def test_the_first_seven_patrols_state_the_length_that_was_reported(patrols):
    assert {patrols[f"patrol-0{number}"]["reported_length_km"] for number in range(1, 8)} == {2}


def test_a_patrol_is_not_called_joint_where_it_is_disputed_who_took_part(patrols):
    for row in patrols.values():
        assert not (row["participation"] == "disputed" and row["name_en"].startswith("Joint")), row["id"]
    assert patrols["patrol-18"]["name_en"] == "Patrol 18 (participation disputed)"


def test_no_post_is_shown_encircled_on_the_last_day_of_the_map(posts):
    ends = {post["id"]: timeline(post, by="status", history=post_history(post)).on(date(2021, 3, 31)) for post in posts}
    assert [id_ for id_, period in ends.items() if period and period.status == "encircled"] == []


def test_a_post_with_a_single_source_never_gets_more_than_3(posts):
    for post in posts:
        if len(set(post["sources"]) - GAZETTEERS) < 2:
            assert post["grade"][1] in "3456", post["id"]


def test_seven_of_the_twelve_official_posts_are_known_to_a_kilometre(posts):
    official = {post["number"]: post["precision_m"] for post in posts if post["kind"] == "official"}
    assert {number for number, precision_m in official.items() if precision_m <= 1000} == {5, 6, 7, 9, 10, 11, 12}


def test_the_figures_in_the_notes_of_lines_and_outlines_are_those_computed(layers):
    lines = layers.frame("line_of_contact")
    ring = opposition_held(lines[lines["as_of"] == "2020-03-06"])
    notes = dict(zip(lines["id"], lines["note"], strict=True))
    [stated] = re.findall(r"a ring of ([\d,]+) km2", notes["contact-2020-03-06"])
    assert int(stated.replace(",", "")) == round(area_km2(ring))
    assert not shapely.contains_xy(ring, 36.8059, 35.8645)  # Saraqib
    assert shapely.contains_xy(ring, 36.80419, 35.90690)  # Afes


def test_the_zone_of_2017_says_that_it_was_not_delineated_at_first(layers):
    [zone] = [row for row in json_rows(layers.frame("deescalation_zone")) if row["id"] == "zone-2017"]
    assert zone["valid_from"] == "2017-05-05"
    assert "Not yet delineated until 14 September 2017" in zone["note"]

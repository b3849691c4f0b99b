import dataclasses
import re

import pytest

from geo.inputs.catalog import CATALOGUE
from geo.inputs.credits import ODBL, Credit, all_credits, credits_of, licence_of
from geo.inputs.files import CHECKOUT

SPECS = {spec.name: spec for spec in CATALOGUE}
OSM = Credit("OpenStreetMap contributors", ODBL)
OURS = Credit("the idlib-m4-map contributors", licence_of("CC BY 4.0"))


@pytest.mark.parametrize("name", ["m4", "m5", "road_centreline", "centreline", "corridor"])
def test_what_is_made_from_openstreetmap_alone_is_under_the_odbl_alone(layers, name):
    assert credits_of(SPECS[name], layers) == (OSM,)


@pytest.mark.parametrize("name", ["joint_patrols", "timeline", "corrections", "sources"])
def test_facts_without_a_place_are_of_those_who_put_them_together(layers, name):
    assert credits_of(SPECS[name], layers) == (OURS,)


def test_what_is_computed_from_two_layers_owes_what_both_owe(layers):
    assert credits_of(SPECS["patrol_segments"], layers) == (OSM, OURS)
    assert set(credits_of(SPECS["demilitarised_band"], layers)) == set(credits_of(SPECS["line_of_contact"], layers))


def test_a_source_without_a_licence_gives_facts_only(layers):
    licensed = layers["sources"].features
    none = [
        dataclasses.replace(row, properties=row.properties.model_copy(update={"licence": None})) for row in licensed
    ]
    unlicensed = dataclasses.replace(layers["sources"], features=tuple(none))
    bare = dataclasses.replace(layers, by_name={**layers, "sources": unlicensed})
    assert all_credits(bare) == ()
    assert credits_of(SPECS["m4"], bare) == (OURS,)


def test_a_licence_is_known_with_what_is_said_of_it_in_brackets():
    assert licence_of("CC BY 4.0 (GeoNames geometry)") == licence_of("CC BY 4.0")
    assert licence_of("CC BY 4.0").url.startswith("https://creativecommons.org/")
    assert licence_of("Ours alone").title == "Ours alone"


def test_the_licences_of_each_file_are_those_that_license_data_states(layers):
    text = (CHECKOUT / "LICENSE-DATA.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    stated = {name: (licences, credit) for files, _, licences, credit in rows for name in re.findall(r"`(\w+)", files)}
    assert set(stated) - {"agreement"} == {spec.name for spec in CATALOGUE}
    for spec in CATALOGUE:
        licences, credit = stated[spec.name]
        for owed in credits_of(spec, layers):
            assert owed.licence.title in licences.replace("[", ""), (spec.name, str(owed))
            assert owed.holder.split(",")[0] in credit, (spec.name, str(owed))

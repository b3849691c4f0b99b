import dataclasses

import pytest
import shapely
from geo.geometry.bands import DEPTHS_KM, demilitarised_bands

from tests.geometry.oracle import distances_m


@pytest.fixture(scope="module")
def bands(layers):
    return demilitarised_bands(layers).set_index("depth_km")


@pytest.fixture(scope="module")
def contact(layers):
    return layers.frame("line_of_contact").set_index("id").geometry["contact-2018-09"]


def test_there_is_a_band_for_each_depth_that_the_memorandum_names(bands):
    assert tuple(bands.index) == DEPTHS_KM == (15, 20)


def test_the_deeper_band_holds_the_other(bands):
    assert bands.geometry[20].buffer(1e-7).contains(bands.geometry[15])


def test_a_band_lies_within_the_zone(bands, layers):
    zones = layers.frame("deescalation_zone").set_index("id").geometry
    assert bands.within(zones["zone-2018-09"].buffer(1e-7)).all()


@pytest.mark.parametrize("depth_km", DEPTHS_KM)
def test_no_point_of_a_band_is_deeper_than_its_depth(bands, contact, depth_km):
    outline = shapely.get_coordinates(bands.geometry[depth_km])[::20]
    assert distances_m(contact.coords, outline).max() == pytest.approx(1000 * depth_km, abs=0.02)


def test_a_band_is_as_good_as_its_limit_in_the_layers(bands, layers):
    limits = layers.frame("line_of_contact").set_index("id")
    for column in ("valid_from", "valid_to", "precision_m", "grade", "sources"):
        for depth_km in DEPTHS_KM:
            assert bands[column][depth_km] == limits[column][f"dmz-2018-inner-{depth_km}km"], column


def test_without_a_limit_in_the_layers_there_is_no_band(layers):
    lines = layers["line_of_contact"]
    kept = tuple(line for line in lines.features if line.properties.id != "dmz-2018-inner-20km")
    fewer = dataclasses.replace(
        layers, by_name={**layers, "line_of_contact": dataclasses.replace(lines, features=kept)}
    )
    assert list(demilitarised_bands(fewer)["depth_km"]) == [15]

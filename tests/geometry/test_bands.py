import dataclasses

import pytest
import shapely

from geo.geometry.bands import DEPTHS_KM, demilitarised_bands
from geo.inputs.schema import ContactLine, Zone
from tests.geometry.oracle import distances_m


@pytest.fixture(scope="module")
def bands(layers):
    return {band.depth_km: band for band in demilitarised_bands(layers)}


@pytest.fixture(scope="module")
def contact(layers):
    lines = layers.features("line_of_contact", ContactLine)
    return next(line.geometry for line in lines if line.properties.id == "contact-2018-09")


def test_there_is_a_band_for_each_depth_that_the_memorandum_names(bands):
    assert tuple(bands) == DEPTHS_KM == (15, 20)


def test_the_deeper_band_holds_the_other(bands):
    assert bands[20].area.buffer(1e-7).contains(bands[15].area)


def test_a_band_lies_within_the_zone(bands, layers):
    zones = {zone.properties.id: zone.geometry for zone in layers.features("deescalation_zone", Zone)}
    for band in bands.values():
        assert zones["zone-2018-09"].buffer(1e-7).contains(band.area)


@pytest.mark.parametrize("depth_km", DEPTHS_KM)
def test_no_point_of_a_band_is_deeper_than_its_depth(bands, contact, depth_km):
    outline = shapely.get_coordinates(bands[depth_km].area)[::20]
    assert distances_m(contact.coords, outline).max() == pytest.approx(1000 * depth_km, abs=0.02)


def test_a_band_is_as_good_as_its_limit_in_the_layers(bands):
    for depth_km, band in bands.items():
        assert band.limit.properties.id == f"dmz-2018-inner-{depth_km}km"


def test_without_a_limit_in_the_layers_there_is_no_band(layers):
    lines = layers["line_of_contact"]
    kept = tuple(line for line in lines.features if line.properties.id != "dmz-2018-inner-20km")
    fewer = dataclasses.replace(
        layers, by_name={**layers, "line_of_contact": dataclasses.replace(lines, features=kept)}
    )
    assert [band.depth_km for band in demilitarised_bands(fewer)] == [15]

"""What reading yields, asked for by name and by kind of record."""

import pytest

from geo.inputs.catalog import LAYERS
from geo.inputs.schema import Place


def test_a_layer_asked_for_as_another_record_is_a_type_error(layers):
    with pytest.raises(TypeError, match="not Place"):
        layers.features("m4", Place)


def test_layers_come_in_the_order_of_the_catalogue(layers):
    assert list(layers) == [spec.name for spec in LAYERS]
    assert len(layers) == len(LAYERS)


def test_the_features_of_a_layer_are_those_of_its_file_in_order(layers):
    places = layers.features("places", Place)
    assert places == layers["places"].features
    assert all(isinstance(place.properties, Place) for place in places)

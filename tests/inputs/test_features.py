from geo.inputs.catalog import LAYERS


def test_layers_come_in_the_order_of_the_catalogue(layers):
    assert list(layers) == [spec.name for spec in LAYERS]
    assert len(layers) == len(LAYERS)

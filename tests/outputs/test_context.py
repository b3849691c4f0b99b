from datetime import date

import pytest

from geo.errors import DayError
from geo.inputs.files import LAYERS_DIR
from geo.outputs.context import Build
from geo.outputs.manifest import data_as_of


def test_layers_with_a_style_are_drawn_in_the_order_of_the_catalogue_whatever_the_order_of_the_request(shipped):
    styled = [spec.name for spec in shipped.layers.catalogue if spec.classes]
    assert [spec.name for spec in shipped.drawn()] == styled
    assert [spec.name for spec in shipped.drawn("places", "m4", "corridor")] == ["corridor", "m4", "places"]
    assert shipped.drawn("sources", "timeline", "hospitals") == []


def test_a_folder_is_read_computed_and_shown_on_the_day_that_its_agreement_names_or_another_one(layers, derived):
    build = Build.of_folder(LAYERS_DIR)
    assert build.layers == layers
    assert all(build.frame(name).equals(frame) for name, frame in derived.layers.items())
    assert (build.as_of, build.data_as_of) == (layers.agreement.map.opening_day, data_as_of(layers))
    assert Build.of_layers(layers, as_of=date(2020, 7, 22)).as_of == date(2020, 7, 22)
    with pytest.raises(DayError, match="2030-01-01 is outside the map"):
        Build.of_layers(layers, as_of=date(2030, 1, 1))

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from geo.inputs.catalog import LAYERS
from geo.inputs.frames import computed_frame, json_rows


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.name)
def test_the_rows_of_a_layer_are_what_its_records_say(spec, layers):
    frame = layers.frame(spec.name)
    assert json_rows(frame) == [row.properties.model_dump(mode="json") for row in layers[spec.name].features]
    if spec.geometry:
        assert list(frame.geometry) == [row.geometry for row in layers[spec.name].features]


def test_a_layer_is_made_into_a_frame_once(layers):
    assert layers.frame("places") is layers.frame("places") is layers["places"].frame


def test_a_layer_that_the_folder_lacks_is_a_frame_without_rows(layers):
    fewer = replace(layers, by_name={name: layer for name, layer in layers.items() if name != "places"})
    assert fewer.frame("places").empty
    assert list(fewer.frame("places").columns) == list(layers.frame("places").columns)


def test_reading_makes_no_frame_before_one_is_asked_for():
    script = (
        "import sys; from geo.inputs.files import LAYERS_DIR; from geo.inputs.layers import read_layers\n"
        "read_layers(LAYERS_DIR); print(*{'pandas', 'geopandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


def test_whatever_pandas_writes_for_unknown_is_none_and_numbers_stay_what_they_are():
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "part": pd.array([1.0, None], dtype="Float64"),
            "text": pd.Series(["a", np.nan], dtype=object),
            "day": [pd.NaT, None],
            "list": [["a", None], np.array([1, 2])],
        }
    )
    first, second = json_rows(frame)
    assert first == {"whole": 1, "part": 1.0, "text": "a", "day": None, "list": ["a", None]}
    assert [type(first[name]) for name in ("whole", "part")] == [int, float]
    assert second == {"whole": None, "part": None, "text": None, "day": None, "list": [1, 2]}


def test_columns_of_a_computed_layer_have_the_types_that_its_record_or_its_values_say():
    rows = [{"id": "a", "precision_m": None, "depth_km": 15, "length_km": None, "ids": ["b"], "why": None}]
    frame = computed_frame("demilitarised_band", rows, [Point(36, 36)])
    assert frame.dtypes.astype(str).to_dict() == {
        "id": "object",
        "precision_m": "Int64",
        "depth_km": "Int64",
        "length_km": "Float64",
        "ids": "object",
        "why": "object",
        "geometry": "geometry",
    }
    assert json_rows(frame) == rows

import json
import subprocess
import sys

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import shape

import geo
from geo.errors import DataError, GeoError
from geo.inputs.catalog import DERIVED
from geo.inputs.files import LAYERS_DIR
from geo.inputs.frames import json_rows

COMPUTED = [spec.name for spec in DERIVED]
M5 = LAYERS_DIR / "examples" / "m5"


@pytest.mark.parametrize("name", COMPUTED)
def test_every_computed_layer_is_a_frame_with_the_columns_and_rows_that_are_published(name, full_build):
    frame = geo.read_layer(name)
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs == "EPSG:4326"
    published = json.loads((full_build / "data" / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
    assert list(frame.columns) == [*published[0]["properties"], "geometry"]
    assert json_rows(frame) == [feature["properties"] for feature in published]
    for own, feature in zip(frame.geometry, published, strict=True):
        assert (own is None) == (feature["geometry"] is None)
        assert own is None or own.equals_exact(shape(feature["geometry"]), 1e-8)


def test_columns_of_computed_layers_have_the_types_of_stored_ones():
    patrols = geo.read_layer("patrol_segments")
    assert patrols.dtypes.astype(str).loc[["number", "from_km", "reported_length_km"]].tolist() == [
        "Int64",
        "Float64",
        "Float64",
    ]
    assert patrols["sources"].map(type).eq(list).all()
    assert patrols.loc[patrols["no_segment"].notna(), "from_km"].isna().all()
    assert geo.read_layer("demilitarised_band")["depth_km"].dtype == "Int64"
    assert geo.read_layer("corridor").loc[0, "patrolled_by"] is None
    assert geo.read_layer("claims")["claims"].map(type).eq(list).all()


def test_a_measure_that_no_row_knows_is_a_number_all_the_same(layers_copy):
    patrols = geo.read_layer("joint_patrols", folder=layers_copy.folder)
    patrols["from_place"] = None
    geo.write_layer("joint_patrols", patrols, folder=layers_copy.folder)
    segments = geo.read_layer("patrol_segments", folder=layers_copy.folder)
    assert segments["from_km"].isna().all()
    assert segments["from_km"].dtype == "Float64"


def test_the_corridor_of_the_layers_is_that_of_their_centreline():
    whole = geo.read_layer("corridor").query("side == 'both'").geometry.iloc[0]
    assert geo.corridor(geo.read_layer("centreline"), half_width_m=6000).geometry.iloc[0].equals(whole)


def test_a_stored_layer_is_read_without_what_computes_or_draws():
    script = (
        "import sys, geo; geo.read_layer('observation_posts'); "
        "print(*(name for name in sys.modules if name.startswith(('geo.geometry', 'geo.outputs', 'folium'))))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


def test_a_folder_has_the_computed_layers_of_its_own_catalogue():
    assert geo.read_layer("corridor", folder=M5)["side"].tolist() == ["both", "east", "west"]
    with pytest.raises(
        GeoError, match=r"unknown layer 'claims'; .*; computed layers are corridor, road_centreline, centre"
    ):
        geo.read_layer("claims", folder=M5)


@pytest.mark.parametrize("name", COMPUTED)
def test_a_computed_layer_is_not_written(name, layers_copy):
    frame = geo.read_layer(name, folder=layers_copy.folder)
    before = sorted(path.name for path in layers_copy.folder.iterdir())
    with pytest.raises(GeoError, match=rf"^'{name}' is computed at build; edit the layers that it is made from: [a-z]"):
        geo.write_layer(name, frame, folder=layers_copy.folder)
    assert sorted(path.name for path in layers_copy.folder.iterdir()) == before


def test_a_fault_of_any_layer_keeps_what_is_computed_from_being_read(layers_copy):
    layers_copy.write("timeline.csv", "id\n")
    with pytest.raises(DataError, match=r"timeline\.csv"):
        geo.read_layer("corridor", folder=layers_copy.folder)
    assert type(geo.read_layer("sources", folder=layers_copy.folder)) is pd.DataFrame

import csv
import io
import json
from dataclasses import replace

import pytest
import shapely
from shapely.geometry import shape

from geo.inputs.catalog import GROUND
from geo.outputs.exports.csv_twins import csv_twin
from geo.outputs.exports.tables import tables_of
from tests.outputs.conftest import BUILD
from tests.programs import ogrinfo


@pytest.fixture(autouse=True)
def long_cells():
    before = csv.field_size_limit(10_000_000)
    yield
    csv.field_size_limit(before)


def rows_of(output):
    return list(csv.DictReader(io.StringIO(output.content.decode(), newline=""), strict=True))


def geojson_layers(published):
    layers = [one.name.removesuffix(".geojson") for one in published.outputs if one.name.endswith(".geojson")]
    return [name for name in layers if name.removeprefix("data/") not in GROUND]


def geometry_of(row):
    if "WKT" in row:
        return shapely.from_wkt(row["WKT"]) if row["WKT"] else None
    return shapely.Point(float(row["longitude"]), float(row["latitude"])) if row["longitude"] else None


def test_every_geojson_layer_but_the_ground_has_a_twin_with_the_same_rows_and_places(published):
    assert len(geojson_layers(published)) >= 13
    for name in geojson_layers(published):
        features = json.loads(published[f"{name}.geojson"].content)["features"]
        rows = rows_of(published[f"{name}.csv"])
        assert [row["id"] for row in rows] == [feature["properties"]["id"] for feature in features], name
        for row, feature in zip(rows, features, strict=True):
            found = feature["geometry"] and shape(feature["geometry"])
            assert geometry_of(row) == found, (name, row["id"])


def test_every_value_of_a_twin_is_that_of_the_layer(published):
    for name in geojson_layers(published):
        features = json.loads(published[f"{name}.geojson"].content)["features"]
        for row, feature in zip(rows_of(published[f"{name}.csv"]), features, strict=True):
            for column, value in feature["properties"].items():
                cell = row[column]
                expected = "" if value is None else value if isinstance(value, str) else json.loads(cell)
                assert expected == (cell if isinstance(value, str | None) else value), (name, row["id"], column)


def test_ogrinfo_finds_the_rows_and_the_geometry_of_each_twin(published):
    for name in geojson_layers(published):
        twin = published[f"{name}.csv"]
        options = ["-oo", "X_POSSIBLE_NAMES=longitude", "-oo", "Y_POSSIBLE_NAMES=latitude"]
        said = ogrinfo(
            "-so", "-al", *(options if b"longitude" in twin.content[:600] else []), published.folder / twin.name
        )
        assert f"Feature Count: {sum(twin.rows.values())}\n" in said
        assert "Geometry: None" not in said, name
        assert "Extent: (" in said, name


def test_a_text_that_a_spreadsheet_would_compute_is_guarded(shipped):
    table = next(one for one in tables_of(shipped) if one.name == "places")
    hostile = replace(table, frame=table.frame.assign(name_en="=HYPERLINK(1)"))
    [guarded, *_] = rows_of(csv_twin(hostile, BUILD))
    assert guarded["name_en"] == "'=HYPERLINK(1)"
    assert float(guarded["longitude"]) > 0


def test_hostile_text_stays_in_its_cell(hostile):
    for name in geojson_layers(hostile):
        assert len(rows_of(hostile[f"{name}.csv"])) == sum(hostile[f"{name}.csv"].rows.values())

from dataclasses import replace

import shapely

from geo.inputs.catalog import LayerSpec
from geo.inputs.frames import computed_frame
from geo.outputs.open_formats.tables import tables_of


def test_every_row_of_every_layer_is_a_row_of_its_table(layers, derived):
    tables = list(tables_of(layers, derived))
    assert [table.name for table in tables] == [spec.name for spec in layers.catalogue]
    for table in tables:
        features = layers.frame(table.name) if isinstance(table.spec, LayerSpec) else derived.layers[table.name]
        assert len(table.rows) == len(table.geometries) == len(features), table.name


def test_every_value_is_of_the_kind_of_its_column(layers, derived):
    kinds = {"text": str, "integer": int, "number": int | float, "texts": list, "integers": list}
    for table in tables_of(layers, derived):
        for row in table.rows:
            assert set(row) <= {column.name for column in table.columns}
            for column in table.columns:
                value = row.get(column.name)
                assert value is None or isinstance(value, kinds[column.kind]), (table.name, column.name, value)


def test_every_column_has_a_title_that_no_other_column_of_the_layer_has(layers, derived):
    for table in tables_of(layers, derived):
        titles = [column.title for column in table.columns]
        assert len(set(titles)) == len(titles), table.name


def test_the_corridor_keeps_its_millimetres(layers, derived):
    [table] = [one for one in tables_of(layers, derived) if one.name == "corridor"]
    for computed, geometry in zip(derived.layers["corridor"].geometry, table.geometries, strict=True):
        assert shapely.hausdorff_distance(computed, geometry) < 1e-8


def test_a_measure_that_is_known_of_nothing_is_a_number_still(layers, derived):
    rows = [{"id": "a", "name_en": "A", "length_km": None, "reason": None, "ids": ["b"], "times": 2}]
    other = replace(derived, layers={**derived.layers, "centreline": computed_frame("centreline", rows, [None])})
    [table] = [one for one in tables_of(layers, other) if one.name == "centreline"]
    kinds = {column.name: column.kind for column in table.columns}
    assert (kinds["length_km"], kinds["reason"], kinds["ids"], kinds["times"]) == ("number", "text", "texts", "integer")


def test_layers_from_openstreetmap_are_told_apart_by_their_credits(layers, derived):
    tables = {table.name: table for table in tables_of(layers, derived)}
    shared_alike = {name for name, table in tables.items() if table.is_from_openstreetmap}
    assert {"m4", "m5", "corridor", "centreline", "road_centreline"} <= shared_alike
    assert not shared_alike & {"basemap", "localities", "sources", "timeline"}
    assert all("OpenStreetMap contributors, ODbL 1.0" in tables[name].credit for name in shared_alike)


def test_the_corridor_says_from_when_it_is(layers, derived):
    for table in tables_of(layers, derived):
        if table.name in ("corridor", "centreline"):
            assert "valid_from" in [column.name for column in table.columns]
            assert {row["valid_from"] for row in table.rows} == {"2020-03-06"}

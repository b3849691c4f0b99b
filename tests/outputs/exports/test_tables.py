from dataclasses import replace

import pytest
import shapely

from geo.inputs.frames import computed_frame, json_rows
from geo.outputs.exports.tables import tables_of


@pytest.fixture(scope="module")
def tables(shipped):
    return {table.name: table for table in tables_of(shipped)}


def test_every_row_of_every_layer_is_in_its_table_as_it_is(tables, shipped):
    assert list(tables) == [spec.name for spec in shipped.layers.catalogue]
    for name, table in tables.items():
        rows = {row["id"]: row for row in json_rows(shipped.frame(name))}
        assert {row["id"]: row for row in table.rows} == rows, name
        assert len(table.rows) == len(table.frame) == len(rows)


def test_every_place_is_that_of_its_row_to_the_decimals_of_its_geojson(tables, shipped):
    for name, table in tables.items():
        if table.is_spatial:
            places = shipped.frame(name).set_index("id").geometry
            for id_, found in zip(table.frame["id"], table.frame["geom"], strict=True):
                assert (found is None) == (places[id_] is None), (name, id_)
                assert found is None or shapely.hausdorff_distance(found, places[id_]) < 1e-6, (name, id_)


def test_every_value_is_of_the_type_of_its_column(tables):
    types = {"string": str, "integer": int, "number": int | float, "array": list}
    for name, table in tables.items():
        for row in table.rows:
            assert list(row) == list(table.columns)
            for column, value in row.items():
                assert value is None or isinstance(value, types[table.columns[column].type]), (name, column, value)


def test_every_column_has_a_title_that_no_other_column_of_the_layer_has(tables):
    for name, table in tables.items():
        titles = [column.title for column in table.columns.values()]
        assert len(set(titles)) == len(titles), name


def test_the_corridor_keeps_its_millimetres(tables, derived):
    for computed, found in zip(derived.layers["corridor"].geometry, tables["corridor"].frame["geom"], strict=True):
        assert shapely.hausdorff_distance(computed, found) < 1e-8


def test_a_measure_that_is_known_of_nothing_is_a_number_still(shipped):
    rows = [{"id": "a", "name_en": "A", "length_km": None, "reason": None, "ids": ["b"], "times": 2}]
    layers = {**shipped.derived.layers, "centreline": computed_frame("centreline", rows, [None])}
    other = replace(shipped, derived=replace(shipped.derived, layers=layers))
    [table] = [one for one in tables_of(other) if one.name == "centreline"]
    types = [table.columns[name].type for name in ("length_km", "reason", "ids", "times")]
    assert types == ["number", "string", "array", "integer"]


def test_layers_from_openstreetmap_are_told_apart_by_their_credits(tables):
    shared_alike = {name for name, table in tables.items() if table.is_from_openstreetmap}
    assert {"basemap", "m4", "m5", "corridor", "centreline", "road_centreline"} <= shared_alike
    assert not shared_alike & {"sea", "localities", "sources", "timeline"}
    assert all("OpenStreetMap contributors, ODbL 1.0" in tables[name].credit for name in shared_alike)


def test_the_corridor_says_from_when_it_is(tables):
    for name in ("corridor", "centreline"):
        assert {row["valid_from"] for row in tables[name].rows} == {"2020-03-06"}

import json

import shapely

from geo.outputs.open_formats.arrow_tables import arrow_table
from geo.outputs.open_formats.tables import tables_of


def table_named(name, layers, derived):
    return next(table for table in tables_of(layers, derived) if table.name == name)


def test_only_the_rows_asked_for_come_in_their_order(layers, derived):
    table = table_named("places", layers, derived)
    found = arrow_table(table, [2, 0], lists_as_text=False)
    assert found.column("id").to_pylist() == [table.rows[2]["id"], table.rows[0]["id"]]


def test_a_list_as_text_is_json(layers, derived):
    table = table_named("line_of_contact", layers, derived)
    texts = arrow_table(table, [0], lists_as_text=True).column("vertex_between").to_pylist()
    assert json.loads(texts[0]) == table.rows[0]["vertex_between"]


def test_a_place_of_several_parts_keeps_its_ground(layers, derived):
    table = table_named("corridor", layers, derived)
    [found] = arrow_table(table, [0], lists_as_text=False, is_multi=True).column("geom").to_pylist()
    assert shapely.from_wkb(found).geom_type == "MultiPolygon"
    assert shapely.from_wkb(found).geoms[0] == table.geometries[0]

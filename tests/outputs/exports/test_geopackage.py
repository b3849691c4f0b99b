import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely

from geo.inputs.files import CHECKOUT
from geo.outputs.exports.geopackage import geopackage
from geo.outputs.exports.tables import tables_of
from geo.outputs.output import Output
from tests.outputs.conftest import BUILD, DATED, HOSTILE
from tests.outputs.read_back import read_back
from tests.programs import ogrinfo

_BUILT_ELSEWHERE = """
import sys
from dataclasses import replace
from geo.inputs.files import LAYERS_DIR
from geo.outputs.context import Build
from geo.outputs.formats import outputs_of
build = replace(Build.of_folder(LAYERS_DIR), build_id=sys.argv[1], data_as_of=sys.argv[2])
for output in outputs_of(build, ["gpkg", "kml", "parquet"]):
    print(output.name, output.digest)
"""


def select(path, query, *values):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute(query, values).fetchall()


@pytest.fixture(scope="module")
def path(published):
    return published.path(".gpkg")


@pytest.fixture(scope="module")
def tables(shipped):
    return {table.name: table for table in tables_of(shipped)}


def with_layers(build, *names):
    """Return a build with a smaller catalogue."""
    catalogue = tuple(spec for spec in build.layers.catalogue if spec.name in names)
    return replace(build, layers=replace(build.layers, catalogue=catalogue))


def spatial_names(path):
    return [name for (name,) in select(path, "select table_name from gpkg_contents where data_type = 'features'")]


def layer_of(path, name):
    return pyogrio.read_info(path, layer=name)["layer_metadata"]["layer"]


def test_every_row_of_every_layer_is_in(published):
    output = published[published.path(".gpkg").name]
    assert read_back(output) == ({BUILD}, output.rows)
    assert set(output.rows) == {spec.name for spec in published.build.layers.catalogue}


def test_ogrinfo_opens_every_table_with_its_rows_and_its_crs(path, published):
    counts = Counter()
    for name, _ in pyogrio.list_layers(path):
        said = ogrinfo("-so", path, name)
        if name != "layer_styles":
            counts[layer_of(path, name)] += int(said.partition("Feature Count: ")[2].partition("\n")[0])
        assert ('ID["EPSG",4326]' in said) == (name in spatial_names(path)), name
    assert counts == published[path.name].rows


def test_geopandas_reads_the_places_and_the_names_of_every_layer_as_they_are(path, tables):
    for name in spatial_names(path):
        table = tables[layer_of(path, name)]
        frame = geopandas.read_file(path, layer=name)
        assert frame.crs == "EPSG:4326"
        rows = {row["id"]: (row, geometry) for row, geometry in zip(table.rows, table.frame["geom"], strict=True)}
        for found in frame.itertuples():
            row, geometry = rows[found.id]
            if geometry is None:
                assert found.geometry is None
            else:
                # Where some rows of a table have several parts, those with one part are of the same type.
                parts, own = shapely.get_parts(found.geometry), shapely.get_parts(geometry)
                assert len(parts) == len(own), (name, found.id)
                assert shapely.equals_exact(parts, own, tolerance=0).all(), (name, found.id)
            for column in ("name_en", "name_ar", "name_tr", "name_fr"):
                name_read = getattr(found, column, None)
                assert row.get(column) == (name_read if isinstance(name_read, str) else None), (name, found.id)


def test_every_value_of_every_table_is_that_of_the_layer(path, tables):
    for name, table in tables.items():
        names = [one for one, _ in pyogrio.list_layers(path) if one != "layer_styles" and layer_of(path, one) == name]
        columns = ", ".join(f'"{column}"' for column in table.columns)
        rows = [row for one in names for row in select(path, f'select {columns} from "{one}"')]
        expected = [
            tuple(
                json.dumps(value, ensure_ascii=False) if isinstance(value := row[column], list) else value
                for column in table.columns
            )
            for row in table.rows
        ]
        assert Counter(rows) == Counter(expected), name


def test_a_table_has_one_type_of_geometry_and_an_index(path):
    types = dict(select(path, "select table_name, geometry_type_name from gpkg_geometry_columns"))
    assert set(types) == set(spatial_names(path))
    assert set(types.values()) <= {"POINT", "LINESTRING", "POLYGON", "MULTILINESTRING", "MULTIPOLYGON"}
    for name in types:
        assert select(path, f'select count(*) from "rtree_{name}_geom"') == select(
            path, f'select count(*) from "{name}" where geom is not null'
        )


def test_the_database_is_sound(path):
    assert select(path, "pragma integrity_check") == [("ok",)]
    assert select(path, "pragma foreign_key_check") == []
    assert select(path, "pragma application_id") == [(int.from_bytes(b"GPKG"),)]
    assert select(path, "pragma user_version") == [(10300,)]


def test_every_layer_says_whom_it_is_owed_to(path, tables):
    for name, description in select(path, "select table_name, description from gpkg_contents"):
        if name == "layer_styles":
            continue
        table = tables[layer_of(path, name)]
        metadata = pyogrio.read_info(path, layer=name)["layer_metadata"]
        assert table.credits
        assert table.credit in description
        assert [one["id"] for one in json.loads(metadata["licences"])] == [one.licence.id for one in table.credits]
        assert ("ODbL" in description) == table.is_from_openstreetmap, name


def test_every_column_has_the_title_of_the_data_dictionary(path, tables):
    titles = {
        (table, column): title
        for table, column, title in select(path, "select table_name, column_name, name from gpkg_data_columns")
    }
    for name in spatial_names(path):
        for column, described in tables[layer_of(path, name)].columns.items():
            assert titles[name, column] == described.title


def test_every_drawn_layer_has_one_default_style_that_qgis_will_find(path, tables):
    styles = select(
        path,
        "select f_table_catalog, f_table_schema, f_table_name, f_geometry_column, useAsDefault from layer_styles",
    )
    assert sorted(styles) == sorted(
        ("", "", name, "geom", 1) for name in spatial_names(path) if tables[layer_of(path, name)].spec.classes
    )


def test_the_status_is_that_of_the_opening_day(path, layers, derived):
    found = dict(select(path, "select id, status_on_opening from observation_posts"))
    day = layers.agreement.map.opens_on
    for id_, history in derived.histories["observation_posts"].items():
        past = [status for since, status in history if since <= day]
        assert found[id_] == (past[-1] if past else None if history else "undated"), id_
    assert len(set(found.values())) >= 4


def test_the_file_is_dated_by_its_data(path):
    dates = {date for (date,) in select(path, "select last_change from gpkg_contents")}
    dates |= {date for (date,) in select(path, "select timestamp from gpkg_metadata_reference")}
    dates |= {date for (date,) in select(path, "select update_time from layer_styles")}
    assert dates == {f"{DATED}T00:00:00.000Z"}


def test_the_clock_of_gdal_is_set_back(published):
    option = "OGR_CURRENT_DATE"
    pyogrio.set_gdal_config_options({option: "2001-01-01T00:00:00.000Z"})
    try:
        geopackage(with_layers(published.build, "timeline", "sources"))
        assert pyogrio.get_gdal_config_option(option) == "2001-01-01T00:00:00.000Z"
    finally:
        pyogrio.set_gdal_config_options({option: None})


def test_another_process_in_another_place_writes_the_same_bytes(published):
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", _BUILT_ELSEWHERE, BUILD, DATED]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=True)
    found = dict(line.split() for line in done.stdout.splitlines())
    assert found == {name: published[name].digest for name in found}
    assert {".gpkg", ".kml", ".parquet"} == {Path(name).suffix for name in found}


def test_hostile_text_arrives_as_it_is(hostile):
    path = hostile.path(".gpkg")
    assert select(path, "pragma integrity_check") == [("ok",)]
    assert set(select(path, "select distinct name_en from places")) == {(HOSTILE,)}
    ogrinfo("-so", "-al", path)


def test_areas_of_one_part_and_of_several_share_a_table(published):
    build = with_layers(published.build, "corridor")
    corridor = build.derived.layers["corridor"]
    one, *others = corridor.geometry
    several = shapely.MultiPolygon([one, shapely.box(35, 35, 35.1, 35.1)])
    other = {**build.derived.layers, "corridor": corridor.set_geometry([several, *others], crs=corridor.crs)}
    output = geopackage(replace(build, derived=replace(build.derived, layers=other)))
    assert isinstance(output, Output)
    assert read_back(output)[1] == {"corridor": 3}

import io
import json

import geopandas
import pyarrow.parquet as pq
import shapely

from geo.outputs.exports.tables import tables_of
from tests.outputs.conftest import BUILD, HOSTILE
from tests.outputs.read_back import read_back


def test_every_layer_is_a_file_with_all_its_rows(published):
    names = [output.name for output in published.outputs if output.name.startswith("parquet/")]
    assert names == [f"parquet/{spec.name}.parquet" for spec in published.build.layers.catalogue]
    for name in names:
        assert read_back(published[name]) == ({BUILD}, published[name].rows)


def test_geopandas_reads_places_and_values_as_they_are(published, shipped):
    for table in tables_of(shipped):
        path = published.folder / "parquet" / f"{table.name}.parquet"
        found = pq.read_table(path)
        rows = found.drop_columns(["geom"] if table.is_spatial else []).to_pylist()
        assert rows == table.rows
        if table.is_spatial:
            frame = geopandas.read_parquet(path)
            assert frame.crs == "EPSG:4326"
            for one, other in zip(frame.geometry, table.frame["geom"], strict=True):
                assert (one is None and other is None) or shapely.equals_exact(one, other, tolerance=0)


def test_lists_are_lists_and_arabic_is_arabic(published):
    [saraqib] = [row for row in rows(published, "places") if row["id"] == "saraqib"]
    assert saraqib["name_ar"] == "سراقب"
    assert isinstance(saraqib["sources"], list)
    contact = rows(published, "line_of_contact")
    assert all(isinstance(metres, int) for row in contact for metres in row["vertex_precision_m"])


def rows(published, layer):
    return pq.read_table(io.BytesIO(published[f"parquet/{layer}.parquet"].content)).to_pylist()


def test_the_metadata_are_those_of_geoparquet(published):
    for output in published.outputs:
        if not output.name.startswith("parquet/"):
            continue
        metadata = pq.read_schema(io.BytesIO(output.content)).metadata
        if b"geo" not in metadata:
            continue
        geo = json.loads(metadata[b"geo"])
        column = geo["columns"][geo["primary_column"]]
        assert (geo["version"], column["encoding"]) == ("1.1.0", "WKB")
        assert column["crs"]["id"] == {"authority": "EPSG", "code": 4326}
        west, south, east, north = column["bbox"]
        assert west < east
        assert south < north
        assert set(column["geometry_types"]) <= {"Point", "LineString", "Polygon", "MultiLineString", "MultiPolygon"}


def test_what_comes_from_openstreetmap_says_so_in_each_file(published, shipped):
    for table in tables_of(shipped):
        metadata = pq.read_schema(published.folder / "parquet" / f"{table.name}.parquet").metadata
        assert metadata[b"credit"].decode() == table.credit
        assert ("ODbL-1.0" in metadata[b"licences"].decode()) == table.is_from_openstreetmap


def test_hostile_text_arrives_as_it_is(hostile):
    assert {row["name_en"] for row in rows(hostile, "places")} == {HOSTILE}

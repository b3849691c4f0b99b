"""Files are opened by what they hold. All rows here are synthetic."""

import gzip
import json

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely.geometry import Point

from geo.errors import DataError, OutputError
from geo.inputs.incident_files import open_source
from geo.inputs.incident_parquet import ParquetSource


def rows_of(source):
    return [row for pending in source.batches() for row in pending().batch.to_pylist()]


def refused_by(source):
    return [(one.row, one.reason) for pending in source.batches() for one in pending().refused]


def feature(lon, lat, **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "name": "synthetic", "features": features})


def test_a_name_that_says_something_else_does_not_matter(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "parquet.csv")
    (tmp_path / "geojson.csv").write_text(collection(feature(36.5, 35.8)))
    (tmp_path / "csv.parquet").write_text("a,b\n1,2\n")
    (tmp_path / "csv.json").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert isinstance(open_source(tmp_path / "parquet.csv"), ParquetSource)
    assert rows_of(open_source(tmp_path / "geojson.csv")) == [{"longitude": 36.5, "latitude": 35.8}]
    for name in ("csv.parquet", "csv.json"):
        assert rows_of(open_source(tmp_path / name)) == [{"a": "1", "b": "2"}]


def test_what_cannot_be_opened_is_told_plainly(tmp_path):
    (tmp_path / "cut.gz").write_bytes(b"\x1f\x8b\x08")
    with pytest.raises(DataError, match="gzip: damaged"):
        open_source(tmp_path / "cut.gz")
    with pytest.raises(OutputError, match="cannot be read: No such file"):
        open_source(tmp_path / "none")
    with pytest.raises(OutputError, match="cannot be read: Is a directory"):
        open_source(tmp_path)


def test_parquet_is_read_in_parts_of_whole_row_groups_with_the_numbers_of_the_file(tmp_path):
    pq.write_table(pa.table({"a": list(range(100))}), tmp_path / "a", row_group_size=30)
    source = open_source(tmp_path / "a")
    parts = list(source.parts(1))
    assert [[number for pending in part.batches() for number in pending().numbers.tolist()] for part in parts] == [
        list(range(1, 31)), list(range(31, 61)), list(range(61, 91)), list(range(91, 101)),
    ]  # fmt: skip
    assert [row for part in parts for row in rows_of(part)] == rows_of(source)


def test_geoparquet_in_metres_is_refused_and_in_degrees_read(tmp_path):
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(36.5, 35.8)], crs=4326)
    frame.to_parquet(tmp_path / "degrees")
    frame.to_crs(32637).to_parquet(tmp_path / "metres")
    assert open_source(tmp_path / "degrees").geometry == "geometry"
    with pytest.raises(DataError, match=r"CRS: EPSG:32637: longitude and latitude are needed"):
        open_source(tmp_path / "metres")


def test_features_become_rows_with_their_properties_and_columns_of_all_of_them(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(collection(feature(36.5, 35.8, a=1, b="x"), feature(36.6, 35.9, a=2.5, c=[1, {"d": None}])))
    assert rows_of(open_source(path)) == [
        {"a": 1.0, "b": "x", "c": None, "longitude": 36.5, "latitude": 35.8},
        {"a": 2.5, "b": None, "c": '[1, {"d": null}]', "longitude": 36.6, "latitude": 35.9},
    ]


def test_one_feature_a_line_is_read_too(tmp_path):
    (tmp_path / "a").write_text("\n".join(json.dumps(feature(36.5, 35.8, n=n)) for n in range(3)) + "\n")
    assert [row["n"] for row in rows_of(open_source(tmp_path / "a"))] == [0, 1, 2]


def test_what_is_no_point_is_refused_with_its_number_and_a_null_geometry_has_no_coordinate(tmp_path):
    line = {**feature(0, 0), "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}
    (tmp_path / "a").write_text(
        collection(feature(36.5, 35.8), line, {"type": "Thing"}, {**feature(0, 0), "geometry": None})
    )
    source = open_source(tmp_path / "a")
    assert refused_by(source) == [(2, "geometry is not a point"), (3, "not a feature")]
    assert rows_of(source)[1] == {"longitude": None, "latitude": None}


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-20], lambda text: text.replace("35.8", "35.8.1", 1), lambda _: "{"]
)
def test_geojson_that_is_cut_off_or_broken_is_refused_as_a_whole(tmp_path, spoil):
    text = collection(*(feature(36.5, 35.8, n=n) for n in range(20_000)))
    (tmp_path / "a").write_text(spoil(text))
    with pytest.raises(DataError, match=r"^a: GeoJSON: "):
        rows_of(open_source(tmp_path / "a"))

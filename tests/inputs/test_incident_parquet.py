"""Parquet and GeoParquet tables. All rows here are synthetic."""

import json

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely.geometry import Point

from geo.errors import DataError, OutputError
from geo.inputs.incident_parquet import ROWS_AT_ONCE, open_parquet
from tests.incident_rows import numbers_of, rows_of


def test_parquet_is_read_in_parts_of_whole_row_groups_with_the_numbers_of_the_file(tmp_path):
    pq.write_table(pa.table({"a": list(range(100))}), tmp_path / "a", row_group_size=30)
    source = open_parquet(tmp_path / "a")
    parts = list(source.parts(1))
    assert [numbers_of(part) for part in parts] == [
        list(range(1, 31)), list(range(31, 61)), list(range(61, 91)), list(range(91, 101)),
    ]  # fmt: skip
    assert [row for part in parts for row in rows_of(part)] == rows_of(source)


def test_geoparquet_in_metres_is_refused_and_in_degrees_read(tmp_path):
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(36.5, 35.8)], crs=4326)
    frame.to_parquet(tmp_path / "degrees")
    frame.to_crs(32637).to_parquet(tmp_path / "metres")
    assert open_parquet(tmp_path / "degrees").geometry == "geometry"
    with pytest.raises(DataError, match=r"CRS: EPSG:32637: longitude and latitude are needed"):
        open_parquet(tmp_path / "metres")


def test_small_row_groups_go_together_into_a_part_until_it_is_large_enough(tmp_path):
    pq.write_table(pa.table({"a": list(range(100))}), tmp_path / "a", row_group_size=10)
    size = pq.ParquetFile(tmp_path / "a").metadata.row_group(0).total_byte_size
    parts = list(open_parquet(tmp_path / "a").parts(3 * size - 2))
    assert [len(numbers_of(part)) for part in parts] == [30, 30, 30, 10]


def test_narrow_rows_come_in_batches_of_a_fixed_number_and_wide_ones_in_smaller_batches(tmp_path):
    count = ROWS_AT_ONCE + 1
    pq.write_table(pa.table({"a": pa.array([0] * count, pa.int8())}), tmp_path / "narrow")
    assert [pending().batch.num_rows for pending in open_parquet(tmp_path / "narrow").batches()] == [ROWS_AT_ONCE, 1]
    wide = pa.array([f"{number:06d}" * 2_000 for number in range(3_000)])
    pq.write_table(pa.table({"a": wide}), tmp_path / "wide", use_dictionary=False, compression="none")
    assert max(pending().batch.num_rows for pending in open_parquet(tmp_path / "wide").batches()) == 1024


def test_a_damaged_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and then nothing PAR1")
    with pytest.raises(DataError, match=r"^a\.parquet: Parquet: .*: write the file again$"):
        open_parquet(tmp_path / "a.parquet")


def test_a_file_whose_rows_are_damaged_is_refused_when_they_are_read(tmp_path):
    path = tmp_path / "a"
    pq.write_table(pa.table({"a": list(range(1000))}), path, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[4:200] = b"\xff" * 196
    path.write_bytes(content)
    with pytest.raises((DataError, OutputError), match="a"):
        rows_of(open_parquet(path))


def test_a_file_that_is_not_there_is_told_plainly(tmp_path):
    with pytest.raises(OutputError, match="none: cannot be read: "):
        open_parquet(tmp_path / "none")


def test_a_table_that_states_no_geometry_has_none(tmp_path):
    pq.write_table(pa.table({"geometry": [b"x"]}), tmp_path / "a")
    assert open_parquet(tmp_path / "a").geometry is None


@pytest.mark.parametrize("geo", ["{", "[]", json.dumps({"columns": {}}), pytest.param("[" * 100_000, id="deep")])
def test_a_key_geo_that_cannot_be_read_is_refused(tmp_path, geo):
    table = pa.table({"geometry": [b"x"]}).replace_schema_metadata({"geo": geo})
    pq.write_table(table, tmp_path / "a")
    with pytest.raises(DataError, match="GeoParquet: its key 'geo' is not readable"):
        open_parquet(tmp_path / "a")

"""Files are opened by what they hold. All rows here are synthetic."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.errors import DataError, OutputError
from geo.inputs.incident_files import open_source
from geo.inputs.incident_parquet import ParquetSource
from tests.incident_rows import collection, feature, rows_of


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

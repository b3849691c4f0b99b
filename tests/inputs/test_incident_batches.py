"""What every opened table promises, whatever its format. All rows here are synthetic."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.inputs.incident_batches import Refusal, Rows
from geo.inputs.incident_files import open_source
from tests.incident_rows import collection, feature, numbers_of, plain, refused_by, rows_of

COUNT = 5_000


@pytest.fixture(params=["csv", "geojson", "parquet"])
def source(request, tmp_path):
    """A table of so many rows in each format; one of the CSV and one of the GeoJSON is none."""
    path = tmp_path / f"synthetic.{request.param}"
    if request.param == "csv":
        lines = plain(COUNT).splitlines()
        path.write_text("\n".join([*lines[:10], "too,few", *lines[10:]]) + "\n")
    elif request.param == "geojson":
        features = [feature(36.5, 35.8, n=n) for n in range(COUNT)]
        path.write_text(collection(*features[:9], {"type": "Thing"}, *features[9:]))
    else:
        pq.write_table(pa.table({"n": list(range(COUNT))}), path, row_group_size=600)
    return open_source(path)


def test_every_row_is_yielded_or_refused_and_has_its_number(source):
    refused = [row for row, _ in refused_by(source)]
    assert sorted([*numbers_of(source), *refused]) == list(range(1, COUNT + len(refused) + 1))
    assert refused == ([] if source.name.endswith("parquet") else [10])


def test_every_batch_has_the_columns_that_the_table_states_and_a_number_for_each_row(source):
    for pending in source.batches():
        rows = pending()
        assert isinstance(rows, Rows)
        assert rows.batch.schema.names == source.schema.names
        assert len(rows.numbers) == rows.batch.num_rows
        assert rows.lines is None or len(rows.lines) == rows.batch.num_rows


def test_reading_again_gives_the_same(source):
    assert rows_of(source) == rows_of(source)


def test_the_parts_are_together_the_whole_in_its_order(source):
    parts = list(source.parts(1 << 10))
    assert [row for part in parts for row in rows_of(part)] == rows_of(source)
    assert [number for part in parts for number in numbers_of(part)] == numbers_of(source)
    assert {part.name for part in parts} == {source.name}


def test_a_refusal_names_the_file_the_row_and_the_line_where_there_are_lines(source):
    found = [one for pending in source.batches() for one in pending().refused]
    assert all(isinstance(one, Refusal) and one.file == source.name and one.reason and one.found for one in found)
    assert [one.line for one in found] == {"csv": [11], "geojson": [None], "parquet": []}[source.name.split(".")[1]]

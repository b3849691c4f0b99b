"""Spark gives what one machine gives, row for row. All rows are synthetic."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pyarrow.parquet as pq
import pytest

from geo.history.classification import COLUMNS
from geo.inputs.files import CHECKOUT
from tests.incident_rows import plain
from tests.programs import not_found
from tests.test_incidents import run

pytestmark = pytest.mark.slow  # a Java machine starts for each

MISSING = [what for what, there in (("Java", shutil.which("java")), ("PySpark", find_spec("pyspark"))) if not there]


@pytest.fixture(autouse=True)
def _spark_is_here():
    if MISSING:
        not_found(f"{' and '.join(MISSING)} not installed here")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A CSV with bad rows, and a Parquet file of several row groups."""
    folder = tmp_path_factory.mktemp("spark")
    lines = plain(3000).encode().splitlines(keepends=True)
    lines[7], lines[2500], lines[2600] = b"x,35.8\n", b"x,35.8,36.5,never,n\n", b"x,35.8,36.5,,n\n"
    (folder / "a.csv").write_bytes(b"".join(lines))
    from pyarrow import csv

    (folder / "b.csv").write_text(plain(5000, seed=2))
    pq.write_table(csv.read_csv(folder / "b.csv"), folder / "b.parquet", row_group_size=700)
    return folder


SPARK = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "ignore"}
# Small pieces, so that there are many.
SMALL = (
    "import geo.inputs.incident_files as files; files.PIECE_BYTES = 20_000;"
    "import runpy; runpy.run_module('geo.incidents', run_name='__main__')"
)


@pytest.mark.parametrize(("name", "kind"), [("a.csv", "csv"), ("a.csv", "geojson"), ("b.parquet", "parquet")])
def test_the_table_of_spark_is_the_table_of_one_machine(inputs, tmp_path, name, kind):
    here, there = tmp_path / f"here.{kind}", tmp_path / f"there.{kind}"
    ledger = run(inputs / name, "--out", here)[1]
    options = ["--out", there, "--engine", "spark", "--master", "local[2]", "--summary", tmp_path / "s.csv"]
    done = subprocess.run(
        [sys.executable, "-c", SMALL, inputs / name, *options], env=SPARK, cwd=CHECKOUT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    total, good, bad = ledger
    assert f"{total:,} rows in = {good:,} classified + {bad:,} rejected" in done.stdout
    if kind == "parquet":
        assert pq.read_table(here).to_pylist() == pq.read_table(there).to_pylist()
    else:
        assert here.read_bytes() == there.read_bytes()
        rejects = [path.with_name(f"{path.name}.rejects.csv").read_bytes() for path in (here, there)]
        assert rejects[0] == rejects[1]
    assert not list(tmp_path.glob(".*"))


def test_a_frame_of_spark_gains_the_same_columns_and_tells_bad_rows(inputs, tmp_path):
    code = f"""
import json, sys
from pyspark.sql import SparkSession
from geo.history.classification import COLUMNS, Classifier
from geo.inputs.layers import read_layers
from geo.inputs.files import LAYERS_DIR
from geo.outputs.incident_spark import classify_spark, session
spark = session("local[2]")
frame = spark.read.parquet({str(inputs / "b.parquet")!r})
from pyspark.sql import functions as f
frame = frame.withColumn("lat", f.when(f.col("id") == 3, f.lit(None)).otherwise(f.col("lat")))
rows = classify_spark(frame, Classifier.of(read_layers(LAYERS_DIR))).orderBy("id").collect()
print(json.dumps([[row[name] for name in ("id", *COLUMNS, "refused")] for row in rows]))
spark.stop()
"""
    done = subprocess.run([sys.executable, "-c", code], env=SPARK, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    import json

    found = {row[0]: row[1:] for row in json.loads(done.stdout.splitlines()[-1])}
    run(inputs / "b.parquet", "--out", tmp_path / "here.parquet")
    expected = {
        row["id"]: [row[name] for name in COLUMNS] for row in pq.read_table(tmp_path / "here.parquet").to_pylist()
    }
    assert found.pop(3) == [None] * len(COLUMNS) + ["no coordinate"]
    expected.pop(3)
    assert {id_: row[:-1] for id_, row in found.items()} == expected
    assert {row[-1] for row in found.values()} == {None}

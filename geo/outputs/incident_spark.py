"""The same classification on Spark: the geometry is broadcast, and each task classifies one piece of a table alone."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from geo.errors import GeoError
from geo.history.classification import COLUMNS, Classifier
from geo.inputs.incident_cells import Order
from geo.inputs.incident_columns import REASONS, recognise, values_of
from geo.inputs.incident_csv import Refusal
from geo.inputs.incident_files import IncidentFile
from geo.outputs.incident_output import Classified, added_fields, answers, classified, with_gaps

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

REFUSED = "refused"


def session(master: str | None) -> "SparkSession":
    """Return a Spark session, ``local[*]`` if no master is given.

    Raises
    ------
    GeoError
        If PySpark or Java is not installed, or Spark does not start.
    """
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise GeoError("--engine spark: PySpark is not installed; pip install 'idlib-m4-map[spark]'") from None
    if "SPARK_REMOTE" not in os.environ and not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise GeoError("--engine spark: Java 17 or newer is needed, and was not found")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master or "local[*]").appName("geo.incidents")
    if master is None or master.startswith("local"):
        builder = builder.config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
    builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.log.level", "ERROR")
    try:
        found: SparkSession = builder.getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        raise GeoError(f"--engine spark: Spark does not start: {error}") from None
    return found


def run_spark(
    tables: Sequence[IncidentFile], where: Classifier, folder: Path, master: str | None
) -> Iterator[Classified]:
    """Classify tables on Spark, and yield the batches in order.

    Every worker must have the inputs and the folder, for intermediate files, at the same path.
    """
    folder.mkdir()
    jobs = [(table, piece) for table in tables for piece in range(len(table.pieces))]
    spark = session(master)
    try:
        shared = spark.sparkContext.broadcast((jobs, where, folder))
        frame = spark.range(len(jobs), numPartitions=max(1, len(jobs)))
        frame.mapInArrow(lambda batches: _work(batches, *shared.value), "id long").collect()
    finally:
        spark.stop()
    for number in range(len(jobs)):
        with pa.OSFile(str(folder / str(number))) as file, pa.ipc.open_stream(file) as reader:
            while True:
                try:
                    batch, about = reader.read_next_batch_with_custom_metadata()
                except StopIteration:
                    break
                yield Classified(batch, tuple(Refusal(*one) for one in json.loads(about[REFUSED])))


def _work(
    batches: Iterable[Any], jobs: Sequence[tuple[IncidentFile, int]], where: Classifier, folder: Path
) -> Iterator[Any]:
    """Classify the pieces of a task. A task that is run again writes its file again; the last whole one counts."""
    for batch in batches:
        for number in batch.column(0).to_pylist():
            table, piece = jobs[number]
            unfinished = folder / f"{number}.{os.getpid()}"
            schema = pa.schema([*table.schema, *added_fields()], metadata=table.schema.metadata)
            with pa.OSFile(str(unfinished), "wb") as file, pa.ipc.new_stream(file, schema) as out:
                for rows in table.pieces[piece](None):
                    found = classified(rows, table, where)
                    out.write_batch(found.batch, custom_metadata={REFUSED: json.dumps(found.refused)})
            unfinished.replace(folder / str(number))
        yield batch


def classify_spark(
    frame: "DataFrame", where: Classifier, given: Mapping[str, str] | None = None, order: Order | None = None
) -> "DataFrame":
    """Return a Spark frame with the added columns, and a last column ``refused``.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
        Incidents, from any source that Spark reads. It is not shuffled.
    where : Classifier
        The prepared geometry of the layers.
    given : mapping of str to str, optional
        Columns that are not recognised, by ``lat``, ``lon``, ``date``.
    order : str, optional
        Whether dates such as ``5/3/2020`` are ``day-first`` or ``month-first``; without it they are bad dates.

    Returns
    -------
    pyspark.sql.DataFrame
        As many rows. A row without a usable position or date has the reason in ``refused``, and no answers.

    Raises
    ------
    DataError
        If the position is not recognised.
    """
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructType

    columns = replace(recognise("frame", frame.columns, given or {}), order=order)
    plain = [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in added_fields()]
    added = pa.schema([*plain, pa.field(REFUSED, pa.string())])
    schema = StructType([*frame.schema.fields, *from_arrow_schema(added).fields])
    shared = frame.sparkSession.sparkContext.broadcast(where)

    def answer(batch: Any) -> Any:
        values = values_of(batch, columns, is_regional=False)
        good = np.flatnonzero(values.fault < 0)
        found = with_gaps(answers(shared.value, values, good).cast(pa.schema(plain)), good, batch.num_rows)
        reasons = pa.array([None if fault < 0 else REASONS[fault] for fault in values.fault.tolist()], pa.string())
        return pa.RecordBatch.from_arrays(
            [*batch.columns, *found.columns, reasons], names=[*batch.schema.names, *COLUMNS, REFUSED]
        )

    return frame.mapInArrow(lambda batches: map(answer, batches), schema)

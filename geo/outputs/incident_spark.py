"""The same work on Spark: the geometry is broadcast, and every task reads, classifies and writes a part alone.

What is not known to be read alone (a compressed CSV, GeoJSON) is one part. The parts are put together in their order,
so that the table is the one that a single machine writes.
"""

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import GeoError
from geo.history.classification import COLUMNS, Classifier, Places
from geo.inputs.incident_formats import Columns, recognise
from geo.inputs.incident_values import REASONS, values_of
from geo.outputs.incident_files import FileFormat, Stage, encoder, writer
from geo.outputs.incident_tables import Tally, Task, classified, output_fields, reject_rows, with_columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# What a task reads at least.
PART_BYTES = 32 << 20
REFUSED = "refused"
LOCAL = "local[*]"
_REPORT = "part int, classified long, rejected long, tally string"


def session(master: str | None) -> "SparkSession":
    """Return a Spark session: the one that runs, or a new one.

    Raises
    ------
    GeoError
        If Spark or Java is not installed here.
    """
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise GeoError("--engine spark: PySpark is not installed; pip install 'idlib-m4-map[spark]'") from None
    if "SPARK_REMOTE" not in os.environ and not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise GeoError("--engine spark: Java 17 or newer is needed, and none is found")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master or LOCAL).appName("geo.incidents")
    if (master or LOCAL).startswith("local"):
        builder = builder.config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    try:
        found: SparkSession = builder.config("spark.log.level", "ERROR").getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        raise GeoError(f"--engine spark: Spark does not start: {error}") from None
    return found


def write_spark(
    plans: Sequence[tuple[Any, Task]], stage: Stage, file_format: FileFormat, master: str | None
) -> Counter[str]:
    """Classify inputs on Spark and write the table to a stage.

    Parameters
    ----------
    plans : sequence of (Source, Task)
        The inputs. Every worker must be able to open them by the same path, and the folder of the table too.
    stage : Stage
        Where to write.
    file_format : str
        Of the table.
    master : str or None
        The cluster; this machine if None.

    Returns
    -------
    Counter
        Keys ``classified`` and ``rejected``, and of the tally ``week side name``.
    """
    import pyarrow as pa

    folder = stage.folder()
    plans[0][1].where.prepare()  # once here, rather than in every worker
    schema = pa.schema([*plans[0][0].schema, *output_fields()], metadata=plans[0][0].schema.metadata)
    spark = session(master)
    try:
        jobs = [(part, task.columns, task.is_regional) for source, task in plans for part in source.parts(PART_BYTES)]
        where = spark.sparkContext.broadcast(plans[0][1].where)
        shared = spark.sparkContext.broadcast((jobs, str(folder), file_format, schema))
        frame = spark.range(len(jobs), numPartitions=max(1, len(jobs)))
        reports = frame.mapInArrow(lambda batches: _work(batches, where.value, shared.value), _REPORT).collect()
    finally:
        spark.stop()
    _join(folder, len(jobs), stage, file_format, schema, plans[0][1].columns, reports)
    counts: Counter[str] = Counter()
    for report in reports:
        counts["classified"] += report.classified
        counts["rejected"] += report.rejected
        counts.update(json.loads(report.tally))
    return counts


def _work(batches: Iterable[Any], where: Classifier, shared: tuple[Any, ...]) -> Iterator[Any]:
    import pyarrow as pa

    jobs, folder, file_format, schema = shared
    for batch in batches:
        for number in batch.column(0).to_pylist():
            yield pa.RecordBatch.from_pylist(
                [_part(number, jobs[number], where, Path(folder), file_format, schema)],
                schema=pa.schema(
                    [("part", pa.int32()), ("classified", pa.int64()), ("rejected", pa.int64()), ("tally", pa.string())]
                ),
            )


def _part(
    number: int,
    job: tuple[Any, Columns, bool],
    where: Classifier,
    folder: Path,
    file_format: FileFormat,
    schema: Any,
) -> dict[str, Any]:
    """Read, classify and write one part. A task that is tried again writes it again, and the last one whole counts."""
    source, columns, is_regional = job
    task = Task(where, columns, is_regional, source.name)
    encode = encoder(file_format, columns)
    tally: Tally = Counter()
    rows = refused = 0
    unfinished = [folder / f"{name}-{number}.{os.getpid()}.tmp" for name in ("part", "rejects")]
    with unfinished[0].open("wb") as file, unfinished[1].open("wb") as rejects:
        out = writer(file, file_format, schema, columns, is_part=True)
        for pending in source.batches():
            found = classified(pending(), task)
            out.write(encode(found.batch))
            rejects.write(reject_rows(found.refused))
            rows, refused = rows + found.batch.num_rows, refused + len(found.refused)
            tally.update(found.tally)
        out.close()
    for path in unfinished:
        path.replace(path.with_suffix("").with_suffix(""))
    words = {"\t".join(key): count for key, count in tally.items()}
    return {"part": number, "classified": rows, "rejected": refused, "tally": json.dumps(words)}


def _join(
    folder: Path,
    count: int,
    stage: Stage,
    file_format: FileFormat,
    schema: Any,
    columns: Columns,
    reports: Sequence[Any],
) -> None:
    """Put the parts together in their order."""
    refused = {report.part: report.rejected for report in reports}
    with stage.path_for(stage.out).open("wb") as file, ThreadPoolExecutor(1) as ahead:
        out = writer(file, file_format, schema, columns)
        parts = [folder / f"part-{number}" for number in range(count)]
        read = _batches_of if file_format == "parquet" else Path.read_bytes
        coming = ahead.submit(read, parts[0]) if parts else None
        for number in range(count):
            content = coming.result() if coming else b""
            coming = ahead.submit(read, parts[number + 1]) if number + 1 < count else None
            if file_format == "parquet":
                for batch in content:
                    out.write(batch)
            else:
                out.write(content)
            if refused[number]:
                stage.refuse_text((folder / f"rejects-{number}").read_bytes(), refused[number])
            parts[number].unlink()
        out.close()


def _batches_of(part: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(part).to_batches()


# ---- Frames of Spark ----


def classify_spark(frame: "DataFrame", where: Classifier, given: Mapping[str, str] | None = None) -> "DataFrame":
    """Return a Spark frame with the added columns, and with a last column ``refused``.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
        Incidents, from any source that Spark reads. It is not shuffled.
    where : Classifier
        The geometry of the layers.
    given : mapping of str to str, optional
        Columns that are not recognised, by ``lat``, ``lon``, ``date``.

    Returns
    -------
    pyspark.sql.DataFrame
        As many rows. A row without a usable position or date has its reason in ``refused``, and no answers.

    Raises
    ------
    DataError
        If there is no telling where the positions stand.
    """
    from pyspark.sql.types import BooleanType, DataType, DoubleType, StringType, StructField, StructType

    columns = recognise("frame", frame.columns, given or {})
    kinds: dict[str, DataType] = dict.fromkeys(("in_corridor", "in_zone", "uncertain"), BooleanType())
    kinds |= dict.fromkeys(("chainage_km", "distance_m", "post_distance_m"), DoubleType())
    added = [StructField(name, kinds.get(name, StringType())) for name in COLUMNS]
    schema = StructType([*frame.schema.fields, *added, StructField(REFUSED, StringType())])
    shared = frame.sparkSession.sparkContext.broadcast(where)
    return frame.mapInArrow(lambda batches: (_answered(batch, columns, shared.value) for batch in batches), schema)


def _answered(batch: Any, columns: Columns, where: Classifier) -> Any:
    import numpy as np
    import pyarrow as pa

    values = values_of(batch, columns, is_regional=False)
    good = values.fault < 0
    places = Places(np.where(good, values.lon, 0.0), np.where(good, values.lat, 0.0), values.day, values.precision_m)
    found = with_columns(batch, where.columns(places))
    reasons = pa.array([None if fault < 0 else REASONS[fault] for fault in values.fault.tolist()], pa.string())
    arrays = [
        column if name not in COLUMNS else _only(_decoded(column), good)
        for name, column in zip(found.schema.names, found.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays([*arrays, reasons], names=[*found.schema.names, REFUSED])


def _decoded(column: Any) -> Any:
    import pyarrow.types as kinds

    return column.dictionary_decode() if kinds.is_dictionary(column.type) else column


def _only(column: Any, good: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(good), column, pa.scalar(None, column.type))

"""Where your own incidents fall: ``python -m geo.incidents`` for files, `classify` for a frame."""

import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from geo.errors import DataError, GeoError, Problem
from geo.geometry.arguments import in_degrees
from geo.history.classification import COLUMNS, Classifier, Places, Words
from geo.inputs.files import LAYERS_DIR
from geo.inputs.incident_batches import Rows, Source
from geo.inputs.incident_files import open_source
from geo.inputs.incident_formats import COUNTRY, PARTS, Columns, recognise
from geo.inputs.incident_values import is_regional, values_of
from geo.inputs.layers import read_layers
from geo.outputs.incident_files import FILE_FORMATS, FileFormat, Stage, encoder, staged, writer
from geo.outputs.incident_summary import draw_summary, summary_paths, summary_table
from geo.outputs.incident_tables import Classified, Tally, Task, classified, output_fields
from geo.terminal import run

if TYPE_CHECKING:
    import pandas as pd

ENGINES = ("local", "spark")
_STOPPED = 130
_WORKERS = max(1, os.cpu_count() or 1)


@lru_cache(maxsize=4)
def _prepared(layers_dir: Path) -> Classifier:
    return Classifier.of(read_layers(layers_dir))


def classify(
    df: "pd.DataFrame",
    columns: Sequence[str] | None = None,
    *,
    lat: str | None = None,
    lon: str | None = None,
    date: str | None = None,
    layers: Path = LAYERS_DIR,
) -> "pd.DataFrame":
    """Return a frame with columns that say where each of its rows falls.

    Parameters
    ----------
    df : DataFrame or GeoDataFrame
        Incidents; ACLED, UCDP GED and FIRMS columns are recognised, as are ``latitude``, ``longitude``, ``date`` and
        the points of a GeoDataFrame in any CRS.
    columns : sequence of str, optional
        Which columns to add, of `geo.history.classification.COLUMNS`; all of them if not given. Only these are
        computed.
    lat, lon, date : str, optional
        Columns of the frame, in degrees (WGS 84) and days, where they are not recognised.
    layers : Path
        The folder of layers.

    Returns
    -------
    DataFrame
        A copy with as many rows, in the same order. A row without a usable position or date gets no answers.

    Raises
    ------
    DataError
        If the columns with the positions are not recognised, or a column to be added already exists.
    GeometryError
        If the positions are the points of a GeoDataFrame without a CRS.
    GeoError
        If an unknown column is asked for.
    """
    import numpy as np
    import pyarrow as pa

    wanted = COLUMNS if columns is None else tuple(columns)
    if unknown := [name for name in wanted if name not in COLUMNS]:
        raise GeoError(f"no column is called {unknown[0]!r}; the columns are {', '.join(COLUMNS)}")
    given = {part: name for part, name in zip(PARTS, (lat, lon, date), strict=True) if name is not None}
    names = [str(name) for name in df.columns]
    geometry = getattr(df, "_geometry_column_name", None)
    told = recognise("frame", names, given, geometry=geometry if geometry in names else None)
    _check_free("frame", names, wanted)
    country = next((name for name in names if name.lower() == COUNTRY), None)
    used = [name for name in (told.lat, told.lon, told.date, country, *told.precision) if name]
    arrays = {name: _arrow_array(df[name]) for name in used}
    if told.geometry:
        points = in_degrees(cast("Any", df), "frame").geometry
        arrays[told.geometry] = pa.array(points.to_wkb(), pa.binary(), from_pandas=True)
    batch = pa.RecordBatch.from_pydict(arrays)
    values = values_of(batch, told, is_regional=is_regional(batch, told))
    good = np.flatnonzero(values.fault < 0)
    places = Places(values.lon, values.lat, values.day, values.precision_m).part(good)
    found = _in_threads(_prepared(layers), places, wanted)
    result = df.copy()
    for name, column in found.items():
        result[name] = _series(column, good, df)
    return result


def _arrow_array(column: "pd.Series[Any]") -> Any:
    """Return a column of a frame for Arrow; cells of several types become texts, as they are in a CSV."""
    import pyarrow as pa

    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowException, OverflowError):
        texts = [None if missing else str(cell) for cell, missing in zip(column, column.isna(), strict=True)]
        array = pa.array(texts, pa.string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _series(column: Any, good: Any, df: "pd.DataFrame") -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(column, Words):
        codes = np.full(len(df), -1, dtype=np.int32)
        codes[good] = column.codes
        return pd.Series(pd.Categorical.from_codes(codes, pd.Index(list(column.words), dtype=object)), index=df.index)
    if column.dtype == bool:
        mask = np.ones(len(df), dtype=bool)
        mask[good] = np.ma.getmaskarray(column)
        truths = np.zeros(len(df), dtype=bool)
        truths[good] = np.ma.getdata(column)
        return pd.Series(pd.arrays.BooleanArray(truths, mask), index=df.index)
    numbers = np.full(len(df), np.nan)
    numbers[good] = column
    return pd.Series(numbers, index=df.index)


_PART_ROWS = 1 << 18


def _in_threads(where: Classifier, places: Places, wanted: Sequence[str]) -> dict[str, Any]:
    """Compute columns with all processors; numpy lets go of the interpreter while it works."""
    from geo.history.classification import joined

    if len(places) <= _PART_ROWS:
        return where.columns(places, wanted)
    where.prepare(wanted)
    parts = [places.part(slice(first, first + _PART_ROWS)) for first in range(0, len(places), _PART_ROWS)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = list(pool.map(lambda part: where.columns(part, wanted), parts))
    return {name: joined([part[name] for part in found]) for name in found[0]}


def _check_free(file: str, names: Sequence[str], added: Iterable[str]) -> None:
    if taken := [name for name in added if name in names]:
        raise DataError(
            [Problem(file, "", "columns", f"{taken[0]!r} is there already", "rename it, or give the table of before")]
        )


# ---- Files ----


@dataclass
class Ledger:
    """What became of the rows: in = classified + rejected."""

    classified: int = 0
    rejected: int = 0
    tally: Tally = field(default_factory=Counter)

    def add(self, found: Classified) -> None:
        """Count a batch."""
        self.classified += found.batch.num_rows
        self.rejected += len(found.refused)
        self.tally.update(found.tally)

    def __str__(self) -> str:
        total = self.classified + self.rejected
        return f"{total:,} rows in = {self.classified:,} classified + {self.rejected:,} rejected"


@dataclass(frozen=True)
class Plan:
    """An opened input, and what is to be done with it."""

    source: Source
    task: Task


def plans(inputs: Sequence[Path], given: dict[str, str], layers_dir: Path) -> list[Plan]:
    """Open all inputs and see what they are.

    Raises
    ------
    DataError
        If one is none of the formats, or they do not have the same columns.
    OutputError
        If one cannot be read.
    """
    sources = [open_source(path) for path in inputs]
    first = sources[0]
    for other in sources[1:]:
        if other.schema.names != first.schema.names or other.schema.types != first.schema.types:
            found = f"not the columns of {first.name}"
            raise DataError([Problem(other.name, "", "columns", found, "classify tables of different columns alone")])
    opened: list[tuple[Source, Columns, bool]] = []
    for source in sources:
        _check_free(source.name, source.schema.names, COLUMNS)
        columns = recognise(source.name, source.schema.names, given, geometry=source.geometry)
        opened.append((source, columns, _is_regional(source, columns)))
    where = _prepared(layers_dir)
    return [Plan(source, Task(where, columns, regional, source.name)) for source, columns, regional in opened]


def _is_regional(source: Source, columns: Columns) -> bool:
    """Judge a table by its first rows."""
    first = next(source.batches(), None)
    return first is not None and is_regional(first().batch, columns)


def run_local(plan: Plan, encode: Callable[[Any], Any], workers: int = _WORKERS) -> Iterator[tuple[Classified, Any]]:
    """Yield every batch of an input classified and encoded, in its order; a few of them are under way at any time."""

    def work(pending: Callable[[], Rows]) -> tuple[Classified, Any]:
        found = classified(pending(), plan.task)
        return found, encode(found.batch)

    waiting: deque[Future[tuple[Classified, Any]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for pending in plan.source.batches():
                waiting.append(pool.submit(work, pending))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()


def write_local(all_plans: Sequence[Plan], stage: Stage, file_format: FileFormat) -> Ledger:
    """Classify inputs on this machine and write the table to a stage."""
    import pyarrow as pa

    ledger = Ledger()
    first = all_plans[0]
    metadata = first.source.schema.metadata if file_format == "parquet" else None
    schema = pa.schema([*first.source.schema, *output_fields()], metadata=metadata)
    first.task.where.prepare()
    with stage.path_for(stage.out).open("wb") as file:
        out = writer(file, file_format, schema, first.task.columns)
        for plan in all_plans:
            for found, content in run_local(plan, encoder(file_format, plan.task.columns)):
                out.write(content)
                stage.refuse(found)
                ledger.add(found)
        out.close()
    return ledger


# ---- The command ----


def _columns(text: str | None) -> dict[str, str]:
    given = {}
    for part in text.split(",") if text else ():
        name, _, column = part.partition("=")
        if name.strip() not in PARTS or not column.strip():
            raise typer.BadParameter(f"{part!r} is not one of {', '.join(f'{one}=COLUMN' for one in PARTS)}")
        given[name.strip()] = column.strip()
    return given


def _file_format(text: str | None, out: Path | None) -> FileFormat:
    if text is None and out is not None:
        suffix = out.suffix.lower().removeprefix(".")
        text = {"json": "geojson", "pq": "parquet", "geoparquet": "parquet"}.get(suffix, suffix)
        text = text if text in FILE_FORMATS else "csv"
    for known in FILE_FORMATS:
        if (text or "csv") == known:
            return known
    raise typer.BadParameter(f"{text!r} is not one of {', '.join(FILE_FORMATS)}", param_hint="--format")


def _beside(path: Path, file_format: FileFormat) -> Path:
    stem = path.name.removesuffix(".gz")
    return path.with_name(f"{Path(stem).stem}.incidents.{file_format}")


def main(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT…", help="CSV (also gzip), Parquet or GeoJSON files.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The table to write; beside the first input if not given.")
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option("--format", metavar="|".join(FILE_FORMATS), help="Its format; by its name if not given."),
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Counts by week and side: a table (.csv) and a figure beside it."),
    ] = None,
    engine: Annotated[str, typer.Option(metavar="|".join(ENGINES), help="What computes.")] = ENGINES[0],
    master: Annotated[str | None, typer.Option(metavar="URL", help="The Spark cluster; local[*] if not given.")] = None,
    columns: Annotated[
        str | None, typer.Option(metavar="lat=…,lon=…,date=…", help="Columns of tables that are not recognised.")
    ] = None,
    layers: Annotated[Path, typer.Option(help="The folder of layers.")] = LAYERS_DIR,
) -> None:
    """Tell of every incident where it falls: corridor, side, kilometre, zone, post, week. No network is used."""
    if engine not in ENGINES:
        raise typer.BadParameter(f"{engine!r} is not one of {', '.join(ENGINES)}", param_hint="--engine")
    if master is not None and engine != "spark":
        raise typer.BadParameter("only for --engine spark", param_hint="--master")
    given, kind = _columns(columns), _file_format(file_format, out)
    target = out or _beside(inputs[0], kind)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it ends as Ctrl-C does, and cleans up
    try:
        for line in _run(inputs, target, kind, summary, given, layers, engine, master):
            typer.echo(line)
    except GeoError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo(f"{target}: stopped; nothing was written there", err=True)
        raise typer.Exit(_STOPPED) from None


def _run(
    inputs: Sequence[Path],
    target: Path,
    file_format: FileFormat,
    summary: Path | None,
    given: dict[str, str],
    layers: Path,
    engine: str,
    master: str | None,
) -> Iterator[str]:
    all_plans = plans(inputs, given, layers)
    for plan in all_plans:
        yield f"{plan.source.name}: {plan.task.columns}"
    with staged(target) as stage:
        if engine == "spark":
            from geo.outputs.incident_spark import write_spark

            counts = write_spark([(plan.source, plan.task) for plan in all_plans], stage, file_format, master)
            ledger = Ledger(counts.pop("classified"), counts.pop("rejected"))
            ledger.tally.update({cast("tuple[str, str, str]", tuple(key.split("\t"))): counts[key] for key in counts})
        else:
            ledger = write_local(all_plans, stage, file_format)
        if summary is not None:
            _write_summary(ledger.tally, summary, stage)
    yield str(ledger)
    if ledger.rejected:
        yield f"{stage.rejects}: the rejected rows, each with its reason"
    yield str(target)


def _write_summary(tally: Tally, asked: Path, stage: Stage) -> None:
    table, figure = summary_paths(asked)
    stage.path_for(table).write_text(summary_table(tally), encoding="utf-8")
    draw_summary(tally, stage.path_for(figure), figure.suffix.lower().removeprefix("."))


if __name__ == "__main__":
    run(partial(typer.run, main))

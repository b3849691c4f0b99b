"""Where your own incidents fall: ``python -m geo.incidents`` for files, `classify` for a frame."""

import os
import signal
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer

from geo.errors import DataError, GeoError, Problem
from geo.geometry.arguments import in_degrees
from geo.history.classification import COLUMNS, Classifier
from geo.inputs.files import LAYERS_DIR
from geo.inputs.incident_cells import ORDERS, Order, arrow_array, order_of
from geo.inputs.incident_columns import (
    COUNTRY,
    PARTS,
    REASONS,
    Values,
    coordinates_of,
    is_regional,
    recognise,
    values_of,
)
from geo.inputs.incident_csv import Rows
from geo.inputs.incident_files import IncidentFile, open_incidents
from geo.inputs.layers import read_layers
from geo.outputs.incident_output import (
    FILE_FORMATS,
    Classified,
    FileFormat,
    added_fields,
    answers,
    classified,
    encoded,
    staged,
    with_gaps,
    write_classified,
)
from geo.terminal import Report, examples, progress, run

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
ENGINES = ("local", "spark")
_STOPPED = 130
_WORKERS = max(1, os.cpu_count() or 1)
_ROWS_PER_THREAD = 1 << 18


@lru_cache(maxsize=4)
def prepared(layers_dir: Path) -> Classifier:
    """Return the geometry of a folder of layers, ready to classify places."""
    return Classifier.of(read_layers(layers_dir))


def classify(
    df: "pd.DataFrame",
    columns: Sequence[str] | None = None,
    *,
    lat: str | None = None,
    lon: str | None = None,
    date: str | None = None,
    dates: Order | None = None,
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
    dates : {"day-first", "month-first"}, optional
        How texts such as ``5/3/2020`` are read. If it is not given, the column must show it.
    layers : Path
        The folder of layers.

    Returns
    -------
    DataFrame
        A copy with as many rows, in the same order. A row without a usable position, or with a bad date, gets no
        answers; a row without a date gets those that do not depend on the day.

    Raises
    ------
    DataError
        If the columns with the positions are not recognised, dates may be day first or month first, two columns have
        the same name, or a column to be added already exists.
    GeometryError
        If the positions are the points of a GeoDataFrame without a CRS.
    GeoError
        If the argument is not a frame, an unknown column or order is asked for, or not one row has a usable position
        and no bad date.

    Warns
    -----
    UserWarning
        If some rows get no answers, with the reasons.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    wanted = COLUMNS if columns is None else tuple(columns)
    if unknown := [name for name in wanted if name not in COLUMNS]:
        raise GeoError(f"no column is called {unknown[0]!r}; the columns are {', '.join(COLUMNS)}")
    if not isinstance(df, pd.DataFrame):
        repair = "; make it one with .to_frame()" if isinstance(df, pd.Series) else ""
        raise GeoError(f"a DataFrame or GeoDataFrame is needed, not a {type(df).__name__}{repair}")
    given = {part: name for part, name in zip(PARTS, (lat, lon, date), strict=True) if name is not None}
    names = [str(name) for name in df.columns]
    if twice := next((name for name in names if names.count(name) > 1), None):
        found = f"two columns are called {twice!r}"
        raise DataError([Problem("frame", "", "columns", found, "give every column its own name")])
    _check_free("frame", names, wanted)
    geometry = getattr(df, "_geometry_column_name", None)
    known = recognise("frame", names, given, geometry=geometry if geometry in names else None)
    country = next((name for name in names if name.lower() == COUNTRY), None)
    arrays = {name: _arrow_column(df[name]) for name in (*known.used, country) if name and name != known.geometry}
    if known.geometry:
        points = in_degrees(cast("Any", df), "frame").geometry
        arrays[known.geometry] = pa.StructArray.from_arrays(
            [pa.array(axis) for axis in coordinates_of(np.asarray(points))], ["x", "y"]
        )
    if dates not in (None, *ORDERS):
        raise GeoError(f"dates={dates!r} is not one of {', '.join(ORDERS)}")
    if dates is None and known.date:
        dates = order_of([arrays[known.date]], "frame", known.date)
    known = replace(known, order=dates)
    batch = pa.RecordBatch.from_pydict(arrays)
    values = values_of(batch, known, is_regional=is_regional(batch, known))
    good = np.flatnonzero(values.fault < 0)
    _report_faults(values)
    added = in_threads(prepared(layers), values, good, wanted)
    added = with_gaps(added, good, len(df))
    result = df.copy()
    found = added.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    for name in found:
        result[name] = found[name].set_axis(df.index)
    return result


def _report_faults(values: Values) -> None:
    """Warn of the rows of a frame that get no answers; raise if there are no others."""
    counts = Counter(values.fault[values.fault >= 0].tolist())
    if not counts:
        return
    reasons = ", ".join(f"{REASONS[fault]} ({count:,})" for fault, count in counts.most_common())
    if counts.total() == len(values.fault):
        raise GeoError(f"frame: nothing was classified: {reasons}")
    warnings.warn(f"{counts.total():,} of {len(values.fault):,} rows get no answers: {reasons}", stacklevel=3)


def _arrow_column(column: "pd.Series[Any]") -> Any:
    """Return a column of a frame as an Arrow array; of cells of several types, as texts."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.astype("string")  # a day as it is written; a month is no day
    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowException, OverflowError):
        array = arrow_array(column.astype(object).where(column.notna(), None).tolist())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def in_threads(where: Classifier, values: Values, rows: Any, wanted: Sequence[str] = COLUMNS) -> Any:
    """Return the added columns of some rows as an Arrow table, computed on all processors."""
    import pyarrow as pa

    where.prepare(wanted)
    parts = [rows[first : first + _ROWS_PER_THREAD] for first in range(0, len(rows), _ROWS_PER_THREAD)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = list(pool.map(lambda part: answers(where, values, part, wanted), parts))
    return pa.Table.from_batches(found, pa.schema(added_fields(wanted))).unify_dictionaries().combine_chunks()


def _check_free(file: str, names: Sequence[str], added: Iterable[str]) -> None:
    if taken := [name for name in added if name in names]:
        found = f"a column {taken[0]!r} already exists"
        raise DataError([Problem(file, "", "columns", found, "rename it, or use the table before it was classified")])


# ---- The command ----


def _columns(text: str | None) -> dict[str, str]:
    given = {}
    for part in text.split(",") if text else ():
        name, _, column = part.partition("=")
        if name.strip() not in PARTS or not column.strip():
            raise typer.BadParameter(f"{part!r} is not one of {', '.join(f'{one}=COLUMN' for one in PARTS)}")
        given[name.strip()] = column.strip()
    return given


def _choice(option: str, text: str, choices: Sequence[T]) -> T:
    for choice in choices:
        if text == choice:
            return choice
    raise typer.BadParameter(f"{text!r} is not one of {', '.join(map(str, choices))}", param_hint=option)


def _file_format(text: str | None, out: Path | None) -> FileFormat:
    if text is None and out is not None:
        suffix = out.suffix.lower().removeprefix(".")
        text = {"json": "geojson", "pq": "parquet", "geoparquet": "parquet"}.get(suffix, suffix)
        text = text if text in FILE_FORMATS else None
    return _choice("--format", text or "csv", FILE_FORMATS)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    epilog=examples(
        {
            "python -m geo.incidents events.csv": "writes events.incidents.csv beside it",
            "python -m geo.incidents 2019.parquet 2020.parquet --out all.parquet --summary weeks.csv": "one table, "
            "with counts by week and a figure",
            "python -m geo.incidents own.csv --columns lat=y,lon=x,date=when": "columns that are not recognised",
            "python -m geo.incidents own.csv --dates day-first": "5/3/2020 is 5 March",
        }
    )
)
def main(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT", help="Tables with the same columns: CSV (also gzip), Parquet, GeoJSON, GeoPackage, .xlsx."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table to write; default: beside the first input.")
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="|".join(FILE_FORMATS),
            help="Format of the table to write; default: by its name, otherwise csv.",
        ),
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write counts by week and side: a table (.csv), and a figure beside it."
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            metavar="|".join(ENGINES), help="Where to compute: on this machine, or on Spark (see the documentation)."
        ),
    ] = ENGINES[0],
    master: Annotated[
        str | None, typer.Option(metavar="URL", help="Address of the Spark cluster; default: Spark on this machine.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(metavar="lat=…,lon=…,date=…", help="Columns to use, where they are not recognised.")
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(ORDERS), help="Order of dates such as 5/3/2020, where no date of the file shows it."
        ),
    ] = None,
    layers: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of layers; default: that of the M4 map.", show_default=False)
    ] = LAYERS_DIR,
) -> None:
    """Add to each incident where it is: corridor, side, kilometre, zone, nearest post, week.

    Makes no network requests. No row is dropped: rows without a usable place or date go to a file of rejects.
    """
    on_spark = _choice("--engine", engine, ENGINES) == "spark"
    if master is not None and not on_spark:
        raise typer.BadParameter("only for --engine spark", param_hint="--master")
    order = None if dates is None else _choice("--dates", dates, ORDERS)
    given, kind = _columns(columns), _file_format(file_format, out)
    stem = Path(inputs[0].name.removesuffix(".gz")).stem
    target = out or inputs[0].with_name(f"{stem}.incidents.{kind}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it then ends like Ctrl-C, and cleans up
    try:
        tables = _opened(inputs, given, order)
        for table in tables:
            typer.echo(f"{table.name}: {table.columns}{'; ' if table.note else ''}{table.note}")
        with progress() as report:
            lines = _written(tables, target, kind, summary, layers, master, on_spark=on_spark, report=report)
        for line in lines:
            typer.echo(line)
    except GeoError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo(f"{target}: stopped; nothing was written there", err=True)
        raise typer.Exit(_STOPPED) from None


def _opened(inputs: Sequence[Path], given: dict[str, str], order: Order | None) -> list[IncidentFile]:
    """Open all inputs; they must have the same columns."""
    tables = [open_incidents(path, given, order) for path in inputs]
    first = tables[0]
    for table in tables:
        _check_free(table.name, table.schema.names, COLUMNS)
        if not table.schema.equals(first.schema) or table.columns.crs != first.columns.crs:
            found = f"not the columns of {first.name}"
            raise DataError([Problem(table.name, "", "columns", found, "classify tables of different columns alone")])
    return tables


def _written(
    tables: Sequence[IncidentFile],
    target: Path,
    file_format: FileFormat,
    summary: Path | None,
    layers: Path,
    master: str | None,
    *,
    on_spark: bool,
    report: Report,
) -> list[str]:
    """Classify tables, write the results, and return what to print."""
    report("Preparing the corridor")
    where = prepared(layers)
    where.prepare()
    encode = partial(encoded, file_format=file_format, columns=tables[0].columns)
    with staged(target) as stage:
        if on_spark:
            from geo.outputs.incident_spark import run_spark

            folder = stage.path_for(target.with_name(f"{target.name}.parts"))
            on_cluster = run_spark(tables, where, folder, master)
            batches: Iterable[tuple[Classified, Any]] = ((found, encode(found.batch)) for found in on_cluster)
        else:
            batches = _run_local(tables, where, encode)
        ledger = write_classified(_counted(batches, report), stage, file_format, tables[0], summary)
        if not ledger.classified:
            reasons = ", ".join(f"{reason} ({count:,})" for reason, count in ledger.rejected.most_common(5))
            raise GeoError(f"{tables[0].name}: nothing was classified: {ledger}{': ' if reasons else ''}{reasons}")
    rejects = [f"{stage.rejects}: the rejected rows, each with its reason"] if ledger.rejected else []
    return [str(ledger), *rejects, str(target)]


def _counted(batches: Iterable[tuple[Classified, Any]], report: Report) -> Iterator[tuple[Classified, Any]]:
    """Report the number of rows as batches pass."""
    rows = 0
    for found, encoded_batch in batches:
        rows += found.batch.num_rows
        report(f"Classified {rows:,} rows")
        yield found, encoded_batch


def _run_local(
    tables: Sequence[IncidentFile], where: Classifier, encode: Callable[[Any], Any]
) -> Iterator[tuple[Classified, Any]]:
    """Yield every batch classified and encoded, in order; a few are in progress at any time."""

    def work(rows: Rows, table: IncidentFile) -> tuple[Classified, Any]:
        found = classified(rows, table, where)
        return found, encode(found.batch)

    waiting: deque[Future[tuple[Classified, Any]]] = deque()
    with ThreadPoolExecutor(_WORKERS) as pool:
        for table in tables:
            for rows in table.rows():
                waiting.append(pool.submit(work, rows, table))
                if len(waiting) > _WORKERS:
                    yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


if __name__ == "__main__":
    run(app)

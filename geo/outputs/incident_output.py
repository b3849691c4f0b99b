"""Classify rows of a table of incidents and write them: table, rejects and summary, all of it or nothing."""

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from geo.errors import OutputError
from geo.history.classification import COLUMNS, Classifier, Places, Words
from geo.inputs.incident_cells import as_text, is_text, numbers_of
from geo.inputs.incident_columns import REASONS, Columns, Values, found_in, points_of, values_of
from geo.inputs.incident_csv import Refusal, Rows
from geo.inputs.incident_files import LAT, LON, IncidentFile
from geo.inputs.store import sync_folder
from geo.outputs.formulas import FORMULA_SIGNS, GUARD, NUMBER
from geo.outputs.style import NORTH, PAPER, SOUTH

FileFormat = Literal["csv", "parquet", "geojson"]
FILE_FORMATS: tuple[FileFormat, ...] = ("csv", "parquet", "geojson")
REJECTS_SUFFIX = ".rejects.csv"
UNDATED = "undated"
_UNFINISHED = ".tmp"
FIGURE_SUFFIXES = (".svg", ".png")
_ROW_GROUP = 1 << 17
_COMPRESSION = {"compression": "zstd", "compression_level": 1}
_TITLES = {"in_corridor": "In the corridor", "in_zone": "In the zone", "outside": "Outside both"}

_WORDS = pa.dictionary(pa.int32(), pa.string())
_KINDS = {
    **dict.fromkeys(("in_corridor", "in_zone", "uncertain"), pa.bool_()),
    **dict.fromkeys(("chainage_km", "distance_m", "post_distance_m"), pa.float64()),
}


# ---- Classify ----


def added_fields(names: Iterable[str] = COLUMNS) -> list[Any]:
    """Return the added columns as Arrow fields."""
    return [pa.field(name, _KINDS.get(name, _WORDS)) for name in COLUMNS if name in set(names)]


def answers(where: Classifier, values: Values, rows: Any, wanted: Sequence[str] = COLUMNS) -> Any:
    """Return the added columns of some rows as an Arrow record batch; what is not known is null.

    Parameters
    ----------
    where : Classifier
        The prepared geometry of the layers.
    values : Values
        Positions, days and precisions.
    rows : array of int or slice
        Which rows; they must have a position.
    wanted : sequence of str
        Which columns.
    """
    places = Places(values.lon, values.lat, values.day, values.precision_m).part(rows)
    found = where.columns(places, wanted)
    fields = added_fields(wanted)
    return pa.RecordBatch.from_arrays([_arrow_column(found[field.name]) for field in fields], schema=pa.schema(fields))


def with_gaps(added: Any, rows: Any, count: int) -> Any:
    """Return the added columns of some rows as those of all rows; null for the others."""
    if len(rows) == count:
        return added
    places = np.full(count, -1)
    places[rows] = np.arange(len(rows))
    return added.take(pa.array(places, mask=places < 0))


def _arrow_column(column: Any) -> Any:
    if isinstance(column, Words):
        codes = pa.array(column.codes, pa.int32(), mask=column.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(column.words), pa.string()))
    return pa.array(column, from_pandas=True)


@dataclass(frozen=True, slots=True)
class Classified:
    """Some rows with the added columns, as an Arrow record batch, and the rows between them that are rejected."""

    batch: Any
    refused: tuple[Refusal, ...]


def classified(rows: Rows, table: IncidentFile, where: Classifier) -> Classified:
    """Return rows with the added columns; rows with a fault are rejected, each with its reason."""
    values = values_of(rows.batch, table.columns, is_regional=table.is_regional)
    good, bad = np.flatnonzero(values.fault < 0), np.flatnonzero(values.fault >= 0)
    refused = list(rows.refused)
    for row in bad.tolist():
        reason = REASONS[values.fault[row]]
        found = found_in(rows.batch, table.columns, row, reason)
        refused.append(Refusal(table.name, int(rows.numbers[row]), reason, found))
    batch = rows.batch.take(pa.array(good)) if len(bad) else rows.batch
    added = answers(where, values, good if len(bad) else slice(None))
    schema = pa.schema([*batch.schema, *added.schema], metadata=batch.schema.metadata)
    whole = pa.RecordBatch.from_arrays([*batch.columns, *added.columns], schema=schema)
    return Classified(whole, tuple(sorted(refused, key=lambda one: one.row)))


# ---- Content of files ----


def csv_text(batch: Any, *, has_header: bool = False) -> bytes:
    """Return rows as CSV, UTF-8; a text that a spreadsheet would take for a formula is preceded by an apostrophe."""
    columns = [_guarded(_csv_column(column)) for column in batch.columns]
    names = _guarded(pa.array(batch.schema.names, pa.string())).to_pylist()
    text = BytesIO()
    csv.write_csv(pa.RecordBatch.from_arrays(columns, names=names), text, csv.WriteOptions(include_header=has_header))
    return text.getvalue()


def _csv_column(column: Any) -> Any:
    kind = column.type
    if is_text(kind):
        return as_text(column)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if cell is None else _json_text(cell) for cell in column.to_pylist()], pa.string())
    return column


def _guarded(column: Any) -> Any:
    if not pa.types.is_string(column.type):
        return column
    is_suspect = pc.is_in(pc.utf8_slice_codeunits(column, 0, 1), value_set=pa.array(list(FORMULA_SIGNS)))
    if not pc.any(is_suspect).as_py():
        return column
    is_formula = pc.and_(is_suspect, pc.invert(pc.match_substring_regex(column, NUMBER)))
    return pc.if_else(is_formula, pc.binary_join_element_wise(GUARD, column, ""), column)


def _json_text(cell: Any) -> str:
    return cell.hex() if isinstance(cell, bytes) else json.dumps(cell, ensure_ascii=False, default=str)


def _with_position(batch: Any, columns: Columns) -> Any:
    """Return a batch with its geometry as two columns, ``longitude`` and ``latitude``."""
    if columns.geometry is None:
        return batch
    positions = dict(zip((LON, LAT), points_of(batch.column(columns.geometry), columns.crs), strict=True))
    for number, (name, axis) in enumerate(positions.items()):
        title = name if name not in batch.schema.names else f"geometry_{name}"
        batch = batch.add_column(number, title, pa.array(axis))
    return batch.drop_columns([columns.geometry])


def _geojson_text(batch: Any, columns: Columns) -> bytes:
    """Return rows as GeoJSON features, one per line; each but the first follows a comma."""
    if columns.lat is not None and columns.lon is not None:
        lon, lat = (numbers_of(batch.column(name))[0] for name in (columns.lon, columns.lat))
    else:
        lon, lat = points_of(batch.column(columns.geometry), columns.crs)
        batch = batch.drop_columns([columns.geometry])
    lines = []
    for properties, x, y in zip(batch.to_pylist(), lon.tolist(), lat.tolist(), strict=True):
        cells = {name: _json_cell(cell) for name, cell in properties.items()}
        geometry = {"type": "Point", "coordinates": [x, y]}
        lines.append(json.dumps({"type": "Feature", "properties": cells, "geometry": geometry}, ensure_ascii=False))
    return ",\n".join(lines).encode()


def _json_cell(cell: Any) -> Any:
    if isinstance(cell, float):
        return cell if np.isfinite(cell) else None
    if cell is None or isinstance(cell, str | bool | int | list | dict):
        return cell
    return cell.hex() if isinstance(cell, bytes) else str(cell)


def encoded(batch: Any, file_format: FileFormat, columns: Columns) -> Any:
    """Return a batch as the content that `TableWriter` takes; this is the part of writing that can run in a thread."""
    if file_format == "csv":
        return csv_text(_with_position(batch, columns))
    return _geojson_text(batch, columns) if file_format == "geojson" else batch


class _Table:
    """A table that is written batch by batch; Parquet in row groups of some size, so that memory stays small."""

    def __init__(self, file: BinaryIO, file_format: FileFormat, schema: Any, columns: Columns) -> None:
        self._file, self._schema, self._separator = file, schema, b""
        self._parquet: Any = pq.ParquetWriter(file, schema, **_COMPRESSION) if file_format == "parquet" else None
        self._waiting: list[Any] = []
        head, self._between, self._tail = b"", b"", b""
        if file_format == "geojson":
            head, self._between, self._tail = b'{"type": "FeatureCollection", "features": [\n', b",\n", b"\n]}\n"
        elif file_format == "csv":
            empty = pa.RecordBatch.from_pylist([], schema=schema)
            head = csv_text(_with_position(empty, columns), has_header=True)
        file.write(head)

    def write(self, content: Any) -> None:
        """Write what `encoded` has made of a batch."""
        if self._parquet:
            self._waiting.append(content)
            if sum(batch.num_rows for batch in self._waiting) >= _ROW_GROUP:
                self._flush()
        elif content:
            self._file.write(self._separator + content)
            self._separator = self._between

    def _flush(self) -> None:
        table = pa.Table.from_batches(self._waiting, self._schema).unify_dictionaries()
        self._parquet.write_table(table, row_group_size=max(table.num_rows, 1))
        self._waiting = []

    def close(self) -> None:
        """Write what ends the file."""
        if self._parquet:
            self._flush()
            self._parquet.close()
        self._file.write(self._tail)


@dataclass
class Ledger:
    """What became of the rows: in = classified + rejected, these by their reason."""

    classified: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        rejected = self.rejected.total()
        total = self.classified + rejected
        return f"{total:,} rows in = {self.classified:,} classified + {rejected:,} rejected"


def write_classified(
    batches: Iterable[tuple[Classified, Any]],
    stage: "Stage",
    file_format: FileFormat,
    table: IncidentFile,
    summary: Path | None,
) -> Ledger:
    """Write the table, the rejects and the summary to a stage.

    Parameters
    ----------
    batches : iterable of (Classified, content)
        All rows in order, and what `encoded` has made of each batch.
    stage : Stage
        Where to write.
    file_format : str
        Format of the table.
    table : IncidentFile
        The input, or the first of several with the same columns.
    summary : Path, optional
        The table or the figure of the summary; the other one is written beside it.
    """
    ledger = Ledger()
    counts = counts_of(pa.RecordBatch.from_pylist([], schema=pa.schema(added_fields())))
    schema = pa.schema([*table.schema, *added_fields()], metadata=table.schema.metadata)
    rejects = None
    with ExitStack() as files:
        out = _Table(files.enter_context(stage.path_for(stage.out).open("wb")), file_format, schema, table.columns)
        for found, content in batches:
            out.write(content)
            ledger.classified += found.batch.num_rows
            if summary is not None:
                counts = counts.add(counts_of(found.batch), fill_value=0).astype("int64")
            if found.refused:
                text = csv_text(
                    pa.RecordBatch.from_pylist([one._asdict() for one in found.refused]), has_header=not rejects
                )
                rejects = rejects or files.enter_context(stage.path_for(stage.rejects).open("wb"))
                rejects.write(text)
                ledger.rejected.update(one.reason for one in found.refused)
        out.close()
    if summary is not None:
        is_figure = summary.suffix.lower() in FIGURE_SUFFIXES
        figure = summary if is_figure else summary.with_suffix(FIGURE_SUFFIXES[0])
        kind = figure.suffix.lower().removeprefix(".")
        write_summary(
            counts, stage.path_for(summary.with_suffix(".csv") if is_figure else summary), stage.path_for(figure), kind
        )
    return ledger


# ---- Summary ----


def counts_of(batch: Any) -> pd.DataFrame:
    """Return how many rows are in the corridor, in the zone (both if they are in both), in neither, and in all.

    Rows whose day is outside the period of the layers are in no zone that is known: they count as ``rows`` only,
    unless they are in the corridor. Rows without a day have the week ``undated``.
    """
    week, side = (as_text(batch.column(name)).to_pandas() for name in ("week", "side"))
    corridor, zone = batch.column("in_corridor"), batch.column("in_zone")
    marks = {"in_corridor": corridor, "in_zone": zone, "outside": pc.invert(pc.or_kleene(corridor, zone))}
    frame = pd.DataFrame({name: np.asarray(pc.fill_null(mark, fill_value=False)) for name, mark in marks.items()})
    frame["rows"] = True
    return frame.groupby([week.fillna(UNDATED).rename("week"), side.fillna("").rename("side")]).sum().astype("int64")


def write_summary(counts: pd.DataFrame, table: Path, figure: Path, kind: str) -> None:
    """Write the counts by week and side as CSV, and draw them as a figure (``svg`` or ``png``)."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    counts.sort_index().to_csv(table, lineterminator="\n")
    colours = {"north": NORTH, "south": SOUTH, "east": NORTH, "west": SOUTH}
    dated = counts.drop(index=UNDATED, level="week", errors="ignore").unstack("side", fill_value=0)
    mondays = pd.to_datetime(dated.index + "-1", format="%G-W%V-%u")
    dated = dated.set_axis(mondays).asfreq("7D", fill_value=0) if len(dated) else dated
    with mpl.rc_context({"svg.hashsalt": "idlib-m4-map", "font.family": "sans-serif"}):
        drawing = Figure(figsize=(9, 6), facecolor=PAPER, layout="constrained")
        for axes, (name, title) in zip(drawing.subplots(3, 1, sharex=True), _TITLES.items(), strict=True):
            below = np.zeros(len(dated))
            for side in [side for side in colours if (name, side) in dated]:
                label = f"{side} of the road"
                axes.bar(dated.index, dated[name, side], 7, below, color=colours[side], label=label)
                below = below + dated[name, side].to_numpy()
            axes.set_title(title, loc="left", fontsize=10)
            axes.set_ylabel("rows a week")
            axes.yaxis.get_major_locator().set_params(integer=True)
            axes.set_facecolor(PAPER)
            axes.spines[["top", "right"]].set_visible(False)
        if len(dated):
            drawing.axes[0].legend(frameon=False, fontsize=9, loc="upper right")
        drawing.savefig(figure, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else {"Software": None})


# ---- All or nothing ----


class Stage:
    """Files that are written under hidden names beside their places and are renamed together at the end."""

    def __init__(self, out: Path) -> None:
        self.out, self.rejects = out, out.with_name(out.name + REJECTS_SUFFIX)
        self._files: dict[Path, Path] = {}

    def path_for(self, final: Path) -> Path:
        """Return where to write a file or folder; a folder is removed at the end, a file takes its place."""
        return self._files.setdefault(final, final.with_name(f".{final.name}.{os.getpid()}{_UNFINISHED}"))

    def commit(self) -> None:
        """Put every file in its place, the table itself last."""
        if self.rejects not in self._files:
            self.rejects.unlink(missing_ok=True)  # of an earlier run
        written = {final: path for final, path in self._files.items() if path.is_file()}
        for path in written.values():
            with path.open("r+b") as file:  # Windows flushes only files that are open for writing
                os.fsync(file.fileno())
        for final in sorted(written, key=lambda final: final == self.out):
            written[final].replace(final)
        sync_folder(self.out.parent)

    def discard(self) -> None:
        """Remove what has not taken its place."""
        for path in self._files.values():
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def staged(out: Path) -> Iterator[Stage]:
    """Yield a stage; its files take their places if the block ends without an error, and are removed if not.

    Raises
    ------
    OutputError
        If a file cannot be written; what was there before is unchanged.
    """
    if not out.parent.is_dir():
        raise OutputError(f"{out}: cannot be written: no folder {out.parent}")
    if out.is_dir():
        raise OutputError(f"{out}: cannot be written: it is a folder")
    stage = Stage(out)
    try:
        _sweep(out)
        try:
            yield stage
            stage.commit()
        finally:
            stage.discard()
    except OSError as error:
        raise OutputError(f"{error.filename or out}: cannot be written: {error.strerror or error}") from error


def _sweep(out: Path) -> None:
    """Remove what killed runs have left; on Windows it is kept, as ``os.kill`` cannot only ask there."""
    if sys.platform == "win32":
        return
    for left in out.parent.iterdir():
        owner = left.name.removesuffix(_UNFINISHED).rpartition(".")[2]
        if left.name.startswith(f".{out.name}.") and left.name.endswith(_UNFINISHED) and owner.isdigit():
            try:
                os.kill(int(owner), 0)
            except ProcessLookupError:
                _remove(left)
            except OSError:
                continue

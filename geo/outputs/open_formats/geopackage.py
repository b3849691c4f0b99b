"""One GeoPackage with every layer, its licence and its style, which QGIS opens dressed.

All of it is written by GDAL: a second writer of SQLite would make the bytes depend on whichever version is installed.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from geo.inputs.dates import first_day, last_day
from geo.outputs.context import Build
from geo.outputs.open_formats.arrow_tables import GEOMETRY, arrow_table, field_metadata
from geo.outputs.open_formats.drawing import FIRST_DAY, HISTORY, LAST_DAY, STATUS
from geo.outputs.open_formats.qgis_style import qml_text
from geo.outputs.open_formats.sld_style import sld_text
from geo.outputs.open_formats.tables import Column, Table, tables_of
from geo.outputs.output import BUILD_MARK, Found, Output
from geo.outputs.periods import status_on

STYLES = "layer_styles"
# The oldest that is enough, so that older programs open it without a warning.
_VERSION = "1.3"
_CRS = "EPSG:4326"
_CLOCK = "OGR_CURRENT_DATE"
_NO_DATE = date(1970, 1, 1)
# How the tables of a layer of several geometry types are told apart: programs want one type in a table.
# In this order, so that programs which draw them as they come draw lines over areas.
_PART_NAMES = {"Polygon": "areas", "LineString": "lines", "Point": "points"}
_MULTI = "Multi"


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of the GeoPackage: a layer, or those of its rows that have one type of geometry."""

    name: str
    table: Table
    geometry_type: str | None
    rows: tuple[int, ...]


def geopackage(build: Build) -> Output:
    """Return ``<name of the map>.gpkg``: a table for each layer, in catalogue order, and ``layer_styles``.

    One row is one feature, with the columns of its layer; lists are JSON; dates are text, for many are known to the
    month or the year only. Geometries are lon, lat in degrees (EPSG:4326), null where the place is unknown. Drawn
    layers have besides the days of their validity and, where their look depends on the date, their status on the day
    that the map opens on. Titles, credits, licences and the build id stand in ``gpkg_contents`` and
    ``gpkg_metadata``. The file is dated with the date of the data; no clock is read.
    """
    tables = list(tables_of(build.layers, build.derived))
    terms = build.layers.agreement.map
    day = terms.opening_day
    dated = first_day(build.data_as_of) if build.data_as_of else _NO_DATE
    with tempfile.TemporaryDirectory() as folder, _clock_at(dated):
        path = Path(folder) / f"{terms.name}.gpkg"
        parts = [part for table in tables for part in _parts(table)]
        for part in parts:
            _write_part(path, part, day, build.build_id)
        _write_styles(path, [part for part in parts if part.geometry_type and part.table.spec.style], day, dated)
        content = path.read_bytes()
    return Output(path.name, content, {table.name: len(table.rows) for table in tables})


def found_in_geopackage(_stem: str, content: bytes) -> Found:
    """Return what a GeoPackage holds, every row of it read; raises ValueError if it is none."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    rows: dict[str, int] = {}
    builds = set()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.gpkg"  # GDAL minds the suffix, and bytes have none
        path.write_bytes(content)
        try:
            names = [str(name) for name, _ in pyogrio.list_layers(path) if name != STYLES]
            for name in names:
                metadata = pyogrio.read_info(path, layer=name)["layer_metadata"]
                builds.add(metadata[BUILD_MARK])
                _, table = pyogrio.read_arrow(path, layer=name)
                rows[metadata["layer"]] = rows.get(metadata["layer"], 0) + table.num_rows
        except (DataSourceError, DataLayerError) as error:
            raise ValueError(str(error)) from error
    return Found(frozenset(builds), rows)


@contextmanager
def _clock_at(day: date) -> Iterator[None]:
    """Let GDAL take this day for today."""
    import pyogrio

    before = pyogrio.get_gdal_config_option(_CLOCK)
    pyogrio.set_gdal_config_options({_CLOCK: f"{day.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_CLOCK: before})


def _parts(table: Table) -> Iterator[_Part]:
    """Yield the tables that a layer goes into: one, or one for each type of its geometries."""
    if not table.is_spatial:
        yield _Part(table.name, table, None, tuple(range(len(table.rows))))
        return
    bases = sorted({_base(name) for name in table.geometry_types}, key=list(_PART_NAMES).index) or ["Unknown"]
    for base in bases:
        # What has no place goes into the first of them: it must be in one.
        own = tuple(
            row
            for row, geometry in enumerate(table.geometries)
            if (bases[0] if geometry is None else _base(geometry.geom_type)) == base
        )
        name = table.name if len(bases) == 1 else f"{table.name}_{_PART_NAMES[base]}"
        yield _Part(name, table, _one_type(base, table), own)


def _one_type(base: str, table: Table) -> str:
    """Return the type of a table of areas, lines or points: of several parts each as soon as one has several."""
    return f"{_MULTI}{base}" if f"{_MULTI}{base}" in table.geometry_types else base


def _base(geometry_type: str) -> str:
    return geometry_type.removeprefix(_MULTI)


def _write_part(path: Path, part: _Part, day: date, build_id: str) -> None:
    from pyogrio.raw import write_arrow

    table = part.table
    is_multi = bool(part.geometry_type and part.geometry_type.startswith(_MULTI))
    found = arrow_table(table, part.rows, lists_as_text=True, column_metadata=True, is_multi=is_multi)
    if part.geometry_type:
        found = _with_computed_columns(found, part, day)
    licences = [{"id": one.licence.id, "url": one.licence.url, "holder": one.holder} for one in table.credits]
    write_arrow(
        found,
        path,
        layer=part.name,
        driver="GPKG",
        geometry_name=GEOMETRY if part.geometry_type else None,
        geometry_type=part.geometry_type,
        crs=_CRS if part.geometry_type else None,
        dataset_options=None if path.exists() else {"VERSION": _VERSION},
        dataset_metadata=None if path.exists() else {BUILD_MARK: build_id},
        layer_metadata={
            "layer": table.name,
            BUILD_MARK: build_id,
            "credit": table.credit,
            "licences": json.dumps(licences, ensure_ascii=False),
        },
        layer_options={"IDENTIFIER": _title(part), "DESCRIPTION": f"{table.spec.title}. {table.credit}."},
    )


def _title(part: _Part) -> str:
    kind = part.name.removeprefix(part.table.name).removeprefix("_")
    return f"{part.table.spec.title} ({kind})" if kind else part.table.spec.title


def _with_computed_columns(found: Any, part: _Part, day: date) -> Any:
    """Return a table with the days of validity and the status on the opening day, before the geometry."""
    import pyarrow as pa

    at = found.num_columns - 1
    rows = [part.table.rows[row] for row in part.rows]
    columns: list[tuple[Column, Any]] = [
        (_FIRST_DAY, pa.array([_day(row.get("valid_from"), first_day) for row in rows], pa.date32())),
        (_LAST_DAY, pa.array([_day(row.get("valid_to"), last_day) for row in rows], pa.date32())),
    ]
    if part.table.has_status:
        histories = [part.table.histories.get(row["id"], ()) for row in rows]
        columns += [
            (_status_column(day), pa.array([status_on(day, history) for history in histories], pa.string())),
            (_HISTORY, pa.array([json.dumps(history) for history in histories], pa.string())),
        ]
    for place, (column, array) in enumerate(columns):
        own = pa.field(column.name, array.type, metadata=field_metadata(column))
        found = found.add_column(at + place, own, array)
    return found


def _day(text: str | None, day_of: Callable[[str], date]) -> date | None:
    return day_of(text) if text else None


_FIRST_DAY = Column(FIRST_DAY, "text", "First day", "Computed: the first day that valid_from may mean; empty = open")
_LAST_DAY = Column(LAST_DAY, "text", "Last day", "Computed: the last day that valid_to may mean; empty = open")
_HISTORY = Column(HISTORY, "texts", "History of the status", "Computed: from which day on it has which status")


def _status_column(day: date) -> Column:
    meaning = f"Computed: the status on {day.isoformat()}, the day the map opens on; empty where it did not exist yet"
    return Column(STATUS, "text", "Status on the opening day", meaning)


def _write_styles(path: Path, parts: Sequence[_Part], day: date, dated: date) -> None:
    """Write the table of styles as QGIS makes it: the default one of each layer."""
    import pyarrow as pa
    from pyogrio.raw import write_arrow

    kinds = {"useAsDefault": pa.bool_(), "update_time": pa.timestamp("ms", tz="UTC")}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in _STYLE_COLUMNS])
    write_arrow(
        pa.Table.from_pylist([_style_row(part, day, dated) for part in parts], schema=schema),
        path,
        layer=STYLES,
        driver="GPKG",
        layer_options={"FID": "id", "IDENTIFIER": STYLES, "DESCRIPTION": "Styles, read by QGIS"},
    )


_STYLE_COLUMNS = (
    "f_table_catalog",
    "f_table_schema",
    "f_table_name",
    "f_geometry_column",
    "styleName",
    "styleQML",
    "styleSLD",
    "useAsDefault",
    "description",
    "owner",
    "ui",
    "update_time",
)


def _style_row(part: _Part, day: date, dated: date) -> dict[str, Any]:
    kind = part.geometry_type or ""
    return {
        "f_table_catalog": "",  # empty, not null: QGIS asks for exactly that
        "f_table_schema": "",
        "f_table_name": part.name,
        "f_geometry_column": GEOMETRY,
        "styleName": part.name,
        "styleQML": qml_text(part.table, kind, day),
        "styleSLD": sld_text(part.table, part.name, kind, day),
        "useAsDefault": True,
        "description": f"{_title(part)}, as of {day.isoformat()}",
        "owner": "",
        "update_time": datetime(dated.year, dated.month, dated.day, tzinfo=UTC),
    }

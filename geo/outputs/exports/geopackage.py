"""One GeoPackage with every layer, its licences and its style, which looks in QGIS as on the page.

It is written entirely by GDAL: with a second writer, the bytes would also depend on the installed version of SQLite.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.history.timeline import status_on
from geo.inputs.dates import first_day, last_day
from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.exports.qgis_style import FIRST_DAY, LAST_DAY, STATUS, qml_text
from geo.outputs.exports.tables import GEOMETRY, Column, Table, arrow_table, lists_as_json, tables_of
from geo.outputs.output import BUILD_MARK, Output

if TYPE_CHECKING:
    import geopandas as gpd

STYLES = "layer_styles"
# The oldest sufficient version, so that older programs open it without a warning.
_VERSION = "1.3"
_CRS = "EPSG:4326"
_CLOCK = "OGR_CURRENT_DATE"
_NO_DATE = date(1970, 1, 1)
# Suffixes for the tables of a layer with several geometry types, since programs expect one type per table.
# In this order, programs that draw tables in sequence draw lines over areas.
_PART_NAMES = {"Polygon": "areas", "LineString": "lines", "Point": "points"}
_UNKNOWN = "Unknown"
_MULTI: Mapping[str, Callable[[Any], BaseGeometry]] = {
    "Polygon": shapely.MultiPolygon,
    "LineString": shapely.MultiLineString,
    "Point": shapely.MultiPoint,
}


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of the GeoPackage: a layer, or its rows with one type of geometry."""

    name: str
    title: str
    table: Table
    frame: "gpd.GeoDataFrame"
    geometry_type: str | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether it has a style, and a geometry to draw."""
        return bool(self.table.spec.classes) and self.geometry_type not in (None, _UNKNOWN)


def geopackage(build: Build) -> Output:
    """Return ``<name of the map>.gpkg``: a table for each layer, in catalogue order, and ``layer_styles``.

    One row is one feature, with the columns of its layer; lists are JSON; dates are text, because many are known only
    to the month or the year. Geometries are lon, lat in degrees (EPSG:4326), null where the place is unknown. Drawn
    layers also have the days of their validity and, if their style depends on the date, their status on the opening
    day of the map. Titles, credits, licences and the build id are in ``gpkg_contents`` and ``gpkg_metadata``.
    The file has the date of the data; the clock is not read.
    """
    tables = list(tables_of(build))
    terms = build.layers.agreement.map
    day = terms.opening_day
    dated = first_day(build.data_as_of) if build.data_as_of else _NO_DATE
    with tempfile.TemporaryDirectory() as folder, _clock_at(dated):
        path = Path(folder) / f"{terms.name}.gpkg"
        parts = [part for table in tables for part in _parts(table)]
        for part in parts:
            _write_part(path, part, day, build.build_id)
        _write_styles(path, parts, day, dated)
        content = path.read_bytes()
    return Output(path.name, content, {table.name: len(table.frame) for table in tables})


@contextmanager
def _clock_at(day: date) -> Iterator[None]:
    """Make GDAL use this day as the current date."""
    import pyogrio

    before = pyogrio.get_gdal_config_option(_CLOCK)
    pyogrio.set_gdal_config_options({_CLOCK: f"{day.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_CLOCK: before})


def _parts(table: Table) -> Iterator[_Part]:
    """Yield the tables of a layer: one, or one for each of its geometry types."""
    title = table.spec.title
    if not table.is_spatial:
        yield _Part(table.name, title, table, table.frame)
        return
    bases = [base for base in _PART_NAMES if {base, f"Multi{base}"} & set(table.geometry_types)] or [_UNKNOWN]
    # A feature whose place is unknown is in the first table.
    base_of_row = table.frame.geom_type.str.removeprefix("Multi").fillna(bases[0])
    for base in bases:
        kind = f"Multi{base}" if f"Multi{base}" in table.geometry_types else base
        frame = table.frame[base_of_row == base]
        if len(bases) == 1:
            yield _Part(table.name, title, table, frame, kind)
        else:
            name = _PART_NAMES[base]
            yield _Part(f"{table.name}_{name}", f"{title} ({name})", table, frame, kind)


def _write_part(path: Path, part: _Part, day: date, build_id: str) -> None:
    from pyogrio import write_arrow

    table = part.table
    write_arrow(
        _arrow(part, day),
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
            "licences": json.dumps(table.licences, ensure_ascii=False),
        },
        layer_options={"IDENTIFIER": part.title, "DESCRIPTION": f"{table.spec.title}. {table.credit}."},
    )


def _arrow(part: _Part, day: date) -> Any:
    """Return the rows of a part as a ``pyarrow.Table``, with the metadata of each column for GDAL."""
    import pandas as pd
    import pyarrow as pa

    frame, columns = part.frame.copy(), dict(part.table.columns)
    if part.geometry_type:
        for name, column, values in _computed_columns(part, day):
            frame[name], columns[name] = pd.Series(values, frame.index, dtype=object), column
        if part.geometry_type.startswith("Multi"):
            several = _MULTI[part.geometry_type.removeprefix("Multi")]
            frame[GEOMETRY] = [place and several(list(shapely.get_parts(place))) for place in frame[GEOMETRY]]
    frame = lists_as_json(frame, columns)
    plain = frame.to_arrow(index=False) if part.geometry_type else pa.Table.from_pandas(frame, preserve_index=False)
    as_text = {name: _TEXT if column.type == "array" else column for name, column in columns.items()}
    found = arrow_table(pa.table(plain), as_text)
    fields = [own.with_metadata(_metadata(columns[own.name])) if own.name in columns else own for own in found.schema]
    return found.cast(pa.schema(fields))


def _metadata(column: Column) -> dict[str, str]:
    as_json = {"ARROW:extension:name": "arrow.json"} if column.type == "array" else {}
    return {"GDAL:OGR:alternative_name": column.title, "GDAL:OGR:comment": column.meaning, **as_json}


def _computed_columns(part: _Part, day: date) -> Iterator[tuple[str, Column, list[Any]]]:
    """Yield the days of validity and the status on the opening day, which a style cannot compute."""
    rows = json_rows(part.frame.drop(columns=GEOMETRY))
    yield FIRST_DAY, _FIRST_DAY, [_day(row.get("valid_from"), first_day) for row in rows]
    yield LAST_DAY, _LAST_DAY, [_day(row.get("valid_to"), last_day) for row in rows]
    if part.table.has_status:
        histories = [part.table.histories.get(row["id"], ()) for row in rows]
        meaning = f"Computed: the status on {day}, the day the map opens on; empty where it did not exist yet"
        yield STATUS, Column("Status on the opening day", meaning), [status_on(day, one) for one in histories]
        yield "status_history", _HISTORY, [list(map(list, one)) for one in histories]


def _day(text: str | None, day_of: Callable[[str], date]) -> date | None:
    return day_of(text) if text else None


_TEXT = Column("")
_FIRST_DAY = Column("First day", "Computed: the first day that valid_from may mean; empty = open", {"type": "date"})
_LAST_DAY = Column("Last day", "Computed: the last day that valid_to may mean; empty = open", {"type": "date"})
_HISTORY = Column("History of the status", "Computed: from which day on it has which status", {"type": "array"})


def _write_styles(path: Path, parts: Iterable[_Part], day: date, dated: date) -> None:
    """Write the default style of each drawn layer into a table in the form of QGIS."""
    import pandas as pd
    from pyogrio import write_dataframe

    rows = [
        {
            "f_table_catalog": "",  # empty, not null, as QGIS requires
            "f_table_schema": "",
            "f_table_name": part.name,
            "f_geometry_column": GEOMETRY,
            "styleName": part.name,
            "styleQML": qml_text(part.table, part.geometry_type, day),
            "styleSLD": None,  # QGIS fills it for every style that is saved into this table
            "useAsDefault": True,
            "description": f"{part.title}, as of {day.isoformat()}",
            "owner": "",
            "ui": None,
            "update_time": datetime(dated.year, dated.month, dated.day, tzinfo=UTC),
        }
        for part in parts
        if part.is_drawn and part.geometry_type
    ]
    if rows:
        options = {"FID": "id", "IDENTIFIER": STYLES, "DESCRIPTION": "Styles, read by QGIS"}
        write_dataframe(pd.DataFrame(rows), path, layer=STYLES, driver="GPKG", layer_options=options)

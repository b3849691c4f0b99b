"""Which columns of a table of incidents say where and when, and how well the place is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from geo.errors import DataError, Problem

Rule = Literal["none", "ucdp", "acled", "pixel"]
PARTS = ("lat", "lon", "date")
# Where a table has a column of this name, it says in which country a place is.
COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of table, as its publisher documents it.

    Attributes
    ----------
    name : str
        What it is called.
    lat, lon, date : str
        Columns, in small letters.
    marks : tuple of str
        Columns of which it has at least one, and other tables none.
    rule, precision : str and tuple of str
        How the precision of the position is stated, and in which columns.
    is_day_first : bool
        Whether dates of digits alone are documented as day, month, year.
    """

    name: str
    lat: str
    lon: str
    date: str
    marks: tuple[str, ...]
    rule: Rule = "none"
    precision: tuple[str, ...] = ()
    is_day_first: bool = False


SATELLITE = "FIRMS"
FORMATS = (
    # ACLED, "Codebook" and "Column changes 2023": the export and the API have the same columns; exports may shout.
    Format(
        "ACLED",
        "latitude",
        "longitude",
        "event_date",
        ("event_id_cnty", "event_id_no_cnty", "data_id", "sub_event_type"),
        "acled",
        ("geo_precision",),
        is_day_first=True,
    ),
    # UCDP, "Georeferenced Event Dataset Codebook"; the candidate events have the same columns.
    Format(
        "UCDP GED",
        "latitude",
        "longitude",
        "date_start",
        ("where_prec", "type_of_violence", "priogrid_gid"),
        "ucdp",
        ("where_prec",),
    ),
    # NASA FIRMS, "Active fire data attributes": MODIS (brightness) and VIIRS (bright_ti4).
    Format(
        SATELLITE,
        "latitude",
        "longitude",
        "acq_date",
        ("frp", "brightness", "bright_ti4", "bright_t31", "bright_ti5"),
        "pixel",
        ("scan", "track"),
    ),
)
_PLAIN = {"lat": ("latitude", "lat"), "lon": ("longitude", "lon", "lng", "long"), "date": ("date", "event_date")}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table that count.

    Attributes
    ----------
    format_name : str
        Of which kind the table was taken to be.
    lat, lon, date : str or None
        Names as they stand in the table; no date where there is none. Without lat and lon, the geometry is taken.
    rule, precision : str and tuple of str
        As of `Format`.
    is_day_first : bool
        As of `Format`.
    geometry : str or None
        The column of the geometry, if that is where the position stands.
    """

    format_name: str
    lat: str | None
    lon: str | None
    date: str | None
    rule: Rule = "none"
    precision: tuple[str, ...] = ()
    is_day_first: bool = False
    geometry: str | None = None

    def __str__(self) -> str:
        place = f"position from {self.lat}, {self.lon}" if self.lat else "position from the geometry"
        day = f"day from {self.date}" if self.date else "no day, so nothing that depends on one"
        sure = f"precision from {', '.join(self.precision)}" if self.precision else "precision not stated"
        return f"{self.format_name}: {place}; {day}; {sure}"


def recognise(file: str, names: Sequence[str], given: Mapping[str, str], *, geometry: str | None = None) -> Columns:
    """Return which columns of a table say where and when.

    Parameters
    ----------
    file : str
        Name of the table, for the refusal.
    names : sequence of str
        Its columns.
    given : mapping of str to str
        By `PARTS`, columns that the user has named; these count before all others.
    geometry : str, optional
        The column that holds a geometry, if any does.

    Raises
    ------
    DataError
        If there is no telling, or a named column is not there.
    """
    if given:
        return _as_told(file, names, given, geometry)
    own = {name.lower(): name for name in names}
    for kind in FORMATS:
        placed = {kind.lat, kind.lon} <= own.keys()
        if kind.date in own and any(mark in own for mark in kind.marks) and (placed or geometry):
            precision = tuple(own[name] for name in kind.precision) if set(kind.precision) <= own.keys() else ()
            return Columns(
                kind.name,
                own[kind.lat] if placed else None,
                own[kind.lon] if placed else None,
                own[kind.date],
                kind.rule if precision else "none",
                precision,
                kind.is_day_first,
                None if placed else geometry,
            )
    plain = {part: next((own[name] for name in known if name in own), None) for part, known in _PLAIN.items()}
    if plain["lat"] and plain["lon"]:
        return Columns("columns by their names", plain["lat"], plain["lon"], plain["date"])
    if geometry:
        return Columns("points by their geometry", None, None, plain["date"], geometry=geometry)
    kinds = ", ".join(kind.name for kind in FORMATS)
    found = f"the columns are {', '.join(names[:12])}{', …' if len(names) > 12 else ''}; neither {kinds}"
    raise DataError([Problem(file, "", "columns", found, "name them with --columns lat=…,lon=…,date=…")])


def _as_told(file: str, names: Sequence[str], given: Mapping[str, str], geometry: str | None) -> Columns:
    for part, name in given.items():
        if name not in names:
            raise DataError(
                [Problem(file, "", f"--columns {part}", f"no column is called {name!r}", f"one of {', '.join(names)}")]
            )
    placed = {"lat", "lon"} <= given.keys()
    if not placed and not geometry:
        raise DataError([Problem(file, "", "--columns", "no position", "name both lat=… and lon=…")])
    return Columns(
        "columns as named",
        given["lat"] if placed else None,
        given["lon"] if placed else None,
        given.get("date"),
        geometry=None if placed else geometry,
    )

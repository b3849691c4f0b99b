"""Other spellings of the same value, as QGIS, GDAL, pandas and spreadsheets write them.

Each function returns the value in our spelling, and the very value that it was given where that is right already or not
certainly the same: whoever reads the file then refuses it. A time with seconds is no other spelling of one without:
GDAL, which adds them, drops the offset from UTC in the same breath.
"""

import json
import re
from ast import literal_eval
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from shapely.geometry import LinearRing

from geo.inputs.geojson import DECIMALS
from geo.inputs.schema import Record, column_type, is_date_column

Changes = Counter[str]  # how often, by what is said of it: see `in_words`
Position = list[Any]

_LARGEST_EXACT = 2**53  # a larger float may stand for several whole numbers
_HALF_TURN = 180.0
_WHOLE = re.compile(r"0|[1-9][0-9]{0,15}")
_TRAILING_ZEROS = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:\.0+|(\.[0-9]*[1-9])0+)")
_MIDNIGHT = re.compile(r"([0-9]{4}([-/])[0-9]{2}\2[0-9]{2})[T ]00:00:00(?:\.0+)?")
_SLASHES = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})")
_PRINTED_TEXT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_PRINTED_WHOLE = re.compile(r"0|[1-9][0-9]*")
# How deep the lists of positions are nested in each type of geometry of one part (RFC 7946, section 3.1).
_NESTING = {"Point": 0, "LineString": 1, "Polygon": 2}


@dataclass(frozen=True, slots=True)
class Spelling:
    """One other way to write a value.

    Attributes
    ----------
    told : str
        What is said when it was found: ``{n}`` is how often, ``{s}`` makes the plural.
    undone : callable
        Returns the value in our spelling, or the very value that it was given.
    """

    told: str
    undone: Callable[[Any], Any]


def in_words(changes: Changes) -> str:
    """Return what was changed, and how often."""
    return ", ".join(told.format(n=n, s="" if n == 1 else "s") for told, n in changes.items())


def respelt(value: Any, spellings: Sequence[Spelling], changes: Changes) -> Any:
    """Return a value in our spelling, after counting in `changes` each other spelling that it was in."""
    for spelling in spellings:
        ours = spelling.undone(value)
        if ours is not value:
            changes[spelling.told] += 1
            value = ours
    return value


def property_in_our_spelling(value: Any, record: type[Record], column: str, changes: Changes) -> Any:
    """Return a property of a GeoJSON feature as its column has it."""
    ours = respelt(value, _of_property(record, column), changes)
    if isinstance(ours, list) and column_type(record, column) is tuple:
        return [respelt(entry, _ENTRIES, changes) for entry in ours]
    return ours


def cell_in_our_spelling(cell: str, record: type[Record], column: str, changes: Changes) -> str:
    """Return a cell of a table as its column has it."""
    return str(respelt(cell, _of_cell(record, column), changes))


def geometry_in_our_spelling(geometry: Any, changes: Changes) -> Any:
    """Return a raw geometry of one part, in two dimensions, rounded, its rings wound as RFC 7946 has them."""
    geometry = respelt(geometry, _GEOMETRIES, changes)
    if not isinstance(geometry, dict) or geometry.get("type") not in list(_NESTING):
        return geometry
    nesting = _NESTING[geometry["type"]]
    coordinates = _positions_in_our_spelling(geometry.get("coordinates"), nesting, changes)
    if geometry["type"] == "Polygon" and isinstance(coordinates, list):
        coordinates = [
            respelt(ring, (_OUTLINE if number == 0 else _HOLE,), changes) for number, ring in enumerate(coordinates)
        ]
    return {**geometry, "coordinates": coordinates}


@cache
def _of_property(record: type[Record], column: str) -> tuple[Spelling, ...]:
    if is_date_column(record, column):
        return _DATES
    return {int: _NUMBERS, tuple: _LISTS}.get(column_type(record, column), ())


@cache
def _of_cell(record: type[Record], column: str) -> tuple[Spelling, ...]:
    if is_date_column(record, column):
        return _DATES
    return _CELLS if column_type(record, column) in (int, float) else ()


def _positions_in_our_spelling(coordinates: Any, nesting: int, changes: Changes) -> Any:
    if not isinstance(coordinates, list):
        return coordinates
    if nesting:
        return [_positions_in_our_spelling(part, nesting - 1, changes) for part in coordinates]
    return [respelt(number, _COORDINATES, changes) for number in respelt(coordinates, _POSITIONS, changes)]


def whole_number_without_point(value: Any) -> Any:
    """Take 9.0 for 9, as pandas writes whole numbers in a column with unknown ones."""
    exact = isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_EXACT
    return int(value) if exact else value


def whole_number_from_text(value: Any) -> Any:
    """Take "9" for 9, as GDAL writes it where the column was empty before: it takes such a column for text."""
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value


def number_without_trailing_zeros(cell: str) -> str:
    """Take 9.0 for 9, and 71.50 for 71.5, in a cell."""
    match = _TRAILING_ZEROS.fullmatch(cell)
    return match[1] + (match[2] or "") if match else cell


def day_without_midnight(value: Any) -> Any:
    """Take 2018-04-07T00:00:00 for that day, as pandas writes days; any other time, or a zone, is something else."""
    match = _MIDNIGHT.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else value


def day_without_slashes(value: Any) -> Any:
    """Take 2018/04/07 for 2018-04-07, as GDAL writes days; an order other than year, month, day is a guess."""
    match = _SLASHES.fullmatch(value) if isinstance(value, str) else None
    return "-".join(match.groups()) if match else value


def list_from_json_text(value: Any) -> Any:
    """Take the text ``["W001", "W094"]`` for the list."""
    if not isinstance(value, str) or not value.startswith("["):
        return value
    try:
        entries = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return entries if isinstance(entries, list) else value


def list_from_printed_array(value: Any) -> Any:
    """Take the text ``['W001' 'W094']`` or ``[300 1000]`` for the list, as numpy prints one and geopandas writes it.

    An array that was printed in part, with dots, is lost.
    """
    if not isinstance(value, str) or not (value.startswith("[") and value.endswith("]")):
        return value
    inside = value[1:-1]
    for entry, read in ((_PRINTED_TEXT, literal_eval), (_PRINTED_WHOLE, int)):
        if re.fullmatch(rf"\s*(?:{entry.pattern})(?:\s+(?:{entry.pattern}))*\s*", inside):
            return [read(match[0]) for match in entry.finditer(inside)]
    return value


def single_part(geometry: Any) -> Any:
    """Take a Multi geometry of one part for that part, as QGIS writes a layer of Multi type."""
    for kind in _NESTING:
        if isinstance(geometry, dict) and geometry.get("type") == f"Multi{kind}":
            parts = geometry.get("coordinates")
            if isinstance(parts, list) and len(parts) == 1:
                return {**geometry, "type": kind, "coordinates": parts[0]}
    return geometry


def position_without_height_of_zero(position: Position) -> Position:
    """Take lon, lat, 0 for lon, lat, as a layer with heights has it for what was drawn flat."""
    return position[:2] if len(position) == 3 and type(position[2]) in (int, float) and not position[2] else position


def rounded_coordinate(number: Any) -> Any:
    """Return a coordinate with the decimals that the layers have."""
    rounded = round(number, DECIMALS) if isinstance(number, float) else number
    return number if rounded == number else rounded


def outline_counter_clockwise(ring: Any) -> Any:
    """Return a closed outline wound as RFC 7946 has it, from the same vertex."""
    return ring[::-1] if _is_ring(ring) and not LinearRing(ring).is_ccw else ring


def hole_clockwise(ring: Any) -> Any:
    """Return a closed hole wound as RFC 7946 has it, from the same vertex."""
    return ring[::-1] if _is_ring(ring) and LinearRing(ring).is_ccw else ring


def _is_ring(ring: Any) -> bool:
    return isinstance(ring, list) and len(ring) > 3 and ring[0] == ring[-1] and all(map(_is_position, ring))


def _is_position(position: Any) -> bool:
    if not isinstance(position, list) or len(position) != 2:
        return False
    return all(type(number) in (int, float) and abs(number) <= _HALF_TURN for number in position)


_NUMBERS = (
    Spelling("{n} whole number{s} written with a point", whole_number_without_point),
    Spelling("{n} whole number{s} written as text", whole_number_from_text),
)
_ENTRIES = _NUMBERS[:1]
_CELLS = (Spelling("{n} number{s} with trailing zeros", number_without_trailing_zeros),)
_DATES = (
    Spelling("{n} day{s} with midnight", day_without_midnight),
    Spelling("{n} day{s} with slashes", day_without_slashes),
)
_LISTS = (
    Spelling("{n} list{s} written as text", list_from_json_text),
    Spelling("{n} list{s} written as numpy prints it", list_from_printed_array),
)
_GEOMETRIES = (Spelling("{n} Multi type{s} of one part", single_part),)
_POSITIONS = (Spelling("{n} height{s} of 0 removed", position_without_height_of_zero),)
_COORDINATES = (Spelling(f"{{n}} coordinate{{s}} rounded to {DECIMALS} decimals", rounded_coordinate),)
_OUTLINE = Spelling("{n} ring{s} turned round", outline_counter_clockwise)
_HOLE = Spelling(_OUTLINE.told, hole_clockwise)

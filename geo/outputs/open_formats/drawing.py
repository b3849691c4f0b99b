"""Which features are drawn with which symbol on the day that the map opens on, for the styles of other programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from geo.inputs.catalog import Symbol
from geo.outputs.open_formats.tables import Table

# Columns that a GeoPackage has besides: what is computed for a day cannot be computed by a style.
FIRST_DAY, LAST_DAY, STATUS, HISTORY = "first_day", "last_day", "status_on_opening", "status_history"
# Pixels of casing on either side of a line, as the page draws it.
CASING_PX = 1.6


@dataclass(frozen=True, slots=True)
class Rule:
    """One class of features, and how it is drawn.

    Attributes
    ----------
    symbol : Symbol
        How.
    column, value : str
        Which features: those whose column has this value; all of them where the column is empty.
    is_number : bool
        Whether the column holds numbers.
    day : date
        The features must be valid on this day, by the columns `FIRST_DAY` and `LAST_DAY`.
    """

    symbol: Symbol
    column: str
    value: str
    is_number: bool
    day: date


def rules_of(table: Table, geometry_type: str, day: date) -> Iterator[Rule]:
    """Yield how each class of a layer is drawn, in catalogue order.

    Parameters
    ----------
    table : Table
        The layer.
    geometry_type : str
        Which of its features are drawn; of a layer with several types, classes that none of these has are left out,
        as are classes without a look.
    day : date
        As of when.
    """
    style = table.spec.style
    if style is None:
        return
    column = STATUS if table.has_status else style.by
    is_number = any(one.name == column and one.kind in ("integer", "number") for one in table.columns)
    absent = _classes_of_other_types(table, geometry_type) if style.by else set()
    for value, symbol in style.symbols.items():
        if value not in absent and (symbol.stroke or (symbol.fill and "Line" not in geometry_type)):
            yield Rule(symbol, column, value, is_number, day)


def _classes_of_other_types(table: Table, geometry_type: str) -> set[str]:
    by = table.spec.style.by if table.spec.style else ""
    pairs = {
        (str(row.get(by)), geometry.geom_type == geometry_type)
        for row, geometry in zip(table.rows, table.geometries, strict=True)
        if geometry is not None
    }
    return {class_ for class_, is_of_type in pairs if not is_of_type and (class_, True) not in pairs}


def ink_of(symbol: Symbol) -> str:
    """Return the colour that a symbol is known by: that of its inside, unless that is the paper's."""
    return symbol.stroke if not symbol.fill or (symbol.stroke and _is_paper(symbol.fill)) else symbol.fill


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of ``#rrggbb``."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _is_paper(colour: str) -> bool:
    return min(channels(colour)) > _PAPER_FROM


# Channels of a colour that is nearly white.
_PAPER_FROM = 240

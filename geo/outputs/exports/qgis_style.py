"""A layer's style in the format of QGIS (QML), from the symbols of the catalogue.

It has rules instead of categories: a style cannot compute what is valid on a day, and features of other days would be
drawn over those of the opening day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from geo.outputs.document import template
from geo.outputs.exports.tables import GEOMETRY, Table
from geo.outputs.style import (
    BAND_OPACITY,
    CASING_PX,
    HATCH_STEP_PX,
    HATCH_WEIGHT_PX,
    Symbol,
    channels,
    middle_of,
    style_of,
)

# Columns of the GeoPackage that a style depends on, and that the layers do not have.
FIRST_DAY, LAST_DAY, STATUS = "first_day", "last_day", "status_on_opening"
# QGIS uses millimetres, so that screen and print agree; a CSS pixel is 1/96 inch.
_MM = 25.4 / 96
# Denominator of the scale of zoom 0 of web maps, at 96 dots an inch.
_SCALE_OF_ZOOM_0 = 559_082_264
_KINDS = {"Polygon": "fill", "LineString": "line", "Point": "marker"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One class of features, and how it is drawn.

    Attributes
    ----------
    label : str
        Its name in the legend.
    symbol : Symbol
        Its symbol.
    filter : str
        The features, in the expression language of QGIS.
    """

    label: str
    symbol: Symbol
    filter: str


def qml_text(table: Table, geometry_type: str, day: date) -> str:
    """Return the QML of a layer for features of one geometry type, as they are drawn on a day."""
    base = geometry_type.removeprefix("Multi")
    return template("exports", "style.qml.jinja").render(
        kind=_KINDS[base],
        style=style_of(table.spec),
        rules=list(rules_of(table, base, day)),
        colour=_colour,
        mm=_mm,
        dashes=lambda dash: ";".join(_mm(float(part)) for part in dash.split()),
        scale=scale_of,
        middle_of=middle_of,
        band_opacity=BAND_OPACITY,
        casing_px=CASING_PX,
        hatch_step_px=HATCH_STEP_PX,
        hatch_width_px=HATCH_WEIGHT_PX,
    )


def rules_of(table: Table, base: str, day: date) -> Iterator[Rule]:
    """Yield how each class of a layer is drawn, in catalogue order.

    Parameters
    ----------
    table : Table
        The layer.
    base : str
        ``Polygon``, ``LineString`` or ``Point``: if a layer has several, classes without features of this type
        are left out, as are classes without a symbol.
    day : date
        Only features that are valid on this day are drawn.
    """
    column = STATUS if table.has_status else table.spec.by
    is_number = column in table.columns and table.columns[column].type in ("integer", "number")
    absent = _classes_of_other_types(table, base)
    for value, symbol in style_of(table.spec).symbols.items():
        if value not in absent and (symbol.stroke or (symbol.fill and base != "LineString")):
            literal = value if is_number else "'" + value.replace("'", "''") + "'"
            filters = [*([f'"{column}" = {literal}'] if column else []), _valid_on(day)]
            yield Rule(table.spec.classes[value], symbol, " AND ".join(filters))


def scale_of(zoom: float) -> str:
    """Return the denominator of the scale of a zoom of web maps."""
    return str(round(_SCALE_OF_ZOOM_0 / 2**zoom))


def _valid_on(day: date) -> str:
    at = f"to_date('{day.isoformat()}')"
    return f'("{FIRST_DAY}" IS NULL OR "{FIRST_DAY}" <= {at}) AND ("{LAST_DAY}" IS NULL OR "{LAST_DAY}" >= {at})'


def _classes_of_other_types(table: Table, base: str) -> set[str]:
    by = table.spec.by
    if by not in table.columns:
        return set()
    placed = table.frame[table.frame[GEOMETRY].notna()]
    is_of_type = placed.geom_type.str.removeprefix("Multi") == base
    classes = placed[by].astype(str)
    return set(classes[~is_of_type]) - set(classes[is_of_type])


def _colour(colour: str, opacity: float = 1.0) -> str:
    return ",".join(map(str, (*channels(colour), round(255 * opacity))))


def _mm(pixels: float) -> str:
    return f"{pixels * _MM:.3f}".rstrip("0").rstrip(".")

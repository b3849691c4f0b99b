"""How features look on the editor's map: the catalogue's symbols as Leaflet's options of a path."""

from collections.abc import Mapping
from typing import Any

from geo.inputs.catalog import CASING, Style, Symbol

# What is edited now stands out from every symbol of the catalogue.
PICKED = {"color": "#d6006c", "weight": 3, "fillColor": "#d6006c", "fillOpacity": 0.12, "opacity": 1, "radius": 8}
_FAINT = 0.55
_HATCHED = 0.1  # lines over what lies below, where a path has no hatching
_UNCLASSED = Symbol("", stroke=CASING, fill="#4d473d", radius=6)


def symbol_of(style: Style, values: Mapping[str, Any]) -> Symbol:
    """Return the symbol of a feature; a neutral one where its class is computed for a date."""
    return style.symbols.get(str(values.get(style.by, "")), _UNCLASSED)


def path_options(symbol: Symbol, *, is_reference: bool) -> dict[str, Any]:
    """Return a symbol as options of a Leaflet path; one for reference is fainter and answers no click."""
    opacity = _FAINT if is_reference else 1.0
    return {
        "stroke": bool(symbol.stroke),
        "color": symbol.stroke or symbol.fill,
        "weight": symbol.weight,
        "dashArray": symbol.dash or None,
        "opacity": opacity,
        "fill": bool(symbol.fill),
        "fillColor": symbol.fill,
        "fillOpacity": (_HATCHED if symbol.hatch else symbol.fill_opacity) * opacity if symbol.fill else 0,
        "radius": symbol.radius,
        "interactive": not is_reference,
    }

"""The marker of a point: a symbol of the catalogue as an inline SVG."""

from collections.abc import Callable, Mapping
from html import escape
from math import ceil, floor

import folium

from geo.outputs.document import asset, fill
from geo.outputs.style import Shape, Symbol, ink_on, look_of, middle_of, radius_of

# A marker reacts to a pointer or finger within this distance of its middle.
_TAP_PX = 11
# By shape, the outline of a marker of some radius around its point, in CSS pixels; y grows downwards.
_OUTLINES: Mapping[Shape, Callable[[float], str]] = {
    "circle": lambda r: f"M{-r:g} 0a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0Z",
    "diamond": lambda r: f"M0 {-r:g}L{r:g} 0L0 {r:g}L{-r:g} 0Z",
    "square": lambda r: f"M{-r:g} {-r:g}H{r:g}V{r:g}H{-r:g}Z",
    "triangle": lambda r: f"M0 {-r:g}L{r:g} {0.8 * r:g}H{-r:g}Z",
    "bubble": lambda r: (
        f"M0 -4L-3 -8H{3 - 1.3 * r:g}q-3 0 -3 -3v{6 - 2 * r:g}q0 -3 3 -3"
        f"H{1.3 * r - 3:g}q3 0 3 3v{2 * r - 6:g}q0 3 -3 3H3Z"
    ),
}


def marker_icon(symbol: Symbol, number: str = "", *, is_strong: bool = False) -> folium.DivIcon:
    """Return the icon of a point.

    Parameters
    ----------
    symbol : Symbol
        Shape, colours and size.
    number : str
        Shown inside the marker, which is then larger; empty for none.
    is_strong : bool
        Whether fill and outline are exchanged, as for events on the day shown.

    Returns
    -------
    folium.DivIcon
        Anchored at the point: a bubble is drawn above it, any other shape around it.
    """
    look = look_of(symbol, is_strong=is_strong)
    radius = radius_of(symbol, is_numbered=bool(number))
    middle = middle_of(symbol, radius)
    half_width, half_height = (ceil(max(_TAP_PX, size + look.weight)) for size in _half_size(look, radius))
    top, bottom = floor(middle - half_height), ceil(max(middle + half_height, 0))
    width, height = 2 * half_width, bottom - top
    values: dict[str, object] = {
        "width": width,
        "height": height,
        "view": f"{-half_width} {top} {width} {height}",
        "outline": _OUTLINES[look.shape](radius),
        "fill": look.fill or "none",
        "fill_opacity": look.fill_opacity,
        "stroke": look.stroke or "none",
        "weight": look.weight,
        "middle": middle,
        "ink": ink_on(look.fill) if look.fill else "none",
        "number": number,
    }
    picture = fill(asset("map", "marker.svg"), {name: escape(f"{value}") for name, value in values.items()})
    return folium.DivIcon(picture, icon_size=(width, height), icon_anchor=(half_width, -top))


def _half_size(symbol: Symbol, radius: float) -> tuple[float, float]:
    return (1.3 * radius if symbol.shape == "bubble" else radius), radius

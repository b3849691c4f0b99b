"""One layer on one day, drawn with folium's own elements, for any folium map."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import folium
import shapely
from branca.element import MacroElement
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError
from geo.geometry.projection import oblique_mercator
from geo.history.uncertainty import band_of
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.dates import day_of
from geo.inputs.files import LAYERS_DIR
from geo.inputs.geojson import DECIMALS
from geo.outputs.context import Build
from geo.outputs.map.marker import marker_icon
from geo.outputs.map.safety import folium_html
from geo.outputs.on_day import Shown, shown_on
from geo.outputs.style import (
    BAND_OPACITY,
    BESIDE_OPACITY,
    CASING_PX,
    HATCH_STEP_PX,
    HATCH_WEIGHT_PX,
    STRONG,
    Symbol,
    ink_of,
    kind_of,
    style_of,
)
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words

_CIRCLE: Mapping[str, Any] = {"fill": False, "weight": 1, "opacity": 0.55, "dash_array": "1 4"}
# Tolerance for the outline of a band, which shows an uncertainty of some hundreds of metres at best.
_BAND_TOLERANCE_M = 20.0
# Leaflet fills areas evenly: a hatched area gets a fill of the same average lightness.
_HATCH_SHARE = HATCH_WEIGHT_PX / HATCH_STEP_PX
# Numbered markers are drawn above others.
_NUMBERED_Z_OFFSET = 1000
# Arabic and Latin names have their own direction, independent of the page.
_TOOLTIP_STYLE = "unicode-bidi: plaintext"
_TOOLTIP_OFFSET_PX = [12, 0]


class StyledLayer(folium.FeatureGroup):
    """One layer of the map on a day; `geo.layer` returns one.

    Parameters
    ----------
    spec : LayerSpec or DerivedSpec
        The layer; it has a style.
    shown : sequence of Shown
        Its features on the day, in drawing order.
    words : Words
        The language of its title and of the names in its tooltips.

    Attributes
    ----------
    title : str
        Name of the layer as plain text, which the panel of `geo.Map` shows. `layer_name` is the same as HTML, for
        Leaflet's layer control.
    """

    def __init__(self, spec: LayerSpec | DerivedSpec, shown: Sequence[Shown], words: Words) -> None:
        self.title = words.layer(spec)
        super().__init__(name=folium_html(self.title))
        is_light = style_of(spec).from_zoom is not None
        # Uncertainties and the casings of lines are below everything else in the layer.
        below = chain.from_iterable(map(_parts_below, shown))
        for part in chain(below, chain.from_iterable(_parts(one, words, is_light=is_light) for one in shown)):
            part.add_to(self)


def layer(
    name: str, *, as_of: date | str | None = None, language: str = LANGUAGES[0], folder: Path | str = LAYERS_DIR
) -> StyledLayer:
    """Return one layer on a day, with its colours and symbols, for any folium map.

    Parameters
    ----------
    name : str
        A layer that the map draws, read or computed: ``"observation_posts"``, ``"corridor"``, ``"patrol_segments"``…
    as_of : date or str, optional
        The day, as a date or ``"2020-03-06"``; by default, the opening day of the map.
    language : str
        Language of the layer's title and of the names: ``"en"``, ``"fr"``, ``"ar"`` or ``"tr"``. A name that has no
        translation is shown in English.
    folder : Path or str
        The layers folder.

    Returns
    -------
    StyledLayer
        A `folium.FeatureGroup`: add it to a map with ``add_to``, and `folium.LayerControl` lists it by its title.
        It contains the features that exist on the day; it is empty if there are none, and ``get_bounds()`` is then
        ``[[None, None], [None, None]]``.

    Raises
    ------
    GeoError
        If no drawn layer has this name, or the language is not one of the four; the message lists the valid ones.
    DayError
        If the day is not a date, or the map does not cover it.
    DataError
        If the layers have errors; it lists all of them.

    Notes
    -----
    Each feature looks as on the published map, and a tooltip shows its name. Dotted circles and light bands show how
    far a position may be wrong. Five things differ, since a stock folium map has no means for them: the layer keeps
    its day; patrols are drawn on the road instead of beside it; a hatched area has a light, even fill; names are shown
    in tooltips only; localities are drawn as small dots at every zoom, not only from zoom 11 on. Places far from the
    zone, such as Moscow, which the published map only lists, are drawn.

    folium lists only one of two layers of the same name. To show two days of one layer, set `layer_name` of one of
    them; folium shows it as HTML.

    Examples
    --------
    >>> import folium, geo
    >>> m = folium.Map()
    >>> posts = geo.layer("observation_posts", as_of="2020-03-06").add_to(m)
    >>> control = folium.LayerControl().add_to(m)
    >>> m.fit_bounds(posts.get_bounds())
    """
    if language not in LANGUAGES:
        raise GeoError(f"{language!r} is not a language of the map; its languages are {', '.join(LANGUAGES)}")
    build = Build.of_folder(Path(folder), as_of=None if as_of is None else day_of(as_of))
    spec = _drawn_spec(name, build.drawn())
    shown = shown_on(spec, build, build.as_of)
    return StyledLayer(spec, shown, Words.of(build.layers, language))


def _drawn_spec(name: str, specs: Iterable[LayerSpec | DerivedSpec]) -> LayerSpec | DerivedSpec:
    drawn = {spec.name: spec for spec in specs}
    if name not in drawn:
        raise GeoError(f"no layer called {name!r} is drawn; the layers drawn are {', '.join(drawn)}")
    return drawn[name]


# ---- Below the features: how uncertain they are, and the casings of lines. ----


def _parts_below(one: Shown) -> Iterator[MacroElement]:
    kind = kind_of(one.geometry)
    precision_m = one.properties.get("precision_m")
    if kind == "point" and precision_m:
        [at] = _lat_lons(one.geometry)
        yield _passive(folium.Circle(at, radius=precision_m, color=ink_of(one.symbol), **_CIRCLE))
    if kind == "line" and one.symbol.banded:
        yield from _band(one)
    if kind == "line" and one.symbol.casing:
        weight = one.symbol.weight + 2 * CASING_PX
        yield _passive(_poly_line(one, color=one.symbol.casing, weight=weight))


def _band(one: Shown) -> Iterator[MacroElement]:
    """Yield the band in which a line may be; nothing if it is known exactly, or is not a single line."""
    radii_m = one.properties.get("vertex_precision_m") or one.properties.get("precision_m")
    if not radii_m or not isinstance(one.geometry, LineString):
        return
    projection = oblique_mercator(one.geometry)
    vertices = [(x, y) for x, y in projection.to_metres(one.geometry).coords]
    widths_m = radii_m if isinstance(radii_m, list) else [radii_m] * len(vertices)
    band = band_of(vertices, widths_m, tolerance=_BAND_TOLERANCE_M)
    for rings in _areas(projection.to_degrees(band)):
        yield _passive(folium.Polygon(rings, stroke=False, fill_color=one.symbol.stroke, fill_opacity=BAND_OPACITY))


def _passive(part: Any) -> MacroElement:
    """Make a drawing ignore the pointer; folium has no argument for this."""
    part.options["interactive"] = False
    return part  # type: ignore[no-any-return]


# ---- The features themselves. ----


def _parts(one: Shown, words: Words, *, is_light: bool) -> Iterator[MacroElement]:
    kind = kind_of(one.geometry)
    name = folium_html(words.name(one.properties))
    if kind == "line":
        yield _line(one, name)
    elif kind == "area":
        yield from _area_parts(one, name)
    else:
        yield _dot(one, name) if is_light else _marker(one, name, words)


def _line(one: Shown, name: str) -> MacroElement:
    symbol = one.symbol
    return _poly_line(
        one,
        tooltip=_tooltip(name),
        color=symbol.stroke,
        weight=symbol.weight * (STRONG if one.is_strong else 1),
        opacity=BESIDE_OPACITY if symbol.offset and not one.is_strong else 1.0,
        dash_array=symbol.dash or None,
        line_cap="butt",
    )


def _poly_line(one: Shown, **look: Any) -> folium.PolyLine:
    lines = [_lat_lons(part) for part in shapely.get_parts(one.geometry)]
    return folium.PolyLine(lines, **look)


def _area_parts(one: Shown, name: str) -> Iterator[MacroElement]:
    look = _area_look(one.symbol)
    for rings in _areas(one.geometry):
        # An area without an outline is background, and has no tooltip.
        if one.symbol.tint:
            yield _passive(folium.Polygon(rings, **{**look, "stroke": False}))
            yield folium.Polygon(rings, tooltip=_tooltip(name), **{**look, "fill_color": False, "fill": False})
        elif one.symbol.stroke:
            yield folium.Polygon(rings, tooltip=_tooltip(name), **look)
        else:
            yield _passive(folium.Polygon(rings, **look))


def _area_look(symbol: Symbol) -> Mapping[str, Any]:
    return {
        "stroke": bool(symbol.stroke),
        "color": symbol.stroke or symbol.fill,
        "weight": symbol.weight,
        "dash_array": symbol.dash or None,
        "fill_color": symbol.fill or False,
        "fill_opacity": symbol.fill_opacity * (_HATCH_SHARE if symbol.hatch else 1),
    }


def _marker(one: Shown, name: str, words: Words) -> MacroElement:
    [at] = _lat_lons(one.geometry)
    number = words.number(one.number) if one.number else ""
    return folium.Marker(
        at,
        icon=marker_icon(one.symbol, number, is_strong=one.is_strong),
        tooltip=_tooltip(name, sticky=False),
        z_index_offset=_NUMBERED_Z_OFFSET if one.properties.get("number") else None,
    )


def _dot(one: Shown, name: str) -> MacroElement:
    """Return a point of a layer with very many: one page element, without an icon."""
    [at] = _lat_lons(one.geometry)
    symbol = one.symbol
    return folium.CircleMarker(
        at,
        radius=symbol.radius,
        tooltip=_tooltip(name, sticky=False),
        stroke=bool(symbol.stroke),
        color=symbol.stroke or symbol.fill,
        weight=symbol.weight,
        fill_color=symbol.fill or False,
        fill_opacity=symbol.fill_opacity,
    )


def _tooltip(name: str, *, sticky: bool = True) -> folium.Tooltip:
    return folium.Tooltip(name, style=_TOOLTIP_STYLE, sticky=sticky, offset=_TOOLTIP_OFFSET_PX)


# ---- Positions for Leaflet: lat, lon in degrees. ----


def _lat_lons(geometry: BaseGeometry) -> list[list[float]]:
    positions: list[list[float]] = shapely.get_coordinates(geometry)[:, ::-1].round(DECIMALS).tolist()
    return positions


def _areas(geometry: BaseGeometry) -> Iterator[list[list[list[float]]]]:
    """Yield each part of an area as its rings, the outer one first."""
    for part in shapely.get_parts(geometry):
        if isinstance(part, Polygon):
            yield [_lat_lons(ring) for ring in (part.exterior, *part.interiors)]

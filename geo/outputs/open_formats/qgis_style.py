"""A layer's style as QGIS writes it (QML), made from the symbols of the catalogue.

Rules rather than categories: what is valid on another day than the map opens on would else be drawn over what is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from xml.etree.ElementTree import Element, SubElement, tostring

from geo.inputs.catalog import Style, Symbol
from geo.outputs.open_formats.drawing import CASING_PX, FIRST_DAY, LAST_DAY, Rule, channels, rules_of
from geo.outputs.open_formats.tables import Table

# QGIS measures in millimetres, so that screen and print agree; a CSS pixel is 1/96 inch.
_MM = 25.4 / 96
_BAND_OPACITY = 0.15
_HATCH_PX, _HATCH_WIDTH_PX = 8, 1.6
# A bubble stands above the point that it speaks of; QGIS has no such shape.
_BUBBLE_LIFT_PX = 8
# Scale of zoom 0 of web maps, at 96 dots an inch.
_SCALE_OF_ZOOM_0 = 559_082_264
_SHAPES = {"circle": "circle", "diamond": "diamond", "square": "square", "triangle": "triangle", "bubble": "square"}
_KINDS = {"Polygon": "fill", "LineString": "line", "Point": "marker"}

Layer = tuple[str, Mapping[str, str], Sequence[Element]]


def qml_text(table: Table, geometry_type: str, day: date) -> str:
    """Return the QML of a layer for features of one geometry type, as they are drawn on a day."""
    style = table.spec.style or Style({})
    root = Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling|Rendering")
    if style.from_zoom is not None:
        root.attrib |= {"hasScaleBasedVisibilityFlag": "1", "minScale": scale_of(style.from_zoom), "maxScale": "0"}
    _add_renderer(root, list(rules_of(table, geometry_type, day)), _KINDS[geometry_type.removeprefix("Multi")])
    if style.label_from_zoom is not None:
        _add_labels(root, scale_of(style.label_from_zoom))
    return tostring(root, encoding="unicode")


def scale_of(zoom: int) -> str:
    """Return the denominator of the scale of a zoom of web maps."""
    return str(round(_SCALE_OF_ZOOM_0 / 2**zoom))


def expression(rule: Rule) -> str:
    """Return which features a rule is for, in the language of QGIS; only names and classes of the catalogue go in."""
    day = f"to_date('{rule.day.isoformat()}')"
    parts = [
        f'("{FIRST_DAY}" IS NULL OR "{FIRST_DAY}" <= {day})',
        f'("{LAST_DAY}" IS NULL OR "{LAST_DAY}" >= {day})',
    ]
    if rule.column:
        value = rule.value if rule.is_number else "'" + rule.value.replace("'", "''") + "'"
        parts.insert(0, f'"{rule.column}" = {value}')
    return " AND ".join(parts)


def _add_renderer(root: Element, rules: Sequence[Rule], kind: str) -> None:
    renderer = SubElement(
        root, "renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0", enableorderby="0"
    )
    group = SubElement(renderer, "rules", key="rules")
    symbols = SubElement(renderer, "symbols")
    for number, rule in enumerate(rules):
        own = {"key": f"rule{number}", "symbol": str(number), "label": rule.symbol.label, "filter": expression(rule)}
        SubElement(group, "rule", own)
        symbols.append(_symbol(str(number), kind, _LAYERS[kind](rule.symbol)))


def _symbol(name: str, kind: str, layers: Iterable[Layer]) -> Element:
    symbol = Element("symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0")
    for class_, options, children in layers:
        layer = SubElement(symbol, "layer", {"class": class_, "enabled": "1", "locked": "0", "pass": "0"})
        _add_options(layer, options)
        layer.extend(children)
    return symbol


def _add_options(parent: Element, options: Mapping[str, str]) -> None:
    group = SubElement(parent, "Option", type="Map")
    for name, value in options.items():
        SubElement(group, "Option", name=name, value=value, type="QString")


def _fill_layers(symbol: Symbol) -> Iterator[Layer]:
    if symbol.fill and symbol.hatch:
        stripe = _line_options(symbol.fill, _HATCH_WIDTH_PX, symbol.fill_opacity)
        inner = _symbol("@hatch@0", "line", [("SimpleLine", stripe, ())])
        yield "LinePatternFill", {"angle": "45", "distance": _mm(_HATCH_PX), "distance_unit": "MM"}, [inner]
    elif symbol.fill:
        colour = _colour(symbol.fill, symbol.fill_opacity)
        yield "SimpleFill", {"color": colour, "style": "solid", "outline_style": "no"}, ()
    if symbol.stroke:
        yield "SimpleLine", _line_options(symbol.stroke, symbol.weight, dash=symbol.dash), ()


def _line_layers(symbol: Symbol) -> Iterator[Layer]:
    if symbol.banded:
        yield (
            "SimpleLine",
            _line_options(symbol.stroke, 10, _BAND_OPACITY, unit="RenderMetersInMapUnits"),
            [_band_width()],
        )
    if symbol.casing:
        yield "SimpleLine", _line_options(symbol.casing, symbol.weight + 2 * CASING_PX, offset=symbol.offset), ()
    yield "SimpleLine", _line_options(symbol.stroke, symbol.weight, dash=symbol.dash, offset=symbol.offset), ()


def _marker_layers(symbol: Symbol) -> Iterator[Layer]:
    lift = -(_BUBBLE_LIFT_PX + symbol.radius) if symbol.shape == "bubble" else 0
    yield (
        "SimpleMarker",
        {
            "name": _SHAPES[symbol.shape],
            "color": _colour(symbol.fill, symbol.fill_opacity) if symbol.fill else "0,0,0,0",
            "outline_color": _colour(symbol.stroke) if symbol.stroke else "0,0,0,0",
            "outline_style": "solid" if symbol.stroke else "no",
            "outline_width": _mm(symbol.weight),
            "outline_width_unit": "MM",
            "size": _mm(2 * symbol.radius),
            "size_unit": "MM",
            "offset": f"0,{_mm(lift)}",
            "offset_unit": "MM",
        },
        (),
    )


_LAYERS = {"fill": _fill_layers, "line": _line_layers, "marker": _marker_layers}


def _line_options(
    colour: str, width_px: float, opacity: float = 1.0, *, dash: str = "", offset: float = 0, unit: str = "MM"
) -> dict[str, str]:
    options = {
        "line_color": _colour(colour, opacity),
        "line_width": _mm(width_px),
        "line_width_unit": unit,
        "line_style": "solid",
        "capstyle": "flat",
        "joinstyle": "round",
        "offset": _mm(offset),
        "offset_unit": "MM",
    }
    if dash:
        pattern = ";".join(_mm(float(part)) for part in dash.split())
        options |= {"use_custom_dash": "1", "customdash": pattern, "customdash_unit": "MM"}
    return options


def _band_width() -> Element:
    """Return the width of the band of an uncertain line: twice its precision, on the ground."""
    found = Element("data_defined_properties")
    collection = SubElement(found, "Option", type="Map")
    SubElement(collection, "Option", name="name", value="", type="QString")
    properties = SubElement(collection, "Option", name="properties", type="Map")
    width = SubElement(properties, "Option", name="outlineWidth", type="Map")
    SubElement(width, "Option", name="active", value="true", type="bool")
    SubElement(width, "Option", name="expression", value='2 * coalesce("precision_m", 0)', type="QString")
    SubElement(width, "Option", name="type", value="3", type="int")
    SubElement(collection, "Option", name="type", value="collection", type="QString")
    return found


def _add_labels(root: Element, scale: str) -> None:
    labeling = SubElement(root, "labeling", type="simple")
    settings = SubElement(labeling, "settings")
    text = {"fieldName": "name_en", "fontSize": "8", "fontSizeUnit": "Point", "textColor": "34,34,34,255"}
    style = SubElement(settings, "text-style", text)
    halo = {"bufferDraw": "1", "bufferSize": "0.6", "bufferSizeUnits": "MM", "bufferColor": "255,255,255,255"}
    SubElement(style, "text-buffer", halo)
    SubElement(settings, "placement", placement="6", dist="1", distUnits="MM")  # round the point, as on printed maps
    SubElement(settings, "rendering", scaleVisibility="1", scaleMin="0", scaleMax=scale, obstacle="1")


def _colour(colour: str, opacity: float = 1.0) -> str:
    return ",".join(map(str, (*channels(colour), round(255 * opacity))))


def _mm(pixels: float) -> str:
    return f"{pixels * _MM:.3f}".rstrip("0").rstrip(".")

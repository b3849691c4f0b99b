"""A layer's style as Styled Layer Descriptor 1.1 with Symbology Encoding, for programs that do not read QML.

Offsets follow the standard: to the left and upwards is positive. QGIS 3.22 reads both the other way round, and takes
the QML instead. The band of an uncertain line has its width on the ground, which cannot be said here: it is left out.
"""

from collections.abc import Callable, Mapping
from datetime import date
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from geo.inputs.catalog import Style, Symbol
from geo.outputs.open_formats.drawing import CASING_PX, FIRST_DAY, LAST_DAY, Rule, rules_of
from geo.outputs.open_formats.tables import Table

_NAMESPACES = {
    "sld": "http://www.opengis.net/sld",
    "se": "http://www.opengis.net/se",
    "ogc": "http://www.opengis.net/ogc",
}
_SHAPES = {"circle": "circle", "diamond": "square", "square": "square", "triangle": "triangle", "bubble": "square"}
_QUARTER_TURN, _BUBBLE_LIFT_PX, _HATCH_PX = "45", 8, 8
_SCALE_OF_ZOOM_0 = 559_082_264


def sld_text(table: Table, layer_name: str, geometry_type: str, day: date) -> str:
    """Return the SLD of a layer for features of one geometry type, as they are drawn on a day."""
    for prefix, address in _NAMESPACES.items():
        register_namespace(prefix, address)
    root = Element(_name("sld:StyledLayerDescriptor"), version="1.1.0")
    layer = SubElement(root, _name("sld:NamedLayer"))
    _add(layer, "se:Name", layer_name)
    user_style = SubElement(layer, _name("sld:UserStyle"))
    _add(user_style, "se:Name", layer_name)
    type_style = SubElement(user_style, _name("se:FeatureTypeStyle"))
    style = table.spec.style or Style({})
    for rule in rules_of(table, geometry_type, day):
        _add_rule(type_style, rule, style, _SYMBOLIZERS[geometry_type.removeprefix("Multi")])
    return tostring(root, encoding="unicode")


def _add_rule(parent: Element, rule: Rule, style: Style, symbolize: Callable[[Element, Symbol], None]) -> None:
    found = SubElement(parent, _name("se:Rule"))
    _add(found, "se:Name", rule.symbol.label)
    _add_filter(found, rule)
    if style.from_zoom is not None:
        _add(found, "se:MaxScaleDenominator", str(round(_SCALE_OF_ZOOM_0 / 2**style.from_zoom)))
    symbolize(found, rule.symbol)


def _add_filter(parent: Element, rule: Rule) -> None:
    both = SubElement(SubElement(parent, _name("ogc:Filter")), _name("ogc:And"))
    if rule.column:
        _compare(both, "ogc:PropertyIsEqualTo", rule.column, rule.value)
    for column, comparison in ((FIRST_DAY, "LessThan"), (LAST_DAY, "GreaterThan")):
        either = SubElement(both, _name("ogc:Or"))
        _add(SubElement(either, _name("ogc:PropertyIsNull")), "ogc:PropertyName", column)
        _compare(either, f"ogc:PropertyIs{comparison}OrEqualTo", column, rule.day.isoformat())


def _compare(parent: Element, comparison: str, column: str, value: str) -> None:
    found = SubElement(parent, _name(comparison))
    _add(found, "ogc:PropertyName", column)
    _add(found, "ogc:Literal", value)


def _polygon(parent: Element, symbol: Symbol) -> None:
    found = SubElement(parent, _name("se:PolygonSymbolizer"))
    if symbol.fill and symbol.hatch:
        fill = SubElement(SubElement(found, _name("se:Fill")), _name("se:GraphicFill"))
        graphic = SubElement(fill, _name("se:Graphic"))
        mark = SubElement(graphic, _name("se:Mark"))
        _add(mark, "se:WellKnownName", "horline")
        _parameters(mark, "Stroke", {"stroke": symbol.fill, "stroke-opacity": f"{symbol.fill_opacity:g}"})
        _add(graphic, "se:Size", str(_HATCH_PX))
        _add(SubElement(graphic, _name("se:Rotation")), "ogc:Literal", _QUARTER_TURN)
    elif symbol.fill:
        _parameters(found, "Fill", {"fill": symbol.fill, "fill-opacity": f"{symbol.fill_opacity:g}"})
    if symbol.stroke:
        _parameters(found, "Stroke", _stroke(symbol))


def _line(parent: Element, symbol: Symbol) -> None:
    if symbol.casing:
        wider = {"stroke": symbol.casing, "stroke-width": f"{symbol.weight + 2 * CASING_PX:g}"}
        _parameters(SubElement(parent, _name("se:LineSymbolizer")), "Stroke", wider)
    found = SubElement(parent, _name("se:LineSymbolizer"))
    _parameters(found, "Stroke", _stroke(symbol))
    if symbol.offset:
        _add(found, "se:PerpendicularOffset", f"{-symbol.offset:g}")  # to the standard, positive is to the left


def _point(parent: Element, symbol: Symbol) -> None:
    graphic = SubElement(SubElement(parent, _name("se:PointSymbolizer")), _name("se:Graphic"))
    mark = SubElement(graphic, _name("se:Mark"))
    _add(mark, "se:WellKnownName", _SHAPES[symbol.shape])
    if symbol.fill:
        _parameters(mark, "Fill", {"fill": symbol.fill})
    if symbol.stroke:
        _parameters(mark, "Stroke", _stroke(symbol))
    _add(graphic, "se:Size", f"{2 * symbol.radius:g}")
    if symbol.shape == "diamond":
        _add(SubElement(graphic, _name("se:Rotation")), "ogc:Literal", _QUARTER_TURN)
    if symbol.shape == "bubble":
        lift = SubElement(graphic, _name("se:Displacement"))
        _add(lift, "se:DisplacementX", "0")
        _add(lift, "se:DisplacementY", f"{_BUBBLE_LIFT_PX + symbol.radius:g}")


_SYMBOLIZERS = {"Polygon": _polygon, "LineString": _line, "Point": _point}


def _stroke(symbol: Symbol) -> dict[str, str]:
    own = {"stroke": symbol.stroke, "stroke-width": f"{symbol.weight:g}", "stroke-linejoin": "round"}
    return own | ({"stroke-dasharray": symbol.dash} if symbol.dash else {})


def _parameters(parent: Element, kind: str, values: Mapping[str, str]) -> None:
    found = SubElement(parent, _name(f"se:{kind}"))
    for name, value in values.items():
        SubElement(found, _name("se:SvgParameter"), name=name).text = value


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, _name(name)).text = text


def _name(short: str) -> str:
    prefix, _, own = short.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{own}"

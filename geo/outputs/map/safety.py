"""Prevent texts that an analyst adds with folium from becoming code in the browser.

folium writes popups and tooltips between backticks in JavaScript, and the values of a GeoJSON into ``innerHTML``. HTML
that an analyst writes remains HTML, but nothing in it runs, navigates or loads; values of a GeoJSON, and the classes in
a legend of geopandas, are shown as text.
"""

import json
import re
from collections.abc import Callable, Container, Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.elements import JSCSSMixin
from folium.features import GeoJson, GeoJsonDetail, GeoJsonPopup, GeoJsonTooltip
from folium.template import Template

from geo.outputs.document import element as html_element

# Characters that end a JavaScript template literal, or open an expression in it or in Jinja.
_ENTITIES = str.maketrans({character: f"&#{ord(character)};" for character in "{}%`$\\"})
# The same, and characters that end an attribute.
_ATTRIBUTE_ENTITIES = _ENTITIES | str.maketrans({character: f"&#{ord(character)};" for character in '<>"'})
# Elements that run, load or navigate; the policy of the document refuses most of them, but not a refresh.
_ACTIVE_ELEMENT = re.compile(
    r"<(?=/?\s*(?:script|style|meta|link|base|iframe|frame|object|embed|form)\b)", re.IGNORECASE
)
# The element that geopandas adds as the legend of classes, and the start of each of its rows.
_LEGEND = re.compile(
    r"(?P<start>\s*<div id='maplegend )(?P<title>.*)(?P<middle>' class='maplegend'>\s*<div class='legend-title'>)"
    r"(?P=title)(?P<list></div>\s*<div class='legend-scale'>\s*<ul class='legend-labels'>)(?P<rows>.*?)"
    r"(?P<end>\s*</ul>\s*</div>\s*</div>\s*)",
    re.DOTALL,
)
_LEGEND_ROW = re.compile(r"(\s*<li><span style='background:#?\w+'></span>)(.*)</li>", re.DOTALL)
_LEGEND_ROW_START = re.compile(r"(?=\n {16}<li><span style='background:)")
_END_OF_STYLE = re.compile("</(?=style)", re.IGNORECASE)
_NAME_IN_QUOTES = re.compile(r'"\{\{\'(\w+)\'\}\}"')
# A path that JavaScript and folium interpret alike.
_PATH = re.compile(r"feature\.(id|_number|properties\.[A-Za-z_]\w*)", re.ASCII)

_WEB_PAGE = re.compile("https?://", re.IGNORECASE)

_AS_TEXT = "String({}).replace(/[&<>]/g, (character) => `&#${{character.charCodeAt(0)}};`)"
_VALUE = "${handleObject(layer.feature.properties[v]){% if this.localize %}.toLocaleString(){% endif %}}"
_ALIAS = "${aliases[i]{% if this.localize %}.toLocaleString(){% endif %}}"


def _detail_template(call: str, options: str) -> Any:
    """Return the template of a tooltip or popup of a GeoJSON, with its values as text."""
    function = GeoJsonDetail.base_template
    for expression in (_VALUE, _ALIAS):
        if expression not in function:
            raise ImportError("this version of folium writes tooltips in another way; the pinned versions are needed")
        function = function.replace(expression, f"${{{_AS_TEXT.format(expression[2:-1])}}}")
    return Template(
        f"{{% macro script(this, kwargs) %}}{{{{ this._parent.get_name() }}}}.{call}({function},"
        f"{{{{ this.{options} | tojavascript }}}});{{% endmacro %}}"
    )


_DETAIL_TEMPLATES = {
    GeoJsonTooltip: _detail_template("bindTooltip", "tooltip_options"),
    GeoJsonPopup: _detail_template("bindPopup", "popup_options"),
}


def make_safe(element: Element) -> None:
    """Change an element so that it looks the same and no text in it becomes code; idempotent."""
    for kind, change in _CHANGES.items():
        if isinstance(element, kind):
            change(element)


def _change_tooltip(tooltip: Any) -> None:
    tooltip.text = safe_html(tooltip.text)
    if hasattr(tooltip, "style"):
        tooltip.style = tooltip.style.translate(_ATTRIBUTE_ENTITIES)


def _change_popup(popup: Any) -> None:
    for child in popup.html._children.values():
        if isinstance(child, folium.Html):
            html = child.data.replace("\\`", "`")
            child.data, child.script = safe_html(html if child.script else escape(html)), True
        elif type(child) is Element and child._template_str is not None:
            child._template_str = safe_html(child._template_str)


def _change_icon(icon: Any) -> None:
    if html := icon.options.get("html"):
        icon.options["html"] = passive_html(html)


def _change_detail(detail: Any) -> None:
    """Change a tooltip or popup of a GeoJSON: its values become text, and its style stays one style."""
    if type(detail) in _DETAIL_TEMPLATES:
        detail._template = _DETAIL_TEMPLATES[type(detail)]
    if hasattr(detail, "style"):
        detail.style = _END_OF_STYLE.sub(r"<\\/", detail.style)


def _change_geojson(layer: Any) -> None:
    """Embed the features, since the map must not fetch them, and identify them by a safe name."""
    layer.embed = True
    if not _PATH.fullmatch(getattr(layer, "feature_identifier", "feature.id")):
        _identify_by_number(layer)


def _change_attribution(layer: Any) -> None:
    """Change the attribution of tiles and images, which Leaflet shows as HTML."""
    options = getattr(layer, "options", {})
    if isinstance(html := options.get("attribution"), str):
        options["attribution"] = passive_html(html)


def _change_groups(control: Any) -> None:
    """Change the names that a `folium.plugins.GroupedLayerControl` shows as HTML."""
    if not hasattr(control, "grouped_overlays"):
        return
    control.grouped_overlays = {
        passive_html(group): {passive_html(name): layer for name, layer in layers.items()}
        for group, layers in control.grouped_overlays.items()
    }
    if exclusive := control.options.get("exclusiveGroups"):
        control.options["exclusiveGroups"] = [passive_html(group) for group in exclusive]


def _change_legend(legend: Any) -> None:
    """Show title and classes of a legend of geopandas, which are data, as text."""
    found = _LEGEND.fullmatch(legend._template_str or "") if legend._template_name == "legend" else None
    if not found:
        return
    rows = [_LEGEND_ROW.fullmatch(row) for row in _LEGEND_ROW_START.split(found["rows"])]
    title = escape(found["title"])
    text = "".join(f"{row[1]}{escape(row[2])}</li>" for row in rows if row)
    legend._template_str = f"{found['start']}{title}{found['middle']}{title}{found['list']}{text}{found['end']}"
    legend._template_name = None  # so that it is not escaped again


_CHANGES: Mapping[type, Callable[[Any], None]] = {
    folium.Tooltip: _change_tooltip,
    folium.Popup: _change_popup,
    folium.DivIcon: _change_icon,
    GeoJsonDetail: _change_detail,
    GeoJson: _change_geojson,
    folium.map.Layer: _change_attribution,
    JSCSSMixin: _change_groups,
    Element: _change_legend,
}


def render_layer_control(control: folium.LayerControl, **_kwargs: Any) -> None:
    """Render folium's layer control, which shows the names of layers as HTML, so that nothing in them runs."""
    control.reset()
    for layer in control._parent._children.values() if control._parent else ():
        if isinstance(layer, folium.map.Layer) and layer.control:
            listed = control.overlays if layer.overlay else control.base_layers
            listed[passive_html(layer.layer_name)] = layer.get_name()
    MacroElement.render(control)


def folium_html(text: str) -> str:
    """Return a text as HTML for folium, so that it is displayed unchanged, whatever it contains.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        HTML without characters that Jinja or JavaScript could interpret as code.

    Examples
    --------
    >>> folium_html("{{ 7 * 7 }} <b>")
    '&#123;&#123; 7 * 7 &#125;&#125; &lt;b&gt;'
    """
    return escape(text).translate(_ENTITIES)


def passive_html(html: str) -> str:
    """Return HTML in which elements that run, load or navigate are shown as text."""
    return _ACTIVE_ELEMENT.sub("&lt;", html)


class _TextAndLinks(HTMLParser):
    """Collects the text of HTML, escaped, and its links to web pages."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.address: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") or ""
        if tag == "a":
            self.address = address if _WEB_PAGE.match(address) else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.address = None

    def handle_data(self, data: str) -> None:
        self.parts.append(html_element("web_link", data, self.address) if self.address else escape(data))


def attribution_html(html: str) -> str:
    """Return an attribution as HTML with nothing but text and links to web pages.

    Parameters
    ----------
    html : str
        HTML of a provider.
    """
    parser = _TextAndLinks()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def safe_html(html: str) -> str:
    """Return HTML for use between backticks, in which elements that run, load or navigate are shown as text."""
    return passive_html(html).translate(_ENTITIES)


def style_key(style: dict[str, Any], names: Container[str]) -> str:
    """Return a style as JSON, with the names of patterns as names; folium takes any text in double braces for one.

    Parameters
    ----------
    style : dict
        Result of a style function of folium.
    names : container of str
        Valid names: the elements rendered so far.
    """
    as_json = json.dumps(style, sort_keys=True)
    return _NAME_IN_QUOTES.sub(lambda found: found[1] if found[1] in names else found[0], as_json)


def _identify_by_number(layer: GeoJson) -> None:
    """Identify the features of a layer by number: folium would write the name of a column into the script."""
    features = layer.data["features"]
    layer.data = {**layer.data, "features": [{**one, "_number": number} for number, one in enumerate(features)]}
    layer.feature_identifier = "feature._number"

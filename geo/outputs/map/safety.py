"""Keep texts that an analyst adds with folium from becoming code in the browser.

folium puts popups and tooltips between backticks of JavaScript, and the values of a GeoJSON into ``innerHTML``. HTML
that an analyst writes stays HTML, but nothing in it runs, navigates or loads; values of a GeoJSON are shown as text.
"""

import json
import re
from html import escape
from typing import Any

import folium
from branca.element import Element
from folium.features import GeoJson, GeoJsonDetail, GeoJsonPopup, GeoJsonTooltip
from folium.template import Template

# Characters that would end a template literal of JavaScript or open an expression, in it or in Jinja.
_ENTITIES = str.maketrans({character: f"&#{ord(character)};" for character in "{}%`$\\"})
# Elements that run, load or navigate; the policy of the document refuses most of them, but not a refresh.
_ACTIVE_ELEMENT = re.compile(
    r"<(?=/?\s*(?:script|style|meta|link|base|iframe|frame|object|embed|form)\b)", re.IGNORECASE
)
_NAME_IN_QUOTES = re.compile(r'"(\{\{\'\w+\'\}\})"')
# A path that JavaScript and folium read alike.
_PATH = re.compile(r"feature(\.[^\W\d]\w*)+")

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
    """Change an element so that it shows the same, and no text in it becomes code; doing so twice changes nothing."""
    if isinstance(element, folium.Tooltip):
        element.text = safe_html(element.text)
    elif isinstance(element, folium.Popup):
        for child in element.html._children.values():
            if isinstance(child, folium.Html):
                child.data = safe_html(child.data.replace("\\`", "`"))
    elif type(element) in _DETAIL_TEMPLATES:
        element._template = _DETAIL_TEMPLATES[type(element)]
    elif isinstance(element, GeoJson) and not _PATH.fullmatch(getattr(element, "feature_identifier", "feature.id")):
        _identify_by_number(element)


def folium_html(text: str) -> str:
    """Return a text as HTML for folium: whatever it contains, a reader sees it as it is.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        HTML without a character that Jinja or JavaScript could take for code.

    Examples
    --------
    >>> folium_html("{{ 7 * 7 }} <b>")
    '&#123;&#123; 7 * 7 &#125;&#125; &lt;b&gt;'
    """
    return escape(text).translate(_ENTITIES)


def safe_html(html: str) -> str:
    """Return HTML that shows the same between backticks, with elements that run, load or navigate as text."""
    return _ACTIVE_ELEMENT.sub("&lt;", html).translate(_ENTITIES)


def style_key(style: dict[str, Any]) -> str:
    """Return a style as JSON, with the names of patterns unquoted; folium unquotes any text in double braces."""
    return _NAME_IN_QUOTES.sub(r"\1", json.dumps(style, sort_keys=True))


def _identify_by_number(layer: GeoJson) -> None:
    """Tell the features of a layer apart by number: folium would write the name of a column into the script."""
    for number, feature in enumerate(layer.data["features"]):
        feature["id"] = number
    layer.feature_identifier = "feature.id"

"""Texts of the layers as HTML that folium can carry.

folium compiles what it has rendered again as a Jinja template, writes a tooltip between the backticks of a JavaScript
template, and shows the names of layers as HTML. In each of these places this HTML is the text and nothing else.
"""

from html import escape

_ENTITIES = {ord(char): f"&#{ord(char)};" for char in "{}%`$\\"}


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

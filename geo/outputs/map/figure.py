"""A branca figure that is saved as one self-contained, reproducible document, in which data never runs as code."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from threading import RLock
from typing import Any

import branca.element
import folium
from branca.element import CssLink, Element, Figure, IFrame, JavascriptLink
from folium.features import GeoJsonStyleMapper
from folium.raster_layers import ImageOverlay, TileLayer, WmsTileLayer

from geo.errors import GeoError
from geo.outputs.document import element, fill, hashes, json_for_html
from geo.outputs.map.packaged import packaged_text
from geo.outputs.map.safety import make_safe, render_layer_control, style_key

_RANDOM_ID = re.compile("[0-9a-f]{32}")
# geopandas wraps braces, since folium renders them twice.
_RAW_BRACES = re.compile(r"\{% raw %\}(\{+)\{% endraw %\}")
_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"<style[^>]*>(?P<text>.*?)</style>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"<link[^>]*>", re.IGNORECASE)
_URL = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_STYLESHEET = re.compile(r"""rel\s*=\s*["']?stylesheet\b""", re.IGNORECASE)
# A host may begin with a wildcard, and contains nothing else that has a meaning in a policy.
_WEB_URL = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#]*)", re.IGNORECASE)
_TO_PLACEHOLDER = re.compile(r"^.*\}[^.]*(?=\.)")
_HOST = re.compile(r"(\*\.)?[\w-]+(\.[\w-]+)*(:\d+)?", re.ASCII)
_JQUERY_CALL = re.compile(r"\$[(.]")
# Text that would end a script element, or move its end.
_END_OF_SCRIPT = re.compile(r"</(?=script)|<!--", re.IGNORECASE)
_END_OF_STYLE = re.compile(r"</(?=style)", re.IGNORECASE)
# Elements that change the address of the page or what it loads, and have no use after the head.
_HEAD_ELEMENT = re.compile(r"<(?=(?:meta|link|base)\b)", re.IGNORECASE)
_REFRESH = re.compile("http-equiv", re.IGNORECASE)
_NOT_IN_HTML = re.compile("[\0\ud800-\udfff]")


class Verbatim(Element):
    """Text that is written unchanged, and never compiled as a template.

    Parameters
    ----------
    text : str
        HTML or JavaScript, depending on where it is added.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_kwargs: Any) -> str:
        """Return the text."""
        return self.text


class OwnScript(Verbatim):
    """A script of this package, written before those that folium composes."""


class _PlainText:
    """A replacement for branca's template class that keeps a rendered text instead of compiling it again."""

    def __init__(self, text: str) -> None:
        self.text = _RAW_BRACES.sub(r"\1", text)

    def render(self, **_kwargs: Any) -> str:
        return self.text


@dataclass(slots=True)
class _Content:
    """The contents of the document, in order."""

    head: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    linked_styles: list[str] = field(default_factory=list)
    linked_scripts: list[str] = field(default_factory=list)
    # Scripts in document order, as elements.
    script_elements: list[str] = field(default_factory=list)

    def add_script(self, text: str, attributes: str = "") -> None:
        text = _END_OF_SCRIPT.sub(lambda found: "<\\/" if found[0].startswith("</") else "<\\!--", _as_parsed(text))
        self.scripts.append(text)
        self.script_elements.append(element("script", text, attributes))

    def add_style(self, text: str) -> None:
        self.styles.append(_END_OF_STYLE.sub(r"<\\/", _as_parsed(text)))

    def link_script(self, url: str) -> None:
        self.linked_scripts.append(url)
        self.script_elements.append(element("linked_script", url))


class OfflineFigure(Figure):
    """A figure that is rendered as one document under a content security policy.

    Scripts and styles of folium that an installed package contains are written into the document, data are written as
    blocks of JSON, and the policy allows exactly these scripts and styles. Other scripts and styles remain links, and a
    warning says that the map needs the network.

    Attributes
    ----------
    frame : str
        The document, with ``@@slots@@`` for policy, head, html, blocks and scripts, and for `slots`.
    blocks : dict of str to Any
        JSON that is written into the document as text, by the id of its element.
    slots : dict of str to str
        HTML for further slots of the frame.
    is_strict : bool
        Whether a remaining link is an error.
    has_additions : bool
        Whether the rendered figure has elements that are not part of every map.
    """

    frame = (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta http-equiv="Content-Security-Policy" content="@@policy@@">\n'
        '<meta charset="utf-8">\n@@head@@\n</head>\n<body>\n@@html@@\n@@blocks@@\n@@scripts@@\n</body>\n</html>\n'
    )

    def __init__(self, *, is_strict: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.header._children.clear()  # the frame declares the encoding
        self.blocks: dict[str, Any] = {}
        self.slots: dict[str, str] = {}
        self.is_strict = is_strict
        self.has_additions = False

    def needs_jquery(self) -> bool:
        """Return whether the rendered content calls jQuery, as popups do."""
        return bool(_JQUERY_CALL.search(self.header.render() + self.script.render()))

    def render(self, **kwargs: Any) -> str:
        """Return the document.

        Raises
        ------
        GeoError
            If the figure is strict and a link remains.
        """
        self.has_additions = any(map(_is_addition, elements_of(self)))
        with _rendered_once(self):
            for child in self._children.values():
                child.render(**kwargs)
            self.complete()
            number = self._numbering()
            content = _Content()
            self._add_header(content, number)
            # If a linked script is missing, only the parts that need it fail.
            parts = self.script._children.values() if content.linked_scripts else [self.script]
            for part in parts:
                content.add_script(number(part.render(**kwargs)))
            html = _HEAD_ELEMENT.sub("&lt;", _as_parsed(number(self.html.render(**kwargs))))
            policy = self._policy(content)
        self._tell_of_links(content)
        if _SCRIPT.search(html):
            warnings.warn("a script in the HTML of a map does not run; add it to get_root().script", stacklevel=2)
        return fill(
            self.frame,
            {
                "policy": policy,
                "head": "\n".join([*(element("style", text) for text in content.styles), *content.head]),
                "html": html,
                "blocks": "\n".join(element("data", id_, json_for_html(value)) for id_, value in self.blocks.items()),
                "scripts": "\n".join(content.script_elements),
                **self.slots,
            },
        )

    def complete(self) -> None:
        """Add what depends on everything else; called when all children are rendered."""

    def _add_header(self, content: _Content, number: Callable[[str], str]) -> None:
        """Sort what is in the header into scripts, styles, links and other elements."""
        own: list[str] = []
        others: list[str] = []
        for child in self.header._children.values():
            if isinstance(child, (JavascriptLink, CssLink)):
                self._add_linked(content, child.url, is_script=isinstance(child, JavascriptLink))
            elif isinstance(child, OwnScript):
                own.append(child.text)
            else:
                others.append(number(child.render()))
        for text in own:
            content.add_script(text)
        for text in others:
            self._add_markup(content, text)

    def _add_markup(self, content: _Content, text: str) -> None:
        """Move scripts, styles and links from HTML to the head, and keep the rest."""
        for found in _SCRIPT.finditer(text):
            if url := _URL.search(found["attributes"]):
                self._add_linked(content, url[1], is_script=True)
            else:
                content.add_script(found["text"], found["attributes"])
        text = _SCRIPT.sub("", text)
        for found in _STYLE.finditer(text):
            content.add_style(found["text"])
        text = _STYLE.sub("", text)
        for link in filter(_STYLESHEET.search, _LINK.findall(text)):
            if url := _URL.search(link):
                self._add_linked(content, url[1], is_script=False)
        if rest := _LINK.sub(lambda found: "" if _STYLESHEET.search(found[0]) else found[0], text).strip():
            content.head.append(_REFRESH.sub("data-http-equiv", _as_parsed(rest)))

    def _add_linked(self, content: _Content, url: str, *, is_script: bool) -> None:
        text = packaged_text(url, with_pictures=self.has_additions)
        if text is None:
            if is_script:
                content.link_script(url)
            else:
                content.linked_styles.append(url)
                content.head.append(element("linked_style", url))
        elif is_script:
            content.add_script(text)
        else:
            content.add_style(text)

    def _tell_of_links(self, content: _Content) -> None:
        """Report the remaining links: an error if the figure is strict, otherwise a warning."""
        urls = ", ".join([*content.linked_scripts, *content.linked_styles])
        if urls and self.is_strict:
            raise GeoError(
                f"the map would need the network: no installed package contains {urls}; remove what links it"
            )
        if urls:
            warnings.warn(f"the map needs the network: no installed package contains {urls}", stacklevel=3)

    def _numbering(self) -> Callable[[str], str]:
        """Return a function that replaces the random ids of elements with their numbers in the tree."""
        numbers: dict[str, str] = {}
        # A pattern made by a style function is in the tree only by the name of its script.
        ids = chain((element._id for element in elements_of(self)), _RANDOM_ID.findall(" ".join(self.script._children)))
        for id_ in filter(_RANDOM_ID.fullmatch, ids):
            numbers.setdefault(id_, f"e{len(numbers) + 1}")
        return lambda text: _RANDOM_ID.sub(lambda found: numbers.get(found[0], found[0]), text)

    def _policy(self, content: _Content) -> str:
        """Return a content security policy for exactly this content; a nonce in a file would not be secret."""
        styles_from = _origins(content.linked_styles)  # they load fonts and images from their own host
        pictures_from = _origins(chain.from_iterable(map(_picture_urls, elements_of(self)))) | styles_from
        sources = {
            "default-src": ["'none'"],
            "script-src": [*hashes(content.scripts), *sorted(_origins(content.linked_scripts))],
            "style-src": [*hashes(content.styles), *sorted(styles_from)],
            # Popups of folium have style attributes; these cannot load what the other rules forbid.
            "style-src-attr": ["'unsafe-inline'"] if self.has_additions else [],
            "img-src": ["data:", *sorted(pictures_from)],
            "font-src": sorted(styles_from),
            # A frame of `branca.element.IFrame` is a separate page under the same policy.
            "frame-src": ["data:"] if any(isinstance(one, IFrame) for one in elements_of(self)) else [],
            "connect-src": ["'none'"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
        }
        return "; ".join(f"{name} {' '.join(values)}" for name, values in sources.items() if values)


def elements_of(root: Element) -> Iterator[Element]:
    """Yield every element of a tree once, in a fixed order, wherever folium keeps it."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if id(element) in seen:
            continue
        seen.add(id(element))
        yield element
        kept = [value for name, value in vars(element).items() if name != "_parent"]
        waiting.extend(one for one in reversed([*_inner(kept)]) if isinstance(one, Element))


def _inner(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, (list, tuple)):
            yield from value
        else:
            yield value


_EVERY_MAP = (Figure, folium.folium.GlobalSwitches, folium.Map)


def _is_addition(element: Element) -> bool:
    if type(element) is Element:
        return element._template_str is not None
    is_own = type(element).__module__.partition(".")[0] == "geo"
    return not is_own and not isinstance(element, _EVERY_MAP)


_RENDERING = RLock()


@contextmanager
def _rendered_once(figure: OfflineFigure) -> Iterator[None]:
    """Prevent rendered texts from being compiled as templates, and restore the figure afterwards.

    ``MacroElement.render`` passes its result to ``Element(...)``, which compiles and renders it again: ``{{ ... }}`` in
    a popup or a property of a GeoJSON would run as Python (branca 0.8). folium also adds elements while it renders.
    """
    with _RENDERING:
        before = [(element, element._children.copy()) for element in elements_of(figure)]
        try:
            for element, _ in before:
                make_safe(element)
            for element, _ in before:
                _keep_as_text(element)
            figure.blocks.clear()
            to_key = partial(style_key, names=figure.script._children)
            with (
                _replaced(branca.element, "Template", _PlainText),
                _replaced(GeoJsonStyleMapper, "_to_key", staticmethod(to_key)),
                _replaced(folium.LayerControl, "render", render_layer_control),
            ):
                yield
        finally:
            for element, children in before:
                element._children = children


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _keep_as_text(element: Element) -> None:
    """Prevent text that was added as an `Element`, such as the legend of geopandas, from being a template."""
    if type(element) is Element and element._template_str is not None:
        vars(element)["_template"] = _PlainText(element._template_str)


def _as_parsed(text: str) -> str:
    """Return a text as an HTML parser reads it: a browser refuses a script or style that differs from its hash."""
    return _NOT_IN_HTML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _picture_urls(element: Element) -> Iterator[str]:
    """Yield the URLs of pictures that an element of folium shows."""
    if isinstance(element, TileLayer):
        yield element.tiles
    elif isinstance(element, (WmsTileLayer, ImageOverlay)):
        yield element.url
    elif isinstance(element, folium.CustomIcon):
        yield from (str(element.options.get(name, "")) for name in ("icon_url", "shadow_url"))


def _origins(urls: Iterable[str]) -> set[str]:
    """Return the origins to allow for URLs of other hosts; a placeholder in a host matches any subdomain."""
    found = (_WEB_URL.match(url) for url in urls)
    hosts = ((one["scheme"], _TO_PLACEHOLDER.sub("*", one["host"])) for one in found if one)
    return {f"{scheme}://{host}" for scheme, host in hosts if _HOST.fullmatch(host)}

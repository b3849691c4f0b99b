"""Scripts and styles that folium links, from installed Python packages, so that a page can contain them."""

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from mimetypes import guess_type
from typing import NamedTuple

import folium

_SOURCE_MAP = re.compile(r"\n?(//# sourceMappingURL=\S*|/\*# sourceMappingURL=\S* \*/)")
_PICTURE = re.compile(r"[\w-]+\s*:\s*url\((?P<name>[^)]*)\)\s*;")


class _File(NamedTuple):
    """A file of an installed package.

    Attributes
    ----------
    package : str
        Name for import.
    path : str
        Below the package, separated by ``/``.
    """

    package: str
    path: str

    def content(self) -> bytes:
        """Return the bytes of the file."""
        return files(self.package).joinpath(*self.path.split("/")).read_bytes()


_LEAFLET = "xstatic.pkg.leaflet"
# URLs that folium links to, by their names in folium.
LINKED: Mapping[str, str] = dict(folium.Map.default_js) | dict(folium.Map.default_css)
_PACKAGED = {
    LINKED["leaflet"]: _File(_LEAFLET, "data/leaflet.js"),
    LINKED["leaflet_css"]: _File(_LEAFLET, "data/leaflet.css"),
    LINKED["jquery"]: _File("xstatic.pkg.jquery", "data/jquery.min.js"),
}
_MARKER_ICONS = {"iconUrl": "marker-icon.png", "iconRetinaUrl": "marker-icon-2x.png", "shadowUrl": "marker-shadow.png"}


@cache
def packaged_text(url: str, *, with_pictures: bool) -> str | None:
    """Return the script or style at a URL of folium; None if no installed package contains it.

    Line endings are those that a browser hashes; source maps are removed.

    Parameters
    ----------
    url : str
        The URL that folium links to.
    with_pictures : bool
        Whether a style keeps its images as ``data:`` URLs; without them it has a sixth of the size.
    """
    if url not in _PACKAGED:
        return None
    text = _SOURCE_MAP.sub("", _PACKAGED[url].content().decode("utf-8-sig").replace("\r\n", "\n")).rstrip()
    if not url.endswith(".css"):
        return text
    return _PICTURE.sub(_with_picture if with_pictures else "", text)


def marker_icons() -> dict[str, str]:
    """Return Leaflet's own marker icon as ``data:`` URLs, by the name of the Leaflet option."""
    return {option: _data_url(_File(_LEAFLET, f"data/images/{name}")) for option, name in _MARKER_ICONS.items()}


def _with_picture(found: re.Match[str]) -> str:
    name = found["name"].strip("'\" ")
    if not name.startswith("images/"):  # such as behavior: url(#default#VML), for browsers of before 2014
        return ""
    return found[0].replace(found["name"], _data_url(_File(_LEAFLET, f"data/{name}")))


def _data_url(file: _File) -> str:
    kind = guess_type(file.path)[0]
    return f"data:{kind};base64,{b64encode(file.content()).decode()}"

"""Background tiles that a reader can turn on, and the chooser on the map that offers them."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import folium
import xyzservices
from branca.element import MacroElement
from folium.template import Template

from geo.errors import GeoError
from geo.outputs.map.parts import Part
from geo.outputs.map.safety import attribution_html

# Need no key; the page has its own words for what they show.
TILES = ("OpenStreetMap.Mapnik", "Esri.WorldImagery", "OpenTopoMap")
# Refuse requests without a Referer, and a page that is not on a web site cannot send one.
# https://operations.osmfoundation.org/policies/tiles/
_HOSTS_THAT_NEED_A_SITE = ("tile.openstreetmap.org",)


class OfferedTiles(folium.TileLayer):
    """Background tiles that a reader can turn on; nothing is requested before.

    Parameters
    ----------
    name : str
        A name of xyzservices, such as ``"OpenStreetMap.Mapnik"``.

    Raises
    ------
    GeoError
        If xyzservices has no provider of this name, or the provider needs a key.
    """

    def __init__(self, name: str) -> None:
        provider = _provider(name)
        url = provider.build_url(scale_factor="{r}")  # one subdomain, so that the page names one host
        id_ = "".join(filter(str.isalnum, provider.name)).lower()
        super().__init__(
            url,
            min_zoom=provider.get("min_zoom"),
            max_zoom=provider.get("max_zoom"),
            attr=attribution_html(provider.html_attribution),
            name=provider.name,
            overlay=True,
            show=False,
            control=False,
            pane="tiles",
            class_name=f"tiles {id_}",
            referrer_policy="strict-origin",  # the site without the page; some providers require it
        )
        self._name, self._id = "tiles", id_
        self.add_child(_Offer(provider.name, urlsplit(url).netloc))


class _Offer(MacroElement):
    """Registers the tiles with the page's script."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "M4.offerTiles({{ this._parent.get_name() }}, {{ this.offer|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, name: str, host: str) -> None:
        super().__init__()
        self._name, self._id = "offer", name
        self.offer = {"name": name, "host": host, "needsSite": host in _HOSTS_THAT_NEED_A_SITE}


class TilesChooser(Part):
    """The button on the map that opens the list of backgrounds: the ground of the page, and the offered tiles."""

    call = "showTilesChooser"


def offered_tiles(names: str | Sequence[str] | None) -> list[MacroElement]:
    """Return what a map needs to offer tiles: a layer for each name of xyzservices, and the chooser; or nothing.

    Raises
    ------
    GeoError
        If xyzservices has no provider of a name, or a provider needs a key.
    """
    asked = [names] if isinstance(names, str) else list(names or ())
    layers = {layer.tile_name: layer for layer in map(OfferedTiles, asked)}
    return [*layers.values(), TilesChooser()] if layers else []


def _provider(name: str) -> xyzservices.TileProvider:
    if not isinstance(name, str):
        raise GeoError(f"tiles are given as a name of xyzservices, such as {TILES[0]!r}, not {name!r}")
    try:
        provider = xyzservices.providers.query_name(name)
    except ValueError:
        raise GeoError(f"tiles {name!r} are not known to xyzservices; known are {TILES[0]}, {TILES[1]}, …") from None
    if provider.requires_token():
        raise GeoError(f"tiles {provider.name} need a key, which everybody could read in the page")
    return provider

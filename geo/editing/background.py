"""What is below the facts on the map of the editor: the ground with its relief, or tiles that were chosen."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import ipyleaflet
import ipywidgets as widgets
import shapely

from geo.editing.drawn import geojson, is_background, light, path_options
from geo.editing.form import show_text, text_line
from geo.inputs.catalog import COUNTRIES, DerivedSpec, LayerSpec
from geo.inputs.layer_files import SOURCES
from geo.inputs.layers import Folder
from geo.outputs.relief import RELIEF_SOURCE
from geo.outputs.style import kind_of, style_of

# The stacking of the page: land, its relief, all other ground; Leaflet's own pane of vectors is 400.
PANES = {
    "land": {"zIndex": 300, "pointerEvents": "none"},
    "relief": {"zIndex": 301, "pointerEvents": "none", "mixBlendMode": "hard-light"},
    "ground": {"zIndex": 302, "pointerEvents": "none"},
}
_RELIEF_OPACITY = 0.5
# Names of xyzservices.
_TILES = {"Streets": "OpenStreetMap.Mapnik", "Satellite": "Esri.WorldImagery", "Topographic": "OpenTopoMap"}
_GATHER: Mapping[str, Any] = {
    "area": shapely.multipolygons,
    "line": shapely.multilinestrings,
    "point": shapely.multipoints,
}
_NOTICE = "{} will see your IP address and the area you view."


class Background:
    """The ground of the classes that a zoom shows, or tiles.

    Parameters
    ----------
    around : Folder
        The layers.
    but : str
        The layer that is edited.
    on_change : callable
        Called when tiles replace the ground, or the ground tiles.

    Attributes
    ----------
    layers : tuple of ipyleaflet.Layer
        The layers for the map.
    widgets : tuple of Widget
        The choice of tiles, and what it means.
    """

    def __init__(self, around: Folder, but: str, on_change: Callable[[], None]) -> None:
        parts = [part for spec in around.catalogue if spec.name != but for part in _parts(around, spec)]
        self._parts = sorted([*_relief(around), *parts], key=lambda part: part[0])
        self._ground = ipyleaflet.LayerGroup(name="Ground")
        self._tiles = ipyleaflet.LayerGroup(name="Tiles")
        self.layers = (self._tiles, self._ground)
        providers = {name: ipyleaflet.basemaps.query_name(tiles) for name, tiles in _TILES.items()}
        hosts = {name: urlsplit(one.build_url().replace("{s}.", "")).netloc for name, one in providers.items()}
        options = [("None", ""), *((f"{name} ({hosts[name]})", name) for name in providers)]
        self._providers, self._hosts = providers, hosts
        self._choice = widgets.Dropdown(
            options=options,
            value="",
            description="Tiles",
            style={"description_width": "auto"},
            layout=widgets.Layout(width="auto", margin="2px 2px 2px 12px"),
        )
        self._notice = text_line()
        self.widgets = (self._choice, self._notice)
        self._choice.observe(lambda _: self._choose(on_change), "value")
        self._tell()

    @property
    def is_ground(self) -> bool:
        """Whether the ground is shown, not tiles."""
        return not self._choice.value

    def show(self, zoom: float) -> None:
        """Show the classes that are drawn at a zoom."""
        shown = tuple(part for from_zoom, part in self._parts if from_zoom <= zoom and self.is_ground)
        if shown != self._ground.layers:
            self._ground.layers = shown

    def _choose(self, on_change: Callable[[], None]) -> None:
        name = self._choice.value
        self._tiles.layers = (ipyleaflet.basemap_to_tiles(self._providers[name]),) if name else ()
        self._tell()
        on_change()

    def _tell(self) -> None:
        name = self._choice.value
        credit = f" {self._providers[name].attribution}" if name else ""
        show_text(self._notice, _NOTICE.format(self._hosts.get(name, "If you choose tiles, their provider")) + credit)


def _relief(around: Folder) -> Iterator[tuple[float, ipyleaflet.Layer]]:
    """Yield the relief of the page with the zoom from which it is shown, if the folder has it."""
    from geo.outputs.map.parts import Relief

    if RELIEF_SOURCE in set(around.by_name[SOURCES].frame["id"]):
        relief = Relief()
        yield 0.0, ipyleaflet.ImageOverlay(url=relief.url, bounds=relief.bounds, pane="relief", opacity=_RELIEF_OPACITY)


def _parts(around: Folder, spec: LayerSpec | DerivedSpec) -> Iterator[tuple[float, ipyleaflet.Layer]]:
    """Yield each class of a layer of the ground as one feature, with the zoom from which it is drawn."""
    if not isinstance(spec, LayerSpec) or not is_background(spec):
        return
    frame, style = around.by_name[spec.name].frame, style_of(spec)
    pane = "land" if spec.name == COUNTRIES else "ground"
    for class_, symbol in style.symbols.items():
        own = frame.geometry[frame[spec.by] == class_] if spec.by else frame.geometry
        if own.empty or not (symbol.fill or symbol.stroke):
            continue
        from_zoom = max(symbol.from_zoom, style.from_zoom or 0)
        looks = {"pane": pane, "interactive": False, **path_options(symbol)}
        parts = shapely.get_parts(list(own))
        for kind, gather in _GATHER.items():
            if same := [part for part in parts if kind_of(part) == kind]:
                feature = geojson(light(gather(same)), style=looks)
                # The tools that move the selected feature would also move these points.
                point_style = {**looks, "pmIgnore": True} if kind == "point" else {}
                yield from_zoom, ipyleaflet.GeoJSON(data=feature, point_style=point_style)

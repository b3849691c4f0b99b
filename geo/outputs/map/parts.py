"""The parts around the map (panel, details, search and so on), each an optional folium element."""

from base64 import b64encode
from collections.abc import Mapping
from html import unescape
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template

from geo.outputs.map.catalogue_layer import CatalogueLayer
from geo.outputs.map.styled_layer import StyledLayer
from geo.outputs.relief import RELIEF_BOX_DEG, relief_picture


class Part(MacroElement):
    """A part around the map: one call of a function in the page's script.

    Attributes
    ----------
    call : str
        Name of the function of the page's script, which receives the Leaflet map.
    needs_view : bool
        Whether the map must have its view before the call.
    """

    call = ""
    needs_view = False
    _template = Template(
        "{% macro script(this, kwargs) %}M4.{{ this.call }}({{ this._parent.get_name() }});{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()
        self._name, self._id = "part", self.call


class Panel(folium.LayerControl):
    """The layer control: legend, list and count of each layer of the catalogue, and a checkbox for other layers."""

    needs_view = False
    _template = Template(
        """{% macro script(this, kwargs) %}
        M4.showPanel({{ this._parent.get_name() }}, [
            {%- for title, layer in this.others %}
            [{{ title|tojson }}, {{ layer }}],
            {%- endfor %}
        ]);
        {% endmacro %}"""
    )

    def __init__(self) -> None:
        super().__init__()
        self._name, self._id = "part", "showPanel"
        self.others: list[tuple[str, str]] = []

    def render(self, **kwargs: Any) -> Any:
        """Render the panel with the layers that are on the map."""
        children = self._parent._children.values() if self._parent else ()
        layers = [one for one in children if isinstance(one, folium.map.Layer) and one.control]
        self.others = [(_title(one), one.get_name()) for one in layers if not isinstance(one, CatalogueLayer)]
        super().render(**kwargs)


def _title(layer: folium.map.Layer) -> str:
    """Return the name of a layer as plain text for the panel."""
    name: str = layer.layer_name
    return unescape(name) if isinstance(layer, StyledLayer) else name


class Incidents(Part):
    """The reader's own incidents, on the map and in the panel."""

    call = "showIncidents"


class Details(Part):
    """Details of the selected feature."""

    call = "showDetails"


class Search(Part):
    """Search by name, in every language and spelling."""

    call = "showSearch"


class Table(Part):
    """A table of every feature."""

    call = "showTable"


class Claims(Part):
    """The timeline, with contradictory claims side by side."""

    call = "showClaims"


class DateControl(Part):
    """The control of the date: field, slider, steps and play."""

    call = "showDateControl"


class Chapters(Part):
    """The story in steps, each with its day, view, sentence and sources."""

    call = "showChapters"


class Diagram(Part):
    """The diagram of the patrols, by date and chainage."""

    call = "showDiagram"


class Downloads(Part):
    """Layers and tables as files."""

    call = "showDownloads"


class About(Part):
    """What the map shows and does not show."""

    call = "showAbout"


class Share(Part):
    """A link, the code of a frame, and a picture of what the map shows."""

    call = "showShare"


class Labels(Part):
    """Names beside points."""

    call, needs_view = "showLabels", True


class Selection(Part):
    """The mark around the selected feature."""

    call, needs_view = "showSelection", True


class Fullscreen(Part):
    """The page on the whole screen."""

    call, needs_view = "showFullscreen", True


class Ruler(Part):
    """Geodesic distances between points on the map."""

    call, needs_view = "showRuler", True


class Compare(Part):
    """A second map beside the first, with the same view and another date."""

    call, needs_view = "showCompare", True


class Positions(Part):
    """Coordinates of the pointer, and of a position to copy; a click on bare ground closes the details."""

    call, needs_view = "showPositions", True


class Print(Part):
    """A layout for paper."""

    call, needs_view = "showPrint", True


class Link(Part):
    """The address of the page as a link to the current view."""

    call, needs_view = "keepLink", True


class GroundNames(Part):
    """The names of the ground, and the numbers of its roads."""

    call, needs_view = "showGround", True


class Opening(Part):
    """The initial view of the map, set after the layout of the parts."""

    call = "openView"


# In order of creation, which is also the order of the tools in the head.
PARTS: Mapping[str, type[MacroElement]] = {
    "panel": Panel,
    "incidents": Incidents,
    "details": Details,
    "search": Search,
    "table": Table,
    "claims": Claims,
    "date": DateControl,
    "chapters": Chapters,
    "diagram": Diagram,
    "downloads": Downloads,
    "share": Share,
    "about": About,
    "labels": Labels,
    "selection": Selection,
    "fullscreen": Fullscreen,
    "ruler": Ruler,
    "compare": Compare,
    "positions": Positions,
    "print": Print,
    "link": Link,
}


class Relief(folium.raster_layers.ImageOverlay):
    """The relief as a picture above the land: lighter or darker where the ground is steep, nothing where it is flat."""

    def __init__(self) -> None:
        west, south, east, north = RELIEF_BOX_DEG
        super().__init__(
            f"data:image/webp;base64,{b64encode(relief_picture()).decode()}",
            [[south, west], [north, east]],
            pixelated=False,
            control=False,
            show=False,
            pane="relief",
            class_name="relief",
        )
        self._name, self._id = "relief", "ground"
        self.add_child(_ReliefPane())


class _ReliefPane(MacroElement):
    """Hands the picture to the page's script, which adds it to the map with the ground."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "M4.showRelief({{ this._parent._parent.get_name() }}, {{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()
        self._name, self._id = "relief", "pane"

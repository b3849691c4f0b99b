"""A layer of the catalogue as a folium layer, whose appearance follows the date."""

from typing import Any

import folium
from folium.template import Template
from shapely.geometry import mapping

from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.outputs.context import Build
from geo.outputs.map.page_data import layer_data, rows_of
from geo.outputs.style import style_of


class CatalogueLayer(folium.FeatureGroup):
    """One drawn layer of the catalogue.

    Its template contains only its name. The features are written into the figure's data block, and shown as text.

    Parameters
    ----------
    spec : LayerSpec or DerivedSpec
        Its entry in the catalogue, with a style.
    build : Build
        The build that has its features.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = M4.layer({{ this.spec.name|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, spec: LayerSpec | DerivedSpec, build: Build) -> None:
        if not (spec.name.isascii() and spec.name.isidentifier()):
            raise ValueError(f"layer {spec.name!r}: the name is not an identifier")
        if not spec.classes:
            raise ValueError(f"layer {spec.name}: it is not drawn")
        super().__init__(name=spec.title, show=style_of(spec).shown)
        self._name, self._id = "layer", spec.name
        self.spec, self._build = spec, build

    def page_data(self) -> dict[str, Any]:
        """Return the data of the layer for the page."""
        return {**layer_data(self.spec, self._build), "shown": self.show}

    @property
    def data(self) -> dict[str, Any]:
        """The features as GeoJSON, in lon, lat; used by plugins such as `folium.plugins.Search`."""
        return {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": dict(properties), "geometry": geometry and mapping(geometry)}
                for properties, geometry in rows_of(self.spec, self._build)
            ],
        }

    def _get_self_bounds(self) -> list[list[float | None]]:
        places = self._build.frame(self.spec.name).geometry
        if places.isna().all():
            return [[None, None], [None, None]]
        west, south, east, north = places.total_bounds.tolist()
        return [[south, west], [north, east]]

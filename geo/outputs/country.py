"""The part of a feature that is drawn: what an agreement describes is drawn in the country of the road only.

The border of the map is more exact than the outlines. Cutting a file at it would mix two licences, so the data keep
the agreed shapes, and only drawings end at the border.
"""

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import COUNTRIES, DerivedSpec, LayerSpec
from geo.outputs.context import Build


def country_of(build: Build) -> BaseGeometry | None:
    """Return the land that contains most of the road through the corridor, in lon, lat; None if there is none."""
    ground, road = build.frame(COUNTRIES), build.frame("centreline").geometry.iloc[0]
    lands: list[BaseGeometry] = list(ground.geometry[ground["kind"] == "land"])
    lengths_deg = shapely.length(shapely.intersection(lands, road))
    return lands[int(lengths_deg.argmax())] if lengths_deg.any() else None


def drawn_part(spec: LayerSpec | DerivedSpec, geometry: BaseGeometry, country: BaseGeometry | None) -> BaseGeometry:
    """Return what is drawn of an area: its part in the country, if its layer ends at the border.

    Parameters
    ----------
    spec : LayerSpec or DerivedSpec
        Its layer.
    geometry : shapely geometry
        The feature.
    country : shapely geometry or None
        As from `country_of`, in the same CRS.

    Returns
    -------
    shapely geometry
        The same object if all of it is inside the country, or none.
    """
    if country is None or not spec.ends_at_border or country.covers(geometry):
        return geometry
    found = shapely.get_parts(geometry.intersection(country))
    areas = [part for part in found if isinstance(part, Polygon) and not part.is_empty]
    if not areas:
        return geometry
    return areas[0] if len(areas) == 1 else MultiPolygon(areas)

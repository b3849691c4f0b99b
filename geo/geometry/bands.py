"""The demilitarised band of 2018: the part of the zone within 15 km, and within 20 km, of its line of contact."""

from dataclasses import dataclass

from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.geometry.corridor import band
from geo.inputs.features import Feature, Layers
from geo.inputs.schema import ContactLine, Zone

# The memorandum of 17 September 2018, item 3: 15 to 20 km deep, on the zone's side of its line of contact (reading A).
DEPTHS_KM = (15, 20)
_AS_OF = "2018-09"


@dataclass(frozen=True, slots=True)
class Band:
    """One reading of the band.

    Attributes
    ----------
    depth_km : int
        How far it reaches from the line of contact.
    area : Polygon or MultiPolygon
        In lon, lat degrees.
    limit : Feature of ContactLine
        The inner limit as it is stored, rough; the validity and the sources of the band are its own.
    """

    depth_km: int
    area: BaseGeometry
    limit: Feature[ContactLine]


def demilitarised_bands(layers: Layers) -> tuple[Band, ...]:
    """Return the band for each depth of which the layers hold the limit.

    Raises
    ------
    GeometryError
        As `geo.geometry.corridor.corridor` does.
    """
    lines = {line.properties.id: line for line in layers.features("line_of_contact", ContactLine)}
    zones = {zone.properties.id: zone.geometry for zone in layers.features("deescalation_zone", Zone)}
    zone, contact = zones.get(f"zone-{_AS_OF}"), lines.get(f"contact-{_AS_OF}")
    if not isinstance(zone, Polygon) or contact is None or not isinstance(contact.geometry, LineString):
        return ()
    limits = {depth_km: lines.get(f"dmz-2018-inner-{depth_km}km") for depth_km in DEPTHS_KM}
    return tuple(
        Band(depth_km, band(zone, contact.geometry, depth_m=1000.0 * depth_km), limit)
        for depth_km, limit in limits.items()
        if limit is not None
    )

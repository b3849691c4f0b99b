"""The demilitarised band of 2018: the part of the zone within 15 km, and within 20 km, of its line of contact."""

from typing import TYPE_CHECKING, Any

from geo.geometry.corridor import band
from geo.inputs.frames import computed_frame, json_rows
from geo.inputs.layers import Layers

if TYPE_CHECKING:
    import geopandas as gpd

# The memorandum of 17 September 2018, item 3: 15 to 20 km deep, on the zone's side of its line of contact (reading A).
DEPTHS_KM = (15, 20)
_AS_OF = "2018-09"


def demilitarised_bands(layers: Layers) -> "gpd.GeoDataFrame":
    """Return the band for each depth whose limit is in the layers, with the validity and the sources of the limit.

    Raises
    ------
    GeometryError
        As for `geo.geometry.corridor.corridor`.
    """
    lines, zones = (layers.frame(name).set_index("id") for name in ("line_of_contact", "deescalation_zone"))
    zone, contact = f"zone-{_AS_OF}", f"contact-{_AS_OF}"
    limits = {}
    if zone in zones.index and contact in lines.index:
        own = {row["id"]: row for row in json_rows(layers.frame("line_of_contact"))}
        limits = {km: own[id_] for km in DEPTHS_KM if (id_ := f"dmz-2018-inner-{km}km") in own}
    areas = [band(zones.geometry[zone], lines.geometry[contact], depth_m=1000.0 * km) for km in limits]
    return computed_frame("demilitarised_band", [_row(km, limit) for km, limit in limits.items()], areas)


def _row(depth_km: int, limit: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"demilitarised_band_{depth_km}km",
        "name_en": f"Demilitarised zone of 2018, {depth_km} km deep",
        "depth_km": depth_km,
        **{column: limit[column] for column in ("valid_from", "valid_to", "precision_m", "grade")},
        "basis": "derived",
        "sources": limit["sources"],
        "note": "Reading A, as the text has it: the whole width on the zone's side. Computed; no line was published.",
    }

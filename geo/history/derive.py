"""Everything that is computed from the layers, and therefore not stored in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import DataError, Problem
from geo.geometry.arguments import BOTH
from geo.geometry.chainage import chainage, section
from geo.geometry.corridor import band, corridor
from geo.geometry.geodesic import area_km2, length_m
from geo.geometry.road import centreline
from geo.geometry.sides import sides
from geo.history.facts import Facts, compute_facts
from geo.history.timeline import certain_from, post_history
from geo.inputs.agreement import FILE as AGREEMENT_FILE
from geo.inputs.agreement import Agreement, SideTerm
from geo.inputs.frames import computed_frame, json_rows
from geo.inputs.layers import Layers

if TYPE_CHECKING:
    import geopandas as gpd

# The memorandum of 17 September 2018, item 3: 15 to 20 km deep, on the zone's side of its line of contact (reading A).
DEPTHS_KM = (15, 20)
_BAND_AS_OF = "2018-09"


@dataclass(frozen=True, slots=True)
class Derived:
    """What a build computes.

    Attributes
    ----------
    layers : mapping of str to GeoDataFrame
        By name of the computed layer, as in the catalogue; in EPSG:4326. They are shared; do not edit them.
    histories : mapping of str to mapping
        For a layer whose style depends on the date: by feature id, the days on which its status changes, with the
        status from that day on, oldest first.
    facts : Facts
        The computed figures.
    """

    layers: "Mapping[str, gpd.GeoDataFrame]"
    histories: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]]
    facts: Facts


def derive(layers: Layers) -> Derived:
    """Compute the road, the corridor, the patrol segments, the band of 2018, the places of claims and the histories.

    Raises
    ------
    DataError
        If an end of the stretch has no position, or the sides of the road are not those of the agreement.
    GeometryError
        If the carriageways are not one road.
    """
    whole = _whole_road(layers)
    agreed = _stretch(whole, layers)
    halves = _corridor(agreed, layers.agreement)
    bands = demilitarised_bands(layers)
    posts = {post["id"]: post_history(post) for post in json_rows(layers.frame("observation_posts"))}
    claims, claimed = _claims(layers)
    return Derived(
        layers={
            "road_centreline": _road_centreline(whole, layers),
            "centreline": _centreline(agreed, layers),
            "corridor": halves,
            "patrol_segments": _patrol_segments(agreed, layers),
            "demilitarised_band": bands,
            "claims": claims,
        },
        histories={"observation_posts": posts, "claims": claimed},
        facts=compute_facts(layers, agreed, dict(zip(halves["id"], halves.geometry, strict=True)), posts, bands),
    )


def agreed_stretch(layers: Layers) -> LineString:
    """Return the stretch of the road that the corridor follows, in lon, lat; errors as for `derive`."""
    return _stretch(_whole_road(layers), layers)


def _stretch(whole: LineString, layers: Layers) -> LineString:
    """Return the part of the road between the points on it that are nearest to the two ends of the corridor."""
    places = layers.frame("places")
    ends = stretch_ends(layers.agreement, dict(zip(places["id"], places.geometry, strict=True)))
    from_m, to_m = chainage(whole, ends).along_m
    return section(whole, from_m, to_m)


def _whole_road(layers: Layers) -> LineString:
    line: LineString = centreline(road_of(layers)).geometry.iloc[0]
    return line


def road_of(layers: Layers) -> "gpd.GeoDataFrame":
    """Return the carriageways of the road of the agreement."""
    return layers.frame(layers.agreement.corridor.road_layer)


def stretch_ends(agreement: Agreement, positions: Mapping[str, BaseGeometry | None]) -> tuple[Point, Point]:
    """Return the two ends of the corridor along the road, in lon, lat.

    Parameters
    ----------
    agreement : Agreement
        It names the two places.
    positions : mapping of str to geometry or None
        Positions of the places by id, in lon, lat.

    Raises
    ------
    DataError
        If an end has no position.
    """
    start, end = (_position(positions, id_) for id_ in agreement.ends)
    return start, end


def _claims(layers: Layers) -> "tuple[gpd.GeoDataFrame, Mapping[str, tuple[tuple[str, str], ...]]]":
    """Return the places of claims, with the ids and sources of the claims, and the day of the first claim at each."""
    events = layers.frame("timeline").dropna(subset="place")
    by_place = dict(iter(events.groupby("place", sort=False)))
    places = layers.frame("places").set_index("id", drop=False).loc[list(by_place)]
    rows = [
        {
            "id": place["id"],
            **{name: value for name, value in place.items() if name.startswith("name_")},
            "claims": own["id"].tolist(),
            "precision_m": place["precision_m"],
            "sources": own["sources"].explode().unique().tolist(),
        }
        for place, own in zip(json_rows(places), by_place.values(), strict=True)
    ]
    since = {id_: ((own["date"].map(certain_from).min(), "claimed"),) for id_, own in by_place.items()}
    return computed_frame("claims", rows, places.geometry), since


def main_carriageway_precision_m(layers: Layers) -> float:
    """Return the precision of the position of the agreement's road, in metres; 0 if none is stated."""
    return float(road_of(layers)["precision_m"].fillna(0).max())


def _position(positions: Mapping[str, BaseGeometry | None], id_: str) -> Point:
    geometry = positions.get(id_)
    if not isinstance(geometry, Point):
        found = f"{id_!r} has no position"
        raise DataError([Problem(AGREEMENT_FILE, "", "end of the stretch", found, "name a place with a position")])
    return geometry


def _road_centreline(line: LineString, layers: Layers) -> "gpd.GeoDataFrame":
    road = layers.agreement.corridor.road
    return computed_frame("road_centreline", [_line_row("road-centreline", f"{road}, whole", line, layers)], [line])


def _centreline(line: LineString, layers: Layers) -> "gpd.GeoDataFrame":
    agreement = layers.agreement
    names = layers.frame("places").set_index("id")["name_en"]
    start, end = (names[id_] for id_ in agreement.ends)
    terms = agreement.patrols or agreement.corridor
    row = _line_row("centreline", f"{agreement.corridor.road}, {start} to {end}", line, layers)
    own = {
        "valid_from": agreement.in_force_from,
        "clause": terms.clause,
        "quote": terms.quote,
        "sources": [*row["sources"], *terms.sources],
        "note": terms.note,
    }
    return computed_frame("centreline", [row | own], [line])


def _line_row(id_: str, name: str, line: LineString, layers: Layers) -> dict[str, Any]:
    return {
        "id": id_,
        "name_en": name,
        "length_km": round(length_m(line) / 1000, 3),
        "basis": "derived",
        "sources": road_of(layers)["sources"].explode().unique().tolist(),
        "note": "Midline of the two carriageways.",
    }


def _corridor(line: LineString, agreement: Agreement) -> "gpd.GeoDataFrame":
    """Return the whole corridor and each side that the agreement names."""
    terms = agreement.corridor
    whole = corridor(line, half_width_m=terms.half_width_m)
    halves = sides(whole, line)
    if named := {side.side for side in agreement.sides} - set(halves):
        found = f"{' and '.join(sorted(named))}, of a road whose sides are {' and '.join(sorted(halves))}"
        raise DataError([Problem(AGREEMENT_FILE, "sides", "side", found, "name the sides that the road has")])
    areas = {BOTH: whole, **halves}
    parts = [None, *agreement.sides]
    shapes = [areas[side.side if side else BOTH] for side in parts]
    rows = [_corridor_row(agreement, side, shape) for side, shape in zip(parts, shapes, strict=True)]
    return computed_frame("corridor", rows, shapes)


def _corridor_row(agreement: Agreement, side: SideTerm | None, area: Polygon) -> dict[str, Any]:
    terms = agreement.corridor
    return {
        "id": f"corridor_{side.side}" if side else "corridor",
        "name_en": f"Security corridor, {side.side} of the {terms.road}" if side else "Security corridor",
        "side": side.side if side else BOTH,
        "patrolled_by": side and side.patrolled_by,
        "stated_by": side and side.stated_by,
        "stated_on": side and side.stated_on,
        "area_km2": round(area_km2(area), 3),
        "half_width_m": terms.half_width_m,
        "valid_from": agreement.in_force_from,
        "basis": "derived",
        "clause": terms.clause,
        "quote": terms.quote,
        "sources": [*terms.sources, *(side.sources if side else ())],
        "note": " ".join(note for note in (side and side.note, terms.note) if note),
    }


def _patrol_segments(line: LineString, layers: Layers) -> "gpd.GeoDataFrame":
    """Return a row for every patrol: the road between its two ends, or the reason why it has no segment."""
    places = layers.frame("places")
    located = places[places.geometry.notna()]
    along_m = dict(zip(located["id"], chainage(line, located)["along_m"].tolist(), strict=True))
    patrols = json_rows(layers.frame("joint_patrols"))
    found = [_patrol_segment(line, patrol, along_m) for patrol in patrols]
    return computed_frame("patrol_segments", [row for row, _ in found], [segment for _, segment in found])


def _patrol_segment(
    line: LineString, patrol: Mapping[str, Any], along_m: Mapping[str, float]
) -> tuple[dict[str, Any], LineString | None]:
    name = _patrol_name(patrol)
    if reason := _why_no_segment(patrol, along_m):
        unknown = dict.fromkeys(("from_km", "to_km", "length_km"))
        return {**patrol, "name_en": name, **unknown, "no_segment": reason}, None
    from_m, to_m = along_m[patrol["from_place"]], along_m[patrol["to_place"]]
    chainages_m = {"from_km": from_m, "to_km": to_m, "length_km": abs(to_m - from_m)}
    chainages_km = {name: round(metres / 1000, 3) for name, metres in chainages_m.items()}
    return {**patrol, "name_en": name, **chainages_km, "no_segment": None}, section(line, from_m, to_m)


def _patrol_name(patrol: Mapping[str, Any]) -> str:
    """Return the name of a patrol; it is not called joint where it is disputed who took part."""
    if not patrol["number"]:
        return str(patrol["id"]).replace("-", " ").capitalize()
    if patrol["participation"] == "disputed":
        return f"Patrol {patrol['number']} (participation disputed)"
    return f"Joint patrol {patrol['number']}"


def _why_no_segment(patrol: Mapping[str, Any], along_m: Mapping[str, float]) -> str | None:
    if patrol["outcome"] == "cancelled":
        return "cancelled, no joint patrol took place"
    ends = {"start": patrol["from_place"], "end": patrol["to_place"]}
    if missing := [end for end, place in ends.items() if place is None]:
        reason = f"{' and '.join(missing)} unknown"
        return (
            f"{reason}; the patrol itself is not established"
            if patrol["participation"] == "not_established"
            else reason
        )
    if unplaced := [place for place in ends.values() if place not in along_m]:
        return f"the position of {' and '.join(str(place) for place in unplaced)} is unknown"
    if patrol["from_place"] == patrol["to_place"]:
        return "start and end are the same place"
    return None


def demilitarised_bands(layers: Layers) -> "gpd.GeoDataFrame":
    """Return the band of 2018 for each depth whose limit is in the layers; its validity and sources are the limit's.

    Raises
    ------
    GeometryError
        As for `geo.corridor`.
    """
    lines, zones = (layers.frame(name).set_index("id") for name in ("line_of_contact", "deescalation_zone"))
    zone, contact = f"zone-{_BAND_AS_OF}", f"contact-{_BAND_AS_OF}"
    limits = {}
    if zone in zones.index and contact in lines.index:
        own = {row["id"]: row for row in json_rows(layers.frame("line_of_contact"))}
        limits = {km: own[id_] for km in DEPTHS_KM if (id_ := f"dmz-2018-inner-{km}km") in own}
    areas = [band(zones.geometry[zone], lines.geometry[contact], depth_m=1000.0 * km) for km in limits]
    return computed_frame("demilitarised_band", [_band_row(km, limit) for km, limit in limits.items()], areas)


def _band_row(depth_km: int, limit: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"demilitarised_band_{depth_km}km",
        "name_en": f"Demilitarised zone of 2018, {depth_km} km deep",
        "depth_km": depth_km,
        **{column: limit[column] for column in ("valid_from", "valid_to", "precision_m", "grade")},
        "basis": "derived",
        "sources": limit["sources"],
        "note": (
            "Reading A, as the text has it: the whole width on the zone's side. Computed; no line was published. "
            "Its dates are an inference: boundaries agreed by 21 September 2018, and no text that ends it."
        ),
    }

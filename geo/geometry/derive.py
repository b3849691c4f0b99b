"""Everything that can be computed from the layers, and so is stored nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import DataError, Problem
from geo.geometry.bands import Band, demilitarised_bands
from geo.geometry.chainage import chainage, section, stretch
from geo.geometry.corridor import corridor
from geo.geometry.facts import Facts, compute_facts
from geo.geometry.geodesic import area_km2, length_m
from geo.geometry.road import centreline
from geo.geometry.sides import sides
from geo.inputs.agreement import FILE as AGREEMENT_FILE
from geo.inputs.agreement import Agreement
from geo.inputs.dates import last_day
from geo.inputs.features import Feature, Layers
from geo.inputs.schema import Carriageway, JointPatrol, ObservationPost, Place, TimelineEvent

# The day that `status_2020_03_05` speaks of: the protocol was signed.
_STATUS_DAY = "2020-03-05"


@dataclass(frozen=True, slots=True)
class DerivedFeature:
    """One computed feature: JSON-ready properties, and a geometry in lon, lat degrees (None where there is none)."""

    properties: Mapping[str, Any]
    geometry: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Derived:
    """What a build computes.

    Attributes
    ----------
    layers : mapping of str to tuple of DerivedFeature
        By name of the derived layer, as in the catalogue.
    histories : mapping of str to mapping
        For a layer whose look depends on the date: by feature id, the days on which its status changes and the
        status from that day on, oldest first.
    facts : Facts
        The computed figures.
    """

    layers: Mapping[str, tuple[DerivedFeature, ...]]
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
    places = {place.properties.id: place for place in layers.features("places", Place)}
    road = layers.agreement.corridor.road
    whole = centreline(main_carriageways(layers))
    agreed = stretch(whole, *stretch_ends(layers.agreement, places))
    halves = _corridor_features(agreed, layers.agreement)
    posts = layers.features("observation_posts", ObservationPost)
    histories = {post.properties.id: post_history(post.properties) for post in posts}
    bands = demilitarised_bands(layers)
    claims = _claims_by_place(layers.features("timeline", TimelineEvent))
    areas = {half.properties["id"]: cast("Polygon", half.geometry) for half in halves}
    return Derived(
        layers={
            "road_centreline": (_centreline_feature("road-centreline", f"{road}, whole", whole, layers),),
            "centreline": (_stretch_feature(agreed, layers, places),),
            "corridor": halves,
            "patrol_segments": _patrol_segments(agreed, layers.features("joint_patrols", JointPatrol), places),
            "demilitarised_band": tuple(map(_band_feature, bands)),
            "claims": tuple(_claims_feature(places[id_], events) for id_, events in claims.items()),
        },
        histories={"observation_posts": histories, "claims": {id_: _first_claim(claims[id_]) for id_ in claims}},
        facts=compute_facts(layers, agreed, areas, histories, bands),
    )


def agreed_stretch(layers: Layers) -> LineString:
    """Return the stretch of the road that the corridor follows, lon, lat; raises what `derive` does."""
    places = {place.properties.id: place for place in layers.features("places", Place)}
    return stretch(centreline(main_carriageways(layers)), *stretch_ends(layers.agreement, places))


def stretch_ends(agreement: Agreement, places: Mapping[str, Feature[Place]]) -> tuple[Point, Point]:
    """Return from where to where the corridor follows the road; lon, lat.

    Raises
    ------
    DataError
        If an end has no position.
    """
    start, end = agreement.ends
    return _position(places, start), _position(places, end)


def post_history(post: ObservationPost) -> tuple[tuple[str, str], ...]:
    """Return the days from which each status of a post is certain, oldest first.

    A date known to the month or the year counts from its last day. Where the date of a change is unknown, what is
    known of 5 March 2020 counts from that day. Where the day on which a post was left is unknown, its status is not
    known after `attested_until`, and it is evacuated from `gone_by` on. A post without any date has no history.

    Returns
    -------
    tuple of (day, status)
        Days in ISO 8601; statuses ``standing`` (side not stated), ``opposition_held``, ``encircled``, ``not_known``,
        ``evacuated``.
    """
    status = post.status_2020_03_05
    later: list[tuple[str, str]] = []
    if status and (not post.established_on or (status == "encircled" and not post.encircled_on)):
        later.append((_STATUS_DAY, status))
    if post.encircled_on:
        later.append((_certain_from(post.encircled_on), "encircled"))
    if post.attested_until and (later or post.established_on):
        later.append(((last_day(post.attested_until) + timedelta(days=1)).isoformat(), "not_known"))
    if left := post.evacuated_on or post.gone_by:
        later.append((_certain_from(left), "evacuated"))
    later.sort(key=lambda step: step[0])
    if not post.established_on:
        return tuple(later)
    # A post that something happened to was there by then, even if only the month of its setting up is known.
    seen = [_certain_from(post.attested_until)] if post.attested_until else []
    first_day = min([_certain_from(post.established_on), *seen, *(day for day, _ in later)])
    held = status is not None or post.encircled_on is not None
    return ((first_day, "opposition_held" if held else "standing"), *later)


def _band_feature(band: Band) -> DerivedFeature:
    limit = band.limit.properties
    title = f"Demilitarised zone of 2018, {band.depth_km} km deep"
    own = {"id": f"demilitarised_band_{band.depth_km}km", "name_en": title, "depth_km": band.depth_km}
    shared = {name: getattr(limit, name) for name in ("valid_from", "valid_to", "precision_m", "grade")}
    note = "Reading A, as the text has it: the whole width on the zone's side. Computed; no line was published."
    return DerivedFeature(
        {**own, **shared, "basis": "derived", "sources": list(limit.sources), "note": note}, band.area
    )


def _claims_by_place(events: tuple[Feature[TimelineEvent], ...]) -> dict[str, list[TimelineEvent]]:
    found: dict[str, list[TimelineEvent]] = {}
    for event in (one.properties for one in events):
        if event.place:
            found.setdefault(event.place, []).append(event)
    return found


def _claims_feature(place: Feature[Place], events: list[TimelineEvent]) -> DerivedFeature:
    """Return the place of some claims as a feature of its own: it carries their ids and rests on their sources."""
    names = {
        name: value for name, value in place.properties.model_dump(mode="json").items() if name.startswith("name_")
    }
    return DerivedFeature(
        {
            "id": place.properties.id,
            **names,
            "claims": [event.id for event in events],
            "precision_m": place.properties.precision_m,
            "sources": list(dict.fromkeys(source for event in events for source in event.sources)),
        },
        place.geometry,
    )


def _first_claim(events: list[TimelineEvent]) -> tuple[tuple[str, str], ...]:
    return ((min(_certain_from(event.date) for event in events), "claimed"),)


def _certain_from(date: str) -> str:
    return last_day(date).isoformat()


def main_carriageways(layers: Layers) -> list[LineString]:
    """Return the lines of the road of the agreement, without its ramps; lon, lat."""
    return [
        way.geometry
        for way in layers.features(layers.agreement.corridor.road_layer, Carriageway)
        if isinstance(way.geometry, LineString) and not way.properties.highway.endswith("_link")
    ]


def main_carriageway_precision_m(layers: Layers) -> float:
    """Return the radius within which the road of the agreement truly lies, in metres; 0 where none is stated."""
    return float(
        max(
            (
                way.properties.precision_m or 0
                for way in layers.features(layers.agreement.corridor.road_layer, Carriageway)
            ),
            default=0,
        )
    )


def _position(places: Mapping[str, Feature[Place]], id_: str) -> Point:
    geometry = places[id_].geometry if id_ in places else None
    if not isinstance(geometry, Point):
        found = f"{id_!r} has no position"
        raise DataError([Problem(AGREEMENT_FILE, "", "end of the stretch", found, "name a place with a position")])
    return geometry


def _road_sources(layers: Layers) -> list[str]:
    ways = layers.features(layers.agreement.corridor.road_layer, Carriageway)
    return list(dict.fromkeys(source for way in ways for source in way.properties.sources))


def _centreline_feature(id_: str, name: str, line: LineString, layers: Layers) -> DerivedFeature:
    return DerivedFeature(
        {
            "id": id_,
            "name_en": name,
            "length_km": round(length_m(line) / 1000, 3),
            "basis": "derived",
            "sources": _road_sources(layers),
            "note": "Midline of the two carriageways.",
        },
        line,
    )


def _stretch_feature(line: LineString, layers: Layers, places: Mapping[str, Feature[Place]]) -> DerivedFeature:
    start, end = (places[id_].properties.name_en for id_ in layers.agreement.ends)
    terms = layers.agreement.patrols or layers.agreement.corridor
    feature = _centreline_feature("centreline", f"{layers.agreement.corridor.road}, {start} to {end}", line, layers)
    return DerivedFeature(
        {
            **feature.properties,
            "valid_from": layers.agreement.in_force_from,
            "clause": terms.clause,
            "quote": terms.quote,
            "sources": [*feature.properties["sources"], *terms.sources],
            "note": terms.note,
        },
        line,
    )


def _corridor_features(line: LineString, agreement: Agreement) -> tuple[DerivedFeature, ...]:
    terms = agreement.corridor
    whole = corridor(line, half_width_m=terms.half_width_m)
    halves = sides(whole, line)
    if named := {side.side for side in agreement.sides} - set(halves):
        found = f"{' and '.join(sorted(named))}, of a road whose sides are {' and '.join(sorted(halves))}"
        raise DataError([Problem(AGREEMENT_FILE, "sides", "side", found, "name the sides that the road has")])
    shared = {
        "half_width_m": terms.half_width_m,
        "valid_from": agreement.in_force_from,
        "basis": "derived",
        "clause": terms.clause,
        "quote": terms.quote,
    }
    features = [
        DerivedFeature(
            {
                "id": "corridor",
                "name_en": "Security corridor",
                "side": "both",
                "patrolled_by": None,
                "stated_by": None,
                "stated_on": None,
                "area_km2": round(area_km2(whole), 3),
                **shared,
                "sources": list(terms.sources),
                "note": terms.note,
            },
            whole,
        )
    ]
    for side in agreement.sides:
        half = halves[side.side]
        features.append(
            DerivedFeature(
                {
                    "id": f"corridor_{side.side}",
                    "name_en": f"Security corridor, {side.side} of the {terms.road}",
                    "side": side.side,
                    "patrolled_by": side.patrolled_by,
                    "stated_by": side.stated_by,
                    "stated_on": side.stated_on,
                    "area_km2": round(area_km2(half), 3),
                    **shared,
                    "sources": [*terms.sources, *side.sources],
                    "note": " ".join(note for note in (side.note, terms.note) if note),
                },
                half,
            )
        )
    return tuple(features)


def _patrol_segments(
    line: LineString, patrols: tuple[Feature[JointPatrol], ...], places: Mapping[str, Feature[Place]]
) -> tuple[DerivedFeature, ...]:
    """Return one feature for every patrol: the road between its two ends, or the reason why there is none."""
    located = {id_: place.geometry for id_, place in places.items() if isinstance(place.geometry, Point)}
    along_m: dict[str | None, float] = dict(zip(located, chainage(line, list(located.values())).along_m, strict=True))
    return tuple(_patrol_segment(line, patrol.properties, along_m) for patrol in patrols)


def _patrol_segment(line: LineString, patrol: JointPatrol, along_m: Mapping[str | None, float]) -> DerivedFeature:
    name = f"Joint patrol {patrol.number}" if patrol.number else patrol.id.replace("-", " ").capitalize()
    properties = {**patrol.model_dump(mode="json"), "name_en": name}
    if reason := _why_no_segment(patrol, along_m):
        unknown = dict.fromkeys(("from_km", "to_km", "length_km"))
        return DerivedFeature({**properties, **unknown, "no_segment": reason}, None)
    from_m, to_m = along_m[patrol.from_place], along_m[patrol.to_place]
    chainages = {"from_km": from_m, "to_km": to_m, "length_km": abs(to_m - from_m)}
    chainages_km = {name: round(float(metres) / 1000, 3) for name, metres in chainages.items()}
    return DerivedFeature({**properties, **chainages_km, "no_segment": None}, section(line, from_m, to_m))


def _why_no_segment(patrol: JointPatrol, along_m: Mapping[str | None, float]) -> str | None:
    if patrol.outcome == "cancelled":
        return "cancelled, no joint patrol took place"
    ends = {"start": patrol.from_place, "end": patrol.to_place}
    if missing := [end for end, place in ends.items() if place is None]:
        reason = f"{' and '.join(missing)} unknown"
        return (
            f"{reason}; the patrol itself is not established" if patrol.participation == "not_established" else reason
        )
    if unplaced := [place for place in ends.values() if place not in along_m]:
        return f"the position of {' and '.join(str(place) for place in unplaced)} is unknown"
    if patrol.from_place == patrol.to_place:
        return "start and end are the same place"
    return None

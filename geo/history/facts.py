"""Figures computed from the layers, each with its method: all numbers on the map are computed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.geometry.chainage import chainage
from geo.geometry.geodesic import area_km2, length_m
from geo.geometry.sides import ordered_side_names, side_names
from geo.history.timeline import History, stands_on
from geo.inputs.frames import json_rows
from geo.inputs.layers import Layers

if TYPE_CHECKING:
    import geopandas as gpd

_POSTS_INSIDE_HOW = (
    "Posts whose position is in the corridor, from the day on which each is known to exist, and for as long as a "
    "source attests it. Most positions are known to 2 or 3 km only, so a post near the edge may be on the other side "
    "of it."
)

Histories = Mapping[str, History]


@dataclass(frozen=True, slots=True)
class Fact:
    """One computed figure.

    Attributes
    ----------
    id : str
        Stable name.
    title : str
        Title.
    value : float or int
        The figure.
    unit : str
        What it counts or measures.
    how : str
        How it was computed, and its uncertainty.
    valid_from : str or None
        First day on which its subject exists; None if it does not depend on the date.
    """

    id: str
    title: str
    value: float
    unit: str
    how: str
    valid_from: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All computed figures.

    Attributes
    ----------
    figures : tuple of Fact
        The single figures.
    posts_inside : tuple of mapping
        Number of posts in the corridor from a day on: ``from``, and a count for each side; oldest first, beginning
        with the corridor.
    posts : tuple of mapping
        Position of each post along the stretch, if known: ``id``, ``chainage_km``, ``distance_km`` from the
        centreline (geodesic), ``side``, ``in_corridor``.
    """

    figures: tuple[Fact, ...]
    posts_inside: tuple[Mapping[str, Any], ...]
    posts: tuple[Mapping[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """Return everything JSON-ready."""
        return {
            "figures": [asdict(figure) for figure in self.figures],
            "posts_inside_how": _POSTS_INSIDE_HOW,
            "posts_inside": [dict(row) for row in self.posts_inside],
            "posts": [dict(row) for row in self.posts],
        }


def compute_facts(
    layers: Layers,
    stretch: LineString,
    areas: Mapping[str, Polygon],
    histories: Histories,
    bands: "gpd.GeoDataFrame",
) -> Facts:
    """Compute the figures of the map.

    Parameters
    ----------
    layers : Layers
        The layers.
    stretch : LineString
        The corridor stretch of the road, lon, lat.
    areas : mapping of str to Polygon
        ``corridor`` and its two sides, such as ``corridor_north`` and ``corridor_south``, lon, lat.
    histories : mapping
        History of each post, from `geo.history.timeline.post_history`.
    bands : GeoDataFrame
        The demilitarised band, from `geo.history.derive.demilitarised_bands`.
    """
    posts = _posts(layers, stretch, areas)
    since = layers.agreement.in_force_from
    of_the_corridor = (
        *_lengths_and_areas(layers.agreement.corridor.road, stretch, areas),
        *_localities(layers, areas),
        *_shares(layers, stretch),
    )
    figures = (*(replace(figure, valid_from=since) for figure in of_the_corridor), *_zones(layers), *_bands(bands))
    inside = _posts_inside(posts, histories, ordered_side_names(stretch), since or "")
    return Facts(figures, tuple(inside), posts)


def _lengths_and_areas(road: str, stretch: LineString, areas: Mapping[str, Polygon]) -> Iterator[Fact]:
    how = "Geodesic length of the midline of the two carriageways between the places nearest the two ends."
    yield Fact("stretch_length", f"Corridor stretch of the {road}", round(length_m(stretch) / 1000, 3), "km", how)
    for name in areas:
        title = f"{_side_of(name).capitalize()} side" if _side_of(name) else "Security corridor"
        how = (
            "Geodesic area (WGS 84). The ends of the corridor are an inference. Its boundary is computed to "
            "0.01 m from the road line used: that is the precision of the arithmetic; the road is known to some "
            "metres. It is not cut at the state border."
        )
        yield Fact(f"{name}_area", f"{title}: area", round(area_km2(areas[name]), 3), "km²", how)


def _localities(layers: Layers, areas: Mapping[str, Polygon]) -> Iterator[Fact]:
    places = layers.frame("places")
    localities = list(layers.frame("localities").geometry)
    # A locality that is also a place is only among the places.
    points = [*localities, *places[places["geonames_id"].notna()].geometry] if localities else []
    for name, area in areas.items() if points else ():
        where = f", {_side_of(name)} side" if _side_of(name) else ""
        inside = int(shapely.contains(area, points).sum())
        how = "Gazetteer points (GeoNames) within the area; a village on the edge may reach to both sides of it."
        yield Fact(f"{name}_localities", f"Localities in the corridor{where}", inside, "localities", how)


def _side_of(name: str) -> str:
    """Return the side of an area from its name; empty for the whole corridor."""
    return name.removeprefix("corridor").removeprefix("_")


def _shares(layers: Layers, stretch: LineString) -> Iterator[Fact]:
    """Yield the share of the stretch on either side of each line of contact that, with the border, is a closed ring."""
    for as_of, lines in layers.frame("line_of_contact").groupby("as_of"):
        held = opposition_held(lines)
        if held is None:
            continue
        share = length_m_within(stretch, held) / length_m(stretch)
        for side, part in (("opposition", share), ("government", 1 - share)):
            where = "inside" if side == "opposition" else "outside"
            how = (
                f"Part of the corridor stretch {where} the ring that the line of contact, the boundary with the Afrin "
                "area and the state border make. The line is known to some kilometres only."
            )
            title = f"Share of the corridor road on the {side} side of the line of contact ({as_of})"
            yield Fact(f"stretch_{side}_{as_of}", title, round(100 * part, 1), "%", how)


def opposition_held(lines: "gpd.GeoDataFrame") -> Polygon | None:
    """Return the ring formed by the lines of one day; None if it is open, or there is more than one."""
    rings = shapely.get_parts(shapely.polygonize(lines.geometry[lines["run"] != "derived"].tolist()))
    return rings[0] if len(rings) == 1 else None


def certain_loss(before: Polygon, after: Polygon, bands: Iterable[BaseGeometry]) -> BaseGeometry:
    """Return the area that was held before and not after, for certain.

    What is in the band of either line may have been on either side of it, and is left out.

    Parameters
    ----------
    before, after : Polygon
        What was held on two days, from `opposition_held`, in any CRS.
    bands : iterable of shapely geometry
        The areas in which the lines of the two days may be, in the same CRS.
    """
    return before.difference(after).difference(shapely.union_all(list(bands)))


def end_reached_on(patrols: "gpd.GeoDataFrame", end: str) -> str | None:
    """Return the day (ISO 8601) of the first patrol that reached the end of the stretch; None if it was the very first.

    Of a patrol whose end is disputed, it is the nearest one that counts. Patrols without a day are left out.

    Parameters
    ----------
    patrols : GeoDataFrame
        The patrols, from `geo.history.derive`.
    end : str
        Id of the place at the end of the stretch.
    """
    dated = patrols[(patrols["date"].str.len() == len("2020-03-15")) & patrols["to_km"].notna()]
    reached = dated[(dated["from_place"] == end) | (dated["to_place"] == end)]
    day = None if reached.empty else str(reached["date"].min())
    return None if day == dated["date"].min() else day


def length_m_within(line: LineString, area: Polygon) -> float:
    """Return the length in metres of the part of a line within an area; both in lon, lat degrees."""
    parts = shapely.get_parts(shapely.intersection(line, area))
    return sum(length_m(part) for part in parts if isinstance(part, LineString))


def _zones(layers: Layers) -> Iterator[Fact]:
    zones = layers.frame("deescalation_zone")
    for id_, name, area in zip(zones["id"], zones["name_en"], zones.geometry, strict=True):
        how = (
            "Geodesic area (WGS 84) of the outline, which is derived and known to some kilometres only. It is not "
            "cut at the state border."
        )
        yield Fact(f"zone_{id_.removeprefix('zone-')}_area", f"{name}: area", round(area_km2(area), 1), "km²", how)


def _bands(bands: "gpd.GeoDataFrame") -> Iterator[Fact]:
    for band, area in zip(json_rows(bands), bands.geometry, strict=True):
        depth_km = band["depth_km"]
        how = (
            f"The part of the zone within {depth_km} km of its line of contact, the whole width on the zone's "
            "side, as the text has it (reading A). No line and no area were published."
        )
        title = f"Demilitarised zone of 2018, {depth_km} km deep: area"
        total = sum(area_km2(piece) for piece in shapely.get_parts(area) if isinstance(piece, Polygon))
        yield Fact(f"band_2018_{depth_km}km_area", title, round(total, 1), "km²", how)


def _posts(layers: Layers, stretch: LineString, areas: Mapping[str, Polygon]) -> tuple[Mapping[str, Any], ...]:
    posts = layers.frame("observation_posts")
    posts = posts[posts.geometry.notna()]
    leftward, rightward = side_names(stretch)
    at = chainage(stretch, posts).assign(id=posts["id"], in_corridor=posts.within(areas["corridor"]))
    return tuple(
        {
            "id": row.id,
            "chainage_km": round(row.along_m / 1000, 3),
            "distance_km": round(abs(row.offset_m) / 1000, 3),
            "side": leftward if row.offset_m > 0 else rightward,
            "in_corridor": row.in_corridor,
        }
        for row in at.itertuples()
    )


def _posts_inside(
    posts: tuple[Mapping[str, Any], ...], histories: Histories, sides: Sequence[str], since: str
) -> Iterator[Mapping[str, Any]]:
    """Yield the number of posts inside on each side, for every day on which it changes."""
    inside = {post["id"]: post["side"] for post in posts if post["in_corridor"]}
    days = sorted({max(day, since) for id_ in inside for day, _ in histories.get(id_, ())})
    last: dict[str, int] = {}
    for day in days:
        standing = [side for id_, side in inside.items() if stands_on(histories.get(id_, ()), day)]
        counts = {side: standing.count(side) for side in sides}
        if counts != last:
            yield {"from": day, **counts}
            last = counts

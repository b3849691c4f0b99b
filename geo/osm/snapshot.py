"""Whether a road from OpenStreetMap may become the snapshot: complete, and as good as the one that it replaces.

A road is a GeoDataFrame in EPSG:4326, as ``geo.read_layer("m4")`` returns it: its ways in the direction of travel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geo.errors import GeometryError
from geo.geometry.chainage import chainage
from geo.geometry.geodesic import length_m, without_repeats
from geo.geometry.projection import oblique_mercator
from geo.geometry.road import centreline
from geo.osm.ways import UNKNOWN, Road

if TYPE_CHECKING:
    import geopandas as gpd

MOST_LONGER = 0.02  # share of the old length by which a direction may grow or shrink
FARTHEST_M = 100.0  # to the other road, from any position of either road
# Of all ways together; the M4 has 242 km. More cannot be one motorway, and would take minutes to compare.
MOST_KM = 1000.0

NO_HEADING = "in no known direction"

# A part counts as missing from where it is farther than this from the other road.
_BESIDE_M = 25.0
# Spacing of the positions compared: too close for a detour of 100 m between two of them.
_STATION_M = 10.0
# A position within this of the end of a road counts as beyond it.
_AT_THE_END_M = 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a road may become the snapshot.

    Attributes
    ----------
    faults : tuple of str
        Why it cannot be a snapshot at all.
    differences : tuple of str
        Why it is worse than the old snapshot; a person may accept them.
    changes : str
        What differs from the old snapshot, on one line; empty if there is none to compare.
    """

    faults: tuple[str, ...]
    differences: tuple[str, ...]
    changes: str


def judge(new: "gpd.GeoDataFrame", old: "gpd.GeoDataFrame | None", road: Road) -> Verdict:
    """Return whether new ways of a road may become the snapshot.

    Parameters
    ----------
    new : GeoDataFrame
        The candidate.
    old : GeoDataFrame or None
        The snapshot, if there is one.
    road : Road
        Between its ends it must be one connected road in each direction.
    """
    whole_km = sum(map(length_m, new.geometry)) / 1000
    if whole_km > MOST_KM:
        return Verdict((f"all its ways are {whole_km:.0f} km long, at most {MOST_KM:.0f} km are valid",), (), "")
    faults = tuple(_faults(new, road))
    if old is None or old.empty:
        return Verdict(faults, (), "")
    return Verdict(faults, *_compared(new, old, road))


def osm_base(road: "gpd.GeoDataFrame") -> str:
    """Return the date of a snapshot: ISO 8601 to any precision, or ``unknown``."""
    return str(road.attrs["collection"].get("osm_base", UNKNOWN))


# ---- One connected road ----


def _faults(ways: "gpd.GeoDataFrame", road: Road) -> list[str]:
    found = [fault for heading in road.headings if (fault := _gap(_lines(ways, heading), heading, road.ends))]
    if found:
        return found
    try:
        centreline(list(ways.geometry))
    except GeometryError as error:
        return [str(error)]
    return []


def _gap(lines: Sequence[LineString], heading: str, ends: Sequence[Point]) -> str:
    """Return why the ways of a direction are not one road past both ends; empty if they are."""
    if not lines:
        return f"there is no {heading} carriageway"
    drive = _longest_drive(lines)
    along_m, whole_m = chainage(drive, ends).along_m, length_m(drive)
    if ((along_m > _AT_THE_END_M) & (along_m < whole_m - _AT_THE_END_M)).all():
        return ""
    return (
        f"{heading} it is not one connected road over the whole corridor: "
        f"the longest drive is {whole_m / 1000:.2f} km, {_from_to(drive)}"
    )


def _longest_drive(lines: Sequence[LineString]) -> LineString:
    """Return the longest of the shortest drives along lines that each lead into those that begin where it ends."""
    import networkx as nx

    network = nx.DiGraph()
    for line in sorted(lines, key=length_m, reverse=True):
        # Of two ways between the same nodes, the shorter one remains.
        network.add_edge(line.coords[0], line.coords[-1], length_m=length_m(line), line=line)
    starts = [node for node, entering in network.in_degree if entering == 0] or list(network)  # a ring has no beginning
    drives = (nx.single_source_dijkstra(network, start, weight="length_m") for start in starts)
    lengths_m, paths = max(drives, key=lambda drive: max(drive[0].values()))
    steps = pairwise(paths[max(lengths_m, key=lengths_m.get)])
    positions = [position for step in steps for position in network.edges[step]["line"].coords]
    return without_repeats(LineString(positions))


# ---- Beside the old snapshot ----


def _compared(new: "gpd.GeoDataFrame", old: "gpd.GeoDataFrame", road: Road) -> tuple[tuple[str, ...], str]:
    """Return why a road is worse than the old one, and on one line what differs."""
    old_ids, new_ids = set(old["id"]), set(new["id"])
    changes = [f"{len(new_ids - old_ids)} ways new, {len(old_ids - new_ids)} gone"]
    apart = list(_apart(new, old, road.headings))
    worse = [reason for _, reason in apart if reason]
    for heading in road.headings:
        old_km, new_km = (sum(map(length_m, _lines(ways, heading))) / 1000 for ways in (old, new))
        changes.append(f"{heading} {new_km - old_km:+.2f} km")
        if abs(new_km - old_km) > MOST_LONGER * old_km:
            found = f"{heading} it is {new_km:.2f} km long instead of {old_km:.2f} km"
            worse.append(f"{found}, at most {MOST_LONGER:.0%} more or less is valid")
    if _is_older(osm_base(new), osm_base(old)):
        worse.append(f"its data base is of {osm_base(new)}, the snapshot's of {osm_base(old)}")
    changes.append(f"moved by {max(apart)[0]:.1f} m at most")
    return tuple(worse), f"compared with the snapshot of {osm_base(old)}: {', '.join(changes)}"


def _apart(new: "gpd.GeoDataFrame", old: "gpd.GeoDataFrame", headings: Sequence[str]) -> Iterator[tuple[float, str]]:
    """Yield for each direction the largest distance between both roads, metres, and a reason if it is too large."""
    projection = oblique_mercator(MultiLineString([*old.geometry, *new.geometry]))
    for heading in (*headings, NO_HEADING):
        for ways, others, what in ((old, new, "of the snapshot is missing"), (new, old, "is not in the snapshot")):
            lines, other_lines = _lines(ways, heading), _lines(others, heading) or list(others.geometry)
            away_m, part = _farthest(
                projection.to_metres(MultiLineString(lines)), projection.to_metres(MultiLineString(other_lines))
            )
            reason = ""
            if part:
                missing = projection.to_degrees(part)
                found = f"{heading} {length_m(missing) / 1000:.2f} km {what}, {_from_to(missing)}"
                reason = f"{found}: up to {away_m:.0f} m away, at most {FARTHEST_M:.0f} m is valid"
            yield away_m, reason


def _farthest(lines: MultiLineString, others: MultiLineString) -> tuple[float, LineString | None]:
    """Return the largest distance of lines to others, and which part of them, not beside others, is too far away."""
    positions = [shapely.get_coordinates(line) for line in others.geoms]
    edges = np.concatenate([np.stack([line[:-1], line[1:]], axis=1) for line in positions])
    index = shapely.STRtree(np.asarray(shapely.linestrings(edges)))

    def away_m(part: BaseGeometry) -> float:
        stations = shapely.points(shapely.get_coordinates(part))
        _, distances_m = index.query_nearest(stations, return_distance=True, all_matches=False)
        return float(distances_m.max(initial=0.0))

    dense = shapely.segmentize(lines, _STATION_M)
    farthest_m = away_m(dense)
    if farthest_m <= FARTHEST_M:
        return farthest_m, None
    apart = shapely.line_merge(dense.difference(others.buffer(_BESIDE_M, cap_style="flat")))
    return farthest_m, max(shapely.get_parts(apart), key=away_m)


def _is_older(state: str, than: str) -> bool:
    """Return whether a date may be before another, to the precision that both have."""
    if UNKNOWN in (state, than):
        return than != UNKNOWN
    shared = min(len(state), len(than))
    return state[:shared] < than[:shared]


def _lines(ways: "gpd.GeoDataFrame", heading: str) -> list[LineString]:
    return list(ways.geometry[ways["carriageway"].fillna(NO_HEADING) == heading])


def _from_to(line: LineString) -> str:
    (first_lon, first_lat), *_, (last_lon, last_lat) = line.coords
    return f"from {first_lon:.5f}, {first_lat:.5f} to {last_lon:.5f}, {last_lat:.5f}"

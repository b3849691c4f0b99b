"""Whether a new snapshot of a road may replace the old one, and what differs between the two.

A snapshot is a GeoDataFrame in EPSG:4326 with the columns of ``m4.geojson``, its ways drawn in the direction of travel.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Point

from geo.errors import GeometryError
from geo.geometry.chainage import chainage
from geo.geometry.geodesic import length_m, without_repeats
from geo.geometry.projection import Projection, oblique_mercator
from geo.geometry.road import centreline
from geo.inputs.osm_extract import UNKNOWN

if TYPE_CHECKING:
    import geopandas as gpd

MOST_LONGER = 0.02  # share of the old length by which a direction may grow or shrink
DIGEST_DIGITS = 12
FARTHEST_M = 100.0  # to the other road, from any position of either road

# Of all ways together; the M4 has 242 km. More cannot be one motorway, and would take minutes to compare.
MOST_M = 1_000_000.0

# Spacing of the positions compared: too close for a detour of 100 m between two of them.
_STATION_M = 10.0
# A position within this of the end of a road counts as beyond it.
_AT_THE_END_M = 1.0


class Moved(NamedTuple):
    """The position of one way that is farthest from the other road.

    Attributes
    ----------
    id : str
        Of the feature.
    off_m : float
        Distance to the other road, metres; in a plane that is true to scale within 100 ppm.
    at : Point
        The position, lon, lat.
    """

    id: str
    off_m: float
    at: Point


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two snapshots.

    Attributes
    ----------
    gone, new : tuple of str
        Ids of the ways of only one of them.
    moved : tuple of Moved
        Every way of both, the farthest off first.
    lengths_m : mapping of str to (float, float)
        By direction, the geodesic length of the old and of the new ways, metres.
    """

    gone: tuple[str, ...]
    new: tuple[str, ...]
    moved: tuple[Moved, ...]
    lengths_m: dict[str, tuple[float, float]]

    @property
    def farthest(self) -> Moved:
        """The place where the two are farthest apart: their Hausdorff distance."""
        return self.moved[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a road may become the snapshot.

    Attributes
    ----------
    faults : tuple of str
        Why it cannot be a snapshot at all.
    differences : tuple of str
        Why it is worse than the old one; a person may accept them.
    comparison : Comparison or None
        With the old snapshot, if both can be compared.
    digest : str
        Of the ways alone, without dates: the same road may be fetched again at another minute.
    """

    faults: tuple[str, ...]
    differences: tuple[str, ...]
    comparison: Comparison | None
    digest: str

    @property
    def is_good(self) -> bool:
        """Whether it may take the place of the old snapshot."""
        return not self.faults and not self.differences

    @property
    def reason(self) -> str:
        """Why it may not, in one line."""
        reasons = "; ".join(self.faults or self.differences)
        return reasons if self.faults else f"{reasons}; to take it all the same: --accept {self.digest}"


def judge(
    new: "gpd.GeoDataFrame",
    old: "gpd.GeoDataFrame | None",
    ends: Sequence[Point],
    headings: Sequence[str],
    *,
    accepted: str = "",
) -> Verdict:
    """Return whether a road may become the snapshot.

    Parameters
    ----------
    new : GeoDataFrame
        The candidate.
    old : GeoDataFrame or None
        The snapshot, if there is one.
    ends : sequence of two Point
        Between these places it must be one connected road in each direction; lon, lat.
    headings : sequence of two str
        The two directions, as the column ``carriageway`` names them.
    accepted : str
        Digest of the ways that are good even if they differ from those of the snapshot.
    """
    digest = sha256(new.sort_values("id").to_json(drop_id=True).encode()).hexdigest()[:DIGEST_DIGITS]
    whole_m = sum(map(length_m, new.geometry))
    if whole_m > MOST_M:
        reason = f"all its ways together are {whole_m / 1000:.0f} km long, at most {MOST_M / 1000:.0f} km is right"
        return Verdict((reason,), (), None, digest)
    comparison = compare(old, new) if old is not None and len(old) else None
    worse = differences(old, new, comparison) if comparison and digest != accepted else ()
    return Verdict(tuple(faults(new, ends, headings)), tuple(worse), comparison, digest)


def osm_base(road: "gpd.GeoDataFrame") -> str:
    """Return the date of a snapshot: ISO 8601 to any precision, with a remark after a blank, or ``unknown``."""
    return str(road.attrs.get("collection", {}).get("osm_base", UNKNOWN))


def faults(road: "gpd.GeoDataFrame", ends: Sequence[Point], headings: Sequence[str]) -> list[str]:
    """Return why a road cannot be a snapshot at all, one plain reason each; parameters as in `judge`."""
    found = [reason for heading in headings if (reason := _gap(_lines(road, heading), heading, ends))]
    if found:
        return found
    try:
        centreline(list(road.geometry))
    except GeometryError as error:
        return [str(error)]
    return []


def differences(old: "gpd.GeoDataFrame", new: "gpd.GeoDataFrame", comparison: Comparison) -> list[str]:
    """Return why a road is worse than another, one plain reason each; a person may accept them.

    Parameters
    ----------
    old, new : GeoDataFrame
        The snapshot, and the candidate.
    comparison : Comparison
        Of these two.
    """
    found = []
    for direction, (old_m, new_m) in comparison.lengths_m.items():
        if abs(new_m - old_m) > MOST_LONGER * old_m:
            share = "" if old_m == 0 else f" ({(new_m - old_m) / old_m:+.1%})"
            found.append(
                f"{direction} it is {new_m / 1000:.2f} km long instead of {old_m / 1000:.2f} km{share}, "
                f"at most {MOST_LONGER:.0%} is right"
            )
    farthest = comparison.farthest
    if farthest.off_m > FARTHEST_M:
        found.append(
            f"{farthest.id} is {farthest.off_m:.0f} m from the other road at {place(farthest.at)}, "
            f"at most {FARTHEST_M:.0f} m is right"
        )
    if is_older(osm_base(new), osm_base(old)):
        found.append(f"its data base is of {osm_base(new)}, the snapshot's of {osm_base(old)}")
    return found


def compare(old: "gpd.GeoDataFrame", new: "gpd.GeoDataFrame") -> Comparison:
    """Compare two snapshots of a road, each direction with the same direction of the other."""
    old_ids, new_ids = set(old["id"]), set(new["id"])
    projection = oblique_mercator(MultiLineString([*old.geometry, *new.geometry]))
    moved = [*_moved(new, old, projection), *_moved(old, new, projection)]
    headings = sorted({*old["carriageway"].dropna(), *new["carriageway"].dropna()})
    return Comparison(
        gone=tuple(sorted(old_ids - new_ids)),
        new=tuple(sorted(new_ids - old_ids)),
        moved=tuple(sorted(moved, key=lambda one: -one.off_m)),
        lengths_m={heading: (_length_m(old, heading), _length_m(new, heading)) for heading in headings},
    )


def is_older(state: str, than: str) -> bool:
    """Return whether a state of OpenStreetMap is, or may be, older than another, to the precision that both have.

    Parameters
    ----------
    state, than : str
        As `osm_base` returns it. Nothing is older than ``unknown``, which may be older than everything else.
    """
    one, other = (text.partition(" ")[0] for text in (state, than))
    if other == UNKNOWN:
        return False
    shared = min(len(one), len(other))
    return one == UNKNOWN or one[:shared] < other[:shared]


def place(at: Point) -> str:
    """Return a place as people write it: lon, lat."""
    return f"{at.x:.5f}, {at.y:.5f}"


# ---- One connected road ----


def _gap(lines: Sequence[LineString], heading: str, ends: Sequence[Point]) -> str:
    """Return why the ways of a direction are not one road past both ends; empty if they are."""
    if not lines:
        return f"there is no {heading} carriageway"
    drive = longest_drive(lines)
    along_m = chainage(drive, ends).along_m
    whole_m = length_m(drive)
    if ((along_m > _AT_THE_END_M) & (along_m < whole_m - _AT_THE_END_M)).all():
        return ""
    first, last = (place(Point(drive.coords[end])) for end in (0, -1))
    return (
        f"{heading} it is not one connected road over the whole stretch: the longest drive is "
        f"{whole_m / 1000:.2f} km, from {first} to {last}"
    )


def longest_drive(lines: Sequence[LineString]) -> LineString:
    """Return the longest of the shortest drives from one end of a carriageway to another, as one line.

    Parameters
    ----------
    lines : sequence of LineString
        At least one; in the direction of travel, each leading into those that begin exactly where it ends.
    """
    import networkx as nx

    network = nx.DiGraph()
    for line in sorted(lines, key=length_m, reverse=True):
        # Of two ways between the same nodes, the shorter one remains.
        network.add_edge(line.coords[0], line.coords[-1], length_m=length_m(line), line=line)

    def farthest(start: tuple[float, ...]) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
        lengths_m = nx.single_source_dijkstra_path_length(network, start, weight="length_m")
        end = max(lengths_m, key=lengths_m.__getitem__)
        return lengths_m[end], start, end

    starts = [node for node, entering in network.in_degree if entering == 0] or list(network)  # a ring has no beginning
    _, start, end = max(map(farthest, starts), key=lambda drive: drive[0])
    path = nx.dijkstra_path(network, start, end, weight="length_m")
    steps = list(pairwise(path)) or list(network.out_edges(path[0]))[:1]
    positions = [position for step in steps for position in network.edges[step]["line"].coords]
    return without_repeats(LineString(positions))


# ---- How far apart ----


def _lines(road: "gpd.GeoDataFrame", heading: str) -> list[LineString]:
    return list(road.geometry[road["carriageway"] == heading])


def _length_m(road: "gpd.GeoDataFrame", heading: str) -> float:
    return sum(map(length_m, _lines(road, heading)))


def _moved(road: "gpd.GeoDataFrame", other: "gpd.GeoDataFrame", projection: Projection) -> Iterator[Moved]:
    """Yield for each way its directed Hausdorff distance to the ways of the other road with the same heading."""
    for heading, ways in road.groupby("carriageway", dropna=False):
        edges = _edges(_lines(other, heading) or other.geometry, projection)
        for id_, line in zip(ways["id"], ways.geometry, strict=True):
            stations = shapely.get_coordinates(shapely.segmentize(projection.to_metres(line), _STATION_M))
            _, off_m = edges.query_nearest(shapely.points(stations), return_distance=True, all_matches=False)
            worst = int(np.argmax(off_m))
            (position,) = projection.inverse(stations[worst : worst + 1])
            yield Moved(id_, float(off_m[worst]), Point(position))


def _edges(lines: Iterable[LineString], projection: Projection) -> shapely.STRtree:
    """Return the edges of lines in the plane, indexed."""
    ends = []
    for line in lines:
        positions = projection.forward(shapely.get_coordinates(line))
        ends.append(np.stack([positions[:-1], positions[1:]], axis=1))
    return shapely.STRtree(np.asarray(shapely.linestrings(np.concatenate(ends))))

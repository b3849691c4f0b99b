"""Whether a new snapshot of a road may take the place of the old one, and what is different between the two."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import NamedTuple, TypeAlias

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Point

from geo.errors import GeometryError, Problem
from geo.geometry.chainage import chainage
from geo.geometry.geodesic import Floats, length_m, without_repeats
from geo.geometry.heading import Heading
from geo.geometry.projection import Projection, oblique_mercator
from geo.geometry.road import centreline
from geo.inputs.features import Layer
from geo.inputs.files import digest_of
from geo.inputs.layers import layer_text, parse_layer
from geo.inputs.osm_extract import UNKNOWN
from geo.inputs.schema import Snapshot

DIRECTIONS: tuple[Heading, ...] = ("eastbound", "westbound")
MOST_LONGER = 0.02  # share of the old length by which a direction may grow or shrink
DIGEST_DIGITS = 12
FARTHEST_M = 100.0  # by which any place of either road may lie beside the other road

# Of all ways together; the M4 has 242 km. More is no motorway, and would take minutes to compare.
MOST_M = 1_000_000.0

# How closely the roads are compared: 100 m aside cannot hide between two places that lie so far apart.
_STATION_M = 10.0
# A place within this of the end of a road is taken to lie beyond it.
_AT_THE_END_M = 1.0

_Position: TypeAlias = tuple[float, ...]
_Network: TypeAlias = defaultdict[_Position, list[tuple[float, LineString]]]  # by where ways begin: metres, and way


class Moved(NamedTuple):
    """How far one way lies beside the other road where it is farthest off.

    Attributes
    ----------
    id : str
        Of the feature.
    off_m : float
        Metres in the plane, which is true to scale within 100 ppm.
    at : Point
        Where on the way, lon, lat.
    """

    id: str
    off_m: float
    at: Point


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different between two snapshots.

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
        Why it can be no snapshot at all.
    differences : tuple of str
        Why it is worse than the old one, unless somebody accepts it.
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


def judge(new: Layer, old: Layer | None, ends: Sequence[Point], *, accepted: str = "") -> Verdict:
    """Tell whether a road may become the snapshot.

    Parameters
    ----------
    new : Layer
        The candidate, its ways drawn in the direction of travel.
    old : Layer or None
        The snapshot, if there is one.
    ends : sequence of two Point
        Between these places it must be one connected road in each direction; lon, lat.
    accepted : str
        Digest of the ways that are good even if they differ from those of the snapshot.
    """
    digest = digest_of(layer_text(replace(new, collection=None)).encode())[:DIGEST_DIGITS]
    if reason := _too_much(new):
        return Verdict((reason,), (), None, digest)
    comparison = compare(old, new) if old and len(old.frame) else None
    found = (*_refused_by_the_reader(new), *faults(new, ends))
    worse = differences(old, new, comparison) if old and comparison and digest != accepted else ()
    return Verdict(found, tuple(worse), comparison, digest)


def osm_base(layer: Layer) -> str:
    """Return as of when a snapshot is: ISO 8601 to any precision, with a remark after a blank, or ``unknown``."""
    return layer.collection.osm_base if isinstance(layer.collection, Snapshot) else UNKNOWN


def _too_much(road: Layer) -> str:
    """Return why a road is too much to be one motorway, and to be looked at more closely; empty if it is not."""
    whole_m = sum(map(length_m, road.frame.geometry))
    if whole_m > MOST_M:
        return f"all its ways together are {whole_m / 1000:.0f} km long, at most {MOST_M / 1000:.0f} km is right"
    return ""


def _refused_by_the_reader(layer: Layer) -> tuple[str, ...]:
    """Return the first thing that the reader of the layers would refuse in the file of a layer."""
    problems: list[Problem] = []
    parse_layer(layer_text(layer).encode(), layer.spec, problems)
    return tuple(map(str, problems[:1]))


def faults(road: Layer, ends: Sequence[Point]) -> list[str]:
    """Return why a road cannot be a snapshot at all, one plain reason each; as in `judge`."""
    found = [reason for direction in DIRECTIONS if (reason := _gap(_lines(road, direction), direction, ends))]
    if found:
        return found
    try:
        centreline(list(road.frame.geometry))
    except GeometryError as error:
        return [str(error)]
    return []


def differences(old: Layer, new: Layer, comparison: Comparison) -> list[str]:
    """Return why a road is no better or equal replacement of another, one plain reason each; a person may accept them.

    Parameters
    ----------
    old, new : Layer
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
            f"{farthest.id} lies {farthest.off_m:.0f} m beside the other road at {place(farthest.at)}, "
            f"at most {FARTHEST_M:.0f} m is right"
        )
    if is_older(osm_base(new), osm_base(old)):
        found.append(f"its data base is of {osm_base(new)}, the snapshot's of {osm_base(old)}")
    return found


def compare(old: Layer, new: Layer) -> Comparison:
    """Compare two snapshots of a road, each direction with the same direction of the other."""
    old_ids, new_ids = (set(road.frame["id"]) for road in (old, new))
    projection = oblique_mercator(MultiLineString([*old.frame.geometry, *new.frame.geometry]))
    moved = [*_moved(new, old, projection), *_moved(old, new, projection)]
    return Comparison(
        gone=tuple(sorted(old_ids - new_ids)),
        new=tuple(sorted(new_ids - old_ids)),
        moved=tuple(sorted(moved, key=lambda one: -one.off_m)),
        lengths_m={direction: (_length_m(old, direction), _length_m(new, direction)) for direction in DIRECTIONS},
    )


def is_older(state: str, than: str) -> bool:
    """Tell whether a state of OpenStreetMap lies, or may lie, before another; known to the day or month, it counts so.

    Parameters
    ----------
    state, than : str
        As `osm_base` returns it. Before ``unknown`` lies nothing; ``unknown`` may lie before everything else.
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


def _gap(lines: Sequence[LineString], direction: Heading, ends: Sequence[Point]) -> str:
    """Return why the ways of a direction are not one road past both ends; empty if they are."""
    if not lines:
        return f"there is no {direction} carriageway"
    drive = longest_drive(lines)
    along_m = chainage(drive, ends).along_m
    whole_m = length_m(drive)
    if ((along_m > _AT_THE_END_M) & (along_m < whole_m - _AT_THE_END_M)).all():
        return ""
    first, last = (place(Point(drive.coords[end])) for end in (0, -1))
    return (
        f"{direction} it is not one connected road over the whole stretch: the longest drive is "
        f"{whole_m / 1000:.2f} km, from {first} to {last}"
    )


def longest_drive(lines: Sequence[LineString]) -> LineString:
    """Return the longest of the shortest drives from one end of a carriageway to another, as one line.

    Parameters
    ----------
    lines : sequence of LineString
        At least one; in the direction of travel, each leading into those that begin exactly where it ends.
    """
    leaving: _Network = defaultdict(list)
    for line in lines:
        leaving[line.coords[0]].append((length_m(line), line))
    entered = {line.coords[-1] for line in lines}
    starts = [start for start in leaving if start not in entered] or list(leaving)  # a ring has no beginning
    drives = (_farthest_drive(start, leaving) for start in starts)
    _, longest = max(drives, key=lambda drive: drive[0])
    positions = [position for line in longest for position in line.coords]
    return without_repeats(LineString(positions))


def _farthest_drive(start: _Position, leaving: _Network) -> tuple[float, list[LineString]]:
    """Return how far the farthest place lies that can be driven to, metres, and the ways that lead there."""
    came_by: dict[_Position, LineString | None] = {}
    farthest_m, end = 0.0, start
    ahead: list[tuple[float, int, _Position, LineString | None]] = [(0.0, 0, start, None)]
    seen = 0  # so that no two entries are ever compared by their lines
    while ahead:
        so_far_m, _, at, line = heappop(ahead)
        if at in came_by:
            continue
        came_by[at] = line
        farthest_m, end = so_far_m, at
        for following_m, following in leaving.get(at, ()):
            seen += 1
            heappush(ahead, (so_far_m + following_m, seen, following.coords[-1], following))
    way_back = list(_way_back(end, came_by))
    return farthest_m, way_back[::-1] or [leaving[start][0][1]]


def _way_back(end: _Position, came_by: dict[_Position, LineString | None]) -> Iterator[LineString]:
    while (line := came_by[end]) is not None:
        yield line
        end = line.coords[0]


# ---- How far apart ----


def _lines(road: Layer, direction: str | None) -> list[LineString]:
    """Return the lines of one direction; of every direction if it is not known."""
    ways = road.frame
    return list(ways.geometry if direction is None else ways.geometry[ways["carriageway"] == direction])


def _length_m(road: Layer, direction: str) -> float:
    return sum(map(length_m, _lines(road, direction)))


def _moved(road: Layer, other: Layer, projection: Projection) -> Iterator[Moved]:
    """Yield for each way how far it lies beside the ways of the other road that lead where it leads."""
    trees: dict[str | None, _Edges] = {}
    ways = road.frame
    for id_, direction, line in zip(ways["id"], ways["carriageway"], ways.geometry, strict=True):
        if direction not in trees:
            trees[direction] = _edges(_lines(other, direction) or _lines(other, None), projection)
        stations = shapely.get_coordinates(shapely.segmentize(projection.to_metres(line), _STATION_M))
        off_m = _off_m(stations, trees[direction])
        worst = int(np.argmax(off_m))
        (position,) = projection.inverse(stations[worst : worst + 1])
        yield Moved(id_, float(off_m[worst]), Point(position))


class _Edges(NamedTuple):
    """The edges of lines in the plane, prepared for searching."""

    edges: "np.ndarray[tuple[int, ...], np.dtype[np.object_]]"
    tree: shapely.STRtree


def _edges(lines: Iterable[LineString], projection: Projection) -> _Edges:
    ends = []
    for line in lines:
        positions = projection.forward(shapely.get_coordinates(line))
        ends.append(np.stack([positions[:-1], positions[1:]], axis=1))
    edges = np.asarray(shapely.linestrings(np.concatenate(ends)))
    return _Edges(edges, shapely.STRtree(edges))


def _off_m(stations: Floats, others: _Edges) -> Floats:
    points = shapely.points(stations)
    off_m: Floats = shapely.distance(points, others.edges[others.tree.nearest(points)])
    return off_m

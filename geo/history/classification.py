"""Where places are, and when: the columns that `geo.classify` and ``python -m geo.incidents`` add."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, Polygon

from geo.geometry.buffer import Buffer
from geo.geometry.geodesic import Floats
from geo.geometry.nearest import IndexedLine, NearestPoints, Truths, nearest_of
from geo.geometry.sides import FIRST_SIDES, ordered_side_names, side_names
from geo.history.daily_state import DailyState, Edge, Outline, Posts, fronts, posts, zones
from geo.history.derive import agreed_stretch, main_carriageway_precision_m
from geo.inputs.incident_cells import UNKNOWN_DAY, Days
from geo.inputs.layers import Layers

# The added columns, in this order.
COLUMNS = (
    "in_corridor",
    "side",
    "chainage_km",
    "distance_m",
    "in_zone",
    "held_side",
    "nearest_post",
    "post_distance_m",
    "week",
    "uncertain",
)
HELD = ("opposition", "government")
# Beyond this distance from the road, which includes all of Syria, nothing is computed about road and posts.
REACH_M = 600_000.0
# A place whose position is less precise than this is always uncertain.
VAGUE_M = 30_000.0

# Places that are computed together: enough that the calls cost little, few enough for the processor's cache.
_AT_ONCE = 1 << 14
_ROAD_CELL_M, _OUTLINE_CELL_M = 800.0, 4_000.0
_CORRIDOR_CELLS, _OUTLINE_CELLS = 400, 150
_METRES_DECIMALS, _KM_DECIMALS = 3, 6
_OPPOSITION, _GOVERNMENT, _NONE = 0, 1, -1


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words, each row a number in a list of them; -1 for none.

    Attributes
    ----------
    codes : array of int
        By row.
    words : sequence of str
        What the numbers mean.
    """

    codes: npt.NDArray[np.int32]
    words: Sequence[str]

    def __len__(self) -> int:
        return len(self.codes)


# Numbers, NaN where there is none; truths, masked (`numpy.ma`) where unknown; words as numbers of words.
Column: TypeAlias = Floats | npt.NDArray[np.bool_] | Words


@dataclass(frozen=True, slots=True)
class Places:
    """Some places and what is known of them.

    Attributes
    ----------
    lon, lat : arrays of float
        Degrees (WGS 84).
    day : array of int or None
        Numbers of days since 1 January 1970, `UNKNOWN_DAY` where it is not known; None if no day is.
    precision_m : array of float or None
        Radius of the true position, infinite where it is not known at all; None if nothing is stated.
    """

    lon: Floats
    lat: Floats
    day: Days | None = None
    precision_m: Floats | None = None

    def __len__(self) -> int:
        return len(self.lon)

    def part(self, which: npt.NDArray[np.intp] | slice) -> "Places":
        """Return some of them."""
        return Places(
            self.lon[which],
            self.lat[which],
            None if self.day is None else self.day[which],
            None if self.precision_m is None else self.precision_m[which],
        )


@dataclass(frozen=True)
class Classifier:
    """The geometry of the layers, prepared for classifying places; it can be pickled.

    What takes time to prepare is prepared when it is first needed.

    Attributes
    ----------
    road : LineString
        The corridor stretch, lon, lat degrees.
    half_width_m : float
        Half-width of the corridor.
    road_precision_m : float
        Precision of the position of the road, 0 where it is not stated.
    zones, fronts : DailyState of Outline
        The outline of the zone, and that of the ground which the opposition held.
    posts : Posts
        The posts, and when each of them exists.
    """

    road: LineString
    half_width_m: float
    road_precision_m: float
    zones: DailyState[Outline]
    fronts: DailyState[Outline]
    posts: Posts

    @classmethod
    def of(cls, layers: Layers) -> "Classifier":
        """Prepare the geometry of the layers; raises what `geo.history.derive.derive` does."""
        return cls(
            road=agreed_stretch(layers),
            half_width_m=layers.agreement.corridor.half_width_m,
            road_precision_m=main_carriageway_precision_m(layers),
            zones=zones(layers),
            fronts=fronts(layers),
            posts=posts(layers),
        )

    def columns(self, places: Places, wanted: Iterable[str] = COLUMNS) -> dict[str, Column]:
        """Return columns for some places.

        Parameters
        ----------
        places : Places
            Any number of them.
        wanted : iterable of str
            Which of `COLUMNS`; only what they need is computed.

        Returns
        -------
        dict of str to Column
            In the order of `COLUMNS`. ``distance_m`` is positive north of the road and negative south of it
            (east and west of a road that runs north and south); ``chainage_km`` grows from the first of its ends.
            ``in_zone`` is masked where no outline is known for the day.
        """
        names = [name for name in COLUMNS if name in set(wanted)]
        parts = []
        for first in range(0, max(len(places), 1), _AT_ONCE):
            some = _Some(self, places.part(slice(first, first + _AT_ONCE)))
            parts.append({name: getattr(some, name)() for name in names})
        return {name: joined([part[name] for part in parts]) for name in names}

    def prepare(self, wanted: Iterable[str] = COLUMNS) -> None:
        """Prepare everything that some columns need, before they are computed in several threads or processes."""
        days = np.concatenate([self.zones.starts, self.fronts.starts, self.posts.exist.starts])
        lon, lat = self.road.coords[0]
        self.columns(Places(np.full(len(days), lon), np.full(len(days), lat), days), wanted)

    @cached_property
    def indexed_road(self) -> IndexedLine:
        """The road, prepared for finding its nearest points."""
        vertices = shapely.get_coordinates(self.road)
        return IndexedLine.of([vertices], cell_m=_ROAD_CELL_M, reach_m=REACH_M * 1.01)

    @cached_property
    def corridor(self) -> Buffer:
        """The corridor."""
        return Buffer.of([(self.indexed_road, self.half_width_m)], cells=_CORRIDOR_CELLS)

    @cached_property
    def buffers(self) -> dict[Outline, Buffer]:
        """The places within the precision of each outline."""
        return {outline: self._buffer(outline) for outline in (*self.zones.known, *self.fronts.known)}

    def _buffer(self, outline: Outline) -> Buffer:
        lines = [(_indexed([edge]), edge.precision_m) for edge in outline.edges]
        return Buffer.of(lines, cells=_OUTLINE_CELLS, margin_m=VAGUE_M)

    @cached_property
    def indexed_fronts(self) -> dict[Outline, tuple[IndexedLine, Floats]]:
        """All lines of each front as one, and `Edge.known_m` for its edges, joints between two lines included."""
        return {
            front: (
                _indexed(front.edges),
                np.concatenate([np.append(edge.known_m, -1.0) for edge in front.edges]),
            )
            for front in self.fronts.known
        }


def _indexed(edges: Sequence[Edge]) -> IndexedLine:
    """Prepare edges of an outline as one line."""
    vertices = [shapely.get_coordinates(edge.line) for edge in edges]
    farthest_m = max(max(edge.precision_m, edge.known_m.max()) for edge in edges)
    return IndexedLine.of(vertices, cell_m=_OUTLINE_CELL_M, reach_m=farthest_m + VAGUE_M)


class _Some:
    """Some places, and what was computed for them so far."""

    def __init__(self, of: Classifier, places: Places) -> None:
        self.of, self.day, self.precision_m = of, places.day, places.precision_m
        self.positions = np.array([places.lon, places.lat]).T

    @cached_property
    def near(self) -> NearestPoints:
        """The nearest points of the road."""
        return self.of.indexed_road.nearest_points(self.positions)

    @cached_property
    def is_on_first_side(self) -> Truths:
        return self.near.is_left if side_names(self.of.road)[0] in FIRST_SIDES else ~self.near.is_left

    @cached_property
    def is_in_reach(self) -> Truths:
        return self.near.distance_m <= REACH_M

    def in_corridor(self) -> Column:
        return self.of.corridor.contains(self.positions)

    def side(self) -> Column:
        codes = np.where(self.is_on_first_side, 0, 1)
        return Words(np.where(self.is_in_reach, codes, _NONE).astype(np.int32), ordered_side_names(self.of.road))

    def chainage_km(self) -> Column:
        along_km = self.of.indexed_road.line.along_m(self.near) / 1000
        return np.where(self.is_in_reach, np.round(along_km, _KM_DECIMALS), np.nan)

    def distance_m(self) -> Column:
        distance_m = np.where(self.is_on_first_side, self.near.distance_m, -self.near.distance_m)
        return np.where(self.is_in_reach, np.round(distance_m, _METRES_DECIMALS), np.nan)

    def in_zone(self) -> Column:
        found = np.ma.array(np.zeros(len(self.positions), dtype=bool), mask=True)
        for zone, which in self.of.zones.parts(self.day):
            found[which] = _contains(zone.area, self.positions[which])
        return found

    def held_side(self) -> Column:
        codes = np.full(len(self.positions), _NONE, dtype=np.int32)
        for front, which in self.of.fronts.parts(self.day):
            codes[which] = self._held_codes(front, self.positions[which])
        return Words(codes, HELD)

    def _held_codes(self, front: Outline, positions: Floats) -> npt.NDArray[np.int32]:
        """Return who held places on a day: inside the outline the opposition; outside, the government, where known.

        It is known for ground that the opposition had held according to an earlier line, and beside the line of
        contact, as far as the government-held place that the line was derived from. Of other ground outside the layers
        state nothing: beyond the limit of the Afrin area and beyond the border, others ruled.
        """
        is_lost = np.zeros(len(positions), dtype=bool)
        for area in front.lost:
            is_lost |= _contains(area, positions)
        codes = np.where(is_lost, _GOVERNMENT, _NONE)
        codes[_contains(front.area, positions)] = _OPPOSITION
        open_ = np.flatnonzero(codes == _NONE)
        lines, known_m = self.of.indexed_fronts[front]
        edge, distance_m = lines.distances(positions[open_])
        codes[open_[distance_m <= known_m[edge]]] = _GOVERNMENT
        return codes.astype(np.int32)

    @cached_property
    def nearest(self) -> tuple[npt.NDArray[np.intp], Floats]:
        """The number of the nearest post, -1 for none, and its distance."""
        posts = self.of.posts
        exists = np.zeros((len(self.positions), len(posts.ids)), dtype=bool)
        for existing, which in posts.exist.parts(self.day):
            exists[which] = existing
        number, distance_m = nearest_of(posts.positions, self.positions, exists)
        is_in_reach = distance_m <= REACH_M
        return np.where(is_in_reach, number, _NONE), np.where(is_in_reach, distance_m, np.nan)

    def nearest_post(self) -> Column:
        return Words(self.nearest[0].astype(np.int32), self.of.posts.ids)

    def post_distance_m(self) -> Column:
        return np.round(self.nearest[1], _METRES_DECIMALS)

    def week(self) -> Column:
        return weeks(np.full(len(self.positions), UNKNOWN_DAY) if self.day is None else self.day)

    def uncertain(self) -> Column:
        own_m = np.zeros(len(self.positions)) if self.precision_m is None else self.precision_m
        found = own_m > VAGUE_M
        own_m = np.where(found, 0.0, own_m)
        limit_m = own_m + self.of.road_precision_m
        if limit_m.any():
            from_road_m = self.near.distance_m
            from_edges_m = np.minimum(from_road_m, np.abs(from_road_m - self.of.half_width_m))
            found |= (limit_m > 0) & (from_edges_m <= limit_m)
        for state in (self.of.zones, self.of.fronts):
            for outline, which in state.parts(self.day):
                found[which] |= self.of.buffers[outline].contains(self.positions[which], own_m[which])
        return found


def _contains(area: Polygon, positions: Floats) -> Truths:
    shapely.prepare(area)
    return np.asarray(shapely.contains_xy(area, positions[:, 0], positions[:, 1]))


def weeks(days: Days) -> Words:
    """Return the ISO week of each day, such as ``2018-W38``; none for an unknown day."""
    known = days != UNKNOWN_DAY
    if not known.any():
        return Words(np.full(len(days), _NONE, dtype=np.int32), ())
    # Weeks begin on Monday, and 1 January 1970 was a Thursday.
    number = (np.where(known, days, days[known][0]) + 3) // 7
    first, last = int(number.min()), int(number.max())
    thursday = (np.arange(first, last + 1) * 7).astype("datetime64[D]")
    year = thursday.astype("datetime64[Y]")
    week = (thursday - year.astype("datetime64[D]")).astype(int) // 7 + 1
    words = [f"{one}-W{two:02}" for one, two in zip(year.astype(str), week, strict=True)]
    return Words(np.where(known, number - first, _NONE).astype(np.int32), words)


def joined(parts: Sequence[Column]) -> Column:
    """Return parts of a column as one."""
    if len(parts) == 1:
        return parts[0]
    worded = [part for part in parts if isinstance(part, Words)]
    if not worded:
        arrays = [part for part in parts if not isinstance(part, Words)]
        values = np.concatenate([np.ma.getdata(array) for array in arrays])
        is_masked = isinstance(arrays[0], np.ma.MaskedArray)
        return np.ma.array(values, mask=np.concatenate(list(map(np.ma.getmaskarray, arrays)))) if is_masked else values
    numbers: dict[str, int] = {}
    codes = []
    for part in worded:
        own = np.array([numbers.setdefault(word, len(numbers)) for word in part.words] + [_NONE], dtype=np.int32)
        codes.append(own[part.codes])
    return Words(np.concatenate(codes), tuple(numbers))

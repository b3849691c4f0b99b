"""Where given places fall, and when: the columns that `geo.incidents` adds, computed for arrays of any length."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString

from geo.geometry.cells import EDGE, INSIDE, OUTSIDE, Boxes, classify_cells, grid_around
from geo.geometry.chords import CHORDS_UP_TO_M, geodesic_m, in_space, mean_radius_m, uneven_m
from geo.geometry.eras import UNKNOWN_DAY, Days, Eras, Front, Outline, Posts, fronts, standing_posts, zones
from geo.geometry.fields import Codes, Field, Inside, Line, Within, line_of
from geo.geometry.geodesic import GEOD, Floats, cut
from geo.geometry.nearest import PIECE_M, Near, Sides, sides_of
from geo.geometry.sides import FIRST_SIDES, ordered_side_names, side_names
from geo.history.derive import agreed_stretch, main_carriageway_precision_m
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
_OF_ROAD = {"side", "chainage_km", "distance_m"}
HELD = ("opposition", "government")
# Beyond this distance from the road, which reaches everywhere in Syria, nothing is said of road and posts.
REACH_M = 600_000.0
# A place that is known no better than this is uncertain wherever it is.
VAGUE_M = 30_000.0
# How many places are looked at together: enough that calling costs little, few enough for little memory. Where cells
# tell nearly everything, more.
AT_ONCE, MANY_AT_ONCE = 1 << 15, 1 << 18
_TOLD_BY_CELLS = {"in_corridor", "in_zone", "week"}

_ROAD_GRID_M, _ROAD_CELL_M = 50_000.0, 350.0
_CORRIDOR_CELL_M, _AREA_CELL_M, _LINE_CELL_M = 60.0, 250.0, 2_000.0
_METRES_DECIMALS, _KM_DECIMALS = 3, 6
_NOT_HELD, _OPPOSITION, _GOVERNMENT = OUTSIDE, INSIDE, 3


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words, each row a number in a list of them; -1 for none.

    Attributes
    ----------
    codes : array of int
        By row.
    words : sequence of str
        What the numbers stand for.
    """

    codes: npt.NDArray[np.int32]
    words: Sequence[str]

    def __len__(self) -> int:
        return len(self.codes)


# Numbers and truths as arrays, NaN where there is none; words as numbers of words.
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
        Radius within which the true place lies, infinite where it is not known at all; None if nothing is stated.
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
class Whereabouts:
    """The geometry of the layers, prepared for asking where places fall.

    What takes time to prepare is prepared when it is first needed.

    Attributes
    ----------
    road : LineString
        The corridor stretch, lon, lat degrees.
    half_width_m : float
        How far the corridor reaches to either side of it.
    road_precision_m : float
        Radius within which the road truly lies, 0 where it is not stated.
    zones, fronts, posts : Eras
        What changes from day to day.
    """

    road: LineString
    half_width_m: float
    road_precision_m: float
    zones: Eras[Outline]
    fronts: Eras[Front]
    posts: Eras[Posts]

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
        """
        names = [name for name in COLUMNS if name in set(wanted)]
        at_once = MANY_AT_ONCE if set(names) <= _TOLD_BY_CELLS else AT_ONCE
        parts = [
            self._part(places.part(slice(first, first + at_once)), names)
            for first in range(0, max(len(places), 1), at_once)
        ]
        return {name: joined([part[name] for part in parts]) for name in names}

    def _part(self, places: Places, names: Sequence[str]) -> dict[str, Column]:
        seen = _Seen(self, places)
        if _OF_ROAD & set(names):
            seen.look_at_road()
        return {name: getattr(seen, name)() for name in names}

    def prepare(self, wanted: Iterable[str] = COLUMNS) -> None:
        """Prepare everything that some columns may need."""
        wanted = set(wanted)
        if "in_corridor" in wanted:
            _ = self.corridor_field
        if wanted & {"side", "chainage_km", "distance_m", "in_corridor", "uncertain"}:
            _ = self.road_line, self.left_of_road
        if "in_zone" in wanted:
            self._each(self.zones, self.zone_field)
        if "held_side" in wanted:
            self._each(self.fronts, self.held_field)
        if "uncertain" in wanted:
            for outline in self.outlines:
                self.edge_field(outline)

    @staticmethod
    def _each(eras: Eras[Any], prepare: Callable[[Any], object]) -> None:
        for state in eras.states:
            if state is not None:
                prepare(state)

    @property
    def outlines(self) -> list[Outline]:
        """Every outline and line that has a precision."""
        fronts = [edge for front in self.fronts.states if front for edge in front.edges]
        return [zone for zone in self.zones.states if zone] + fronts

    @cached_property
    def _kept(self) -> dict[tuple[str, object], Any]:
        """What was prepared, by kind and by what it was prepared of."""
        return {}

    def _once(self, kind: str, key: object, make: Callable[[], Any]) -> Any:
        found = self._kept.get((kind, key))
        if found is None:
            found = self._kept[kind, key] = make()
        return found

    @cached_property
    def road_line(self) -> Line:
        """The road, prepared."""
        positions = shapely.get_coordinates(self.road)
        return line_of(positions, reach_m=_ROAD_GRID_M, cell_m=_ROAD_CELL_M, beyond_m=REACH_M * 1.01)

    @cached_property
    def left_of_road(self) -> Sides:
        """What tells the sides of the road."""
        return sides_of(self.road_line.nearest.pieces)

    @cached_property
    def corridor_field(self) -> Field:
        """Whether a place is in the corridor."""
        return Within([(self.road_line, self.half_width_m)]).field(_CORRIDOR_CELL_M)

    def zone_field(self, zone: Outline) -> Field:
        """Whether a place is in an outline of the zone."""
        found: Field = self._once("zone", zone, lambda: Inside(zone.shape).field(_AREA_CELL_M))
        return found

    def held_field(self, front: Front) -> Field:
        """Who held a place."""
        found: Field = self._once("held", front, lambda: _Held.of(front).field())
        return found

    def edge_line(self, outline: Outline) -> Line:
        """Return an outline or a line, prepared."""
        ring = outline.shape.exterior if not isinstance(outline.shape, LineString) else outline.shape
        found: Line = self._once(
            "line",
            outline,
            lambda: line_of(
                shapely.get_coordinates(ring), reach_m=(outline.precision_m + VAGUE_M) * 1.01, cell_m=_LINE_CELL_M
            ),
        )
        return found

    def edge_field(self, outline: Outline) -> Field:
        """Whether a place lies within the precision of an outline or a line."""
        found: Field = self._once(
            "edge",
            outline,
            lambda: Within([(self.edge_line(outline), outline.precision_m)]).field(_AREA_CELL_M),
        )
        return found


def whereabouts(layers: Layers) -> Whereabouts:
    """Prepare the geometry of the layers; raises what `geo.history.derive.derive` does."""
    return Whereabouts(
        road=agreed_stretch(layers),
        half_width_m=layers.agreement.corridor.half_width_m,
        road_precision_m=main_carriageway_precision_m(layers),
        zones=zones(layers),
        fronts=fronts(layers),
        posts=standing_posts(layers),
    )


class _Seen:
    """Some places, and what was found out about them so far."""

    def __init__(self, of: Whereabouts, places: Places) -> None:
        self.of, self.places = of, places

    def look_at_road(self) -> None:
        """Find the nearest place of the road now: then nothing else need tell whether a place is in the corridor."""
        _ = self._near

    @cached_property
    def _near(self) -> tuple[Near, Floats]:
        return self.of.road_line.near(self.places.lon, self.places.lat)

    @cached_property
    def _is_left(self) -> npt.NDArray[np.bool_]:
        return self.of.left_of_road.is_left(
            self.of.road_line.nearest.pieces, in_space(self.places.lon, self.places.lat), self._near[0]
        )

    @cached_property
    def _is_on_first_side(self) -> npt.NDArray[np.bool_]:
        return self._is_left if side_names(self.of.road)[0] in FIRST_SIDES else ~self._is_left

    @cached_property
    def _is_out_of_reach(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(self._near[1] > REACH_M)

    def in_corridor(self) -> Column:
        if "_near" in self.__dict__:
            return np.asarray(self._near[1] <= self.of.half_width_m)
        return np.asarray(self.of.corridor_field.at(self.places.lon, self.places.lat) == INSIDE)

    def side(self) -> Column:
        codes = np.where(self._is_on_first_side, 0, 1).astype(np.int32)
        codes[self._is_out_of_reach] = -1
        return Words(codes, ordered_side_names(self.of.road))

    def chainage_km(self) -> Column:
        near, distance_m = self._near
        left_m = np.where(self._is_left, distance_m, -distance_m)
        left_m[self._is_out_of_reach] = 0.0
        place = in_space(self.places.lon, self.places.lat)
        along_m = self.of.road_line.nearest.pieces.along_m(place, near.piece, left_m)
        along_m[self._is_out_of_reach] = np.nan
        return np.asarray(np.round(along_m / 1000, _KM_DECIMALS), dtype=np.float64)

    def distance_m(self) -> Column:
        distance_m = np.where(self._is_on_first_side, self._near[1], -self._near[1])
        distance_m[self._is_out_of_reach] = np.nan
        return np.asarray(np.round(distance_m, _METRES_DECIMALS), dtype=np.float64)

    def in_zone(self) -> Column:
        found = np.zeros(len(self.places), dtype=bool)
        for zone, which in self.of.zones.parts(self.places.day):
            lon, lat = self.places.lon[which], self.places.lat[which]
            found[which] = self.of.zone_field(zone).at(lon, lat) == INSIDE
        return found

    def held_side(self) -> Column:
        codes = np.full(len(self.places), -1, dtype=np.int32)
        for front, which in self.of.fronts.parts(self.places.day):
            held = self.of.held_field(front).at(self.places.lon[which], self.places.lat[which])
            codes[which] = _HELD_CODES[held]
        return Words(codes, HELD)

    @cached_property
    def _posts(self) -> tuple[Words, Floats]:
        words: dict[str, int] = {}
        codes = np.full(len(self.places), -1, dtype=np.int32)
        distance_m = np.full(len(self.places), np.nan)
        for posts, which in self.of.posts.parts(self.places.day):
            number, metres = _nearest_of(posts.positions, self.places.lon[which], self.places.lat[which])
            own = np.array([words.setdefault(id_, len(words)) for id_ in posts.ids], dtype=np.int32)
            codes[which], distance_m[which] = own[number], metres
        far = ~(distance_m <= REACH_M)
        codes[far], distance_m[far] = -1, np.nan
        return Words(codes, tuple(words)), np.asarray(np.round(distance_m, _METRES_DECIMALS))

    def nearest_post(self) -> Column:
        return self._posts[0]

    def post_distance_m(self) -> Column:
        return self._posts[1]

    def week(self) -> Column:
        if self.places.day is None:
            return Words(np.full(len(self.places), -1, dtype=np.int32), ())
        return weeks(self.places.day)

    def uncertain(self) -> Column:
        own = self.places.precision_m
        if own is None:
            own = np.zeros(len(self.places))
        found = own > VAGUE_M
        vague = np.flatnonzero(((own > 0) | (self.of.road_precision_m > 0)) & ~found)
        if len(vague):
            distance_m = self.of.road_line.near(self.places.lon[vague], self.places.lat[vague])[1]
            limit_m = own[vague] + self.of.road_precision_m
            found[vague] |= (distance_m <= limit_m) | (np.abs(distance_m - self.of.half_width_m) <= limit_m)
        for outline, which in self._edges():
            found[which] |= self._is_near(outline, self.places.part(which), own[which])
        return found

    def _edges(self) -> Iterable[tuple[Outline, npt.NDArray[np.intp] | slice]]:
        yield from self.of.zones.parts(self.places.day)
        for front, which in self.of.fronts.parts(self.places.day):
            for edge in front.edges:
                yield edge, which

    def _is_near(self, outline: Outline, places: Places, own: Floats) -> npt.NDArray[np.bool_]:
        found = np.asarray(self.of.edge_field(outline).at(places.lon, places.lat) == INSIDE)
        vague = np.flatnonzero((own > 0) & (own <= VAGUE_M) & ~found)
        if len(vague):
            distance_m = self.of.edge_line(outline).near(places.lon[vague], places.lat[vague])[1]
            found[vague] = distance_m <= outline.precision_m + own[vague]
        return found


_HELD_CODES = np.array([-1, 0, -1, 1], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class _Held:
    """Who held a place: within the outline the opposition; beyond the line of contact, the government, where known.

    It is known of what the opposition had held by an earlier line and has lost, and within the distance from the
    line at which the government-held place lies that the line was derived from. Nothing is said of other ground
    outside: beyond the limit towards Afrin and beyond the border others ruled, and far from the line the layers
    have no facts.
    """

    held: Inside
    lost: tuple[Inside, ...]
    contact: tuple[tuple[Line, npt.NDArray[np.float64]], ...]
    others: tuple[Line, ...]

    @classmethod
    def of(cls, front: Front) -> "_Held":
        contact = []
        for shape, precision_m in front.contact:
            line = _boundary_line(shape)
            edges_m = np.maximum(precision_m[:-1], precision_m[1:])
            contact.append((line, edges_m[_edge_of_piece(shape)]))
        runs = [shape for shape, _ in front.contact]
        others = tuple(_boundary_line(edge.shape) for edge in front.edges if edge.shape not in runs)
        return cls(Inside(front.held), tuple(map(Inside, front.lost)), tuple(contact), others)

    def exact(self, lon: Floats, lat: Floats) -> Codes:
        found = np.where(self.held.exact(lon, lat) == INSIDE, _OPPOSITION, _NOT_HELD).astype(np.uint8)
        for area in self.lost:
            found[(area.exact(lon, lat) == INSIDE) & (found == _NOT_HELD)] = _GOVERNMENT
        open_ = np.flatnonzero(found == _NOT_HELD)
        found[open_[self._is_beside(lon[open_], lat[open_])]] = _GOVERNMENT
        return found

    def _is_beside(self, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
        """Return whether the nearest of all lines is that between the parties, and near enough."""
        best_m, is_known = np.full(len(lon), np.inf), np.zeros(len(lon), dtype=bool)
        for line, known_m in self.contact:
            near, distance_m = line.near(lon, lat)
            nearer = distance_m < best_m
            best_m = np.minimum(best_m, distance_m)
            is_known = np.where(nearer, distance_m <= known_m[near.piece], is_known)
        for line in self.others:
            distance_m = line.near(lon, lat)[1]
            is_known &= distance_m > best_m
            best_m = np.minimum(best_m, distance_m)
        return is_known

    def judge(self, boxes: Boxes) -> Codes:
        found = np.full(len(boxes.west), _NOT_HELD, dtype=np.uint8)
        held = self.held.judge(boxes)
        found[held == INSIDE] = _OPPOSITION
        found[held == EDGE] = EDGE
        for area in self.lost:
            part = area.judge(boxes)
            found[(found == _NOT_HELD) & (part == INSIDE)] = _GOVERNMENT
            found[(found == _NOT_HELD) & (part == EDGE)] = EDGE
        beside = Within([(line, float(known_m.max())) for line, known_m in self.contact]).judge(boxes)
        found[(found == _NOT_HELD) & (beside != OUTSIDE)] = EDGE
        return found

    def field(self) -> Field:
        bounds = shapely.total_bounds([self.held.area, *(area.area for area in self.lost)])
        margin_m = max((float(known_m.max()) for _, known_m in self.contact), default=0.0) * 1.01 + 1000
        west, south, east, north = map(float, bounds)
        grid = grid_around((west, south, east, north), margin_m, _AREA_CELL_M, _HELD_FIRST)
        return Field(classify_cells(grid, _HELD_FIRST, self.judge), self.exact)


_HELD_FIRST = 64


def _boundary_line(shape: Any) -> Line:
    return line_of(shapely.get_coordinates(shape), reach_m=20_000.0, cell_m=_LINE_CELL_M)


def _edge_of_piece(shape: LineString) -> npt.NDArray[np.intp]:
    """Return of which edge of a line each of its pieces is a part."""
    return cut(shapely.get_coordinates(shape), PIECE_M).edge


def _nearest_of(positions: Floats, lon: Floats, lat: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return which of a few positions is nearest to each place, and how far it is by geodesic."""
    place, post = in_space(lon, lat), in_space(*positions.T)
    middle = [part.mean() for part in post]
    here, there = (
        np.column_stack([part - mean for part, mean in zip(each, middle, strict=True)]) for each in (place, post)
    )
    # |p - q|^2 less |p|^2, which is the same for all q.
    square = here @ (-2 * there.T) + (there * there).sum(axis=1)
    number = np.asarray(square.argmin(axis=1))
    chord_m = np.sqrt(sum((at - to[number]) ** 2 for at, to in zip(place, post, strict=True)))
    distance_m = geodesic_m(chord_m, mean_radius_m(float(positions[:, 1].mean())))
    far = np.flatnonzero(chord_m > CHORDS_UP_TO_M)
    if len(far):
        limit = (chord_m[far] + uneven_m(chord_m[far])) ** 2 - (here[far] * here[far]).sum(axis=1)
        row, post_number = np.nonzero(square[far] <= limit[:, None] * (1 + 1e-12) + 1e-3)
        number[far], distance_m[far] = _measured(positions, lon[far], lat[far], row, post_number)
    return number, distance_m


def _measured(
    positions: Floats, lon: Floats, lat: Floats, row: npt.NDArray[np.intp], number: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], Floats]:
    """Measure on the ellipsoid whatever may be the nearest."""
    metres = np.asarray(GEOD.inv(positions[number, 0], positions[number, 1], lon[row], lat[row])[2])
    order = np.lexsort((metres, row))
    chosen = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
    return number[chosen], metres[chosen]


def weeks(days: Days) -> Words:
    """Return the ISO week of each day, such as ``2018-W38``; none for an unknown day."""
    known = days != UNKNOWN_DAY
    if not known.any():
        return Words(np.full(len(days), -1, dtype=np.int32), ())
    # Weeks begin on Monday, and 1 January 1970 was a Thursday.
    number = (np.where(known, days, days[known][0]) + 3) // 7
    first, last = int(number.min()), int(number.max())
    thursday = (np.arange(first, last + 1) * 7).astype("datetime64[D]")
    year = thursday.astype("datetime64[Y]")
    week = (thursday - year.astype("datetime64[D]")).astype(int) // 7 + 1
    words = [f"{one}-W{two:02}" for one, two in zip(year.astype(str), week, strict=True)]
    return Words(np.where(known, number - first, -1).astype(np.int32), words)


def joined(parts: Sequence[Column]) -> Column:
    """Return parts of a column as one."""
    if len(parts) == 1:
        return parts[0]
    worded = [part for part in parts if isinstance(part, Words)]
    if not worded:
        return np.concatenate([part for part in parts if not isinstance(part, Words)])
    numbers: dict[str, int] = {}
    codes = []
    for part in worded:
        own = np.array([numbers.setdefault(word, len(numbers)) for word in part.words] + [-1], dtype=np.int32)
        codes.append(own[part.codes])
    return Words(np.concatenate(codes), tuple(numbers))

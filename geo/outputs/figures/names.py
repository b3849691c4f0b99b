"""The names on a map: of points and roads, and of the countries and the sea around."""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import inf

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.inputs.schema import Carriageway
from geo.outputs.figures.boxes import Box, Name, place_names
from geo.outputs.figures.colours import palette
from geo.outputs.figures.features import Placed, rectangle
from geo.outputs.figures.ground import Ground
from geo.outputs.figures.sheet import Sheet, measured
from geo.outputs.style import Symbol, kind_of, style_of
from geo.outputs.words import Words

_NAME_SIZE, _CITY_SIZE, _ROAD_SIZE, _COUNTRY_SIZE = 10.4, 11.8, 9.4, 13.0
# Where along a road its number is tried, from one end to the other.
_ALONG = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9)
# A country that takes less of the frame than this is not named; where its name is tried, in so many steps.
_LEAST_SHARE, _STEPS = 0.03, 24
# How much it hides to write across a road, a line in its band, and any other line; a name that is not needed hides
# less than a road.
_OF_ROAD, _OF_BANDED, _OF_EDGE, _MOST = 4.0, 1.0, 0.25, 3.0
# Cities and the ends of the stretch are named in any case.
_NEEDED = 1


def draw_road_numbers(sheet: Sheet, ground: Ground, placed: Sequence[Placed], taken: Sequence[Box]) -> list[Box]:
    """Write the number of each road on it, where that covers no marker, and return where they stand."""
    points = [one.box for one in placed if isinstance(one.geometry, Point)]
    others = shapely.union_all([one.ink for one in placed if not _is_road(one) and kind_of(one.geometry) == "line"])
    found: list[Box] = []
    frame = rectangle(ground.frame)
    for spec in dict.fromkeys(one.spec.name for one in placed if _is_road(one)):
        ways = [one for one in placed if one.spec.name == spec]
        seen = [(way, part) for way in ways for part in shapely.get_parts(way.geometry.intersection(frame))]
        # A road may come in many pieces, of which the first need not be the one that is well seen.
        way, line = max(seen, key=lambda pair: pair[1].length)
        if not line.length:
            continue
        text = str(way.shown.properties["ref"])
        width, ascent, descent = measured(text, _ROAD_SIZE, bold=True)
        for share in _ALONG:
            at = line.interpolate(share, normalized=True)
            half_width, half_height = width / 2 + 3, (ascent + descent) / 2 + 2
            box = Box(at.x - half_width, at.y - half_height, at.x + half_width, at.y + half_height)
            busy = any(map(box.overlaps, [*points, *taken, *found])) or others.intersects(rectangle(box))
            if ground.frame.contains(box) and not busy:
                colour = way.symbol.stroke
                sheet.shape(rectangle(box), fill=palette()["paper"], stroke=colour, weight=1.1)
                base = box.bottom - 2 - descent
                sheet.write(at.x, base, text, size=_ROAD_SIZE, bold=True, anchor="middle", colour=colour)
                found.append(box)
                break
    return found


def _is_road(one: Placed) -> bool:
    return one.spec.record is not None and issubclass(one.spec.record, Carriageway)


def draw_country_names(
    sheet: Sheet, ground: Ground, placed: Sequence[Placed], words: Words, taken: Sequence[Box], *, size: float = 1.0
) -> None:
    """Write what the ground is called, where nothing else stands; what takes little of the frame is not named."""
    frame = ground.frame
    busy = shapely.union_all([*(one.ink for one in placed), *map(rectangle, taken)])
    shapely.prepare(busy)
    for one in placed:
        part = one.geometry.intersection(rectangle(frame)) if one.entry.is_ground else Point()
        if part.area < _LEAST_SHARE * frame.width * frame.height:
            continue
        text = words.name(one.shown.properties)
        width, ascent, descent = measured(text, size * _COUNTRY_SIZE)
        # Farthest from the middle first: what the map is about is there.
        for x, y in sorted(_grid(frame), key=lambda at: -Point(at).distance(Point(frame.centre))):
            box = Box(x - width / 2, y - ascent, x + width / 2, y + descent)
            around = rectangle(box.grown(8))
            if part.contains(around) and not busy.intersects(around):
                sheet.write(x, y, text, size=size * _COUNTRY_SIZE, anchor="middle", colour=palette()["muted"])
                break


def _grid(frame: Box) -> list[tuple[float, float]]:
    steps = [step / _STEPS for step in range(1, _STEPS)]
    return [(frame.left + x * frame.width, frame.top + y * frame.height) for x, y in product(steps, steps)]


def draw_names(
    sheet: Sheet,
    ground: Ground,
    placed: Sequence[Placed],
    words: Words,
    *,
    taken: Iterable[Box] = (),
    first: Sequence[str] = (),
    of_rank: Callable[[int], bool] = lambda _rank: True,
    size: float = 1.0,
) -> list[Box]:
    """Write the names of points as the page does, and return where they stand.

    Of several classes the first is always named, the others from their zoom on.

    Parameters
    ----------
    sheet, ground, placed, words :
        Where, and of what.
    taken : iterable of Box
        What no name may lie on, besides the markers.
    first : sequence of str
        Ids of places that are named before all others but cities.
    of_rank : callable
        Which ranks of names are written at all; 0 is that of the first of several classes.
    size : float
        How large the letters are, against those of a whole sheet.
    """
    points = [one for one in placed if isinstance(one.geometry, Point)]
    named = [(one, rank) for one in points if (rank := _rank(one, ground.zoom)) is not None and of_rank(rank)]
    named.sort(key=lambda pair: _order(pair[0], pair[1], first))
    sizes = [size * (_CITY_SIZE if rank == 0 else _NAME_SIZE) for _, rank in named]
    texts = [words.name(one.shown.properties) for one, _ in named]
    names = []
    for (one, rank), letters, text in zip(named, sizes, texts, strict=True):
        width, ascent, descent = measured(text, letters, bold=rank == 0)
        is_needed = _importance(one, rank, first) <= _NEEDED
        names.append(Name(one.box, width, ascent + descent, most=inf if is_needed else _MOST))
    markers = [one.box for one in points]
    spots = place_names(names, markers, ground.frame.grown(-2), taken=taken, hides=_hidden_by(placed))
    for (_, rank), letters, text, spot in zip(named, sizes, texts, spots, strict=True):
        if spot:
            _, _, descent = measured(text, letters, bold=rank == 0)
            colour = palette()["muted"] if rank == 1 else palette()["ink"]
            base, is_city, halo = spot.bottom - descent, rank == 0, palette()["ground"]
            sheet.write(spot.left, base, text, size=letters, bold=is_city, colour=colour, halo=halo, anchor="left")
    return [spot for spot in spots if spot]


def _hidden_by(placed: Iterable[Placed]) -> Callable[[Box], float]:
    """Return what tells how much a name in a box would hide: of the road most, of an edge least."""
    by_cost: dict[float, list[BaseGeometry]] = {}
    for one in placed:
        if not isinstance(one.geometry, Point):
            by_cost.setdefault(_cost(one.symbol), []).append(one.ink)
    lines = {cost: shapely.union_all(own) for cost, own in by_cost.items()}
    for line in lines.values():
        shapely.prepare(line)
    return lambda box: sum(cost for cost, line in lines.items() if line.intersects(rectangle(box)))


def _cost(symbol: Symbol) -> float:
    if symbol.casing:
        return _OF_ROAD
    return _OF_BANDED if symbol.banded else _OF_EDGE


def _rank(one: Placed, zoom: float) -> int | None:
    style = style_of(one.spec)
    if style is None or style.label_from_zoom is None:
        return None
    rank = list(style.symbols).index(one.shown.class_) if len(style.symbols) > 1 else 1
    return rank if rank == 0 or style.label_from_zoom <= zoom else None


def _order(one: Placed, rank: int, first: Sequence[str]) -> tuple[int, int, str]:
    """Return what orders names: cities, the ends of the stretch, towns, the rest; then what more sources speak of."""
    id_ = str(one.shown.properties["id"])
    return _importance(one, rank, first), -len(one.shown.properties.get("sources") or ()), id_


def _importance(one: Placed, rank: int, first: Sequence[str]) -> int:
    return 0 if rank == 0 else _NEEDED if one.shown.properties["id"] in first else rank + 1

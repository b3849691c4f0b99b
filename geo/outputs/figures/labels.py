"""Names of points and numbers of roads on a map, where they hide little and never overlap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.inputs.schema import Carriageway
from geo.outputs.figures.day_features import Drawn
from geo.outputs.figures.looks import Look, palette
from geo.outputs.figures.map_axes import MapAxes
from geo.outputs.style import NAME_TYPES, Symbol, style_of
from geo.outputs.words import Words

_NAME_SIZE, _CITY_SIZE, _ROAD_SIZE = 10.4, 11.8, 9.4
# Between a marker and its name, and around a name; all distances are in units of the sheet.
_GAP, _AIR = 3.0, 3.0
# A name that must be written is tried once and twice so much farther from its marker, at a cost.
_FAR, _COST_OF_FAR = 10.0, 0.5
# A name this near to another marker would seem to belong to it; so near to a name, to be its second line.
_NEAR, _NEAR_NAME, _COST_OF_NEAR_NAME = 4.0, 7.0, 0.3
# What it costs to write across a road, a line in its band, and any other line; to be near another marker costs 1.
_COST_OF_ROAD, _COST_OF_BANDED, _COST_OF_EDGE = 4.0, 1.0, 0.25
# A name that would cost more is left out, except those of cities and of the ends of the stretch.
_MOST = 3.0
# Names that are written in a lighter colour.
_QUIET = ("town", "locality")
# Where along a road its number is tried, as shares of the length that is seen.
_ALONG = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9)


@dataclass(frozen=True, slots=True)
class Label:
    """A name to be placed beside a marker.

    Attributes
    ----------
    marker : Polygon
        The box of the marker.
    width, height : float
        Size of the name.
    most : float
        The highest cost at which it is written.
    """

    marker: Polygon
    width: float
    height: float
    most: float = inf


def place_labels(
    labels: Sequence[Label],
    markers: Sequence[Polygon],
    view: Polygon,
    *,
    unit: float = 1.0,
    taken: Iterable[Polygon] = (),
    lines: Iterable[tuple[float, BaseGeometry]] = (),
) -> list[Polygon | None]:
    """Return the box of each label, in the order of their importance; None where there is no room.

    Parameters
    ----------
    labels : sequence of Label
        The most important first.
    markers : sequence of Polygon
        Boxes of all markers; no label overlaps one. If its own marker is covered by another, it is beside both.
    view : Polygon
        What all labels must be in.
    unit : float
        The unit of the sheet, in that of the geometries.
    taken : iterable of Polygon
        What else no label may overlap.
    lines : iterable of (cost, geometry)
        What a label should not cross; the cheapest position is taken.
    """
    air = _AIR * unit
    lines, occupied = list(lines), [*(one.buffer(air, join_style="mitre") for one in taken), *markers]
    shapely.prepare([line for _, line in lines])
    placed: list[Polygon] = []
    named: list[Polygon] = []
    found: list[Polygon | None] = []
    for label in labels:
        over = shapely.intersects(label.marker, markers)
        # Of several points on one spot only one is named.
        if shapely.intersects(label.marker, named).any():
            found.append(None)
            continue
        own = shapely.total_bounds([label.marker, *np.asarray(markers, dtype=object)[over]])
        spots = _spots(own, label, unit)
        far = np.zeros(len(spots))
        for step in (1, 2) if label.most == inf else ():
            around = own + np.array([-1, -1, 1, 1]) * step * _FAR * unit
            others = _spots(around, label, unit)
            spots, far = np.append(spots, others), np.append(far, np.full(len(others), step))
        free = shapely.contains(view, spots) & ~_touches(spots, occupied)
        cost = sum((price * shapely.intersects(line, spots) for price, line in lines), np.zeros(len(spots)))
        others = np.asarray(markers, dtype=object)[~over]
        cost = cost + _COST_OF_FAR * far + _touches(shapely.buffer(spots, _NEAR * unit, join_style="mitre"), others)
        cost += _COST_OF_NEAR_NAME * _touches(shapely.buffer(spots, _NEAR_NAME * unit, join_style="mitre"), placed)
        best = int(np.argmin(np.where(free, cost, inf)))
        if free[best] and cost[best] <= label.most:
            placed.append(spots[best])
            occupied.append(spots[best].buffer(air, join_style="mitre"))
            named.append(label.marker)
            found.append(spots[best])
        else:
            found.append(None)
    return found


def _touches(boxes: Any, others: Any) -> Any:
    """Return which boxes intersect any of the others."""
    return shapely.intersects(boxes[:, None], np.asarray(others, dtype=object)[None, :]).any(axis=1)


def _spots(own: Any, label: Label, unit: float) -> Any:
    """Return the boxes of a label right, left, below and above of a box, at its corners, then flush with its sides."""
    west, south, east, north = own
    width, height, gap = label.width, label.height, _GAP * unit
    x, y = (west + east) / 2, (south + north) / 2
    right, left = east + gap / 2, west - gap / 2 - width
    below, above = south - gap / 2 - height, north + gap / 2
    lefts, bottoms = np.array(
        [
            *((east + gap, y - height / 2), (west - gap - width, y - height / 2)),
            *((x - width / 2, below), (x - width / 2, above)),
            *((right, south - 3 * height / 4), (right, north - height / 4)),
            *((left, south - 3 * height / 4), (left, north - height / 4)),
            *((west, below), (west, above), (east - width, below), (east - width, above)),
        ]
    ).T
    return shapely.box(lefts, bottoms, lefts + width, bottoms + height)


# ---- Names on a map.


def draw_names(
    map_: MapAxes,
    drawn: Sequence[Drawn],
    words: Words,
    *,
    taken: Iterable[Polygon] = (),
    first: Sequence[str] = (),
    is_cities_only: bool = False,
) -> list[Polygon]:
    """Write the names of points as the page does, and return their boxes in metres.

    A class is named from its own zoom on.

    Parameters
    ----------
    map_, drawn, words : MapAxes, sequence of Drawn, Words
        Where, and of what.
    taken : iterable of Polygon
        What no name may overlap, besides the markers.
    first : sequence of str
        Ids of places that are named at every zoom, and before all others but cities.
    is_cities_only : bool
        Whether only the first class of a layer is named.
    """
    points = [one for one in drawn if one.kind == "point"]
    boxes = {id(one): map_.marker_boxes(one.features, one.symbol) for one in points}
    markers = [box for own in boxes.values() for box in own]
    found = []
    for one in points:
        for row, number, marker in zip(one.features["row"], one.features["number"], boxes[id(one)], strict=True):
            zoom = inf if row["id"] in first else map_.zoom
            rank = _rank(one, str(row["id"]), zoom, is_numbered=number > 0)
            if rank is None or (is_cities_only and rank):
                continue
            importance = rank and (1 if row["id"] in first else rank + 1)
            found.append((importance, -len(row.get("sources") or ()), str(row["id"]), rank, words.name(row), marker))
    found.sort(key=lambda name: name[:3])
    # A post may have the name of its village.
    once = {name[4]: name for name in reversed(found)}
    found = [name for name in found if once[name[4]] is name]
    texts = [(text, map_.name_size * (_CITY_SIZE if rank == 0 else _NAME_SIZE), rank) for *_, rank, text, _ in found]
    sizes = [_line_size(map_, text, size, bold=rank == 0) for text, size, rank in texts]
    labels = [
        Label(marker, width, ascent + descent, most=inf if importance <= 1 else _MOST)
        for (importance, *_, marker), (width, ascent, descent) in zip(found, sizes, strict=True)
    ]
    view = map_.view.buffer(-2 * map_.unit_m)
    spots = place_labels(labels, markers, view, unit=map_.unit_m, taken=taken, lines=_lines(map_, drawn))
    for (text, size, rank), (_, _, descent), spot in zip(texts, sizes, spots, strict=True):
        if spot:
            west, south, _, _ = spot.bounds
            colour = palette()["muted" if NAME_TYPES[rank] in _QUIET else "ink"]
            look: Look = {"size": size, "bold": rank == 0, "colour": colour, "ha": "left", "is_name": True}
            map_.write(west, south + descent, text, **look)
    return [spot for spot in spots if spot]


def _line_size(map_: MapAxes, text: str, size: float, *, bold: bool) -> tuple[float, float, float]:
    """Return width, ascent and descent of a name as of a line of text, whatever its letters, in metres."""
    width, *own = map_.text_size(text, size, bold=bold)
    _, *least = map_.text_size("lp", size, bold=bold)
    ascent, descent = map(max, own, least)
    return width, ascent, descent


def _rank(one: Drawn, id_: str, zoom: float, *, is_numbered: bool) -> int | None:
    """Return the rank of a name, 0 for cities; None if it is not written. What has a number is named at every zoom."""
    style = style_of(one.spec)
    if is_numbered and style.numbered_name:
        return style.numbered_name.rank
    naming = style.own_names.get(id_) or style.names.get(one.class_)
    return naming.rank if naming and naming.from_zoom <= zoom else None


def _lines(map_: MapAxes, drawn: Iterable[Drawn]) -> list[tuple[float, BaseGeometry]]:
    """Return what names should not cross: of all lines and outlines, the road costs most."""
    by_cost: dict[float, list[BaseGeometry]] = {}
    for one in drawn:
        if one.kind != "point" and not one.is_ground:
            by_cost.setdefault(_cost(one.symbol), []).extend(map_.ink(one))
    return [(cost, shapely.union_all(own)) for cost, own in by_cost.items()]


def _cost(symbol: Symbol) -> float:
    if symbol.casing:
        return _COST_OF_ROAD
    return _COST_OF_BANDED if symbol.banded else _COST_OF_EDGE


# ---- Numbers of roads.


def draw_road_numbers(map_: MapAxes, drawn: Sequence[Drawn], taken: Sequence[Polygon]) -> list[Polygon]:
    """Write the number of each road on it, where it covers nothing else, and return the boxes in metres."""
    roads = [one for one in drawn if one.spec.record is not None and issubclass(one.spec.record, Carriageway)]
    busy = map_.busy(one for one in drawn if one not in roads and one.kind != "area")
    found = list(taken)
    for road in roads:
        # A road may be in many pieces, of which the first need not be the longest on the map.
        line = max(shapely.get_parts(road.features.intersection(map_.view)), key=shapely.length)
        text = str(road.features["row"].iloc[0]["ref"])
        width, ascent, descent = map_.text_size(text, _ROAD_SIZE, bold=True)
        for at in shapely.line_interpolate_point(line, _ALONG, normalized=True):
            across, up = width / 2 + 3 * map_.unit_m, (ascent + descent) / 2 + 2 * map_.unit_m
            box = shapely.box(at.x - across, at.y - up, at.x + across, at.y + up)
            around = box.buffer(_AIR * map_.unit_m, join_style="mitre")
            if map_.view.contains(box) and not busy.intersects(box) and not shapely.intersects(around, found).any():
                colour = road.symbol.stroke
                map_.draw_area(box, Symbol(stroke=colour, weight=1.1, fill=palette()["paper"]))
                look: Look = {"size": _ROAD_SIZE, "bold": True, "colour": colour}
                map_.write(at.x, at.y - (ascent - descent) / 2, text, **look)
                found.append(box)
                break
    return found[len(taken) :]

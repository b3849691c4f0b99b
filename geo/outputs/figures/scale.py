"""Scale bar, north arrow and rim of a map."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from geo.outputs.figures.boxes import Box
from geo.outputs.figures.colours import palette
from geo.outputs.figures.features import Placed, rectangle
from geo.outputs.figures.ground import Ground
from geo.outputs.figures.sheet import Sheet
from geo.outputs.words import Words

_PLATE, _PLATE_HEIGHT, _NORTH_ROOM = 8.0, 34.0, 30.0
_SCALE_SIZE = 10.0


def draw_scale(sheet: Sheet, ground: Ground, placed: Sequence[Placed], words: Words) -> Box:
    """Draw the scale bar and the north arrow in a corner that is free, and return their box.

    Of the corners, the lower one where reading starts is tried first, and taken if none is free.
    """
    length = ground.length_px(1000 * ground.scale_km)
    corners = _corners(ground.frame, length + 2 * _PLATE + _NORTH_ROOM, _PLATE_HEIGHT)
    if sheet.is_right_to_left:
        corners = [one.mirrored(ground.frame.left + ground.frame.right) for one in corners]
    busy = shapely.union_all([one.ink for one in placed])
    plate = next((one for one in corners if not busy.intersects(rectangle(one))), corners[0])
    sheet.shape(rectangle(plate), fill=palette()["paper"], fill_opacity=0.86)
    inner = plate.grown(-_PLATE)
    start, end = sheet.inline(inner, 0), sheet.inline(inner, length)
    left, right, base = min(start, end), max(start, end), inner.bottom
    bar = LineString([(left, base - 4), (left, base), (right, base), (right, base - 4)])
    sheet.shape(bar, stroke=palette()["ink"], weight=1.4)
    label = words.text("figures.km", n=words.number(ground.scale_km))
    sheet.write((left + right) / 2, base - 6, label, size=_SCALE_SIZE, anchor="middle")
    away = sheet.inline(inner, length + _NORTH_ROOM - 9)
    _draw_north(sheet, away, base, ground.north_deg, words.text("figures.north"))
    return plate


def _corners(frame: Box, width: float, height: float) -> list[Box]:
    """Return boxes of a size in the corners of a frame: the lower ones first, the left ones before the right ones."""
    inner = frame.grown(-10)
    lefts, tops = (inner.left, inner.right - width), (inner.bottom - height, inner.top)
    return [Box(left, top, left + width, top + height) for top in tops for left in lefts]


def _draw_north(sheet: Sheet, x: float, base: float, turned_deg: float, letter: str) -> None:
    """Draw an arrow to the north, turned clockwise from straight up, with the letter of north at its tip."""
    turn = math.radians(turned_deg)
    arrow = np.array([(0, -13), (4, 0), (0, -3), (-4, 0)], dtype=float)
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    sheet.shape(Polygon(arrow @ rotation + [x, base]), fill=palette()["ink"])
    sheet.write(x, base - 15, letter, size=9, bold=True, anchor="middle")


def draw_rim(sheet: Sheet, frame: Box) -> None:
    """Draw the thin line around a map."""
    sheet.shape(rectangle(frame).exterior, stroke=palette()["muted"], weight=0.8)

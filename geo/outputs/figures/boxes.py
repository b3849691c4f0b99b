"""Upright boxes on a sheet, and where a name finds room among them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

# Between a marker and its name, and around a name, in units of the sheet.
_GAP, _AIR = 3.0, 3.0
# A name so near to another marker would seem to be that one's, and so near to another name a second line of it.
_NEAR, _NEAR_NAME, _OF_NEAR_NAME = 4.0, 7.0, 0.3


@dataclass(frozen=True, slots=True)
class Box:
    """A box in units of a sheet, whose y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, x and y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def grown(self, by: float) -> "Box":
        """Return the box with so much more on every side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def mirrored(self, width: float) -> "Box":
        """Return where the box stands on a sheet of this width that is read from the right."""
        return Box(width - self.right, self.top, width - self.left, self.bottom)

    def contains(self, other: "Box") -> bool:
        """Return whether another box lies wholly inside."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def overlaps(self, other: "Box") -> bool:
        """Return whether two boxes share ground."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Name:
    """A name to be placed.

    Attributes
    ----------
    beside : Box
        The marker that it stands beside.
    width, height : float
        Its own size.
    most : float
        How much it may hide, as `place_names` counts it; what would hide more is left out.
    """

    beside: Box
    width: float
    height: float
    most: float = inf


def place_names(
    names: Sequence[Name],
    markers: Sequence[Box],
    view: Box,
    *,
    taken: Iterable[Box] = (),
    hides: Callable[[Box], float] = lambda _: 0,
) -> list[Box | None]:
    """Return where each name goes, the first in the list before the others; None where there is no room.

    Parameters
    ----------
    names : sequence of Name
        The most important first.
    markers : sequence of Box
        What no name may lie on; a name whose own marker is covered by another stands beside both.
    view : Box
        What every name must lie in.
    taken : iterable of Box
        Whatever else stands on the map.
    hides : callable
        How much a name in a box would hide of the lines below it, where 1 is as bad as to lie close to another
        marker. What hides least is taken.
    """
    occupied = [*taken, *markers]
    named: list[Box] = []
    found: list[Box | None] = []

    def cost(spot: Box, own: Box) -> float:
        is_near_marker = any(spot.grown(_NEAR).overlaps(one) for one in markers if not one.overlaps(own))
        is_near_name = any(spot.grown(_NEAR_NAME).overlaps(one) for one in found if one)
        return hides(spot) + is_near_marker + _OF_NEAR_NAME * is_near_name

    for name in names:
        own = _with_cover(name.beside, markers)
        # Of several points on one spot only one is named.
        spots = () if any(map(name.beside.overlaps, named)) else _spots(own, name)
        free = [one for one in spots if view.contains(one) and not any(map(one.overlaps, occupied))]
        costs = [cost(one, own) for one in free]
        spot = free[costs.index(min(costs))] if free and min(costs) <= name.most else None
        if spot:
            occupied.append(spot.grown(_AIR))
            named.append(name.beside)
        found.append(spot)
    return found


def _with_cover(own: Box, markers: Iterable[Box]) -> Box:
    """Return the box of a marker together with those that lie over it."""
    over = [own, *(one for one in markers if one.overlaps(own))]
    return Box(
        min(one.left for one in over),
        min(one.top for one in over),
        max(one.right for one in over),
        max(one.bottom for one in over),
    )


def _spots(beside: Box, name: Name) -> Iterator[Box]:
    """Yield the box of a name right, left, below and above of a marker, at the four corners, then flush with a side."""
    width, height = name.width, name.height
    x, y = beside.centre
    for left, top in (
        (beside.right + _GAP, y - height / 2),
        (beside.left - _GAP - width, y - height / 2),
        (x - width / 2, beside.bottom + _GAP / 2),
        (x - width / 2, beside.top - _GAP / 2 - height),
        (beside.right + _GAP / 2, beside.bottom - height / 4),
        (beside.right + _GAP / 2, beside.top - 3 * height / 4),
        (beside.left - _GAP / 2 - width, beside.bottom - height / 4),
        (beside.left - _GAP / 2 - width, beside.top - 3 * height / 4),
        (beside.left, beside.bottom + _GAP / 2),
        (beside.left, beside.top - _GAP / 2 - height),
        (beside.right - width, beside.bottom + _GAP / 2),
        (beside.right - width, beside.top - _GAP / 2 - height),
    ):
        yield Box(left, top, left + width, top + height)

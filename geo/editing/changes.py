"""What an edit changes, one line for each: what a reviewer reads before it is saved."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from shapely.geometry import shape

from geo.editing.draft import Draft, Row
from geo.geometry.geodesic import distances_m

if TYPE_CHECKING:
    import pandas as pd

SOURCES = "sources"
_SHORTEST_KM_M = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the file and the edit.

    Attributes
    ----------
    layer, id : str
        Which row.
    change : str
        What happened to it.
    column : str
        Of a changed value; empty otherwise.
    old, new : object
        The value in the file, and as edited.
    moved_m : float or None
        How far a point, or the farthest vertex of a line or outline, was moved: geodesic metres.
    """

    layer: str
    id: str
    change: Literal["added", "removed", "moved", "placed", "unplaced", "changed"]
    column: str = ""
    old: Any = None
    new: Any = None
    moved_m: float | None = None

    def __str__(self) -> str:
        name = f"{self.layer} {self.id}"
        if self.change == "moved":
            return f"{name} moved by {metres(self.moved_m or 0.0)}"
        if self.change == "changed":
            return f"{name} {self.column}: {_shown(self.old)} → {_shown(self.new)}"
        return f"{name} {self.change}"


def changes(draft: Draft, uncited: Collection[str] = ()) -> list[Change]:
    """Return every difference between a draft and its files, by id.

    Parameters
    ----------
    draft : Draft
        The edit.
    uncited : collection of str
        Ids of the sources that nothing cites any more, so that their rows go too.
    """
    found = [change for key, (before, after) in draft.changed() for change in _row_changes(draft, key, before, after)]
    found += [Change(SOURCES, id_, "added") for id_ in draft.new_sources]
    found += [Change(SOURCES, id_, "removed") for id_ in uncited]
    return sorted(found, key=lambda change: (change.layer == SOURCES, change.id))


def change_table(found: list[Change]) -> "pd.DataFrame":
    """Return changes as a frame, one row for each, with the attributes of `Change` as columns."""
    import pandas as pd

    return pd.DataFrame([asdict(change) for change in found], columns=[field.name for field in fields(Change)])


def metres(distance_m: float) -> str:
    """Return a distance in words: metres, or kilometres where it is long."""
    return f"{distance_m:,.1f} m" if distance_m < _SHORTEST_KM_M else f"{distance_m / 1000:,.1f} km"


def moved_m(before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    """Return how far the farthest vertex of a geometry was moved, in geodesic metres.

    Where vertices were added or removed, how far the farthest vertex of either lies from the other's line.
    """
    old, new = shape(dict(before)), shape(dict(after))
    first, second = shapely.get_coordinates(old), shapely.get_coordinates(new)
    if len(first) == len(second):
        return float(distances_m(first, second).max())
    return max(_farthest_m(first, new), _farthest_m(second, old))


def _farthest_m(places: Any, other: Any) -> float:
    """Return the greatest distance of places from the edges of a geometry; nearest is judged in a local scale."""
    scale = np.array([np.cos(np.radians(places[:, 1].mean())), 1.0])
    line = other.boundary if other.geom_type == "Polygon" else other
    flat = shapely.transform(line, lambda positions: positions * scale)
    nearest = shapely.shortest_line(shapely.points(places * scale), flat)
    feet = shapely.get_coordinates(shapely.get_point(nearest, 1)) / scale
    return float(distances_m(places, feet).max())


def _row_changes(draft: Draft, key: str, before: Row | None, after: Row | None) -> Iterator[Change]:
    layer = draft.spec.name
    if before is None or after is None:
        row = after or before
        id_ = str(row.values["id"] or key) if row else key
        yield Change(layer, id_, "added" if before is None else "removed")
        return
    id_ = str(after.values["id"])
    if before.geometry != after.geometry:
        yield _geometry_change(layer, id_, before.geometry, after.geometry)
    for column, old in before.values.items():
        if (new := after.values[column]) != old:
            yield Change(layer, id_, "changed", column, old, new)


def _geometry_change(layer: str, id_: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Change:
    if before is None or after is None:
        return Change(layer, id_, "placed" if before is None else "unplaced", "geometry", _place(before), _place(after))
    return Change(layer, id_, "moved", "geometry", _place(before), _place(after), round(moved_m(before, after), 1))


def _place(geometry: Mapping[str, Any] | None) -> str | None:
    """Return a point as longitude, latitude, and anything else as its kind and number of vertices."""
    if geometry is None:
        return None
    if geometry["type"] == "Point":
        lon, lat = geometry["coordinates"]
        return f"{lon:.6f}, {lat:.6f}"
    return f"{geometry['type']} of {shapely.get_num_coordinates(shape(dict(geometry)))} vertices"


def _shown(value: Any) -> str:
    if value is None or value == []:
        return "empty"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""A layer as it is being edited: rows, undo and redo, and the differences from the file; nothing is written here."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import shapely
from shapely.geometry import Polygon, shape
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError
from geo.geometry.geodesic import distances_m
from geo.inputs.catalog import LayerSpec
from geo.inputs.geojson import DECIMALS, geometry_json
from geo.inputs.layer_files import SOURCES
from geo.inputs.layers import Layer
from geo.inputs.schema import column_type

Geometry = dict[str, Any]
# The id of a new row is proposed from the first of these columns that the layer has.
_NAMED_BY = ("name_en", "title_en", "title", "date")
_LONGEST_ID = 64
_NEW = "+"
_FROM_KM_M = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is being edited, valid or not: JSON-ready values by column, and a GeoJSON geometry or None."""

    values: Mapping[str, Any]
    geometry: Geometry | None = None


Edits = Mapping[str, tuple[Row | None, Row | None]]


@dataclass(frozen=True, slots=True)
class State:
    """Everything that one undo restores.

    Attributes
    ----------
    rows : mapping of str to Row
        By key: the id of the row in the file, or ``+`` and a number for a new row.
    sources : mapping of str to mapping
        New sources by id.
    backing : mapping of str to str
        By key of a moved row, the source that gives its new place.
    """

    rows: Mapping[str, Row]
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    backing: Mapping[str, str] = field(default_factory=dict)


class Draft:
    """The rows of one layer, edited.

    Parameters
    ----------
    layer : Layer
        The version of the file that is edited.

    Attributes
    ----------
    spec : LayerSpec
        Its entry in the catalogue.
    base : mapping of str to Row
        The rows of the file, by id.
    state : State
        The current state.
    """

    def __init__(self, layer: Layer) -> None:
        self._listeners: list[Callable[[], None]] = []
        self.begin(layer)

    def begin(self, layer: Layer, state: State | None = None) -> None:
        """Start from a version of the file, edited or not; earlier steps can no longer be undone."""
        self.spec: LayerSpec = layer.spec
        self.layer = layer
        self.base = rows_of(layer)
        self.state = state or State(self.base)
        self._past: list[State] = []
        self._future: list[State] = []
        self._notify()

    @property
    def rows(self) -> Mapping[str, Row]:
        """The rows by key, as edited."""
        return self.state.rows

    @property
    def edits(self) -> Edits:
        """By key of each edited row, the row of the file and the edited row; None where there is none."""
        pairs = {key: (self.base.get(key), self.rows.get(key)) for key in {**self.base, **self.rows}}
        return {key: (before, after) for key, (before, after) in pairs.items() if before != after}

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from the file."""
        return bool(self.edits or self.new_sources)

    @property
    def new_sources(self) -> Mapping[str, Mapping[str, Any]]:
        """The new sources that at least one row cites, by id."""
        cited = self.cited_sources
        return {id_: values for id_, values in self.state.sources.items() if id_ in cited}

    @property
    def cited_sources(self) -> frozenset[str]:
        """Ids of the sources that the rows cite, including rows with errors."""
        return frozenset(id_ for row in self.rows.values() for id_ in row.values.get(SOURCES) or ())

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._future)

    def is_new(self, key: str) -> bool:
        """Return whether a row is not yet in the file."""
        return key not in self.base

    def add(self, values: Mapping[str, Any] | None = None, geometry: Geometry | None = None) -> str:
        """Add a row and return its key; values that are not given are unknown, the id is proposed from the name."""
        taken = [int(key[len(_NEW) :]) for key in {**self.base, **self.rows} if key.startswith(_NEW)]
        key = f"{_NEW}{max(taken, default=0) + 1}"
        record = self.spec.record
        blank: dict[str, Any] = {
            name: [] if column_type(record, name) is tuple else None for name in record.model_fields
        }
        row = Row({**blank, **(values or {})}, canonical(geometry))
        self._put(rows={**self.rows, key: self._named(key, row, None)})
        return key

    def change(self, key: str, column: str, value: Any) -> None:
        """Set one value; a proposed id follows the name until another id is typed.

        Raises
        ------
        GeoError
            If there is no such row or column, or it is the id of a row in the file.
        """
        before = self._row(key)
        if column not in before.values:
            raise GeoError(f"{self.spec.file}: no column is called {column!r}")
        if column == "id" and not self.is_new(key):
            raise GeoError(f"{self.spec.file}: feature {key!r}: the id of a row in the file cannot be changed")
        if before.values[column] == value:
            return
        after = replace(before, values={**before.values, column: value})
        if self.is_new(key) and column != "id":
            after = self._named(key, after, before)
        self._put(rows={**self.rows, key: after})

    def place(self, key: str, geometry: Geometry | None) -> None:
        """Set the geometry of a row: GeoJSON in lon, lat, rounded as in the file, or None."""
        self._put(rows={**self.rows, key: replace(self._row(key), geometry=canonical(geometry))})

    def remove(self, key: str) -> None:
        """Remove a row."""
        self._row(key)
        self._put(rows={other: row for other, row in self.rows.items() if other != key})

    def cite_new(self, key: str, values: Mapping[str, Any]) -> None:
        """Add a source and cite it in one row, in one step."""
        row, id_ = self._row(key), str(values["id"])
        cited = replace(row, values={**row.values, SOURCES: [*row.values[SOURCES], id_]})
        self._put(rows={**self.rows, key: cited}, sources={**self.state.sources, id_: dict(values)})

    def back(self, key: str, source: str) -> None:
        """Name the source that gives the new place of a row."""
        self._put(backing={**self.state.backing, key: source})

    def undo(self) -> None:
        """Undo the last step, if there is one."""
        self._step(self._past, self._future)

    def redo(self) -> None:
        """Redo the step that was undone last, if there is one."""
        self._step(self._future, self._past)

    def discard(self) -> None:
        """Restore the rows of the file; this too can be undone."""
        self._put(rows=self.base, sources={}, backing={})

    def observe(self, listener: Callable[[], None]) -> None:
        """Call a function after every change."""
        self._listeners.append(listener)

    def _row(self, key: str) -> Row:
        if key not in self.rows:
            raise GeoError(f"{self.spec.file}: there is no feature {key!r}")
        return self.rows[key]

    def _put(self, **parts: Any) -> None:
        state = replace(self.state, **parts)
        if state != self.state:
            self._past.append(self.state)
            self._future.clear()
            self.state = state
            self._notify()

    def _step(self, source: list[State], target: list[State]) -> None:
        if source:
            target.append(self.state)
            self.state = source.pop()
            self._notify()

    def _notify(self) -> None:
        for listener in self._listeners:
            listener()

    def _named(self, key: str, row: Row, before: Row | None) -> Row:
        """Return a new row with the proposed id, unless an id was typed."""
        id_ = row.values["id"]
        if id_ and (before is None or id_ != self._proposed_id(key, before)):
            return row
        return replace(row, values={**row.values, "id": self._proposed_id(key, row)})

    def _proposed_id(self, key: str, row: Row) -> str | None:
        column = next((name for name in _NAMED_BY if name in row.values), "")
        name = slug(str(row.values.get(column) or ""))
        if not name:
            return None
        heads = {id_.partition("-")[0] for id_ in self.base if "-" in id_}
        prefix = f"{heads.pop()}-" if len(heads) == 1 else ""
        others = (other.values["id"] for its_key, other in self.rows.items() if its_key != key)
        return unused_id(name if name.startswith(prefix) else prefix + name, {*self.base, *others})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the file and the edit.

    Attributes
    ----------
    layer, id : str
        The row.
    change : str
        The kind of difference.
    column : str
        The column of a changed value; empty for rows that were added or removed.
    old, new : object
        The value in the file, and the edited value.
    moved_m : float or None
        Distance by which a geometry was moved, in metres; see `moved_m`.
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
    """Return every difference between a draft and its files, by id; `uncited` are ids of sources that are removed."""
    layer = draft.spec.name
    found = [change for key, pair in draft.edits.items() for change in _row_changes(layer, key, *pair)]
    found += [Change(SOURCES, id_, "added") for id_ in draft.new_sources]
    found += [Change(SOURCES, id_, "removed") for id_ in uncited]
    return sorted(found, key=lambda change: (change.layer == SOURCES, change.id))


def _row_changes(layer: str, key: str, before: Row | None, after: Row | None) -> Iterator[Change]:
    if before is None or after is None:
        row = after or before
        yield Change(layer, str((row and row.values["id"]) or key), "added" if before is None else "removed")
        return
    id_ = str(after.values["id"])
    old, new = before.geometry, after.geometry
    if old != new:
        kind: Any = "placed" if old is None else "unplaced" if new is None else "moved"
        distance_m = round(moved_m(old, new), 1) if old and new else None
        yield Change(layer, id_, kind, "geometry", place_text(old) or None, place_text(new) or None, distance_m)
    for column, value in after.values.items():
        if before.values[column] != value:
            yield Change(layer, id_, "changed", column, before.values[column], value)


def _shown(value: Any) -> str:
    if value is None or value == []:
        return "empty"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def metres(distance_m: float) -> str:
    """Return a distance as text: in metres, or in kilometres from 10 km on."""
    return f"{distance_m:,.1f} m" if distance_m < _FROM_KM_M else f"{distance_m / 1000:,.1f} km"


def moved_m(before: Geometry, after: Geometry) -> float:
    """Return how far a geometry was moved, in geodesic metres.

    This is the distance of the vertex, of either geometry, that is farthest from the other one (Hausdorff distance).
    """
    old, new = shape(before), shape(after)
    return max(_farthest_m(old, new), _farthest_m(new, old))


def _farthest_m(geometry: BaseGeometry, other: BaseGeometry) -> float:
    """Return the greatest distance of a vertex from another geometry; the nearest point is found in a local scale."""
    vertices = shapely.get_coordinates(geometry)
    scale = np.array([np.cos(np.radians(vertices[:, 1].mean())), 1.0])
    edges = shapely.transform(other.boundary if isinstance(other, Polygon) else other, lambda places: places * scale)
    shortest = shapely.shortest_line(shapely.points(vertices * scale), edges)
    nearest = shapely.get_coordinates(shapely.get_point(shortest, 1)) / scale
    return float(distances_m(vertices, nearest).max())


def rows_of(layer: Layer) -> dict[str, Row]:
    """Return the rows of a layer by id."""
    return {
        feature.properties.id: Row(feature.properties.model_dump(mode="json"), geometry_json(feature.geometry))
        for feature in layer.features
    }


def canonical(geometry: Geometry | None) -> Geometry | None:
    """Return a geometry as in the file: type and coordinates only, rounded, outlines counter-clockwise."""
    return None if geometry is None else geometry_json(shapely.orient_polygons(shape(geometry)))


def place_text(geometry: Geometry | None) -> str:
    """Return a geometry as text: a point as longitude, latitude; others as well-known text (WKT)."""
    if geometry is None:
        return ""
    if geometry["type"] == "Point":
        return ", ".join(f"{degrees:.{DECIMALS}f}" for degrees in geometry["coordinates"])
    return shapely.to_wkt(shape(geometry), rounding_precision=DECIMALS)


def place_from_text(text: str) -> Geometry | None:
    """Return the geometry that `place_text` writes; None for an empty text.

    Raises
    ------
    GeoError
        If the text is neither longitude and latitude nor WKT, or a coordinate is not finite.
    """
    text = text.strip()
    if not text:
        return None
    try:
        geometry = shapely.from_wkt(text if "(" in text else f"POINT ({text.replace(',', ' ')})")
    except shapely.errors.ShapelyError:
        geometry = None
    if geometry is None or geometry.has_z or geometry.is_empty or not np.isfinite(geometry.bounds).all():
        raise GeoError(f"{text[:40]!r}: write longitude, latitude in degrees, or WKT such as POINT (36.7 35.4)")
    return geometry_json(geometry)


def slug(name: str) -> str:
    """Return a name as an id: lower case, no accents, hyphens between the words."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")


def unused_id(stem: str, taken: Collection[str | None]) -> str:
    """Return an id that begins with a stem and is not taken, numbered if needed."""
    number, proposal = 1, stem[:_LONGEST_ID]
    while proposal in taken:
        number += 1
        proposal = f"{stem[: _LONGEST_ID - len(str(number)) - 1]}-{number}"
    return proposal

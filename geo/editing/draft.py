"""A layer as it is being edited: every change can be undone, and nothing is written."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from shapely.geometry import Polygon, shape
from shapely.geometry.polygon import orient

from geo.errors import GeoError
from geo.inputs.catalog import LayerSpec
from geo.inputs.geojson import geometry_json, rounded
from geo.inputs.layers import Layer
from geo.inputs.schema import column_type

# What the id of a new row is proposed from: the first of these that the layer has.
_NAMED_BY = ("name_en", "title_en", "title", "date")
_LONGEST_ID = 64
_NEW = "+"
_LEAST_RING = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is being edited, sound or not: JSON-ready values by column, and a GeoJSON geometry or None."""

    values: Mapping[str, Any]
    geometry: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Everything that one undo takes back.

    Attributes
    ----------
    rows : mapping of str to Row
        By key: the id that a row has in the file, or a ``+`` and a number for a new one.
    sources : mapping of str to mapping
        New sources by their id.
    backing : mapping of str to str
        By key of a row, which of its sources gives its new place.
    """

    rows: Mapping[str, Row]
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    backing: Mapping[str, str] = field(default_factory=dict)


class Draft:
    """The rows of one layer, edited.

    Parameters
    ----------
    layer : Layer
        As it was read.

    Attributes
    ----------
    spec : LayerSpec
        Its entry in the catalogue.
    layer : Layer
        The version that is being edited.
    base : mapping of str to Row
        Its rows, by id.
    """

    def __init__(self, layer: Layer) -> None:
        self._listeners: list[Callable[[], None]] = []
        self.begin(layer)

    def begin(self, layer: Layer, state: State | None = None) -> None:
        """Begin again on a version of the file, edited or not; what was done before cannot be undone any more."""
        self.spec: LayerSpec = layer.spec
        self.layer = layer
        self.base = rows_of(layer)
        self._past: list[State] = []
        self._future: list[State] = []
        self._state = state or State(self.base)
        self._tell()

    @property
    def state(self) -> State:
        """How the draft stands."""
        return self._state

    @property
    def rows(self) -> Mapping[str, Row]:
        """The rows by key, as edited."""
        return self._state.rows

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from the file."""
        return bool(dict(self.changed()) or self.new_sources)

    @property
    def new_sources(self) -> Mapping[str, Mapping[str, Any]]:
        """The rows that `sources.csv` is to have besides, by their id: of the new sources those that some row cites."""
        cited = self.cited_sources
        return {id_: values for id_, values in self._state.sources.items() if id_ in cited}

    @property
    def cited_sources(self) -> frozenset[str]:
        """The ids of the sources that the rows cite, those of rows with faults among them."""
        return frozenset(id_ for row in self.rows.values() for id_ in row.values.get("sources") or ())

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._future)

    def changed(self) -> Iterator[tuple[str, tuple[Row | None, Row | None]]]:
        """Yield each key whose row differs: the row of the file and the row as edited, None where there is none."""
        for key in {**self.base, **self.rows}:
            before, after = self.base.get(key), self.rows.get(key)
            if before != after:
                yield key, (before, after)

    def key_of(self, id_: str) -> str:
        """Return the key of the row that has an id.

        Raises
        ------
        GeoError
            If there is none.
        """
        for key, row in self.rows.items():
            if row.values["id"] == id_:
                return key
        raise GeoError(f"{self.spec.file}: no feature has the id {id_!r}")

    def is_new(self, key: str) -> bool:
        """Return whether a row is not in the file yet."""
        return key not in self.base

    def add(self, values: Mapping[str, Any] | None = None, geometry: Mapping[str, Any] | None = None) -> str:
        """Add a row; what is not given is unknown, and an id is proposed from the name. Returns its key."""
        taken = [int(key[len(_NEW) :]) for key in {**self.base, **self.rows} if key.startswith(_NEW)]
        key = f"{_NEW}{max(taken, default=0) + 1}"
        row = Row({**_blank(self.spec), **(values or {})}, canonical(geometry))
        self._put(rows={**self.rows, key: self._named(key, row, None)})
        return key

    def change(self, key: str, column: str, value: Any) -> None:
        """Set one value; a proposed id follows the name until somebody chooses another."""
        before = self._row(key)
        if column not in before.values:
            raise GeoError(f"{self.spec.file}: no column is called {column!r}")
        if column == "id" and not self.is_new(key):
            raise GeoError(f"{self.spec.file}: feature {key!r}: an id that is in the file stays as it is")
        if before.values[column] == value:
            return
        after = replace(before, values={**before.values, column: value})
        if self.is_new(key) and column != "id":
            after = self._named(key, after, before)
        self._put(rows={**self.rows, key: after})

    def place(self, key: str, geometry: Mapping[str, Any] | None) -> None:
        """Give a row its place: a GeoJSON geometry in lon, lat, rounded as the file is, or None."""
        before = self._row(key)
        after = replace(before, geometry=canonical(geometry))
        if after != before:
            self._put(rows={**self.rows, key: after})

    def remove(self, key: str) -> None:
        """Take a row out.

        Raises
        ------
        GeoError
            If there is none with this key.
        """
        self._row(key)
        self._put(rows={other: row for other, row in self.rows.items() if other != key})

    def add_source(self, values: Mapping[str, Any]) -> None:
        """Add a row to the sources."""
        self._put(sources={**self._state.sources, str(values.get("id")): dict(values)})

    def cite_new(self, key: str, values: Mapping[str, Any]) -> None:
        """Add a row to the sources and cite it in one row, in one step."""
        row = self._row(key)
        cited = [*row.values["sources"], values["id"]]
        rows = {**self.rows, key: replace(row, values={**row.values, "sources": cited})}
        self._put(rows=rows, sources={**self._state.sources, str(values["id"]): dict(values)})

    def back(self, key: str, source: str) -> None:
        """Say which of its sources gives the new place of a row."""
        if self._state.backing.get(key) != source:
            self._put(backing={**self._state.backing, key: source})

    def undo(self) -> None:
        """Take the last change back, if there is one."""
        self._step(self._past, self._future)

    def redo(self) -> None:
        """Make the change again that was taken back last, if there is one."""
        self._step(self._future, self._past)

    def discard(self) -> None:
        """Go back to the rows of the file; this too can be undone."""
        self.put(State(self.base))

    def put(self, state: State) -> None:
        """Set everything in one step."""
        if state != self._state:
            self._past.append(self._state)
            self._future.clear()
            self._state = state
            self._tell()

    def observe(self, listener: Callable[[], None]) -> None:
        """Call a function after every change."""
        self._listeners.append(listener)

    def _row(self, key: str) -> Row:
        if key not in self.rows:
            raise GeoError(f"{self.spec.file}: there is no feature {key!r}")
        return self.rows[key]

    def _put(self, **parts: Any) -> None:
        self.put(replace(self._state, **parts))

    def _step(self, source: list[State], target: list[State]) -> None:
        if source:
            target.append(self._state)
            self._state = source.pop()
            self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def _named(self, key: str, row: Row, before: Row | None) -> Row:
        """Return a new row with the id that its name proposes, unless it has one of its own."""
        id_ = row.values["id"]
        if id_ and (before is None or id_ != self._proposal(key, before)):
            return row
        return replace(row, values={**row.values, "id": self._proposal(key, row)})

    def _proposal(self, key: str, row: Row) -> str | None:
        column = next((name for name in _NAMED_BY if name in row.values), "")
        name = slug(str(row.values.get(column) or ""))
        if not name:
            return None
        ids = list(self.base)
        heads = {id_.partition("-")[0] for id_ in ids if "-" in id_}
        prefix = f"{heads.pop()}-" if len(heads) == 1 else ""
        stem = name if name.startswith(prefix) else prefix + name
        others = (other.values["id"] for its_key, other in self.rows.items() if its_key != key)
        taken, number, proposal = {*ids, *others}, 1, stem[:_LONGEST_ID]
        while proposal in taken:
            number += 1
            proposal = f"{stem[: _LONGEST_ID - len(str(number)) - 1]}-{number}"
        return proposal


def rows_of(layer: Layer) -> dict[str, Row]:
    """Return the rows of a layer by id."""
    return {
        feature.properties.id: Row(feature.properties.model_dump(mode="json"), geometry_json(feature.geometry))
        for feature in layer.features
    }


def canonical(geometry: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return a geometry as the file will have it: type and coordinates only, rounded, outlines counter-clockwise."""
    if geometry is None:
        return None
    plain = {"type": geometry["type"], "coordinates": rounded(geometry["coordinates"])}
    if plain["type"] == "Polygon" and all(len(ring) > _LEAST_RING for ring in plain["coordinates"]):
        return geometry_json(orient(cast("Polygon", shape(plain))))
    return plain


def _blank(spec: LayerSpec) -> dict[str, Any]:
    return {column: [] if column_type(spec.record, column) is tuple else None for column in spec.record.model_fields}


def slug(name: str) -> str:
    """Return a name as an id may be: lower case, no accents, hyphens between the words."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")

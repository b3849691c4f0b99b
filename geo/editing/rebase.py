"""An edit of one version of a file, made again on another version: what two people changed is never overwritten."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.editing.draft import Draft, Row, State
from geo.editing.places import coordinates_text

Edits = Mapping[str, tuple[Row | None, Row | None]]
_GEOMETRY = "its place"


@dataclass(frozen=True, slots=True)
class Rebased:
    """An edit on another version of its file.

    Attributes
    ----------
    state : State
        What the edit makes of that version.
    left_out : tuple of str
        As text, each part of the edit that conflicts with another user's change, which is kept.
    """

    state: State
    left_out: tuple[str, ...]


def rebased(now: Mapping[str, Row], sources: Mapping[str, Row], edits: Edits, state: State) -> Rebased:
    """Make edits again on the rows that a file has now.

    Parameters
    ----------
    now, sources : mapping of str to Row
        The rows that the file of the layer, and that of the sources, have now, by id.
    edits : mapping of str to (Row or None, Row or None)
        By key, the row that the edit began with and the row that it made; None where there is none.
    state : State
        The edit, for what is not in its rows: new sources, and which source backs which place.
    """
    rows, left_out = dict(now), list[str]()
    for key, (before, after) in edits.items():
        there = now.get(key)
        if before is None:
            if after is not None and now.get(after.values["id"]) != after:  # else it stands there already
                rows[key] = after
        elif there is None:
            if after is not None:
                left_out.append(f"{key}: somebody else has removed it; left out is {_changes(before, after)}")
        elif after is None:
            if there == before:
                del rows[key]
            else:
                left_out.append(f"{key}: somebody else has changed it; it is not removed")
        else:
            rows[key], overlaps = _merged(before, after, there)
            left_out += [f"{key}: {overlap}" for overlap in overlaps]
    new, overlaps = _new_sources(sources, state)
    return Rebased(State(rows, new, state.backing), (*left_out, *overlaps))


def edits_of(draft: Draft) -> Edits:
    """Return the rows that a draft changes, by key: as they were in the file, and as they are now."""
    return dict(draft.changed())


def _merged(before: Row, after: Row, there: Row) -> tuple[Row, list[str]]:
    """Return a row with the changes of both, and in words what both changed: there the file's value stays."""
    overlaps: list[str] = []

    def chosen(name: str, old: Any, mine: Any, theirs: Any) -> Any:
        if mine in (old, theirs):
            return theirs
        if theirs == old:
            return mine
        if name == _GEOMETRY:
            overlaps.append(f"{name} was changed by somebody else too; yours, {_place(mine)}, is left out")
        else:
            overlaps.append(f"{name} is {theirs!r} by somebody else's change; yours, {mine!r}, is left out")
        return theirs

    values = {
        column: chosen(column, before.values.get(column), after.values.get(column), theirs)
        for column, theirs in there.values.items()
    }
    return Row(values, chosen(_GEOMETRY, before.geometry, after.geometry, there.geometry)), overlaps


def _new_sources(there: Mapping[str, Row], state: State) -> tuple[Mapping[str, Mapping[str, Any]], list[str]]:
    """Return the new sources that no source in the file has the id of, and in words those that are left out."""
    new = {id_: values for id_, values in state.sources.items() if id_ not in there}
    others = [
        f"sources {id_}: somebody else has added another one; yours, {dict(values)!r}, is left out"
        for id_, values in state.sources.items()
        if id_ in there and any(values.get(column) != value for column, value in there[id_].values.items())
    ]
    return new, others


def _changes(before: Row, after: Row) -> str:
    values = [f"{name} {value!r}" for name, value in after.values.items() if value != before.values.get(name)]
    return ", ".join([*values, *([_place(after.geometry)] if after.geometry != before.geometry else [])])


def _place(geometry: Any) -> str:
    return "; ".join(line for line in coordinates_text(geometry).splitlines() if line) or "none"

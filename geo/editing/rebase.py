"""An edit of one version of a file, made again on another version: what two people changed is never overwritten."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.editing.draft import Draft, Row, State

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
        In words, each part of the edit that somebody else's change stands against; theirs stays.
    """

    state: State
    left_out: tuple[str, ...]


def rebased(now: Mapping[str, Row], edits: Edits, state: State) -> Rebased:
    """Make edits again on the rows that a file has now.

    Parameters
    ----------
    now : mapping of str to Row
        The rows of the file by id.
    edits : mapping of str to (Row or None, Row or None)
        By key, the row that the edit began with and the row that it made; None where there is none.
    state : State
        The edit, for what is not in its rows: new sources, and which source backs which place.
    """
    rows, left_out = dict(now), list[str]()
    for key, (before, after) in edits.items():
        there = now.get(key)
        if before is None:
            if after is not None:
                rows[key] = after
        elif there is None:
            if after is not None:
                left_out.append(f"{key}: somebody else has removed it; your change to it is left out")
        elif after is None:
            if there == before:
                del rows[key]
            else:
                left_out.append(f"{key}: somebody else has changed it; it is not removed")
        else:
            rows[key], overlaps = _merged(before, after, there)
            left_out += [f"{key}: {overlap}" for overlap in overlaps]
    return Rebased(State(rows, state.sources, state.backing), tuple(left_out))


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
            overlaps.append(f"{name} was changed by somebody else too; theirs stays")
        else:
            overlaps.append(f"{name} is {theirs!r} by somebody else's change; yours, {mine!r}, is left out")
        return theirs

    values = {
        column: chosen(column, before.values.get(column), after.values.get(column), theirs)
        for column, theirs in there.values.items()
    }
    return Row(values, chosen(_GEOMETRY, before.geometry, after.geometry, there.geometry)), overlaps

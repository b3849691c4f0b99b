"""What keeps an edit from being saved: the rules of its files, and a source for every new place."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from geo.editing.changes import metres, moved_m
from geo.editing.draft import Draft, Row, rows_of
from geo.errors import Problem
from geo.inputs.layer_files import SOURCES
from geo.inputs.layers import Folder, Layer, layer_from_rows


@dataclass(frozen=True, slots=True)
class Judged:
    """An edit held against the rules.

    Attributes
    ----------
    layer, sources : Layer
        What the two files would hold; only sound if there are no problems.
    uncited : frozenset of str
        Ids of the sources that nothing would cite any more; they are not among `sources`.
    problems : tuple of Problem
        What is wrong, beside what was wrong with the folder before.
    """

    layer: Layer
    sources: Layer
    uncited: frozenset[str]
    problems: tuple[Problem, ...]


def judged(draft: Draft, folder: Folder) -> Judged:
    """Return what an edit would make of its files, and what is wrong with it.

    Parameters
    ----------
    draft : Draft
        The edit.
    folder : Folder
        The layers around it.
    """
    problems: list[Problem] = []
    layer = _edited(draft.layer, [(row.values, row.geometry) for row in draft.rows.values()], problems)
    former = folder.by_name[SOURCES]
    known = rows_of(former)
    no_longer = folder.cited_sources() - folder.cited_sources(layer) - draft.cited_sources
    # A file with faults of its own may cite anything.
    uncited = frozenset() if folder.problems else frozenset(known) & no_longer
    kept = [row.values for id_, row in known.items() if id_ not in uncited]
    sources = _edited(former, [(values, None) for values in [*kept, *draft.new_sources.values()]], problems)
    problems += _unsourced_places(draft)
    if not problems:
        faults = set(folder.reference_problems())
        problems += [fault for fault in folder.reference_problems(sources, layer) if fault not in faults]
    return Judged(layer, sources, uncited, tuple(problems))


def _edited(
    former: Layer, rows: Iterable[tuple[Mapping[str, Any], Mapping[str, Any] | None]], problems: list[Problem]
) -> Layer:
    """Return rows as another version of a layer, which still is a version of the same file."""
    members = former.collection.model_dump(mode="json") if former.collection else {}
    layer = layer_from_rows(former.spec, rows, members, problems)
    return Layer(layer.spec, layer.features, layer.collection, former.file)


def _unsourced_places(draft: Draft) -> Iterator[Problem]:
    """Yield a problem for each row that was moved without a source for where it is now."""
    for key, (before, after) in draft.changed():
        if before is None or after is None or before.geometry == after.geometry or after.geometry is None:
            continue
        cited = after.values.get("sources") or ()
        if not set(cited) - set(before.values.get("sources") or ()) and draft.state.backing.get(key) not in cited:
            yield Problem(
                draft.spec.file,
                f"feature {key!r}",
                "sources",
                f"{_what_happened(before, after)} without a source for it",
                "cite a source for the new place, or say which of those that it has gives it",
            )


def _what_happened(before: Row, after: Row) -> str:
    if before.geometry is None or after.geometry is None:
        return "given a place"
    return f"moved by {metres(moved_m(before.geometry, after.geometry))}"

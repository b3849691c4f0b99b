"""The map of layers with edits that are not saved yet."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from geo.editing.draft import rows_of
from geo.editing.session import Session
from geo.errors import DataError, Problem
from geo.inputs.layer_files import SOURCES
from geo.inputs.layers import Folder, Layer, Layers, layer_from_rows, read_folder
from geo.outputs.context import Build
from geo.outputs.map.reference_map import Map


def edited_map(
    folder: Path,
    sessions: Iterable[Session],
    as_of: date | None = None,
    *,
    incidents: Path | None = None,
    height: str = "720px",
) -> Map:
    """Return the map of a layers folder with edits that are not saved yet.

    Raises
    ------
    DataError
        With every problem of the files and of the edits.
    DayError
        If the map does not cover the day.
    """
    layers = edited_layers(read_folder(folder), [session for session in sessions if session.draft.is_changed])
    return Map(build=Build.of_layers(layers, as_of=as_of, incidents=incidents), height=height)


def edited_layers(there: Folder, sessions: Iterable[Session]) -> Layers:
    """Return layers with edits in place of what the files hold.

    Raises
    ------
    DataError
        With every problem of the files and of the edits.
    """
    problems: list[Problem] = list(there.problems)
    edited: list[Layer] = []
    added: dict[str, Any] = {}
    for session in sessions:
        result = session.judged()
        problems += result.problems
        edited.append(result.layer)
        added |= session.draft.new_sources
    cited = there.cited_sources(*edited)
    dropped = there.cited_sources() - cited
    sources = there.by_name[SOURCES]
    kept = [row.values for id_, row in rows_of(sources).items() if id_ not in dropped]
    edited.append(layer_from_rows(sources.spec, [(values, None) for values in [*kept, *added.values()]], {}, problems))
    if not problems:
        problems += there.reference_problems(*edited)
    if problems:
        raise DataError(list(dict.fromkeys(problems)))
    return there.layers(*edited)

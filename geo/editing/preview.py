"""The page of layers that are not saved yet, in a frame of its own inside the notebook."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from geo.editing.draft import rows_of
from geo.editing.session import Session
from geo.errors import DataError, Problem
from geo.inputs.features import Layer
from geo.inputs.frames import SOURCES
from geo.inputs.layers import Folder, Layers, layer_from_rows, read_folder
from geo.outputs.context import Build
from geo.outputs.document import asset, fill
from geo.outputs.incident_page import incidents_for_page
from geo.outputs.page import render_page

_FRAME = "preview.html"


def page_of(
    folder: Path, sessions: Iterable[Session], as_of: date | None = None, *, incidents: Path | None = None
) -> str:
    """Return the page of a layers folder with edits that are not saved yet.

    Raises
    ------
    DataError
        With every problem of the files and of the edits.
    DayError
        If the map does not cover the day.
    """
    layers = edited_layers(read_folder(folder), [session for session in sessions if session.draft.is_changed])
    own = incidents_for_page(incidents, layers) if incidents else None
    return render_page(replace(Build.of_layers(layers, as_of=as_of), incidents=own))


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


def shown(page: str, height_px: int) -> Any:
    """Return a page in a frame that can reach neither the notebook nor the network."""
    frame = fill(asset(_FRAME), {"page": escape(page), "height": str(height_px)})
    return widgets.HTML(frame, layout=widgets.Layout(width="100%"))

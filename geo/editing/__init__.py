"""The notebook editor: edit layers, and preview the map with the unsaved edits."""

from collections.abc import Iterable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import DataError, GeoError
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layer_files import SOURCES
from geo.inputs.layers import Folder, Layers, layer_from_rows, read_folder

if TYPE_CHECKING:
    from geo.editing.editor import Editor
    from geo.editing.session import Session
    from geo.outputs.map.reference_map import Map

_NEEDED = ("ipydatagrid", "ipyleaflet", "ipywidgets")


def edit_layer(name: str, *, folder: Path = LAYERS_DIR) -> "Editor":
    """Open a layer in an editor with a map, a table, a form, the changes and the problems.

    Parameters
    ----------
    name : str
        Name of the layer, as in the catalogue.
    folder : Path
        The layers folder.

    Returns
    -------
    Editor
        A widget; the same one as before if the layer is already open.

    Raises
    ------
    DataError
        If the file of the layer, or of the sources, has errors.
    GeoError
        If there is no such layer, or a package for notebooks is not installed.
    """
    _check_installed()
    from geo.editing.editor import open_editor

    return open_editor(name, folder)


def preview(
    *,
    as_of: date | str | None = None,
    folder: Path = LAYERS_DIR,
    incidents: Path | str | None = None,
    height: str = "720px",
) -> "Map":
    """Return the map with the unsaved edits of the open editors.

    Parameters
    ----------
    as_of : date or str, optional
        The day on which the map opens; by default, the opening day of the agreement.
    folder : Path
        The layers folder.
    incidents : Path or str, optional
        A table of your own incidents to show as well.
    height : str
        Height in the notebook.

    Returns
    -------
    Map
        A `folium.Map`, which the notebook displays, and to which layers can be added.

    Raises
    ------
    DataError
        With every problem of the layers and of the edits.
    DayError
        If the day is not a date, or the map does not cover it.
    GeoError
        If a package for notebooks is not installed.
    """
    _check_installed()
    from geo.editing.editor import OPEN
    from geo.inputs.dates import day_of
    from geo.outputs.context import Build
    from geo.outputs.map.reference_map import Map

    day = None if as_of is None else day_of(as_of)
    sessions = [editor.session for (place, _), editor in OPEN.items() if place == folder.resolve()]
    layers = edited_layers(read_folder(folder), [session for session in sessions if session.draft.is_changed])
    own = None if incidents is None else Path(incidents)
    return Map(build=Build.of_layers(layers, as_of=day, incidents=own), height=height)


def edited_layers(folder: Folder, sessions: Iterable["Session"]) -> Layers:
    """Return the layers of a folder with unsaved edits.

    Raises
    ------
    DataError
        With every problem of the files and of the edits.
    """
    problems = list(folder.problems)
    edited = []
    added: dict[str, Any] = {}
    for session in sessions:
        result = session.checked()
        problems += result.problems
        edited.append(result.layer)
        added |= session.draft.new_sources
    dropped = folder.cited_sources() - folder.cited_sources(*edited)
    stored = folder.by_name[SOURCES]
    kept = [row.properties.model_dump(mode="json") for row in stored.features if row.properties.id not in dropped]
    rows = ((values, None) for values in [*kept, *added.values()])
    edited.append(layer_from_rows(stored.spec, rows, {}, problems))
    if not problems:
        problems += folder.reference_problems(*edited)
    if problems:
        raise DataError(list(dict.fromkeys(problems)))
    return folder.layers(*edited)


def _check_installed() -> None:
    for package in _NEEDED:
        if find_spec(package) is None:
            raise GeoError(f"{package} is not installed: pip install 'idlib-m4-map[notebook]'")

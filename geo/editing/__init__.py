"""The notebook editor: edit layers, and preview the map with the unsaved edits."""

from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import GeoError
from geo.inputs.files import LAYERS_DIR

if TYPE_CHECKING:
    from geo.editing.editor import Editor
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
    from geo.editing.session import edited_layers
    from geo.inputs.dates import day_of
    from geo.inputs.layers import read_folder
    from geo.outputs.context import Build
    from geo.outputs.map.reference_map import Map

    day = None if as_of is None else day_of(as_of)
    drafts = [editor.session.draft for (place, _), editor in OPEN.items() if place == folder.resolve()]
    layers = edited_layers(read_folder(folder), *(draft for draft in drafts if draft.is_changed))
    own = None if incidents is None else Path(incidents)
    return Map(build=Build.of_layers(layers, as_of=day, incidents=own), height=height)


def _check_installed() -> None:
    for package in _NEEDED:
        if find_spec(package) is None:
            raise GeoError(f"{package} is not installed: pip install 'idlib-m4-map[notebook]'")

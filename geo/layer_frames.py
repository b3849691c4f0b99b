"""Layers as frames: those that the folder stores, and those that are computed from them."""

from pathlib import Path
from typing import TYPE_CHECKING

from geo.inputs.catalog import DerivedSpec
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layer_files import read_stored_layer
from geo.inputs.layers import catalogue_of, read_layers

if TYPE_CHECKING:
    import pandas as pd


def read_layer(name: str, *, folder: Path = LAYERS_DIR) -> "pd.DataFrame":
    """Return a layer as a frame, one row for each feature.

    Parameters
    ----------
    name : str
        Name of the layer, as in the catalogue: stored in the folder, such as ``observation_posts``, or computed from
        what is stored there, such as ``corridor`` or ``patrol_segments``.
    folder : Path
        The layers folder.

    Returns
    -------
    GeoDataFrame or DataFrame
        Columns as in ``layers/README.md``, or as in the published ``data/<name>.geojson`` of a computed layer; unknown
        values are None (``<NA>`` for numbers). A layer with geometries is a GeoDataFrame in EPSG:4326, lon, lat; this
        includes all computed layers. ``frame.attrs`` identifies the version of the file.

    Raises
    ------
    DataError
        With every problem of the file; of all files of the folder for a computed layer.
    GeometryError
        If a layer cannot be computed, because the carriageways are not one road.
    GeoError
        If there is no such layer; the message lists the known ones.

    Examples
    --------
    >>> corridor = geo.read_layer("corridor")
    >>> corridor[["side", "area_km2"]]
    """
    if name not in {spec.name for spec in catalogue_of(folder) if isinstance(spec, DerivedSpec)}:
        return read_stored_layer(name, folder=folder)
    from geo.history.derive import derive

    frame: pd.DataFrame = derive(read_layers(folder)).layers[name]
    return frame

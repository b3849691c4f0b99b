"""The road of a folder's agreement from OpenStreetMap; ``python -m geo.osm`` writes its snapshot.

Only this package uses the network. `ways` turns what `overpass` fetches or `extract` reads into the layer of the road;
`snapshot` judges it.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from geo.inputs.files import LAYERS_DIR
from geo.osm.overpass import fetch_motorways
from geo.osm.ways import read_road, road_layer

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["fetch_road"]

OVERPASS_URL = "https://overpass-api.de/api"
DEADLINE_S = 120.0


def fetch_road(
    overpass_url: str = OVERPASS_URL, *, layers_dir: Path = LAYERS_DIR, deadline_s: float = DEADLINE_S
) -> "gpd.GeoDataFrame":
    """Fetch the road of a folder's agreement from an Overpass server.

    Parameters
    ----------
    overpass_url : str
        Address of the interface, without ``/interpreter``.
    layers_dir : Path
        Folder of layers whose ``agreement.toml`` names the road.
    deadline_s : float
        The fetch ends after this many seconds, whatever the server does.

    Returns
    -------
    GeoDataFrame
        The ways in EPSG:4326, drawn in the direction of travel, with the columns of the road's layer. No file is
        written.

    Raises
    ------
    SnapshotError
        If there is no usable answer, or the road is not in it.
    DataError
        If the folder has no agreement, or it or ``places.geojson`` cannot be read.

    Examples
    --------
    >>> geo.osm.fetch_road().explore(m=m, name="OpenStreetMap today")
    """
    end = time.monotonic() + deadline_s
    road = read_road(layers_dir)
    return road_layer(fetch_motorways(overpass_url, road.area_deg, end=end), road)[0].frame

"""The metric CRS: an oblique Mercator along the road."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
import shapely
from pyproj import CRS, Proj
from shapely.geometry.base import BaseGeometry

from geo.geometry.geodesic import GEOD, Floats

# PROJ refuses an axis along a meridian, and one along the equator.
_REFUSED_DEG = (0.0, 90.0, 180.0)
_NEAR_DEG = 1e-3

G = TypeVar("G", bound=BaseGeometry)


@dataclass(frozen=True)
class Projection:
    """An oblique Mercator: conformal, in metres, true to scale along its axis.

    Attributes
    ----------
    crs : pyproj.CRS
        The projected CRS; x and y in metres, pointing east and north at its centre.
    """

    crs: CRS

    @cached_property
    def _proj(self) -> Proj:
        return Proj(self.crs)

    def to_metres(self, geometry: G) -> G:
        """Transform a geometry from lon, lat degrees to metres of this projection."""
        return shapely.transform(geometry, self.forward)

    def to_degrees(self, geometry: G) -> G:
        """Transform a geometry from metres of this projection to lon, lat degrees."""
        return shapely.transform(geometry, self.inverse)

    def forward(self, positions: Floats) -> Floats:
        """Transform positions, an (n, 2) array, from lon, lat degrees to metres of this projection."""
        return np.column_stack(self._proj(positions[:, 0], positions[:, 1]))

    def inverse(self, positions: Floats) -> Floats:
        """Transform positions, an (n, 2) array, from metres of this projection to lon, lat degrees."""
        return np.column_stack(self._proj(positions[:, 0], positions[:, 1], inverse=True))

    def scale(self, positions: Floats) -> Floats:
        """Return the scale factor at positions given in lon, lat degrees."""
        if not len(positions):
            return np.empty(0)  # pyproj does not accept empty arrays
        return np.asarray(self._proj.get_factors(positions[:, 0], positions[:, 1]).meridional_scale)


@lru_cache(maxsize=16)
def oblique_mercator(geometry: BaseGeometry) -> Projection:
    """Return the projection whose axis follows a geometry.

    Parameters
    ----------
    geometry : shapely geometry
        The road, or all of its carriageways, in lon, lat degrees (EPSG:4326).

    Returns
    -------
    Projection
        Its scale is balanced: the excess at the vertex farthest from the axis equals the deficit on the axis.
    """
    lon, lat = shapely.get_coordinates(geometry).T
    centre_lon, centre_lat = (lon.min() + lon.max()) / 2, (lat.min() + lat.max()) / 2
    azimuth_deg = _principal_azimuth_deg(lon, lat, centre_lon, centre_lat)
    axis = f"+proj=omerc +lat_0={centre_lat:.9f} +lonc={centre_lon:.9f} +alpha={azimuth_deg:.9f} +ellps=WGS84 +units=m"
    scale = np.asarray(Proj(axis).get_factors(lon, lat).meridional_scale)
    return Projection(CRS.from_proj4(f"{axis} +k_0={2 / (scale.min() + scale.max()):.12f}"))


def _principal_azimuth_deg(lon: Floats, lat: Floats, centre_lon: float, centre_lat: float) -> float:
    """Return the bearing from the centre along which the vertices spread most, in (0, 180)."""
    centre = np.full_like(lon, centre_lon), np.full_like(lat, centre_lat)
    azimuth_deg, _, distance_m = GEOD.inv(*centre, lon, lat)
    bearing = np.radians(azimuth_deg)
    spread = np.cov(distance_m * np.sin(bearing), distance_m * np.cos(bearing))
    east, north = np.linalg.eigh(spread).eigenvectors[:, -1]
    azimuth = float(np.degrees(np.arctan2(east, north))) % 180
    return azimuth + 2 * _NEAR_DEG if any(abs(azimuth - refused) < _NEAR_DEG for refused in _REFUSED_DEG) else azimuth

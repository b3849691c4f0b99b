"""What every map of the figures draws: the features of each layer on a day, in metres of one projected CRS."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from geo.geometry.projection import oblique_mercator
from geo.history.uncertainty import band_of
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.outputs.context import Build
from geo.outputs.on_day import Shown, shown_on
from geo.outputs.style import Kind, Symbol, kind_of

# Edges straight in lon, lat are cut at this length before they are projected, so that they stay where they are.
_STRAIGHT_DEG = 0.05
# A fortieth of a millimetre on paper: positions are rounded, so that the last bit of a computation is not drawn.
_GRID_M = 1.0
_BAND_TOLERANCE_M = 20.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """The features of one class of a layer, as they are drawn.

    Attributes
    ----------
    spec : LayerSpec or DerivedSpec
        The layer.
    class_, symbol : str, Symbol
        The class, and how it is drawn.
    is_strong : bool
        Whether the features happened on the day.
    kind : str
        ``area``, ``line`` or ``point``.
    features : GeoDataFrame
        In metres, with columns ``number`` (inside the marker; 0 for none), ``row`` (the columns of the layer),
        ``band`` (the area in which a line may be; None if it is not known) and ``radius_m`` (how far from its
        position a point may be; 0 if it is not known).
    """

    spec: LayerSpec | DerivedSpec
    class_: str
    symbol: Symbol
    is_strong: bool
    kind: Kind
    features: gpd.GeoDataFrame

    @property
    def is_ground(self) -> bool:
        """Whether these are ground, below everything else, which the legend leaves out; borders of states are not."""
        return self.spec.is_ground and self.class_ != "border"


class DayFeatures:
    """The features of the layers of a build on a day; each layer is projected once for all figures.

    An oblique Mercator along the road is true to scale within 0.01 % all over the maps, so that one scale bar is
    right everywhere; in Web Mercator it would be wrong by a quarter.

    Attributes
    ----------
    build : Build
        The build.
    crs : pyproj.CRS
        The projected CRS, in metres.
    """

    def __init__(self, build: Build) -> None:
        self.build = build
        self.crs = oblique_mercator(build.frame("centreline").geometry.iloc[0]).crs
        self._found: dict[tuple[str, date], list[Drawn]] = {}

    def on(self, spec: LayerSpec | DerivedSpec, day: date) -> list[Drawn]:
        """Return the features of a layer on a day, class by class, in drawing order."""
        key = spec.name, day
        if key not in self._found:
            shown = shown_on(spec, self.build, day)
            classes = groupby(shown, key=lambda one: (one.class_, one.is_strong, kind_of(one.geometry)))
            self._found[key] = [
                Drawn(spec, class_, own[0].symbol, is_strong, kind, self._frame(own, kind))
                for (class_, is_strong, kind), own in ((key, list(shown)) for key, shown in classes)
            ]
        return self._found[key]

    def metres(self, degrees: gpd.GeoSeries) -> gpd.GeoSeries:
        """Return geometries given in lon, lat degrees in `crs`, rounded to whole metres."""
        projected = degrees.segmentize(_STRAIGHT_DEG).to_crs(self.crs)
        return projected.set_precision(_GRID_M, mode="pointwise")

    def _frame(self, shown: list[Shown], kind: Kind) -> gpd.GeoDataFrame:
        degrees = gpd.GeoSeries([one.geometry for one in shown], crs="EPSG:4326")
        rows = [one.properties for one in shown]
        # A band has a radius for each vertex of the layer.
        bands = [
            band_m(row, line) if one.symbol.banded else None
            for one, row, line in zip(shown, rows, degrees.to_crs(self.crs), strict=True)
        ]
        radii_m = [float(row.get("precision_m") or 0) if kind == "point" else 0.0 for row in rows]
        columns = {"number": [one.number or 0 for one in shown], "row": rows, "band": bands, "radius_m": radii_m}
        return gpd.GeoDataFrame(columns, geometry=self.metres(degrees))


def cited_by(drawn: Iterable[Drawn]) -> list[Mapping[str, Any]]:
    """Return the rows of what is drawn, without the ground, whose sources the credits name."""
    return [row for one in drawn if not one.spec.is_ground for row in one.features["row"]]


def band_m(row: Mapping[str, Any], line: BaseGeometry) -> BaseGeometry | None:
    """Return the area in which a line given in metres may be; None if it is exact, or not a single line."""
    radii_m = row.get("vertex_precision_m") or row.get("precision_m")
    if not radii_m or not isinstance(line, LineString):
        return None
    vertices = [tuple(vertex) for vertex in shapely.get_coordinates(line)]
    radii = radii_m if isinstance(radii_m, list) else [radii_m] * len(vertices)
    return band_of(vertices, [float(radius) for radius in radii], tolerance=_BAND_TOLERANCE_M)

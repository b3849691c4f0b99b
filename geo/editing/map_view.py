"""The map of the editor: the other layers for reference, the edited one to pick from, and what is picked to draw."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from math import floor, log2
from typing import Any

import ipyleaflet
import ipywidgets as widgets
import numpy as np
import shapely
from shapely.geometry import mapping, shape

from geo.editing.draft import Row, canonical
from geo.editing.fields import text_line
from geo.editing.session import Session
from geo.editing.symbols import PICKED, path_options, symbol_of
from geo.errors import GeoError
from geo.geometry.geodesic import moved
from geo.history.derive import derive
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.frames import json_rows
from geo.inputs.geojson import AreaDeg
from geo.inputs.layers import Folder

HEIGHT = "520px"
# Layers of so many features are too many for orientation.
_MOST_FOR_REFERENCE = 500
_REFERENCE_TOLERANCE_DEG = 2e-4
_NEAREST_ZOOM, _FARTHEST_ZOOM, _POINT_ZOOM = 15, 7, 12
_MAP_PX = 520
_TILE_PX = 256
_CIRCLE_STEPS = 72
# What Geoman calls the tools that draw and the modes that change each kind of geometry.
_DRAW = {"Point": "draw:CircleMarker", "LineString": "draw:Line", "Polygon": "draw:Polygon"}
_CHANGE = {"Point": "drag", "LineString": "edit", "Polygon": "edit"}
_PATH = {"pathOptions": {name: value for name, value in PICKED.items() if name != "radius"}, "continueDrawing": False}


class MapView:
    """The edited layer on a map that makes no network requests.

    Parameters
    ----------
    session : Session
        The edit.
    on_pick : callable
        Called with the key of a clicked feature.
    on_place : callable
        Called with the key and the geometry (GeoJSON, lon, lat) of the selected feature after it was moved.
    on_draw : callable
        Called with the geometry of a new feature.

    Attributes
    ----------
    widget : ipyleaflet.Map
        What is shown.
    """

    def __init__(
        self,
        session: Session,
        on_pick: Callable[[str], None],
        on_place: Callable[[str, Mapping[str, Any]], None],
        on_draw: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._session, self._on_place, self._on_draw = session, on_place, on_draw
        self._picked = ""
        self._is_showing = False
        self._others = ipyleaflet.GeoJSON(
            data=_collection([]), point_style={"radius": 6}, hover_style={"weight": 4}, name=session.spec.title
        )
        self._others.on_click(lambda properties, **_: on_pick(properties["key"]))
        self._others.on_hover(lambda properties, **_: self._tell(properties["name"]))
        self._uncertainty = ipyleaflet.GeoJSON(
            data=_collection([]),
            style={"color": PICKED["color"], "weight": 1, "dashArray": "2 4", "fill": False, "interactive": False},
            name="Where it may truly lie",
        )
        self._control = ipyleaflet.GeomanDrawControl(
            data=[],
            hide_controls=True,
            circlemarker=_PATH,
            polyline=_PATH,
            polygon=_PATH,
            marker={},
            position="topleft",
        )
        self._control.observe(lambda change: self._drawn(change["new"]), "data")
        self._name = text_line()  # a label would set what stands between dollar signs as a formula
        self._name.layout = widgets.Layout(display="none", padding="0 6px")
        self.widget = ipyleaflet.Map(
            layers=(*_reference(session), self._others, self._uncertainty),
            controls=(
                ipyleaflet.ZoomControl(),
                ipyleaflet.ScaleControl(position="bottomleft", imperial=False),
                ipyleaflet.LayersControl(position="topright"),
                ipyleaflet.WidgetControl(widget=self._name, position="bottomright"),
                self._control,
            ),
            center=_middle(session.spec.area_deg),
            zoom=_FARTHEST_ZOOM + 1,
            min_zoom=_FARTHEST_ZOOM - 1,
            max_zoom=18,
            scroll_wheel_zoom=True,
            zoom_control=False,
            keyboard=False,  # else a press on the map focuses it, the notebook scrolls, and the map slips under a drag
            attribution_control=False,
            layout=widgets.Layout(height=HEIGHT, width="100%"),
        )

    def draw(self, kind: str) -> None:
        """Start drawing a new feature."""
        self._control.current_mode = None
        self._control.current_mode = _DRAW[kind]

    def show(self, key: str) -> None:
        """Show the draft as it is, with one row picked; look at that row if it is another one."""
        rows = self._session.draft.rows
        row = rows.get(key)
        is_another, self._picked = key != self._picked, key
        others = _collection(_feature(self._session, other, rows[other]) for other in rows if other != key)
        picked = [] if row is None or row.geometry is None else [_picked_feature(key, row)]
        self._is_showing = True
        try:
            if self._others.data != others:
                self._others.data = others
            if not _is_same(self._control.data, picked):
                self._control.data = picked
            self._uncertainty.data = _collection(_circle(row))
            if picked:
                self._control.current_mode = _CHANGE[picked[0]["geometry"]["type"]]
        finally:
            self._is_showing = False
        if row is not None and is_another:
            self._look_at(row)

    def _drawn(self, features: list[dict[str, Any]]) -> None:
        """Take over what was drawn: of the tool's features only the key and the coordinates count."""
        if self._is_showing:
            return
        for feature in features:
            key, geometry = (feature.get("properties") or {}).get("key"), feature["geometry"]
            if key is None:
                self._on_draw(geometry)
            elif key == self._picked and canonical(geometry) != self._session.draft.rows[key].geometry:
                self._on_place(key, geometry)

    def _tell(self, name: str) -> None:
        self._name.value = escape(name)
        self._name.layout.display = "" if name else "none"

    def _look_at(self, row: Row) -> None:
        self._tell(_name(row))
        if row.geometry is None:
            return
        west, south, east, north = shape(dict(row.geometry)).bounds
        self.widget.center = ((south + north) / 2, (west + east) / 2)
        span = max(east - west, north - south)
        if span:
            nearest = floor(log2(360 * _MAP_PX / _TILE_PX / span / 1.5))
            self.widget.zoom = max(_FARTHEST_ZOOM, min(_NEAREST_ZOOM, nearest))
        else:
            self.widget.zoom = max(self.widget.zoom, _POINT_ZOOM)


def _middle(area_deg: AreaDeg) -> tuple[float, float]:
    """Return the lat, lon that the map shows while nothing is picked."""
    west, south, east, north = area_deg
    return (south + north) / 2, (west + east) / 2


def _reference(session: Session) -> Iterator[Any]:
    """Yield the other layers, the computed ones among them, so that they cannot be changed."""
    derived = _derived(session.around)
    for spec in session.around.catalogue:
        if spec.style is None or spec.name == session.spec.name:
            continue
        rows = _rows(spec, session.around, derived)
        if 0 < len(rows) <= _MOST_FOR_REFERENCE:
            style = spec.style
            yield ipyleaflet.GeoJSON(
                data=_collection(
                    _geojson(
                        geometry.simplify(_REFERENCE_TOLERANCE_DEG),
                        style=path_options(symbol_of(style, values), is_reference=True),
                    )
                    for values, geometry in rows
                ),
                point_style={"radius": 3},
                name=spec.title,
            )


def _derived(around: Folder) -> Any:
    """Return what can be computed from the layers; nothing while they have faults."""
    if around.problems:
        return None
    try:
        return derive(around.layers())
    except GeoError:
        return None


def _rows(spec: LayerSpec | DerivedSpec, around: Folder, derived: Any) -> list[tuple[Mapping[str, Any], Any]]:
    if isinstance(spec, DerivedSpec) and derived is None:
        return []
    frame = around.by_name[spec.name].frame if isinstance(spec, LayerSpec) else derived.layers[spec.name]
    placed = frame[frame.geometry.notna()]
    return list(zip(json_rows(placed), placed.geometry, strict=True))


def _feature(session: Session, key: str, row: Row) -> dict[str, Any] | None:
    if row.geometry is None or session.spec.style is None:
        return None
    style = path_options(symbol_of(session.spec.style, row.values), is_reference=False)
    return _plain(row.geometry, key=key, name=_name(row), style=style)


def _picked_feature(key: str, row: Row) -> dict[str, Any]:
    geometry = dict(row.geometry or {})
    kind = {"type": "circlemarker", "options": PICKED} if geometry["type"] == "Point" else {}
    return _plain(geometry, key=key, style=PICKED, **kind)


def _plain(geometry: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": dict(geometry)}


def _geojson(geometry: Any, **properties: Any) -> dict[str, Any]:
    return _plain({"type": geometry.geom_type, "coordinates": mapping(geometry)["coordinates"]}, **properties)


def _collection(features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": [feature for feature in features if feature]}


def _is_same(shown: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> bool:
    """Return whether the tool shows the same features at the same places; what else it writes into them is its own."""

    def essence(features: list[dict[str, Any]]) -> list[Any]:
        return [(each["properties"].get("key"), canonical(each["geometry"])) for each in features]

    return essence(shown) == essence(wanted)


def _circle(row: Row | None) -> Iterator[dict[str, Any]]:
    """Yield the circle of a point's precision, if it is known."""
    radius_m = row.values.get("precision_m") if row else None
    if row is None or row.geometry is None or row.geometry["type"] != "Point" or not isinstance(radius_m, int):
        return
    bearings = np.linspace(0, 360, _CIRCLE_STEPS + 1)
    centre = np.repeat(shapely.get_coordinates(shape(dict(row.geometry))), len(bearings), axis=0)
    ring = moved(centre, bearings, np.full(len(bearings), float(radius_m)))
    yield _plain({"type": "LineString", "coordinates": ring.tolist()})


def _name(row: Row) -> str:
    return str(row.values.get("name_en") or row.values["id"])

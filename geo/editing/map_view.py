"""The map of the editor: other layers for orientation, the edited layer, and its selected row, which can be moved."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import floor, log2
from typing import Any

import ipyleaflet
import ipywidgets as widgets
from shapely.geometry import shape

from geo.editing.draft import Geometry, Row, canonical
from geo.editing.form import show_text, text_line
from geo.editing.session import Session
from geo.errors import GeoError
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.layers import Folder
from geo.outputs.context import Build
from geo.outputs.style import CASING, Symbol, style_of

# The selected feature has a colour that no symbol of the catalogue has.
SELECTED = {"color": "#d6006c", "weight": 3, "fillColor": "#d6006c", "fillOpacity": 0.12, "opacity": 1, "radius": 8}
_FAINT = 0.55
_HATCHED = 0.1  # a light fill instead of hatching, which a Leaflet path does not have
_UNCLASSED = Symbol(stroke=CASING, fill="#4d473d", radius=6)
_HEIGHT_PX, _TILE_PX = 520, 256
# Layers with more features are too dense for orientation.
_MOST_FEATURES = 500
_TOLERANCE_DEG = 2e-4
_NEAREST_ZOOM, _FARTHEST_ZOOM, _POINT_ZOOM = 15, 7, 12
# Geoman's names of its modes.
_DRAW = {"Point": "draw:CircleMarker", "LineString": "draw:Line", "Polygon": "draw:Polygon"}
_EDIT = {"Point": "drag", "LineString": "edit", "Polygon": "edit"}
_TOOL = {"pathOptions": {name: value for name, value in SELECTED.items() if name != "radius"}, "continueDrawing": False}


class MapView:
    """The edited layer on a map that makes no network requests.

    Parameters
    ----------
    session : Session
        The edit.
    on_select : callable
        Called with the key of a clicked feature.
    on_draw : callable
        Called with the geometry of a new feature (GeoJSON, lon, lat).

    Attributes
    ----------
    widget : ipyleaflet.Map
        The map.
    """

    def __init__(self, session: Session, on_select: Callable[[str], None], on_draw: Callable[[Geometry], None]) -> None:
        self._session, self._on_draw = session, on_draw
        self._selected = ""
        self._name = text_line()
        self._is_showing = False
        self._others = ipyleaflet.GeoJSON(
            data=_collection([]), point_style={"radius": 6}, hover_style={"weight": 4}, name=session.spec.title
        )
        self._others.on_click(lambda properties, **_: on_select(properties["key"]))
        self._others.on_hover(lambda properties, **_: show_text(self._name, properties["name"]))
        self._uncertainty = ipyleaflet.LayerGroup(name="Uncertainty of the position")
        self._tool = ipyleaflet.GeomanDrawControl(
            data=[], hide_controls=True, marker={}, circlemarker=_TOOL, polyline=_TOOL, polygon=_TOOL
        )
        self._tool.observe(lambda change: self._take_over(change["new"]), "data")
        west, south, east, north = session.spec.area_deg
        self.widget = ipyleaflet.Map(
            layers=(*_orientation(session), self._others, self._uncertainty),
            controls=(
                ipyleaflet.ZoomControl(),
                ipyleaflet.ScaleControl(position="bottomleft", imperial=False),
                ipyleaflet.LayersControl(position="topright"),
                ipyleaflet.WidgetControl(widget=self._name, position="bottomright"),
                self._tool,
            ),
            center=((south + north) / 2, (west + east) / 2),
            zoom=_FARTHEST_ZOOM + 1,
            min_zoom=_FARTHEST_ZOOM - 1,
            max_zoom=18,
            scroll_wheel_zoom=True,
            zoom_control=False,
            keyboard=False,  # a focused map would scroll the notebook during a drag
            attribution_control=False,
            layout=widgets.Layout(height=f"{_HEIGHT_PX}px", width="100%"),
        )

    def draw(self, kind: str) -> None:
        """Start drawing a new feature of a geometry type."""
        self._tool.current_mode = None
        self._tool.current_mode = _DRAW[kind]

    def show(self, key: str) -> None:
        """Show the draft with one row selected, and move the view to that row if it is another one."""
        rows = self._session.draft.rows
        row = rows.get(key)
        is_another, self._selected = key != self._selected, key
        others = _collection(_feature(self._session, other, rows[other]) for other in rows if other != key)
        selected = [] if row is None or row.geometry is None else [_selected_feature(key, row.geometry)]
        self._is_showing = True
        try:
            if self._others.data != others:
                self._others.data = others
            if _places(self._tool.data) != _places(selected):
                self._tool.data = selected
            self._uncertainty.layers = tuple(_circle(row))
            if selected:
                self._tool.current_mode = _EDIT[selected[0]["geometry"]["type"].removeprefix("Multi")]
        finally:
            self._is_showing = False
        if row is not None and is_another:
            self._look_at(row)

    def _take_over(self, features: Iterable[Mapping[str, Any]]) -> None:
        """Read what was drawn or moved; only the key and the coordinates of a feature count."""
        if self._is_showing:
            return
        for key, geometry in _places(features):
            if key is None:
                self._on_draw(geometry)
            elif key == self._selected:
                self._session.draft.place(key, geometry)

    def _look_at(self, row: Row) -> None:
        show_text(self._name, _name(row))
        if row.geometry is None:
            return
        west, south, east, north = shape(row.geometry).bounds
        self.widget.center = ((south + north) / 2, (west + east) / 2)
        span_deg = max(east - west, north - south)
        if span_deg:
            fitting = floor(log2(360 * _HEIGHT_PX / _TILE_PX / span_deg / 1.5))
            self.widget.zoom = max(_FARTHEST_ZOOM, min(_NEAREST_ZOOM, fitting))
        else:
            self.widget.zoom = max(self.widget.zoom, _POINT_ZOOM)


def path_options(spec: LayerSpec | DerivedSpec, values: Mapping[str, Any], *, is_reference: bool) -> dict[str, Any]:
    """Return the symbol of a feature as options of a Leaflet path.

    Parameters
    ----------
    spec : LayerSpec or DerivedSpec
        The layer; a class that depends on the date gets a neutral symbol.
    values : mapping
        Values of the feature.
    is_reference : bool
        Whether it is only for orientation: fainter, and not clickable.
    """
    symbol = style_of(spec).symbols.get(str(values.get(spec.by, "")), _UNCLASSED)
    opacity = _FAINT if is_reference else 1.0
    return {
        "stroke": bool(symbol.stroke),
        "color": symbol.stroke or symbol.fill,
        "weight": symbol.weight,
        "dashArray": symbol.dash or None,
        "opacity": opacity,
        "fill": bool(symbol.fill),
        "fillColor": symbol.fill,
        "fillOpacity": (_HATCHED if symbol.hatch else symbol.fill_opacity) * opacity if symbol.fill else 0,
        "radius": symbol.radius,
        "interactive": not is_reference,
    }


def _orientation(session: Session) -> Iterator[Any]:
    """Yield the other layers of the folder, including computed ones, which cannot be edited here."""
    build = _build(session.around)
    for spec in session.around.catalogue:
        if not spec.classes or spec.name == session.spec.name:
            continue
        if build is not None:
            frame = build.frame(spec.name)
        elif isinstance(spec, LayerSpec):
            frame = session.around.by_name[spec.name].frame
        else:
            continue
        placed = frame[frame.geometry.notna()]
        if 0 < len(placed) <= _MOST_FEATURES:
            yield _reference_layer(placed, spec)


def _reference_layer(frame: Any, spec: LayerSpec | DerivedSpec) -> Any:
    """Return rows as a layer of the map, with only the column that its style needs."""
    shown = frame[[spec.by, "geometry"] if spec.by in frame else ["geometry"]]
    features = shown.set_geometry(shown.simplify(_TOLERANCE_DEG)).to_geo_dict(drop_id=True)["features"]
    for feature in features:
        feature["properties"] = {"style": path_options(spec, feature["properties"], is_reference=True)}
    return ipyleaflet.GeoJSON(data=_collection(features), point_style={"radius": 3}, name=spec.title)


def _build(around: Folder) -> Build | None:
    """Return the layers with everything computed from them; None if they have errors."""
    try:
        return None if around.problems else Build.of_layers(around.layers())
    except GeoError:
        return None


def _collection(features: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": [feature for feature in features if feature]}


def _feature(session: Session, key: str, row: Row) -> dict[str, Any] | None:
    if row.geometry is None or not session.spec.classes:
        return None
    style = path_options(session.spec, row.values, is_reference=False)
    return _geojson(row.geometry, key=key, name=_name(row), style=style)


def _selected_feature(key: str, geometry: Geometry) -> dict[str, Any]:
    tool = {"type": "circlemarker", "options": SELECTED} if geometry["type"] == "Point" else {}
    return _geojson(geometry, key=key, style=SELECTED, **tool)


def _geojson(geometry: Geometry, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": dict(geometry)}


def _places(features: Iterable[Mapping[str, Any]]) -> list[tuple[str | None, Any]]:
    """Return key and geometry of each feature of the drawing tool, which adds members of its own to them."""
    return [((each.get("properties") or {}).get("key"), canonical(each["geometry"])) for each in features]


def _circle(row: Row | None) -> Iterator[Any]:
    """Yield the circle of a point's precision, if it is known."""
    radius_m = row.values.get("precision_m") if row else None
    if row and row.geometry and row.geometry["type"] == "Point" and isinstance(radius_m, int):
        lon, lat = row.geometry["coordinates"]
        outline = {"color": SELECTED["color"], "weight": 1, "dash_array": "2 4", "fill": False}
        yield ipyleaflet.Circle(location=(lat, lon), radius=radius_m, **outline)


def _name(row: Row) -> str:
    return str(row.values.get("name_en") or row.values["id"])

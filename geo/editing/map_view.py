"""The map of the editor: the ground, other layers and the edited one as on a day, and the selected row to move."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import floor, log2
from typing import Any

import ipyleaflet
import ipywidgets as widgets
import numpy as np
from shapely.geometry import box, shape

from geo.editing import background, names
from geo.editing.background import Background
from geo.editing.draft import Geometry, Row, canonical
from geo.editing.drawn import Dated, collection, edited_feature, geojson, other_features
from geo.editing.form import show_text, text_line
from geo.editing.names import Name, Names, Point, background_names, names_of, pixels
from geo.editing.session import Session
from geo.inputs.dates import day_of
from geo.outputs.style import ink_of, style_of

# The selected feature has a colour that no symbol of the catalogue has.
SELECTED = {"color": "#d6006c", "weight": 3, "fillColor": "#d6006c", "fillOpacity": 0.12, "opacity": 1, "radius": 8}
# The same on a day on which it does not exist.
ABSENT = {**SELECTED, "opacity": 0.45, "fillOpacity": 0.04, "dashArray": "3 4"}
# The size for which a view is chosen; the map may be wider.
_SIZE_PX, _MARGIN = (520, 520), 1.1
_NEAREST_ZOOM, _FARTHEST_ZOOM, _POINT_ZOOM = 15, 7, 12
# Geoman's names of its modes.
_DRAW = {"Point": "draw:CircleMarker", "LineString": "draw:Line", "Polygon": "draw:Polygon"}
_EDIT = {"Point": "drag", "LineString": "edit", "Polygon": "edit"}
_TOOL = {"pathOptions": {name: value for name, value in SELECTED.items() if name != "radius"}, "continueDrawing": False}


class MapView:
    """The edited layer on a map that makes no network requests before tiles are chosen.

    Parameters
    ----------
    session : Session
        The edit.
    on_select : callable
        Called with the key of a clicked feature.
    on_draw : callable
        Called with the geometry of a new feature (GeoJSON, lon, lat).
    on_day : callable
        Called when another day is chosen; it calls `show`.

    Attributes
    ----------
    widget : ipyleaflet.Map
        The map.
    controls : Widget
        The choice of the day and of tiles.
    legend : Widget
        The classes of the edited layer, with the number of features on the day.
    """

    def __init__(
        self,
        session: Session,
        on_select: Callable[[str], None],
        on_draw: Callable[[Geometry], None],
        on_day: Callable[[], None],
    ) -> None:
        self._session, self._on_draw, self._on_day = session, on_draw, on_day
        self._selected, self._selected_style = "", SELECTED
        self._name = text_line()
        self._is_showing = False
        self._around_names: list[Name] = []
        self._own_names: list[Name] = []
        self._points: list[Point] = []
        self._date, self._all = _day_inputs(session)
        self._around = other_features(session.around)
        self._around.pop(session.spec.name, None)
        self._fixed_names = list(background_names(session.around, session.spec.name))
        self._names = Names()
        self._layers = {
            name: self._layer(features[0].spec.title) for name, features in self._around.items() if features
        }
        self._others = self._layer(session.spec.title, hover_style={"weight": 4})
        self._others.on_click(lambda properties, **_: on_select(properties["key"]))
        self._uncertainty = ipyleaflet.LayerGroup(name="Uncertainty of the position")
        self._tool = ipyleaflet.GeomanDrawControl(
            data=[], hide_controls=True, marker={}, circlemarker=_TOOL, polyline=_TOOL, polygon=_TOOL
        )
        self._tool.observe(lambda change: self._take_over(change["new"]), "data")
        self._background = Background(session.around, session.spec.name, self._look_around)
        center, zoom = _view_of(_extent(session))
        self.widget = ipyleaflet.Map(
            layers=(
                *self._background.layers,
                *self._layers.values(),
                self._others,
                self._uncertainty,
                self._names.layer,
            ),
            controls=(
                ipyleaflet.ZoomControl(),
                ipyleaflet.ScaleControl(position="bottomleft", imperial=False),
                ipyleaflet.LayersControl(position="topright"),
                ipyleaflet.WidgetControl(widget=self._name, position="bottomright"),
                self._tool,
            ),
            panes={**background.PANES, **names.PANES},
            center=center,
            zoom=zoom,
            min_zoom=_FARTHEST_ZOOM - 1,
            max_zoom=18,
            scroll_wheel_zoom=True,
            zoom_control=False,
            keyboard=False,  # a focused map would scroll the notebook during a drag
            attribution_control=False,
            layout=widgets.Layout(height=f"{_SIZE_PX[1]}px", width="100%"),
        )
        self.controls = widgets.HBox(
            [self._date, self._all, *self._background.widgets], layout=widgets.Layout(flex_flow="row wrap")
        )
        self.legend = widgets.VBox()
        self._show_around()
        self._date.observe(lambda _: self._change_day(), "value")
        self._all.observe(lambda _: self._change_day(), "value")
        self.widget.observe(lambda _: self._look_around(), ["center", "zoom"])

    def draw(self, kind: str) -> None:
        """Start drawing a new feature of a geometry type."""
        self._tool.current_mode = None
        self._tool.current_mode = _DRAW[kind]

    def show(self, key: str) -> None:
        """Show the draft with one row selected, and move the view to that row if it is another one."""
        rows, day = self._session.draft.rows, self._date.value
        row = rows.get(key)
        is_another, self._selected = key != self._selected, key
        drawn = {other: one for other in rows if (one := edited_feature(self._session.spec, rows[other]))}
        shown = {other: one for other, one in drawn.items() if other == key or self._all.value or one.is_on(day)}
        others = [one.feature(day, is_reference=False, key=other) for other, one in shown.items() if other != key]
        style = ABSENT if self.remark(key) else SELECTED
        selected = [] if row is None or row.geometry is None else [_selected_feature(key, row.geometry, style)]
        self._is_showing = True
        try:
            if self._others.data != collection(others):
                self._others.data = collection(others)
            if _places(self._tool.data) != _places(selected) or self._selected_style != style:
                self._tool.data = selected
            self._selected_style = style
            self._uncertainty.layers = tuple(_circle(row))
            if selected:
                self._tool.current_mode = _EDIT[selected[0]["geometry"]["type"].removeprefix("Multi")]
        finally:
            self._is_showing = False
        self._own_names = list(names_of(shown.values(), day))
        places = (one.geometry for one in shown.values())
        self._points = [tuple(place["coordinates"]) for place in places if place["type"] == "Point"]
        self._show_legend(drawn.values())
        if row is not None and is_another:
            self._look_at(row)
        self._look_around()

    def remark(self, key: str) -> str:
        """Return why a row is drawn faint; empty if it is not."""
        row = self._session.draft.rows.get(key)
        one = edited_feature(self._session.spec, row) if row else None
        return (
            "" if one is None or one.is_on(self._date.value) else f"Not on the map on {self._date.value}: drawn faint."
        )

    def _layer(self, title: str, **options: Any) -> Any:
        layer = ipyleaflet.GeoJSON(data=collection([]), point_style={"radius": 6}, name=title, **options)
        layer.on_hover(lambda properties, **_: show_text(self._name, properties["about"]))
        return layer

    def _change_day(self) -> None:
        self._show_around()
        self._on_day()

    def _show_around(self) -> None:
        """Show the other layers as on the day."""
        day = self._date.value
        shown = {
            name: [one for one in self._around[name] if self._all.value or one.is_on(day)] for name in self._layers
        }
        for name, layer in self._layers.items():
            data = collection(one.feature(day, is_reference=True) for one in shown[name])
            if layer.data != data:
                layer.data = data
        self._around_names = [name for features in shown.values() for name in names_of(features, day)]

    def _show_legend(self, drawn: Iterable[Dated]) -> None:
        day, spec = self._date.value, self._session.spec
        on_day = [one.class_on(day) for one in drawn if one.is_on(day)]
        when = "" if day is None else f" on {day}"
        lines: list[Any] = [text_line(f"Features on the map{when}: {len(on_day)}")]
        for class_, symbol in style_of(spec).symbols.items():
            if class_ in on_day and (symbol.stroke or symbol.fill):
                mark, text = text_line("●"), text_line(f"{spec.classes[class_]}: {on_day.count(class_)}")
                mark.style.text_color = ink_of(symbol)
                lines.append(widgets.HBox([mark, text]))
        self.legend.children = lines

    def _look_around(self) -> None:
        """Show what the view has room for: classes of the ground, names."""
        self._background.show(self.widget.zoom)
        fixed = self._fixed_names if self._background.is_ground else []
        shown = [*fixed, *self._around_names, *self._own_names]
        self._names.show(shown, self._points, self.widget.center, self.widget.zoom)

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
        show_text(self._name, str(row.values.get("name_en") or row.values["id"]))
        if row.geometry is None:
            return
        center, zoom = _view_of(shape(row.geometry).bounds)
        if row.geometry["type"] == "Point":
            zoom = min(_NEAREST_ZOOM, max(self.widget.zoom, _POINT_ZOOM))
        with self.widget.hold_sync():
            self.widget.center, self.widget.zoom = center, zoom


def _day_inputs(session: Session) -> tuple[Any, Any]:
    """Return the inputs of the day, which is that on which the map of the folder opens, and of all days."""
    compact = {"style": {"description_width": "auto"}, "layout": widgets.Layout(width="auto")}
    date = widgets.DatePicker(description="As on", **compact)
    if terms := session.around.terms:
        date.min, date.max = (day_of(day) for day in (terms.map.first_day, terms.map.last_day))
        date.value = terms.map.opening_day
    return date, widgets.Checkbox(description="All dates", indent=False, layout=widgets.Layout(width="auto"))


def _extent(session: Session) -> tuple[float, float, float, float]:
    """Return the bounds of the features in the area of the map: west, south, east, north in degrees."""
    area = session.spec.area_deg
    bounds = [shape(row.geometry).bounds for row in session.draft.rows.values() if row.geometry]
    near = np.array([one for one in bounds if box(*one).intersects(box(*area))] or [area])
    west, south = np.maximum(near[:, :2].min(axis=0), area[:2])
    east, north = np.minimum(near[:, 2:].max(axis=0), area[2:])
    return float(west), float(south), float(east), float(north)


def _view_of(bounds: tuple[float, float, float, float]) -> tuple[tuple[float, float], int]:
    """Return the centre (lat, lon) and the zoom at which bounds in degrees fill the map."""
    west, south, east, north = bounds
    left, bottom = pixels(west, south, 0)
    right, top = pixels(east, north, 0)
    spans = [span_px / room_px for span_px, room_px in zip((right - left, bottom - top), _SIZE_PX, strict=True)]
    fitting = floor(-log2(max(*spans, 1e-9) * _MARGIN))
    return ((south + north) / 2, (west + east) / 2), max(_FARTHEST_ZOOM, min(_NEAREST_ZOOM, fitting))


def _selected_feature(key: str, geometry: Geometry, style: Mapping[str, Any]) -> dict[str, Any]:
    tool = {"type": "circlemarker", "options": style} if geometry["type"] == "Point" else {}
    return geojson(geometry, key=key, style=style, **tool)


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

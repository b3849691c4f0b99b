"""The names on the map of the editor: those for which a zoom has room, the most important first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from math import asinh, degrees, radians, tan
from typing import Any

import ipyleaflet
import traitlets
from shapely.geometry import mapping

from geo.editing.drawn import Dated, is_background
from geo.inputs.catalog import LayerSpec
from geo.inputs.frames import json_rows
from geo.inputs.layers import Folder
from geo.outputs.document import asset, fill
from geo.outputs.style import MUTED, NAME_TYPES, PAPER, ROAD, GroundNameType, NameType, Naming, kind_of, style_of

PANES = {"names": {"zIndex": 620, "pointerEvents": "none"}}
Point = tuple[float, float]
Box = tuple[float, float, float, float]
_TILE_PX, _NO_ZOOM = 256, 99.0
# Half of the view in which names are written, which is more than is visible, and the most names that it gets.
_HALF_VIEW_PX, _MOST = (700, 400), 70
# A letter is about so wide; the space around a name, and from a point to its name; half of a marker.
_LETTER, _AIR_PX, _GAP_PX, _POINT_PX = 0.58, 2, 10, 6
_SIZE_PX = 12.5
# Letters that differ from those of `Name`, as in the page's labels.css.
_GROUND, _WATER = "#7d7466", "#5f8496"
_LETTERS: Mapping[NameType | GroundNameType, Mapping[str, Any]] = {
    "city": {"size": 15, "weight": 700},
    "main": {"size": 13.5, "weight": 700},
    "town": {"colour": MUTED},
    "post": {"size": 11.5},
    "locality": {"size": 11, "colour": MUTED},
    "country": {"size": 15, "spacing": 5, "colour": _GROUND},
    "sea": {"size": 13, "spacing": 2, "slant": "italic", "colour": _WATER},
    "governorate": {"size": 11, "spacing": 2, "colour": _GROUND},
    "range": {"size": 12, "spacing": 2, "slant": "italic", "colour": _GROUND},
    "mountain": {"size": 11, "slant": "italic", "colour": _GROUND},
    "plain": {"size": 11, "spacing": 1, "slant": "italic", "colour": _GROUND},
    "water": {"size": 10.5, "slant": "italic", "colour": _WATER},
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name at a point; sizes are in CSS pixels.

    Attributes
    ----------
    text : str
        The name.
    lon, lat : float
        The point, in degrees.
    rank : int
        Its place in the order of importance, 0 for the most important.
    from_zoom, to_zoom : float
        The zooms between which it is written.
    always_from_zoom : float
        The zoom from which it may cover a marker.
    size, spacing, slant, weight, colour : float, float, str, int, str
        The letters.
    side : int
        Where it is written: 1 right of the point, -1 left of it, 0 on it.
    """

    text: str
    lon: float
    lat: float
    rank: int
    from_zoom: float
    to_zoom: float = _NO_ZOOM
    always_from_zoom: float = _NO_ZOOM
    size: float = _SIZE_PX
    spacing: float = 0.0
    slant: str = "normal"
    weight: int = 400
    colour: str = ROAD
    side: int = 1

    def box(self, zoom: float) -> Box:
        """Return left, top, right and bottom at a zoom, in pixels from the corner of the world."""
        x, y = pixels(self.lon, self.lat, zoom)
        width = len(self.text) * (self.size * _LETTER + self.spacing)
        left = x + self.side * _GAP_PX + (self.side - 1) * width / 2
        half = self.size / 2 + _AIR_PX
        return left - _AIR_PX, y - half, left + width + _AIR_PX, y + half

    @property
    def html(self) -> str:
        """The picture of the name, as escaped SVG."""
        values: dict[str, object] = {
            "name": self.text,
            "x": self.side * _GAP_PX,
            "anchor": ("middle", "start", "end")[self.side],
            "halo": PAPER,
            **{name: getattr(self, name) for name in ("colour", "size", "slant", "weight", "spacing")},
        }
        return fill(asset("map", "name.svg"), {name: escape(f"{value}") for name, value in values.items()})


class _Icon(ipyleaflet.DivIcon):  # type: ignore[misc]
    """An icon without the white box that Leaflet gives to others; the browser reads the option as ``className``."""

    class_name = traitlets.Unicode("").tag(sync=True, o=True)


class _Marker(ipyleaflet.Marker):  # type: ignore[misc]
    """A marker that lets the pointer through to the features below it; ipyleaflet does not know this option."""

    interactive = traitlets.Bool(False).tag(sync=True, o=True)


class Names:
    """The names in the view, as a layer of the map.

    Attributes
    ----------
    layer : ipyleaflet.LayerGroup
        The names that are written.
    """

    def __init__(self) -> None:
        self.layer = ipyleaflet.LayerGroup(name="Names")
        self._markers: dict[Name, Any] = {}

    def show(self, names: Iterable[Name], points: Iterable[Point], center: Sequence[float], zoom: float) -> None:
        """Write the names around a centre (lat, lon) for which there is room beside the points (lon, lat)."""
        view = _view_px(center, zoom)
        middles = (pixels(lon, lat, zoom) for lon, lat in points)
        markers = [(x - _POINT_PX, y - _POINT_PX, x + _POINT_PX, y + _POINT_PX) for x, y in middles]
        written = list(_with_room(names, [box for box in markers if _overlap(box, view)], view, zoom))
        before = self._markers
        self._markers = {name: before.get(name) or _marker(name) for name in written}
        if list(before) != written:
            self.layer.layers = tuple(self._markers.values())
        for name in before.keys() - self._markers.keys():
            before[name].icon.close()
            before[name].close()


def names_of(features: Iterable[Dated], day: Any) -> Iterator[Name]:
    """Yield the names of points, as the style of their layer writes them on a day."""
    for one in features:
        style = style_of(one.spec)
        numbered = style.numbered_name if one.is_numbered(day) else None
        naming = numbered or style.own_names.get(str(one.values["id"])) or style.names.get(one.class_on(day))
        if naming and one.geometry["type"] == "Point":
            yield _name(one, naming)


def background_names(around: Folder, but: str) -> Iterator[Name]:
    """Yield the names of the ground, and of layers too dense to be more than that."""
    for spec in around.catalogue:
        if isinstance(spec, LayerSpec) and is_background(spec) and spec.name != but:
            frame = around.by_name[spec.name].frame
            features = [
                Dated(spec, row, mapping(geometry), None)
                for row, geometry in zip(json_rows(frame), frame.geometry, strict=True)
                if geometry is not None and kind_of(geometry) == "point"
            ]
            yield from names_of(features, None)


def _name(one: Dated, naming: Naming) -> Name:
    """Return the name of a point; that of the ground is on its point, others are beside it."""
    lon, lat = one.geometry["coordinates"]
    return Name(
        one.name,
        lon,
        lat,
        naming.rank,
        naming.from_zoom,
        naming.to_zoom,
        _NO_ZOOM if naming.always_from_zoom is None else naming.always_from_zoom,
        side=1 if naming.type in NAME_TYPES else 0,
        **_LETTERS.get(naming.type, {}),
    )


def pixels(lon: float, lat: float, zoom: float) -> Point:
    """Return a place in pixels from the north-west corner of the world in Web Mercator."""
    scale = _TILE_PX * 2**zoom / 360
    return (lon + 180) * scale, (180 - degrees(asinh(tan(radians(lat))))) * scale


def _view_px(center: Sequence[float], zoom: float) -> Box:
    """Return a box around a centre (lat, lon)."""
    x, y = pixels(center[1], center[0], zoom)
    half_width, half_height = _HALF_VIEW_PX
    return x - half_width, y - half_height, x + half_width, y + half_height


def _overlaps(one: Box, others: Iterable[Box]) -> bool:
    return any(_overlap(one, other) for other in others)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _with_room(names: Iterable[Name], points: list[Box], view: Box, zoom: float) -> Iterator[Name]:
    """Yield the most important names in a view, each on the side with room; none overlaps another."""
    written: list[Box] = []
    for name in sorted(names, key=lambda name: name.rank):
        if not name.from_zoom <= zoom <= name.to_zoom or not _overlap(name.box(zoom), view):
            continue
        sides = [replace(name, side=side) for side in dict.fromkeys((name.side, -name.side))]
        free = [one for one in sides if not _overlaps(one.box(zoom), written)]
        clear = [one for one in free if not _overlaps(one.box(zoom), points)]
        for one in (clear or (free if name.always_from_zoom <= zoom else []))[:1]:
            written.append(one.box(zoom))
            yield one
        if len(written) == _MOST:
            return


def _marker(name: Name) -> Any:
    return _Marker(
        location=(name.lat, name.lon),
        icon=_Icon(html=name.html, icon_size=(0, 0), icon_anchor=(0, 0)),
        draggable=False,
        keyboard=False,
        pane="names",
    )

"""How each class of features looks, on the map, in figures, QGIS, KML and the editor: symbols, colours, sizes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from shapely.geometry import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import DerivedSpec, LayerSpec

Kind = Literal["area", "line", "point"]
Shape = Literal["circle", "diamond", "square", "triangle", "bubble"]
NameType = Literal["city", "main", "town", "place", "post", "locality"]
# The most important first: where there is not room for all names, these get it.
NAME_TYPES: tuple[NameType, ...] = get_args(NameType)


@dataclass(frozen=True, slots=True)
class Symbol:
    """How one class of features is drawn. Sizes are in CSS pixels, colours as ``#rrggbb``.

    Attributes
    ----------
    stroke, weight, dash : str, float, str
        Outline or line; an empty stroke draws none.
    fill, fill_opacity : str, float
        Fill of an area or a marker; an empty fill draws none.
    shape, radius : str, float
        Marker of a point.
    casing : str
        Colour of a wider line below the line, for contrast.
    offset : float
        Shift of a line to the right of its direction.
    hatch : bool
        Whether the fill is hatched, so that layers below remain visible.
    banded : bool
        Whether the band of the line's uncertainty is drawn below it.
    from_zoom : float
        Zoom from which the class is drawn; a layer with its own `Style.from_zoom` needs both.
    """

    stroke: str = ""
    weight: float = 1.0
    dash: str = ""
    fill: str = ""
    fill_opacity: float = 1.0
    shape: Shape = "circle"
    radius: float = 5.0
    casing: str = ""
    offset: float = 0.0
    hatch: bool = False
    banded: bool = False
    from_zoom: float = 0.0


@dataclass(frozen=True, slots=True)
class Lettering:
    """How the names of a class of the ground, or the numbers of its roads, are written. Sizes are in CSS pixels.

    Attributes
    ----------
    size : float
        Height of the letters.
    spacing : float
        Additional space between letters; Arabic, whose letters are joined, has none.
    slanted : bool
        Whether the letters are slanted, as those of water and land forms are.
    colour : str
        Colour as ``#rrggbb``.
    from_zoom, to_zoom : float
        Zooms between which it is written.
    """

    size: float
    spacing: float = 0.0
    slanted: bool = False
    colour: str = "#7d7466"
    from_zoom: float = 0.0
    to_zoom: float = 99.0


@dataclass(frozen=True, slots=True)
class Naming:
    """How names are written beside features.

    Attributes
    ----------
    type : NameType
        Selects size, weight and colour of the letters.
    from_zoom : int
        Zoom from which a name is written where there is room.
    always_from_zoom : int or None
        Zoom from which each feature in view is named, if need be away from its point with a line to it.
    """

    type: NameType
    from_zoom: int
    always_from_zoom: int | None = None

    @property
    def rank(self) -> int:
        """Place among the types of names, 0 for the most important."""
        return NAME_TYPES.index(self.type)


@dataclass(frozen=True, slots=True)
class Style:
    """How a layer looks.

    Attributes
    ----------
    symbols : mapping of str to Symbol
        By class, lowest first.
    shown : bool
        Whether the layer is on when the map opens.
    names : mapping of str to Naming
        How the features of a class are named; those of a class that is missing here are not.
    own_names : mapping of str to Naming
        How single features are named, by their id, whatever their class.
    numbered_name : Naming or None
        How features with a number of their own are named, whatever their class.
    from_zoom : int or None
        Zoom from which the features are drawn; None draws them at every zoom.
    lettering : mapping of str to Lettering
        Of the ground, by class: how names, or the numbers of roads, are written.
    """

    symbols: Mapping[str, Symbol]
    shown: bool = True
    names: Mapping[str, Naming] = field(default_factory=dict)
    own_names: Mapping[str, Naming] = field(default_factory=dict)
    numbered_name: Naming | None = None
    from_zoom: int | None = None
    lettering: Mapping[str, Lettering] = field(default_factory=dict)

    @property
    def label_from_zoom(self) -> int | None:
        """Zoom from which all classes of the layer that have names are named; None if none has."""
        return max((naming.from_zoom for naming in self.names.values()), default=None)


# Okabe–Ito colours, safe for colour-blind readers; no party's colours and no red against green.
NORTH, SOUTH = "#e69f00", "#56b4e9"
ZONE, FRONT, HELD, ENCIRCLED = "#009e73", "#d55e00", "#0072b2", "#cc79a7"
ROAD, CASING, PAPER, MUTED, FADED = "#222222", "#ffffff", "#fffdf8", "#6b6457", "#cfc8ba"
# The water of the ground: lakes, rivers, and their names.
LAKE, RIVER, WATER_INK = "#cddce3", "#a3becb", "#5f8496"

# The source of roads, railways, water and built-up areas, and their box in degrees: west, south, east, north.
GROUND_SOURCE, GROUND_BOX_DEG = "W470", (35.6, 34.9, 37.5, 36.8)

# Width of the casing on either side of a line.
CASING_PX = 1.6
# Lines beside a road overlap; many of them look darker.
BESIDE_OPACITY = 0.16
# Factor for the weight of events on the day shown.
STRONG = 1.8
# Additional radius of a marker with a number; a bubble needs none.
NUMBER_ROOM_PX = 3.5
BAND_OPACITY = 0.14
# Spacing and width of the lines of a hatched area.
HATCH_STEP_PX, HATCH_WEIGHT_PX = 8.0, 1.6
# Distance of a bubble above its point.
STEM_PX = 8.0
# Thresholds: channels of a colour that is nearly white, and the lightness above which text on a colour is dark.
_PAPER_FROM, _INK_TO = 240, 0.5

# The towns on the road, by which a reader finds the corridor.
_MAIN_PLACES = ("saraqib", "ariha", "jisr-al-shughur")
_POST_STATUSES = ("opposition_held", "standing", "encircled", "not_known", "evacuated", "undated")

# By layer; other_road is a motorway that the agreement is not about.
STYLES: Mapping[str, Style] = {
    "basemap": Style(
        {
            "land": Symbol(fill="#f4f1ea"),
            "border": Symbol(stroke="#b9b2a6", weight=1.2, dash="6 3 1 3"),
        }
    ),
    "sea": Style({"": Symbol(fill="#dfe7ea")}),
    "builtup": Style({"": Symbol(fill="#ded7cb")}),
    "water": Style(
        {
            "seasonal_lake": Symbol(fill=LAKE, fill_opacity=0.5),
            "lake": Symbol(fill=LAKE),
            "canal": Symbol(stroke=RIVER, weight=0.6, from_zoom=11),
            "stream": Symbol(stroke=RIVER, weight=0.8, from_zoom=10),
            "river": Symbol(stroke=RIVER, weight=1.4),
        }
    ),
    "governorates": Style({"": Symbol(stroke="#b3ac9f", weight=1.0, dash="1 4", from_zoom=8.5)}),
    "railway": Style(
        {
            "abandoned": Symbol(stroke="#b8b1a5", weight=0.8, dash="2 5", from_zoom=12),
            "disused": Symbol(stroke="#b8b1a5", weight=0.8, dash="4 4", from_zoom=11),
            "rail": Symbol(stroke="#aba396", weight=1.0, dash="7 2", from_zoom=9),
        }
    ),
    "roads": Style(
        {
            "secondary": Symbol(stroke="#d2cabc", weight=0.9, from_zoom=10.5),
            "primary": Symbol(stroke="#c9c0b0", weight=1.2, from_zoom=9),
            "trunk": Symbol(stroke="#beb4a3", weight=1.6),
            "motorway": Symbol(stroke="#b5ab9a", weight=2.0),
        },
        lettering={
            "secondary": Lettering(9.5, from_zoom=13),
            "primary": Lettering(9.5, from_zoom=12.5),
            "trunk": Lettering(9.5, from_zoom=11),
            "motorway": Lettering(10.5, colour=MUTED, from_zoom=8),
        },
    ),
    "ground_names": Style(
        {class_: Symbol() for class_ in ("water", "plain", "mountain", "range", "governorate", "sea", "country")},
        lettering={
            "water": Lettering(10.5, slanted=True, colour=WATER_INK, from_zoom=10),
            "plain": Lettering(11, spacing=1, slanted=True, from_zoom=9.5, to_zoom=12.5),
            "mountain": Lettering(11, slanted=True, from_zoom=10, to_zoom=13),
            "range": Lettering(12, spacing=2, slanted=True, from_zoom=9, to_zoom=11.5),
            "governorate": Lettering(11, spacing=2, from_zoom=9, to_zoom=11.5),
            "sea": Lettering(13, spacing=2, slanted=True, colour=WATER_INK, to_zoom=12),
            "country": Lettering(15, spacing=5, to_zoom=12),
        },
    ),
    "corridor": Style(
        {
            "north": Symbol(stroke=NORTH, weight=1.2, fill=NORTH, fill_opacity=0.28),
            "south": Symbol(stroke=SOUTH, weight=1.2, fill=SOUTH, fill_opacity=0.28),
            "east": Symbol(stroke=NORTH, weight=1.2, fill=NORTH, fill_opacity=0.28),
            "west": Symbol(stroke=SOUTH, weight=1.2, fill=SOUTH, fill_opacity=0.28),
        }
    ),
    "deescalation_zone": Style({"": Symbol(stroke=ZONE, weight=2.2, dash="9 6")}),
    "demilitarised_band": Style(
        {
            "20": Symbol(stroke=ZONE, weight=0.8, fill=ZONE, fill_opacity=0.45, hatch=True),
            "15": Symbol(stroke=ZONE, weight=0.8, fill=ZONE, fill_opacity=0.45, hatch=True),
        }
    ),
    "line_of_contact": Style(
        {
            "contact": Symbol(stroke=FRONT, weight=2.4, banded=True),
            "afrin_limit": Symbol(stroke=FRONT, weight=1.4, dash="2 5", banded=True),
            "state_border": Symbol(),
            "derived": Symbol(stroke=ZONE, weight=1.0, dash="1 4"),
        }
    ),
    "other_road": Style({"": Symbol(stroke="#8d8577", weight=1.6)}),
    "m4": Style({"": Symbol(stroke=ROAD, weight=1.5, casing=CASING)}),
    "centreline": Style({"": Symbol(stroke=ROAD, weight=3, casing=CASING)}),
    "patrol_segments": Style(
        {
            "completed": Symbol(stroke=ROAD, weight=2.2, offset=7),
            "shortened": Symbol(stroke=ROAD, weight=2.2, dash="7 4", offset=10),
            "attacked": Symbol(stroke=ROAD, weight=2.2, dash="1 4", offset=13),
            "disputed": Symbol(stroke=ROAD, weight=2.2, dash="9 3 1 3", offset=16),
        }
    ),
    "localities": Style({"": Symbol(fill="#a59c8b", radius=1.4)}, names={"": Naming("locality", 12)}, from_zoom=11),
    "places": Style(
        {
            "reference_city": Symbol(stroke="#4d473d", fill=PAPER, shape="square", radius=3.5, weight=1.4),
            "main_town": Symbol(stroke=MUTED, fill=PAPER, radius=2.4, weight=1.2),
            "patrol_or_event": Symbol(stroke=ROAD, fill=PAPER, radius=3.0, weight=1.4),
        },
        names={
            "reference_city": Naming("city", 0, always_from_zoom=0),
            "main_town": Naming("town", 9, always_from_zoom=12),
            "patrol_or_event": Naming("place", 9, always_from_zoom=12),
        },
        own_names=dict.fromkeys(_MAIN_PLACES, Naming("main", 8, always_from_zoom=9)),
    ),
    "observation_posts": Style(
        {
            "opposition_held": Symbol(stroke=CASING, fill=HELD, radius=6),
            "standing": Symbol(stroke=HELD, fill="#b9d7ea", radius=6, weight=1.4),
            "encircled": Symbol(stroke=CASING, fill=ENCIRCLED, shape="diamond", radius=7),
            "not_known": Symbol(stroke=MUTED, fill=FADED, shape="diamond", radius=6, weight=1.4),
            "evacuated": Symbol(stroke=ENCIRCLED, fill=PAPER, shape="diamond", radius=6, weight=1.8),
            "undated": Symbol(stroke=MUTED, fill=PAPER, shape="triangle", radius=5, weight=1.4),
        },
        names=dict.fromkeys(_POST_STATUSES, Naming("post", 13)),
        numbered_name=Naming("post", 12, always_from_zoom=12),
    ),
    "claims": Style({"claimed": Symbol(stroke=MUTED, fill=PAPER, shape="bubble", radius=7)}),
}


def style_of(spec: LayerSpec | DerivedSpec) -> Style:
    """Return how a layer looks, with the symbols of its classes only; no symbols if it is not drawn.

    Raises
    ------
    KeyError
        If the layer or one of its classes has no look.
    """
    if not spec.classes:
        return Style({})
    style = STYLES[spec.like or spec.name]
    return replace(style, symbols={class_: style.symbols[class_] for class_ in spec.classes})


def kind_of(geometry: BaseGeometry) -> Kind:
    """Return how a geometry is drawn."""
    if isinstance(geometry, Point):
        return "point"
    return "line" if isinstance(geometry, LineString | MultiLineString) else "area"


def radius_of(symbol: Symbol, *, is_numbered: bool) -> float:
    """Return the radius of a marker, with or without a number in it."""
    return symbol.radius + (NUMBER_ROOM_PX if is_numbered and symbol.shape != "bubble" else 0)


def middle_of(symbol: Symbol, radius: float) -> float:
    """Return the offset of the middle of a marker below its point; negative for a bubble, which is above it."""
    return -STEM_PX - radius if symbol.shape == "bubble" else 0.0


def look_of(symbol: Symbol, *, is_strong: bool) -> Symbol:
    """Return the symbol of a marker, with fill and outline exchanged for events on the day shown."""
    return replace(symbol, fill=symbol.stroke, stroke=symbol.fill) if is_strong and symbol.stroke else symbol


def ink_of(symbol: Symbol) -> str:
    """Return the main colour of a symbol: its fill, or its outline if the fill is nearly white or missing."""
    is_paper = not symbol.fill or all(channel > _PAPER_FROM for channel in channels(symbol.fill))
    return symbol.stroke if is_paper else symbol.fill


def ink_on(fill: str) -> str:
    """Return a legible text colour for a fill."""
    red, green, blue = (channel / 255 for channel in channels(fill))
    return "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > _INK_TO else "#ffffff"


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour written ``#rrggbb``."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue

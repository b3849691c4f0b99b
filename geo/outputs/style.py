"""How each class of features looks, on the map, in figures, QGIS, KML and the editor: symbols, colours, sizes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from shapely.geometry import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import DerivedSpec, LayerSpec

Kind = Literal["area", "line", "point"]
Shape = Literal["circle", "diamond", "square", "triangle", "bubble"]
# The letters of each type are in `assets/page/labels.css`. The most important first: where there is not room for all
# names, these get it.
NameType = Literal["city", "main", "town", "place", "post", "locality"]
NAME_TYPES: tuple[NameType, ...] = get_args(NameType)
# Names on the ground, and the numbers of roads.
GroundNameType = Literal["motorway", "road", "country", "sea", "governorate", "range", "mountain", "plain", "water"]
GROUND_NAME_TYPES: tuple[GroundNameType, ...] = get_args(GroundNameType)


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
    tint : bool
        Whether the fill is only a tint, through which the pointer reaches what is below.
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
    tint: bool = False
    from_zoom: float = 0.0


@dataclass(frozen=True, slots=True)
class Naming:
    """How the names of features, or the numbers of roads, are written.

    Attributes
    ----------
    type : NameType or GroundNameType
        Selects the letters.
    from_zoom, to_zoom : float
        Zooms between which a name is written where there is room.
    always_from_zoom : float or None
        Zoom from which each feature in view is named, if need be away from its point with a line to it.
    """

    type: NameType | GroundNameType
    from_zoom: float = 0.0
    to_zoom: float = 99.0
    always_from_zoom: float | None = None

    @property
    def rank(self) -> int:
        """Place among the types of names, 0 for the most important."""
        return (*NAME_TYPES, *GROUND_NAME_TYPES).index(self.type)


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
    """

    symbols: Mapping[str, Symbol]
    shown: bool = True
    names: Mapping[str, Naming] = field(default_factory=dict)
    own_names: Mapping[str, Naming] = field(default_factory=dict)
    numbered_name: Naming | None = None
    from_zoom: int | None = None

    @property
    def label_from_zoom(self) -> float | None:
        """Zoom from which all classes whose points are named are named; None if there are none."""
        zooms = (naming.from_zoom for naming in self.names.values() if naming.type in NAME_TYPES)
        return max(zooms, default=None)


# Okabe–Ito colours, safe for colour-blind readers; no party's colours and no red against green.
NORTH, SOUTH = "#e69f00", "#56b4e9"
ZONE, FRONT, HELD, ENCIRCLED = "#009e73", "#d55e00", "#0072b2", "#cc79a7"
# How a patrol ended. A test holds these colours apart for colour-blind readers; the dashes tell them apart as well.
COMPLETED, SHORTENED, ATTACKED, DISPUTED = "#005c94", "#b87700", "#8c1030", "#9a80e2"
# In the dark scheme, light and dark greys are exchanged, and colours are kept but for these.
DARK: Mapping[str, str] = {COMPLETED: "#3f8fc6", SHORTENED: "#f5c84c", ATTACKED: "#e2554c", DISPUTED: "#d3c2ff"}
ROAD, CASING, PAPER, MUTED, FADED = "#222222", "#ffffff", "#fffdf8", "#6b6457", "#cfc8ba"
# The water of the ground: lakes and rivers.
LAKE, RIVER = "#cddce3", "#a3becb"

# Width of the casing on either side of a line.
CASING_PX = 1.6
# Lines beside a road overlap; many of them look darker.
BESIDE_OPACITY = 0.32
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

# The towns on the road, by which a reader finds the corridor. No column says so: the role of a place is why it is in
# the data, no layer has populations, and the agreement names only the ends of the patrols.
_MAIN_PLACES = ("saraqib", "ariha", "jisr-al-shughur")

_POSTS = {
    "opposition_held": Symbol(stroke=CASING, fill=HELD, radius=6),
    "standing": Symbol(stroke=HELD, fill="#b9d7ea", radius=6, weight=1.4),
    "encircled": Symbol(stroke=CASING, fill=ENCIRCLED, shape="diamond", radius=7),
    "not_known": Symbol(stroke=MUTED, fill=FADED, shape="diamond", radius=6, weight=1.4),
    "evacuated": Symbol(stroke=ENCIRCLED, fill=PAPER, shape="diamond", radius=6, weight=1.8),
    "undated": Symbol(stroke=MUTED, fill=PAPER, shape="triangle", radius=5, weight=1.4),
}

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
        names={
            "secondary": Naming("road", 13),
            "primary": Naming("road", 12.5),
            "trunk": Naming("road", 11),
            "motorway": Naming("motorway", 8),
        },
    ),
    "ground_names": Style(
        {class_: Symbol() for class_ in ("water", "plain", "mountain", "range", "governorate", "sea", "country")},
        names={
            "water": Naming("water", 10),
            "plain": Naming("plain", 9.5, to_zoom=12.5),
            "mountain": Naming("mountain", 10, to_zoom=13),
            "range": Naming("range", 9, to_zoom=11.5),
            "governorate": Naming("governorate", 9, to_zoom=11.5),
            "sea": Naming("sea", to_zoom=12),
            "country": Naming("country", to_zoom=12),
        },
    ),
    "corridor": Style(
        {
            "north": Symbol(stroke=NORTH, weight=1.6, fill=NORTH, fill_opacity=0.36),
            "south": Symbol(stroke=SOUTH, weight=1.6, fill=SOUTH, fill_opacity=0.36),
            "east": Symbol(stroke=NORTH, weight=1.6, fill=NORTH, fill_opacity=0.36),
            "west": Symbol(stroke=SOUTH, weight=1.6, fill=SOUTH, fill_opacity=0.36),
        }
    ),
    "deescalation_zone": Style(
        {"": Symbol(stroke=ZONE, weight=1.3, dash="6 4", fill=ZONE, fill_opacity=0.08, tint=True)}
    ),
    "demilitarised_band": Style(
        {
            "20": Symbol(stroke=ZONE, weight=0.8, fill=ZONE, fill_opacity=0.28, hatch=True),
            "15": Symbol(stroke=ZONE, weight=0.8, fill=ZONE, fill_opacity=0.28, hatch=True),
        }
    ),
    "line_of_contact": Style(
        {
            "contact": Symbol(stroke=FRONT, weight=1.2, banded=True),
            "afrin_limit": Symbol(stroke=FRONT, weight=1.2, dash="2 5", banded=True),
            "state_border": Symbol(),
            "derived": Symbol(stroke=ZONE, weight=1.0, dash="1 4"),
        }
    ),
    "other_road": Style({"": Symbol(stroke="#8d8577", weight=1.6)}),
    "m4": Style({"": Symbol(stroke=ROAD, weight=1.5, casing=CASING)}),
    "centreline": Style({"": Symbol(stroke=ROAD, weight=3, casing=CASING)}),
    "patrol_segments": Style(
        {
            "completed": Symbol(stroke=COMPLETED, weight=2.6, offset=7),
            "shortened": Symbol(stroke=SHORTENED, weight=2.6, dash="7 4", offset=11),
            "attacked": Symbol(stroke=ATTACKED, weight=2.6, dash="2 3", offset=15),
            "disputed": Symbol(stroke=DISPUTED, weight=2.6, dash="10 3 2 3", offset=19),
        }
    ),
    "localities": Style({"": Symbol(fill="#a59c8b", radius=1.4)}, names={"": Naming("locality", 12.5)}, from_zoom=11),
    "places": Style(
        {
            "reference_city": Symbol(stroke="#4d473d", fill=PAPER, shape="square", radius=3.5, weight=1.4),
            "main_town": Symbol(stroke=MUTED, fill=PAPER, radius=2.4, weight=1.2),
            "patrol_or_event": Symbol(stroke=ROAD, fill=PAPER, radius=3.0, weight=1.4),
        },
        names={
            "reference_city": Naming("city", 0, always_from_zoom=0),
            "main_town": Naming("town", 7, always_from_zoom=12),
            "patrol_or_event": Naming("place", 9, always_from_zoom=12),
        },
        own_names=dict.fromkeys(_MAIN_PLACES, Naming("main", 8, always_from_zoom=9)),
    ),
    "observation_posts": Style(
        _POSTS,
        names=dict.fromkeys(_POSTS, Naming("post", 13)),
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

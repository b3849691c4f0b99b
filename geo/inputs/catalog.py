"""The catalogue of layers: name, record and style of each, in drawing order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel

from geo.inputs import schema
from geo.inputs.agreement import Agreement
from geo.inputs.geojson import AREA_DEG, AreaDeg

Shape = Literal["circle", "diamond", "square", "triangle", "bubble"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """How one class of features is drawn. Sizes are in CSS pixels, colours as ``#rrggbb``.

    Attributes
    ----------
    label : str
        Name of the class in the legend.
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
    """

    label: str
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


@dataclass(frozen=True, slots=True)
class Style:
    """The symbols of a layer, and the column (or computed status) that chooses among them.

    Attributes
    ----------
    symbols : mapping of str to Symbol
        By class; a layer with one look has the single class ``""``.
    by : str
        Column whose value is the class; ``status`` is computed for the date shown. Empty for a single look.
    shown : bool
        Whether the layer is on when the map opens.
    label_from_zoom : int or None
        Zoom from which names are written beside the features.
    from_zoom : int or None
        Zoom from which the features are drawn; None draws them at every zoom.
    """

    symbols: Mapping[str, Symbol]
    by: str = ""
    shown: bool = True
    label_from_zoom: int | None = None
    from_zoom: int | None = None


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One file of the layers folder.

    Attributes
    ----------
    name : str
        Name of the layer; its file is ``<name>.geojson``, or ``<name>.csv`` where no row has a place.
    title : str
        Title for readers.
    record : type
        The pydantic model of one row.
    geometry : frozenset of str
        Valid GeoJSON geometry types; empty for a table.
    place_may_be_unknown : bool
        Whether a feature may have no geometry.
    collection : type or None
        Model of the members of the collection.
    style : Style or None
        How it is drawn; None if it is not drawn.
    area_deg : tuple of float
        Area for its features: west, south, east, north in degrees.
    """

    name: str
    title: str
    record: type[schema.Record]
    geometry: frozenset[str] = frozenset()
    place_may_be_unknown: bool = False
    collection: type[BaseModel] | None = None
    style: Style | None = None
    area_deg: AreaDeg = AREA_DEG

    @property
    def file(self) -> str:
        """Name of the file in the layers folder."""
        return f"{self.name}.geojson" if self.geometry else f"{self.name}.csv"


# Placeholder for the layer of the agreement's road.
THE_ROAD = "the road"


@dataclass(frozen=True, slots=True)
class DerivedSpec:
    """A geometry that the build computes and the map shows.

    Attributes
    ----------
    name, title : str
        As in `LayerSpec`; published as ``data/<name>.geojson``.
    style : Style or None
        How it is drawn; None if it is published but not drawn.
    record : type or None
        The pydantic model whose columns it has, if any.
    made_from : tuple of str
        Layers that it is computed from; `THE_ROAD` is the layer of the agreement's road.
    """

    name: str
    title: str
    style: Style | None = None
    record: type[schema.Record] | None = None
    made_from: tuple[str, ...] = (THE_ROAD,)


POINT = frozenset({"Point"})
LINE = frozenset({"LineString"})
AREA = frozenset({"Polygon"})

# Okabe–Ito colours, safe for colour-blind readers; no party's colours and no red against green.
NORTH, SOUTH = "#e69f00", "#56b4e9"
ZONE, FRONT, HELD, ENCIRCLED = "#009e73", "#d55e00", "#0072b2", "#cc79a7"
ROAD, CASING, PAPER, MUTED, FADED = "#222222", "#ffffff", "#fffdf8", "#6b6457", "#cfc8ba"

# A motorway that the agreement is not about.
_OTHER_ROAD = Style({"": Symbol("Carriageways, for context", stroke="#8d8577", weight=1.6)})

CATALOGUE: tuple[LayerSpec | DerivedSpec, ...] = (
    LayerSpec(
        "basemap",
        "Land, sea and state borders",
        schema.Basemap,
        geometry=AREA | LINE,
        style=Style(
            by="kind",
            symbols={
                "sea": Symbol("Sea", fill="#dfe7ea"),
                "land": Symbol("Land", fill="#f4f1ea"),
                "border": Symbol("State border", stroke="#b9b2a6", weight=1.2, dash="6 3 1 3"),
            },
        ),
    ),
    DerivedSpec(
        "corridor",
        "Security corridor",
        Style(
            by="side",
            symbols={
                "north": Symbol("North side", stroke=NORTH, weight=1.2, fill=NORTH, fill_opacity=0.28),
                "south": Symbol("South side", stroke=SOUTH, weight=1.2, fill=SOUTH, fill_opacity=0.28),
                "east": Symbol("East side", stroke=NORTH, weight=1.2, fill=NORTH, fill_opacity=0.28),
                "west": Symbol("West side", stroke=SOUTH, weight=1.2, fill=SOUTH, fill_opacity=0.28),
            },
        ),
    ),
    LayerSpec(
        "deescalation_zone",
        "De-escalation zone",
        schema.Zone,
        geometry=AREA,
        style=Style({"": Symbol("Approximate outline", stroke=ZONE, weight=2.2, dash="9 6")}),
    ),
    DerivedSpec(
        "demilitarised_band",
        "Demilitarised zone of 2018 (computed)",
        Style(
            by="depth_km",
            symbols={
                "20": Symbol("20 km deep, computed", stroke=ZONE, weight=0.8, fill=ZONE, fill_opacity=0.45, hatch=True),
                "15": Symbol("15 km deep, computed", stroke=ZONE, weight=0.8, fill=ZONE, fill_opacity=0.45, hatch=True),
            },
        ),
        made_from=("deescalation_zone", "line_of_contact"),
    ),
    LayerSpec(
        "line_of_contact",
        "Line of contact",
        schema.ContactLine,
        geometry=LINE,
        style=Style(
            by="run",
            symbols={
                "contact": Symbol("Between the parties, approximate", stroke=FRONT, weight=2.4, banded=True),
                "afrin_limit": Symbol(
                    "Boundary with the Afrin area", stroke=FRONT, weight=1.4, dash="2 5", banded=True
                ),
                "state_border": Symbol("Along the state border"),
                "derived": Symbol(
                    "Computed limits of the 2018 demilitarised zone", stroke=ZONE, weight=1.0, dash="1 4"
                ),
            },
        ),
    ),
    LayerSpec(
        "m5",
        "M5 motorway",
        schema.Carriageway,
        geometry=LINE,
        collection=schema.Snapshot,
        style=_OTHER_ROAD,
    ),
    DerivedSpec("road_centreline", "Centreline of the whole road"),
    LayerSpec(
        "m4",
        "M4 motorway",
        schema.Carriageway,
        geometry=LINE,
        collection=schema.Snapshot,
        style=Style({"": Symbol("Carriageways", stroke=ROAD, weight=1.5, casing=CASING)}),
    ),
    DerivedSpec(
        "centreline",
        "Road through the corridor",
        Style({"": Symbol("Between the ends of the corridor", stroke=ROAD, weight=3, casing=CASING)}),
    ),
    DerivedSpec(
        "patrol_segments",
        "Joint patrols, March to August 2020",
        Style(
            by="outcome",
            symbols={
                "completed": Symbol("Completed", stroke=ROAD, weight=2.2, offset=7),
                "shortened": Symbol("Shortened", stroke=ROAD, weight=2.2, dash="7 4", offset=10),
                "attacked": Symbol("Attacked", stroke=ROAD, weight=2.2, dash="1 4", offset=13),
            },
        ),
        record=schema.JointPatrol,
        made_from=(THE_ROAD, "joint_patrols"),
    ),
    LayerSpec(
        "localities",
        "Localities",
        schema.Locality,
        geometry=POINT,
        style=Style({"": Symbol("Populated place", fill="#a59c8b", radius=1.4)}, label_from_zoom=12, from_zoom=11),
    ),
    LayerSpec(
        "places",
        "Places",
        schema.Place,
        geometry=POINT,
        place_may_be_unknown=True,
        style=Style(
            by="role",
            label_from_zoom=9,
            symbols={
                "reference_city": Symbol("City", stroke="#4d473d", fill=PAPER, shape="square", radius=3.5, weight=1.4),
                "main_town": Symbol("Town", stroke=MUTED, fill=PAPER, radius=2.4, weight=1.2),
                "patrol_or_event": Symbol(
                    "Named in reports of patrols or events", stroke=ROAD, fill=PAPER, radius=3.0, weight=1.4
                ),
            },
        ),
    ),
    LayerSpec(
        "observation_posts",
        "Turkish observation posts",
        schema.ObservationPost,
        geometry=POINT,
        place_may_be_unknown=True,
        style=Style(
            by="status",
            symbols={
                "opposition_held": Symbol("In opposition-held territory", stroke=CASING, fill=HELD, radius=6),
                "standing": Symbol("In place; side not stated", stroke=HELD, fill="#b9d7ea", radius=6, weight=1.4),
                "encircled": Symbol("Encircled", stroke=CASING, fill=ENCIRCLED, shape="diamond", radius=7),
                "not_known": Symbol(
                    "Not known whether still there", stroke=MUTED, fill=FADED, shape="diamond", radius=6, weight=1.4
                ),
                "evacuated": Symbol("Evacuated", stroke=ENCIRCLED, fill=PAPER, shape="diamond", radius=6, weight=1.8),
                "undated": Symbol("No date known", stroke=MUTED, fill=PAPER, shape="triangle", radius=5, weight=1.4),
            },
        ),
    ),
    DerivedSpec(
        "claims",
        "Places of events",
        Style(
            by="status",
            symbols={"claimed": Symbol("Claims up to this date", stroke=MUTED, fill=PAPER, shape="bubble", radius=7)},
        ),
        made_from=("timeline", "places"),
    ),
    LayerSpec("joint_patrols", "Joint patrols", schema.JointPatrol),
    LayerSpec("timeline", "Events and claims", schema.TimelineEvent),
    LayerSpec("sources", "Sources", schema.Source),
)

LAYERS = tuple(spec for spec in CATALOGUE if isinstance(spec, LayerSpec))
DERIVED = tuple(spec for spec in CATALOGUE if isinstance(spec, DerivedSpec))
# The layer whose style is used for the road of every agreement.
_LIKE_THE_ROAD = "m4"
# The layer to which the map zooms when it opens, and which is first in the legend.
FOCUS = "corridor"
# The layer whose extent limits the map; without it the map has no limit.
GROUND = "basemap"
# Layers that every map needs.
_ALWAYS = frozenset({"places", "sources"})


def folder_catalogue(
    terms: Agreement, catalogue: Sequence[LayerSpec | DerivedSpec]
) -> tuple[LayerSpec | DerivedSpec, ...]:
    """Return the catalogue of one folder: the known layers that its agreement lists.

    Parameters
    ----------
    terms : Agreement
        The agreement, with the road, its sides, the layers, and the area.
    catalogue : sequence of LayerSpec or DerivedSpec
        All known layers, in drawing order.

    Returns
    -------
    tuple of LayerSpec and DerivedSpec
        The road of the agreement has the style of such a road, whatever its name. Layers that the agreement omits, and
        those computed from them, are left out.
    """
    road, area_deg = terms.corridor.road_layer, terms.map.area_deg
    known = {spec.name for spec in catalogue if isinstance(spec, LayerSpec)}
    listed = {road, *(known if terms.map.layers is None else [*_ALWAYS, *terms.map.layers])}
    own: list[LayerSpec | DerivedSpec] = []
    for spec in catalogue:
        if isinstance(spec, DerivedSpec):
            made_from = tuple(road if name == THE_ROAD else name for name in spec.made_from)
            if listed.issuperset(made_from):
                own.append(replace(spec, made_from=made_from, style=_with_sides(spec.style, terms)))
            continue
        if spec.name in listed and spec.name != road:
            style = _OTHER_ROAD if spec.name == _LIKE_THE_ROAD else spec.style
            own.append(replace(spec, style=style, area_deg=area_deg))
        if spec.name == _LIKE_THE_ROAD:
            own.append(replace(spec, name=road, title=f"{terms.corridor.road} motorway", area_deg=area_deg))
    return tuple(own)


def _with_sides(style: Style | None, terms: Agreement) -> Style | None:
    """Return a style without the sides that the road of the agreement does not have."""
    if style is None or style.by != "side":
        return style
    sides: set[str] = {term.side for term in terms.sides}
    return replace(style, symbols={side: symbol for side, symbol in style.symbols.items() if side in sides})

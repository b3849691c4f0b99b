"""The catalogue of layers: name, record and classes of each, in drawing order. How they look is `geo.outputs.style`."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace

from pydantic import BaseModel

from geo.inputs import schema
from geo.inputs.agreement import Agreement
from geo.inputs.geojson import AREA_DEG, AreaDeg


@dataclass(frozen=True, slots=True)
class _Spec:
    """What stored and computed layers have in common.

    Attributes
    ----------
    name : str
        Name of the layer.
    title : str
        Title for readers.
    classes : mapping of str to str
        The classes of features that are drawn, with their names in the legend, lowest first; a layer with one look has
        the single class ``""``. Empty if the layer is not drawn.
    by : str
        Column whose value is the class; ``status`` is computed for the date shown. Empty for a single look.
    like : str
        The layer whose style it has; its own if empty.
    is_ground : bool
        Whether it is drawn below the subject of the map, for orientation. The ground comes first in the catalogue, its
        extent limits the map, and its features are neither searched nor listed.
    ends_at_border : bool
        Whether it is drawn only in the country of the road; its data keep their shape.
    """

    name: str
    title: str
    _: KW_ONLY
    classes: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    like: str = ""
    is_ground: bool = False
    ends_at_border: bool = False


@dataclass(frozen=True, slots=True)
class LayerSpec(_Spec):
    """One file of the layers folder: ``<name>.geojson``, or ``<name>.csv`` where no row has a place.

    Attributes
    ----------
    record : type
        The pydantic model of one row.
    geometry : frozenset of str
        Valid GeoJSON geometry types; empty for a table.
    place_may_be_unknown : bool
        Whether a feature may have no geometry.
    collection : type or None
        Model of the members of the collection.
    area_deg : tuple of float
        Area for its features: west, south, east, north in degrees.
    is_optional : bool
        Whether a folder whose agreement lists no layers may lack the file.
    """

    record: type[schema.Record]
    geometry: frozenset[str] = frozenset()
    place_may_be_unknown: bool = False
    collection: type[BaseModel] | None = None
    area_deg: AreaDeg = AREA_DEG
    is_optional: bool = False

    @property
    def file(self) -> str:
        """Name of the file in the layers folder."""
        return f"{self.name}.geojson" if self.geometry else f"{self.name}.csv"


# Placeholder for the layer of the agreement's road.
THE_ROAD = "the road"


@dataclass(frozen=True, slots=True)
class DerivedSpec(_Spec):
    """A geometry that the build computes and the map shows, published as ``data/<name>.geojson``.

    Attributes
    ----------
    record : type or None
        The pydantic model whose columns it has, if any.
    made_from : tuple of str
        Layers that it is computed from; `THE_ROAD` is the layer of the agreement's road.
    """

    record: type[schema.Record] | None = None
    made_from: tuple[str, ...] = (THE_ROAD,)


POINT = frozenset({"Point"})
LINE = frozenset({"LineString"})
AREA = frozenset({"Polygon"})
# Of the ground, what has the same class and name is one feature.
LINES, AREAS = LINE | {"MultiLineString"}, AREA | {"MultiPolygon"}

CATALOGUE: tuple[LayerSpec | DerivedSpec, ...] = (
    LayerSpec(
        "basemap",
        "Land and state borders",
        schema.Basemap,
        geometry=AREA | LINE,
        by="kind",
        classes={"land": "Land", "border": "State border"},
        is_ground=True,
    ),
    LayerSpec(
        "sea",
        "Sea",
        schema.Sea,
        geometry=AREA,
        classes={"": "Sea"},
        is_ground=True,
    ),
    LayerSpec(
        "builtup",
        "Built-up areas",
        schema.GroundFeature,
        geometry=AREAS,
        classes={"": "Built-up area"},
        is_ground=True,
        is_optional=True,
    ),
    LayerSpec(
        "water",
        "Rivers and lakes",
        schema.GroundFeature,
        geometry=AREAS | LINES,
        by="kind",
        classes={
            "seasonal_lake": "Seasonal lake",
            "lake": "Lake or reservoir",
            "canal": "Canal",
            "stream": "Small river",
            "river": "River",
        },
        is_ground=True,
        is_optional=True,
    ),
    LayerSpec(
        "governorates",
        "Borders of governorates",
        schema.GroundFeature,
        geometry=LINES,
        classes={"": "Border of governorates"},
        is_ground=True,
        is_optional=True,
    ),
    LayerSpec(
        "railway",
        "Railways",
        schema.GroundFeature,
        geometry=LINES,
        by="kind",
        classes={"abandoned": "Abandoned railway", "disused": "Disused railway", "rail": "Railway"},
        is_ground=True,
        is_optional=True,
    ),
    LayerSpec(
        "roads",
        "Main roads",
        schema.GroundFeature,
        geometry=LINES,
        by="kind",
        classes={
            "secondary": "Secondary road",
            "primary": "Primary road",
            "trunk": "Trunk road",
            "motorway": "Motorway",
        },
        is_ground=True,
        is_optional=True,
    ),
    LayerSpec(
        "ground_names",
        "Names of countries, seas, waters, mountains and plains",
        schema.GroundFeature,
        geometry=POINT,
        by="kind",
        classes={
            "water": "Name of a river or lake",
            "plain": "Name of a plain",
            "mountain": "Name of a mountain",
            "range": "Name of a mountain range",
            "governorate": "Name of a governorate",
            "sea": "Name of a sea",
            "country": "Name of a country",
        },
        is_ground=True,
        is_optional=True,
    ),
    LayerSpec(
        "deescalation_zone",
        "De-escalation zone",
        schema.Zone,
        geometry=AREA,
        classes={"": "Approximate outline"},
        ends_at_border=True,
    ),
    DerivedSpec(
        "corridor",
        "Security corridor",
        by="side",
        classes={"north": "North side", "south": "South side", "east": "East side", "west": "West side"},
        ends_at_border=True,
    ),
    DerivedSpec(
        "demilitarised_band",
        "Demilitarised zone of 2018 (computed)",
        by="depth_km",
        classes={"20": "20 km deep, computed", "15": "15 km deep, computed"},
        made_from=("deescalation_zone", "line_of_contact"),
        ends_at_border=True,
    ),
    LayerSpec(
        "line_of_contact",
        "Line of contact",
        schema.ContactLine,
        geometry=LINE,
        by="run",
        classes={
            "contact": "Between the parties, approximate",
            "afrin_limit": "Boundary with the Afrin area",
            "state_border": "Along the state border",
            "derived": "Computed limits of the 2018 demilitarised zone",
        },
    ),
    LayerSpec(
        "m5",
        "M5 motorway",
        schema.Carriageway,
        geometry=LINE,
        collection=schema.Snapshot,
        classes={"": "Carriageways, for context"},
        like="other_road",
    ),
    DerivedSpec("road_centreline", "Centreline of the whole road"),
    LayerSpec(
        "m4",
        "M4 motorway",
        schema.Carriageway,
        geometry=LINE,
        collection=schema.Snapshot,
        classes={"": "Carriageways"},
    ),
    DerivedSpec(
        "centreline",
        "Road through the corridor",
        classes={"": "Between the ends of the corridor"},
    ),
    DerivedSpec(
        "patrol_segments",
        "Joint patrols, March to August 2020",
        by="outcome",
        classes={
            "completed": "Completed",
            "shortened": "Shortened",
            "attacked": "Attacked",
            "disputed": "Sources differ on how it ended",
        },
        record=schema.JointPatrol,
        made_from=(THE_ROAD, "joint_patrols"),
    ),
    LayerSpec(
        "localities",
        "Localities",
        schema.Locality,
        geometry=POINT,
        classes={"": "Populated place"},
    ),
    LayerSpec(
        "places",
        "Places",
        schema.Place,
        geometry=POINT,
        place_may_be_unknown=True,
        by="role",
        classes={
            "reference_city": "City",
            "main_town": "Town",
            "patrol_or_event": "Named in reports of patrols or events",
        },
    ),
    LayerSpec(
        "observation_posts",
        "Turkish observation posts",
        schema.ObservationPost,
        geometry=POINT,
        place_may_be_unknown=True,
        by="status",
        classes={
            "opposition_held": "In opposition-held territory",
            "standing": "In place; side not stated",
            "encircled": "Encircled",
            "not_known": "Not known whether still there",
            "evacuated": "Evacuated",
            "undated": "No date known",
        },
    ),
    DerivedSpec(
        "claims",
        "Places of events",
        by="status",
        classes={"claimed": "Claims up to this date"},
        made_from=("timeline", "places"),
    ),
    LayerSpec("joint_patrols", "Joint patrols", schema.JointPatrol),
    LayerSpec("timeline", "Events and claims", schema.TimelineEvent),
    LayerSpec("corrections", "Corrections", schema.Correction),
    LayerSpec("chapters", "Chapters", schema.Chapter, is_optional=True),
    LayerSpec("translations", "Translations", schema.Translation, is_optional=True),
    LayerSpec("sources", "Sources", schema.Source),
)

LAYERS = tuple(spec for spec in CATALOGUE if isinstance(spec, LayerSpec))
DERIVED = tuple(spec for spec in CATALOGUE if isinstance(spec, DerivedSpec))
# The layer whose style the road of every agreement has, and the style of a motorway that the agreement is not about.
_THIS_ROAD, _OTHER_ROAD = "m4", "other_road"
_OTHER_ROAD_CLASSES = {"": "Carriageways, for context"}
# The main subject of the map.
FOCUS = "corridor"
# The layers that come first in the legend, in this order; the others are folded.
MAIN = (FOCUS, "line_of_contact", "deescalation_zone", "observation_posts", "patrol_segments")
# The layers that are whole in the view when the map opens.
OPENING = (FOCUS, "deescalation_zone", "line_of_contact")
# The names of the ground, lowest first.
GROUND = tuple(spec.name for spec in CATALOGUE if spec.is_ground)
# The ground whose areas are the land of countries.
COUNTRIES = "basemap"
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
                own.append(replace(spec, made_from=made_from, classes=_with_sides(spec, terms)))
            continue
        if spec.name in listed and spec.name != road:
            other = _as_other_road(spec) if spec.name == _THIS_ROAD else spec
            own.append(replace(other, area_deg=area_deg))
        if spec.name == _THIS_ROAD:
            title = f"{terms.corridor.road} motorway"
            own.append(replace(spec, name=road, title=title, like=_THIS_ROAD, area_deg=area_deg))
    return tuple(own)


def _as_other_road(spec: LayerSpec) -> LayerSpec:
    """Return the layer of a motorway that the agreement is not about."""
    return replace(spec, like=_OTHER_ROAD, classes=_OTHER_ROAD_CLASSES)


def _with_sides(spec: DerivedSpec, terms: Agreement) -> Mapping[str, str]:
    """Return the classes of a computed layer without the sides that the road of the agreement does not have."""
    if spec.by != "side":
        return spec.classes
    sides: set[str] = {term.side for term in terms.sides}
    return {side: label for side, label in spec.classes.items() if side in sides}

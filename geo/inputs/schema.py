"""The record of one row of each layer: columns, types, units, valid values."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from types import UnionType
from typing import Annotated, Any, Literal, Self, TypeVar, Union, cast, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from shapely.geometry.base import BaseGeometry

from geo.inputs import lenient
from geo.inputs.dates import first_day, last_day

T = TypeVar("T")

# The last two code points of each plane, and 32 more, are not characters; XML 1.0 cannot contain the first two.
_NONCHARACTERS = "".join(map(chr, [*range(0xFFFE, 0x110000, 0x10000), *range(0xFFFF, 0x110000, 0x10000)]))
# Control characters, zero-width and bidirectional controls, line separators, lone surrogates, noncharacters, and the
# tags U+E0000 to U+E007F, which hide a text in another.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef"
    f"\U000e0000-\U000e007f{_NONCHARACTERS}]"
)


def plain_text(text: str) -> str:
    """Return a text without invisible characters, which can be written in every format.

    Raises
    ------
    ValueError
        If it is not such a text; the message gives the reason.
    """
    if text != text.strip() or not text:
        raise ValueError("starts or ends with a space, or is empty; leave an unknown text out")
    if found := _FORBIDDEN.search(text):
        raise ValueError(f"contains the invisible character U+{ord(found[0]):04X}; remove it")
    if not unicodedata.is_normalized("NFC", text):
        raise ValueError("is not in Unicode normalisation form NFC; normalise it")
    return text


def _iso_date(text: str) -> str:
    first_day(text)
    return text


# Keys that are not declared are refused, and no value is converted.
CLOSED = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _column(title: str, meaning: str, example: Any, *, unit: str = "") -> Any:
    """Describe a required column once, for the data dictionary, the JSON Schema and the page."""
    return Field(title=title, description=meaning, examples=[example], json_schema_extra=_unit(unit))


def _optional(title: str, meaning: str, example: Any, *, unit: str = "", empty: Any = None) -> Any:
    """Describe a column that can be empty, as `_column` does."""
    return Field(default=empty, title=title, description=meaning, examples=[example], json_schema_extra=_unit(unit))


def _unit(unit: str) -> dict[str, Any] | None:
    return {"unit": unit} if unit else None


Text = Annotated[str, AfterValidator(plain_text)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]
IsoDate = Annotated[
    str,
    AfterValidator(_iso_date),
    lenient.DAY_WITH_SLASHES,
    lenient.DAY_WITH_MIDNIGHT,
    Field(json_schema_extra={"format": "ISO 8601 day, month or year"}),
]
Day = Annotated[str, AfterValidator(_iso_date), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d([+-][01]\d:[0-5]\d)?$")]
Grade = Annotated[str, Field(pattern=r"^[A-F][1-6]$")]
# The constraints come first, because pydantic writes only those of a plain type into the JSON Schema.
_Whole = Annotated[T, lenient.WHOLE_NUMBER_AS_TEXT, lenient.WHOLE_NUMBER_WITH_POINT, lenient.NUMBER_WITH_ZEROS]
Positive = _Whole[Annotated[int, Field(ge=1)]]
Metres = _Whole[Annotated[int, Field(ge=0, le=100_000)]]
Number = _Whole[Annotated[int, Field(ge=1, le=999)]]
PostNumber = _Whole[Annotated[int, Field(ge=1, le=12)]]
GeoNamesId = _Whole[Annotated[int, Field(ge=1, le=10**9)]]
Kilometres = Annotated[float, Field(gt=0, le=1_000), lenient.NUMBER_WITH_ZEROS]
# JSON, TOML and CSV have lists; the records have tuples, which cannot change.
_List = Annotated[T, Field(strict=False), lenient.LIST_AS_PRINTED, lenient.LIST_AS_JSON_TEXT]
Ids = _List[Annotated[tuple[Id, ...], Field(min_length=1)]]
FeatureName = Annotated[str, Field(pattern=r"^[a-z0-9_]+/[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=128)]
FeatureNames = _List[Annotated[tuple[FeatureName, ...], Field(min_length=1)]]
Texts = _List[tuple[Text, ...]]
# A list that may be empty, which CSV has as an empty cell.
_OptionalIds = _List[Annotated[tuple[Id, ...], BeforeValidator(lambda value: value or ())]]
WebAddress = Annotated[Text, Field(pattern=r"^https?://[^\s<>\"]+$")]
Basis = Literal["stated", "gazetteer", "osm", "derived", "inferred"]

Fault = tuple[str, str, str]  # rule, what was found, what is right


class Record(BaseModel):
    """A row; columns that are not declared are refused, and no value is converted."""

    model_config = CLOSED

    id: Id = _column("Id", "Unique in the layer; letters, digits, - and _", "trumba")

    @property
    def may_lie_anywhere(self) -> bool:
        """Whether the feature may be outside the area of interest."""
        return False

    @property
    def is_disputed(self) -> bool:
        """Whether sources contradict each other on this row."""
        return False

    def faults_with(self, geometry: BaseGeometry | None) -> Iterator[Fault]:
        """Yield each contradiction between the columns and the geometry."""
        del geometry
        yield from ()


class Sourced(Record):
    """A row with its sources, and how reliable it is."""

    grade: Grade = _column("Grade", "Admiralty code: source A–F, information 1–6", "B2")
    sources: Ids = _column("Sources", "Ids of `sources.csv`, at least one", ["W001", "W094"])
    note: Text | None = _optional("Note", "What else must be known, disagreements first", "Never encircled.")

    @property
    def is_disputed(self) -> bool:
        """Whether the information is graded as contradicted."""
        return self.grade.endswith("4")


class Located(Record):
    """A row with names, dates and a place on the map."""

    name_en: Text = _column("Name (English)", "Name in English", "Saraqib")
    name_ar: Text | None = _optional("Name (Arabic)", "Name in Arabic", "سراقب")
    name_tr: Text | None = _optional("Name (Turkish)", "Name in Turkish", "Serakib")
    name_fr: Text | None = _optional("Name (French)", "Name in French", "Saraqeb")
    valid_from: IsoDate | None = _optional("Valid from", "First day, month or year; empty = open", "2018-09-17")
    valid_to: IsoDate | None = _optional("Valid to", "Last day, month or year; empty = open", "2019-08-19")
    basis: Basis | None = _optional(
        "Basis of the position", "Where the position comes from; empty if there is none", "osm"
    )
    precision_m: Metres | None = _optional("Precision (m)", "Radius within which the true place is", 2000, unit="m")

    @model_validator(mode="after")
    def _interval_is_in_order(self) -> Self:
        _check_order(valid_from=self.valid_from, valid_to=self.valid_to)
        return self

    def faults_with(self, geometry: BaseGeometry | None) -> Iterator[Fault]:
        """Yield a fault if only one of position and basis is given."""
        if (geometry is None) != (self.basis is None):
            found = "a position without a basis" if self.basis is None else "a basis without a position"
            yield "basis", found, "give both, or neither if the place is unknown"


class MapFeature(Sourced, Located):
    """The columns that every feature shares: id, names, validity, position, grade, sources, note, in this order."""


class Carriageway(MapFeature):
    """One OpenStreetMap way of a motorway, or one whole carriageway, drawn in the direction of travel."""

    ref: Text = _column("Road number", "Number of the road, as OpenStreetMap has it", "M4")
    highway: Literal["motorway", "trunk", "motorway_link", "trunk_link"] = _column(
        "OpenStreetMap highway", "Kind of road, as OpenStreetMap has it", "motorway"
    )
    carriageway: Literal["eastbound", "westbound", "northbound", "southbound"] | None = _optional(
        "Carriageway", "Where its traffic leads", "eastbound"
    )
    osm_id: Positive | None = _optional("OpenStreetMap way", "Id of the way; empty if not kept", 25404152)


class Snapshot(BaseModel):
    """Where and when the carriageways of a road were taken from OpenStreetMap; members of the collection."""

    model_config = CLOSED

    licence: Text = _column("Licence", "Licence of the data", "ODbL-1.0")
    osm_base: Text = _column("State of OpenStreetMap", "As of when the data are", "2021-08")
    retrieved_at: Text | None = _optional(
        "Retrieved at", "When they were fetched, UTC; empty if not kept", "2026-11-01T23:59:59Z"
    )


class Zone(MapFeature):
    """One outline of the de-escalation zone, good for the dates it carries."""

    agreement: Text = _column("Agreement", "The text that created it", "Memorandum of 17 September 2018 (Sochi)")


class ContactLine(MapFeature):
    """One stretch of a line between the parties, on a date; `vertex_*` hold one entry for each vertex, in order."""

    run: Literal["contact", "state_border", "afrin_limit", "derived"] = _column(
        "Kind of line", "Between the parties, along the border or the Afrin area, or a computed offset", "contact"
    )
    as_of: IsoDate = _column("As of", "The date of the state described", "2020-03-06")
    vertex_precision_m: _List[tuple[Metres, ...]] = _column(
        "Precision at each vertex (m)", "As `precision_m`", [1300, 1000], unit="m"
    )
    vertex_between: Texts = _column("Places on either side", "Opposition-held | government-held", ["Atme | Dewe Jorin"])
    vertex_basis: Texts = _column("Basis of each vertex", "How the vertex was found", ["midpoint, 4.1 km apart"])
    vertex_sources: Texts = _column(
        "Sources of each vertex", "Ids of `sources.csv`, separated by spaces", ["E05a E05b"]
    )

    def faults_with(self, geometry: BaseGeometry | None) -> Iterator[Fault]:
        """Yield a fault for each list without exactly one entry per vertex."""
        yield from super().faults_with(geometry)
        count = 0 if geometry is None else len(geometry.coords)
        for column in ("vertex_precision_m", "vertex_between", "vertex_basis", "vertex_sources"):
            entries = len(getattr(self, column))
            if entries != count:
                yield column, f"{entries} entries", f"give {count}, one for each vertex"


class ObservationPost(MapFeature):
    """One Turkish observation post; without geometry where its place is unknown."""

    number: PostNumber | None = _optional(
        "Official number", "1 to 12, clockwise round the zone; empty for additional posts", 9
    )
    kind: Literal["official", "additional"] = _column("Kind", "One of the twelve agreed ones, or not", "official")
    established_on: IsoDate | None = _optional("Established", "When it was set up", "2018-04-07")
    encircled_on: IsoDate | None = _optional("Encircled", "When government forces had surrounded it", "2019-08-23")
    evacuated_on: IsoDate | None = _optional("Evacuated", "When it was left", "2020-11-02")
    attested_until: IsoDate | None = _optional(
        "Last attested", "Until when a source attests its last status; afterwards that is not known", "2020-10"
    )
    gone_by: IsoDate | None = _optional(
        "No longer there by", "When a source shows it gone, where the day it was left is not known", "2021-01"
    )
    status_2020_03_05: Literal["opposition_held", "encircled"] | None = _optional(
        "On 5 March 2020",
        "On whose ground it stood that day, inferred from who held the place unless `note` says who states it; "
        "empty if unknown",
        "encircled",
    )
    governorate: Literal["Aleppo", "Hama", "Idlib", "Latakia"] | None = _optional("Governorate", "Governorate", "Hama")
    also_called: Text | None = _optional(
        "Also called", "Other names and spellings, separated by semicolons", "Salwa; Salve"
    )
    position_basis: Text | None = _optional(
        "How the position was found", "In words", "Village point; the post itself is not stated"
    )
    grade_reason: Text | None = _optional("Reason for the grade", "In words", "TSK/AA and SOHR agree")
    after_2020: Text | None = _optional("After 2020", "What is known of it later", "No evacuation found.")

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> Self:
        before = {"established_on": self.established_on, "encircled_on": self.encircled_on}
        _check_order(**before, evacuated_on=self.evacuated_on)
        _check_order(**before, attested_until=self.attested_until, gone_by=self.gone_by)
        if self.attested_until and self.gone_by and last_day(self.gone_by) <= last_day(self.attested_until):
            raise ValueError(f"gone_by {self.gone_by} must be later than attested_until {self.attested_until}")
        return self

    @model_validator(mode="after")
    def _the_end_is_given_once(self) -> Self:
        if self.evacuated_on and (self.attested_until or self.gone_by):
            raise ValueError("evacuated_on is known: leave attested_until and gone_by empty")
        return self

    @model_validator(mode="after")
    def _official_posts_are_numbered(self) -> Self:
        if (self.kind == "official") != (self.number is not None):
            raise ValueError("official posts have a number, additional posts have none")
        return self


class Place(MapFeature):
    """A place that the patrols, the events or the reader need; without geometry where it is unknown."""

    role: Literal["patrol_or_event", "reference_city", "main_town"] = _column(
        "Role", "Why it is here; a reference city may be anywhere", "patrol_or_event"
    )
    also_called: Text | None = _optional("Also called", "Other names and spellings", "Tronba, Turunbah, Turumbah")
    geonames_id: GeoNamesId | None = _optional("GeoNames id", "Id in GeoNames", 163092)
    position_basis: Text | None = _optional(
        "How the position was found", "In words", "gazetteer point (village centre)"
    )
    names_basis: Text | None = _optional("Where the names come from", "In words", "Arabic: GeoNames; Turkish: press")

    @property
    def may_lie_anywhere(self) -> bool:
        """Whether it is a city of reference, such as Moscow."""
        return self.role == "reference_city"


class Locality(MapFeature):
    """A populated place of the gazetteer that is not among the places, for search, labels and counts."""

    also_called: Text | None = _optional("Also called", "Other names and spellings", "Atma, Atme")
    geonames_id: GeoNamesId = _column("GeoNames id", "Id in GeoNames", 168325)
    whosonfirst_id: Positive = _column("Who's On First id", "Id of the record it was read from", 1125778451)


class Ground(MapFeature):
    """A feature drawn below the subject of the map, for orientation only."""

    @property
    def may_lie_anywhere(self) -> bool:
        """Whether it may reach beyond the area of interest; all of the ground does."""
        return True


class Basemap(Ground):
    """The land of a country or a state border, for orientation only."""

    kind: Literal["land", "border"] = _column("Kind", "What it is", "border")


class Sea(Ground):
    """The sea, for orientation only; its edge is the coast."""


class GroundFeature(Ground):
    """A part of the ground, for orientation only: a road, a railway, water, a built-up area, a border, a name."""

    kind: Literal[
        "abandoned",
        "builtup",
        "canal",
        "country",
        "disused",
        "governorate",
        "lake",
        "motorway",
        "mountain",
        "plain",
        "primary",
        "rail",
        "range",
        "river",
        "sea",
        "seasonal_lake",
        "secondary",
        "stream",
        "trunk",
        "water",
    ] = _column("Kind", "What it is; of a name, what is named", "river")
    ref: Text | None = _optional("Road number", "Number of a road, as OpenStreetMap has it", "M4")


class JointPatrol(Sourced):
    """One patrol of the M4, held or not; a row without a number was never numbered."""

    number: Number | None = _optional("Number", "Count of the Turkish defence ministry", 22)
    date: IsoDate | None = _optional("Date", "Day of the patrol", "2020-07-22")
    from_place: Id | None = _optional("From", "Id of `places.geojson`", "trumba")
    to_place: Id | None = _optional("Furthest place reached", "Id of `places.geojson`", "ain-al-hawr")
    planned_end: Id | None = _optional("Planned end", "Id of `places.geojson`", "ain-al-hawr")
    direction: Literal["westward", "eastward", "out_and_back"] | None = _optional(
        "Direction", "Which way it went", "westward"
    )
    participation: Literal["joint", "disputed", "turkish_only", "none", "not_established"] = _column(
        "Participation", "Who took part", "joint"
    )
    outcome: Literal["completed", "shortened", "attacked", "disputed", "cancelled"] | None = _optional(
        "Outcome", "How it ended; disputed where sources differ, empty if unknown", "completed"
    )
    incident: Text | None = _optional("Incident", "What happened on the way", "Stones thrown.")
    number_turkish_ministry: Number | None = _optional("Number, Turkish ministry", "As that ministry stated it", 21)
    number_russian_centre: Number | None = _optional("Number, Russian centre", "As the Russian centre stated it", 20)
    number_local_media: Number | None = _optional("Number, local media", "As local media counted", 21)
    reported_length_km: Kilometres | None = _optional(
        "Reported length (km)", "As reported, not computed", 71, unit="km"
    )
    vehicles: Text | None = _optional("Vehicles", "As reported", "two BTR-80 and one Tigr (RIA)")
    participation_note: Text | None = _optional(
        "Participation, as claimed", "Who claims what", "joint (A) or Turkish only (B)"
    )
    certainty: Text | None = _optional(
        "Certainty by item", "Letters A (sure) to D (not established)", "A: date; C: route"
    )
    grade_reason: Text | None = _optional("Reason for the grade", "In words", "both ministries agree")

    @property
    def is_disputed(self) -> bool:
        """Whether sources contradict each other on the patrol, on how it ended or on who took part."""
        return super().is_disputed or "disputed" in (self.participation, self.outcome)


class TimelineEvent(Sourced):
    """One dated event, or one claim about it; claims that contradict each other are rows side by side."""

    date: IsoDate = _column("Date", "Day, month or year", "2020-02-27")
    time: ClockTime | None = _optional("Time", "As stated; with an offset only where the zone is stated", "08:50+03:00")
    title_en: Text = _column("Title (English)", "What happened or is claimed", "Sochi memorandum signed")
    title_ar: Text | None = _optional("Title (Arabic)", "The same in Arabic", "توقيع مذكرة سوتشي")
    title_tr: Text | None = _optional("Title (Turkish)", "The same in Turkish", "Soçi muhtırası imzalandı")
    title_fr: Text | None = _optional("Title (French)", "The same in French", "Signature du mémorandum")
    category: Literal[
        "agreement", "ceasefire", "diplomacy", "humanitarian", "offensive", "patrol", "posts", "strike"
    ] = _column("Category", "Kind of event", "strike")
    place: Id | None = _optional("Place", "Id of `places.geojson`; empty if none is named", "balyun")
    figure: Text | None = _optional("Figure", "The number claimed, as claimed", "at least 33")
    unit: Text | None = _optional("Unit", "What the figure counts", "Turkish soldiers killed")
    claimed_by: Text = _column("Claimed by", "Whose claim it is", "SOHR")
    conflict: Text | None = _optional("Contradictions", "What contradicts or qualifies it", "Reuters: 34")

    @model_validator(mode="after")
    def _a_figure_has_a_unit(self) -> Self:
        if (self.figure is None) != (self.unit is None):
            raise ValueError("give figure and unit together, or neither")
        return self


class Chapter(Record):
    """One step of the story that the page tells: a day, what happened, and what the map shows of it."""

    day: Day = _column("Day", "The day that the map shows", "2020-03-06")
    sentence: Text = _column("Sentence", "What happened, with its date, in one sentence", "The ceasefire takes effect.")
    view: FeatureNames = _column(
        "View", "The features that frame the view, as `layer/id`", ["places/trumba", "places/ain-al-hawr"]
    )
    sources: Ids = _column("Sources", "Ids of `sources.csv`, at least one", ["W094"])


class Translation(Record):
    """One English text of another layer or of the agreement, with its translations."""

    en: Text = _column("English", "The text, exactly as it is in the other file", "Stones thrown.")
    fr: Text | None = _optional("French", "The same in French; empty = shown in English", "Jets de pierres.")
    ar: Text | None = _optional("Arabic", "The same in Arabic", "رُشق بالحجارة.")
    tr: Text | None = _optional("Turkish", "The same in Turkish", "Taş atıldı.")
    note: Text | None = _optional(
        "Note", "Official wording of what, with its source; empty = translated for this map", "fr: wording of W094"
    )


class Source(Record):
    """One published document or data set."""

    title: Text = _column(
        "Title",
        "As the document gives it; `note` says if it comes from the address or is in our words",
        "Russian Military Police stationed at Saraqib",
    )
    publisher: Text = _column("Publisher", "Who published it; after ` / `, whom it repeats", "UrduPoint / Sputnik")
    date: IsoDate | None = _optional("Date", "Of publication", "2020-03-15")
    url: WebAddress | None = _optional("Address", "http or https; empty where there is none", "https://example.org/1")
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = _optional("Language", "ISO 639-1", "ar")
    licence: Text | None = _optional("Licence", "Where data were taken, not only facts", "CC BY 4.0")
    note: Text | None = _optional("Note", "Where the date comes from, and the like", "date inferred")


class Correction(Record):
    """One correction of a published fact: what the map said before, and what it says now."""

    date: IsoDate = _column("Date", "When it was corrected", "2026-11-29")
    layer: Id = _column("Layer", "Name of the layer, `agreement`, or `texts` of the page", "observation_posts")
    feature: Id | None = _optional("Feature", "Its id; empty if several features changed", "post-saraqib-east")
    before: Text | None = _optional("Before", "What the map said; empty if nothing", "Encircled to the end of the map")
    after: Text | None = _optional("After", "What it says now; empty if nothing", "Evacuated on 26 November 2020")
    sources: _OptionalIds = _optional(
        "Sources",
        "Ids of `sources.csv` on which it rests; empty for a spelling or a repetition",
        ["O178", "O179"],
        empty=(),
    )

    @model_validator(mode="after")
    def _says_what_changed(self) -> Self:
        if self.before == self.after:
            raise ValueError("say what changed: before and after are the same")
        return self


@cache
def column_type(record: type[BaseModel], column: str) -> type:
    """Return the type of a column: `str`, `int`, `float`, or `tuple` for a list."""
    return _plain_type(record.model_fields[column].annotation)


def column_choices(record: type[BaseModel], column: str) -> tuple[str, ...]:
    """Return the valid values of a column, if they are listed; otherwise an empty tuple."""
    return tuple(_choices(record.model_fields[column].annotation))


def is_date_column(record: type[BaseModel], column: str) -> bool:
    """Return whether the values of a column are days, months or years."""
    return _iso_date.__name__ in repr((record.model_fields[column].annotation, record.model_fields[column].metadata))


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(choice) for choice in get_args(annotation)]
    return [choice for part in get_args(annotation) for choice in _choices(part)]


def _plain_type(annotation: Any) -> type:
    origin = get_origin(annotation)
    if origin in (Annotated, UnionType, Union):
        return _plain_type(get_args(annotation)[0])
    if origin is Literal:
        return str
    return origin if isinstance(origin, type) else cast("type", annotation)


def _check_order(**dates: str | None) -> None:
    """Refuse dates if one of them is certainly before one that precedes it in the arguments."""
    known = [(column, date) for column, date in dates.items() if date]
    for (earlier, first), (later, second) in combinations(known, 2):
        if last_day(second) < first_day(first):
            raise ValueError(f"{later} {second} is before {earlier} {first}")

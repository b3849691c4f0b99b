"""What one row of each layer is: its columns, their types and units, and what may stand in them."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from types import UnionType
from typing import Annotated, Any, Literal, Self, Union, cast, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from shapely.geometry.base import BaseGeometry

from geo.inputs.dates import first_day, last_day

# The last two of each plane, and 32 more, stand for no character; XML 1.0 cannot hold the first two.
_NONCHARACTERS = "".join(map(chr, [*range(0xFFFE, 0x110000, 0x10000), *range(0xFFFF, 0x110000, 0x10000)]))
# Control characters, zero-width and bidirectional controls, line separators, lone surrogates, noncharacters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef"
    f"{_NONCHARACTERS}]"
)


def plain_text(text: str) -> str:
    """Return a text that holds nothing invisible and can be written in every format.

    Raises
    ------
    ValueError
        If it holds something else; the message says what.
    """
    if text != text.strip() or not text:
        raise ValueError("begins or ends with a blank, or is empty; an unknown text is left out")
    if found := _FORBIDDEN.search(text):
        raise ValueError(f"holds the invisible character U+{ord(found[0]):04X}; remove it")
    if not unicodedata.is_normalized("NFC", text):
        raise ValueError("is not in Unicode's composed form; write it as NFC")
    return text


def _iso_date(text: str) -> str:
    first_day(text)
    return text


def _column(title: str, meaning: str, example: Any, *, unit: str = "") -> Any:
    """Describe a column once, for the data dictionary, the JSON Schema and the page."""
    return Field(
        title=title, description=meaning, examples=[example], json_schema_extra={"unit": unit} if unit else None
    )


Text = Annotated[str, AfterValidator(plain_text)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]
IsoDate = Annotated[str, AfterValidator(_iso_date), Field(json_schema_extra={"format": "ISO 8601 day, month or year"})]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d([+-][01]\d:[0-5]\d)?$")]
Grade = Annotated[str, Field(pattern=r"^[A-F][1-6]$")]
Metres = Annotated[int, Field(ge=0, le=100_000)]
Number = Annotated[int, Field(ge=1, le=999)]
Kilometres = Annotated[float, Field(gt=0, le=1_000)]
GeoNamesId = Annotated[int, Field(ge=1, le=10**9)]
WebAddress = Annotated[Text, Field(pattern=r"^https?://[^\s<>\"]+$")]
Basis = Literal["stated", "gazetteer", "osm", "derived", "inferred"]

Fault = tuple[str, str, str]  # rule, what was found, what is right


class Record(BaseModel):
    """A row with closed columns: what is not named here is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    id: Annotated[Id, _column("Id", "Unique in the layer; letters, digits, - and _", "trumba")]

    @property
    def may_lie_anywhere(self) -> bool:
        """Whether the feature may lie outside the area of interest."""
        return False

    @property
    def is_disputed(self) -> bool:
        """Whether sources contradict each other on this row."""
        return False

    def faults_with(self, geometry: BaseGeometry | None) -> Iterator[Fault]:
        """Yield what does not fit between the columns and the geometry."""
        del geometry
        yield from ()


class Sourced(Record):
    """A row that says who says so and how sure that is."""

    grade: Annotated[Grade, _column("Grade", "Admiralty code: source A–F, information 1–6", "B2")]
    sources: Annotated[
        tuple[Id, ...], Field(min_length=1), _column("Sources", "Ids of `sources.csv`, at least one", ["W001", "W094"])
    ]
    note: Annotated[
        Text | None, _column("Note", "What else must be known, disagreements first", "Never encircled.")
    ] = None

    @property
    def is_disputed(self) -> bool:
        """Whether the information is graded as contradicted."""
        return self.grade.endswith("4")


class Located(Record):
    """A row with names, dates and a place on the map."""

    name_en: Annotated[Text, _column("Name (English)", "Name in English", "Saraqib")]
    name_ar: Annotated[Text | None, _column("Name (Arabic)", "Name in Arabic", "سراقب")] = None
    name_tr: Annotated[Text | None, _column("Name (Turkish)", "Name in Turkish", "Serakib")] = None
    name_fr: Annotated[Text | None, _column("Name (French)", "Name in French", "Saraqeb")] = None
    valid_from: Annotated[
        IsoDate | None, _column("Valid from", "First day, month or year; empty = open", "2018-09-17")
    ] = None
    valid_to: Annotated[IsoDate | None, _column("Valid to", "Last day, month or year; empty = open", "2019-08-19")] = (
        None
    )
    basis: Annotated[
        Basis | None, _column("Basis of the position", "Where the position comes from; empty if there is none", "osm")
    ] = None
    precision_m: Annotated[
        Metres | None, _column("Precision (m)", "Radius within which the true place lies", 2000, unit="m")
    ] = None

    @model_validator(mode="after")
    def _interval_is_in_order(self) -> Self:
        _check_order(valid_from=self.valid_from, valid_to=self.valid_to)
        return self

    def faults_with(self, geometry: BaseGeometry | None) -> Iterator[Fault]:
        """Yield a fault where a place has no basis, or a basis no place."""
        if (geometry is None) != (self.basis is None):
            found = "a position without a basis" if self.basis is None else "a basis without a position"
            yield "basis", found, "give both, or neither where the place is unknown"


class MapFeature(Sourced, Located):
    """The columns that every feature shares: id, names, validity, position, grade, sources, note, in this order."""


class Carriageway(MapFeature):
    """One OpenStreetMap way of a motorway, or one whole carriageway, drawn in the direction of travel."""

    ref: Annotated[Text, _column("Road number", "Number of the road, as OpenStreetMap has it", "M4")]
    highway: Annotated[
        Literal["motorway", "trunk", "motorway_link", "trunk_link"],
        _column("OpenStreetMap highway", "Kind of road, as OpenStreetMap has it", "motorway"),
    ]
    carriageway: Annotated[
        Literal["eastbound", "westbound", "northbound", "southbound"] | None,
        _column("Carriageway", "Where its traffic leads", "eastbound"),
    ] = None
    osm_id: Annotated[
        Annotated[int, Field(ge=1)] | None,
        _column("OpenStreetMap way", "Id of the way; empty if not kept", 25404152),
    ] = None


class Snapshot(BaseModel):
    """Where and when the carriageways of a road were taken from OpenStreetMap; members of the collection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    licence: Annotated[Text, _column("Licence", "Licence of the data", "ODbL-1.0")]
    osm_base: Annotated[Text, _column("State of OpenStreetMap", "As of when the data are", "2021-08")]
    retrieved_at: Annotated[
        Text | None, _column("Retrieved at", "When they were fetched, UTC; empty if not kept", "2026-11-01T23:59:59Z")
    ] = None


class Zone(MapFeature):
    """One outline of the de-escalation zone, good for the dates it carries."""

    agreement: Annotated[
        Text, _column("Agreement", "The text that created it", "Memorandum of 17 September 2018 (Sochi)")
    ]


class ContactLine(MapFeature):
    """One stretch of a line between the parties, on a date; `vertex_*` hold one entry for each vertex, in order."""

    run: Annotated[
        Literal["contact", "state_border", "afrin_limit", "derived"],
        _column(
            "Kind of line", "Between the parties, along the border or the Afrin area, or a computed offset", "contact"
        ),
    ]
    as_of: Annotated[IsoDate, _column("As of", "The date of the state described", "2020-03-06")]
    vertex_precision_m: Annotated[
        tuple[Metres, ...], _column("Precision at each vertex (m)", "As `precision_m`", [1300, 1000], unit="m")
    ]
    vertex_between: Annotated[
        tuple[Text, ...], _column("Places on either side", "Opposition-held | government-held", ["Atme | Dewe Jorin"])
    ]
    vertex_basis: Annotated[
        tuple[Text, ...], _column("Basis of each vertex", "How the vertex was found", ["midpoint, 4.1 km apart"])
    ]
    vertex_sources: Annotated[
        tuple[Text, ...], _column("Sources of each vertex", "Ids of `sources.csv`, parted by blanks", ["E05a E05b"])
    ]

    def faults_with(self, geometry: BaseGeometry | None) -> Iterator[Fault]:
        """Yield a fault for each list that has not one entry for each vertex."""
        yield from super().faults_with(geometry)
        count = 0 if geometry is None else len(geometry.coords)
        for column in ("vertex_precision_m", "vertex_between", "vertex_basis", "vertex_sources"):
            entries = len(getattr(self, column))
            if entries != count:
                yield column, f"{entries} entries", f"{count}, one for each vertex"


class ObservationPost(MapFeature):
    """One Turkish observation post; without geometry where its place is unknown."""

    number: Annotated[
        Annotated[int, Field(ge=1, le=12)] | None,
        _column("Official number", "1 to 12, clockwise round the zone; empty for additional posts", 9),
    ] = None
    kind: Annotated[
        Literal["official", "additional"], _column("Kind", "One of the twelve agreed ones, or not", "official")
    ]
    established_on: Annotated[IsoDate | None, _column("Established", "When it was set up", "2018-04-07")] = None
    encircled_on: Annotated[
        IsoDate | None, _column("Encircled", "When government forces had surrounded it", "2019-08-23")
    ] = None
    evacuated_on: Annotated[IsoDate | None, _column("Evacuated", "When it was left", "2020-11-02")] = None
    attested_until: Annotated[
        IsoDate | None,
        _column(
            "Last attested", "Until when a source attests its last status; afterwards that is not known", "2020-10"
        ),
    ] = None
    gone_by: Annotated[
        IsoDate | None,
        _column("No longer there by", "When a source shows it gone, where the day it was left is not known", "2021-01"),
    ] = None
    status_2020_03_05: Annotated[
        Literal["opposition_held", "encircled"] | None,
        _column("On 5 March 2020", "On whose ground it stood that day; empty if unknown", "encircled"),
    ] = None
    governorate: Annotated[
        Literal["Aleppo", "Hama", "Idlib", "Latakia"] | None, _column("Governorate", "Governorate", "Hama")
    ] = None
    also_called: Annotated[
        Text | None, _column("Also called", "Other names and spellings, parted by semicolons", "Salwa; Salve")
    ] = None
    position_basis: Annotated[
        Text | None, _column("How the position was found", "In words", "Village point; the post itself is not stated")
    ] = None
    grade_reason: Annotated[Text | None, _column("Reason for the grade", "In words", "TSK/AA and SOHR agree")] = None
    after_2020: Annotated[Text | None, _column("After 2020", "What is known of it later", "No evacuation found.")] = (
        None
    )

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> Self:
        before = {"established_on": self.established_on, "encircled_on": self.encircled_on}
        _check_order(**before, evacuated_on=self.evacuated_on)
        _check_order(**before, attested_until=self.attested_until, gone_by=self.gone_by)
        if self.attested_until and self.gone_by and last_day(self.gone_by) <= last_day(self.attested_until):
            raise ValueError(f"gone_by {self.gone_by} is no later than attested_until {self.attested_until}")
        return self

    @model_validator(mode="after")
    def _the_end_is_told_once(self) -> Self:
        if self.evacuated_on and (self.attested_until or self.gone_by):
            raise ValueError("evacuated_on is known: leave attested_until and gone_by empty")
        return self

    @model_validator(mode="after")
    def _official_posts_are_numbered(self) -> Self:
        if (self.kind == "official") != (self.number is not None):
            raise ValueError("an official post has a number, an additional one has none")
        return self


class Place(MapFeature):
    """A place that the patrols, the events or the reader need; without geometry where it is unknown."""

    role: Annotated[
        Literal["patrol_or_event", "reference_city", "main_town"],
        _column("Role", "Why it is here; a reference city may lie anywhere", "patrol_or_event"),
    ]
    also_called: Annotated[
        Text | None, _column("Also called", "Other names and spellings", "Tronba, Turunbah, Turumbah")
    ] = None
    geonames_id: Annotated[GeoNamesId | None, _column("GeoNames id", "Id in GeoNames", 163092)] = None
    position_basis: Annotated[
        Text | None, _column("How the position was found", "In words", "gazetteer point (village centre)")
    ] = None
    names_basis: Annotated[
        Text | None, _column("Where the names come from", "In words", "Arabic: GeoNames; Turkish: press")
    ] = None

    @property
    def may_lie_anywhere(self) -> bool:
        """Whether it is a city of reference, such as Moscow."""
        return self.role == "reference_city"


class Locality(MapFeature):
    """A populated place of the gazetteer, for search, labels and counts."""

    geonames_id: Annotated[GeoNamesId, _column("GeoNames id", "Id in GeoNames", 168325)]
    whosonfirst_id: Annotated[
        Annotated[int, Field(ge=1)], _column("Who's On First id", "Id of the record it was read from", 1125778451)
    ]


class Basemap(MapFeature):
    """Land, sea or a state border, for orientation only."""

    kind: Annotated[Literal["land", "sea", "border"], _column("Kind", "What it is", "border")]

    @property
    def may_lie_anywhere(self) -> bool:
        """Whether it may reach beyond the area of interest; all of the base map does."""
        return True


class JointPatrol(Sourced):
    """One patrol of the M4, held or not; a row without a number was never numbered."""

    number: Annotated[Number | None, _column("Number", "Count of the Turkish defence ministry", 22)] = None
    date: Annotated[IsoDate | None, _column("Date", "Day of the patrol", "2020-07-22")] = None
    from_place: Annotated[Id | None, _column("From", "Id of `places.geojson`", "trumba")] = None
    to_place: Annotated[Id | None, _column("Furthest place reached", "Id of `places.geojson`", "ain-al-hawr")] = None
    planned_end: Annotated[Id | None, _column("Planned end", "Id of `places.geojson`", "ain-al-hawr")] = None
    direction: Annotated[
        Literal["westward", "eastward", "out_and_back"] | None, _column("Direction", "Which way it went", "westward")
    ] = None
    participation: Annotated[
        Literal["joint", "disputed", "turkish_only", "none", "not_established"],
        _column("Participation", "Who took part", "joint"),
    ]
    outcome: Annotated[
        Literal["completed", "shortened", "attacked", "cancelled"] | None,
        _column("Outcome", "How it ended; empty if unknown", "completed"),
    ] = None
    incident: Annotated[Text | None, _column("Incident", "What happened on the way", "Stones thrown.")] = None
    number_turkish_ministry: Annotated[
        Number | None, _column("Number, Turkish ministry", "As that ministry stated it", 21)
    ] = None
    number_russian_centre: Annotated[
        Number | None, _column("Number, Russian centre", "As the Russian centre stated it", 20)
    ] = None
    number_local_media: Annotated[Number | None, _column("Number, local media", "As local media counted", 21)] = None
    reported_length_km: Annotated[
        Kilometres | None, _column("Reported length (km)", "As reported, not computed", 71, unit="km")
    ] = None
    vehicles: Annotated[Text | None, _column("Vehicles", "As reported", "two BTR-80 and one Tigr (RIA)")] = None
    participation_note: Annotated[
        Text | None, _column("Participation, as claimed", "Who claims what", "joint (A) or Turkish only (B)")
    ] = None
    certainty: Annotated[
        Text | None, _column("Certainty by item", "Letters A (sure) to D (not established)", "A: date; C: route")
    ] = None
    grade_reason: Annotated[Text | None, _column("Reason for the grade", "In words", "both ministries agree")] = None

    @property
    def is_disputed(self) -> bool:
        """Whether sources contradict each other on the patrol or on who took part."""
        return super().is_disputed or self.participation == "disputed"


class TimelineEvent(Sourced):
    """One dated event, or one claim about it; claims that contradict each other are rows side by side."""

    date: Annotated[IsoDate, _column("Date", "Day, month or year", "2020-02-27")]
    time: Annotated[
        ClockTime | None, _column("Time", "As stated; with an offset only where the zone is stated", "08:50+03:00")
    ] = None
    title_en: Annotated[Text, _column("Title (English)", "What happened or is claimed", "Sochi memorandum signed")]
    title_ar: Annotated[Text | None, _column("Title (Arabic)", "The same in Arabic", "توقيع مذكرة سوتشي")] = None
    title_tr: Annotated[Text | None, _column("Title (Turkish)", "The same in Turkish", "Soçi muhtırası imzalandı")] = (
        None
    )
    title_fr: Annotated[Text | None, _column("Title (French)", "The same in French", "Signature du mémorandum")] = None
    category: Annotated[
        Literal["agreement", "ceasefire", "diplomacy", "humanitarian", "offensive", "patrol", "strike"],
        _column("Category", "Kind of event", "strike"),
    ]
    place: Annotated[Id | None, _column("Place", "Id of `places.geojson`; empty if none is named", "balyun")] = None
    figure: Annotated[Text | None, _column("Figure", "The number claimed, as claimed", "at least 33")] = None
    unit: Annotated[Text | None, _column("Unit", "What the figure counts", "Turkish soldiers killed")] = None
    claimed_by: Annotated[Text, _column("Claimed by", "Whose claim it is", "SOHR")]
    conflict: Annotated[
        Text | None, _column("Contradictions", "What contradicts or qualifies it", "33 (N3) against 34 (N2, N4, N5)")
    ] = None

    @model_validator(mode="after")
    def _a_figure_has_a_unit(self) -> Self:
        if (self.figure is None) != (self.unit is None):
            raise ValueError("a figure has a unit, and a unit a figure")
        return self


class Source(Record):
    """One published document or data set."""

    title: Annotated[Text | None, _column("Title", "Title; empty where only the address is known", "Text")] = None
    publisher: Annotated[Text | None, _column("Publisher", "Who published it", "SOHR")] = None
    date: Annotated[IsoDate | None, _column("Date", "Of publication", "2020-03-15")] = None
    url: Annotated[
        WebAddress | None, _column("Address", "http or https; empty where there is none", "https://example.org/1")
    ] = None
    language: Annotated[Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None, _column("Language", "ISO 639-1", "ar")] = (
        None
    )
    licence: Annotated[Text | None, _column("Licence", "Where data were taken, not only facts", "CC BY 4.0")] = None
    note: Annotated[Text | None, _column("Note", "Where the date comes from, and the like", "date inferred")] = None

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not (self.title or self.url):
            raise ValueError("a source needs a title or an address")
        return self


@cache
def column_type(record: type[BaseModel], column: str) -> type:
    """Return what a column holds: `str`, `int`, `float`, or `tuple` for a list."""
    return _plain_type(record.model_fields[column].annotation)


def column_choices(record: type[BaseModel], column: str) -> tuple[str, ...]:
    """Return what may stand in a column of few words, or nothing where it is open."""
    return tuple(_choices(record.model_fields[column].annotation))


def is_date_column(record: type[BaseModel], column: str) -> bool:
    """Return whether a column holds a day, month or year."""
    return _iso_date.__name__ in repr((record.model_fields[column].annotation, record.model_fields[column].metadata))


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(choice) for choice in get_args(annotation)]
    return [choice for part in get_args(annotation) for choice in _choices(part)]


def _plain_type(annotation: Any) -> type:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _plain_type(get_args(annotation)[0])
    if origin is UnionType or origin is Union:
        return _plain_type(get_args(annotation)[0])
    if origin is Literal:
        return str
    return origin if isinstance(origin, type) else cast("type", annotation)


def _check_order(**dates: str | None) -> None:
    """Refuse dates of which one certainly lies before the one named ahead of it."""
    known = [(column, date) for column, date in dates.items() if date]
    for (earlier, first), (later, second) in combinations(known, 2):
        if last_day(second) < first_day(first):
            raise ValueError(f"{later} {second} lies before {earlier} {first}")

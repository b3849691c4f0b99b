"""What one row of each layer is: its columns, their types, and what may stand in them."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from geo.inputs.dates import first_day, last_day

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _plain_text(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank; leave it empty when unknown")
    if found := _FORBIDDEN.search(text):
        raise ValueError(f"holds the control character U+{ord(found[0]):04X}")
    return text


def _iso_date(text: str) -> str:
    first_day(text)
    return text


Text = Annotated[str, AfterValidator(_plain_text)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]
IsoDate = Annotated[str, AfterValidator(_iso_date)]
Grade = Annotated[str, Field(pattern=r"^[A-F][1-6]$")]
Metres = Annotated[int, Field(ge=0, le=100_000)]
Basis = Literal["stated", "gazetteer", "osm", "derived", "inferred"]


class Record(BaseModel):
    """A row with closed columns: what is not named here is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id = Field(title="Id")


class Sourced(Record):
    """A row that says who says so and how sure that is."""

    grade: Grade | None = Field(None, title="Grade")
    sources: tuple[Id, ...] = Field(min_length=1, title="Sources")
    note: Text | None = Field(None, title="Note")


class Located(Record):
    """A row with names, dates and a place on the map."""

    name_en: Text = Field(title="Name (English)")
    name_ar: Text | None = Field(None, title="Name (Arabic)")
    name_tr: Text | None = Field(None, title="Name (Turkish)")
    name_fr: Text | None = Field(None, title="Name (French)")
    valid_from: IsoDate | None = Field(None, title="Valid from")
    valid_to: IsoDate | None = Field(None, title="Valid to")
    basis: Basis | None = Field(None, title="Basis of the position")
    precision_m: Metres | None = Field(None, title="Precision (m)")

    @model_validator(mode="after")
    def _interval_is_in_order(self) -> Self:
        if self.valid_from and self.valid_to and last_day(self.valid_to) < first_day(self.valid_from):
            raise ValueError(f"valid_to {self.valid_to} lies before valid_from {self.valid_from}")
        return self


class MapFeature(Sourced, Located):
    """The columns that every feature shares: id, names, validity, position, grade, sources, note, in this order."""


class Carriageway(MapFeature):
    """One OpenStreetMap way of a motorway, or one whole carriageway, drawn in the direction of travel."""

    ref: Text = Field(title="Road number")
    highway: Literal["motorway", "trunk", "motorway_link", "trunk_link"] = Field(title="OpenStreetMap highway")
    carriageway: Literal["eastbound", "westbound", "northbound", "southbound"] | None = Field(None, title="Carriageway")
    osm_id: int | None = Field(None, title="OpenStreetMap way")


class Snapshot(BaseModel):
    """Where and when the carriageways of a road were taken from OpenStreetMap; members of the collection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    licence: Text = Field(title="Licence")
    osm_base: Text = Field(title="State of OpenStreetMap")
    retrieved_at: Text | None = Field(None, title="Retrieved at")


class Zone(MapFeature):
    """One outline of the de-escalation zone, good for the dates it carries."""

    agreement: Text = Field(title="Agreement")


class ContactLine(MapFeature):
    """One stretch of a line between the parties, on a date.

    The `vertex_*` columns hold one entry for each vertex of the line, in its order.
    """

    run: Literal["contact", "state_border", "afrin_limit", "derived"] = Field(title="Kind of line")
    as_of: IsoDate = Field(title="As of")
    vertex_precision_m: tuple[Metres, ...] = Field(title="Precision at each vertex (m)")
    vertex_between: tuple[Text, ...] = Field(title="Places on either side of each vertex")
    vertex_basis: tuple[Text, ...] = Field(title="Basis of each vertex")
    vertex_sources: tuple[Text, ...] = Field(title="Sources of each vertex")


class ObservationPost(MapFeature):
    """One Turkish observation post; without geometry where its place is unknown."""

    number: Annotated[int, Field(ge=1, le=12)] | None = Field(None, title="Official number")
    kind: Literal["official", "additional"] = Field(title="Kind")
    established_on: IsoDate | None = Field(None, title="Established")
    encircled_on: IsoDate | None = Field(None, title="Encircled")
    evacuated_on: IsoDate | None = Field(None, title="Evacuated")
    status_2020_03_05: Literal["opposition_held", "encircled"] | None = Field(None, title="On 5 March 2020")
    governorate: Literal["Aleppo", "Hama", "Idlib", "Latakia"] | None = Field(None, title="Governorate")
    also_called: Text | None = Field(None, title="Also called")
    position_basis: Text | None = Field(None, title="How the position was found")
    grade_reason: Text | None = Field(None, title="Reason for the grade")
    after_2020: Text | None = Field(None, title="After 2020")


class Place(MapFeature):
    """A place that the patrols, the events or the reader need; without geometry where it is unknown."""

    role: Literal["patrol_or_event", "reference_city", "main_town"] = Field(title="Role")
    also_called: Text | None = Field(None, title="Also called")
    geonames_id: int | None = Field(None, title="GeoNames id")
    position_basis: Text | None = Field(None, title="How the position was found")
    names_basis: Text | None = Field(None, title="Where the names come from")


class Basemap(MapFeature):
    """Land, sea or a state border, for orientation only."""

    kind: Literal["land", "sea", "border"] = Field(title="Kind")


class JointPatrol(Sourced):
    """One patrol of the M4, carried out or not. A row without a number was never numbered."""

    number: Annotated[int, Field(ge=1)] | None = Field(None, title="Number")
    date: IsoDate | None = Field(None, title="Date")
    from_place: Id | None = Field(None, title="From")
    to_place: Id | None = Field(None, title="Furthest place reached")
    planned_end: Id | None = Field(None, title="Planned end")
    direction: Literal["westward", "eastward", "out_and_back"] | None = Field(None, title="Direction")
    participation: Literal["joint", "disputed", "turkish_only", "none", "not_established"] = Field(
        title="Participation"
    )
    outcome: Literal["completed", "shortened", "attacked", "cancelled"] | None = Field(None, title="Outcome")
    incident: Text | None = Field(None, title="Incident")
    number_turkish_ministry: int | None = Field(None, title="Number, Turkish ministry")
    number_russian_centre: int | None = Field(None, title="Number, Russian centre")
    number_local_media: int | None = Field(None, title="Number, local media")
    reported_length_km: float | None = Field(None, title="Reported length (km)")
    vehicles: Text | None = Field(None, title="Vehicles")
    participation_note: Text | None = Field(None, title="Participation, as claimed")
    certainty: Text | None = Field(None, title="Certainty by item")
    grade_reason: Text | None = Field(None, title="Reason for the grade")


class Source(Record):
    """One published document or data set."""

    title: Text | None = Field(None, title="Title")
    publisher: Text | None = Field(None, title="Publisher")
    date: IsoDate | None = Field(None, title="Date")
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = Field(None, title="Address")
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = Field(None, title="Language")
    licence: Text | None = Field(None, title="Licence")
    note: Text | None = Field(None, title="Note")

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not (self.title or self.url):
            raise ValueError("needs a title or an address")
        return self

"""The agreed terms, each with its clause and its sources, and the name and extent of the map."""

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from geo.errors import DayError, Problem
from geo.inputs.dates import last_day
from geo.inputs.files import RefusedError, is_too_deep, too_deep
from geo.inputs.geojson import AREA_DEG, AreaDeg
from geo.inputs.schema import Id, IsoDate, Text
from geo.inputs.validation import validated_text

FILE = "agreement.toml"


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


# A full date, where a month is not sufficient.
Day = Annotated[IsoDate, AfterValidator(_day)]


def _checked_area(area_deg: AreaDeg, name: str) -> AreaDeg:
    west, south, east, north = area_deg
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(f"{name} is west, south, east, north in degrees")
    return area_deg


class Term(BaseModel):
    """Something agreed or stated, with who says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[Id, ...] = Field(min_length=1)
    note: Text | None = None


class SignedText(Term):
    """A text that was signed, or is said to have been."""

    title: Text
    place: Id
    signed_on: IsoDate
    parties: tuple[Text, ...]


class Ceasefire(Term):
    """The day on which the fighting was to stop."""

    from_day: IsoDate = Field(alias="from")
    clause: Text
    quote: Text


class CorridorTerm(Term):
    """How deep the corridor is on either side of which road, and where it ends if it is not where the patrols end.

    ``fetch_area_deg`` is where ``python -m geo.osm`` looks for the road: west, south, east, north in degrees.
    """

    road: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,9}$")]
    half_width_m: Annotated[float, Field(gt=0)]
    from_place: Id | None = None
    to_place: Id | None = None
    fetch_area_deg: AreaDeg | None = None
    clause: Text | None = None
    quote: Text | None = None

    @field_validator("fetch_area_deg")
    @classmethod
    def _fetch_area_is_an_area(cls, area_deg: AreaDeg | None) -> AreaDeg | None:
        return area_deg and _checked_area(area_deg, "fetch_area_deg")

    @property
    def road_layer(self) -> str:
        """The layer with the carriageways of the road: M4 is in ``m4.geojson``."""
        return self.road.lower()


class SideTerm(Term):
    """One side of the corridor, who is to patrol it, and who announced that on which day.

    ``note`` is in English; ``note_in`` holds the same in the other languages of the page, where it was translated.
    """

    side: Literal["north", "south", "east", "west"]
    patrolled_by: Text | None = None
    stated_by: Text | None = None
    stated_on: IsoDate | None = None
    note_in: Mapping[Literal["fr", "ar", "tr"], Text] = {}


class PatrolTerm(Term):
    """Between which places the road is patrolled. Ids are of places.geojson."""

    from_place: Id
    to_place: Id
    starting_on: IsoDate
    last_known_on: IsoDate
    clause: Text
    quote: Text


class OwnWords(BaseModel):
    """A text in the languages of the page; where one is missing, the English one stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: Text
    fr: Text | None = None
    ar: Text | None = None
    tr: Text | None = None

    def in_language(self, language: str) -> str:
        """Return the text in a language."""
        return getattr(self, language) or self.en


class Compiled(BaseModel):
    """Who put the facts of the layers together, and under which licence; a source's own licence goes before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Text
    licence: Text


class MapTerms(BaseModel):
    """What a map of these layers is called, which days and which ground it covers, and what it says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    opens_on: Day
    first_day: Day
    last_day: Day
    layers: tuple[Id, ...] | None = None
    area_deg: AreaDeg = AREA_DEG
    compiled: Compiled
    title: OwnWords
    shows: OwnWords
    inferred: OwnWords
    limits: OwnWords
    remark: OwnWords | None = None

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Self:
        if not self.first_day <= self.opens_on <= self.last_day:
            raise ValueError("opens_on lies between first_day and last_day")
        return self

    @property
    def opening_day(self) -> date:
        """The day on which the map opens."""
        return date.fromisoformat(self.opens_on)

    def day_shown(self, as_of: date | None = None) -> date:
        """Return the requested day, or the opening day by default.

        Raises
        ------
        DayError
            If the map does not cover it.
        """
        day = as_of or self.opening_day
        if not date.fromisoformat(self.first_day) <= day <= date.fromisoformat(self.last_day):
            raise DayError(f"{day} is outside the map, which covers {self.first_day} to {self.last_day}")
        return day

    @model_validator(mode="after")
    def _area_is_one(self) -> Self:
        _checked_area(self.area_deg, "area_deg")
        return self


class Agreement(Term):
    """What was agreed, the texts before and after it, its terms, and the map of them.

    A map may also stand for terms that nobody signed, such as an illustration; it then says so in its remark.
    """

    title: Text
    place: Id | None = None
    signed_on: IsoDate | None = None
    parties: tuple[Text, ...] = ()
    ceasefire: Ceasefire | None = None
    corridor: CorridorTerm
    sides: tuple[SideTerm, SideTerm]
    patrols: PatrolTerm | None = None
    earlier: tuple[SignedText, ...] = ()
    later: tuple[SignedText, ...] = ()
    map: MapTerms

    @model_validator(mode="after")
    def _the_corridor_has_ends(self) -> Self:
        if not all(self.ends):
            raise ValueError("corridor needs from_place and to_place where no patrols are agreed")
        return self

    @model_validator(mode="after")
    def _the_sides_are_opposite(self) -> Self:
        if {term.side for term in self.sides} not in ({"north", "south"}, {"east", "west"}):
            raise ValueError("sides are north and south, or east and west")
        return self

    @property
    def ends(self) -> tuple[str, str]:
        """Ids of the places where the corridor begins and ends: its own, otherwise those of the patrols."""
        patrols = self.patrols
        return (
            self.corridor.from_place or (patrols.from_place if patrols else ""),
            self.corridor.to_place or (patrols.to_place if patrols else ""),
        )

    @property
    def headings(self) -> tuple[str, str]:
        """Where the two carriageways of the road lead: east and west between a north and a south side."""
        if self.sides[0].side in ("north", "south"):
            return "eastbound", "westbound"
        return "northbound", "southbound"

    @property
    def in_force_from(self) -> str | None:
        """The first day of the corridor: of the ceasefire, otherwise of signature; None if both are unknown.

        If only the month or the year is known, it is its last day.
        """
        begins = self.ceasefire.from_day if self.ceasefire else self.signed_on
        return last_day(begins).isoformat() if begins else None

    def terms(self) -> tuple[Term, ...]:
        """Return the agreement and all its parts that have their own sources."""
        single = (self.ceasefire, self.corridor, self.patrols)
        return (self, *(term for term in single if term), *self.sides, *self.earlier, *self.later)


def parse_agreement(text: str, problems: list[Problem]) -> Agreement | None:
    """Return the agreed terms, or None if invalid; every error is added to `problems`.

    Raises
    ------
    RefusedError
        If the text is not TOML, or is nested too deeply.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RefusedError("TOML", str(error), "mend the TOML at this place") from None
    except RecursionError:
        raise too_deep("TOML") from None
    if is_too_deep(values):
        raise too_deep("TOML")
    return validated_text(Agreement, values, FILE, "", problems)

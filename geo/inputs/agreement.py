"""The agreed terms, each with its clause and its sources, and the name and extent of the map: ``agreement.toml``."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from geo.errors import DayError, Problem
from geo.inputs.dates import last_day
from geo.inputs.files import DEEPEST, RefusedError, is_too_deep, too_deep
from geo.inputs.geojson import AREA_DEG, AreaDeg
from geo.inputs.schema import CLOSED, Id, Ids, IsoDate, Text, Texts
from geo.inputs.validation import validated

FILE = "agreement.toml"


def _day(text: str) -> str:
    if len(text) != len("2020-03-06"):
        raise ValueError("write a full date (YYYY-MM-DD)")
    return text


Day = Annotated[IsoDate, AfterValidator(_day)]


def _area(area_deg: AreaDeg) -> AreaDeg:
    west, south, east, north = area_deg
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("write west, south, east, north in degrees")
    return area_deg


Area = Annotated[AreaDeg, Field(strict=False), AfterValidator(_area)]
Translations = Mapping[Literal["fr", "ar", "tr"], Text]
Languages = Annotated[tuple[Literal["en", "fr", "ar", "tr"], ...], Field(strict=False)]
LONGEST = 200_000  # characters of the file; ours has 40,000
# A key, where keys may be, of more parts than values may be nested.
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_DEEP_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:{_PART}){{{DEEPEST}}}", re.MULTILINE)
NARROWEST_M, WIDEST_M = 100.0, 50_000.0  # half-widths for which the corridor can be computed


class _Table(BaseModel):
    """A table of the file; keys that are not declared are refused, and no value is converted."""

    model_config = CLOSED


class OwnWords(_Table):
    """A text in the languages of the page; English replaces a missing language."""

    en: Text
    fr: Text | None = None
    ar: Text | None = None
    tr: Text | None = None

    def in_language(self, language: str) -> str:
        """Return the text in a language."""
        return getattr(self, language) or self.en


class Term(_Table):
    """Something agreed or stated, with its sources.

    ``note`` is in English; ``note_in`` contains its translations into the other languages of the page.
    """

    sources: Ids
    note: Text | None = None
    note_in: Translations = {}


class Clause(Term):
    """The words of one clause of a document.

    ``quote`` is in English, ``quote_in`` contains it in the other languages of the page. ``official`` lists the
    languages in which these are the words of the document itself; the others are our translations.
    """

    clause: Text | None = None
    quote: Text | None = None
    quote_in: Translations = {}
    official: Languages = ("en",)


class Point(OwnWords, Term):
    """What one clause of a document says, in our words; the clause is empty where the document has no numbers."""

    clause: Text | None = None


class Document(Term):
    """A document: its title, place and date of signature, parties, and points.

    ``title`` is in English, ``title_in`` contains it in the other languages of the page; ``official`` as in `Clause`.
    """

    title: Text
    title_in: Translations = {}
    official: Languages = ("en",)
    place: Id | None = None
    signed_on: IsoDate | None = None
    parties: Texts = ()
    points: Annotated[tuple[Point, ...], Field(strict=False)] = ()


class SignedText(Document):
    """A text that was signed, or reportedly signed."""

    place: Id
    signed_on: IsoDate
    parties: Texts


class Ceasefire(Clause):
    """The day on which the fighting was to stop."""

    from_day: IsoDate = Field(alias="from")
    clause: Text
    quote: Text


class CorridorTerm(Clause):
    """The road, the half-width of the corridor in metres, and its ends if these are not the ends of the patrols.

    ``fetch_area_deg`` is where ``python -m geo.osm`` looks for the road: west, south, east, north in degrees.
    """

    road: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,9}$")]
    half_width_m: Annotated[float, Field(ge=NARROWEST_M, le=WIDEST_M)]
    from_place: Id | None = None
    to_place: Id | None = None
    fetch_area_deg: Area | None = None

    @property
    def road_layer(self) -> str:
        """The layer with the carriageways of the road: M4 is in ``m4.geojson``."""
        return self.road.lower()


class SideTerm(Term):
    """One side of the corridor, who is to patrol it, and who announced that on which day."""

    side: Literal["north", "south", "east", "west"]
    patrolled_by: Text | None = None
    stated_by: Text | None = None
    stated_on: IsoDate | None = None


class PatrolTerm(Clause):
    """Between which places the road is patrolled; the ids are those of ``places.geojson``."""

    from_place: Id
    to_place: Id
    starting_on: IsoDate
    last_known_on: IsoDate
    clause: Text
    quote: Text


class Compiled(_Table):
    """Who compiled the facts of the layers, and under which licence; the licence of a source has precedence."""

    by: Text
    licence: Text


class MapTerms(_Table):
    """The name of the map, the days and the area that it covers, and its texts."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    opens_on: Day
    first_day: Day
    last_day: Day
    layers: Annotated[tuple[Id, ...], Field(strict=False)] | None = None
    area_deg: Area = AREA_DEG
    compiled: Compiled
    title: OwnWords
    shows: OwnWords
    inferred: OwnWords
    limits: OwnWords
    remark: OwnWords | None = None

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Self:
        if not self.first_day <= self.opens_on <= self.last_day:
            raise ValueError("opens_on must be between first_day and last_day")
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


class Agreement(Document):
    """What was agreed, the texts before and after it, its terms, and the map of them.

    A map can also show terms that were never signed, such as an illustration; its remark then says so.
    """

    preamble: Point | None = None
    ceasefire: Ceasefire | None = None
    corridor: CorridorTerm
    sides: Annotated[tuple[SideTerm, SideTerm], Field(strict=False)]
    patrols: PatrolTerm | None = None
    closing: Clause | None = None
    earlier: Annotated[tuple[SignedText, ...], Field(strict=False)] = ()
    later: Annotated[tuple[SignedText, ...], Field(strict=False)] = ()
    map: MapTerms

    @model_validator(mode="after")
    def _the_corridor_has_ends(self) -> Self:
        if not all(self.ends):
            raise ValueError("corridor needs from_place and to_place if no patrols are agreed")
        return self

    @model_validator(mode="after")
    def _the_sides_are_opposite(self) -> Self:
        if {term.side for term in self.sides} not in ({"north", "south"}, {"east", "west"}):
            raise ValueError("sides must be north and south, or east and west")
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
        """The directions of the two carriageways: eastbound and westbound if the sides are north and south."""
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

    def named_terms(self) -> Iterator[tuple[str, Term]]:
        """Yield all tables that have their own sources, each with its name in the file; the first is the whole file."""
        yield "", self
        for name in ("preamble", "ceasefire", "corridor", "patrols", "closing"):
            if term := getattr(self, name):
                yield name, term
        for name in ("points", "sides", "earlier", "later"):
            for number, term in enumerate(getattr(self, name)):
                yield f"{name}.{number}", term
                points = term.points if isinstance(term, Document) else ()
                yield from ((f"{name}.{number}.points.{at}", point) for at, point in enumerate(points))


def parse_agreement(text: str, problems: list[Problem]) -> Agreement | None:
    """Return the agreed terms, or None if invalid; every error is added to `problems`.

    Raises
    ------
    RefusedError
        If the text is not TOML, too long, or nested too deeply.
    """
    if len(text) > LONGEST:
        raise RefusedError("size", f"{len(text):,} characters", f"shorten it to at most {LONGEST:,}")
    # A key of many parts takes time that grows with their square, or more.
    if _DEEP_KEY.search(text):
        raise too_deep("TOML")
    try:
        values = tomllib.loads(text)
    except ValueError as error:  # also for a number of more than 4,300 digits
        raise RefusedError("TOML", str(error), "correct the TOML here") from None
    except RecursionError:
        raise too_deep("TOML") from None
    if is_too_deep(values):
        raise too_deep("TOML")
    return validated(Agreement, values, FILE, "", problems, needs_all_keys=False)

"""The agreed terms, each with its clause and its sources."""

import tomllib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.errors import Problem
from geo.inputs.files import RefusedError
from geo.inputs.schema import Id, IsoDate, Text
from geo.inputs.validation import validated_text

FILE = "agreement.toml"


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
    """How deep the security corridor is on either side of the road."""

    road: Text
    half_width_m: Annotated[float, Field(gt=0)]
    clause: Text
    quote: Text


class SideTerm(Term):
    """Who patrols one side of the corridor."""

    side: Literal["north", "south"]
    patrolled_by: Text
    stated_on: IsoDate


class PatrolTerm(Term):
    """Between which places the road is patrolled. Ids are of places.geojson."""

    from_place: Id
    to_place: Id
    starting_on: IsoDate
    last_known_on: IsoDate
    clause: Text
    quote: Text


class Agreement(SignedText):
    """The protocol, the texts before and after it, and its terms."""

    ceasefire: Ceasefire
    corridor: CorridorTerm
    sides: tuple[SideTerm, ...]
    patrols: PatrolTerm
    earlier: tuple[SignedText, ...] = ()
    later: tuple[SignedText, ...] = ()

    def terms(self) -> tuple[Term, ...]:
        """Return the agreement and everything in it that has sources of its own."""
        return (self, self.ceasefire, self.corridor, *self.sides, self.patrols, *self.earlier, *self.later)


def parse_agreement(text: str, problems: list[Problem]) -> Agreement | None:
    """Return the agreed terms, or None after adding every fault to `problems`.

    Raises
    ------
    RefusedError
        If the text is not TOML.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RefusedError("TOML", str(error), "mend the TOML at this place") from None
    return validated_text(Agreement, values, FILE, "", problems)

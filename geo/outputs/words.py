"""Names of layers, classes and features, translated texts of the layers, dates and numbers in one language."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.dates import first_day
from geo.inputs.frames import json_rows
from geo.inputs.layers import Layers
from geo.outputs.texts import RIGHT_TO_LEFT, digits, texts_of

# Locales with their own form of months and numbers: British dates, Syrian months.
_LOCALES = {"en": "en_GB", "ar": "ar_SY"}
# Between a number and its unit.
_NO_BREAK = "\u00a0"
_TRAILING_NUMBER = re.compile(r"-(\d+)$")
_ARABIC_MARKS = str.maketrans(",.", "٬٫")
# An integer, with groups of thousands or without.
_INTEGER = re.compile(r"\d+|\d{1,3}(?:[ ,\u00a0\u202f]\d{3})+")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a map in a language.

    Attributes
    ----------
    language : str
        One of `geo.outputs.texts.LANGUAGES`.
    texts : mapping of str to str
        The texts from `geo.outputs.texts.texts_of`.
    places : mapping of str to mapping
        The rows of the layer of places, by id.
    translations : mapping of str to str
        Translations of texts of the layers into the language, by the English text.
    """

    language: str
    texts: Mapping[str, str]
    places: Mapping[str, Mapping[str, Any]]
    translations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, layers: Layers, language: str) -> "Words":
        """Return the words of a folder of layers in a language."""
        places = {place["id"]: place for place in json_rows(layers.frame("places"))}
        rows = json_rows(layers.frame("translations"))
        translations = {row["en"]: row[language] for row in rows if row.get(language) and language != "en"}
        return cls(language, texts_of(layers, language), places, translations)

    @property
    def is_right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.language in RIGHT_TO_LEFT

    @property
    def remark(self) -> str:
        """The remark that every figure must show; empty if there is none."""
        return self.texts.get("page.remark", "")

    def text(self, key: str, **values: str) -> str:
        """Return a text with its placeholders filled in; raises KeyError if there is no such text."""
        return _filled(self.texts[key], values)

    def counted(self, key: str, count: int, **values: str) -> str:
        """Return a text about a number of things, in singular or plural as the language has it, with ``{n}`` filled in.

        Its two forms are the texts ``<key>.one`` and ``<key>.other``.
        """
        from babel import Locale

        form = "one" if Locale.parse(self._locale).plural_form(count) == "one" else "other"
        return self.text(f"{key}.{form}", n=self.number(count), **values)

    def joined(self, parts: Sequence[str]) -> str:
        """Return parts of a sentence as a list: "one, two and three"."""
        from babel.lists import format_list

        return format_list(parts, locale=self._locale)

    def layer(self, spec: LayerSpec | DerivedSpec) -> str:
        """Return the name of a layer."""
        return self.texts.get(f"layer.{spec.name}", spec.title)

    def symbol(self, spec: LayerSpec | DerivedSpec, class_: str) -> str:
        """Return the name of a class of a layer."""
        return self.texts.get(f"symbol.{spec.name}.{class_}", spec.classes.get(class_, class_))

    def name(self, properties: Mapping[str, Any]) -> str:
        """Return the name of a feature; numbered features share one: ``patrol-07`` is "Joint patrol 7"."""
        if own := properties.get(f"name_{self.language}"):
            return str(own)
        id_ = str(properties["id"])
        number = _TRAILING_NUMBER.search(id_)
        shared = self.texts.get(f"name.{_TRAILING_NUMBER.sub('', id_)}", properties.get("name_en") or id_)
        return _filled(self.texts.get(f"name.{id_}", shared), {"n": self.number(int(number[1])) if number else ""})

    def place(self, id_: str) -> str:
        """Return the name of a place of the map, or its id if there is no such place."""
        return self.name(self.places[id_]) if id_ in self.places else id_

    def fact(self, text: str) -> str | None:
        """Return an English text of the layers in the language, translated or a number in its form; None if neither."""
        if text in self.translations or self.language == "en":
            return self.translations.get(text, text)
        if _INTEGER.fullmatch(text):
            return self.number(int(re.sub(r"\D", "", text)))
        return None if _LETTER.search(text) else digits(text, self.language)

    def number(self, value: float) -> str:
        """Return a number, as an integer or with its decimals."""
        from babel.numbers import format_decimal

        # The digits and marks are those of the page, independent of the version of the locale data.
        number = format_decimal(value, locale=self._locale, numbering_system="latn")
        return digits(number.translate(_ARABIC_MARKS) if self.is_right_to_left else number, self.language)

    def kilometres(self, metres: float) -> str:
        """Return a length in kilometres, with its unit."""
        return self.text("figures.km", n=self.number(round(metres / 1000, 1))).replace(" ", _NO_BREAK)

    def day(self, when: str | date) -> str:
        """Return a date as precise as it is known: "17 February 2020", "February 2020" or "2020"."""
        from babel.dates import format_date, format_skeleton

        text = when if isinstance(when, str) else when.isoformat()
        day, parts = first_day(text), text.count("-")
        if parts == 0:
            return digits(text, self.language)
        if parts == 1:
            return digits(format_skeleton("yMMMM", day, locale=self._locale), self.language)
        return digits(format_date(day, "long", locale=self._locale), self.language)

    def month(self, day: date) -> str:
        """Return the month of a day, abbreviated if the language has an abbreviation."""
        from babel.dates import format_skeleton

        return digits(format_skeleton("yMMM", day, locale=self._locale), self.language)

    def short_day(self, day: date) -> str:
        """Return a day without its year, with the month abbreviated if the language has an abbreviation."""
        from babel.dates import format_skeleton

        return digits(format_skeleton("MMMd", day, locale=self._locale), self.language)

    @property
    def _locale(self) -> str:
        return _LOCALES.get(self.language, self.language)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda slot: values.get(slot[1], slot[0]), text)

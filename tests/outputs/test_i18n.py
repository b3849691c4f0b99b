import json
import re
from importlib.resources import files

import pytest

from geo.inputs.catalog import CATALOGUE, DerivedSpec
from geo.inputs.frames import json_rows
from geo.outputs.texts import LANGUAGES

FOLDER = files("geo.outputs") / "assets" / "i18n"
TEXTS = {language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES}
OTHERS = [language for language in LANGUAGES if language != "en"]
# What the catalogue and the computed figures give in English; another language may add its own words for it.
OPTIONAL = ("layer.", "symbol.", "column.", "figure.", "how.", "name.", "unit.", "value.")
# Names, formats and words that are the same in that language.
SAME = {
    "fr": {
        *("value.basis.osm", "credits.one", "grade.information.5", "column.date", "column.incident", "column.licence"),
        *("details.sources", "claims.sources", "chapters.sources", "layer.sources", "column.sources"),
        *("scale.km", "scale.m", "scale.mi", "ruler.distance", "embed.date"),
        *("symbol.water.canal", "value.kind.canal", "tiles.satellite"),
        *(
            "figures.km",
            "figures.north",
            "lead.posts.more",
            "card.and",
            "claims.conflict",
            "column.conflict",
            "value.category.offensive",
        ),
    },
    "ar": {"value.basis.osm", "credits.one", "lead.posts.more"},
    "tr": {
        *("value.basis.osm", "credits.one", "figures.km", "grade.in_words", "lead.and", "card.and"),
        *("scale.km", "scale.m", "scale.ft"),
    },
}
LATIN_WORDS = re.compile(r"[A-Za-z]{4,}")
# Latin words that Arabic text keeps as they are.
NAMES = {"JavaScript", "Leaflet", "OpenStreetMap", "GeoNames", "First", "ODbL", "LICENSE", "DATA", "data", "MGRS"}
NAMES |= {"PNG", "Clause", "BY-SA", "sources", "translations"}


def placeholders(text):
    return sorted(re.findall(r"\{(\w+)\}", text))


def titles_of_the_catalogue():
    """Return every English title that the catalogue gives, by the key under which a language has its own."""
    found = {}
    for spec in CATALOGUE:
        name = "road" if spec.name == "m4" else spec.name  # the road of the agreement, whatever it is called
        found[f"layer.{name}"] = spec.title
        for class_, label in spec.classes.items():
            found[f"symbol.{name}.{class_}"] = label
        for name, column in spec.record.model_fields.items() if spec.record else ():
            found[f"column.{name}"] = column.title
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_unfinished_or_without_the_placeholders_of_the_english_one(language):
    for key, text in TEXTS[language].items():
        assert text == text.strip() != "", key
        assert not re.search(r"TODO|FIXME|\?\?|[\u200e\u200f\u202a-\u202e\u2066-\u2069]", text), key
        assert placeholders(text) == placeholders(TEXTS["en"].get(key, text)), key


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_text_of_the_interface_and_of_the_catalogue_and_no_other(language):
    own, english = set(TEXTS[language]), set(TEXTS["en"])
    assert english - own == set()
    assert {key for key in own - english if not key.startswith(OPTIONAL)} == set()
    assert set(titles_of_the_catalogue()) - own == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_was_left_in_english(language):
    english = {**titles_of_the_catalogue(), **TEXTS["en"]}
    assert {key for key, text in english.items() if TEXTS[language].get(key) == text} <= SAME[language]


def test_arabic_texts_are_in_arabic_letters():
    for key, text in TEXTS["ar"].items():
        words = set(LATIN_WORDS.findall(re.sub(r"\{\w+\}", "", text)))
        assert words <= NAMES, key
        assert key in SAME["ar"] or re.search(r"[\u0600-\u06ff]|٪", text), key


@pytest.mark.parametrize("language", OTHERS)
def test_every_computed_figure_and_computed_name_has_words(language, derived):
    own = TEXTS[language]
    for figure in derived.facts.figures:
        general = re.sub(r"_\d{4}(-\d{2}){0,2}(?=_|$)", "", figure.id)
        for kind in ("figure", "how"):
            assert f"{kind}.{figure.id}" in own or f"{kind}.{general}" in own, figure.id
        assert f"unit.{figure.unit}" in own
    rows = [row for spec in CATALOGUE if isinstance(spec, DerivedSpec) for row in json_rows(derived.layers[spec.name])]
    for row in rows:
        id_, reason = row["id"], row.get("no_segment")
        # What is at a place carries the names of that place.
        assert "name_ar" in row or f"name.{id_}" in own or f"name.{re.sub('-[0-9]+$', '', id_)}" in own, id_
        assert not reason or f"value.no_segment.{reason}" in own, reason

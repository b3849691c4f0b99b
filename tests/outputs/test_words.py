import re
from datetime import date

import pytest

from geo.inputs.catalog import CATALOGUE
from geo.inputs.layers import read_layers
from geo.outputs.words import Words

# A day, a month and a year by language.
DATES = {
    "en": ["6 March 2020", "March 2020", "2020"],
    "fr": ["6 mars 2020", "mars 2020", "2020"],
    "ar": ["٦ آذار ٢٠٢٠", "آذار ٢٠٢٠", "٢٠٢٠"],
    "tr": ["6 Mart 2020", "Mart 2020", "2020"],
}


@pytest.mark.parametrize("language", DATES)
def test_a_date_is_as_precise_as_it_is_known_in_the_words_of_the_language(layers, language):
    words = Words.of(layers, language)
    assert [words.day(known) for known in (date(2020, 3, 6), "2020-03", "2020")] == DATES[language]


def test_numbers_have_the_marks_and_digits_of_the_language_and_are_not_parted_from_their_unit(layers):
    words = {language: Words.of(layers, language) for language in DATES}
    assert [words[language].number(1234.5) for language in ("en", "fr", "tr")] == ["1,234.5", "1\u202f234,5", "1.234,5"]
    assert words["ar"].number(12) == "١٢"
    assert [words["en"].kilometres(6700), words["ar"].kilometres(8000)] == ["6.7\u00a0km", "٨\u00a0كم"]


def test_a_feature_is_called_by_its_own_name_its_id_or_its_english_name(layers):
    words = {language: Words.of(layers, language) for language in DATES}
    assert words["fr"].name({"id": "idlib", "name_fr": "Idleb", "name_en": "Idlib"}) == "Idleb"
    assert words["tr"].name({"id": "patrol-07", "name_en": "Joint patrol 7"}) == "Ortak devriye 7"
    assert words["en"].name({"id": "patrol-07", "name_en": "Joint patrol 7"}) == "Joint patrol 7"
    assert words["ar"].name({"id": "nameless"}) == "nameless"
    assert [words["en"].place(id_) for id_ in ("idlib", "atlantis")] == ["Idlib", "atlantis"]


def test_layers_and_classes_have_the_words_of_the_page_and_a_missing_text_is_an_error(layers):
    corridor = next(spec for spec in CATALOGUE if spec.name == "corridor")
    english, arabic = (Words.of(layers, language) for language in ("en", "ar"))
    assert (english.layer(corridor), english.symbol(corridor, "north")) == ("Security corridor", "North side")
    assert (arabic.layer(corridor), arabic.symbol(corridor, "north")) == ("الممر الأمني", "الجانب الشمالي")
    with pytest.raises(KeyError):
        english.text("figures.nothing")


def test_a_text_of_the_layers_is_translated_or_a_number_in_the_form_of_the_language_or_unknown(layers):
    row = layers["translations"].features[0].properties
    for language in ("fr", "ar", "tr"):
        words = Words.of(layers, language)
        assert words.fact(row.en) == getattr(row, language)
        assert words.fact("nobody wrote this") is None
    english, arabic, turkish = (Words.of(layers, language) for language in ("en", "ar", "tr"))
    assert english.fact(row.en) == row.en
    assert [english.fact("3 600 000"), turkish.fact("3 600 000"), arabic.fact("3,600,000")] == [
        "3 600 000",
        "3.600.000",
        "٣٬٦٠٠٬٠٠٠",
    ]
    assert [arabic.fact("34"), arabic.fact("15-20"), turkish.fact("15-20")] == ["٣٤", "١٥-٢٠", "15-20"]


# Columns that readers of every language see outside notes.
TRANSLATED = {
    "joint_patrols": ("incident", "participation_note"),
    "deescalation_zone": ("agreement",),
    "timeline": ("figure", "unit", "claimed_by", "conflict"),
}


@pytest.mark.parametrize("language", ["fr", "ar", "tr"])
def test_what_readers_see_outside_notes_is_translated(layers, language):
    words = Words.of(layers, language)
    texts = {
        text
        for name, columns in TRANSLATED.items()
        for feature in layers[name].features
        for column in columns
        if (text := getattr(feature.properties, column)) and re.search("[a-z]", text)
    }
    assert {text for text in texts if words.fact(text) is None} == set()


@pytest.mark.parametrize("language", ["fr", "ar", "tr"])
def test_every_event_has_a_title_in_the_language(layers, language):
    events = [event.properties for event in layers["timeline"].features]
    assert [event.id for event in events if not getattr(event, f"title_{language}")] == []


def test_a_folder_without_translations_has_words(layers_copy):
    (layers_copy.folder / "translations.csv").unlink()
    layers = read_layers(layers_copy.folder)
    assert "translations" not in layers
    assert Words.of(layers, "fr").fact("Security concerns.") is None

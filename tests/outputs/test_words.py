from datetime import date

import pytest

from geo.inputs.catalog import CATALOGUE
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words

SPECS = {spec.name: spec for spec in CATALOGUE}


@pytest.fixture(scope="module")
def words(layers):
    return {language: Words.of(layers, language) for language in LANGUAGES}


@pytest.mark.parametrize(
    ("language", "day", "month", "year"),
    [
        ("en", "6 March 2020", "March 2020", "2020"),
        ("fr", "6 mars 2020", "mars 2020", "2020"),
        ("ar", "٦ آذار ٢٠٢٠", "آذار ٢٠٢٠", "٢٠٢٠"),
        ("tr", "6 Mart 2020", "Mart 2020", "2020"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known_in_the_words_of_the_language(words, language, day, month, year):
    own = words[language]
    assert [own.day(date(2020, 3, 6)), own.day("2020-03"), own.day("2020")] == [day, month, year]


def test_numbers_have_the_marks_and_digits_of_the_language(words):
    assert [words[language].number(1234.5) for language in ("en", "fr", "tr")] == ["1,234.5", "1\u202f234,5", "1.234,5"]
    assert words["ar"].number(12) == "١٢"


def test_a_length_is_not_parted_from_its_unit(words):
    assert words["en"].kilometres(6700) == "6.7\u00a0km"
    assert words["ar"].kilometres(8000) == "٨\u00a0كم"


def test_a_feature_is_called_by_its_own_name_its_id_or_its_english_name(words):
    assert words["fr"].name({"id": "idlib", "name_fr": "Idleb", "name_en": "Idlib"}) == "Idleb"
    assert words["tr"].name({"id": "patrol-07", "name_en": "Joint patrol 7"}) == "Ortak devriye 7"
    assert words["en"].name({"id": "patrol-07", "name_en": "Joint patrol 7"}) == "Joint patrol 7"
    assert words["ar"].name({"id": "nameless"}) == "nameless"


def test_a_place_that_is_not_there_is_called_by_its_id(words):
    assert words["en"].place("idlib") == "Idlib"
    assert words["en"].place("atlantis") == "atlantis"


def test_layers_and_classes_have_the_words_of_the_page(words):
    spec = SPECS["corridor"]
    assert (words["en"].layer(spec), words["en"].symbol(spec, "north")) == ("Security corridor", "North side")
    assert (words["ar"].layer(spec), words["ar"].symbol(spec, "north")) == ("الممر الأمني", "الجانب الشمالي")


def test_a_text_that_does_not_exist_is_an_error_and_not_a_gap(words):
    with pytest.raises(KeyError):
        words["en"].text("figures.nothing")


def test_the_remark_is_that_of_the_folder_and_empty_without_one(words):
    assert words["en"].remark == ""
    assert Words("en", {"page.remark": "An illustration."}, {}).remark == "An illustration."

import re

import pytest

from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.outputs.texts import LANGUAGES, digits, texts_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_of_the_map_stand_where_the_texts_leave_room_for_them(layers, language):
    texts = texts_of(layers, language)
    assert not [text for text in texts.values() if re.search(r"\{(road|start|end|half_width_km)\}", text)]
    start = next(row.properties for row in layers["places"].features if row.properties.id == "trumba")
    assert getattr(start, f"name_{language}") in texts["column.chainage_km"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_map_says_of_itself_is_what_its_agreement_says(layers, language):
    own, texts = layers.agreement.map, texts_of(layers, language)
    assert texts["page.title"] == getattr(own.title, language)
    assert texts["about.shows_text"] == getattr(own.shows, language)
    assert "page.remark" not in texts


def test_the_road_is_called_as_the_agreement_calls_it():
    m5 = read_layers(LAYERS_DIR / "examples" / "m5")
    assert texts_of(m5, "fr")["layer.m5"] == "Autoroute M5"
    assert texts_of(m5, "ar")["symbol.centreline."] == "من خان شيخون إلى حلب"
    assert texts_of(m5, "en")["page.remark"].startswith("An illustration")


def test_arabic_has_the_digits_of_syria():
    assert [digits("2,020", language) for language in LANGUAGES] == ["2,020", "2,020", "٢,٠٢٠", "2,020"]


def test_filling_in_leaves_the_catalogue_of_texts_as_it_was(layers):
    m5 = read_layers(LAYERS_DIR / "examples" / "m5")
    before = texts_of(layers, "tr")
    texts_of(m5, "tr")
    assert texts_of(layers, "tr") == before

import re

import pytest

from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.outputs.texts import LANGUAGES, digits, texts_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_name_the_map_its_road_and_its_ends_as_the_agreement_does(layers, language):
    own, texts = layers.agreement.map, texts_of(layers, language)
    assert texts["page.title"] == getattr(own.title, language)
    assert texts["about.shows_text"] == getattr(own.shows, language)
    assert not [text for text in texts.values() if re.search(r"\{(road|start|end|half_width_km)\}", text)]
    start = next(row.properties for row in layers["places"].features if row.properties.id == "trumba")
    assert getattr(start, f"name_{language}") in texts["column.chainage_km"]


def test_another_road_is_called_as_its_agreement_calls_it_and_changes_no_text_of_this_one(layers):
    before = texts_of(layers, "fr")
    m5 = read_layers(LAYERS_DIR / "examples" / "m5")
    assert texts_of(m5, "fr")["layer.m5"] == "Autoroute M5"
    assert texts_of(m5, "ar")["symbol.centreline."] == "من خان شيخون إلى حلب"
    assert texts_of(m5, "en")["page.remark"].startswith("An illustration")
    assert texts_of(layers, "fr") == before
    assert "page.remark" not in before


def test_arabic_has_the_digits_of_syria():
    assert [digits("2,020", language) for language in LANGUAGES] == ["2,020", "2,020", "٢,٠٢٠", "2,020"]

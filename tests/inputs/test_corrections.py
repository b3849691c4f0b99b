"""The log of corrections: whom each row is about, and that nothing on the page still says what was withdrawn."""

import pytest
from pydantic import ValidationError

from geo.inputs.schema import Correction
from geo.outputs.texts import LANGUAGES, texts_of

ROW = {"id": "C1", "date": "2026-11-29", "layer": "places", "before": "a", "after": "b", "sources": ["W1"]}


def test_a_correction_that_changes_nothing_is_refused():
    assert Correction.model_validate(ROW | {"before": None}).after == "b"
    for same in ({"after": "a"}, {"before": None, "after": None}):
        with pytest.raises(ValidationError, match="before and after are the same"):
            Correction.model_validate(ROW | same)


def test_every_correction_names_a_layer_and_a_row_that_it_still_has(layers):
    known = {"agreement", "texts", *(spec.name for spec in layers.catalogue)}
    for row in (feature.properties for feature in layers["corrections"].features):
        assert row.layer in known, row.id
        if row.feature and row.after and row.layer in layers:
            assert row.feature in {one.properties.id for one in layers[row.layer].features}, row.id


def test_no_text_says_that_only_an_extract_of_the_protocol_was_read(layers):
    texts = [text for language in LANGUAGES for text in texts_of(layers, language).values()]
    texts += [
        text for _, term in layers.agreement.named_terms() for text in (term.note, *term.note_in.values()) if text
    ]
    withdrawn = ("extract", "seul un extrait", "سوى مقتطف", "yalnızca bir bölümü")
    assert [text for text in texts if any(words in text for words in withdrawn)] == []

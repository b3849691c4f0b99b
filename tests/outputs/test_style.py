import re
from dataclasses import replace

import pytest

from geo.inputs.catalog import CATALOGUE
from geo.outputs.style import STYLES, Style, ink_of, ink_on, style_of

SYMBOLS = {(spec.name, name): one for spec in CATALOGUE for name, one in style_of(spec).symbols.items()}


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_number_can_be_read_in_every_marker_that_has_one():
    for (layer, _), symbol in SYMBOLS.items():
        if layer in ("observation_posts", "claims"):
            light, dark = sorted((luminance(symbol.fill), luminance(ink_on(symbol.fill))), reverse=True)
            assert (light + 0.05) / (dark + 0.05) > 4.5, symbol


def test_the_ink_of_a_symbol_is_the_colour_that_can_be_seen_on_paper():
    inks = {ink_of(symbol) for symbol in SYMBOLS.values() if symbol.fill and symbol.stroke}
    assert inks
    assert [ink for ink in inks if luminance(ink) > 0.8] == []


def test_colours_are_six_digit_hex():
    colours = {colour for one in SYMBOLS.values() for colour in (one.stroke, one.fill, one.casing) if colour}
    assert colours
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in colours)


def test_every_class_of_the_catalogue_has_a_symbol_and_every_symbol_is_of_a_class():
    classes = {(spec.like or spec.name): set(spec.classes) for spec in CATALOGUE if spec.classes}
    assert classes == {name: set(style.symbols) for name, style in STYLES.items()}


def test_a_layer_has_the_symbols_of_its_own_classes(layers):
    [corridor] = [spec for spec in layers.catalogue if spec.name == "corridor"]
    assert style_of(corridor).symbols.keys() == corridor.classes.keys() == {"north", "south"}
    with pytest.raises(KeyError):
        style_of(replace(corridor, classes={"upper": "Upper side"}))
    assert style_of(replace(corridor, classes={})) == Style({})

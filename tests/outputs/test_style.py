import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from geo.inputs.catalog import CATALOGUE
from geo.outputs.style import DARK, STYLES, Style, ink_of, ink_on, style_of

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


# How people see colours whose eyes lack one of the three kinds of cones: Machado, Oliveira and Fernandes (2009).
VISION = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1, 1.089])
OUTCOMES = ("completed", "shortened", "attacked", "disputed")


def lab(colour, vision):
    """Return a colour in CIELAB, in which a distance of 2 is just visible."""
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    x, y, z = np.cbrt(TO_XYZ @ seen / WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("is_dark", [False, True])
def test_the_outcomes_of_patrols_are_told_apart_by_colour_whatever_the_reader_sees(vision, is_dark):
    colours = [SYMBOLS["patrol_segments", outcome].stroke for outcome in OUTCOMES]
    seen = [lab(DARK[colour] if is_dark else colour, vision) for colour in colours]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 20


def test_the_outcomes_of_patrols_are_told_apart_by_dashes_and_place_too():
    symbols = [SYMBOLS["patrol_segments", outcome] for outcome in OUTCOMES]
    assert len({symbol.dash for symbol in symbols}) == len({symbol.offset for symbol in symbols}) == 4


@pytest.mark.parametrize(("paper", "is_dark"), [("#fbfaf6", False), ("#17191b", True)])
def test_the_outcomes_of_patrols_can_be_seen_on_paper(paper, is_dark):
    for outcome in OUTCOMES:
        stroke = SYMBOLS["patrol_segments", outcome].stroke
        light, dark = sorted((luminance(paper), luminance(DARK[stroke] if is_dark else stroke)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 3, outcome

import pytest

from geo.editing.symbols import PICKED, path_options, symbol_of
from geo.inputs.catalog import CATALOGUE, Style, Symbol

STYLED = [spec for spec in CATALOGUE if spec.style]
SYMBOLS = [symbol for spec in STYLED for symbol in spec.style.symbols.values()]


def test_a_feature_has_the_symbol_of_its_class_and_a_neutral_one_where_that_is_computed():
    one, other = Symbol("one", fill="#111111"), Symbol("other", fill="#222222")
    style = Style({"x": one, "y": other}, by="kind")
    assert [symbol_of(style, {"kind": kind}) for kind in ("x", "y")] == [one, other]
    neutral = symbol_of(style, {"id": "a"})
    assert neutral not in (one, other)
    assert neutral.fill
    assert symbol_of(Style({"": one}), {"id": "a"}) == one


@pytest.mark.parametrize("symbol", SYMBOLS, ids=lambda symbol: symbol.label)
def test_a_reference_is_fainter_and_answers_no_click(symbol):
    reference, edited = (path_options(symbol, is_reference=is_reference) for is_reference in (True, False))
    assert (reference["interactive"], edited["interactive"]) == (False, True)
    assert reference["opacity"] < edited["opacity"] == 1
    assert reference["fillOpacity"] <= edited["fillOpacity"]


@pytest.mark.parametrize("symbol", SYMBOLS, ids=lambda symbol: symbol.label)
def test_what_the_catalogue_does_not_draw_is_not_drawn(symbol):
    options = path_options(symbol, is_reference=False)
    assert options["stroke"] == bool(symbol.stroke)
    assert options["fill"] == bool(symbol.fill)
    assert options["fill"] or options["fillOpacity"] == 0


def test_what_is_picked_looks_like_no_symbol_of_the_catalogue():
    assert PICKED["color"] not in {colour for symbol in SYMBOLS for colour in (symbol.stroke, symbol.fill)}

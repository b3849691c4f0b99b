from xml.etree.ElementTree import fromstring

import pytest

from geo.outputs.open_formats.drawing import rules_of
from geo.outputs.open_formats.geopackage import _parts
from geo.outputs.open_formats.qgis_style import qml_text, scale_of
from geo.outputs.open_formats.tables import tables_of


@pytest.fixture(scope="module")
def styled(layers, derived):
    """Each drawn part of each layer, the QML and the rules that it was made from."""
    day = layers.agreement.map.opening_day
    parts = [
        part
        for table in tables_of(layers, derived)
        for part in _parts(table)
        if part.geometry_type and table.spec.style
    ]
    return [
        (
            part,
            fromstring(qml_text(part.table, part.geometry_type, day)),
            list(rules_of(part.table, part.geometry_type, day)),
        )
        for part in parts
    ]


def options(layer):
    return {option.get("name"): option.get("value") for option in layer.find("Option")}


def test_every_class_with_a_look_has_a_rule_a_label_and_a_symbol_in_catalogue_order(styled):
    for part, qml, rules in styled:
        found = qml.findall(".//renderer-v2/rules/rule")
        assert [rule.get("label") for rule in found] == [rule.symbol.label for rule in rules], part.name
        symbols = {symbol.get("name") for symbol in qml.findall(".//renderer-v2/symbols/symbol")}
        assert [rule.get("symbol") for rule in found] == sorted(symbols, key=int), part.name
        assert found, part.name


def test_together_the_parts_of_a_layer_have_all_its_classes(styled):
    for part, _, _ in styled:
        labels = {rule.symbol.label for other, _, rules in styled if other.table is part.table for rule in rules}
        symbols = part.table.spec.style.symbols.values()
        assert labels == {symbol.label for symbol in symbols if symbol.stroke or symbol.fill}


def test_colours_and_opacities_are_those_of_the_catalogue(styled):
    for part, qml, rules in styled:
        text = "".join(str(options(layer)) for layer in qml.findall(".//symbol/layer"))
        for rule in rules:
            for colour in filter(None, (rule.symbol.stroke, rule.symbol.fill, rule.symbol.casing)):
                assert ",".join(map(str, bytes.fromhex(colour[1:]))) in text, (part.name, rule.value)


def test_a_casing_is_a_wider_line_below_the_line(styled):
    seen = 0
    for _, qml, rules in styled:
        for symbol, rule in zip(qml.findall(".//renderer-v2/symbols/symbol"), rules, strict=True):
            if rule.symbol.casing:
                below, above = (float(options(layer)["line_width"]) for layer in symbol.findall("layer"))
                assert below > above
                seen += 1
    assert seen >= 2


def test_dashes_hatches_offsets_and_bands_are_kept(styled):
    for part, qml, rules in styled:
        for symbol, rule in zip(qml.findall(".//renderer-v2/symbols/symbol"), rules, strict=True):
            layers = symbol.findall("layer")
            if rule.symbol.dash:
                assert options(layers[-1])["customdash"].count(";") == rule.symbol.dash.count(" ")
            assert any(layer.get("class") == "LinePatternFill" for layer in layers) == rule.symbol.hatch, part.name
            if rule.symbol.offset:
                assert float(options(layers[-1])["offset"]) > 0  # QGIS: to the right
            assert (
                any("precision_m" in (option.get("value") or "") for option in symbol.iter("Option"))
                == rule.symbol.banded
            )


def test_what_is_not_valid_on_the_opening_day_is_not_drawn(styled, layers):
    for _, qml, _ in styled:
        for rule in qml.findall(".//rule"):
            assert rule.get("filter").count(f"to_date('{layers.agreement.map.opens_on}')") == 2


def test_layers_drawn_from_near_and_names_written_from_near_keep_their_scales(styled):
    for part, qml, _ in styled:
        style = part.table.spec.style
        assert qml.get("minScale") == (None if style.from_zoom is None else scale_of(style.from_zoom))
        rendering = qml.find(".//labeling/settings/rendering")
        assert (rendering is None) == (style.label_from_zoom is None)


def test_a_scale_halves_with_each_zoom():
    assert int(scale_of(10)) == pytest.approx(545_979, abs=1)
    assert int(scale_of(11)) == pytest.approx(545_979 / 2, abs=1)

from xml.etree.ElementTree import fromstring

import pytest

from geo.outputs.open_formats.drawing import rules_of
from geo.outputs.open_formats.geopackage import _parts
from geo.outputs.open_formats.sld_style import sld_text
from geo.outputs.open_formats.tables import tables_of

AT = {"se": "http://www.opengis.net/se", "ogc": "http://www.opengis.net/ogc", "sld": "http://www.opengis.net/sld"}


@pytest.fixture(scope="module")
def styled(layers, derived):
    day = layers.agreement.map.opening_day
    return [
        (
            part,
            fromstring(sld_text(part.table, part.name, part.geometry_type, day)),
            list(rules_of(part.table, part.geometry_type, day)),
        )
        for table in tables_of(layers, derived)
        for part in _parts(table)
        if part.geometry_type and table.spec.style
    ]


def parameters(element):
    return {one.get("name"): one.text for one in element.iterfind(".//se:SvgParameter", AT)}


def test_every_class_with_a_look_has_a_rule_with_its_colours(styled):
    for part, sld, rules in styled:
        found = sld.findall(".//se:Rule", AT)
        assert [rule.findtext("se:Name", None, AT) for rule in found] == [rule.symbol.label for rule in rules]
        for element, rule in zip(found, rules, strict=True):
            colours = {one.text for one in element.iterfind(".//se:SvgParameter", AT)}
            assert {c for c in (rule.symbol.stroke, rule.symbol.fill, rule.symbol.casing) if c} <= colours, part.name


def test_a_rule_is_for_its_class_only_and_for_the_opening_day(styled, layers):
    for part, sld, rules in styled:
        for element, rule in zip(sld.findall(".//se:Rule", AT), rules, strict=True):
            literals = [one.text for one in element.iterfind("ogc:Filter//ogc:Literal", AT)]
            assert literals == [*([rule.value] if rule.column else []), *[layers.agreement.map.opens_on] * 2], part.name


def test_an_offset_is_to_the_right_which_the_standard_writes_negative(styled):
    offsets = [float(one.text) for _, sld, _ in styled for one in sld.iterfind(".//se:PerpendicularOffset", AT)]
    assert offsets
    assert max(offsets) < 0


def test_dashes_are_kept(styled):
    for _, sld, rules in styled:
        for element, rule in zip(sld.findall(".//se:Rule", AT), rules, strict=True):
            assert parameters(element).get("stroke-dasharray", "") == rule.symbol.dash

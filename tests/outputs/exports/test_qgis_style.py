import sqlite3
from contextlib import closing
from xml.etree.ElementTree import fromstring

import pytest

from geo.outputs.exports.qgis_style import scale_of
from geo.outputs.style import style_of


@pytest.fixture(scope="module")
def styled(published):
    """By table of the GeoPackage: the style of its layer in the catalogue, and the QML that QGIS will read."""
    specs = {spec.name: spec for spec in published.build.drawn()}
    with closing(sqlite3.connect(published.path(".gpkg"))) as database:
        rows = database.execute("select f_table_name, styleQML from layer_styles").fetchall()
    found = {}
    for name, text in rows:
        [spec] = [spec for spec in specs.values() if name in (spec.name, f"{spec.name}_areas", f"{spec.name}_lines")]
        found[name] = (spec, fromstring(text))
    return found


def drawn(styled):
    """Yield each class that is drawn: its symbol in the catalogue, and its rule and its symbol in the QML."""
    for spec, qml in styled.values():
        by_label = {spec.classes[class_]: symbol for class_, symbol in style_of(spec).symbols.items()}
        symbols = {symbol.get("name"): symbol for symbol in qml.findall(".//renderer-v2/symbols/symbol")}
        for rule in qml.findall(".//renderer-v2/rules/rule"):
            yield by_label[rule.get("label")], rule, symbols[rule.get("symbol")]


def labels(qml):
    return [rule.get("label") for rule in qml.iter("rule")]


def options(layer):
    return {option.get("name"): option.get("value") for option in layer.find("Option")}


def test_every_class_with_a_look_has_a_rule_in_catalogue_order(styled):
    for spec in {spec.name: spec for spec, _ in styled.values()}.values():
        found = [label for own, qml in styled.values() if own is spec for label in labels(qml)]
        seen = [one for one, symbol in style_of(spec).symbols.items() if symbol.stroke or symbol.fill]
        assert found == [spec.classes[one] for one in seen]


def test_classes_of_areas_are_not_drawn_as_lines(styled):
    [(spec, areas), (_, lines)] = styled["basemap_areas"], styled["basemap_lines"]
    assert labels(areas) == [spec.classes["land"]]
    assert labels(lines) == [spec.classes["border"]]


def test_colours_are_those_of_the_catalogue(styled):
    for symbol, _, found in drawn(styled):
        text = "".join(str(options(layer)) for layer in found.iter("layer"))
        for colour in filter(None, (symbol.stroke, symbol.fill, symbol.casing)):
            assert ",".join(map(str, bytes.fromhex(colour[1:]))) in text, symbol


def test_a_casing_is_a_wider_line_below_the_line(styled):
    cased = [found for symbol, _, found in drawn(styled) if symbol.casing]
    assert len(cased) >= 2
    for found in cased:
        below, above = (float(options(layer)["line_width"]) for layer in found.findall("layer"))
        assert below > above


def test_dashes_hatches_offsets_and_bands_are_kept(styled):
    for symbol, _, found in drawn(styled):
        layers = found.findall("layer")
        if symbol.dash:
            assert options(layers[-1])["customdash"].count(";") == symbol.dash.count(" ")
        assert any(layer.get("class") == "LinePatternFill" for layer in layers) == symbol.hatch, symbol
        if symbol.offset:
            assert float(options(layers[-1])["offset"]) > 0  # QGIS: to the right
        assert symbol.banded == any("precision_m" in (option.get("value") or "") for option in found.iter("Option"))


def test_a_bubble_is_above_its_point(styled):
    bubbles = [found for symbol, _, found in drawn(styled) if symbol.shape == "bubble"]
    assert bubbles
    for found in bubbles:
        assert float(options(found.find("layer"))["offset"].partition(",")[2]) < 0


def test_what_is_not_valid_on_the_opening_day_is_not_drawn(styled, layers):
    for _, rule, _ in drawn(styled):
        assert rule.get("filter").count(f"to_date('{layers.agreement.map.opens_on}')") == 2


def test_a_rule_is_for_the_features_of_its_class(styled, published):
    seen = 0
    with closing(sqlite3.connect(published.path(".gpkg"))) as database:
        for name, (spec, qml) in styled.items():
            if spec.by in ("", "status"):
                continue
            for rule in qml.iter("rule"):
                filter_ = rule.get("filter").replace("to_date(", "date(")
                classes = database.execute(f'select distinct "{spec.by}" from "{name}" where {filter_}')
                found = [spec.classes[str(class_)] for (class_,) in classes]
                assert found in ([rule.get("label")], []), name
                seen += len(found)
    assert seen >= 10


def test_layers_drawn_from_near_and_names_written_from_near_keep_their_scales(styled):
    for spec, qml in styled.values():
        assert qml.get("minScale") == (None if style_of(spec).from_zoom is None else scale_of(style_of(spec).from_zoom))
        rendering = qml.find(".//labeling/settings/rendering")
        assert (rendering is None) == (style_of(spec).label_from_zoom is None)


def test_a_scale_halves_with_each_zoom():
    assert int(scale_of(10)) == pytest.approx(545_979, abs=1)
    assert int(scale_of(11)) == pytest.approx(545_979 / 2, abs=1)

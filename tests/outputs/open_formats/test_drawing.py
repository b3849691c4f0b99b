from geo.outputs.open_formats.drawing import channels, ink_of, rules_of
from geo.outputs.open_formats.tables import tables_of


def test_a_colour_is_three_channels():
    assert channels("#e69f00") == (230, 159, 0)


def test_the_ink_of_a_marker_filled_with_paper_is_its_outline(layers):
    [posts] = [spec for spec in layers.catalogue if spec.name == "observation_posts"]
    symbols = posts.style.symbols
    assert ink_of(symbols["opposition_held"]) == symbols["opposition_held"].fill
    assert ink_of(symbols["evacuated"]) == symbols["evacuated"].stroke


def test_classes_of_areas_are_not_drawn_as_lines(layers, derived):
    [table] = [table for table in tables_of(layers, derived) if table.name == "basemap"]
    day = layers.agreement.map.opening_day
    assert [rule.value for rule in rules_of(table, "Polygon", day)] == ["sea", "land"]
    assert [rule.value for rule in rules_of(table, "LineString", day)] == ["border"]

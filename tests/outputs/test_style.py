from shapely.geometry import LineString, MultiLineString, Point, box

from geo.inputs.catalog import CATALOGUE
from geo.outputs.style import ink_of, ink_on, kind_of

SYMBOLS = {(spec.name, name): one for spec in CATALOGUE if spec.style for name, one in spec.style.symbols.items()}


def test_the_ink_of_a_symbol_is_the_colour_that_is_not_the_papers():
    assert ink_of(SYMBOLS["observation_posts", "opposition_held"]) == "#0072b2"
    assert ink_of(SYMBOLS["observation_posts", "evacuated"]) == "#cc79a7"


def test_a_number_can_be_read_in_every_marker_that_has_one():
    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for (layer, _), symbol in SYMBOLS.items():
        if layer in ("observation_posts", "claims"):
            light, dark = sorted((luminance(symbol.fill), luminance(ink_on(symbol.fill))), reverse=True)
            assert (light + 0.05) / (dark + 0.05) > 4.5, symbol


def test_a_geometry_is_drawn_as_what_it_is():
    line = LineString([(0, 0), (1, 1)])
    assert [kind_of(one) for one in (Point(0, 0), line, MultiLineString([line]), box(0, 0, 1, 1))] == [
        "point",
        "line",
        "line",
        "area",
    ]

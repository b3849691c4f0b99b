from geo.outputs.document import asset
from geo.outputs.figures.colours import diagram_colours, palette


def test_the_colours_of_figures_are_those_that_the_style_sheets_have_by_day():
    assert palette()["paper"] == "#fbfaf6"
    for name, colour in palette().items():
        assert asset("palette.css").index(f"--{name}: {colour};") < asset("palette.css").index("@media")


def test_every_outcome_of_the_diagram_has_a_colour():
    assert set(diagram_colours()) == {"completed", "shortened", "attacked"}

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import LineString, Point

from geo.inputs.catalog import CATALOGUE
from geo.inputs.frames import computed_frame
from geo.outputs.figures.features import place_features, rectangle
from geo.outputs.figures.ground import ground_around
from geo.outputs.figures.legend import groups_of
from geo.outputs.figures.map import notes_on, projection_of
from geo.outputs.figures.sheet import FORMATS
from geo.outputs.style import HELD, MUTED, NORTH, ROAD
from geo.outputs.words import Words
from tests.outputs.figures.parts import AS_OF, EARLIER, LATER, line, point


@pytest.fixture(scope="module")
def sheet(sheets):
    return sheets["map", "a4", "en", AS_OF]


@pytest.fixture(scope="module")
def words(layers):
    return Words.of(layers, "en")


def on_the_map(sheet):
    """Return the shapes that are seen in the frame of the map alone, and the frame."""
    frame = max((look["within"] for _, look in sheet.shapes if look.get("within")), key=lambda one: one.width)
    return [one for one in sheet.shapes if one[1].get("within") == frame], frame


def test_what_is_drawn_later_in_the_catalogue_lies_on_top(sheet):
    shapes, _ = on_the_map(sheet)
    looks = [look for _, look in shapes]
    corridor = next(at for at, look in enumerate(looks) if look.get("fill") == NORTH)
    road = next(at for at, look in enumerate(looks) if look.get("stroke") == ROAD)
    post = next(at for at, look in enumerate(looks) if look.get("fill") == HELD)
    claim = max(at for at, look in enumerate(looks) if MUTED in (look.get("stroke"), look.get("fill")))
    assert corridor < road < post < claim


def test_nothing_is_drawn_that_lies_off_the_ground_of_the_map(sheet):
    shapes, frame = on_the_map(sheet)
    assert all(shape.intersects(rectangle(frame)) for shape, _ in shapes if not shape.is_empty)
    assert {"Moscow", "Ankara", "Hama"}.isdisjoint(sheet.names)


def test_the_heading_is_that_of_the_page(sheet, words):
    assert [one.text for one in sheet.lines[:2]] == [words.text("page.title"), "as of 6 March 2020"]


def test_the_projection_lies_along_the_stretch_and_not_along_what_else_is_drawn(shipped):
    stretch = computed_frame("centreline", [{"id": "a"}], [LineString([(36, 35), (37, 35.5)])])
    layers = {**shipped.derived.layers, "centreline": stretch}
    own = replace(shipped, derived=replace(shipped.derived, layers=layers))
    assert projection_of(own).forward(np.array([[36.5, 35.25]])) == pytest.approx(0, abs=200)


def test_only_that_is_explained_which_is_drawn(layers, words):
    def notes(*placed):
        return [one for one in notes_on(layers, placed, words) if one != words.text("figures.ends_inferred")]

    village, road = point(0, 0, "a"), line("m4", (0, 0), (9, 9))
    front = line("line_of_contact", (0, 0), (9, 9), class_="contact", band=Point(5, 5).buffer(9))
    patrol = line("patrol_segments", (0, 0), (9, 9), class_="completed", is_strong=True)
    post = point(0, 0, "p", "standing", name="observation_posts", radius=5.0, number=1, kind="official")
    assert notes(village, road) == []
    assert notes(front) == [words.text("figures.band")]
    assert notes(patrol) == [words.text("figures.layered"), words.text("figures.strong")]
    assert notes(post) == [words.text("figures.circle"), words.text("figures.numbered")]


def test_the_colours_of_the_map_are_those_of_the_catalogue(sheet, shipped):
    used = {look.get(part) for _, look in on_the_map(sheet)[0] for part in ("fill", "stroke")}
    symbols = [one.shown.symbol for one in placed_on_the_map(shipped)]
    assert {colour for one in symbols for colour in (one.stroke, one.fill, one.casing)} <= used | {""}


def placed_on_the_map(shipped, day=AS_OF):
    """Return what the A4 map shows, as far as its frame can be told from its format."""
    focus = list(shipped.derived.layers["corridor"].geometry)
    box = FORMATS[0].box
    frame = type(box)(316, 91, box.right - 34, 830)
    ground = ground_around(focus, frame, projection=projection_of(shipped), tolerance_px=0.5)
    return place_features(ground, [spec for spec in CATALOGUE if spec.classes], shipped, day)


@pytest.mark.parametrize("day", [EARLIER, AS_OF, LATER])
def test_every_class_on_the_map_has_an_entry_in_the_legend_and_no_other(shipped, sheets, day):
    words = Words.of(shipped.layers, "en")
    placed = placed_on_the_map(shipped, day)
    classes = {(one.spec.name, one.shown.class_): one.entry for one in placed if not one.entry.is_ground}
    groups = groups_of([one.entry for one in placed], words, "corridor")
    assert sum(len(group.rows) for group in groups) == len(classes)
    written = " ".join(line.text for line in sheets["map", "a4", "en", day].lines)
    for spec in (spec for spec in CATALOGUE if spec.classes and spec.name != "basemap"):
        for class_, label in spec.classes.items():
            is_shown = (spec.name, class_) in classes
            if label not in ("City", "Town", "Carriageways"):  # words that others have in them
                assert (words.symbol(spec, class_) in written) == is_shown, (spec.name, class_)


def test_what_is_inferred_or_uncertain_is_said(layers, sheets):
    words = Words.of(layers, "en")
    for name in ("map", "line_moved"):
        written = " ".join(line.text for line in sheets[name, "a4", "en", AS_OF].lines)
        for key in ("figures.ends_inferred", "figures.band", "figures.circle"):
            assert words.text(key) in written

"""Hand-drawn parts of figures: flat ground, what stands on it, and a sheet that remembers what was drawn on it."""

from datetime import date

import numpy as np
from shapely.geometry import LineString, Point

from geo.inputs.catalog import CATALOGUE
from geo.outputs.context import Build
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.features import Placed
from geo.outputs.figures.ground import Ground
from geo.outputs.figures.line_moved import draw_line_moved
from geo.outputs.figures.map import draw_map
from geo.outputs.figures.patrols import draw_patrols
from geo.outputs.figures.sheet import A4, Sheet, settings
from geo.outputs.manifest import data_as_of
from geo.outputs.on_day import Shown
from geo.outputs.style import style_of
from geo.outputs.words import Words

AS_OF, BUILD = date(2020, 3, 6), "0123456789ab"
FIGURES = {"map": draw_map, "patrols": draw_patrols, "line_moved": draw_line_moved}
# Days on which most layers, and other ones, are drawn.
LATER, EARLIER = date(2020, 8, 25), date(2018, 10, 1)
OTHER_DAYS = [("map", EARLIER), ("map", LATER), ("patrols", LATER)]
SPECS = {spec.name: spec for spec in CATALOGUE}
FRAME = Box(100, 100, 500, 400)


class Recorded(Sheet):
    """A sheet that remembers each shape, and how it looks, in the order of drawing."""

    def __init__(self, format_=A4, *, is_right_to_left=False):
        super().__init__(format_, is_right_to_left=is_right_to_left)
        self.shapes = []

    def shape(self, geometry, **look):
        """Draw and remember."""
        self.shapes.append((geometry, look))
        super().shape(geometry, **look)

    @property
    def text(self):
        """All that is written."""
        return " ".join(line.text for line in self.lines)

    @property
    def names(self):
        """The names on its maps, in the order in which they were written."""
        return [line.text for line in self.lines if line.is_name]


class Flat:
    """A projection for which a degree is 100 km, both ways."""

    def forward(self, positions):
        """Return metres."""
        return np.asarray(positions) * 100_000

    def inverse(self, positions):
        """Return degrees."""
        return np.asarray(positions) / 100_000


def flat_ground():
    """Return 40 by 30 km around 0, 0; a kilometre is 10 units, a degree 1000, and 0, 0 stands at 300, 250."""
    return Ground(Flat(), FRAME, (0.0, 0.0), 0.01, 0.1)


def point(x, y, id_, class_="patrol_or_event", *, name="places", radius=0.0, number=None, **properties):
    """Return a point of a layer at a place of the sheet; its name is its id."""
    symbol = style_of(SPECS[name]).symbols[class_]
    shown = Shown({"id": id_, **properties}, Point(x, y), class_, symbol, number)
    return Placed(SPECS[name], shown, Point(x, y), symbol, None, radius)


def line(name, *vertices, class_="", is_strong=False, band=None, **properties):
    """Return a line of a layer on the sheet."""
    symbol = style_of(SPECS[name]).symbols[class_]
    shown = Shown({"id": name, **properties}, LineString(vertices), class_, symbol, is_strong=is_strong)
    return Placed(SPECS[name], shown, LineString(vertices), symbol, band, 0.0)


def area(name, outline, class_="", id_="area"):
    """Return an area of a layer on the sheet."""
    symbol = style_of(SPECS[name]).symbols[class_]
    return Placed(SPECS[name], Shown({"id": id_}, outline, class_, symbol), outline, symbol, None, 0.0)


def build_of(layers, derived, day=AS_OF):
    """Return what the figures of a map are made from."""
    return Build(layers, derived, day, build_id=BUILD, data_as_of=data_as_of(layers))


def drawn(layers, derived, name, format_, language, day=AS_OF):
    """Return a sheet with a figure on it."""
    with settings():
        words = Words.of(layers, language)
        sheet = Recorded(format_, is_right_to_left=words.is_right_to_left)
        FIGURES[name](sheet, build_of(layers, derived, day), words)
        return sheet

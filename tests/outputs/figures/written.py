"""What is written on a sheet: each line of text and its box, as matplotlib measures it."""

from dataclasses import dataclass

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from geo.outputs.figures.sheet import measured, settings

MARKS = "\u200f\u200e"


@dataclass(frozen=True)
class Line:
    """A line of text and its box in pixels; names have a rim, of which the line itself is a copy."""

    text: str
    box: Bbox
    is_name: bool


def lines_of(sheet):
    """Return the lines of text of a sheet, the rims of names left out."""
    with settings():
        renderer = FigureCanvasAgg(sheet.figure).get_renderer()
        texts = [one for one in sheet.figure.findobj(Text) if one.get_text().strip(MARKS)]
        names = {one.get_text() for one in texts if one.get_path_effects()}
        return [
            Line(
                one.get_text().strip(MARKS).replace(MARKS[1], "").replace("\u00a0", " "),
                one.get_window_extent(renderer),
                one.get_text() in names and not isinstance(one, Annotation) and one.axes is not None,
            )
            for one in texts
            if not one.get_path_effects()
        ]


def text_of(sheet):
    """Return all that is written on a sheet."""
    return " ".join(line.text for line in lines_of(sheet))


def names_of(sheet):
    """Return the names on the maps of a sheet, each with the box of its ink in pixels."""
    with settings():
        found = []
        for one in (text for axes in sheet.figure.axes for text in axes.texts if text.get_path_effects()):
            per_point = sheet.figure.dpi / 72
            is_bold = "Bold" in str(one.get_fontproperties().get_file())
            ink = measured(one.get_text(), one.get_fontsize() * per_point, bold=is_bold)
            x, baseline = one.get_transform().transform(one.get_position())
            width, ascent, descent = ink
            found.append((one.get_text(), Bbox([[x, baseline - descent], [x + width, baseline + ascent]])))
        return found


def markers_of(sheet):
    """Return the boxes of the markers on the maps of a sheet in pixels, without their rims."""
    found = []
    for axes in sheet.figure.axes:
        for one in (own for own in axes.collections if isinstance(own, PathCollection) and len(own.get_sizes())):
            extent = one.get_paths()[0].get_extents().extents * np.sqrt(one.get_sizes()[0]) * sheet.figure.dpi / 72
            for x, y in axes.transData.transform(one.get_offsets()):
                found.append(Bbox.from_extents(extent + np.array([x, y, x, y])))
    return found

"""What is written on a sheet: each line of text and its box, as matplotlib measures it."""

from dataclasses import dataclass

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from geo.outputs.figures.sheet import settings

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

"""The figures of a build: the map, the patrols, and how the line moved, in every format, language and kind of file.

Only what is asked for figures imports this, for it imports matplotlib.
"""

from collections.abc import Callable, Iterator, Mapping

from geo.outputs.context import Build
from geo.outputs.figures.line_moved import draw_line_moved, frames_of
from geo.outputs.figures.map import draw_map
from geo.outputs.figures.patrols import LAYER as PATROLS
from geo.outputs.figures.patrols import draw_patrols, has_patrols
from geo.outputs.figures.sheet import FORMATS, KINDS, Format, Sheet, settings
from geo.outputs.output import Output
from geo.outputs.words import Words

FOLDER = "figures"
Draw = Callable[[Sheet, Build, Words], None]


def figure_files(build: Build) -> Iterator[Output]:
    """Yield every figure that the layers give something for, as PNG, SVG and PDF, in the languages of the build.

    The build id stands at the foot of each figure and in its metadata.

    Yields
    ------
    Output
        Such as ``figures/map_a4_en.png``. Equal inputs give equal bytes.
    """
    for name, draw in _figures(build).items():
        for format_ in FORMATS:
            for language in build.languages:
                stem = f"{name}_{format_.name}_{language}"
                build.report(f"Drawing the figure {stem}")
                with settings():
                    sheet = draw_figure(draw, format_, build, Words.of(build.layers, language))
                    contents = [(kind, sheet.saved(kind, build_id=build.build_id)) for kind in KINDS]
                for kind, content in contents:
                    yield Output(f"{FOLDER}/{stem}.{kind}", content, {})


def draw_figure(draw: Draw, format_: Format, build: Build, words: Words) -> Sheet:
    """Return a sheet with a figure on it."""
    sheet = Sheet(format_, is_right_to_left=words.is_right_to_left)
    draw(sheet, build, words)
    return sheet


def _figures(build: Build) -> Mapping[str, Draw]:
    """Return how each figure is drawn that the layers give something for, by its name."""
    found: dict[str, Draw] = {"map": draw_map}
    if build.drawn(PATROLS) and has_patrols(build):
        found["patrols"] = draw_patrols
    if frames_of(build.layers):
        found["line_moved"] = draw_line_moved
    return found

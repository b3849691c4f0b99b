"""The figures of a build: the map, the patrols, and how the line moved, in every size, language and kind of file.

It imports matplotlib, so only a build with figures imports it.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product

from geo.outputs.context import Build
from geo.outputs.figures.day_features import DayFeatures
from geo.outputs.figures.day_map import draw_day_map
from geo.outputs.figures.line_moved import draw_line_moved, frames_of
from geo.outputs.figures.patrols import LAYER as PATROLS
from geo.outputs.figures.patrols import bars_of, draw_patrols
from geo.outputs.figures.sheet import KINDS, SIZES, Sheet, Size, settings
from geo.outputs.output import Output
from geo.outputs.words import Words

Draw = Callable[[Sheet, DayFeatures, Words], None]


def figure_files(build: Build) -> Iterator[Output]:
    """Yield every figure for which the layers have data, as PNG, SVG and PDF, in the languages of the build.

    The build id is at the foot of each figure and in its metadata.

    Yields
    ------
    Output
        Such as ``figures/map_a4_en.png``. Equal inputs give equal bytes.
    """
    source = DayFeatures(build)
    sheets = list(product(figures_of(build).items(), SIZES, build.languages))
    for count, ((name, draw), size, language) in enumerate(sheets):
        stem = f"{name}_{size.name}_{language}"
        build.report(f"Drawing figure {count + 1} of {len(sheets)}: {stem}", count / len(sheets))
        with settings():
            sheet = drawn_sheet(draw, size, source, Words.of(build.layers, language))
            contents = [(kind, sheet.saved(kind, build_id=build.build_id)) for kind in KINDS]
        for kind, content in contents:
            yield Output(f"figures/{stem}.{kind}", content, {})


def figures_of(build: Build) -> Mapping[str, Draw]:
    """Return how each figure for which the layers have data is drawn, by its name."""
    found: dict[str, Draw] = {"map": draw_day_map}
    if build.drawn(PATROLS) and bars_of(build)[0]:
        found["patrols"] = draw_patrols
    if frames_of(build.layers):
        found["line_moved"] = draw_line_moved
    return found


def drawn_sheet(draw: Draw, size: Size, source: DayFeatures, words: Words) -> Sheet:
    """Return a sheet with a figure on it; call it and save the sheet within `settings`."""
    sheet = Sheet(size, is_right_to_left=words.is_right_to_left)
    draw(sheet, source, words)
    return sheet

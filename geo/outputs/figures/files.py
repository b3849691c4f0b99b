"""The figures of a build: the map, the patrols, and how the line moved, in every format, language and kind of file.

Only what is asked for figures imports this, for it imports matplotlib.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from geo.geometry.derive import Derived
from geo.inputs.catalog import CATALOGUE, DerivedSpec, LayerSpec
from geo.inputs.features import Layers
from geo.outputs.figures.line_moved import draw_line_moved, frames_of
from geo.outputs.figures.map import draw_map
from geo.outputs.figures.patrols import LAYER as PATROLS
from geo.outputs.figures.patrols import draw_patrols, has_patrols
from geo.outputs.figures.sheet import FORMATS, KINDS, Format, Sheet, settings
from geo.outputs.figures.subject import Subject
from geo.outputs.output import Output
from geo.outputs.texts import LANGUAGES
from geo.outputs.words import Words

FOLDER = "figures"
Draw = Callable[[Sheet, Subject], None]


def _silent(_line: str) -> None:
    """Report nothing."""


def figure_files(
    layers: Layers,
    derived: Derived,
    as_of: date,
    *,
    build_id: str,
    catalogue: Sequence[LayerSpec | DerivedSpec] = CATALOGUE,
    languages: Sequence[str] = LANGUAGES,
    report: Callable[[str], None] = _silent,
) -> Iterator[Output]:
    """Yield every figure that the layers give something for, as PNG, SVG and PDF.

    Parameters
    ----------
    layers : Layers
        As read.
    derived : Derived
        What was computed from them.
    as_of : date
        The day that the map shows.
    build_id : str
        Which build this is; it stands at the foot of each figure and in its metadata.
    catalogue : sequence of LayerSpec or DerivedSpec
        Which layers there are, in drawing order, and how they look.
    languages : sequence of str
        Of `geo.outputs.texts.LANGUAGES`.
    report : callable
        Called with a line as each figure begins.

    Yields
    ------
    Output
        Such as ``figures/map_a4_en.png``. Equal inputs give equal bytes.
    """
    for name, draw in _figures(layers, derived, catalogue).items():
        for format_ in FORMATS:
            for language in languages:
                stem = f"{name}_{format_.name}_{language}"
                report(f"Drawing the figure {stem}")
                subject = Subject(layers, derived, as_of, Words.of(layers, language), catalogue, build_id)
                with settings():
                    sheet = draw_figure(draw, format_, subject)
                    contents = [(kind, sheet.saved(kind, build_id=build_id)) for kind in KINDS]
                for kind, content in contents:
                    yield Output(f"{FOLDER}/{stem}.{kind}", content, {})


def draw_figure(draw: Draw, format_: Format, subject: Subject) -> Sheet:
    """Return a sheet with a figure on it."""
    sheet = Sheet(format_, is_right_to_left=subject.words.is_right_to_left)
    draw(sheet, subject)
    return sheet


def _figures(layers: Layers, derived: Derived, catalogue: Sequence[LayerSpec | DerivedSpec]) -> Mapping[str, Draw]:
    """Return how each figure is drawn that the layers give something for, by its name."""
    found: dict[str, Draw] = {"map": draw_map}
    if PATROLS in {spec.name for spec in catalogue} and has_patrols(derived):
        found["patrols"] = draw_patrols
    if frames_of(layers):
        found["line_moved"] = draw_line_moved
    return found

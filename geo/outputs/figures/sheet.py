"""A page of paper or a slide: its size, its text, what is above and below every figure, and its files.

Positions are in the unit of the sheet: x from the edge where reading starts, y from the top.
"""

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import Stroke
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from geo.inputs.catalog import COUNTRIES, DerivedSpec, LayerSpec
from geo.inputs.credits import ODBL, credit_of_source, credits_of
from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.figures.looks import palette
from geo.outputs.figures.typeface import font_file
from geo.outputs.output import BUILD_MARK
from geo.outputs.relief import RELIEF_SOURCE, has_relief
from geo.outputs.style import HATCH_WEIGHT_PX, channels
from geo.outputs.words import Words

KINDS = ("png", "svg", "pdf")
PNG_DPI = 300
MARGIN, LINE_HEIGHT = 34.0, 1.42
_MM_PER_INCH, _PX_PER_INCH, _POINTS_PER_PX = 25.4, 96, 0.75
_TITLE, _SUBTITLE, _REMARK, _SMALL = 23.0, 13.5, 12.5, 8.6
# A title that is still too long at this size is continued in a second line.
_SMALLEST_TITLE = 16.0
_GAP, _HALO = 12.0, 2.6
# How many publishers the foot names.
_NAMED_SOURCES = 5
# Where a sum of advances is this near to the width, in sizes of the font, the ink itself is measured.
_NEARLY = 0.3
_SEPARATOR, _NO_BREAK = " · ", "\u00a0"
# Makes a line of text run from right to left, whatever its first letter.
_RIGHT_TO_LEFT_MARK, _LEFT_TO_RIGHT_MARK = "\u200f", "\u200e"
_SETTINGS: Any = {
    "text.hinting": "none",
    "text.parse_math": False,
    "lines.scale_dashes": False,
    "path.simplify": False,
    "hatch.linewidth": HATCH_WEIGHT_PX * _POINTS_PER_PX,
    "svg.hashsalt": "idlib-m4-map",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a sheet.

    Attributes
    ----------
    name : str
        Its name in file names.
    width_mm, height_mm : float
        Its width and height.
    unit_px : float
        The unit of the sheet in CSS pixels (1/96 inch).
    """

    name: str
    width_mm: float
    height_mm: float
    unit_px: float


# Read in the hand, and from the back of a room.
A4 = Size("a4", 297, 210, 0.85)
SLIDE = Size("slide", 13.333 * _MM_PER_INCH, 7.5 * _MM_PER_INCH, 1.1)
SIZES = (A4, SLIDE)


@contextmanager
def settings() -> Iterator[None]:
    """Use the defaults of matplotlib, whatever the user's own settings are, and those of the figures."""
    with mpl.rc_context():
        mpl.rcParams.update(mpl.rcParamsDefault)
        mpl.rcParams.update(_SETTINGS)
        yield


@dataclass(frozen=True, slots=True)
class Box:
    """A box in units of a sheet: x from the edge where reading starts, y from the top."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """The width in units of the sheet."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """The height in units of the sheet."""
        return self.bottom - self.top


class Sheet:
    """A sheet that is being drawn.

    Parameters
    ----------
    size : Size
        Its size.
    is_right_to_left : bool
        Whether it is read from right to left; then it is laid out from the right edge.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        What is drawn.
    unit_pt : float
        The unit of the sheet in points.
    inner : Box
        The sheet without its margins.
    title, rights : str
        For the metadata of the files.
    """

    def __init__(self, size: Size, *, is_right_to_left: bool) -> None:
        self.is_right_to_left = is_right_to_left
        self.unit_pt = size.unit_px * _POINTS_PER_PX
        width_in, height_in = size.width_mm / _MM_PER_INCH, size.height_mm / _MM_PER_INCH
        self.figure = Figure((width_in, height_in), facecolor=palette()["paper"])
        unit_in = size.unit_px / _PX_PER_INCH
        self._width, self._height = width_in / unit_in, height_in / unit_in
        self.inner = Box(MARGIN, MARGIN, self._width - MARGIN, self._height - MARGIN)
        across, start_in = (-unit_in, width_in) if is_right_to_left else (unit_in, 0)
        self._transform = (
            Affine2D().scale(across, -unit_in).translate(start_in, height_in) + self.figure.dpi_scale_trans
        )
        self.title, self.rights = "", ""

    def axes(self, box: Box) -> Axes:
        """Return new axes in a box, without ticks, framed by a thin line."""
        left = self._width - box.right if self.is_right_to_left else box.left
        share = left / self._width, 1 - box.bottom / self._height, box.width / self._width, box.height / self._height
        axes = self.figure.add_axes(share, facecolor="none", xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(color=palette()["muted"], linewidth=0.8 * self.unit_pt)
        return axes

    def add(self, artist: Artist) -> None:
        """Draw a matplotlib artist that is given in units of the sheet."""
        artist.set_transform(self._transform)
        self.figure.add_artist(artist)

    def font(self, text: str, size: float, *, bold: bool = False) -> FontProperties:
        """Return the font for a text, its size given in units of the sheet."""
        return FontProperties(fname=font_file(text, bold=bold), size=size * self.unit_pt)

    def run(self, text: str) -> str:
        """Return a text that runs in the direction of the sheet."""
        return _RIGHT_TO_LEFT_MARK + text if self.is_right_to_left else text

    def write(
        self, x: float, baseline: float, text: str, *, size: float, colour: str = "", bold: bool = False, **options: Any
    ) -> None:
        """Write a line of text from `x` on; options are those of `matplotlib.text.Text`."""
        options = {"ha": "right" if self.is_right_to_left else "left", "transform": self._transform} | options
        font = self.font(text, size, bold=bold)
        self.figure.text(x, baseline, self.run(text), color=colour or palette()["ink"], fontproperties=font, **options)

    def paragraph(
        self,
        box: Box,
        text: str,
        *,
        size: float,
        colour: str = "",
        bold: bool = False,
        line_height: float = LINE_HEIGHT,
    ) -> float:
        """Write lines from the top of a box, as wide as the box, and return the y below them."""
        y = box.top
        for line in wrapped(text, box.width, size, bold=bold):
            # A separator at the end of a line separates nothing.
            self.write(box.left, y + size, line.removesuffix("·").rstrip(), size=size, colour=colour, bold=bold)
            y += line_height * size
        return y

    def saved(self, kind: str, *, build_id: str) -> bytes:
        """Return the sheet as a file of one of `KINDS`; its metadata have build id, title and rights."""
        content = io.BytesIO()
        metadata = _METADATA[kind](self.title, self.rights, build_id)
        if kind == "png":
            self._save_png(content, metadata)
        else:
            self.figure.savefig(content, format=kind, metadata=metadata)
        return content.getvalue()

    def _save_png(self, content: io.BytesIO, texts: Mapping[str, str]) -> None:
        """Save the sheet without opacity and, but for the paper, with 64 steps for each colour: a quarter smaller."""
        pixels = io.BytesIO()
        self.figure.savefig(pixels, format="rgba", dpi=PNG_DPI)
        width, height = (int(length * PNG_DPI) for length in self.figure.get_size_inches())
        colours = np.frombuffer(pixels.getvalue(), np.uint8).reshape(height, width, 4)[:, :, :3]
        is_paper = (colours == np.array(channels(palette()["paper"]), np.uint8)).all(axis=2, keepdims=True)
        picture = Image.fromarray(np.where(is_paper, colours, colours & 0xFC | colours >> 6))
        info = PngInfo()
        for key, text in texts.items():
            info.add_text(key, text)
        picture.save(content, "png", dpi=(PNG_DPI, PNG_DPI), pnginfo=info)


# No clock and no version of a program, so that equal figures have equal bytes.
_METADATA: Mapping[str, Any] = {
    "png": lambda title, rights, build: {"Title": title, "Copyright": rights, BUILD_MARK: build},
    "svg": lambda title, rights, build: {
        "Date": None,
        "Creator": None,
        "Title": title,
        "Rights": rights,
        "Identifier": f"{BUILD_MARK} {build}",
    },
    "pdf": lambda title, _rights, build: {
        "CreationDate": None,
        "Creator": None,
        "Producer": None,
        "Title": title,
        "Keywords": f"{BUILD_MARK} {build}",
    },
}


# ---- Text.


def halo(sheet: Sheet) -> list[Stroke]:
    """Return the effect that draws a rim around letters, so that they are legible on a map."""
    return [Stroke(linewidth=_HALO * sheet.unit_pt, foreground=palette()["ground"], joinstyle="round")]


def measured(text: str, size: float, *, bold: bool = False) -> tuple[float, float, float]:
    """Return the width of a line of text, and its extent above and below the baseline, in the unit of `size`."""
    width, ascent, descent = _measured(text, bold)
    return width * size, ascent * size, descent * size


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Return the lines of a text at a width; a word that is wider is a line of its own."""
    lines: list[str] = []
    used, ends = 0.0, _measured("n n", bold)[0]
    space = (ends - _measured("nn", bold)[0]) * size
    for word in text.split(" "):
        # The advance of a word and of a space, which ink alone does not show.
        own = (_measured(f"n {word} n", bold)[0] - ends) * size
        longer = used + own - space
        if lines and abs(longer - width) < _NEARLY * size:
            longer = measured(f"{lines[-1]} {word}", size, bold=bold)[0]
        if lines and longer <= width:
            lines[-1] += f" {word}"
            used += own
        else:
            lines.append(word)
            used = own
    return lines


@lru_cache(maxsize=8192)
def _measured(text: str, bold: bool) -> tuple[float, float, float]:
    width, height, descent = text_to_path.get_text_width_height_descent(
        text, FontProperties(fname=font_file(text, bold=bold), size=1), ismath=False
    )
    return width, height - descent, descent


# ---- What is above and below every figure.


def draw_heading(sheet: Sheet, headings: Sequence[str], remark: str) -> float:
    """Write the first heading as title, the others below it, and the remark of the map; return the y below them.

    Empty texts are left out.
    """
    title, *others = filter(None, headings)
    sheet.title = title
    box, size = sheet.inner, _TITLE
    while size > _SMALLEST_TITLE and measured(title, size, bold=True)[0] > box.width:
        size -= 0.5
    y = box.top - 0.2 * size
    for line in wrapped(title, box.width, size, bold=True):
        sheet.write(box.left, y + size, line, size=size, bold=True)
        y += 1.2 * size
    room = replace(box, top=y + 0.85 * _SUBTITLE - 0.2 * size)
    y = sheet.paragraph(room, _SEPARATOR.join(others), size=_SUBTITLE, colour=palette()["muted"])
    if remark:
        room = replace(box, top=y + 0.4 * _REMARK)
        y = sheet.paragraph(room, remark, size=_REMARK, bold=True, colour=palette()["accent"])
    return y + _GAP


def draw_foot(
    sheet: Sheet,
    build: Build,
    words: Words,
    drawn: Iterable[LayerSpec | DerivedSpec],
    rows: Iterable[Mapping[str, Any]] = (),
) -> float:
    """Write the credits of the layers drawn, the sources of rows, disclaimer, days and build; return the y above."""
    specs = list(drawn)
    every = dict.fromkeys(credit for spec in specs for credit in credits_of(spec, build.layers))
    if has_relief(build.layers) and any(spec.name == COUNTRIES for spec in specs):
        every[credit_of_source(RELIEF_SOURCE, build.layers)] = None
    # The ODbL asks for a prominent credit.
    names = [str(credit).removeprefix("© ") for credit in sorted(every, key=lambda credit: credit.licence != ODBL)]
    sheet.rights = "© " + _SEPARATOR.join(names)
    found = publishers_of(build, rows)
    # A line of names breaks between two of them only.
    named, publishers = (
        _LEFT_TO_RIGHT_MARK + text.replace(" ", _NO_BREAK).replace(f"·{_NO_BREAK}", "· ")
        for text in (sheet.rights, _SEPARATOR.join(found[:_NAMED_SOURCES]))
    )
    more = words.number(len(found) - _NAMED_SOURCES)
    key = "figures.sources" if len(found) > _NAMED_SOURCES else "figures.all_sources"
    last_day = words.text("figures.historical", day=words.day(build.layers.agreement.map.last_day))
    dated = [words.text("figures.data_as_of", day=words.day(build.data_as_of))] if build.data_as_of else []
    blocks = [
        f"{words.text('figures.credits')} {named}",
        *([words.text(key, names=publishers, n=more)] if found else []),
        words.text("figures.disclaimer"),
        _SEPARATOR.join([last_day, *dated, f"{words.text('about.build')} {build.build_id}"]),
    ]
    box = sheet.inner
    lines = sum(len(wrapped(block, box.width, _SMALL)) for block in blocks)
    y = top = box.bottom - lines * LINE_HEIGHT * _SMALL + (LINE_HEIGHT - 1) * _SMALL
    for block in blocks:
        room = Box(box.left, y, box.right, box.bottom)
        y = sheet.paragraph(room, block, size=_SMALL, colour=palette()["muted"])
    return top - _GAP


def publishers_of(build: Build, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return who published the sources that rows cite, the most cited first, without those that the credits name."""
    sources = {source["id"]: source for source in json_rows(build.frame("sources")) if not source["licence"]}
    cited = (sources[id_] for row in rows for id_ in row.get("sources") or () if id_ in sources)
    times = Counter(source["publisher"] or source["title"] for source in cited)
    return sorted(times, key=lambda name: (-times[name], name))

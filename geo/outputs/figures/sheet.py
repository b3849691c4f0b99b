"""One sheet of paper or one slide: its size, what is put on it, and the files that it is saved as.

Everything on a sheet is in its own unit, the CSS pixel of the page at a size that suits the format; y grows downwards.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import Stroke
from matplotlib.text import Text
from shapely.geometry.base import BaseGeometry

from geo.outputs.figures.boxes import Box
from geo.outputs.figures.colours import palette
from geo.outputs.output import BUILD_MARK

# Ships inside matplotlib, has Latin and Arabic letters, and may be embedded (Bitstream Vera licence).
FONT = "DejaVu Sans"
KINDS = ("png", "svg", "pdf")
_MM_PER_INCH, _PX_PER_INCH, _POINTS_PER_PX = 25.4, 96, 0.75
# Twice as fine as the page's own pixel.
_PNG_DPI = 2 * _PX_PER_INCH
# Two decimals are a four-hundredth of a millimetre: far below ink, and far above the last bit of a computation.
_DECIMALS = 2
_MEASURED_DPI = 960
LINE_HEIGHT = 1.42
_HALO = 2.6
# Makes a line of text run from right to left, whatever letter it begins with.
_RIGHT_TO_LEFT_MARK = "\u200f"
_SETTINGS: Any = {
    "font.family": [FONT],
    "text.hinting": "none",
    "text.parse_math": False,
    "lines.scale_dashes": False,
    "path.simplify": False,
    "svg.hashsalt": "idlib-m4-map",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "pdf.compression": 6,
}


_Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Format:
    """The size of a sheet.

    Attributes
    ----------
    name : str
        What it is called in names of files.
    width_mm, height_mm : float
        Its size.
    px : float
        How many CSS pixels (1/96 inch) the unit of the sheet is.
    """

    name: str
    width_mm: float
    height_mm: float
    px: float

    @property
    def box(self) -> Box:
        """The whole sheet, in its unit."""
        per_mm = _PX_PER_INCH / _MM_PER_INCH / self.px
        return Box(0, 0, self.width_mm * per_mm, self.height_mm * per_mm)

    def units(self, millimetres: float) -> float:
        """Return a length on paper in the unit of the sheet."""
        return millimetres * _PX_PER_INCH / _MM_PER_INCH / self.px


# Held in the hand, and seen from the back of a room.
A4 = Format("a4", 297, 210, 0.85)
SLIDE = Format("slide", 13.333 * _MM_PER_INCH, 7.5 * _MM_PER_INCH, 1.1)
FORMATS = (A4, SLIDE)


@contextmanager
def settings() -> Iterator[None]:
    """Have matplotlib draw as it ships, whatever somebody's own settings are, with the fonts and formats of figures."""
    with mpl.rc_context():
        mpl.rcParams.update(mpl.rcParamsDefault)
        mpl.rcParams.update(_SETTINGS)
        yield


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a sheet: what it says, where, and whether it is a name on a map."""

    text: str
    box: Box
    is_name: bool


class Sheet:
    """A sheet that is being drawn; what comes later lies on what came before.

    Parameters
    ----------
    format_ : Format
        Its size.
    is_right_to_left : bool
        Whether it is read from the right: then ``start`` is the right edge of a text.

    Attributes
    ----------
    box : Box
        The whole of it.
    lines : list of Line
        Every line of text that was written.
    markers : list of Box
        Where markers stand on its maps.
    title, rights : str
        What its metadata are to say of it.
    """

    def __init__(self, format_: Format, *, is_right_to_left: bool) -> None:
        self.format = format_
        self.box = format_.box
        self.is_right_to_left = is_right_to_left
        self.lines: list[Line] = []
        self.markers: list[Box] = []
        self.title, self.rights = "", ""
        inches = format_.width_mm / _MM_PER_INCH, format_.height_mm / _MM_PER_INCH
        self._figure = Figure(inches, facecolor=palette()["paper"])
        FigureCanvasAgg(self._figure)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_autoscale_on(False)
        self._axes.set_xlim(0, self.box.right)
        self._axes.set_ylim(self.box.bottom, 0)
        self._height = 0

    # ---- Putting things on it.

    def placed(self, box: Box) -> Box:
        """Return where a box that was laid out from the left goes on this sheet."""
        return box.mirrored(self.box.width) if self.is_right_to_left else box

    def inline(self, box: Box, distance: float) -> float:
        """Return the x that lies so far inside a box from where reading starts."""
        return box.right - distance if self.is_right_to_left else box.left + distance

    def shape(
        self,
        geometry: BaseGeometry,
        *,
        fill: str = "",
        fill_opacity: float = 1.0,
        stroke: str = "",
        weight: float = 1.0,
        opacity: float = 1.0,
        dash: str = "",
        cap: str = "butt",
        within: Box | None = None,
    ) -> None:
        """Draw a geometry that is given in units of the sheet.

        Parameters
        ----------
        geometry : shapely geometry
            Areas or lines.
        fill, fill_opacity, stroke, weight, opacity, dash : str, float
            As in `geo.inputs.catalog.Symbol`; an empty colour draws none. `opacity` is that of the line.
        cap : str
            How lines end: ``butt`` or ``round``.
        within : Box, optional
            What of it is seen.
        """
        if geometry.is_empty:
            return
        scale = _POINTS_PER_PX * self.format.px
        lengths = [float(part) * scale for part in dash.split()]
        patch = PathPatch(
            _path(geometry),
            facecolor=(fill, fill_opacity) if fill else "none",
            edgecolor=(stroke, opacity) if stroke else "none",
            linewidth=weight * scale if stroke else 0,
            linestyle=(0, lengths) if lengths else "solid",
            capstyle=cap,
            joinstyle="round",
        )
        self._add(patch)
        if within:
            clip = Rectangle((within.left, within.top), within.width, within.height, transform=self._axes.transData)
            patch.set_clip_path(clip)

    def write(
        self,
        x: float,
        baseline: float,
        text: str,
        *,
        size: float,
        colour: str = "",
        bold: bool = False,
        anchor: str = "start",
        halo: str = "",
        left_to_right: bool = False,
    ) -> Box:
        """Write one line of text and return its box.

        Parameters
        ----------
        x, baseline : float
            Where it stands.
        text : str
            What it says.
        size : float
            Height of its letters, in units of the sheet.
        colour : str
            Ink; if not given, that of the palette.
        bold : bool
            Whether it is set in the bold face.
        anchor : str
            What of it `x` is: ``start`` (where reading begins), ``middle``, ``end``, ``left`` or ``right``.
        halo : str
            Colour of a rim around the letters, so that they stand out from a map; none if empty.
        left_to_right : bool
            Whether it runs from the left even on a sheet that is read from the right.
        """
        x, baseline = round(x, _DECIMALS), round(baseline, _DECIMALS)
        align = self._align(anchor)
        runs = text if left_to_right or not self.is_right_to_left else _RIGHT_TO_LEFT_MARK + text
        scale = _POINTS_PER_PX * self.format.px
        font = FontProperties(family=[FONT], size=size * scale, weight="bold" if bold else "normal")
        if halo:
            # Apart from the letters, so that these stay text in the PDF.
            rim = Text(x, baseline, runs, color=halo, fontproperties=font, ha=align, parse_math=False)
            rim.set_path_effects([Stroke(linewidth=_HALO * scale, foreground=halo, joinstyle="round")])
            self._add(rim)
        ink = colour or palette()["ink"]
        self._add(Text(x, baseline, runs, color=ink, fontproperties=font, ha=align, parse_math=False))
        width, ascent, descent = measured(text, size, bold=bold)
        left = {"left": x, "center": x - width / 2, "right": x - width}[align]
        box = Box(left, baseline - ascent, left + width, baseline + descent)
        self.lines.append(Line(text, box, is_name=bool(halo)))
        return box

    def paragraph(
        self, box: Box, text: str, *, size: float, colour: str = "", bold: bool = False, left_to_right: bool = False
    ) -> float:
        """Write lines from the top of a box, as wide as it is, and return the y where the next one would begin."""
        y = box.top
        start = self.inline(box, 0)
        for line in wrapped(text, box.width, size, bold=bold):
            # A dot between two names separates nothing at the end of a line.
            own = line.removesuffix("·").rstrip()
            self.write(start, y + size, own, size=size, colour=colour, bold=bold, left_to_right=left_to_right)
            y += LINE_HEIGHT * size
        return y

    def _align(self, anchor: str) -> _Align:
        starts: tuple[_Align, _Align] = ("right", "left") if self.is_right_to_left else ("left", "right")
        aligns: dict[str, _Align] = {"start": starts[0], "end": starts[1], "middle": "center"}
        return aligns.get(anchor, "right" if anchor == "right" else "left")

    def _add(self, artist: Any) -> None:
        self._height += 1
        artist.set_zorder(self._height)
        self._axes.add_artist(artist)

    # ---- Saving it.

    def saved(self, kind: str, *, build_id: str) -> bytes:
        """Return the sheet as a file of one of `KINDS`; build id, title and rights stand in its metadata."""
        content = io.BytesIO()
        metadata = _METADATA[kind](self.title, self.rights, build_id)
        self._figure.savefig(content, format=kind, dpi=_PNG_DPI if kind == "png" else None, metadata=metadata)
        return content.getvalue()


# What each kind of file says of itself. No clock, and no version of a program, so that equal figures have equal bytes.
_METADATA: Mapping[str, Any] = {
    "png": lambda title, rights, build: {"Software": None, "Title": title, "Copyright": rights, BUILD_MARK: build},
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


@lru_cache(maxsize=8192)
def measured(text: str, size: float, *, bold: bool = False) -> tuple[float, float, float]:
    """Return the width of a line of text, and how far it reaches above and below its line, in the unit of its size."""
    points_per_unit = 10.0
    properties = FontProperties(family=[FONT], weight="bold" if bold else "normal", size=size * points_per_unit)
    width, height, descent = _ruler().get_text_width_height_descent(text, properties, False)
    unit = points_per_unit * _MEASURED_DPI / 72
    return width / unit, (height - descent) / unit, descent / unit


# Matplotlib does not type its renderers.
_Ruler: Any = RendererAgg


@lru_cache(maxsize=1)
def _ruler() -> Any:
    return _Ruler(1, 1, _MEASURED_DPI)


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Return the lines that a text fills at a width; a word that is wider than that stands alone."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measured(longer, size, bold=bold)[0] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _path(geometry: BaseGeometry) -> Path:
    """Return areas or lines as one path, rounded so that the last bit of a computation does not show."""
    rings: list[Any] = []
    for part in _flat(geometry):
        rings.extend([part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part])
    vertices = [np.round(shapely.get_coordinates(ring), _DECIMALS) + 0.0 for ring in rings]
    codes = [_codes(len(ring.coords), is_closed=ring.geom_type == "LinearRing") for ring in rings]
    return Path(np.concatenate(vertices), np.concatenate(codes))


def _codes(count: int, *, is_closed: bool) -> list[Any]:
    last = Path.CLOSEPOLY if is_closed else Path.LINETO
    return [Path.MOVETO, *[Path.LINETO] * (count - 2), last]


def _flat(geometry: BaseGeometry) -> Sequence[Any]:
    """Return the areas and lines of a geometry; what has shrunk to a point is not drawn."""
    parts = shapely.get_parts(geometry)
    flat = [one for part in parts for one in (_flat(part) if part.geom_type.startswith("Multi") else [part])]
    return [one for one in flat if one.geom_type != "Point" and not one.is_empty]

"""What stands around every figure: title, date and remark above, credits, sources, disclaimer and build below."""

from collections.abc import Iterable
from dataclasses import dataclass

from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.credits import ODBL, Credit, credits_of
from geo.inputs.layers import Layers
from geo.outputs.context import Build
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.colours import palette
from geo.outputs.figures.sheet import LINE_HEIGHT, Sheet, measured, wrapped
from geo.outputs.words import Words

MARGIN = 34.0
_TITLE, _SUBTITLE, _REMARK, _SMALL = 23.0, 13.5, 12.5, 8.6
# A title that is still too long at this size goes on in a second line.
_SMALLEST_TITLE = 16.0
_GAP = 12.0
_SEPARATOR, _NO_BREAK = " · ", "\u00a0"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a figure is called.

    Attributes
    ----------
    title, subtitle : str
        The large line, and the smaller one below it.
    remark : str
        What must be read with it; empty for none.
    """

    title: str
    subtitle: str
    remark: str = ""


def draw_heading(sheet: Sheet, heading: Heading) -> float:
    """Write the heading and return the y below it."""
    sheet.title = heading.title
    box = sheet.box.grown(-MARGIN)
    size = _TITLE
    while size > _SMALLEST_TITLE and measured(heading.title, size, bold=True)[0] > box.width:
        size -= 0.5
    start = sheet.inline(box, 0)
    first, *more = wrapped(heading.title, box.width, size, bold=True)
    y = box.top + 0.8 * size
    sheet.write(start, y, first, size=size, bold=True)
    for line in more:
        y += 1.2 * size
        sheet.write(start, y, line, size=size, bold=True)
    y += 1.55 * _SUBTITLE
    sheet.write(start, y, heading.subtitle, size=_SUBTITLE, colour=palette()["muted"])
    y += 0.4 * _SUBTITLE
    if heading.remark:
        room = Box(box.left, y + 0.4 * _REMARK, box.right, box.bottom)
        y = sheet.paragraph(room, heading.remark, size=_REMARK, bold=True, colour=palette()["accent"])
    return y + _GAP


def draw_foot(sheet: Sheet, build: Build, words: Words, drawn: Iterable[LayerSpec | DerivedSpec]) -> float:
    """Write the credits of what is drawn, sources, disclaimer and build at the foot, and return the y above them."""
    credits_ = _credits_of(drawn, build.layers)
    sheet.rights = "© " + _SEPARATOR.join(str(credit).removeprefix("© ") for credit in credits_)
    box = sheet.box.grown(-MARGIN)
    label = words.text("figures.credits")
    indent = measured(label, _SMALL)[0] + _SMALL / 2
    # A line breaks between credits only, and after the dot.
    named = sheet.rights.replace(" ", _NO_BREAK).replace(f"·{_NO_BREAK}", "· ")
    blocks = [
        words.text("figures.sources", n=words.number(len(build.frame("sources")))),
        words.text("figures.disclaimer"),
        _build_line(build, words),
    ]
    lines = sum(len(wrapped(one, box.width, _SMALL)) for one in blocks)
    lines += len(wrapped(named, box.width - indent, _SMALL))
    top = box.bottom - lines * LINE_HEIGHT * _SMALL + (LINE_HEIGHT - 1) * _SMALL
    muted = palette()["muted"]
    sheet.write(sheet.inline(box, 0), top + _SMALL, label, size=_SMALL, colour=muted)
    left, right = (box.left, box.right - indent) if sheet.is_right_to_left else (box.left + indent, box.right)
    # The names are in Latin letters, whatever the language of the sheet.
    y = sheet.paragraph(Box(left, top, right, box.bottom), named, size=_SMALL, colour=muted, left_to_right=True)
    for text in blocks:
        y = sheet.paragraph(Box(box.left, y, box.right, box.bottom), text, size=_SMALL, colour=muted)
    return top - _GAP


def _credits_of(specs: Iterable[LayerSpec | DerivedSpec], layers: Layers) -> tuple[Credit, ...]:
    """Return whom the data of some layers come from, each once; what is under the ODbL comes first, as that asks."""
    every = dict.fromkeys(credit for spec in specs for credit in credits_of(spec, layers))
    return tuple(sorted(every, key=lambda credit: credit.licence != ODBL))


def _build_line(build: Build, words: Words) -> str:
    dated = [words.text("figures.data_as_of", day=words.day(build.data_as_of))] if build.data_as_of else []
    return _SEPARATOR.join([*dated, f"{words.text('about.build')} {build.build_id}"])

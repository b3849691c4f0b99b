"""The legend: the layers that a figure draws, and of each only the classes that are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.colours import palette
from geo.outputs.figures.sheet import LINE_HEIGHT, Sheet, measured, wrapped
from geo.outputs.figures.symbols import SWATCH, draw_swatch
from geo.outputs.style import Kind, Symbol
from geo.outputs.words import Words

_SIZE, _SMALLEST = 11.2, 7.0
# Notes are smaller than labels, by this factor.
_NOTE = 0.86
_ROW_GAP, _GROUP_GAP = 2.6, 6.0
_BESIDE = 2 * SWATCH + 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One class that is drawn, and as what."""

    spec: LayerSpec | DerivedSpec
    class_: str
    symbol: Symbol
    kind: Kind

    @property
    def is_ground(self) -> bool:
        """Whether it is an area without an outline: ground, which needs no words."""
        return self.kind == "area" and not self.symbol.stroke


@dataclass(frozen=True, slots=True)
class Group:
    """What stands together in a legend: a heading, if there is one, and rows of symbol, kind and label."""

    heading: str
    rows: tuple[tuple[Symbol, Kind, str], ...]


def groups_of(entries: Sequence[Entry], words: Words, focus: str) -> list[Group]:
    """Return the legend of some entries: the focus first, then layer by layer from the top of the map to its ground.

    A layer with one look stands in a single row.
    """
    by_layer: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        by_layer.setdefault(entry.spec.name, {})[entry.class_] = entry
    names = [focus, *(name for name in reversed(by_layer) if name != focus)]
    groups = (_group(list(by_layer[name].values()), words) for name in names if name in by_layer)
    return [group for group in groups if group.rows]


def _group(every: Sequence[Entry], words: Words) -> Group:
    entries = [entry for entry in every if not entry.is_ground]
    spec = every[0].spec
    order = list(spec.classes)
    ordered = sorted(entries, key=lambda entry: order.index(entry.class_))
    if len(entries) == 1:
        [entry] = entries
        own = words.symbol(spec, entry.class_)
        # Of a layer of which the rest is ground, its name would speak of the ground too.
        label = own if len(every) > 1 else f"{words.layer(spec)} · {own}"
        return Group("", ((entry.symbol, entry.kind, label),))
    rows = tuple((entry.symbol, entry.kind, words.symbol(spec, entry.class_)) for entry in ordered)
    return Group(words.layer(spec), rows)


def draw_legend(sheet: Sheet, box: Box, groups: Sequence[Group], notes: Sequence[str]) -> float:
    """Draw a legend in a box, group by group, then the notes, smaller where it would not fit; return the y below."""
    size = _SIZE
    while _height(groups, notes, box.width, size) > box.height and size > _SMALLEST:
        size -= 0.2
    y = box.top
    for group in groups:
        y = draw_group(sheet, Box(box.left, y, box.right, box.bottom), group, size) + _GROUP_GAP
    for note in notes:
        room = Box(box.left, y, box.right, box.bottom)
        y = sheet.paragraph(room, note, size=_NOTE * size, colour=palette()["muted"]) + _ROW_GAP
    return y


def draw_group(sheet: Sheet, box: Box, group: Group, size: float = _SIZE) -> float:
    """Draw one group from the top of a box and return the y below it."""
    y = box.top
    if group.heading:
        y = sheet.paragraph(Box(box.left, y, box.right, box.bottom), group.heading, size=size, bold=True) + _ROW_GAP
    for symbol, kind, label in group.rows:
        draw_swatch(sheet, sheet.inline(box, SWATCH), y + 0.62 * size, symbol, kind)
        left, right = (box.left, box.right - _BESIDE) if sheet.is_right_to_left else (box.left + _BESIDE, box.right)
        y = sheet.paragraph(Box(left, y, right, box.bottom), label, size=size) + _ROW_GAP
    return y


def group_size(group: Group, width: float, size: float = _SIZE) -> tuple[float, float]:
    """Return how wide and how high a group is if it may be at most so wide."""
    texts = [(group.heading, 0.0, True)] if group.heading else []
    texts += [(label, _BESIDE, False) for _, _, label in group.rows]
    needed, height = 0.0, 0.0
    for text, indent, bold in texts:
        lines = wrapped(text, width - indent, size, bold=bold)
        needed = max(needed, indent + max(measured(line, size, bold=bold)[0] for line in lines))
        height += len(lines) * LINE_HEIGHT * size + _ROW_GAP
    return needed, height


def _height(groups: Sequence[Group], notes: Sequence[str], width: float, size: float) -> float:
    own = sum(group_size(group, width, size)[1] + _GROUP_GAP for group in groups)
    lines = [len(wrapped(note, width, _NOTE * size)) for note in notes]
    return own + sum(count * LINE_HEIGHT * _NOTE * size + _ROW_GAP for count in lines)

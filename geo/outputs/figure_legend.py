"""The legend: the layers that a figure draws, and of each only the classes that are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from geo.inputs.catalog import DerivedSpec, LayerSpec, Symbol
from geo.outputs.colours import palette
from geo.outputs.figure_boxes import Box
from geo.outputs.figure_sheet import Sheet, measured, wrapped
from geo.outputs.figure_symbols import Kind, draw_swatch, swatch_width
from geo.outputs.words import Words

_SIZE, _NOTE_SIZE = 11.2, 9.6
_LINE, _ROW_GAP, _GROUP_GAP = 1.3, 2.6, 6.0
_BESIDE = swatch_width() + 8


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
        if not entry.is_ground:
            by_layer.setdefault(entry.spec.name, {})[entry.class_] = entry
    names = sorted(reversed(by_layer), key=lambda name: name != focus)
    return [_group(list(by_layer[name].values()), words) for name in names]


def _group(entries: Sequence[Entry], words: Words) -> Group:
    spec = entries[0].spec
    order = list(spec.style.symbols) if spec.style else []
    ordered = sorted(entries, key=lambda entry: order.index(entry.class_))
    if len(order) == 1 or len(entries) == 1:
        [entry] = entries
        label = f"{words.layer(spec)} · {words.symbol(spec, entry.class_)}"
        return Group("", ((entry.symbol, entry.kind, label),))
    rows = tuple((entry.symbol, entry.kind, words.symbol(spec, entry.class_)) for entry in ordered)
    return Group(words.layer(spec), rows)


def draw_legend(sheet: Sheet, box: Box, groups: Sequence[Group], notes: Sequence[str]) -> float:
    """Draw a legend from the top of a box, one group below the other, then the notes, and return the y below it."""
    y = box.top
    for group in groups:
        y = draw_group(sheet, Box(box.left, y, box.right, box.bottom), group) + _GROUP_GAP
    for note in notes:
        room = Box(box.left, y, box.right, box.bottom)
        y = sheet.paragraph(room, note, size=_NOTE_SIZE, colour=palette()["muted"]) + _ROW_GAP
    return y


def draw_group(sheet: Sheet, box: Box, group: Group) -> float:
    """Draw one group from the top of a box and return the y below it."""
    y = box.top
    if group.heading:
        y = sheet.paragraph(Box(box.left, y, box.right, box.bottom), group.heading, size=_SIZE, bold=True) + _ROW_GAP
    for symbol, kind, label in group.rows:
        middle = y + 0.62 * _SIZE
        draw_swatch(sheet, sheet.inline(box, swatch_width() / 2), middle, symbol, kind)
        left, right = (box.left, box.right - _BESIDE) if sheet.is_right_to_left else (box.left + _BESIDE, box.right)
        beside = Box(left, y, right, box.bottom)
        y = max(sheet.paragraph(beside, label, size=_SIZE), y + _LINE * _SIZE) + _ROW_GAP
    return y


def group_size(group: Group, width: float) -> tuple[float, float]:
    """Return how wide and how high a group is if it may be at most so wide."""
    texts = [(group.heading, 0.0, True)] if group.heading else []
    texts += [(label, _BESIDE, False) for _, _, label in group.rows]
    needed, height = 0.0, 0.0
    for text, indent, bold in texts:
        lines = wrapped(text, width - indent, _SIZE, bold=bold)
        needed = max(needed, indent + max(measured(line, _SIZE, bold=bold)[0] for line in lines))
        height += len(lines) * 1.36 * _SIZE + _ROW_GAP
    return needed, height

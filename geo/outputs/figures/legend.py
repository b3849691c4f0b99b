"""The legend: the layers that a figure draws, and of each only the classes that are drawn, with the notes below it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from geo.inputs.catalog import FOCUS
from geo.inputs.layers import Layers
from geo.outputs.figures import looks
from geo.outputs.figures.day_features import Drawn
from geo.outputs.figures.looks import palette
from geo.outputs.figures.sheet import LINE_HEIGHT, Box, Sheet, wrapped
from geo.outputs.style import Kind, Symbol, middle_of, radius_of, style_of
from geo.outputs.words import Words

_SIZE, _SMALLEST, _NOTE = 11.2, 7.0, 0.86
_ROW_GAP, _GROUP_GAP = 2.6, 6.0
# Half the size of a swatch.
_ACROSS, _UP = 11.0, 5.5
_INDENT = 2 * _ACROSS + 8


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together in a legend: a heading, or "", and rows of symbol, kind and label."""

    heading: str
    rows: tuple[tuple[Symbol, Kind, str], ...]


def groups_of(drawn: Iterable[Drawn], words: Words) -> list[Group]:
    """Return the legend of what is drawn: the focus of the map first, then from the uppermost layer to the ground."""
    by_layer: dict[str, dict[str, Drawn]] = {}
    for one in drawn:
        by_layer.setdefault(one.spec.name, {}).setdefault(one.class_, one)
    names = [FOCUS, *(name for name in reversed(by_layer) if name != FOCUS)]
    groups = (_group(by_layer[name], words) for name in names if name in by_layer)
    return [group for group in groups if group.rows]


def _group(by_class: dict[str, Drawn], words: Words) -> Group:
    spec = next(iter(by_class.values())).spec
    symbols = style_of(spec).symbols
    rows = tuple(
        (symbols[class_], by_class[class_].kind, words.symbol(spec, class_))
        for class_ in symbols
        if class_ in by_class and not by_class[class_].is_ground
    )
    if len(rows) != 1:
        return Group(words.layer(spec), rows)
    [(symbol, kind, label)] = rows
    # Of a layer of which the rest is ground, the name would mean the ground too.
    return Group("", ((symbol, kind, label if len(by_class) > 1 else f"{words.layer(spec)} · {label}"),))


def notes_on(drawn: Sequence[Drawn], layers: Layers, words: Words, *, is_numbered: bool = True) -> list[str]:
    """Return what a reader has to know of what is inferred or uncertain in a figure."""
    rows = [row for one in drawn for row in one.features["row"]]
    conditions = {
        "ends_inferred": layers.agreement.corridor.from_place is None and any(one.spec.name == FOCUS for one in drawn),
        "band": any(one.features["band"].notna().any() for one in drawn),
        "circle": any((one.features["radius_m"] > 0).any() for one in drawn),
        "layered": any(one.symbol.offset for one in drawn),
        "numbered": is_numbered and any(row.get("kind") == "official" for row in rows),
        "strong": any(one.is_strong for one in drawn),
    }
    return [words.text(f"figures.{key}") for key, applies in conditions.items() if applies]


def draw_legend(sheet: Sheet, box: Box, groups: Sequence[Group], notes: Sequence[str]) -> float:
    """Draw groups, then notes, in smaller letters where they would not fit; return the y below them."""
    size = _SIZE
    while _height(groups, notes, box.width, size) > box.height and size > _SMALLEST:
        size -= 0.2
    y = box.top
    for group in groups:
        y = _draw_group(sheet, replace(box, top=y), group, size)
    for note in notes:
        y = sheet.paragraph(replace(box, top=y), note, size=_NOTE * size, colour=palette()["muted"]) + _ROW_GAP
    return y


def _draw_group(sheet: Sheet, box: Box, group: Group, size: float) -> float:
    """Draw one group from the top of a box, and return the y below it."""
    y = box.top
    if group.heading:
        y = sheet.paragraph(box, group.heading, size=size, bold=True) + _ROW_GAP
    for symbol, kind, label in group.rows:
        _draw_swatch(sheet, box.left + _ACROSS, y + 0.62 * size, symbol, kind)
        y = sheet.paragraph(replace(box, left=box.left + _INDENT, top=y), label, size=size) + _ROW_GAP
    return y + _GROUP_GAP


def _group_height(group: Group, width: float, size: float) -> float:
    """Return the height of a group at a width."""
    counts = [len(wrapped(group.heading, width, size, bold=True))] if group.heading else []
    counts += [len(wrapped(label, width - _INDENT, size)) for _, _, label in group.rows]
    return sum(count * LINE_HEIGHT * size + _ROW_GAP for count in counts) + _GROUP_GAP


def _height(groups: Sequence[Group], notes: Sequence[str], width: float, size: float) -> float:
    lines = [len(wrapped(note, width, _NOTE * size)) for note in notes]
    own = sum(_group_height(group, width, size) for group in groups)
    return own + sum(count * LINE_HEIGHT * _NOTE * size + _ROW_GAP for count in lines)


def _draw_swatch(sheet: Sheet, x: float, y: float, symbol: Symbol, kind: Kind) -> None:
    """Draw the picture of a symbol around a point, as an area, a line or a marker."""
    unit_pt, corner = sheet.unit_pt, (x - _ACROSS, y - _UP)
    if kind == "area":
        # Finer than on the map, or the dashes of an outline would not show as such.
        fine = replace(symbol, dash=looks.scaled(symbol, 0.5).dash)
        sheet.add(Rectangle(corner, 2 * _ACROSS, 2 * _UP, **looks.area_look(fine, unit_pt)))
    elif kind == "line":
        ends = [x - _ACROSS, x + _ACROSS], [y, y]
        if symbol.banded:
            sheet.add(Rectangle(corner, 2 * _ACROSS, 2 * _UP, **looks.band_look(symbol)))
        if symbol.casing:
            sheet.add(Line2D(*ends, **looks.casing_look(symbol, unit_pt)))
        look = looks.line_look(replace(symbol, offset=0), unit_pt)
        sheet.add(Line2D(*ends, dash_capstyle="butt", solid_capstyle="butt", **look))
    else:
        marker, size_pt, look = looks.marker_look(symbol, unit_pt)
        face, edge, weight = look["facecolor"], look["edgecolor"], look["linewidth"]
        colours = {"markerfacecolor": face, "markeredgecolor": edge, "markeredgewidth": weight}
        middle = y - middle_of(symbol, radius_of(symbol, is_numbered=False))
        sheet.add(Line2D([x], [middle], linestyle="none", marker=marker, markersize=size_pt, **colours))

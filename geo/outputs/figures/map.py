"""The map of a day: every layer of the catalogue by its symbols, names where there is room, scale and north."""

from collections.abc import Sequence

from geo.geometry.projection import Projection, oblique_mercator
from geo.inputs.catalog import FOCUS
from geo.inputs.layers import Layers
from geo.outputs.context import Build
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.features import Placed, draw_features, place_features
from geo.outputs.figures.frame import MARGIN, Heading, draw_foot, draw_heading
from geo.outputs.figures.ground import ground_around
from geo.outputs.figures.inset import HEIGHT as INSET_HEIGHT
from geo.outputs.figures.inset import draw_inset, zones_of
from geo.outputs.figures.legend import draw_legend, groups_of
from geo.outputs.figures.names import draw_country_names, draw_names, draw_road_numbers
from geo.outputs.figures.scale import draw_rim, draw_scale
from geo.outputs.figures.sheet import Sheet
from geo.outputs.words import Words

LEGEND_WIDTH, GUTTER = 262.0, 20.0
# How far a drawn line may leave the true one on paper: less than the finest line is wide.
TOLERANCE_MM = 0.1


def draw_map(sheet: Sheet, build: Build, words: Words) -> None:
    """Draw the map of a day, with everything around it."""
    layers = build.layers
    day = words.text("page.as_of", day=words.day(build.as_of))
    top = draw_heading(sheet, Heading(words.text("page.title"), day, words.remark))
    drawn = build.drawn()
    bottom = draw_foot(sheet, build, words, drawn)
    whole = sheet.box.grown(-MARGIN)
    legend = sheet.placed(Box(whole.left, top, whole.left + LEGEND_WIDTH, bottom))
    frame = sheet.placed(Box(whole.left + LEGEND_WIDTH + GUTTER, top, whole.right, bottom))
    focus = list(build.frame(FOCUS).geometry)
    tolerance_px = sheet.format.units(TOLERANCE_MM)
    ground = ground_around(focus, frame, projection=projection_of(build), tolerance_px=tolerance_px)
    placed = place_features(ground, drawn, build, build.as_of)
    draw_features(sheet, ground, placed, words)
    taken = [draw_scale(sheet, ground, placed, words)]
    taken += draw_road_numbers(sheet, ground, placed, taken)
    taken += draw_names(sheet, ground, placed, words, taken=taken, first=layers.agreement.ends)
    draw_country_names(sheet, ground, placed, words, taken)
    draw_rim(sheet, frame)
    entries = [one.entry for one in placed]
    below = draw_legend(sheet, legend, groups_of(entries, words, FOCUS), notes_on(layers, placed, words))
    if zones_of(build) and legend.bottom - below >= INSET_HEIGHT:
        inset = Box(legend.left, legend.bottom - INSET_HEIGHT, legend.right, legend.bottom)
        draw_inset(sheet, inset, ground, build, words)


def projection_of(build: Build) -> Projection:
    """Return the projection laid along the corridor stretch of the road."""
    return oblique_mercator(build.frame("centreline").geometry.iloc[0])


def notes_on(layers: Layers, placed: Sequence[Placed], words: Words, *, are_numbered: bool = True) -> list[str]:
    """Return what a reader has to know of what is inferred or uncertain in a figure."""
    notes = []
    if layers.agreement.corridor.from_place is None and any(one.spec.name == FOCUS for one in placed):
        notes.append(words.text("figures.ends_inferred"))
    if any(one.symbol.banded and one.band is not None for one in placed):
        notes.append(words.text("figures.band"))
    if any(one.radius for one in placed):
        notes.append(words.text("figures.circle"))
    if any(one.symbol.offset for one in placed):
        notes.append(words.text("figures.layered"))
    if are_numbered and any(one.shown.properties.get("kind") == "official" for one in placed):
        notes.append(words.text("figures.numbered"))
    if any(one.shown.is_strong for one in placed):
        notes.append(words.text("figures.strong"))
    return notes

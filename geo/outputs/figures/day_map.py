"""The map of a day: every layer of the catalogue, names where there is room, scale and north, and an inset."""

from dataclasses import replace

import geopandas as gpd
from shapely.geometry import Polygon

from geo.inputs.catalog import FOCUS, GROUND
from geo.outputs.figures.day_features import DayFeatures
from geo.outputs.figures.labels import draw_names, draw_road_numbers
from geo.outputs.figures.legend import draw_legend, groups_of, notes_on
from geo.outputs.figures.looks import palette
from geo.outputs.figures.map_axes import MapAxes, cities_only
from geo.outputs.figures.sheet import Box, Sheet, draw_foot, draw_heading
from geo.outputs.words import Words

LEGEND_WIDTH, GUTTER = 262.0, 20.0
_INSET_HEIGHT, _INSET_MARGIN, _INSET_SIZES = 172.0, 0.1, {"size": 0.6, "name_size": 0.8}
_ZONE, _PLACES = "deescalation_zone", "places"


def draw_day_map(sheet: Sheet, source: DayFeatures, words: Words) -> None:
    """Draw the map of the day of a build, with everything around it."""
    build = source.build
    specs = build.drawn()
    day = words.text("page.as_of", day=words.day(build.as_of))
    top = draw_heading(sheet, words.text("page.title"), day, words.remark)
    bottom = draw_foot(sheet, build, words, specs)
    whole = replace(sheet.inner, top=top, bottom=bottom)
    focus = source.metres(build.frame(FOCUS).geometry)
    map_ = MapAxes(sheet, replace(whole, left=whole.left + LEGEND_WIDTH + GUTTER), source, focus)
    drawn = map_.seen(specs, build.as_of)
    map_.draw(drawn, words)
    busy = map_.busy(drawn)
    taken = [map_.draw_scale(busy, words)]
    taken += draw_road_numbers(map_, drawn, taken)
    taken += draw_names(map_, drawn, words, taken=taken, first=build.layers.agreement.ends)
    map_.draw_countries(drawn, busy.union(gpd.GeoSeries(taken).union_all()), words)
    legend = replace(whole, right=whole.left + LEGEND_WIDTH)
    below = draw_legend(sheet, legend, groups_of(drawn, words), notes_on(drawn, build.layers, words))
    if len(build.frame(_ZONE)) and legend.bottom - below >= _INSET_HEIGHT:
        draw_inset(sheet, replace(legend, top=legend.bottom - _INSET_HEIGHT), source, map_.view, words)


def draw_inset(sheet: Sheet, box: Box, source: DayFeatures, view: Polygon, words: Words) -> None:
    """Draw the zone, the corridor, the cities around them, and what the map of the sheet shows."""
    build = source.build
    view_m = gpd.GeoSeries([view], crs=source.crs)
    zones = source.metres(build.frame(_ZONE).geometry)
    around = gpd.GeoSeries([*view_m, *zones], crs=source.crs)
    inset = MapAxes(sheet, box, source, around, margin=_INSET_MARGIN, **_INSET_SIZES)
    drawn = cities_only(inset.seen(build.drawn(*GROUND, FOCUS, _ZONE, _PLACES), build.as_of), _PLACES)
    inset.draw(drawn, words)
    inset.axes.plot(*view.exterior.xy, color=palette()["ink"], linewidth=1.1 * sheet.unit_pt, zorder=3)
    names = draw_names(inset, drawn, words, is_cities_only=True)
    inset.draw_countries(drawn, inset.busy(drawn).union(gpd.GeoSeries(names).union_all()), words)

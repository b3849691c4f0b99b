"""The map of a day: every layer of the catalogue around the whole zone, names where there is room, scale and north."""

from dataclasses import replace

import geopandas as gpd

from geo.history.situation import situation
from geo.history.timeline import is_valid
from geo.inputs.catalog import FOCUS
from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.figures.day_features import DayFeatures, cited_by
from geo.outputs.figures.labels import draw_names, draw_road_numbers
from geo.outputs.figures.legend import draw_legend, groups_of, notes_on
from geo.outputs.figures.map_axes import MapAxes
from geo.outputs.figures.sheet import Sheet, draw_foot, draw_heading
from geo.outputs.words import Words

LEGEND_WIDTH, GUTTER = 262.0, 20.0
_MARGIN, _ZONE = 0.03, "deescalation_zone"
# Of symbols: smaller ones cover fewer places.
_SIZE = 0.82


def draw_day_map(sheet: Sheet, source: DayFeatures, words: Words) -> None:
    """Draw the map of the day of a build, with everything around it."""
    build = source.build
    specs = build.drawn()
    day = words.text("page.as_of", day=words.day(build.as_of))
    top = draw_heading(sheet, [_headline(build, words), words.text("page.title"), day], words.remark)
    every = [one for spec in specs for one in source.on(spec, build.as_of)]
    bottom = draw_foot(sheet, build, words, specs, cited_by(every))
    whole = replace(sheet.inner, top=top, bottom=bottom)
    map_box = replace(whole, left=whole.left + LEGEND_WIDTH + GUTTER)
    map_ = MapAxes(sheet, map_box, source, source.metres(framed(build)), margin=_MARGIN, size=_SIZE)
    drawn = map_.seen(specs, build.as_of)
    map_.draw(drawn, words)
    busy = map_.busy(drawn)
    taken = [map_.draw_scale(busy, words)]
    taken += draw_names(map_, drawn, words, taken=taken, first=build.layers.agreement.ends)
    taken += draw_road_numbers(map_, drawn, taken)
    map_.draw_countries(drawn, busy.union(gpd.GeoSeries(taken).union_all()), words)
    legend = replace(whole, right=whole.left + LEGEND_WIDTH)
    draw_legend(sheet, legend, groups_of(drawn, words), notes_on(drawn, build.layers, words))


def _headline(build: Build, words: Words) -> str:
    """Return how many of the agreed posts were encircled or else evacuated on the day; empty if none was."""
    now = situation(build.layers, build.as_of)
    for status in ("encircled", "evacuated"):
        if count := now.posts.get(status):
            key = f"figures.finding.{status}.{'one' if count == 1 else 'other'}"
            return words.text(key, n=words.number(count), all=words.number(now.agreed_posts))
    return ""


def framed(build: Build) -> gpd.GeoSeries:
    """Return what the map of the day shows whole: the corridor, and the zone as it is on the day; lon, lat."""
    zones = build.frame(_ZONE)
    zones = zones.loc[[is_valid(row, build.as_of) for row in json_rows(zones)]]
    return gpd.GeoSeries([*build.frame(FOCUS).geometry, *zones.geometry], crs="EPSG:4326")

"""Where the ground of a map lies in its surroundings: a small map beside the legend."""

from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.inputs.catalog import FOCUS
from geo.outputs.context import Build
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.colours import palette
from geo.outputs.figures.features import draw_features, place_features, rectangle
from geo.outputs.figures.ground import Ground, ground_around
from geo.outputs.figures.names import draw_country_names, draw_names
from geo.outputs.figures.scale import draw_rim
from geo.outputs.figures.sheet import Sheet
from geo.outputs.words import Words

HEIGHT = 172.0
_ZONE, _PLACES, _GROUND = "deescalation_zone", "places", "basemap"
_MARGIN = 0.1
# Of markers and of names, against those of the map.
_SIZE, _NAMES = 0.6, 0.8


def zones_of(build: Build) -> list[BaseGeometry]:
    """Return the outlines that a map lies in, lon, lat: without any, there is nothing to show around it."""
    return list(build.frame(_ZONE).geometry)


def draw_inset(sheet: Sheet, box: Box, around: Ground, build: Build, words: Words) -> None:
    """Draw the zone, the corridor, the cities around, and the frame of a map among them.

    Parameters
    ----------
    sheet, box :
        Where.
    around : Ground
        The ground of the map; its frame is drawn as a rectangle.
    build, words : Build, Words
        Those of the map.
    """
    specs = build.drawn(_GROUND, FOCUS, _ZONE, _PLACES)
    zones = zones_of(build)
    frame = around.projection.to_degrees(rectangle(around.frame_m))
    ground = ground_around(
        [frame, *zones], box, projection=around.projection, tolerance_px=around.tolerance_px, margin=_MARGIN
    )
    placed = place_features(ground, specs, build, build.as_of, size=_SIZE)
    first = {spec.name: next(iter(spec.classes)) for spec in specs if spec.classes}
    placed = [one for one in placed if not isinstance(one.geometry, Point) or one.shown.class_ == first[one.spec.name]]
    draw_features(sheet, ground, placed, words, numbered=False)
    sheet.shape(ground.drawn(frame).boundary, stroke=palette()["ink"], weight=1.1, within=box)
    taken = draw_names(sheet, ground, placed, words, of_rank=lambda rank: rank == 0, size=_NAMES)
    draw_country_names(sheet, ground, placed, words, taken, size=_NAMES)
    draw_rim(sheet, box)

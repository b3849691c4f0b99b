"""The direction of traffic on the ways of a motorway: eastbound or westbound."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from shapely.geometry import LineString

from geo.geometry.geodesic import without_repeats

Heading = Literal["eastbound", "westbound"]
_Position = tuple[float, ...]

_STEEPEST_DEG = 80.0  # a carriageway closer to due north or south than this is neither eastbound nor westbound
_MOSTLY = 0.9  # share of a carriageway in the same direction; 0.998 on the M4


def headings(travelled: Mapping[int, LineString]) -> dict[int, Heading]:
    """Return the direction of each way, as part of its carriageway.

    In bends, the M4 runs backwards for hundreds of metres, so that a single way could be misclassified.

    Parameters
    ----------
    travelled : mapping of int to LineString
        By way id, the line in the direction of travel, in lon, lat degrees.

    Returns
    -------
    dict of int to str
        Ways that lead neither east nor west are left out.
    """
    travelled = {osm_id: without_repeats(line) for osm_id, line in travelled.items()}
    found: dict[int, Heading] = {}
    steps = {osm_id: _step(line) for osm_id, line in travelled.items()}
    for joined in _joined(travelled):
        east = [steps[osm_id][0] for osm_id in joined]
        # If a loop joins the two carriageways, they cancel out, and each way is classified separately.
        one_way = abs(sum(east)) >= _MOSTLY * sum(map(abs, east))
        for carriageway in [joined] if one_way else [[osm_id] for osm_id in joined]:
            heading = _heading([steps[osm_id] for osm_id in carriageway])
            found.update({osm_id: heading for osm_id in carriageway if heading})
    return found


def _step(line: LineString) -> tuple[float, float]:
    """Return the displacement of a line to the east and north, in degrees of latitude."""
    (lon, lat), (end_lon, end_lat) = line.coords[0], line.coords[-1]
    return (end_lon - lon) * math.cos(math.radians(lat)), end_lat - lat


def _heading(steps: Iterable[tuple[float, float]]) -> Heading | None:
    east, north = map(sum, zip(*steps, strict=True))
    if abs(north) >= abs(east) * math.tan(math.radians(_STEEPEST_DEG)):
        return None
    return "eastbound" if east > 0 else "westbound"


def _joined(travelled: Mapping[int, LineString]) -> list[list[int]]:
    """Group the ways that continue each other."""
    leaving: defaultdict[_Position, list[int]] = defaultdict(list)
    for osm_id, line in travelled.items():
        leaving[line.coords[0]].append(osm_id)
    group = {osm_id: [osm_id] for osm_id in travelled}
    for osm_id, line in travelled.items():
        for next_id in leaving[line.coords[-1]]:
            first, second = group[osm_id], group[next_id]
            if first is not second and _leads_on(line, travelled[next_id]):
                first += second
                group.update(dict.fromkeys(second, first))
    return list({id(members): members for members in group.values()}.values())


def _leads_on(line: LineString, following: LineString) -> bool:
    """Return whether a road continues, rather than turning into its other carriageway by more than a right angle."""
    (lon, lat), (joint_lon, joint_lat), (next_lon, next_lat) = *line.coords[-2:], following.coords[1]
    return (joint_lon - lon) * (next_lon - joint_lon) + (joint_lat - lat) * (next_lat - joint_lat) > 0

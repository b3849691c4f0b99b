"""Where the traffic of each way of a motorway leads: east or west, or north or south."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from shapely.geometry import LineString

from geo.geometry.geodesic import without_repeats

if TYPE_CHECKING:
    import networkx as nx

_Position = tuple[float, ...]
_Step = tuple[float, float]  # along the road's axis and across it, in degrees of latitude

_STEEPEST_DEG = 80.0  # a carriageway whose axis is farther from that of the road than this leads neither way
_MOSTLY = 0.9  # of a carriageway leads the same way; on the M4 it is 0.998


def headings(travelled: Mapping[int, LineString], names: Sequence[str]) -> dict[int, str]:
    """Return where each way leads, as part of the carriageway it belongs to.

    On its winding stretches the M4 runs backwards for hundreds of metres, so a way alone would be misjudged.

    Parameters
    ----------
    travelled : mapping of int to LineString
        By way id, the line in the direction of travel, in lon, lat degrees.
    names : sequence of two str
        ``("eastbound", "westbound")`` or ``("northbound", "southbound")``: the axis of the road.

    Returns
    -------
    dict of int to str
        One of the two names by way id; without the ways that lead across the axis.
    """
    import networkx as nx

    travelled = {osm_id: without_repeats(line) for osm_id, line in travelled.items()}
    found: dict[int, str] = {}
    steps = {osm_id: _step(line, is_north=names[0] == "northbound") for osm_id, line in travelled.items()}
    for joined in nx.connected_components(_joined(travelled)):
        along = [steps[osm_id][0] for osm_id in joined]
        # Where a loop joins the two carriageways, they cancel out, and each way is judged alone.
        one_way = abs(sum(along)) >= _MOSTLY * sum(map(abs, along))
        for carriageway in [joined] if one_way else [[osm_id] for osm_id in joined]:
            name = _name([steps[osm_id] for osm_id in carriageway], names)
            found.update({osm_id: name for osm_id in carriageway if name})
    return found


def _step(line: LineString, *, is_north: bool) -> _Step:
    (lon, lat), (end_lon, end_lat) = line.coords[0], line.coords[-1]
    east, north = (end_lon - lon) * math.cos(math.radians(lat)), end_lat - lat
    return (north, east) if is_north else (east, north)


def _name(steps: Iterable[_Step], names: Sequence[str]) -> str | None:
    along, across = map(sum, zip(*steps, strict=True))
    if abs(across) >= abs(along) * math.tan(math.radians(_STEEPEST_DEG)):
        return None
    return names[0] if along > 0 else names[1]


def _joined(travelled: Mapping[int, LineString]) -> "nx.Graph":
    """Return a graph of the way ids, with an edge between two ways where one continues as the other."""
    import networkx as nx

    leaving: defaultdict[_Position, list[int]] = defaultdict(list)
    for osm_id, line in travelled.items():
        leaving[line.coords[0]].append(osm_id)
    graph = nx.Graph()
    graph.add_nodes_from(travelled)
    for osm_id, line in travelled.items():
        following = leaving[line.coords[-1]]
        graph.add_edges_from((osm_id, next_id) for next_id in following if _leads_on(line, travelled[next_id]))
    return graph


def _leads_on(line: LineString, following: LineString) -> bool:
    """Tell a road that goes on from one that turns round into its other carriageway, by more than a right angle."""
    (lon, lat), (joint_lon, joint_lat), (next_lon, next_lat) = *line.coords[-2:], following.coords[1]
    return (joint_lon - lon) * (next_lon - joint_lon) + (joint_lat - lat) * (next_lat - joint_lat) > 0

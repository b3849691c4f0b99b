"""Two invented roads and a loopback Overpass server that answers with them, or misbehaves.

The whole road runs past both ends of the patrol stretch.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import osmium
from shapely.geometry import LineString

from tests.geometry import roads

OSM_BASE = "2026-11-01T00:00:00Z"

# id: tags, and (lon, lat) of each node. Drawn eastwards at 35.80, westwards at 35.81.
M4 = {"ref": "M4", "highway": "motorway", "oneway": "yes"}
ARABIC = "أوتوستراد حلب - اللاذقية"
WAYS: dict[int, tuple[dict[str, str], list[tuple[float, float]]]] = {
    101: (M4 | {"name:ar": ARABIC}, [(36.3, 35.8), (36.35, 35.8000005)]),
    102: (M4 | {"bridge": "yes"}, [(36.35, 35.8000005), (36.3499, 35.804)]),  # backwards, in a bend
    103: (M4 | {"ref": "M4;M5", "name:ar": "م4 \u202e"}, [(36.3499, 35.804), (36.36, 35.805), (36.4, 35.8)]),
    201: ({"ref": "M4", "highway": "motorway"}, [(36.4, 35.81), (36.36, 35.815)]),  # one-way, being a motorway
    202: (M4 | {"oneway": "-1"}, [(36.3501, 35.814), (36.36, 35.815)]),
    203: (M4 | {"highway": "trunk"}, [(36.3501, 35.814), (36.3502, 35.81), (36.3, 35.81)]),
    301: (M4, [(36.5, 35.8), (36.5, 35.81)]),  # due north, joined to nothing
    302: ({"ref": "M4", "highway": "trunk"}, [(36.4, 35.8), (36.45, 35.805)]),  # both ways
    401: (M4 | {"highway": "motorway_link"}, [(36.35, 35.8000005), (36.352, 35.799)]),
    402: ({"ref": "4", "highway": "primary"}, [(36.3, 35.79), (36.4, 35.79)]),
    403: (M4 | {"highway": "trunk"}, [(37.3, 36.2), (37.4, 36.2)]),  # east of Aleppo
    404: ({"highway": "motorway"}, [(36.5, 35.85), (36.6, 35.85)]),
}
KEPT = {"eastbound": [101, 102, 103], "westbound": [201, 202, 203], None: [301, 302]}


def elements(ways: Iterable[int] = WAYS) -> list[dict[str, Any]]:
    """Return the nodes and ways as Overpass lists them."""
    chosen = {id_: WAYS[id_] for id_ in ways}
    ids = {
        position: number for number, position in enumerate(sorted({p for _, line in chosen.values() for p in line}), 1)
    }
    nodes = [{"type": "node", "id": id_, "lat": lat, "lon": lon} for (lon, lat), id_ in ids.items()]
    lines = [
        {"type": "way", "id": id_, "nodes": [ids[position] for position in line], "tags": tags}
        for id_, (tags, line) in chosen.items()
    ]
    return nodes + lines


def answer(ways: Iterable[int] = WAYS, **members: Any) -> bytes:
    document = {"version": 0.6, "osm3s": {"timestamp_osm_base": OSM_BASE}, "elements": elements(ways), **members}
    return json.dumps(document).encode()


WAYS_EACH = 70  # on each carriageway of the whole road
EASTBOUND, WESTBOUND = 1000, 2000  # ids of their first ways
FIRST_NODE = 10_000


def whole_elements(line: LineString | None = None, ref: str = "M4") -> list[dict[str, Any]]:
    """Return a motorway: its nodes from west to east, then its ways.

    It runs from west of Ain al-Hawr to east of Trumba, or along a line that leads east.
    """
    pieces = {
        first + number: list(line.coords)
        for first, carriageway in zip(
            (EASTBOUND, WESTBOUND), roads.dual(line or roads.winding(km=75, lon=36.05)), strict=True
        )
        for number, line in enumerate(roads.ways(carriageway, WAYS_EACH))
    }
    places = sorted({place for line in pieces.values() for place in line})
    ids = {place: number for number, place in enumerate(places, FIRST_NODE)}
    nodes = [{"type": "node", "id": id_, "lat": lat, "lon": lon} for (lon, lat), id_ in ids.items()]
    return nodes + [
        {"type": "way", "id": id_, "nodes": [ids[place] for place in line], "tags": _whole_tags(id_) | {"ref": ref}}
        for id_, line in pieces.items()
    ]


def m5_elements() -> list[dict[str, Any]]:
    """Return a straight motorway from south of Khan Shaykhun to north of Aleppo."""
    return whole_elements(LineString(np.linspace((36.62, 35.36), (37.19, 36.26), 1500)), "M5")


def _whole_tags(id_: int) -> dict[str, str]:
    return (
        M4 | {"name": "Idleb to Latakia", "name:ar": ARABIC, "maxspeed": "110"} | ({"bridge": "yes"} if id_ % 2 else {})
    )


def whole_answer(elements: list[dict[str, Any]] | None = None, **members: Any) -> bytes:
    """Return the answer with the whole road, or with such elements."""
    return answer(elements=whole_elements() if elements is None else elements, **members)


def write_extract(path: Path, elements: list[dict[str, Any]], *, osm_base: str = OSM_BASE) -> Path:
    """Write nodes and ways to a file, in the format that its name says; XML cannot say what it is the state of."""
    header = osmium.io.Header()
    if osm_base:
        header.set("osmosis_replication_timestamp", osm_base)
    with osmium.SimpleWriter(path, header=header) as writer:
        for element in elements:
            if element["type"] == "node":
                location = (element["lon"], element["lat"])
                writer.add_node(osmium.osm.mutable.Node(id=element["id"], location=location))
            else:
                tags, nodes = element["tags"], element["nodes"]
                writer.add_way(osmium.osm.mutable.Way(id=element["id"], tags=tags, nodes=nodes))
    return path


Behaviour = Callable[["Handler", int], None]


class Overpass(ThreadingHTTPServer):
    """Gives the same answer to every query, or does something worse.

    Attributes
    ----------
    url : str
        Address of the interface, without ``/interpreter``.
    queries : list of str
        What was asked.
    """

    daemon_threads = True
    block_on_close = False  # a thread that hangs on purpose is not waited for

    def __init__(self, behave: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behave = behave
        self.url = f"http://127.0.0.1:{self.server_port}/api"
        self.queries: list[str] = []

    def handle_error(self, *_: object) -> None:
        """Keep quiet: whoever asked may be gone."""


class Handler(BaseHTTPRequestHandler):
    """Hands each query to the behaviour of its server, with the number of the query, from 1."""

    server: Overpass

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.queries.append(form["data"][0])
        if self.path == "/api/interpreter":
            self.server.behave(self, len(self.server.queries))
        else:
            self.put(b"", 404)

    def do_GET(self) -> None:
        self.server.queries.append(self.path)
        self.put(b"", 404)

    def put(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def misbehaving(behave: Behaviour) -> Iterator[Overpass]:
    """Serve on loopback, for as long as the context lasts, whatever a behaviour does with each query."""
    with Overpass(behave) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def overpass(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> AbstractContextManager[Overpass]:
    """Serve an answer on loopback for as long as the context lasts."""
    return misbehaving(lambda handler, _: handler.put(body, status, headers))

"""Two invented roads and a loopback Overpass server that answers with them, or misbehaves.

The small road is also there as OSM XML and as a PBF extract. The whole road runs past both ends of the patrol stretch.
"""

import copy
import functools
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import quoteattr

import numpy as np
from shapely.geometry import LineString

from geo.errors import SnapshotError
from geo.inputs.asking import MOST_TRIES, Reply
from geo.inputs.osm_ways import Road
from geo.inputs.overpass import ask_once, ask_patiently
from tests.geometry import roads

M4_ROAD = Road("M4", (35.73, 35.42, 36.94, 35.98))
OSM_BASE = "2026-11-01T00:00:00Z"
OSM_BASE_SECONDS = 1_793_491_200

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
    """Return the nodes and ways as Overpass lists them, every way twice, as for a query that was cut in two."""
    chosen = {id_: WAYS[id_] for id_ in ways}
    ids = {
        position: number for number, position in enumerate(sorted({p for _, line in chosen.values() for p in line}), 1)
    }
    nodes = [{"type": "node", "id": id_, "lat": lat, "lon": lon} for (lon, lat), id_ in ids.items()]
    lines = [
        {"type": "way", "id": id_, "nodes": [ids[position] for position in line], "tags": tags}
        for id_, (tags, line) in chosen.items()
    ]
    return copy.deepcopy(nodes + lines) + copy.deepcopy(lines)


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


def osm_xml(*, meta: str = f'<meta osm_base="{OSM_BASE}"/>') -> bytes:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">', meta]
    for element in _once(elements()):
        if element["type"] == "node":
            lines.append(f'<node id="{element["id"]}" lat="{element["lat"]}" lon="{element["lon"]}"/>')
            continue
        lines.append(f'<way id="{element["id"]}" version="1" timestamp="2020-03-05T00:00:{element["id"] % 60:02}Z">')
        lines += [f'<nd ref="{node}"/>' for node in element["nodes"]]
        lines += [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in element["tags"].items()]
        lines.append("</way>")
    return "\n".join([*lines, "</osm>"]).encode()


def osm_pbf(*, dated: bool = True) -> bytes:
    """Return a PBF extract (wiki.openstreetmap.org/wiki/PBF_Format), its nodes and ways written one by one."""
    strings = [b""]

    def index(text: str) -> int:
        if text.encode() not in strings:
            strings.append(text.encode())
        return strings.index(text.encode())

    nodes, ways = b"", b""
    for element in _once(elements()):
        if element["type"] == "node":
            lat, lon = (_zigzag(round(element[axis] * 10**7)) for axis in ("lat", "lon"))
            nodes += _field(1, _field(1, _zigzag(element["id"])) + _field(8, lat) + _field(9, lon))
        else:
            keys = b"".join(_varint(index(key)) for key in element["tags"])
            values = b"".join(_varint(index(value)) for value in element["tags"].values())
            steps = zip([0, *element["nodes"]], element["nodes"], strict=False)
            refs = b"".join(_varint(_zigzag(node - before)) for before, node in steps)
            ways += _field(3, _field(1, element["id"]) + _field(2, keys) + _field(3, values) + _field(8, refs))
    table = b"".join(_field(1, text) for text in strings)
    header = _field(4, b"OsmSchema-V0.6") + (_field(32, OSM_BASE_SECONDS) if dated else b"")
    return _blob(b"OSMHeader", header) + _blob(b"OSMData", _field(1, table) + _field(2, nodes) + _field(2, ways))


def _once(doubled: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(element["type"], element["id"]): element for element in doubled}.values())


def _blob(kind: bytes, message: bytes) -> bytes:
    blob = _field(2, len(message)) + _field(3, zlib.compress(message))
    head = _field(1, kind) + _field(3, len(blob))
    return len(head).to_bytes(4, "big") + head + blob


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


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


class Clock:
    """Time that passes only by waiting, so that a test of patience takes none."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def ask_each_here(urls: Sequence[str], road: Road, *, end: float, progress: Callable[[str], None]) -> Iterator[Reply]:
    """Ask as `geo.inputs.asking.ask_each` does, but in this process and by a fake clock.

    What osmnx is made of loads once for all tests, and no test waits. Only a process of its own can be ended when a
    server hangs: that is for the tests that start the command.
    """
    for url in urls:
        clock = Clock()
        try:
            ways, osm_base = ask_patiently(
                functools.partial(ask_once, url, road=road),
                seconds=end - time.monotonic(),
                tries=MOST_TRIES,
                tell=lambda _: None,
                pause=clock.wait,
                clock=lambda clock=clock: clock.now,
            )
        except SnapshotError as error:
            yield Reply(url, (), "", str(error), MOST_TRIES)
        else:
            yield Reply(url, tuple(ways), osm_base, "", 1)

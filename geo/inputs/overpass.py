"""Ask one Overpass server for a road, with patience and within bounds: ``python -m geo.inputs.overpass``.

This runs as a process of its own, so that it can be ended whatever a server or a library does (see `asking`). The
request is its one argument; it writes what happens, one line of JSON each. When its input ends, so does it.
"""

import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from random import SystemRandom
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias
from urllib.parse import urlsplit

from geo.errors import SnapshotError, on_one_line
from geo.inputs.osm_extract import UNKNOWN, instant
from geo.inputs.osm_ways import Road, Way, osmnx_rows, plain_reasons, road_ways, strict_osmnx, way_json

if TYPE_CHECKING:
    import requests

LARGEST_MB = 64  # of an answer, unpacked; the M4 takes a fifth of one
FIRST_WAIT_S = 2.0  # doubled after each try
LONGEST_SILENCE_S = 60  # between two parts of an answer

# The server is busy, or its proxy cannot reach it: the same query may succeed a little later.
_BUSY = (429, 502, 503, 504)
_REDIRECTS = range(300, 400)
_CHUNK = 2**16
_LONGEST_QUOTE = 200

Event: TypeAlias = dict[str, Any]
Tell: TypeAlias = Callable[[Event], None]
Asked: TypeAlias = tuple[list[Way], str]


class PassingError(Exception):
    """A failure that may not recur at the next try.

    Attributes
    ----------
    after_s : float
        Seconds that the server asks to wait.
    """

    def __init__(self, reason: str, after_s: float = 0.0) -> None:
        self.after_s = after_s
        super().__init__(reason)


def ask_patiently(
    ask: Callable[[float], Asked],
    *,
    seconds: float,
    tries: int,
    tell: Tell,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Asked:
    """Ask until there is an answer, waiting longer each time, and as long as the server wants.

    Parameters
    ----------
    ask : callable
        Called with the seconds that are left.
    seconds : float
        For all tries and waits together.
    tries : int
        At most so many.
    tell : callable
        Called with an event for each try and each wait.

    Raises
    ------
    SnapshotError
        If there is no usable answer.
    """
    end = clock() + seconds
    for number in range(1, tries + 1):
        tell({"try": number})
        try:
            return ask(max(end - clock(), 1.0))
        except PassingError as error:
            # Jittered, so that many who were turned away together do not come back together.
            wait_s = max(error.after_s, FIRST_WAIT_S * 2 ** (number - 1) * SystemRandom().uniform(0.5, 1.0))
            if number == tries:
                raise SnapshotError(f"{error}; {_count(tries)} made") from error
            if wait_s >= end - clock():
                raise SnapshotError(f"{error}; {_count(number)} made, no time left to wait {wait_s:.0f} s") from error
            tell({"wait": round(wait_s, 1), "reason": str(error)})
            pause(wait_s)
    raise SnapshotError("no try was allowed")


def ask_once(url: str, seconds: float, road: Road) -> Asked:
    """Return the ways of a road, and the state of OpenStreetMap, as one answer of a server has them.

    osmnx asks and parses. What it would sleep over, follow, cache or accept is refused before it reaches osmnx.

    Parameters
    ----------
    url : str
        Address of the interface, without ``/interpreter``.
    seconds : float
        Longest silence of the server, up to `LONGEST_SILENCE_S`.
    road : Road
        The road to ask for.

    Raises
    ------
    SnapshotError
        If the answer is not one that may be used.
    PassingError
        If another try may have one.
    """
    import requests

    observed: list[str] = []
    with plain_reasons(), strict_osmnx(road) as ox:
        for name, value in _settings(url, seconds, _reader(road, observed)).items():
            setattr(ox.settings, name, value)
        try:
            frame = ox.features_from_bbox(road.area_deg, road.tags)
        except requests.exceptions.SSLError as error:
            raise SnapshotError("no answer (the server's certificate cannot be trusted: SSLError)") from error
        except OSError as error:  # as every error of requests is
            raise PassingError(f"no answer ({type(error).__name__})") from error
        return road_ways(osmnx_rows(frame), road), observed[-1]


def _settings(url: str, seconds: float, hook: Callable[..., None]) -> dict[str, Any]:
    return {
        "overpass_url": url,
        "requests_timeout": math.ceil(min(LONGEST_SILENCE_S, seconds)),
        # osmnx hands these to requests. The hook comes first: before a body is read or a redirect followed. The rest
        # says the same once more, should requests ever change that order.
        "requests_kwargs": {"stream": True, "allow_redirects": False, "verify": True, "hooks": {"response": hook}},
        "overpass_rate_limit": False,  # no status page: osmnx sleeps for as long as that says
        "use_cache": False,  # a bad answer would be kept for good
        "doh_url_template": None,  # else a name that does not resolve is sent to a third party
        "http_user_agent": "idlib-m4-map (python -m geo.osm)",
        "max_query_area_size": 5e10,  # m²: asked for whole, because ways that cross a cut come back twice
    }


def _reader(road: Road, observed: list[str]) -> Callable[..., None]:
    """Return a hook that reads an answer within bounds, checks it, and notes the state of the data."""

    def read(response: "requests.Response", **_: object) -> None:
        _check_status(response)
        document = _document(_body(response))
        observed.append(_state(document))
        kept = {"elements": _road_elements(document["elements"], road)}
        response._content = json.dumps(kept).encode()  # where requests itself would put it

    return read


def _check_status(response: "requests.Response") -> None:
    status = response.status_code
    if status == 200:
        return
    response.close()
    reason = f"the server answered with HTTP status {status}"
    if status in _BUSY:
        raise PassingError(reason, _retry_after_s(response.headers.get("Retry-After")))
    if status in _REDIRECTS:
        host = urlsplit(response.headers.get("Location", "")).hostname or "itself"
        raise SnapshotError(f"{reason}, a redirect to {_quoted(host)}, which is not followed")
    raise SnapshotError(reason)


def _retry_after_s(header: str | None) -> float:
    """Return the seconds that a Retry-After header asks for; 0 for a date, which Overpass does not send."""
    text = (header or "").strip()
    return float(text[:9]) if text.isascii() and text.isdigit() else 0.0


def _body(response: "requests.Response") -> bytearray:
    """Return the body, unpacked; read part by part, so that a small answer that unpacks to a huge one is stopped."""
    content = bytearray()
    for part in response.iter_content(_CHUNK):
        content += part
        if len(content) > LARGEST_MB * 2**20:
            response.close()
            raise SnapshotError(f"the answer is larger than {LARGEST_MB} MB")
    return content


def _document(content: bytearray) -> dict[str, Any]:
    """Return what an answer says, after refusing one that is not whole."""
    if not content:
        raise SnapshotError("the answer is empty")
    try:
        document = json.loads(content, parse_constant=_no_number, object_hook=_without_tags)
    except ValueError as error:
        raise SnapshotError("the answer is not JSON, or was cut short") from error
    if not isinstance(document, dict):
        raise SnapshotError("the answer is JSON, but not Overpass's")
    if "remark" in document:
        raise SnapshotError(f"the server gave up: {_quoted(document['remark'])}")
    if not isinstance(document.get("elements"), list):
        raise SnapshotError("the answer is JSON, but not Overpass's")
    if not document["elements"]:
        raise SnapshotError("the answer holds no elements")
    return document


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _without_tags(part: dict[str, Any]) -> dict[str, Any]:
    """Drop the tags of nodes while reading: they are not used, and take most of the memory."""
    if part.get("type") == "node":
        part.pop("tags", None)
    return part


def _state(document: dict[str, Any]) -> str:
    head = document.get("osm3s")
    return instant(head.get("timestamp_osm_base")) if isinstance(head, dict) else UNKNOWN


def _road_elements(elements: list[Any], road: Road) -> list[Any]:
    """Return the ways of the road and their nodes, whole; of the rest osmnx would only make more work.

    Refused is what osmnx would silently drop or choose from: missing nodes, and one id with two contents.
    """
    ways = _by_id(element for element in elements if element["type"] == "way" and road.has(element.get("tags", {})))
    needed = {node for way in ways.values() for node in way["nodes"]}
    nodes = _by_id(element for element in elements if element["type"] == "node" and element["id"] in needed)
    for number, way in ways.items():
        _check_nodes(number, [nodes.get(node) for node in way["nodes"]])
    return [*nodes.values(), *ways.values()]


def _by_id(elements: Iterable[Any]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for element in elements:
        kind, number = element["type"], element["id"]
        if type(number) is not int:
            raise SnapshotError(f"a {kind} has the id {_quoted(number)}, which is not a number")
        if found.setdefault(number, element) != element:
            raise SnapshotError(f"{kind} {number} appears twice with different content")
    return found


def _check_nodes(way: int, nodes: list[Any]) -> None:
    if None in nodes:
        raise SnapshotError(f"way {way} lacks {nodes.count(None)} of its {len(nodes)} nodes")
    for node in nodes:
        if not all(type(node.get(axis)) in (int, float) and math.isfinite(node[axis]) for axis in ("lon", "lat")):
            raise SnapshotError(f"node {node['id']} of way {way} has no place")


def _quoted(value: object) -> str:
    return repr(on_one_line(str(value))[:_LONGEST_QUOTE])


def _count(tries: int) -> str:
    return "one try" if tries == 1 else f"{tries} tries"


def answered(request: Event, tell: Tell) -> Event:
    """Return the event that ends a request: the ways, or the reason why there are none."""
    try:
        ways, osm_base = ask_patiently(
            lambda seconds: ask_once(request["url"], seconds, Road(**request["road"])),
            seconds=request["seconds"],
            tries=request["tries"],
            tell=tell,
        )
    except SnapshotError as error:
        return {"reason": str(error)}
    return {"ways": [way_json(way) for way in ways], "osm_base": osm_base}


def _tell(event: Event) -> None:
    sys.stdout.write(json.dumps(event, allow_nan=False) + "\n")
    sys.stdout.flush()


def _end_with_listener() -> None:
    """Exit once the parent process is gone: its end of standard input closes, however it ended."""
    while os.read(0, 1):
        pass
    os._exit(1)


def main() -> None:
    """Answer the request that is the one argument."""
    threading.Thread(target=_end_with_listener, daemon=True).start()
    _tell(answered(json.loads(sys.argv[1]), _tell))


if __name__ == "__main__":
    main()

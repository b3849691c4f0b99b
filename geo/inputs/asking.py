"""Ask an Overpass server from a separate process, which is killed at the deadline, whatever it is doing."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any
from urllib.parse import urlsplit

from geo.errors import on_one_line
from geo.inputs.files import CHECKOUT
from geo.inputs.osm_ways import Road, Way, way_from_json

MOST_TRIES = 5  # of all servers together, and so there are at most so many servers

# -P: a file in the working directory is not taken for a module.
_COMMAND = (sys.executable, "-P", "-m", "geo.inputs.overpass")
_TICK_S = 1.0  # between two status messages
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """What asking one server came to.

    Attributes
    ----------
    url : str
        Its address.
    ways : tuple of Way
        The ways of the road; empty if there is no usable answer.
    osm_base : str
        As of when they are.
    reason : str
        Why there is no usable answer; empty if there is one.
    tries : int
        How often the server was asked.
    """

    url: str
    ways: tuple[Way, ...]
    osm_base: str
    reason: str
    tries: int


def ask_each(urls: Sequence[str], road: Road, *, end: float, progress: Callable[[str], None]) -> Iterator[Reply]:
    """Ask one server after the other, lazily: the next one only when another reply is requested.

    Parameters
    ----------
    urls : sequence of str
        Addresses; each has its share of the time that is left, and one try is kept for each.
    road : Road
        The road to ask for.
    end : float
        Deadline, on the clock of `time.monotonic`.
    progress : callable
        Called about once a second with a status message.
    """
    tries = MOST_TRIES
    for number, url in enumerate(urls):
        to_come = len(urls) - number
        seconds = (end - time.monotonic()) / to_come
        reply = ask(url, road, seconds=seconds, tries=tries - to_come + 1, progress=progress)
        tries -= max(reply.tries, 1)
        yield reply


def ask(url: str, road: Road, *, seconds: float, tries: int, progress: Callable[[str], None]) -> Reply:
    """Ask a server for a road.

    Parameters
    ----------
    url : str
        Address of the interface, without ``/interpreter``.
    road : Road
        The road to ask for.
    seconds : float
        The process is killed after so many.
    tries : int
        At most so many.
    progress : callable
        Called about once a second with a status message.
    """
    if seconds <= 0:
        return Reply(url, (), "", "no time was left to ask", 0)
    end, host = time.monotonic() + seconds, urlsplit(url).hostname
    tried, state, before = 0, "starting", ""
    request = {"url": url, "road": asdict(road), "seconds": seconds, "tries": tries}
    with tempfile.TemporaryFile() as words, _asker(request, words) as events:
        while (left_s := end - time.monotonic()) > 0:
            progress(f"{host}: {state}")
            try:
                event = events.get(timeout=min(_TICK_S, left_s))
            except queue.Empty:
                continue
            if event is None:
                return Reply(url, (), "", f"the Overpass process exited unexpectedly: {_last_line(words)}", tried)
            if "try" in event:
                tried, state = event["try"], f"try {event['try']} of {tries}{before}"
            elif "wait" in event:
                before = f", before: {event['reason']}"
                state = f"{event['reason']}; waiting {event['wait']:.0f} s before the next try"
            elif "reason" in event:
                return Reply(url, (), "", event["reason"], tried)
            else:
                return Reply(url, tuple(map(way_from_json, event["ways"])), event["osm_base"], "", tried)
    return Reply(url, (), "", f"no whole answer within {seconds:.0f} s ({state})", tried)


@contextmanager
def _asker(request: dict[str, Any], words: IO[bytes]) -> Iterator["queue.Queue[Any]"]:
    """Yield a queue of the events of a process that asks (None marks the end); it is killed on exit."""
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))  # the same geo as this one
    process = subprocess.Popen(  # noqa: S603 - this very program
        [*_COMMAND, json.dumps(request)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=words,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # Ctrl-C reaches only this process, which then ends the other one
    )
    with process:
        events: queue.Queue[Any] = queue.Queue()
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        threading.Thread(target=_pump, args=(process.stdout, events), daemon=True).start()
        try:
            yield events
        finally:
            process.kill()


def _pump(lines: IO[bytes], events: "queue.Queue[Any]") -> None:
    for line in lines:
        try:
            events.put(json.loads(line))
        except ValueError:  # cut short by the end of its process
            break
    events.put(None)


def _last_line(words: IO[bytes]) -> str:
    words.seek(0)
    lines = words.read().decode(errors="replace").split("\n")
    said = next((line for line in reversed(lines) if line.strip()), "without a word")
    return on_one_line(said)[:_LONGEST_QUOTE]

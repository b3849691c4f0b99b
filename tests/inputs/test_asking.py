import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from geo.inputs import asking
from geo.inputs.asking import ask, ask_each
from geo.inputs.files import CHECKOUT
from tests.overpass import M4_ROAD, OSM_BASE, answer, misbehaving, overpass

pytestmark = pytest.mark.long  # each test starts processes

ENOUGH_S = 30.0  # for a whole question: the process that asks needs some seconds to start


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def asked(url, *, seconds=ENOUGH_S, tries=5, progress=lambda _: None):
    return ask(url, M4_ROAD, seconds=seconds, tries=tries, progress=progress)


def running():
    """Return the ids of the processes that ask on behalf of this one."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    return {int(pid) for pid, ppid, args in rows if "geo.inputs.overpass" in args and int(ppid) == os.getpid()}


def hang(_handler, _number):
    time.sleep(ENOUGH_S)


def drip(handler, _number):
    """Send an answer byte by byte, each long before any timeout of a socket."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(answer())))
    handler.end_headers()
    for byte in answer():
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.2)


def drip_headers(handler, _number):
    """Send header after header, so that the answer itself never begins."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
    while True:
        handler.wfile.write(b"X: y\r\n")
        handler.wfile.flush()
        time.sleep(0.5)


def test_the_ways_and_their_date_come_back():
    with overpass(answer()) as server:
        reply = asked(server.url)
    assert (len(reply.ways), reply.osm_base, reply.reason, reply.tries) == (8, OSM_BASE, "", 1)
    assert reply.ways[0].line.geom_type == "LineString"


def test_the_reason_comes_back():
    with overpass(b"", 500) as server:
        reply = asked(server.url)
    assert (reply.ways, reply.reason) == ((), "the server answered with HTTP status 500")


def test_a_server_that_is_busy_twice_is_asked_three_times():
    def busy_twice(handler, number):
        handler.put(*((b"", 429) if number < 3 else (answer(),)))

    seen = []
    with misbehaving(busy_twice) as server:
        reply = asked(server.url, progress=seen.append)
    assert (len(reply.ways), reply.tries, len(server.queries)) == (8, 3, 3)
    assert any("HTTP status 429; waiting" in line for line in seen)
    assert any("try 3 of 5" in line for line in seen)


@pytest.mark.parametrize(
    "behave", [hang, pytest.param(drip, marks=pytest.mark.slow), pytest.param(drip_headers, marks=pytest.mark.slow)]
)
def test_when_the_time_is_up_the_asking_process_is_no_more(behave):
    before = running()
    start = time.monotonic()
    with misbehaving(behave) as server:
        reply = asked(server.url, seconds=4)
        took_s = time.monotonic() - start
    assert reply.reason.startswith("no whole answer within 4 s (")
    assert took_s < 4 + 1
    assert running() == before


def test_the_waiting_is_told_at_every_tick(monkeypatch):
    monkeypatch.setattr(asking, "_TICK_S", 0.05)
    monkeypatch.setattr(asking, "_COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    seen = []
    asked("http://127.0.0.1/api", seconds=1, progress=seen.append)
    assert len(seen) >= 5
    assert seen[0] == "127.0.0.1: starting"


def test_a_process_that_breaks_off_is_told_with_its_last_words(monkeypatch):
    monkeypatch.setattr(asking, "_COMMAND", (sys.executable, "-c", "raise SystemExit('out of\\tluck\\n\\n')"))
    assert asked("http://127.0.0.1/api").reason == "the Overpass process exited unexpectedly: out of luck"
    monkeypatch.setattr(asking, "_COMMAND", (sys.executable, "-c", "print('{\"wa', end='')"))
    assert asked("http://127.0.0.1/api").reason == "the Overpass process exited unexpectedly: without a word"


def test_this_process_loads_no_library_of_the_asking_one_and_keeps_its_name_resolver(tmp_path):
    code = """
        import json, socket, sys
        resolver = socket.getaddrinfo
        from geo.inputs.asking import ask
        from geo.inputs.osm_ways import Road
        reply = ask(sys.argv[1], Road("M4", (35.73, 35.42, 36.94, 35.98)), seconds=30, tries=1, progress=lambda _: None)
        print(len(reply.ways), socket.getaddrinfo is resolver, sorted({"osmnx", "requests"} & set(sys.modules)))
    """
    with overpass(answer()) as server:
        command = [sys.executable, "-c", textwrap.dedent(code), server.url]
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("8 True []\n", "")
    assert list(tmp_path.iterdir()) == []  # no cache


def test_the_asking_process_ends_with_the_one_that_started_it(tmp_path):
    """Even killed, nobody leaves a process behind that goes on asking."""
    asked_once = threading.Event()

    def note_and_hang(_handler, _number):
        asked_once.set()
        time.sleep(ENOUGH_S)

    code = """if True:
        import sys
        from geo.inputs.asking import ask
        from geo.inputs.osm_ways import Road
        ask(sys.argv[1], Road("M4", (35.73, 35.42, 36.94, 35.98)), seconds=60, tries=1, progress=print)
    """
    with misbehaving(note_and_hang) as server:
        parent = subprocess.Popen(
            [sys.executable, "-c", code, server.url],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.DEVNULL,
        )
        assert asked_once.wait(ENOUGH_S)
        (child,) = children(parent.pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        end = time.monotonic() + 10
        while is_alive(child) and time.monotonic() < end:
            time.sleep(0.05)
        assert not is_alive(child)


def children(pid):
    listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines()[1:] if int(line.split()[1]) == pid]


def is_alive(pid):
    """Tell a process that runs from one that only waits to be counted."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(found) and not found.startswith("Z")


def test_servers_are_asked_in_order_and_only_as_many_as_are_wanted():
    with overpass(b"", 500) as bad, overpass(answer()) as good, overpass(answer()) as unneeded:
        replies = []
        for reply in ask_each(
            [bad.url, good.url, unneeded.url], M4_ROAD, end=time.monotonic() + ENOUGH_S, progress=lambda _: None
        ):
            replies.append(reply)
            if reply.ways:
                break
    assert [reply.url for reply in replies] == [bad.url, good.url]
    assert unneeded.queries == []


@pytest.mark.slow
def test_a_server_that_hangs_leaves_the_next_one_its_share_of_the_time():
    start = time.monotonic()
    with misbehaving(hang) as silent, overpass(answer()) as good:
        first, second = ask_each([silent.url, good.url], M4_ROAD, end=start + 12, progress=lambda _: None)
    assert first.reason.startswith("no whole answer within 6 s")
    assert len(second.ways) == 8


def test_all_servers_together_are_asked_five_times(monkeypatch):
    given = fake_asking(monkeypatch)
    list(ask_each(["a", "b", "c"], M4_ROAD, end=time.monotonic() + 60, progress=lambda _: None))
    assert [tries for _, tries in given] == [3, 1, 1]


def test_each_server_has_its_share_of_the_time_that_is_left(monkeypatch):
    given = fake_asking(monkeypatch)
    list(ask_each(["a", "b", "c"], M4_ROAD, end=time.monotonic() + 60, progress=lambda _: None))
    assert [seconds for seconds, _ in given] == pytest.approx([20, 30, 60], abs=1)  # each answered at once


def fake_asking(monkeypatch):
    """Answer every question at once with a refusal; return the list of the seconds and tries that each was given."""
    given = []

    def fake(url, road, *, seconds, tries, progress):
        given.append((seconds, tries))
        return asking.Reply(url, (), "", "busy", tries)

    monkeypatch.setattr(asking, "ask", fake)
    return given


def test_nobody_is_asked_when_no_time_is_left():
    with overpass(answer()) as server:
        (reply,) = ask_each([server.url], M4_ROAD, end=time.monotonic() - 1, progress=lambda _: None)
        assert server.queries == []
    assert reply.reason == "no time was left to ask"


def test_a_port_that_nobody_listens_on_is_told():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        reply = asked(f"http://127.0.0.1:{closed.getsockname()[1]}/api", tries=1)
    assert reply.reason == "no answer (ConnectionError); one try made"

import gzip
import json
import re
import socket
from dataclasses import asdict

import pytest

from geo.errors import SnapshotError
from geo.inputs import overpass as asker
from geo.inputs.overpass import PassingError, answered, ask_once, ask_patiently
from tests.overpass import M4_ROAD, OSM_BASE, Clock, answer, elements, misbehaving, overpass


@pytest.fixture(autouse=True)
def _asks_in_this_process(asking_in_this_process):
    """See the fixture."""


def asked(body, status=200, headers=None):
    with overpass(body, status, headers) as server:
        return ask_once(server.url, 10, M4_ROAD)


def spoilt(type_, number, **changes):
    """An answer in which one element is not as it should be; None removes a key."""
    parts = elements()
    for part in parts:
        if (part["type"], part["id"]) == (type_, number):
            part.update(changes)
            for key in [key for key, value in part.items() if value is None]:
                del part[key]
    return answer(elements=parts)


# ---- One question ----


def test_osmnx_itself_asks_and_parses():
    with overpass(answer()) as server:
        ways, state = ask_once(server.url, 10, M4_ROAD)
    (query,) = server.queries
    assert re.match(r"\[out:json\]\[timeout:10\]", query)
    assert "way['ref'='M4'](" in query
    assert {way.osm_id for way in ways} >= {101, 102, 103, 201, 202, 203}
    assert state == OSM_BASE


def test_a_packed_answer_is_unpacked():
    ways, _ = asked(gzip.compress(answer()), headers={"Content-Encoding": "gzip"})
    assert len(ways) == 8


def test_an_answer_without_a_date_is_of_an_unknown_one():
    for members in ({"osm3s": None}, {"osm3s": {"timestamp_osm_base": "<b>now</b>"}}):
        assert asked(answer(**members))[1] == "unknown"


START = next(part for part in elements() if (part["type"], part["id"]) == ("way", 101))["nodes"][0]
BAD_ANSWERS = {
    "no elements": (answer(elements=[]), "the answer holds no elements"),
    "no part of the road": (answer(ways=[401, 402]), "the M4 is not in it"),
    "only the road east of Aleppo": (answer(ways=[403]), "the M4 is not in it"),
    "given up halfway": (answer(remark="runtime error:\nQuery timed out"), "gave up: 'runtime error: Query timed out'"),
    "an empty remark": (answer(remark=""), "the server gave up"),
    "nothing": (b"", "the answer is empty"),
    "an error page": (b"<html>", "not JSON"),
    "cut short": (answer()[:500], "not JSON, or was cut short"),
    "a list": (b"[1]", "not Overpass's"),
    "an error as JSON": (b'{"error": "dispatcher down"}', "not Overpass's"),
    "nested for ever": (b"[" * 100_000, "no usable OpenStreetMap data"),
    "an element that is none": (answer(elements=["way"]), "no usable OpenStreetMap data"),
    "no id": (spoilt("way", 101, id=None), "no usable OpenStreetMap data"),
    "text for an id": (spoilt("way", 101, id="101"), "has the id '101', which is not a number"),
    "text for the id of a node": (spoilt("node", START, id=str(START)), "way 101 lacks 1 of its 2 nodes"),
    "no longitude": (spoilt("node", START, lon=None), f"node {START} of way 101 has no place"),
    "text for a longitude": (spoilt("node", START, lon="36.3"), f"node {START} of way 101 has no place"),
    "not a number": (spoilt("node", START, lat=float("nan")), "not JSON"),
    "beyond all numbers": (spoilt("node", START, lat=111e-6).replace(b"0.000111", b"1e999"), "has no place"),
    "a way twice with two contents": (spoilt("way", 203, id=101), "way 101 appears twice with different content"),
    "a node twice with two contents": (spoilt("node", START + 1, id=START), f"node {START} appears twice"),
    "a node that is not there": (spoilt("node", START, id=99_999), "way 101 lacks 1 of its 2 nodes"),
}


@pytest.mark.parametrize(("body", "reason"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_an_answer_that_is_not_whole_is_refused_with_a_plain_reason(body, reason):
    with pytest.raises(SnapshotError) as caught:
        asked(body)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_node_of_another_road_does_not_matter():
    parts = [part for part in elements() if part["type"] == "way" or part["lat"] != 35.85]
    ways, _ = asked(answer(elements=parts))
    assert len(ways) == 8


@pytest.mark.parametrize("status", [400, 403, 404, 500, 501])
def test_a_status_that_will_not_heal_is_refused_even_with_good_data(status):
    with pytest.raises(SnapshotError, match=f"HTTP status {status}"):
        asked(answer(), status)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_status_that_may_heal_can_be_tried_again_after_what_the_server_asks_for(status):
    with pytest.raises(PassingError, match=f"HTTP status {status}") as caught:
        asked(b"<html>", status, {"Retry-After": "7"})
    assert caught.value.after_s == 7


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with overpass(answer()) as other:
        location = other.url.replace("127.0.0.1", "localhost") + "/interpreter"
        with pytest.raises(SnapshotError, match=r"redirect to 'localhost', which is not followed"):
            asked(b"", status, {"Location": location})
    assert other.queries == []


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(monkeypatch, packed):
    monkeypatch.setattr(asker, "LARGEST_MB", 1)
    body = answer() + b" " * 2**24
    with pytest.raises(SnapshotError, match="the answer is larger than 1 MB"):
        asked(gzip.compress(body) if packed else body, headers={"Content-Encoding": "gzip"} if packed else None)


@pytest.mark.parametrize(
    "headers", [{"Content-Length": str(len(answer()) + 9)}, {"Transfer-Encoding": "chunked", "Content-Length": "0"}]
)
def test_an_answer_that_ends_before_its_end_can_be_tried_again(headers):
    with pytest.raises(PassingError, match=r"no answer \(\w+Error\)"):
        asked(answer(), headers=headers)


def test_a_server_that_only_closes_can_be_tried_again():
    with (
        misbehaving(lambda handler, _: handler.close_connection) as server,
        pytest.raises(PassingError, match=r"no answer \(ConnectionError\)"),
    ):
        ask_once(server.url, 10, M4_ROAD)


def test_a_name_that_does_not_resolve_is_told_to_nobody_else(monkeypatch):
    import requests

    def unknown(*_):
        raise socket.gaierror("no such name")

    asked_hosts = []
    monkeypatch.setattr(socket, "gethostbyname", unknown)
    monkeypatch.setattr(requests, "get", lambda url, **_: asked_hosts.append(url))
    with pytest.raises(PassingError, match="no answer"):
        ask_once("http://overpass.invalid/api", 10, M4_ROAD)
    assert asked_hosts == []


# ---- Patience ----


class Asker(Clock):
    """Asks for outcomes given in advance, in time that passes only by waiting."""

    def __init__(self):
        super().__init__()
        self.told = []

    def ask(self, outcomes, *, seconds=120.0, tries=5):
        def once(_left):
            outcome = outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return ask_patiently(
            once, seconds=seconds, tries=tries, tell=self.told.append, pause=self.wait, clock=lambda: self.now
        )


GOOD = ([], OSM_BASE)


def test_what_has_passed_by_the_next_try_does_not_matter():
    clock = Asker()
    assert clock.ask([PassingError("busy"), PassingError("busy"), GOOD]) == GOOD
    assert [event["try"] for event in clock.told if "try" in event] == [1, 2, 3]


def test_there_are_so_many_tries_and_each_wait_is_longer_but_never_the_same():
    clock = Asker()
    with pytest.raises(SnapshotError, match=r"^busy; 5 tries made$"):
        clock.ask([PassingError("busy") for _ in range(9)])
    for number, wait in enumerate(clock.waits):
        longest = asker.FIRST_WAIT_S * 2**number
        assert longest / 2 <= wait <= longest
    assert len(clock.waits) == 4
    other = Asker()
    with pytest.raises(SnapshotError):
        other.ask([PassingError("busy") for _ in range(9)])
    assert other.waits != clock.waits


def test_a_server_is_left_alone_for_as_long_as_it_asks():
    clock = Asker()
    assert clock.ask([PassingError("busy", 50), GOOD]) == GOOD
    assert clock.waits == [50]


def test_a_wait_beyond_the_end_is_not_begun():
    clock = Asker()
    with pytest.raises(SnapshotError, match=r"^busy; one try made, no time left to wait 3600 s$"):
        clock.ask([PassingError("busy", 3600)])
    assert clock.waits == []


def test_what_will_not_heal_is_not_tried_again():
    clock = Asker()
    with pytest.raises(SnapshotError, match=r"^gave up$"):
        clock.ask([SnapshotError("gave up"), GOOD])
    assert clock.waits == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("7", 7),
        (" 7 ", 7),
        ("-7", 0),
        ("soon", 0),
        ("٧", 0),
        ("1e9", 0),
        ("Sun, 22 Nov 2020 00:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_in_seconds(header, seconds):
    assert asker._retry_after_s(header) == seconds


# ---- What goes to the other process ----


def test_the_answer_for_the_other_process_is_plain_json():
    with overpass(answer()) as server:
        event = answered({"url": server.url, "road": asdict(M4_ROAD), "seconds": 10, "tries": 1}, lambda _: None)
    assert event["osm_base"] == OSM_BASE
    assert len(json.loads(json.dumps(event))["ways"]) == 8


def test_the_reason_for_the_other_process_is_one_line():
    with overpass(b"", 500) as server:
        event = answered({"url": server.url, "road": asdict(M4_ROAD), "seconds": 10, "tries": 1}, lambda _: None)
    assert event == {"reason": "the server answered with HTTP status 500"}

import gzip
import shutil
import socket
import ssl
import subprocess
import time

import pytest

from geo.errors import SnapshotError
from geo.osm.overpass import LARGEST_MB, fetch_motorways
from tests.overpass import OSM_BASE, WAYS, answer, elements, misbehaving, overpass

AREA_DEG = (35.73, 35.42, 36.94, 35.98)
ENOUGH_S = 120.0  # also on a busy machine, where the process that asks needs long to start


def fetched(url, seconds=ENOUGH_S):
    return fetch_motorways(url, AREA_DEG, end=time.monotonic() + seconds)


def refusal(body, status=200, headers=None):
    with overpass(body, status, headers) as server, pytest.raises(SnapshotError) as caught:
        fetched(server.url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def refusal_of(url):
    with pytest.raises(SnapshotError) as caught:
        fetched(url)
    return str(caught.value)


@pytest.fixture(autouse=True)
def _asks_in_this_process(asking_in_this_process):
    """See the fixture."""


def test_ways_of_all_motorways_and_trunk_roads_come_back_with_their_date():
    with overpass(answer()) as server:
        ways = fetched(server.url)
    (query,) = server.queries
    assert "way['highway'='motorway'](" in query
    assert "way['highway'='trunk'](" in query
    assert set(ways["osm_id"]) == {
        id_ for id_, (tags, _) in WAYS.items() if tags["highway"] in ("motorway", "trunk") and id_ != 403
    }  # 403 is outside the area
    assert (ways.attrs["osm_base"], ways.crs.to_epsg()) == (OSM_BASE, 4326)
    assert set(ways.geom_type) == {"LineString"}


def test_packed_answer_is_unpacked():
    with overpass(gzip.compress(answer()), headers={"Content-Encoding": "gzip"}) as server:
        assert len(fetched(server.url)) == 9


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (answer(elements=[]), "no motorway or trunk road of this area"),
        (answer(ways=[401, 402]), "no motorway or trunk road of this area"),
        (answer(ways=[403]), "no motorway or trunk road of this area"),
        (answer(remark="runtime error:\nQuery timed out"), "gave up: 'runtime error: Query timed out'"),
        (answer(remark=""), "the server gave up"),
        (b"", "not Overpass's JSON"),
        (b"<html>", "not Overpass's JSON"),
        (answer()[:500], "not Overpass's JSON, or was cut short"),
        (b"[1]", "not Overpass's JSON"),
        (b'{"error": "dispatcher down"}', "not Overpass's JSON"),
        (b'{"elements": [], "osm3s": 1}', "no motorway"),
        (b"[" * 100_000, "not Overpass's JSON"),
        (answer(elements=["way"]), "no usable answer ("),
        (answer().replace(b"36.3}", b"NaN}"), "no usable answer ("),
        (answer().replace(b"36.3}", b"1e999}"), "no usable answer ("),
    ],
)
def test_answer_that_is_not_whole_is_refused_with_a_plain_reason(body, reason):
    assert reason in refusal(body)


def test_way_that_lacks_a_node_is_left_out():
    parts = [part for part in elements() if part["type"] == "way" or part["lat"] != 35.85]
    with overpass(answer(elements=parts)) as server:
        assert 404 not in set(fetched(server.url)["osm_id"])


@pytest.mark.parametrize("status", [400, 403, 500, 502, 503])
def test_other_http_status_is_refused_even_with_good_data(status):
    assert f"HTTP status {status}" in refusal(answer(), status)


def test_busy_server_is_asked_again():
    def busy_twice(handler, number):
        handler.put(*((b"", 429 if number == 1 else 504) if number < 3 else (answer(),)))

    with misbehaving(busy_twice) as server:
        assert len(fetched(server.url)) == 9
    assert len(server.queries) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(status):
    with overpass(answer()) as other:
        location = other.url.replace("127.0.0.1", "localhost") + "/interpreter"
        assert "redirect to 'localhost', which is not followed" in refusal(b"", status, {"Location": location})
    assert other.queries == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_answer_that_is_too_large_is_not_read_to_its_end(pack):
    body = pack(answer() + b" " * (LARGEST_MB + 8) * 2**20)
    headers = {"Content-Encoding": "gzip"} if pack is gzip.compress else {}
    assert refusal(body, headers=headers) == f"the answer is larger than {LARGEST_MB} MB"


def test_name_that_does_not_resolve_is_sent_to_nobody_else(monkeypatch):
    import requests

    asked_hosts = []
    monkeypatch.setattr(requests, "get", lambda url, **_: asked_hosts.append(url))
    expected = "no answer: the name overpass.invalid cannot be resolved; check the address and the network connection"
    assert refusal_of("http://overpass.invalid/api") == expected
    assert asked_hosts == []


def test_port_without_a_server():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        assert refusal_of(f"http://{host}/api").startswith(f"no answer: {host} refuses the connection")


def test_proxy_without_a_server(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert "the proxy cannot be used; check the variables" in refusal_of("http://overpass.invalid/api")


def test_server_that_closes_or_resets_or_cuts_off():
    def reset(handler, _number):
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        handler.connection.close()

    def cut(handler, _number):
        handler.put(answer(), headers={"Content-Length": str(len(answer()) + 9)})

    for behave in (lambda handler, _: handler.close_connection, reset, cut):
        with misbehaving(behave) as server:
            assert "closed the connection before its answer was whole" in refusal_of(server.url)


def test_silent_server():
    with misbehaving(lambda *_: time.sleep(5)) as server, pytest.raises(SnapshotError, match="silent for too long"):
        fetched(server.url, seconds=1)


def test_server_without_tls():
    with overpass(answer()) as server:
        assert "does not offer an encrypted connection" in refusal_of(server.url.replace("http:", "https:"))
    assert server.queries == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_certificate_that_nobody_vouches_for(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with overpass(answer()) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        assert "cannot be trusted" in refusal_of(server.url.replace("http:", "https:"))
    assert server.queries == []

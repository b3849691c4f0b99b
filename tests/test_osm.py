import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geo import osm
from geo.errors import OutputError, SnapshotError
from geo.inputs.layers import layer_text
from tests.overpass import ARABIC, KEPT, OSM_BASE, WAYS, answer, elements, osm_pbf, osm_xml, overpass

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases" / "overpass"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def run(*arguments):
    return CliRunner().invoke(osm.app, [str(argument) for argument in arguments])


def fetched():
    with overpass(answer()) as server:
        return osm.fetch_m4(server.url)


def by_id(layer):
    return {feature.properties.osm_id: feature for feature in layer.features}


def places(layer):
    """What a snapshot says of the road, whatever it was read from and when."""
    return layer_text(layer).splitlines()[1:]


def test_snapshot_keeps_way_ids_and_date(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793577599")
    out = tmp_path / "m4.geojson"
    with overpass(answer()) as server:
        result = run("--overpass-url", server.url, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["osm_base"] == OSM_BASE
    assert document["retrieved_at"] == "2026-11-01T23:59:59Z"
    assert document["licence"] == "ODbL-1.0"
    ids = [(feature["properties"]["osm_id"], feature["properties"]["id"]) for feature in document["features"]]
    assert ids == [(id_, f"way-{id_}") for id_ in sorted(id_ for ids in KEPT.values() for id_ in ids)]
    assert {feature["geometry"]["type"] for feature in document["features"]} == {"LineString"}


def test_command_says_what_it_wrote(tmp_path):
    out = tmp_path / "m4.geojson"
    with overpass(answer()) as server:
        result = run("--overpass-url", server.url, "--out", out)
    assert result.stdout == (
        f"{out}: 8 ways, 9.54 km eastbound, 5.66 km in no known direction, 9.54 km westbound, "
        f"OpenStreetMap as of {OSM_BASE}\n"
    )


def test_every_way_knows_its_carriageway():
    features = by_id(fetched())
    found = {}
    for id_, feature in features.items():
        found.setdefault(feature.properties.carriageway, []).append(id_)
    assert found == KEPT


def test_ways_are_drawn_in_the_direction_of_travel():
    features = by_id(fetched())
    for first, second in ((101, 102), (102, 103), (201, 202), (202, 203)):
        assert features[first].geometry.coords[-1] == features[second].geometry.coords[0]


@pytest.mark.parametrize("loop", [[(36.39, 35.808)], [(36.41, 35.802), (36.42, 35.805), (36.41, 35.812)]])
def test_carriageways_that_meet_at_their_end_stay_two(monkeypatch, loop):
    monkeypatch.setitem(WAYS, 204, (WAYS[201][0], [(36.4, 35.8), *loop, (36.4, 35.81)]))
    headings = {id_: feature.properties.carriageway for id_, feature in by_id(fetched()).items()}
    assert [headings[101], headings[103], headings[201], headings[203]] == ["eastbound"] * 2 + ["westbound"] * 2


def test_links_the_old_road_and_the_road_east_of_aleppo_are_left_out():
    assert not {401, 402, 403, 404} & set(by_id(fetched()))


def test_names_come_from_openstreetmap_unless_they_are_no_plain_text():
    features = by_id(fetched())
    assert features[101].properties.name_ar == ARABIC
    assert features[103].properties.name_ar is None  # holds a mark that turns text round


def test_features_say_where_they_come_from():
    properties = by_id(fetched())[103].properties
    assert (properties.basis, properties.grade, properties.sources) == ("osm", "B3", ("OSM",))
    assert (properties.ref, properties.highway, properties.name_en) == ("M4;M5", "motorway", "M4 motorway")


def test_extracts_hold_the_same_road_as_overpass(tmp_path):
    (tmp_path / "road.osm").write_bytes(osm_xml())
    (tmp_path / "road.osm.pbf").write_bytes(osm_pbf())
    expected = places(fetched())
    for name in ("road.osm", "road.osm.pbf"):
        layer = osm.read_osm_file(tmp_path / name)
        assert places(layer) == expected
        assert layer.collection.osm_base == OSM_BASE


def test_extract_was_retrieved_when_its_file_was_written(tmp_path):
    path = tmp_path / "road.osm"
    path.write_bytes(osm_xml())
    os.utime(path, (1_583_366_400.9, 1_583_366_400.9))
    assert osm.read_osm_file(path).collection.retrieved_at == "2020-03-05T00:00:00Z"


def test_extract_without_a_date_is_dated_by_its_newest_way_or_not_at_all(tmp_path):
    (tmp_path / "road.osm").write_bytes(osm_xml(meta=""))
    (tmp_path / "road.osm.pbf").write_bytes(osm_pbf(dated=False))
    assert osm.read_osm_file(tmp_path / "road.osm").collection.osm_base == "2020-03-05T00:00:44Z (newest way)"
    assert osm.read_osm_file(tmp_path / "road.osm.pbf").collection.osm_base == "unknown"


def test_answer_without_a_date_is_dated_unknown():
    for members in ({"osm3s": None}, {"osm3s": {"timestamp_osm_base": "<b>now</b>"}}):
        with overpass(answer(**members)) as server:
            assert osm.fetch_m4(server.url).collection.osm_base == "unknown"


def test_the_road_is_asked_for_once_and_by_exact_numbers():
    with overpass(answer()) as server:
        osm.fetch_m4(server.url)
    (query,) = server.queries
    assert "way['ref'='M4'](" in query
    assert "~" not in query


def test_settings_of_osmnx_and_the_name_resolver_are_left_as_they_were(tmp_path, monkeypatch):
    import osmnx as ox

    monkeypatch.chdir(tmp_path)
    before = {name: getattr(ox.settings, name) for name in dir(ox.settings)}
    resolver = socket.getaddrinfo
    fetched()
    with overpass(b"", status=500) as server, pytest.raises(SnapshotError):
        osm.fetch_m4(server.url)
    assert {name: getattr(ox.settings, name) for name in dir(ox.settings)} == before
    assert socket.getaddrinfo is resolver
    assert list(tmp_path.iterdir()) == []  # no cache


def spoilt(type_, number, **changes):
    """An answer in which one element is not as it should be; None removes a key."""
    parts = elements()
    for part in parts:
        if (part["type"], part["id"]) == (type_, number):
            part.update(changes)
            for key in [key for key, value in part.items() if value is None]:
                del part[key]
            break
    return answer(elements=parts)


START = next(part for part in elements() if (part["type"], part["id"]) == ("way", 101))["nodes"][0]
BAD_ANSWERS = {
    "no elements": (answer(elements=[]), 200, "the answer is empty"),
    "no part of the road": (answer(ways=[401, 402]), 200, "the M4 is not in it"),
    "only the road east of Aleppo": (answer(ways=[403]), 200, "the M4 is not in it"),
    "given up halfway": (answer(remark="runtime error:\nQuery timed out"), 200, "'runtime error: Query timed out'"),
    "server error with data": (answer(), 500, "HTTP status 500"),
    "too many requests": (b"<html>", 429, "HTTP status 429"),
    "elsewhere": (b"", 302, "HTTP status 302"),
    "error page": (b"<html>", 200, "not JSON"),
    "cut short": (answer()[:500], 200, "not JSON"),
    "a list": (b"[1]", 200, "empty"),
    "nested for ever": (b"[" * 100_000, 200, "no usable"),
    "no id": (spoilt("way", 101, id=None), 200, "no usable"),
    "text for an id": (spoilt("way", 101, id="101"), 200, "the id '101'"),
    "no longitude": (spoilt("node", START, lon=None), 200, "no usable"),
    "a place that is none": (spoilt("node", START, lat=999.0), 200, "way 101"),
    "not a number": (spoilt("node", START, lat=float("nan")), 200, "not JSON"),
    "beyond all numbers": (spoilt("node", START, lat=111e-6).replace(b"0.000111", b"1e999"), 200, "no usable"),
    "two ways of one id": (spoilt("way", 203, id=101), 200, "way 101 stands twice"),
}


@pytest.mark.parametrize(("body", "status", "reason"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_bad_answer_is_told_in_one_line_and_leaves_the_snapshot_alone(tmp_path, body, status, reason):
    out = tmp_path / "m4.geojson"
    out.write_bytes(b"the last good one")
    with overpass(body, status, {"Location": "http://localhost/"}) as server:
        result = run("--overpass-url", server.url, "--out", out)
    assert result.exit_code == 3
    assert result.stderr.startswith(f"error: {server.url}: ")
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert out.read_bytes() == b"the last good one"


def test_no_server_is_told_in_one_line(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/api"
        result = run("--overpass-url", url, "--out", tmp_path / "m4.geojson")
    assert (result.exit_code, result.stderr) == (3, f"error: {url}: no answer (ConnectionError)\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.osm", b""),
        ("cut.osm", osm_xml()[:900]),
        ("other.osm", b"<gpx/>"),
        ("empty.osm.pbf", b""),
        ("cut.osm.pbf", osm_pbf()[:200]),
        ("other.osm.pbf", b'<OGRVRTDataset><OGRVRTLayer name="lines"/></OGRVRTDataset>'),
    ],
)
def test_file_that_is_no_extract_is_told_in_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    result = run("--osm-file", tmp_path / name, "--out", tmp_path / "m4.geojson")
    assert result.exit_code == 3
    assert result.stderr.startswith(f"error: {tmp_path / name}: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "m4.geojson").exists()


def test_files_that_cannot_be_opened_are_told_in_one_line(tmp_path):
    extract = tmp_path / "road.osm"
    extract.write_bytes(osm_xml())
    for source, out in (
        (tmp_path / "none.osm", tmp_path / "m4.geojson"),
        (tmp_path / "none.pbf", tmp_path / "m4.geojson"),
        (tmp_path, tmp_path / "m4.geojson"),
        (extract, tmp_path / "none" / "m4.geojson"),
        (extract, tmp_path),
    ):
        result = run("--osm-file", source, "--out", out)
        assert (result.exit_code, result.stderr.count("\n")) == (OutputError.exit_code, 1)
    assert [path.name for path in tmp_path.iterdir()] == [extract.name]


@pytest.mark.parametrize(
    "arguments",
    [("--overpass-url", "http://127.0.0.1/api", "--osm-file", "road.osm"), ("--overpass-url", "ftp://127.0.0.1")],
)
def test_command_refuses_what_it_cannot_mean(arguments):
    assert run(*arguments).exit_code == 2


def test_date_that_is_pinned_to_nonsense_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    (tmp_path / "road.osm").write_bytes(osm_xml())
    with pytest.raises(SnapshotError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        osm.read_osm_file(tmp_path / "road.osm")


def test_snapshot_goes_into_the_layers_of_the_checkout_wherever_the_command_runs():
    assert Path(__file__).resolve().parents[1] / "layers" / "m4.geojson" == osm.SNAPSHOT


def test_importing_the_module_loads_no_heavy_library(tmp_path):
    code = "import sys, geo.osm; print(sorted({'osmnx', 'geopandas', 'pandas', 'matplotlib'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("[]\n", "")


def test_module_runs_as_a_command(tmp_path):
    (tmp_path / "road.osm").write_bytes(osm_xml())
    command = [sys.executable, "-m", "geo.osm", "--osm-file", "road.osm", "--out", "m4.geojson"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("m4.geojson: 8 ways, ")


@pytest.mark.skipif(not CASES.is_dir(), reason="no recorded answers beside the checkout")
@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("full_latakia_saraqib.json", "140 ways, 121.40 km eastbound, 120.98 km westbound"),
        ("dual_complete.json", "124 ways, "),
    ],
)
def test_whole_road_is_read(name, summary):
    with overpass((CASES / name).read_bytes()) as server:
        layer = osm.fetch_m4(server.url)
    assert osm.summary(layer).startswith(summary)
    assert {feature.properties.carriageway for feature in layer.features} == {"eastbound", "westbound"}

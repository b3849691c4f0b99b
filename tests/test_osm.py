import importlib.util
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geo import osm
from geo.errors import ConflictError, DataError, OutputError, SnapshotError
from geo.inputs.files import CHECKOUT
from geo.inputs.layers import layer_text, read_layers
from geo.inputs.store import LOCK
from tests.overpass import (
    ARABIC,
    EASTBOUND,
    FIRST_NODE,
    KEPT,
    OSM_BASE,
    WAYS,
    WAYS_EACH,
    WESTBOUND,
    answer,
    ask_each_here,
    m5_elements,
    misbehaving,
    osm_pbf,
    osm_xml,
    overpass,
    whole_answer,
    whole_elements,
)
from tests.samples import some

SHARED = Path(__file__).resolve().parents[2] / "shared" / "cases"
SPARE_S = 2.0  # after the deadline, to end what is running and to say why
MOST_MB = 500
DEADLINE_S, LONG_S = 8, 30  # where it is waited for, and where it only must not get in the way on a busy machine


@pytest.fixture(autouse=True)
def _asks_in_this_process(asking_in_this_process, monkeypatch):
    """Ask without a process of its own and without waiting; the tests that start the command do both."""
    monkeypatch.setattr(osm, "ask_each", ask_each_here)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def run(*arguments):
    return CliRunner().invoke(osm.app, [str(argument) for argument in arguments])


def fetched():
    with overpass(answer()) as server:
        return osm.fetch_road(server.url)


def by_id(layer):
    return {feature.properties.osm_id: feature for feature in layer.features}


def places(layer):
    """What a snapshot says of the road, whatever it was read from and when."""
    return layer_text(layer).splitlines()[1:]


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != LOCK)


@pytest.fixture(scope="module")
def snapshot_text(tmp_path_factory):
    """The snapshot that the whole road makes, fetched by the command itself."""
    out = tmp_path_factory.mktemp("snapshot") / "m4.geojson"
    with overpass(whole_answer()) as server:
        done, _, _ = measured("--overpass-url", server.url, "--out", out, cwd=out.parent)
    assert (done.returncode, done.stderr) == (0, "")
    return out.read_text(encoding="utf-8")


@pytest.fixture
def snapshot(tmp_path, snapshot_text):
    path = tmp_path / "layers" / "m4.geojson"
    path.parent.mkdir()
    path.write_text(snapshot_text, encoding="utf-8")
    return path


# ---- A good road ----


def test_snapshot_keeps_way_ids_and_date(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793577599")
    out = tmp_path / "m4.geojson"
    with overpass(whole_answer()) as server:
        result = run("--overpass-url", server.url, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["osm_base"] == OSM_BASE
    assert document["retrieved_at"] == "2026-11-01T23:59:59Z"
    assert document["licence"] == "ODbL-1.0"
    ids = [(feature["properties"]["osm_id"], feature["properties"]["id"]) for feature in document["features"]]
    expected = [first + number for first in (EASTBOUND, WESTBOUND) for number in range(WAYS_EACH)]
    assert ids == [(id_, f"way-{id_}") for id_ in expected]
    assert {feature["geometry"]["type"] for feature in document["features"]} == {"LineString"}
    assert files(tmp_path) == ["m4.geojson"]


def test_command_says_what_it_wrote_and_what_is_different(tmp_path):
    out = tmp_path / "m4.geojson"
    with overpass(whole_answer()) as server:
        first = run("--overpass-url", server.url, "--out", out)
    with overpass(whole_answer(changed(nudge), osm3s={"timestamp_osm_base": "2026-11-02T00:00:00Z"})) as server:
        second = run("--overpass-url", server.url, "--out", out)
    assert re.fullmatch(
        rf"{out}: 140 ways, 95\.\d\d km eastbound, 95\.\d\d km westbound, OpenStreetMap as of {OSM_BASE}\n",
        first.stdout,
    )
    wrote, difference = second.stdout.splitlines()
    assert wrote.endswith("OpenStreetMap as of 2026-11-02T00:00:00Z")
    assert re.fullmatch(
        rf"beside the snapshot of {OSM_BASE}: 0 ways new, 0 gone, eastbound \+0\.0\d km, westbound \+0\.00 km, "
        rf"moved by [123]\d\.\d m at most \(way-{EASTBOUND + 5} at 36\.\d+, 35\.\d+\)",
        difference,
    )
    assert json.loads(out.read_text(encoding="utf-8"))["osm_base"] == "2026-11-02T00:00:00Z"


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
            assert osm.fetch_road(server.url).collection.osm_base == "unknown"


# ---- The road of another folder ----


@pytest.fixture
def m5_layers(tmp_path):
    """The folder of the M5, without its snapshot and the source that only the snapshot cites."""
    layers = shutil.copytree(osm.LAYERS_DIR / "examples" / "m5", tmp_path / "m5")
    (layers / "m5.geojson").unlink()
    sources = layers / "sources.csv"
    rows = sources.read_text(encoding="utf-8").splitlines(keepends=True)
    sources.write_text("".join(row for row in rows if not row.startswith("O007,")), encoding="utf-8")
    return layers


def fetch_m5(layers, elements):
    with overpass(whole_answer(elements)) as server:
        return run("--layers", layers, "--overpass-url", server.url), server.queries


def test_the_road_of_the_agreement_becomes_the_road_layer_of_its_folder(m5_layers):
    result, (query,) = fetch_m5(m5_layers, m5_elements())
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.match(
        rf"{m5_layers / 'm5.geojson'}: \d+ ways, \d+\.\d\d km northbound, \d+\.\d\d km southbound, ", result.stdout
    )
    assert "way['ref'='M5'](" in query
    assert "way['ref'='M4'](" not in query
    road = read_layers(m5_layers)["m5"].frame  # as a build reads it
    assert set(road["carriageway"]) == {"northbound", "southbound"}
    assert set(road["ref"]) == {"M5"}
    assert set(road["name_en"]) == {"M5 motorway"}


def test_another_road_is_judged_like_the_m4(m5_layers):
    parts = m5_elements()
    fetch_m5(m5_layers, parts)
    before = (m5_layers / "m5.geojson").read_bytes()
    for id_, heading in ((EASTBOUND, "northbound"), (WESTBOUND, "southbound")):
        result, _ = fetch_m5(m5_layers, [part for part in parts if part["id"] != id_ + 30])
        assert f"{heading} it is not one connected road over the whole stretch" in result.stderr
    result, _ = fetch_m5(m5_layers, whole_elements())
    assert "the M5 is not in it" in result.stderr
    assert (m5_layers / "m5.geojson").read_bytes() == before


def test_where_the_agreement_names_no_area_the_road_is_looked_for_around_the_ends_of_the_corridor(m5_layers):
    agreement = m5_layers / "agreement.toml"
    kept = [line for line in agreement.read_text(encoding="utf-8").splitlines() if not line.startswith("fetch_area")]
    agreement.write_text("\n".join(kept), encoding="utf-8")
    result, (query,) = fetch_m5(m5_layers, m5_elements())
    assert (result.exit_code, result.stderr) == (0, "")
    for degrees in ("36.550950", "35.342080", "37.261170", "36.301240"):
        assert degrees in query


def test_a_folder_without_an_agreement_is_refused_before_anything_is_fetched(tmp_path):
    with overpass(whole_answer()) as server:
        result = run("--layers", tmp_path, "--overpass-url", server.url)
    assert result.exit_code == DataError.exit_code
    assert result.stderr == f"error: agreement.toml: file: missing: add it to {tmp_path}\n"
    assert (server.queries, list(tmp_path.iterdir())) == ([], [])


# ---- A worse road ----


def changed(change):
    """The whole road after a change of its elements by id."""
    parts = whole_elements()
    change({(part["type"], part["id"]): part for part in parts}, parts)
    return parts


def half(by_id, parts):
    parts[:] = [part for part in parts if part["type"] == "node" or part["id"] % 1000 < WAYS_EACH // 2]


def gap(by_id, parts):
    parts.remove(by_id["way", EASTBOUND + 30])


def detour(by_id, parts):
    for node in by_id["way", EASTBOUND + 30]["nodes"][5:10]:
        by_id["node", node]["lat"] += 0.002  # 220 m


def absurd(by_id, parts):
    by_id["node", by_id["way", EASTBOUND]["nodes"][3]]["lat"] = 999


def nudge(by_id, parts):
    by_id["node", by_id["way", EASTBOUND + 5]["nodes"][3]]["lat"] += 0.0003  # 33 m


def renumbered(by_id, parts):
    for way in by_id.values():
        way["id"] += 500_000 if way["type"] == "way" else 0


OLD = {"timestamp_osm_base": "2019-01-01T00:00:00Z"}
WORSE = {
    "half of the road": (whole_answer(changed(half)), "it is not one connected road over the whole stretch"),
    "a gap": (whole_answer(changed(gap)), "eastbound it is not one connected road over the whole stretch"),
    "no place on Earth": (whole_answer(changed(absurd)), f"m4.geojson: feature 'way-{EASTBOUND}': "),
    "another road": (answer(), "it is not one connected road over the whole stretch"),
    "too old": (whole_answer(osm3s=OLD), f"its data base is of 2019-01-01T00:00:00Z, the snapshot's of {OSM_BASE}"),
    "of no date": (whole_answer(osm3s=None), f"its data base is of unknown, the snapshot's of {OSM_BASE}"),
    "a detour": (whole_answer(changed(detour)), "m from the other road at 36."),
    "an error page": (b"<html>", "the answer is not JSON"),
}


@pytest.mark.parametrize("arguments", [(), ("--require-fresh",)])
@pytest.mark.parametrize(("body", "reason"), WORSE.values(), ids=WORSE)
def test_a_worse_road_leaves_the_snapshot_as_it_is_and_is_told_in_one_line(snapshot, body, reason, arguments):
    before = snapshot.read_bytes()
    with overpass(body) as server:
        result = run("--overpass-url", server.url, "--out", snapshot, *arguments)
    assert result.exit_code == (3 if arguments else 0)
    assert result.stderr.startswith(f"{'error' if arguments else 'warning'}: {server.url}: ")
    assert reason in result.stderr
    assert result.stderr.endswith(f"; the snapshot of {OSM_BASE} stays\n")
    assert (result.stderr.count("\n"), result.stdout) == (1, "")
    assert snapshot.read_bytes() == before
    assert files(snapshot.parent) == ["m4.geojson"]


def test_where_there_is_no_snapshot_yet_a_bad_road_is_an_error(tmp_path):
    out = tmp_path / "m4.geojson"
    with overpass(whole_answer(changed(gap))) as server:
        result = run("--overpass-url", server.url, "--out", out)
    assert result.exit_code == 3
    assert result.stderr.startswith(f"error: {server.url}: eastbound it is not one connected road")
    assert files(tmp_path) == []


def test_ways_that_were_cut_and_numbered_anew_are_the_same_road(snapshot):
    with overpass(whole_answer(changed(renumbered))) as server:
        result = run("--overpass-url", server.url, "--out", snapshot)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "140 ways new, 140 gone" in result.stdout
    assert "way-501000" in snapshot.read_text(encoding="utf-8")


def test_a_difference_is_taken_when_a_person_accepts_exactly_it(snapshot):
    before = snapshot.read_bytes()
    with overpass(whole_answer(changed(detour))) as server:
        refused = run("--overpass-url", server.url, "--out", snapshot)
        (digest,) = re.findall(r"to take it all the same: --accept ([0-9a-f]{12});", refused.stderr)
        other = run("--overpass-url", server.url, "--out", snapshot, "--accept", "0" * 12)
        assert (other.stderr, snapshot.read_bytes()) == (refused.stderr, before)
        accepted = run("--overpass-url", server.url, "--out", snapshot, "--accept", digest)
    assert (accepted.exit_code, accepted.stderr) == (0, "")
    assert snapshot.read_bytes() != before


def test_an_extract_goes_before_the_same_judge(snapshot, tmp_path):
    (tmp_path / "road.osm").write_bytes(osm_xml())
    before = snapshot.read_bytes()
    result = run("--osm-file", tmp_path / "road.osm", "--out", snapshot, "--require-fresh")
    assert result.exit_code == 3
    assert f"{tmp_path / 'road.osm'}: " in result.stderr
    assert "it is not one connected road" in result.stderr
    assert snapshot.read_bytes() == before


def test_the_next_address_is_asked_when_the_first_one_gives_no_good_road(snapshot):
    with overpass(b"", 500) as broken, overpass(whole_answer(changed(gap))) as worse, overpass(whole_answer()) as good:
        urls = [argument for server in (broken, worse, good) for argument in ("--overpass-url", server.url)]
        assert run(*urls, "--out", snapshot).exit_code == 0
        result = run(*urls[:4], "--out", snapshot)
    assert len(good.queries) == 1
    assert len(worse.queries) == 2
    first, second = result.stderr.removeprefix("warning: ").split(" | ")
    assert first == f"{broken.url}: the server answered with HTTP status 500"
    assert second.startswith(f"{worse.url}: eastbound it is not one connected road")


# ---- The report ----


def test_a_dry_run_draws_both_roads_and_writes_nothing_else(snapshot, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = snapshot.read_bytes()
    for body, exit_code in ((whole_answer(changed(detour)), 3), (whole_answer(changed(renumbered)), 0)):
        with overpass(body) as server:
            result = run("--overpass-url", server.url, "--out", snapshot, "--dry-run", "--require-fresh")
        assert result.exit_code == exit_code
        assert result.stdout.startswith("fetch-report.html: both roads, drawn\n")
        assert snapshot.read_bytes() == before
        assert files(tmp_path) == ["fetch-report.html", "layers"]
    assert "would be 140 ways" in result.stdout
    assert "way-501000" in (tmp_path / "fetch-report.html").read_text(encoding="utf-8")


def test_a_dry_run_without_an_answer_draws_nothing(snapshot, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with overpass(b"", 500) as server:
        result = run("--overpass-url", server.url, "--out", snapshot, "--dry-run")
    assert (result.exit_code, result.stdout) == (0, "")
    assert files(tmp_path) == ["layers"]


# ---- What is there already ----


def test_a_file_that_is_no_snapshot_is_not_written_over(tmp_path):
    out = tmp_path / "m4.geojson"
    out.write_bytes(b"the last good one")
    with overpass(whole_answer()) as server:
        result = run("--overpass-url", server.url, "--out", out)
        assert server.queries == []
    assert (result.exit_code, result.stderr.count("\n")) == (DataError.exit_code, 1)
    assert str(out) in result.stderr
    assert out.read_bytes() == b"the last good one"


def test_a_snapshot_that_somebody_changed_meanwhile_is_kept_and_so_is_the_new_one(snapshot):
    def change_and_answer(handler, _number):
        snapshot.write_text("theirs", encoding="utf-8")
        handler.put(whole_answer(changed(renumbered)))

    with misbehaving(change_and_answer) as server:
        result = run("--overpass-url", server.url, "--out", snapshot)
    assert (result.exit_code, result.stderr.count("\n")) == (ConflictError.exit_code, 1)
    assert snapshot.read_text(encoding="utf-8") == "theirs"
    assert len([name for name in files(snapshot.parent) if ".conflict-" in name]) == 1


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
    [
        ("--overpass-url", "http://127.0.0.1/api", "--osm-file", "road.osm"),
        ("--overpass-url", "ftp://127.0.0.1"),
        ("--overpass-url", "http://[::1"),
        ("--overpass-url", "http://127.0.0.1/api") * 6,
        ("--deadline", "1"),
        ("--accept", "3fa9"),
    ],
)
def test_command_refuses_what_it_cannot_mean(arguments):
    assert run(*arguments).exit_code == 2


def test_date_that_is_pinned_to_nonsense_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    (tmp_path / "road.osm").write_bytes(osm_xml())
    with pytest.raises(SnapshotError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        osm.read_osm_file(tmp_path / "road.osm")


def test_importing_the_module_loads_no_heavy_library(tmp_path):
    heavy = {"osmnx", "geopandas", "pandas", "matplotlib", "networkx"}
    code = f"import sys, geo.osm; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("[]\n", "")


# ---- Whatever a server does ----


def measured(*arguments, cwd):
    """Run the command as people do; return how it ended, its seconds, and the most memory it ever had, MB.

    That is of the command and the process that it starts, at one moment; pages that both share count twice.
    """
    command = [sys.executable, "-m", "geo.osm", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    start, most_kb = time.monotonic(), 0
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None:
            most_kb = max(most_kb, family_kb(process.pid))
            time.sleep(0.2)  # asking more often would slow down what is measured
        seconds = time.monotonic() - start
        stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr), seconds, most_kb / 1000


def seconds_to_start(cwd):
    """Return what the command takes only to say its help, at this moment: a busy machine is no fault of it."""
    return measured("--help", cwd=cwd)[1]


def family_kb(pid):
    listed = subprocess.run(["ps", "-eo", "pid,ppid,rss"], capture_output=True, text=True, check=True).stdout
    return sum(int(rss) for own, parent, rss in map(str.split, listed.splitlines()[1:]) if str(pid) in (own, parent))


HERE = "in this process"
AS_PEOPLE_RUN_IT = pytest.param("as people run it", marks=pytest.mark.slow)
both_ways = pytest.mark.parametrize("way", [HERE, AS_PEOPLE_RUN_IT])


def assert_never_worse(snapshot, url, reason, *, way="as people run it", deadline=DEADLINE_S):
    """A command that gets no good road says why in one plain line and keeps the old snapshot.

    As people run it, it also ends in time and in little memory.
    """
    before = snapshot.read_bytes()
    arguments = ["--overpass-url", url, "--out", snapshot, "--deadline", deadline]
    if way == HERE:
        result = run(*arguments)
        assert result.exit_code == 0
    else:
        result, seconds, most_mb = measured(*arguments, cwd=snapshot.parent)
        print(f"{seconds:.1f} s, {most_mb:.0f} MB: {result.stderr.strip()}")
        assert result.returncode == 0
        assert seconds < deadline + SPARE_S or seconds < deadline + SPARE_S + seconds_to_start(snapshot.parent)
        assert most_mb < MOST_MB
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)
    assert result.stderr.startswith(f"warning: {url}: ")
    assert reason in result.stderr
    assert snapshot.read_bytes() == before
    assert files(snapshot.parent) == ["m4.geojson"]


def hang(_handler, _number):
    time.sleep(60)


def drip(handler, _number):
    handler.send_response(200)
    handler.end_headers()
    for byte in whole_answer():
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.2)


def reset(handler, _number):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


def blanks(handler, _number):
    """A quarter of a gigabyte that is a quarter of a megabyte as it is sent."""
    packer, blank = zlib.compressobj(9, zlib.DEFLATED, 31), b" " * 2**20
    packed = b"".join(packer.compress(blank) for _ in range(256)) + packer.flush()
    handler.put(packed, headers={"Content-Encoding": "gzip"})


def many_nodes(handler, _number):
    """More than the limit, all of it well formed."""
    node = json.dumps({"type": "node", "id": 1, "lat": 35.0, "lon": 36.0, "tags": {"note": "x" * 60}}).encode()
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(whole_answer()[:-2])
    for _ in range(700):
        handler.wfile.write((b", " + node) * 1000)


NOT_WHOLE = f"no whole answer within {DEADLINE_S - osm.KEPT_S:g} s (try 1 of 5)"
TOO_LARGE = "the answer is larger than 64 MB"
ENDED_BY_FORCE = {"silent": hang, "dripping": drip}
BEHAVIOURS = {
    "resetting": (reset, "no answer (ConnectionError)"),
    "closing": (lambda handler, _: handler.close_connection, "no answer (ConnectionError)"),
    "busy for ever": (lambda handler, _: handler.put(b"", 429), "HTTP status 429"),
    "busy for an hour": (
        lambda handler, _: handler.put(b"", 503, {"Retry-After": "3600"}),
        "HTTP status 503; one try made, no time left to wait 3600 s",
    ),
    "unpacking to far too much": (blanks, TOO_LARGE),
    "telling too much": (many_nodes, TOO_LARGE),
}


@pytest.mark.parametrize("behave", some(1, ENDED_BY_FORCE.values()), ids=ENDED_BY_FORCE)
def test_a_server_that_never_ends_is_left_when_the_time_is_up(snapshot, behave):
    with misbehaving(behave) as server:
        assert_never_worse(snapshot, server.url, NOT_WHOLE)


def test_an_answer_that_unpacks_to_far_too_much_takes_little_memory(snapshot):
    with misbehaving(blanks) as server:
        assert_never_worse(snapshot, server.url, TOO_LARGE)


@both_ways
@pytest.mark.parametrize(("behave", "reason"), BEHAVIOURS.values(), ids=BEHAVIOURS)
def test_whatever_a_server_does_the_command_ends_in_time_and_the_snapshot_stays(snapshot, behave, reason, way):
    with misbehaving(behave) as server:
        assert_never_worse(snapshot, server.url, reason, way=way)


@both_ways
def test_a_port_that_nobody_listens_on_is_told_in_one_line(snapshot, way):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/api"
        assert_never_worse(snapshot, url, "no answer (ConnectionError)", way=way)


@both_ways
def test_a_name_that_does_not_resolve_is_told_in_one_line(snapshot, way):
    assert_never_worse(snapshot, "http://overpass.invalid/api", "no answer (ConnectionError)", way=way)


@both_ways
def test_a_server_that_speaks_no_tls_is_not_asked_again(snapshot, way):
    with overpass(whole_answer()) as server:
        url = server.url.replace("http:", "https:")
        assert_never_worse(snapshot, url, "the server's certificate cannot be trusted", way=way)
        assert server.queries == []


@both_ways
@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(snapshot, tmp_path, way):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with overpass(whole_answer()) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = server.url.replace("http:", "https:")
        assert_never_worse(snapshot, url, "the server's certificate cannot be trusted", way=way)
        assert server.queries == []


def test_module_runs_as_a_command(snapshot):
    with overpass(whole_answer(changed(renumbered))) as server:
        result, _, most_mb = measured("--overpass-url", server.url, "--out", "m4.geojson", cwd=snapshot.parent)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("m4.geojson: 140 ways, ")
    assert most_mb < MOST_MB


# ---- More cases, where they lie beside the checkout ----


@pytest.mark.skipif(not SHARED.is_dir(), reason="the cases are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("full_latakia_saraqib.json", "140 ways, 121.40 km eastbound, 120.98 km westbound"),
        ("dual_complete.json", "124 ways, "),
    ],
)
def test_whole_road_is_read(name, summary):
    with overpass((SHARED / "overpass" / name).read_bytes()) as server:
        layer = osm.fetch_road(server.url)
    assert osm.summary(layer).startswith(summary)
    assert {feature.properties.carriageway for feature in layer.features} == {"eastbound", "westbound"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the cases are not beside this checkout")
def test_the_whole_road_is_as_good_as_the_snapshot_that_is_shipped(tmp_path):
    out = shutil.copy(osm.LAYERS_DIR / "m4.geojson", tmp_path)
    with overpass((SHARED / "overpass" / "full_latakia_saraqib.json").read_bytes()) as server:
        result = run("--overpass-url", server.url, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "140 ways new, 2 gone" in result.stdout


def fault_module():
    """The misbehaving server beside the checkout, with the whole road in place of its own."""
    spec = importlib.util.spec_from_file_location("overpass_faults", SHARED / "overpass_faults.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def road(n=module.N, name="M4", drop_nodes=()):
        parts = whole_elements()
        if n < module.N:
            half({}, parts)
        gone = {FIRST_NODE + node - 1000 for node in drop_nodes}
        return [part for part in parts if part["type"] == "way" or part["id"] not in gone]

    module.elements = road
    for made_once in (module.bomb, module.big):
        made_once.cache_clear()
    return module


GOOD_MODES = {"ok", "429_twice", "status_busy", "status_far", "status_hang", "status_odd", "status_500"}
BAD_MODES = {
    "http_429": "HTTP status 429",
    "http_504": "HTTP status 504",
    "http_503_html": "HTTP status 503",
    "http_500_json": "HTTP status 500",
    "http_400_json": "HTTP status 400",
    "html_200": "the answer is not JSON",
    "empty_body": "the answer is empty",
    "json_list": "not Overpass's",
    "json_error": "not Overpass's",
    "remark_partial": "the server gave up: 'runtime error: Query timed out",
    "remark_empty": "the server gave up: 'runtime error: Query timed out",
    "truncated": "the answer is not JSON, or was cut short",
    "trunc_length": "no answer (ChunkedEncodingError)",
    "trunc_chunked": "no answer (ChunkedEncodingError)",
    "empty_elements": "the answer holds no elements",
    "missing_nodes": "nodes",
    "half_road": "it is not one connected road over the whole stretch",
    "bad_coords": "m4.geojson: feature 'way-",
    "nan_coords": "the answer is not JSON",
    "dup_ids": "appears twice with different content",
    "str_ids": "which is not a number",
    "old_base": "its data base is of 2019-01-01T00:00:00Z",
    "hang": f"no whole answer within {DEADLINE_S - osm.KEPT_S:g} s",
    "drip": f"no whole answer within {DEADLINE_S - osm.KEPT_S:g} s",
    "reset": "no answer (ConnectionError)",
    "close": "no answer (ConnectionError)",
    "gzip_bomb": "the answer is larger than 64 MB",
    "big": "the answer is larger than 64 MB",
    "redirect_loop": "HTTP status 302",
    "redirect_away": "HTTP status 302, a redirect to 'localhost', which is not followed",
}


@pytest.fixture(scope="module")
def fault_server():
    server = fault_module().FaultServer()
    server.start()
    yield server
    server.httpd.shutdown()
    server.httpd.server_close()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the cases are not beside this checkout")
def test_every_mode_of_the_fault_server_has_its_verdict():
    assert set(fault_module().MODES) == GOOD_MODES | BAD_MODES.keys()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the cases are not beside this checkout")
@pytest.mark.parametrize(
    ("mode", "way"),
    [(mode, HERE) for mode in BAD_MODES if mode not in ("hang", "drip")]  # which only a process ends
    + [pytest.param(mode, "as people run it", marks=pytest.mark.slow) for mode in BAD_MODES],
)
def test_every_fault_leaves_the_snapshot_as_it_is(snapshot, fault_server, mode, way):
    is_waited_for = BAD_MODES[mode].startswith("no ") or mode in ("http_429", "http_503_html", "http_504")
    deadline = DEADLINE_S if is_waited_for else LONG_S
    assert_never_worse(snapshot, fault_server.url(mode), BAD_MODES[mode], way=way, deadline=deadline)


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the cases are not beside this checkout")
@pytest.mark.parametrize("mode", sorted(GOOD_MODES))
def test_a_fault_that_passes_or_is_never_asked_for_does_not_matter(tmp_path, fault_server, mode):
    result, seconds, most_mb = measured(
        "--overpass-url", fault_server.url(mode), "--out", "m4.geojson", "--deadline", LONG_S, cwd=tmp_path
    )
    print(f"{seconds:.1f} s, {most_mb:.0f} MB: {result.stdout.strip()}")
    assert (result.returncode, result.stderr) == (0, "")
    assert seconds < LONG_S + SPARE_S
    assert most_mb < MOST_MB
    assert (tmp_path / "m4.geojson").exists()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("agreement.toml", "a = " + "[" * 5_000, "agreement.toml: TOML: nested more than 32 levels deep"),
        ("places.geojson", "[" * 100_000, "places.geojson: JSON: nested more than 32 levels deep"),
    ],
    ids=["agreement", "places"],
)
def test_layers_that_cannot_be_read_are_told_by_file_before_anything_is_asked(name, text, told, tmp_path):
    layers = shutil.copytree(osm.LAYERS_DIR, tmp_path / "layers", ignore=shutil.ignore_patterns("examples", "schema"))
    (layers / name).write_text(text, encoding="utf-8")
    result = run("--layers", layers)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {told}")
    assert len(result.stderr.splitlines()) == 1

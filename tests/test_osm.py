import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zlib

import pytest
from typer.testing import CliRunner

from geo import osm
from geo.errors import ConflictError, DataError, OutputError
from geo.inputs.files import CHECKOUT, LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.inputs.store import LOCK
from geo.osm.__main__ import app
from geo.osm.overpass import LARGEST_MB
from tests.overpass import (
    EASTBOUND,
    OSM_BASE,
    WAYS_EACH,
    WESTBOUND,
    elements,
    m5_elements,
    misbehaving,
    overpass,
    whole_answer,
    whole_elements,
    write_extract,
)
from tests.samples import some

SPARE_S = 2.0  # after the deadline, to end what is running and to say why
MOST_MB = 500
DEADLINE_S, LONG_S = 8, 60  # where it is waited for, and where it only must not get in the way on a busy machine


asks_here = pytest.mark.usefixtures("asking_in_this_process")  # the tests that start the command ask as people do


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != LOCK)


@pytest.fixture(scope="module")
def snapshot_text(tmp_path_factory):
    """The snapshot that the whole road makes."""
    folder = tmp_path_factory.mktemp("snapshot")
    done = run("--osm-file", write_extract(folder / "a.osm.pbf", whole_elements()), "--out", folder / "m4.geojson")
    assert (done.exit_code, done.stderr) == (0, "")
    return (folder / "m4.geojson").read_text(encoding="utf-8")


@pytest.fixture
def snapshot(tmp_path, snapshot_text):
    path = tmp_path / "layers" / "m4.geojson"
    path.parent.mkdir()
    path.write_text(snapshot_text, encoding="utf-8")
    return path


# ---- A good road ----


@asks_here
def test_snapshot_keeps_way_ids_and_date(tmp_path):
    out = tmp_path / "m4.geojson"
    with overpass(whole_answer()) as server:
        result = run("--overpass-url", server.url, "--out", out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(
        rf"{out}: 140 ways, 95\.\d\d km eastbound, 95\.\d\d km westbound, OpenStreetMap as of {OSM_BASE}\n",
        result.stdout,
    )
    document = json.loads(out.read_text(encoding="utf-8"))
    assert (document["osm_base"], document["licence"]) == (OSM_BASE, "ODbL-1.0")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["retrieved_at"])
    ids = [(feature["properties"]["osm_id"], feature["properties"]["id"]) for feature in document["features"]]
    expected = [first + number for first in (EASTBOUND, WESTBOUND) for number in range(WAYS_EACH)]
    assert ids == [(id_, f"way-{id_}") for id_ in expected]
    assert files(tmp_path) == ["m4.geojson"]


def test_command_says_what_is_different(snapshot, tmp_path):
    newer = write_extract(tmp_path / "a.osm.pbf", changed(nudge), osm_base="2026-11-02T00:00:00Z")
    wrote, difference = run("--osm-file", newer, "--out", snapshot).stdout.splitlines()
    assert wrote.endswith("OpenStreetMap as of 2026-11-02T00:00:00Z")
    assert re.fullmatch(
        rf"compared with the snapshot of {OSM_BASE}: 0 ways new, 0 gone, eastbound \+0\.0\d km, westbound \+0\.00 km, "
        r"moved by [123]\d\.\d m at most",
        difference,
    )
    assert json.loads(snapshot.read_text(encoding="utf-8"))["osm_base"] == "2026-11-02T00:00:00Z"


@asks_here
def test_fetched_road_is_a_frame_like_the_layer_of_the_road(snapshot):
    with overpass(whole_answer()) as server:
        road = osm.fetch_road(server.url)
    assert len(road) == 140
    assert list(road.columns) == list(read_layers(LAYERS_DIR)["m4"].frame.columns)
    assert (road.crs.to_epsg(), road.attrs["layer"], road.attrs["collection"]["osm_base"]) == (4326, "m4", OSM_BASE)


# ---- The road of another folder ----


@pytest.fixture
def m5_layers(tmp_path):
    """The folder of the M5, without its snapshot and the source that only the snapshot cites."""
    layers = shutil.copytree(LAYERS_DIR / "examples" / "m5", tmp_path / "m5")
    (layers / "m5.geojson").unlink()
    sources = layers / "sources.csv"
    rows = sources.read_text(encoding="utf-8").splitlines(keepends=True)
    sources.write_text("".join(row for row in rows if not row.startswith("O007,")), encoding="utf-8")
    return layers


def fetch_m5(layers, elements):
    with overpass(whole_answer(elements)) as server:
        return run("--layers", layers, "--overpass-url", server.url), server.queries


@asks_here
def test_the_road_of_the_agreement_becomes_the_road_layer_of_its_folder(m5_layers):
    result, _ = fetch_m5(m5_layers, m5_elements())
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.match(
        rf"{m5_layers / 'm5.geojson'}: \d+ ways, \d+\.\d\d km northbound, \d+\.\d\d km southbound, ", result.stdout
    )
    road = read_layers(m5_layers)["m5"].frame  # as a build reads it
    assert set(road["carriageway"]) == {"northbound", "southbound"}
    assert set(road["ref"]) == {"M5"}
    assert set(road["name_en"]) == {"M5 motorway"}


def test_another_road_is_judged_like_the_m4(m5_layers):
    parts = m5_elements()
    run("--layers", m5_layers, "--osm-file", write_extract(m5_layers / "m5.osm.pbf", parts))
    before = (m5_layers / "m5.geojson").read_bytes()
    for n, (id_, heading) in enumerate(((EASTBOUND, "northbound"), (WESTBOUND, "southbound"))):
        broken = [part for part in parts if part["id"] != id_ + 30]
        result = run("--layers", m5_layers, "--osm-file", write_extract(m5_layers / f"{n}.osm.pbf", broken))
        assert f"{heading} it is not one connected road over the whole corridor" in result.stderr
    other = write_extract(m5_layers / "m4.osm.pbf", whole_elements())
    assert "the M5 is not in it" in run("--layers", m5_layers, "--osm-file", other).stderr
    assert (m5_layers / "m5.geojson").read_bytes() == before


@asks_here
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


def nudge(by_id, parts):
    by_id["node", by_id["way", EASTBOUND + 5]["nodes"][3]]["lat"] += 0.0003  # 33 m


def short(by_id, parts):
    del by_id["way", EASTBOUND]["nodes"][:3]


def renumbered(by_id, parts):
    for way in by_id.values():
        way["id"] += 500_000 if way["type"] == "way" else 0


def other_number(by_id, parts):
    by_id["way", EASTBOUND + 30]["tags"]["ref"] = "M45"


WORSE = {
    "half of the road": (changed(half), OSM_BASE, "it is not one connected road over the whole corridor"),
    "a gap": (changed(gap), OSM_BASE, r"eastbound 1\.\d\d km of the snapshot is missing, from 36\."),
    "another number": (changed(other_number), OSM_BASE, "ways that join it were skipped for their number: 'M45'"),
    "300 m short": (changed(short), OSM_BASE, r"eastbound 0\.3\d km of the snapshot is missing, from 36\.05"),
    "another road": (elements(), OSM_BASE, "it is not one connected road over the whole corridor"),
    "too old": (whole_elements(), "2019-01-01T00:00:00Z", f"is of 2019-01-01T00:00:00Z, the snapshot's of {OSM_BASE}"),
    "of no date": (whole_elements(), "", f"its data base is of unknown, the snapshot's of {OSM_BASE}"),
    "a detour": (changed(detour), OSM_BASE, "m away, at most 100 m is valid"),
}


@pytest.mark.parametrize("arguments", [(), ("--require-fresh",)])
@pytest.mark.parametrize(("parts", "osm_base", "reason"), WORSE.values(), ids=WORSE)
def test_a_worse_road_leaves_the_snapshot_as_it_is_and_is_told_in_one_line(
    snapshot, tmp_path, parts, osm_base, reason, arguments
):
    before = snapshot.read_bytes()
    extract = write_extract(tmp_path / "a.osm.pbf", parts, osm_base=osm_base)
    result = run("--osm-file", extract, "--out", snapshot, *arguments)
    assert result.exit_code == (3 if arguments else 0)
    assert result.stderr.startswith(f"{'error' if arguments else 'warning'}: {extract}: ")
    assert re.search(reason, result.stderr)
    assert result.stderr.endswith(f"; the snapshot of {OSM_BASE} is kept\n")
    assert (result.stderr.count("\n"), result.stdout) == (1, "")
    assert snapshot.read_bytes() == before
    assert files(snapshot.parent) == ["m4.geojson"]


@pytest.fixture
def extracts(tmp_path):
    """Files with the whole road after a change."""
    return {
        change: write_extract(tmp_path / f"{change.__name__}.osm.pbf", changed(change))
        for change in (gap, renumbered, detour)
    }


def test_where_there_is_no_snapshot_yet_a_bad_road_is_an_error(tmp_path, extracts):
    out = tmp_path / "new" / "m4.geojson"
    out.parent.mkdir()
    result = run("--osm-file", extracts[gap], "--out", out, "--accept")
    assert result.exit_code == 3
    assert result.stderr.startswith(f"error: {extracts[gap]}: eastbound it is not one connected road")
    assert files(out.parent) == []


def test_ways_that_were_cut_and_numbered_anew_are_the_same_road(snapshot, extracts):
    result = run("--osm-file", extracts[renumbered], "--out", snapshot)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "140 ways new, 140 gone" in result.stdout
    assert "way-501000" in snapshot.read_text(encoding="utf-8")


def test_a_complete_road_that_differs_is_taken_only_when_a_person_accepts_it(snapshot, extracts):
    before = snapshot.read_bytes()
    refused = run("--osm-file", extracts[detour], "--out", snapshot)
    assert "; to accept this road: --accept; " in refused.stderr
    assert snapshot.read_bytes() == before
    accepted = run("--osm-file", extracts[detour], "--out", snapshot, "--accept")
    assert (accepted.exit_code, accepted.stderr) == (0, "")
    assert snapshot.read_bytes() != before


def test_a_road_that_is_not_whole_cannot_be_accepted(snapshot, extracts):
    before = snapshot.read_bytes()
    result = run("--osm-file", extracts[gap], "--out", snapshot, "--accept")
    assert "it is not one connected road" in result.stderr
    assert "--accept" not in result.stderr
    assert snapshot.read_bytes() == before


def test_a_dry_run_says_what_would_change_and_writes_nothing(snapshot, extracts):
    before = snapshot.read_bytes()
    for change, exit_code in ((detour, 3), (renumbered, 0)):
        result = run("--osm-file", extracts[change], "--out", snapshot, "--dry-run", "--require-fresh")
        assert result.exit_code == exit_code
        assert result.stdout.startswith(f"compared with the snapshot of {OSM_BASE}: ")
        assert snapshot.read_bytes() == before
    assert "would be 140 ways" in result.stdout
    assert files(snapshot.parent) == ["m4.geojson"]


@asks_here
def test_a_fetch_without_an_answer_keeps_the_snapshot(snapshot):
    before = snapshot.read_bytes()
    with overpass(b"<html>") as server:
        result = run("--overpass-url", server.url, "--out", snapshot)
    reason = "the answer is not Overpass's JSON, or was cut short"
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"warning: {server.url}: {reason}; the snapshot of {OSM_BASE} is kept\n"
    assert snapshot.read_bytes() == before


# ---- Files and options ----


def test_a_file_that_is_no_snapshot_is_not_written_over(tmp_path):
    out = tmp_path / "m4.geojson"
    out.write_bytes(b"the last good one")
    with overpass(whole_answer()) as server:
        result = run("--overpass-url", server.url, "--out", out)
        assert server.queries == []
    assert (result.exit_code, result.stderr.count("\n")) == (DataError.exit_code, 1)
    assert str(out) in result.stderr
    assert out.read_bytes() == b"the last good one"


@asks_here
def test_a_snapshot_that_somebody_changed_meanwhile_is_kept_and_so_is_the_new_one(snapshot):
    def change_and_answer(handler, _number):
        snapshot.write_text("theirs", encoding="utf-8")
        handler.put(whole_answer(changed(renumbered)))

    with misbehaving(change_and_answer) as server:
        result = run("--overpass-url", server.url, "--out", snapshot)
    assert (result.exit_code, result.stderr.count("\n")) == (ConflictError.exit_code, 1)
    assert snapshot.read_text(encoding="utf-8") == "theirs"
    assert len([name for name in files(snapshot.parent) if ".conflict-" in name]) == 1


def test_files_that_cannot_be_opened_are_told_in_one_line(tmp_path):
    extract = write_extract(tmp_path / "road.osm", elements())
    for source, out in (
        (tmp_path / "none.osm", tmp_path / "m4.geojson"),
        (tmp_path, tmp_path / "m4.geojson"),
        (extract, tmp_path / "none" / "m4.geojson"),
        (extract, tmp_path),
    ):
        result = run("--osm-file", source, "--out", out)
        assert (result.exit_code, result.stderr.count("\n")) == (OutputError.exit_code, 1)
    assert [path.name for path in tmp_path.iterdir()] == [extract.name]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("agreement.toml", "a = " + "[" * 5_000, "agreement.toml: TOML: nested more than 32 levels deep"),
        ("places.geojson", "[" * 100_000, "places.geojson: JSON: nested more than 32 levels deep"),
    ],
    ids=["agreement", "places"],
)
def test_layers_that_cannot_be_read_are_told_by_file_before_anything_is_asked(name, text, told, tmp_path):
    layers = shutil.copytree(LAYERS_DIR, tmp_path / "layers", ignore=shutil.ignore_patterns("examples", "schema"))
    (layers / name).write_text(text, encoding="utf-8")
    result = run("--layers", layers)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--overpass-url", "http://127.0.0.1/api", "--osm-file", "road.osm"),
        ("--overpass-url", "ftp://127.0.0.1"),
        ("--overpass-url", "http://[::1"),
        ("--deadline", "1"),
    ],
)
def test_command_refuses_what_it_cannot_mean(arguments):
    assert run(*arguments).exit_code == 2


# ---- As people run it: whatever a server does, in time and in little memory ----


def started(*arguments, cwd):
    """Start the command as people do."""
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "geo.osm", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def measured(*arguments, cwd):
    """Run the command as people do; return how it ended, its seconds, and the most memory it ever had, MB.

    That is of the command and the process that it starts, at one moment; pages that both share count twice.
    """
    start, most_kb = time.monotonic(), 0
    with started(*arguments, cwd=cwd) as process:
        while process.poll() is None:
            most_kb = max(most_kb, sum(rss for _, rss in family(process.pid)))
            time.sleep(0.2)  # asking more often would slow down what is measured
        seconds = time.monotonic() - start
        stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr), seconds, most_kb / 1000


def family(pid):
    """Return the id and the memory, kB, of a process and of those that it started."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [(own, rss) for own, parent, rss in rows if pid in (own, parent)]


def assert_never_worse(snapshot, url, reason, *, deadline=LONG_S):
    """A command that gets no good road ends in time, says why in one plain line, and keeps the old snapshot."""
    before = snapshot.read_bytes()
    arguments = ["--overpass-url", url, "--out", snapshot, "--deadline", deadline]
    result, seconds, most_mb = measured(*arguments, cwd=snapshot.parent)
    print(f"{seconds:.1f} s, {most_mb:.0f} MB: {result.stderr.strip()}")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (0, "", 1)
    assert result.stderr.startswith(f"warning: {url}: ")
    assert re.search(reason, result.stderr)
    assert seconds < deadline + SPARE_S
    assert most_mb < MOST_MB
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


def drip_headers(handler, _number):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
    while True:
        handler.wfile.write(b"X: y\r\n")
        handler.wfile.flush()
        time.sleep(0.5)


def busy(handler, _number):
    handler.put(b"", 429)


def blanks(handler, _number):
    """A quarter of a gigabyte that is a quarter of a megabyte as it is sent."""
    packer, blank = zlib.compressobj(9, zlib.DEFLATED, 31), b" " * 2**20
    packed = b"".join(packer.compress(blank) for _ in range(256)) + packer.flush()
    handler.put(packed, headers={"Content-Encoding": "gzip"})


def many_nodes(handler, _number):
    """Just less than the limit, all of it well formed."""
    node = json.dumps({"type": "node", "id": 1, "lat": 35.0, "lon": 36.0}).encode() + b", "
    whole = whole_answer(whole_elements()[:1])
    handler.put(whole[:-2] + b", " + node * ((LARGEST_MB * 2**20 - 10**4) // len(node)) + node[:-2] + b"]}")


ENDED_BY_FORCE = {"silent": hang, "dripping": drip, "dripping headers": drip_headers, "busy": busy}


@pytest.mark.parametrize("behave", some(1, ENDED_BY_FORCE.values()), ids=ENDED_BY_FORCE)
def test_a_server_that_never_ends_is_left_when_the_time_is_up(snapshot, behave):
    with misbehaving(behave) as server:
        # A busy machine may take all the time to start; then this is what the command says.
        expected = "no whole answer before the deadline|HTTP status 429|no request was sent before the deadline"
        assert_never_worse(snapshot, server.url, expected, deadline=DEADLINE_S)


@pytest.mark.long
@pytest.mark.parametrize(
    ("behave", "reason"),
    [(blanks, f"the answer is larger than {LARGEST_MB} MB"), (many_nodes, "no motorway or trunk road of this area")],
)
def test_an_answer_that_is_far_too_much_takes_little_memory(snapshot, behave, reason):
    with misbehaving(behave) as server:
        assert_never_worse(snapshot, server.url, reason)


@pytest.mark.long
def test_the_command_runs_as_a_module_and_this_process_keeps_no_trace_of_osmnx(snapshot):
    with overpass(whole_answer(changed(renumbered))) as server:
        result, _, most_mb = measured("--overpass-url", server.url, "--out", "m4.geojson", cwd=snapshot.parent)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("m4.geojson: 140 ways, ")
    assert most_mb < MOST_MB
    assert files(snapshot.parent) == ["m4.geojson"]  # no cache


@pytest.mark.slow
def test_the_process_that_asks_ends_by_itself_if_the_command_is_killed(snapshot):
    asked = threading.Event()

    def note_and_hang(_handler, _number):
        asked.set()
        time.sleep(LONG_S)

    with misbehaving(note_and_hang) as server:
        process = started("--overpass-url", server.url, "--out", "m4.geojson", "--deadline", 30, cwd=snapshot.parent)
        assert asked.wait(LONG_S)
        (asking,) = [pid for pid, _ in family(process.pid) if pid != process.pid]
        process.send_signal(signal.SIGKILL)
        process.communicate()
        end = time.monotonic() + LONG_S
        while is_alive(asking) and time.monotonic() < end:
            time.sleep(0.2)
        assert not is_alive(asking)


def is_alive(pid):
    """Tell a process that runs from one that only waits to be counted."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(found) and not found.startswith("Z")


def test_importing_the_module_loads_no_heavy_library(tmp_path):
    heavy = {"osmnx", "geopandas", "pandas", "matplotlib", "networkx", "osmium"}
    code = f"import sys, geo.osm.__main__; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("[]\n", "")

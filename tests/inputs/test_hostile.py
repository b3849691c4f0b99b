"""Layers as a careless or hostile hand may leave them: the same facts come out, or the file is refused."""

import copy
import csv
import io
import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import DataError
from geo.inputs.catalog import LAYERS
from geo.inputs.files import LAYERS_DIR, RefusedError
from geo.inputs.layer_files import normalise_folder, read_stored_layer
from geo.inputs.layers import layer_text, parse_layer, read_layers
from geo.inputs.scaffold import new_folder
from tests.samples import some

SPECS = {spec.name: spec for spec in LAYERS}
FEW = 6


def read(content, spec):
    """Return the layer and the problems; a file refused whole is one problem."""
    problems = []
    try:
        layer = parse_layer(content, spec, problems)
    except RefusedError as refused:
        return None, [str(refused.problem(spec.file))]
    return layer, [str(problem) for problem in problems]


def small(name):
    """The first rows of a shipped layer, as bytes."""
    lines = (LAYERS_DIR / SPECS[name].file).read_bytes().splitlines(keepends=True)
    if SPECS[name].geometry:
        head, *features, end = lines
        lines = [head, b",\n".join(line.rstrip(b",\n") for line in features[:FEW]), b"\n", end]
    else:
        lines = lines[: FEW + 1]
    content = b"".join(lines)
    assert read(content, SPECS[name])[1] == []
    return content


SMALL = {name: small(name) for name in SPECS}


def facts_written(content, spec):
    """What a file says, taken apart with nothing but the standard library, and rounded as the writer rounds."""
    text = content.decode("utf-8-sig")
    if not spec.geometry:
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
        return header, sorted(rows)
    document = json.loads(text, parse_float=lambda number: round(float(number), 6))
    document["features"].sort(key=lambda feature: feature["properties"]["id"])
    return document


# ---- Mutants of the shipped layers ----


def flip_bit(content, data):
    at = data.draw(st.integers(0, len(content) - 1))
    return content[:at] + bytes([content[at] ^ 1 << data.draw(st.integers(0, 7))]) + content[at + 1 :]


def cut(content, data):
    at = data.draw(st.integers(0, len(content) - 1))
    return content[:at] + content[at + data.draw(st.integers(1, len(content))) :]


def swap_pieces(content, data):
    a, b, c = sorted(data.draw(st.integers(0, len(content))) for _ in range(3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def repeat_piece(content, data):
    a, b = sorted(data.draw(st.integers(0, len(content))) for _ in range(2))
    return content[:b] + content[a:b] + content[b:]


def insert(content, data):
    at = data.draw(st.integers(0, len(content)))
    pieces = [b'"', b",", b";", b"\n", b"\0", b"NaN", b"1e999", b"\xe2\x80\xae", b"null", b"{}", b"\\ud800", b"-", b"0"]
    return content[:at] + data.draw(st.sampled_from(pieces)) + content[at:]


def in_features(change):
    """Turn a change of parsed features into a change of bytes; a table is left to the others."""

    def mutate(content, data):
        if not content.startswith(b"{"):
            return insert(content, data)
        document = json.loads(content)
        change(document, data)
        return json.dumps(document, ensure_ascii=False).encode()

    return mutate


@in_features
def drop_key(document, data):
    properties = data.draw(st.sampled_from(document["features"]))["properties"]
    del properties[data.draw(st.sampled_from(sorted(properties)))]


@in_features
def swap_values(document, data):
    properties = data.draw(st.sampled_from(document["features"]))["properties"]
    one, other = (data.draw(st.sampled_from(sorted(properties))) for _ in range(2))
    properties[one], properties[other] = properties[other], properties[one]


@in_features
def swap_axes(document, data):
    def swapped(part):
        return part[::-1] if isinstance(part[0], float) else [swapped(each) for each in part]

    feature = data.draw(st.sampled_from([feature for feature in document["features"] if feature["geometry"]]))
    feature["geometry"]["coordinates"] = swapped(feature["geometry"]["coordinates"])


@in_features
def odd_value(document, data):
    properties = data.draw(st.sampled_from(document["features"]))["properties"]
    odd = [None, "", " ", "x", 0, -1, 3.5, 2**53 + 1, True, [], ["x"], {}, "2020-13", "٣", "a\u202eb", "NA", "=1+1"]
    properties[data.draw(st.sampled_from(sorted(properties)))] = copy.deepcopy(data.draw(st.sampled_from(odd)))


MUTATIONS = [flip_bit, cut, swap_pieces, repeat_piece, insert, drop_key, swap_values, swap_axes, odd_value]


@pytest.mark.long
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SPECS)), st.sampled_from(MUTATIONS), st.data())
def test_of_a_mutant_the_same_facts_come_out_or_it_is_refused_by_name(name, mutate, data):
    spec = SPECS[name]
    content = mutate(SMALL[name], data)
    layer, problems = read(content, spec)
    if not problems:
        assert facts_written(layer_text(layer).encode(), spec) == facts_written(content, spec)
    for line in problems:
        assert len(line.splitlines()) == 1
        assert line.count(": ") >= 2


# ---- Whole files ----


def with_features(*features):
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


HEAVY = {
    "deep arrays": b"[" * 5_000_000,
    "deep properties": SMALL["places"].replace(b'"note": null', b'"note": ' + b"[" * 20_000 + b"]" * 20_000, 1),
    "twenty megabytes of blanks": b" " * 20_000_000,
    "a million empty features": b'{"type": "FeatureCollection", "features": [' + b"{}," * 1_000_000 + b"{}]}",
    "a ring of a million vertices": SMALL["deescalation_zone"].replace(
        b'"coordinates": [[', b'"coordinates": [[' + b"[36.5, 35.5], " * 1_000_000, 1
    ),
    "a text of ten megabytes": SMALL["places"].replace(b'"note": null', b'"note": "' + b"x" * 10_000_000 + b'"', 1),
    "a number of a million digits": SMALL["places"].replace(
        b'"precision_m": null', b'"precision_m": ' + b"9" * 1_000_000, 1
    ),
}


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of one process")
@pytest.mark.parametrize("content", some(3, HEAVY.values()), ids=HEAVY)
def test_no_file_takes_over_ten_seconds_or_a_gigabyte(content, tmp_path):
    (tmp_path / "heavy").write_bytes(content)
    script = (
        "import sys; from pathlib import Path; from tests.inputs.test_hostile import SPECS, read\n"
        "for name in ('places', 'deescalation_zone'): read(Path(sys.argv[1]).read_bytes(), SPECS[name])\n"
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])\n"  # its own, not its parent's
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "heavy"],
        capture_output=True, text=True, timeout=20, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2**20  # kB


VRT = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>a.csv</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
WHOLE = {
    "zero bytes": (b"", "JSON"),
    "a GDAL virtual file that reads another": (VRT, "JSON"),
    "a bare feature": (b'{"type": "Feature", "properties": {}, "geometry": null}', "type"),
    "TopoJSON": (b'{"type": "Topology", "objects": {}, "arcs": []}', "type"),
    "a key twice": (b'{"type": "FeatureCollection", "features": [], "features": []}', "key"),
    "an old-style CRS": (b'{"type": "FeatureCollection", "crs": {"type": "name"}, "features": []}', "crs"),
    "features in the wrong case": (b'{"type": "FeatureCollection", "Features": []}', "features"),
    "a feature of no type": (
        b'{"type": "FeatureCollection", "features": [{"properties": {}, "geometry": null}]}',
        "feature",
    ),
    "trailing comma": (b'{"type": "FeatureCollection", "features": [],}', "JSON"),
    "infinity": (b'{"type": "FeatureCollection", "features": [Infinity]}', "number"),
}


@pytest.mark.parametrize(("content", "rule"), WHOLE.values(), ids=WHOLE)
def test_what_is_no_layer_is_refused_with_its_rule(content, rule):
    _, problems = read(content, SPECS["places"])
    assert problems
    assert rule in problems[0]


LISTED = ("places.geojson", "sources.csv", "x1.geojson")
DEEP = {
    "a property": (rb'"note": "[^"]*"', b'"note": %s'),
    "a geometry": (rb'"coordinates": \[', b'"coordinates": [%s, '),
    "a member of the collection": (b'"features"', b'"deep": %s, "features"'),
    "a member of a feature": (b'"properties"', b'"deep": %s, "properties"'),
}


@pytest.mark.parametrize("levels", [50, 300, 600, 900, 20_000])
@pytest.mark.parametrize(("old", "new"), DEEP.values(), ids=DEEP)
def test_what_is_nested_too_deeply_is_refused_in_one_line_by_every_reader_of_a_layer(old, new, levels, tmp_path):
    new_folder(tmp_path / "layers")
    path = tmp_path / "layers" / "places.geojson"
    deep = (b'{"a":[' * (levels // 2)) + b"]}" * (levels // 2)
    content = re.sub(old, lambda _: new.replace(b"%s", deep), path.read_bytes(), count=1)
    assert deep in content
    path.write_bytes(content)
    told = r"^places\.geojson: JSON: nested more than 32 levels deep: [^\n]+$"
    for reader in (read_layers, normalise_folder, partial(read_stored_layer, "places")):
        with pytest.raises(DataError, match=told):
            reader(folder=path.parent)


@pytest.mark.parametrize(
    "character", ["\ufffe", "\uffff", "\ufdd0", "\U0001ffff", "\U000e0000", "\U000e0041"], ids=ascii
)
def test_a_noncharacter_or_tag_is_refused_in_every_layer_with_the_name_of_its_row(character, tmp_path):
    new_folder(tmp_path / "layers")
    for name in LISTED:
        path = tmp_path / "layers" / name
        path.write_text(path.read_text(encoding="utf-8").replace("ynthetic", character), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_layers(tmp_path / "layers")
    told = [str(problem) for problem in caught.value.problems]
    repair = f"contains the invisible character U+{ord(character):04X}; remove it"
    assert {line.partition(": ")[0] for line in told} == set(LISTED)
    assert [line for line in told if not line.endswith(repair)] == []
    assert [line for line in told if "feature" in line and "feature 'example-start': " in line]


TABLES = {
    "semicolons": SMALL["timeline"].replace(b",", b";"),
    "a row too short": SMALL["timeline"] + b"T999,2020-03-05\n",
    "every row one cell longer": SMALL["timeline"].replace(b"\n", b",\n").replace(b",\n", b"\n", 1),
    "a quote never closed": SMALL["timeline"] + b'"T999,2020\n',
    "an id twice": SMALL["timeline"] + SMALL["timeline"].splitlines(keepends=True)[1],
    "arabic digits": SMALL["joint_patrols"].replace(b"2020-03-15", "٢٠٢٠-٠٣-١٥".encode()),
    "a date as people write it": SMALL["joint_patrols"].replace(b"2020-03-15", b"15/03/2020"),
    "another header": SMALL["timeline"].replace(b"id,", b"ID,", 1),
    "a NUL": SMALL["timeline"].replace(b"T001", b"T0\x0001", 1),
    "UTF-16": SMALL["timeline"].decode().encode("utf-16"),
}


@pytest.mark.parametrize("content", TABLES.values(), ids=TABLES)
def test_a_table_that_another_reader_would_guess_at_is_refused(content):
    name = "joint_patrols" if content.startswith(SMALL["joint_patrols"][:30]) else "timeline"
    assert content not in SMALL.values()
    assert read(content, SPECS[name])[1]

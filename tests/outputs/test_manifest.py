import dataclasses
import json
import re
import shutil
from datetime import date
from importlib import metadata

import pytest

from geo.build import build
from geo.errors import DamagedError, GeoError, OutputError
from geo.inputs.files import LAYERS_DIR, digest_of
from geo.outputs import manifest as manifests
from geo.outputs.manifest import (
    build_of,
    code_digest,
    data_as_of,
    is_complete,
    manifest_of,
    origin_of,
    read_manifest,
    verify,
)
from geo.outputs.output import Output
from tests.outputs.read_back import is_licence

OPTIONS = {"as_of": "2020-03-06"}


@pytest.fixture(autouse=True)
def no_pinned_time(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("built") / "map"
    build(out_dir=out, formats=["page", "data", "gpkg"])
    return out


@pytest.fixture(scope="module")
def found(built):
    return json.loads((built / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture
def copy(built, tmp_path):
    """Return a copy of a build that a test may spoil, made as people copy."""
    return shutil.copytree(built, tmp_path / "copy")


def with_layer(layers, name, **changes):
    """Return the layers with another file, or other metadata, of one of them."""
    return dataclasses.replace(layers, by_name={**layers, name: dataclasses.replace(layers[name], **changes)})


# ---- What a manifest says. ----


def test_every_input_and_every_output_is_in_it_with_bytes_rows_and_digest(built, found, layers):
    for folder, entries in ((LAYERS_DIR, found["inputs"]), (built, found["outputs"])):
        assert [entry["name"] for entry in entries] == sorted(entry["name"] for entry in entries)
        for entry in entries:
            content = (folder / entry["name"]).read_bytes()
            assert (entry["bytes"], entry["sha256"]) == (len(content), digest_of(content)), entry["name"]
    assert len(found["inputs"]) == len([*LAYERS_DIR.glob("*.geojson"), *LAYERS_DIR.glob("*.csv")]) + 1
    rows = {entry["name"]: entry["rows"] for entry in found["inputs"] + found["outputs"]}
    posts = len(layers["observation_posts"].features)
    assert rows["observation_posts.geojson"] == rows["data/observation_posts.geojson"] == posts
    assert rows["agreement.toml"] is rows["index.html"] is rows["data/facts.json"] is None
    ledger = found["layers"]
    assert ledger["observation_posts"] == {"read": posts, "shown": posts, "refused": 0}
    assert all(counts["read"] == counts["shown"] + counts["refused"] for counts in ledger.values())


def test_its_keys_are_sorted_and_it_names_the_versions_of_what_took_part(built, found):
    text = (built / "manifest.json").read_text(encoding="utf-8")
    assert json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n" == text
    assert found["versions"]["pyogrio"] == metadata.version("pyogrio")
    assert {"geo", "shapely", "geos", "pyproj", "proj", "geopandas"} <= set(found["versions"])


def test_the_page_and_every_data_file_carry_its_build_id(built, found):
    assert re.fullmatch("[0-9a-f]{12}", found["build"])
    for path in built.rglob("*.*"):
        assert is_licence(path.name) or found["build"].encode() in path.read_bytes(), path.name


def test_a_row_that_would_be_lost_on_the_way_stops_the_build(layers):
    outputs = [Output.of_text("data/places.geojson", "", {"places": len(layers["places"].features) - 1})]
    with pytest.raises(OutputError, match=r"places\.geojson: \d+ rows were read, but an output has \d+"):
        manifest_of(origin_of(layers, OPTIONS), outputs, layers)


def test_the_build_id_changes_with_every_input_and_option_and_version_and_with_nothing_else(layers, monkeypatch):
    another = dataclasses.replace(layers["places"].file, sha256="0" * 64)
    ids = [
        origin_of(layers, OPTIONS).build_id,
        origin_of(layers, {"as_of": "2020-03-07"}).build_id,
        origin_of(with_layer(layers, "places", file=another), OPTIONS).build_id,
    ]
    with monkeypatch.context() as pinned:
        pinned.setenv("SOURCE_DATE_EPOCH", "0")
        ids.append(origin_of(layers, OPTIONS).build_id)
    with monkeypatch.context() as other:
        other.setattr(manifests, "_versions", lambda: {"geo": "0"})
        ids.append(origin_of(layers, OPTIONS).build_id)
    assert len(set(ids)) == len(ids)
    assert origin_of(layers, dict(OPTIONS)).build_id == ids[0]


def test_a_changed_line_of_the_code_is_another_version_and_what_python_makes_of_it_is_not(tmp_path):
    compiled = tmp_path / "__pycache__" / "a.pyc"
    compiled.parent.mkdir()
    digests = []
    for source, of_it in (("1", "1"), ("1", "2"), ("2", "2")):
        (tmp_path / "a.py").write_text(source)
        compiled.write_text(of_it)
        digests.append(code_digest(tmp_path))
    assert digests[0] == digests[1] != digests[2]


def test_the_data_are_as_of_the_newest_date_of_the_inputs_unless_source_date_epoch_says_otherwise(layers, monkeypatch):
    assert data_as_of(layers) == max(row.properties.date for row in layers["corrections"].features)
    uncorrected = with_layer(layers, "corrections", features=())
    assert data_as_of(uncorrected) == max(row.properties.date or "" for row in layers["sources"].features)
    fetched = layers["m4"].collection.model_copy(update={"retrieved_at": "2026-11-01T23:59:59Z"})
    assert data_as_of(with_layer(uncorrected, "m4", collection=fetched)) == "2026-11-01"
    undated = {"m5": dataclasses.replace(layers["m5"], collection=None)}
    assert data_as_of(dataclasses.replace(layers, by_name=undated)) is None
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1583452800")
    assert data_as_of(layers) == date(2020, 3, 6).isoformat()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(GeoError, match="SOURCE_DATE_EPOCH is 'yesterday', not seconds since 1970"):
        data_as_of(layers)


# ---- Whether a build is whole. ----


def test_a_whole_build_verifies_wherever_it_was_copied_to(copy, found):
    assert verify(copy) == f"{copy}: complete: {len(found['outputs']) + 1} files, build {found['build']}"


def folder_in_place_of(path):
    path.unlink()
    path.mkdir()


def edited(path, old, new):
    """Replace a text in a file once."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# By fault: what makes it in a copy of a build, and how its line begins.
SPOILS = {
    "a byte changed": (
        lambda copy: edited(copy / "data/m5.geojson", "{", "["),
        "data/m5.geojson: damaged, or not from",
    ),
    "empty": (lambda copy: (copy / "data/m5.geojson").write_text(""), "data/m5.geojson: damaged, or not from build"),
    "missing": (lambda copy: (copy / "data/m4.geojson").unlink(), "data/m4.geojson: missing"),
    "added": (lambda copy: (copy / "data/notes.txt").write_text("x"), "data/notes.txt: not from this build"),
    "a link added": (lambda copy: (copy / "more").symlink_to(copy / "data"), "more: not from this build"),
    "a folder": (lambda copy: folder_in_place_of(copy / "data/m4.geojson"), "data/m4.geojson: cannot be read"),
    "of another build": (
        lambda copy: edited(copy / "index.html", build_of(copy), "0123456789ab"),
        "index.html: damaged, or not from build",
    ),
    "no manifest": (lambda copy: (copy / "manifest.json").unlink(), "manifest.json: missing, damaged"),
    "another's manifest": (lambda copy: (copy / "manifest.json").write_text("{}"), "manifest.json: missing, damaged"),
    "too deep a manifest": (
        lambda copy: (copy / "manifest.json").write_bytes(b"[" * 100_000),
        "manifest.json: missing, damaged",
    ),
    "other inputs": (
        lambda copy: edited(copy / "manifest.json", '"as_of": "2020-03-06"', '"as_of": "2020-03-07"'),
        "manifest.json: missing, damaged",
    ),
    "another count": (
        lambda copy: edited(copy / "manifest.json", '"refused": 0', '"refused": 1'),
        "manifest.json: missing, damaged",
    ),
    "a blank more": (lambda copy: edited(copy / "manifest.json", "{", "{ "), "manifest.json: missing, damaged"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_every_fault_is_told_in_one_line_with_its_file(copy, name):
    spoil, told = SPOILS[name]
    spoil(copy)
    assert not is_complete(copy)
    with pytest.raises(DamagedError) as caught:
        verify(copy)
    [fault] = caught.value.faults
    assert fault.startswith(f"{copy}/{told}")
    assert (read_manifest(copy) is None) == told.startswith("manifest.json")

import dataclasses
import json
import re
from datetime import date
from importlib import metadata

import pytest

from geo.build import build
from geo.errors import DamagedError, GeoError, OutputError
from geo.inputs.files import LAYERS_DIR, digest_of
from geo.outputs import manifest as manifests
from geo.outputs.manifest import (
    Manifest,
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

OPTIONS = {"as_of": "2020-03-06"}


@pytest.fixture(autouse=True)
def no_pinned_time(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("built") / "map"
    build(out_dir=out, formats=["page", "data", "gpkg"])
    return out


@pytest.fixture
def copy(built, tmp_path):
    """Return a copy of a build that a test may spoil, made as people copy."""
    import shutil

    return shutil.copytree(built, tmp_path / "copy")


def with_file(layers, name, **changes):
    """Return the layers as if one of their files had been another one."""
    layer = layers[name]
    changed = dataclasses.replace(layer, file=dataclasses.replace(layer.file, **changes))
    return dataclasses.replace(layers, by_name={**layers, name: changed})


def test_every_input_and_every_output_stands_in_it_with_bytes_rows_and_digest(built):
    found = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    for folder, entries in ((LAYERS_DIR, found["inputs"]), (built, found["outputs"])):
        assert [entry["name"] for entry in entries] == sorted(entry["name"] for entry in entries)
        for entry in entries:
            content = (folder / entry["name"]).read_bytes()
            assert (entry["bytes"], entry["sha256"]) == (len(content), digest_of(content)), entry["name"]
    assert len(found["inputs"]) == len([*LAYERS_DIR.glob("*.geojson"), *LAYERS_DIR.glob("*.csv")]) + 1
    rows = {entry["name"]: entry["rows"] for entry in found["inputs"] + found["outputs"]}
    assert rows["observation_posts.geojson"] == rows["data/observation_posts.geojson"] == 73
    assert rows["agreement.toml"] is rows["index.html"] is rows["data/facts.json"] is None


def test_its_keys_are_sorted_and_it_names_the_versions_of_what_took_part(built):
    text = (built / "manifest.json").read_text(encoding="utf-8")
    assert json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True) + "\n" == text
    versions = json.loads(text)["versions"]
    assert versions["pyogrio"] == metadata.version("pyogrio")
    assert {"geo", "shapely", "geos", "pyproj", "proj", "geopandas"} <= set(versions)


def test_what_was_read_is_what_is_shown_and_refused(built):
    ledger = json.loads((built / "manifest.json").read_text(encoding="utf-8"))["layers"]
    assert ledger["observation_posts"] == {"read": 73, "shown": 73, "refused": 0}
    assert ledger["sources"]["read"] > 300
    assert all(counts["read"] == counts["shown"] + counts["refused"] for counts in ledger.values())


def test_a_row_that_would_be_lost_on_the_way_stops_the_build(layers):
    outputs = [Output.of_text("data/places.geojson", "", {"places": len(layers["places"].features) - 1})]
    with pytest.raises(OutputError, match=r"places\.geojson: \d+ rows were read, but an output has \d+"):
        manifest_of(origin_of(layers, OPTIONS), outputs, layers)


def test_the_page_and_every_data_file_carry_the_build_id_of_the_manifest(built):
    build_id = json.loads((built / "manifest.json").read_text(encoding="utf-8"))["build"]
    assert re.fullmatch("[0-9a-f]{12}", build_id)
    for path in built.rglob("*.*"):
        assert build_id.encode() in path.read_bytes(), path.name


def test_the_build_id_changes_with_every_input_and_option_and_version_and_with_nothing_else(layers, monkeypatch):
    ids = [
        origin_of(layers, OPTIONS).build_id,
        origin_of(layers, {"as_of": "2020-03-07"}).build_id,
        origin_of(with_file(layers, "places", sha256="0" * 64), OPTIONS).build_id,
    ]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    ids.append(origin_of(layers, OPTIONS).build_id)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    monkeypatch.setattr(manifests, "_versions", lambda: {"geo": "0"})
    ids.append(origin_of(layers, OPTIONS).build_id)
    assert len(set(ids)) == len(ids)
    monkeypatch.undo()
    assert origin_of(layers, dict(OPTIONS)).build_id == ids[0]


def test_a_changed_line_of_the_code_is_another_version(tmp_path):
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("1")
    first = code_digest(tmp_path)
    (tmp_path / "__pycache__" / "a.pyc").write_text("2")
    assert code_digest(tmp_path) == first
    (tmp_path / "a.py").write_text("2")
    assert code_digest(tmp_path) != first


def test_the_data_are_as_of_the_newest_date_that_the_inputs_state(layers, monkeypatch):
    newest = max(row.properties.date or "" for row in layers["sources"].features)
    assert data_as_of(layers) == newest
    road = layers["m4"]
    fetched = road.collection.model_copy(update={"retrieved_at": "2026-11-01T23:59:59Z"})
    later = dataclasses.replace(layers, by_name={**layers, "m4": dataclasses.replace(road, collection=fetched)})
    assert data_as_of(later) == "2026-11-01"
    undated = {"m5": dataclasses.replace(layers["m5"], collection=None)}
    assert data_as_of(dataclasses.replace(layers, by_name=undated)) is None


def test_source_date_epoch_overrules_the_date(layers, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1583452800")
    assert data_as_of(layers) == date(2020, 3, 6).isoformat()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(GeoError, match="SOURCE_DATE_EPOCH is 'yesterday', not seconds since 1970"):
        data_as_of(layers)


def test_a_whole_build_verifies_wherever_it_was_copied_to(built, copy):
    found = read_manifest(built)
    assert isinstance(found, Manifest)
    assert verify(copy) == f"{copy}: complete: {len(found.outputs) + 1} files, build {found.build}"


def other(copy, change):
    """Return a file of a build after a change of its text."""
    path = copy / "data/m5.geojson"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def edited(copy, old, new):
    """Replace a text in the manifest."""
    path = copy / "manifest.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def folder_in_place_of(path):
    path.unlink()
    path.mkdir()


SPOILS = {
    "a byte changed": (lambda copy: other(copy, lambda text: text[:-1] + " "), "data/m5.geojson: damaged, or not from"),
    "cut": (lambda copy: other(copy, lambda text: text[:9]), "data/m5.geojson: damaged, or not from build"),
    "empty": (lambda copy: other(copy, lambda text: ""), "data/m5.geojson: damaged, or not from build"),
    "missing": (lambda copy: (copy / "data/m4.geojson").unlink(), "data/m4.geojson: missing"),
    "added": (lambda copy: (copy / "data/notes.txt").write_text("x"), "data/notes.txt: not from this build"),
    "a link added": (lambda copy: (copy / "more").symlink_to(copy / "data"), "more: not from this build"),
    "a folder in the way": (
        lambda copy: folder_in_place_of(copy / "data/m4.geojson"),
        "data/m4.geojson: cannot be read",
    ),
    "no manifest": (lambda copy: (copy / "manifest.json").unlink(), "manifest.json: missing, damaged"),
    "another's manifest": (lambda copy: (copy / "manifest.json").write_text("{}"), "manifest.json: missing, damaged"),
    "other inputs": (
        lambda copy: edited(copy, '"as_of": "2020-03-06"', '"as_of": "2020-03-07"'),
        "manifest.json: missing, damaged",
    ),
    "another row count": (lambda copy: edited(copy, '"shown": 73', '"shown": 74'), "manifest.json: missing, damaged"),
    "a blank more": (lambda copy: edited(copy, "{", "{ "), "manifest.json: missing, damaged"),
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


def test_a_file_copied_from_another_build_is_told(copy):
    page = copy / "index.html"
    mine = read_manifest(copy).build
    page.write_text(page.read_text(encoding="utf-8").replace(mine, "0123456789ab"), encoding="utf-8")
    with pytest.raises(DamagedError, match=rf"index\.html: damaged, or not from build {mine} \(its sha256 differs\)$"):
        verify(copy)


def test_a_manifest_nested_too_deeply_is_none(tmp_path):
    (tmp_path / "manifest.json").write_bytes(b"[" * 100_000)
    assert build_of(tmp_path) is None
    assert read_manifest(tmp_path) is None

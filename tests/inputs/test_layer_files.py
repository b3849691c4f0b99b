import json
import random
import re
import shutil

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

import geo
from geo.errors import ConflictError, DataError
from geo.inputs import layer_files
from geo.inputs.catalog import LAYERS
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layer_files import normalise_folder
from geo.inputs.layers import read_layers
from geo.inputs.scaffold import new_folder


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(LAYERS_DIR, tmp_path / "layers")
    return tmp_path / "layers"


def refused(name, frame, folder):
    before = (folder / geo_file(name)).read_bytes()
    with pytest.raises(DataError) as caught:
        geo.write_layer(name, frame, folder=folder)
    assert (folder / geo_file(name)).read_bytes() == before
    return [str(problem) for problem in caught.value.problems]


def geo_file(name):
    return next(spec.file for spec in LAYERS if spec.name == name)


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.name)
def test_every_shipped_layer_comes_back_to_the_same_bytes(spec, folder):
    frame = geo.read_layer(spec.name, folder=folder)
    shuffled = frame.sample(frac=1, random_state=1)
    shuffled.attrs = dict(frame.attrs)
    (folder / spec.file).write_bytes(b"")  # else nothing would be written
    geo.write_layer(spec.name, shuffled, folder=folder, replacing=geo.inputs.files.digest_of(b""))
    assert (folder / spec.file).read_bytes() == (LAYERS_DIR / spec.file).read_bytes()


def test_a_layer_with_places_is_a_geodataframe_in_lon_lat():
    frame = geo.read_layer("observation_posts")
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs == "EPSG:4326"
    assert len(frame) == 80
    assert frame.geometry.isna().sum() == 3
    assert frame.loc[frame["id"] == "post-09-morek", "established_on"].item() == "2018-04-07"


def test_a_one_fact_edit_is_a_one_line_diff(folder):
    before = (folder / "observation_posts.geojson").read_text(encoding="utf-8").splitlines()
    frame = geo.read_layer("observation_posts", folder=folder)
    frame.loc[frame["id"] == "post-09-morek", "evacuated_on"] = "2020-11-03"
    geo.write_layer("observation_posts", frame, folder=folder)
    after = (folder / "observation_posts.geojson").read_text(encoding="utf-8").splitlines()
    assert [(old != new) for old, new in zip(before, after, strict=True)].count(True) == 1
    read_layers(folder)


def test_pandas_words_for_unknown_are_null_in_the_file(folder):
    frame = geo.read_layer("places", folder=folder)
    frame["note"] = [float("nan"), pd.NA, pd.NaT, None, *frame["note"].tolist()[4:]]
    geo.write_layer("places", frame, folder=folder)
    assert (folder / "places.geojson").read_bytes() == (LAYERS_DIR / "places.geojson").read_bytes()


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("grade", "Z9", "grade"),
        ("precision_m", -5, "precision_m"),
        ("sources", ["X1"], "sources"),
        ("name_en", "a\u202eb", "name_en"),
        ("established_on", pd.Timestamp("2020-03-05"), "established_on"),
        ("geometry", Point(35.8, 36.7), "geometry"),
        ("geometry", Point(36.7, 35.8, 9), "geometry"),
        ("geometry", None, "basis"),
    ],
)
def test_a_frame_is_checked_as_the_file_would_be(folder, column, value, rule):
    frame = geo.read_layer("observation_posts", folder=folder)
    frame[column] = frame[column].astype(object) if column not in ("geometry", "precision_m") else frame[column]
    frame.at[0, column] = value
    lines = refused("observation_posts", frame, folder)
    assert [line.split(": ")[2] for line in lines] == [rule]
    assert "'post-01-salwah'" in lines[0]


def test_a_stale_save_keeps_both_versions_and_tells_the_difference_by_id(folder):
    mine, theirs = (geo.read_layer("places", folder=folder) for _ in range(2))
    theirs.loc[theirs["id"] == "ariha", "note"] = "theirs"
    geo.write_layer("places", theirs, folder=folder)
    mine.loc[mine["id"] == "badama", "note"] = "mine"
    with pytest.raises(ConflictError, match=r"ariha, badama \(different\)") as caught:
        geo.write_layer("places", mine, folder=folder)
    assert "theirs" in (folder / "places.geojson").read_text(encoding="utf-8")
    assert "mine" in caught.value.aside.read_text(encoding="utf-8")


def doubled(frame, axis):
    again = pd.concat([frame, frame.head(1) if axis == 0 else frame[["note"]]], axis=axis)
    again.attrs = dict(frame.attrs)
    return again


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda frame: frame.drop(columns="name_ar"), "every row: name_ar: missing: "),
        (lambda frame: frame.assign(style="{}"), "every row: style: unknown key: remove it"),
        (lambda frame: frame.to_crs(3857), "CRS: EPSG:3857: pass a GeoDataFrame .*: frame.to_crs\\(4326\\)"),
        (lambda frame: doubled(frame, 0), r"feature 'ain-al-hawr': id: duplicate id \(2 features\)"),
        (lambda frame: doubled(frame, 1), "columns: duplicate column names: remove the duplicates"),
    ],
)
def test_a_frame_of_another_form_is_refused_in_one_line(folder, change, fault):
    [line] = refused("places", change(geo.read_layer("places", folder=folder)), folder)
    assert re.match(f"places.geojson: {fault}", line)


ANALYSTS = ("leyla", "omar")


@pytest.mark.long
@pytest.mark.parametrize("rounds", [40, pytest.param(200, marks=pytest.mark.longer)])
def test_interleavings_of_two_analysts_lose_no_edit(folder, rounds):
    """Every saved edit is in the layer or in a conflict file, whatever the order of the steps."""
    total = 0
    for seed in range(rounds):
        shutil.copy(LAYERS_DIR / "deescalation_zone.geojson", folder)
        saved = play(random.Random(seed), folder)
        kept = "".join(path.read_text(encoding="utf-8") for path in folder.glob("deescalation_zone*.geojson"))
        total += len(saved)
        assert [edit for edit in saved if edit not in kept] == [], seed
        for path in folder.glob("*.conflict-*"):
            path.unlink()
    assert total > rounds


def play(dice, folder):
    """Let two analysts load, edit and save in a random order; return every edit that was saved."""
    frames, pending, saved = {}, {name: [] for name in ANALYSTS}, []
    for step in range(12):
        name = dice.choice(ANALYSTS)
        if name not in frames or dice.random() < 0.2:
            frames[name] = geo.read_layer("deescalation_zone", folder=folder)
            pending[name] = []
        elif dice.random() < 0.5:
            edit = f"edit {name} {step}."
            row = dice.randrange(2)
            frames[name].loc[row, "note"] = f"{frames[name].loc[row, 'note']} {edit}"
            pending[name].append(edit)
        else:
            saved += pending.pop(name, [])
            pending[name] = []
            try:
                geo.write_layer("deescalation_zone", frames[name], folder=folder)
            except ConflictError:
                del frames[name]
    return saved


NEW_SOURCE = {"id": "new-1", "title": "A made-up article", "publisher": "Nobody"}


def with_source(frame, **values):
    """Return a frame of sources with one row more."""
    grown = pd.concat([frame, pd.DataFrame([{**dict.fromkeys(frame.columns), **values}])], ignore_index=True)
    grown.attrs = dict(frame.attrs)
    return grown


def cited(frame, id_, *ids):
    """Return a frame in which one row cites other sources."""
    frame.at[frame.index[frame["id"] == id_][0], "sources"] = list(ids)
    return frame


@pytest.fixture
def posts(folder):
    return geo.read_layer("observation_posts", folder=folder)


@pytest.fixture
def sources(folder):
    return geo.read_layer("sources", folder=folder)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


def test_a_row_and_its_new_source_are_written_in_one_step(folder, posts, sources):
    before = contents(folder)
    former = posts.loc[posts["id"] == "post-09-morek", "sources"].item()
    grown = with_source(sources, **NEW_SOURCE)
    geo.write_layer("observation_posts", cited(posts, "post-09-morek", *former, "new-1"), folder=folder, sources=grown)
    after = contents(folder)
    assert {name for name in after if after[name] != before.get(name)} == {"observation_posts.geojson", "sources.csv"}
    added = set(after["sources.csv"].splitlines()) - set(before["sources.csv"].splitlines())
    assert added == {b"new-1,A made-up article,Nobody,,,,,"}
    read_layers(folder)
    geo.write_layer("observation_posts", posts, folder=folder, sources=grown)  # both frames know what they wrote
    assert contents(folder) == after


@pytest.mark.parametrize("stale", ["observation_posts", "sources"])
def test_a_conflict_of_either_file_leaves_both(folder, posts, sources, stale):
    theirs = geo.read_layer(stale, folder=folder)
    theirs.loc[0, "note"] = "theirs"
    geo.write_layer(stale, theirs, folder=folder)
    before = contents(folder)
    posts.loc[1, "note"] = "mine"
    with pytest.raises(ConflictError, match=f"^{geo_file(stale)}: ") as caught:
        geo.write_layer("observation_posts", posts, folder=folder, sources=with_source(sources, **NEW_SOURCE))
    assert {**before, caught.value.aside.name: caught.value.aside.read_bytes()} == contents(folder)


# ---- Normalising a folder ----

ZONE = "deescalation_zone.geojson"


def reverse(document):
    document["features"].reverse()


def test_files_in_canonical_form_are_not_touched_and_others_are_rewritten_with_what_was_changed(layers_copy):
    before = contents(layers_copy.folder)
    times = {path: path.stat().st_mtime_ns for path in layers_copy.folder.rglob("*")}
    assert normalise_folder(layers_copy.folder) == []
    assert {path: path.stat().st_mtime_ns for path in layers_copy.folder.rglob("*")} == times
    layers_copy.edit(ZONE, reverse)
    rows = layers_copy.text("sources.csv").count("\n") - 1
    layers_copy.write("sources.csv", layers_copy.text("sources.csv").replace("\n", "\r\n"))
    assert normalise_folder(layers_copy.folder) == [
        f"{ZONE}: 2 features rewritten in canonical form (layout, order of features)",
        f"sources.csv: {rows} rows rewritten in canonical form (line ends)",
    ]
    assert contents(layers_copy.folder) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("agreement.toml", "half_width_m", "half_width_km"),
        ("joint_patrols.csv", ",16,2020-06-10,trumba,", ",16,2020-06-10,atlantis,"),
    ],
)
def test_one_fault_anywhere_keeps_every_file_as_it_was(layers_copy, name, old, new):
    layers_copy.edit(ZONE, reverse)
    layers_copy.replace(name, old, new)
    before = contents(layers_copy.folder)
    with pytest.raises(DataError) as caught:
        normalise_folder(layers_copy.folder)
    assert {problem.file for problem in caught.value.problems} == {name}
    assert contents(layers_copy.folder) == before


def test_a_change_made_while_a_folder_is_normalised_is_not_lost(layers_copy, monkeypatch):
    canonical = layers_copy.text(ZONE)
    layers_copy.edit("basemap.geojson", reverse)
    layers_copy.edit(ZONE, reverse)
    other = layers_copy.text("basemap.geojson")
    read = layer_files.read_folder

    def changed_after_reading(*arguments):
        found = read(*arguments)
        layers_copy.write(ZONE, "theirs")
        return found

    monkeypatch.setattr(layer_files, "read_folder", changed_after_reading)
    with pytest.raises(ConflictError) as caught:
        normalise_folder(layers_copy.folder)
    assert (layers_copy.text(ZONE), layers_copy.text("basemap.geojson")) == ("theirs", other)
    assert caught.value.aside.read_text(encoding="utf-8") == canonical


def test_a_folder_with_its_own_list_of_layers_is_normalised(tmp_path):
    new_folder(tmp_path / "layers")
    path = tmp_path / "layers" / "places.geojson"
    canonical = path.read_text(encoding="utf-8")
    path.write_text(json.dumps(json.loads(canonical), indent=2), encoding="utf-8")
    assert normalise_folder(tmp_path / "layers") == ["places.geojson: 2 features rewritten in canonical form (layout)"]
    assert path.read_text(encoding="utf-8") == canonical

import dataclasses
import json
import re
import shutil

import pytest

from geo.errors import DataError
from geo.inputs.catalog import LAYERS
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import layer_text, read_folder, read_layers


def problems(folder):
    with pytest.raises(DataError) as caught:
        read_layers(folder)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.name)
def test_every_shipped_file_reads_and_writes_to_the_same_bytes(layers, spec):
    assert layer_text(layers[spec.name]).encode() == (LAYERS_DIR / spec.file).read_bytes()


def test_layers_come_in_the_order_of_the_catalogue(layers):
    assert list(layers) == [spec.name for spec in LAYERS]


def test_no_candidate_position_is_taken_for_a_post(layers):
    candidates = {(36.96776, 36.28344), (36.98137, 36.00125), (36.44885, 35.77307)}
    posts = layers["observation_posts"].features
    assert not candidates & {post.geometry.coords[0] for post in posts if post.geometry}


def test_the_patrol_without_a_known_date_has_no_date_and_no_places(layers):
    [unknown] = [row.properties for row in layers["joint_patrols"].features if row.properties.number == 23]
    assert (unknown.date, unknown.from_place, unknown.to_place, unknown.grade) == (None, None, None, "F6")


def of_zone(**values):
    return lambda document: document["features"][0]["properties"].update(values)


def swap(document):
    zone = document["features"][0]["geometry"]
    zone["coordinates"] = [[position[::-1] for position in ring] for ring in zone["coordinates"]]


def grow(document):
    for feature in document["features"]:
        feature["geometry"]["coordinates"] = [[36.5 + step / 1e6, 35.5] for step in range(100_001)]


def drop_note(document):
    for feature in document["features"]:
        del feature["properties"]["note"]


ZONE = "deescalation_zone.geojson"


@pytest.mark.parametrize(
    ("name", "change", "line"),
    [
        (ZONE, of_zone(color="red"), r"feature 'zone-2017': color: unknown key: remove it; known are id, .*"),
        (
            ZONE,
            of_zone(id="zone-2018-09"),
            r"feature 'zone-2018-09': id: duplicate id \(2 features\): ids must be unique",
        ),
        (ZONE, of_zone(sources=["X1"]), "feature 'zone-2017': sources: unknown id 'X1': .* add it to sources.csv"),
        (ZONE, swap, "feature 'zone-2017': geometry: .* looks like latitude, longitude: write longitude first"),
        (ZONE, drop_note, "every row: note: missing: give a value, or null if it is unknown"),
        (ZONE, lambda document: document.update(name="zone"), "collection: name: unknown key: remove it"),
        ("m4.geojson", lambda document: document.update(crs="EPSG:32637"), "collection: crs: 'EPSG:32637': save .*"),
        ("m5.geojson", grow, "geometry: 200002 vertices: write at most 200000"),
    ],
)
def test_a_fault_is_one_line_with_its_place_and_its_repair(layers_copy, name, change, line):
    layers_copy.edit(name, change)
    [found] = problems(layers_copy.folder)
    assert re.fullmatch(f"{re.escape(name)}: {line}", found)


@pytest.mark.parametrize(
    ("name", "old", "new", "line"),
    [
        ("joint_patrols.csv", ",16,2020-06-10,trumba,muhambal,", ",16,2020-06-10,trumba,atlantis,",
         "joint_patrols.csv: feature 'patrol-16': to_place: unknown id 'atlantis': correct it, or add it to places."),
        ("joint_patrols.csv", ",16,2020-06-10,", ",016,2020-06-10,",
         r"joint_patrols.csv: line \d+, row 'patrol-16': number: '016': write a whole number in digits, "),
        ("agreement.toml", '"ain-al-hawr"', '"atlantis"', "agreement.toml: patrols: to_place: unknown id 'atlantis'"),
        ("agreement.toml", 'name = "idlib_m4"', 'name = "idlib_m4"\nlayers = ["m4", "rivers"]',
         "agreement.toml: map: layers: unknown layer 'rivers': known are basemap, "),
        ("agreement.toml", 'name = "idlib_m4"', 'name = "idlib_m4"\nlayers = ["m4"]',
         "m5.geojson: file: this layer is not listed: add it to map.layers in agreement.toml, or remove the file"),
        ("agreement.toml", 'name = "idlib_m4"', 'name = "idlib_m4"\narea_deg = [36.0, 35.0, 36.2, 36.2]',
         "deescalation_zone.geojson: feature 'zone-2017': geometry: .* is outside the area .* longitude 36 to 36.2,"),
    ],
)  # fmt: skip
def test_a_wrong_text_is_refused_with_its_place_and_its_repair(layers_copy, name, old, new, line):
    layers_copy.replace(name, old, new)
    assert [found for found in problems(layers_copy.folder) if re.match(line, found)]


def test_a_missing_file_is_one_line(layers_copy):
    (layers_copy.folder / "m5.geojson").unlink()
    assert problems(layers_copy.folder) == [f"m5.geojson: file: missing: add it to {layers_copy.folder}"]


def test_a_folder_may_lack_translations_unless_its_agreement_lists_them(layers_copy):
    (layers_copy.folder / "translations.csv").unlink()
    names = [name for name in read_layers(layers_copy.folder) if name != "m4"]
    layers_copy.replace("agreement.toml", "[map]\n", f"[map]\nlayers = {json.dumps([*names, 'translations'])}\n")
    assert problems(layers_copy.folder) == [f"translations.csv: file: missing: add it to {layers_copy.folder}"]


@pytest.mark.parametrize("typo", ["half_width", "layer", "area_deg = [38, 34, 35, 37]\nname", None])
def test_a_fault_of_the_agreement_is_reported_alone(tmp_path, typo):
    """Without the agreement, neither the layers of the folder nor their area are known."""
    shutil.copytree(LAYERS_DIR / "examples" / "m5", tmp_path / "m5")
    path = tmp_path / "m5" / "agreement.toml"
    old = {"half_width": "half_width_m", "layer": "layers"}.get(typo, "name")
    text = path.read_text(encoding="utf-8")
    path.unlink()
    if typo:
        path.write_text(re.sub(rf"^{old}\b", typo, text, flags=re.MULTILINE), encoding="utf-8")
    found = problems(tmp_path / "m5")
    assert {line.partition(": ")[0] for line in found} == {"agreement.toml"}
    assert len(found) <= 2  # a misspelt key is unknown, and the right one may be missing


def test_a_folder_is_read_as_far_as_it_can_be_and_every_file_with_a_fault_is_named(layers_copy, layers):
    layers_copy.write("m5.geojson", '{"type": "FeatureCollection",\n"features": [,]}')
    layers_copy.edit("places.geojson", lambda doc: doc["features"][0]["properties"].update(grade="Z9"))
    layers_copy.write("agreement.toml", "= 1")
    found = read_folder(layers_copy.folder)
    assert [problem.file for problem in found.problems] == ["agreement.toml", "m5.geojson", "places.geojson"]
    assert "m5.geojson: line 2: JSON: " in str(found.problems[1])
    assert (found.terms, found.terms_file) == (None, None)
    assert list(found.by_name) == list(layers)
    assert found.by_name["m5"].features == ()
    assert len(found.by_name["places"].features) == len(layers["places"].features) - 1
    assert found.by_name["m4"].features == layers["m4"].features


def test_faults_between_files_are_judged_with_another_layer_in_place_of_one(layers):
    found = read_folder(LAYERS_DIR)
    assert (found.by_name, found.terms, found.terms_file) == (layers.by_name, layers.agreement, layers.agreement_file)
    assert (found.problems, found.reference_problems()) == ((), [])
    places = layers["places"]
    rest = tuple(row for row in places.features if row.properties.id != "trumba")
    faults = found.reference_problems(dataclasses.replace(places, features=rest))
    rules = {(problem.file, problem.rule) for problem in faults}
    assert {("joint_patrols.csv", "from_place"), ("agreement.toml", "from_place")} <= rules
    assert found.by_name["places"] == places

import dataclasses
import re
import shutil

import pytest

from geo.errors import DataError
from geo.inputs.catalog import LAYERS
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import layer_text, read_folder, read_layers


def problems(layers_copy):
    with pytest.raises(DataError) as caught:
        read_layers(layers_copy.folder)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.name)
def test_every_shipped_file_reads_and_writes_to_the_same_bytes(layers, spec):
    assert layer_text(layers[spec.name]).encode() == (LAYERS_DIR / spec.file).read_bytes()


def test_no_candidate_position_is_taken_for_a_post(layers):
    candidates = {(36.96776, 36.28344), (36.98137, 36.00125), (36.44885, 35.77307)}
    posts = layers["observation_posts"].features
    assert not candidates & {post.geometry.coords[0] for post in posts if post.geometry}


def test_the_three_places_called_ain_al_hawr_stand_side_by_side(layers):
    found = [place for place in layers["places"].features if place.properties.id in
             {"ain-al-hawr", "ain-al-hawr-near-badama", "al-hawr"}]  # fmt: skip
    assert {place.geometry.coords[0] for place in found} == {
        (36.16424, 35.77754), (36.18403, 35.83889), (36.12516, 35.71284),
    }  # fmt: skip


def test_twenty_five_patrols_are_numbered_and_dated_and_number_23_is_not_dated(layers):
    patrols = [patrol.properties for patrol in layers["joint_patrols"].features]
    dated = [patrol.number for patrol in patrols if patrol.number and patrol.date]
    assert sorted(dated) == [n for n in range(1, 27) if n != 23]
    [unknown] = [patrol for patrol in patrols if patrol.number == 23]
    assert (unknown.date, unknown.from_place, unknown.to_place, unknown.grade) == (None, None, None, "F6")


def test_a_missing_file_is_one_line(layers_copy):
    (layers_copy.folder / "m5.geojson").unlink()
    [line] = problems(layers_copy)
    assert line.startswith("m5.geojson: file: missing: add it to ")


def test_an_unknown_key_is_one_line_that_lists_the_known_ones(layers_copy):
    layers_copy.edit("deescalation_zone.geojson", lambda doc: doc["features"][0]["properties"].update(color="red"))
    [line] = problems(layers_copy)
    assert line.startswith(
        "deescalation_zone.geojson: feature 'zone-2017': color: unknown key: remove it; known are id, "
    )


def test_a_duplicate_id_is_one_line(layers_copy):
    layers_copy.replace("deescalation_zone.geojson", '"id": "zone-2018-09"', '"id": "zone-2017"')
    assert problems(layers_copy) == [
        "deescalation_zone.geojson: feature 'zone-2017': id: duplicate id (2 features): ids must be unique"
    ]


def test_a_patrol_to_a_place_that_is_not_there_is_one_line(layers_copy):
    text = layers_copy.text("joint_patrols.csv")
    layers_copy.write(
        "joint_patrols.csv", text.replace(",16,2020-06-10,trumba,muhambal,", ",16,2020-06-10,trumba,atlantis,")
    )
    assert problems(layers_copy) == [
        "joint_patrols.csv: feature 'patrol-16': to_place: unknown id 'atlantis': "
        "correct it, or add it to places.geojson"
    ]


def test_a_cell_that_reading_would_change_is_one_line(layers_copy):
    text = layers_copy.text("joint_patrols.csv")
    layers_copy.write("joint_patrols.csv", text.replace(",16,2020-06-10,", ",016,2020-06-10,"))
    [line] = problems(layers_copy)
    assert line.endswith(
        "row 'patrol-16': number: '016': write a whole number in digits, without quotes, decimals or leading zeros"
    )


def test_problems_of_all_files_are_told_in_one_run(layers_copy):
    layers_copy.write("m5.geojson", "{")
    layers_copy.edit("places.geojson", lambda doc: doc["features"][0]["properties"].update(grade="Z9"))
    layers_copy.write("agreement.toml", "= 1")
    assert [line.split(":")[0] for line in problems(layers_copy)] == ["agreement.toml", "m5.geojson", "places.geojson"]


def test_swapped_coordinates_are_recognised(layers_copy):
    def swap(document):
        zone = document["features"][0]["geometry"]
        zone["coordinates"] = [[position[::-1] for position in ring] for ring in zone["coordinates"]]

    layers_copy.edit("deescalation_zone.geojson", swap)
    [line] = problems(layers_copy)
    assert "looks like latitude, longitude: write longitude first" in line


def test_a_file_of_too_many_vertices_is_one_line(layers_copy):
    line = [[36.5 + step / 1e6, 35.5] for step in range(100_001)]

    def grow(document):
        for feature in document["features"]:
            feature["geometry"]["coordinates"] = line

    layers_copy.edit("m5.geojson", grow)
    assert problems(layers_copy) == ["m5.geojson: geometry: 200002 vertices: write at most 200000"]


def test_members_of_a_collection_are_closed_too(layers_copy):
    layers_copy.edit("m4.geojson", lambda doc: doc.update(crs="EPSG:32637"))
    layers_copy.edit("places.geojson", lambda doc: doc.update(name="places"))
    assert [line.split(": ")[:3] for line in problems(layers_copy)] == [
        ["m4.geojson", "collection", "crs"],
        ["places.geojson", "collection", "name"],
    ]


def test_a_folder_without_faults_is_read_as_its_layers(layers):
    found = read_folder(LAYERS_DIR)
    assert (found.by_name, found.terms, found.terms_file) == (layers.by_name, layers.agreement, layers.agreement_file)
    assert (found.problems, found.reference_problems()) == ((), [])


def test_a_folder_is_read_as_far_as_it_can_be(layers_copy, layers):
    layers_copy.write("m5.geojson", "{")
    layers_copy.edit("places.geojson", lambda doc: doc["features"][0]["properties"].update(grade="Z9"))
    layers_copy.write("agreement.toml", "= 1")
    found = read_folder(layers_copy.folder)
    assert [problem.file for problem in found.problems] == ["agreement.toml", "m5.geojson", "places.geojson"]
    assert (found.terms, found.terms_file) == (None, None)
    assert list(found.by_name) == list(layers)
    assert found.by_name["m5"].features == ()
    assert len(found.by_name["places"].features) == len(layers["places"].features) - 1
    assert found.by_name["m4"].features == layers["m4"].features


def test_faults_between_files_are_judged_with_another_layer_in_place_of_one(layers):
    found = read_folder(LAYERS_DIR)
    places = layers["places"]
    without = dataclasses.replace(
        places, features=tuple(row for row in places.features if row.properties.id != "trumba")
    )
    told = {(problem.file, problem.rule) for problem in found.reference_problems(without)}
    assert {("joint_patrols.csv", "from_place"), ("agreement.toml", "from_place")} <= told
    assert found.reference_problems(places) == []
    assert found.by_name["places"] == places


def test_a_layer_that_the_map_does_not_list_is_told_and_not_left_out_in_silence(layers_copy):
    listed = 'name = "idlib_m4"\nlayers = ["places", "sources", "m4", "roads"]'
    layers_copy.replace("agreement.toml", 'name = "idlib_m4"', listed)
    found = problems(layers_copy)
    assert any(line.startswith("agreement.toml: map: layers: unknown layer 'roads'") for line in found)
    assert any(line.startswith("m5.geojson: file: this layer is not listed") for line in found)


def test_a_column_that_every_row_lacks_is_one_line(layers_copy):
    def drop(document):
        for feature in document["features"]:
            del feature["properties"]["note"]

    layers_copy.edit("places.geojson", drop)
    assert problems(layers_copy) == ["places.geojson: every row: note: missing: give a value, or null if it is unknown"]


@pytest.mark.parametrize("typo", ["half_width", "layer", "area_deg = [38, 34, 35, 37]\nname", None])
def test_a_fault_of_the_agreement_is_reported_alone(tmp_path, typo):
    """Without the agreement, neither the layers of the folder nor their area are known."""
    shutil.copytree(LAYERS_DIR / "examples" / "m5", tmp_path / "m5")
    path = tmp_path / "m5" / "agreement.toml"
    old = {"half_width": "half_width_m", "layer": "layers", None: None}.get(typo, "name")
    text = path.read_text(encoding="utf-8")
    path.unlink()
    if typo:
        path.write_text(re.sub(rf"^{old}\b", typo, text, flags=re.MULTILINE), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_layers(tmp_path / "m5")
    assert {problem.file for problem in caught.value.problems} == {"agreement.toml"}
    assert len(caught.value.problems) <= 2  # a misspelt key is unknown, and the right one may be missing

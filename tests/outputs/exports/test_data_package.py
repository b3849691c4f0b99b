import json
from functools import cache
from importlib.resources import files

import frictionless
import pytest

from geo.inputs.files import LAYERS_DIR, digest_of
from geo.inputs.layers import read_layers
from geo.outputs.exports.tables import tables_of
from tests.outputs.conftest import BUILD, DATED, HOSTILE
from tests.outputs.read_back import is_licence, read_back


@cache
def profile():
    """The profile of Data Package version 2, as dplib brings it along; nothing is fetched."""
    return json.loads((files("dplib") / "profiles" / "2.0" / "datapackage.json").read_text())


def document_of(published):
    return json.loads(published["datapackage.json"].content)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_arguments, **_how):
        raise OSError("a test of the data package asked for the network")

    monkeypatch.setattr("socket.create_connection", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)


def faults_of(published):
    report = frictionless.Package(str(published.folder / "datapackage.json")).validate()
    assert report.stats["tasks"] == len(document_of(published)["resources"])
    return report.flatten(["name", "rowNumber", "fieldName", "type", "message"])


def test_it_is_valid_by_the_profile_of_version_2(published, hostile):
    import jsonschema  # takes two seconds to load, which collecting tests should not

    validator = jsonschema.validators.validator_for(profile())(profile())
    for one in (published, hostile):
        assert [error.message for error in validator.iter_errors(document_of(one))] == []


@pytest.mark.usefixtures("no_network")
def test_frictionless_finds_every_file_as_described_and_every_cell_as_its_schema_says(published, hostile):
    assert faults_of(published) == []
    assert faults_of(hostile) == []


@pytest.mark.usefixtures("no_network")
def test_frictionless_would_find_a_cell_that_breaks_its_schema(published, tmp_path):
    content = published["data/places.csv"].content.replace(b",B3,", b",Z9,", 1)
    assert content != published["data/places.csv"].content
    [resource] = [one for one in document_of(published)["resources"] if one["path"] == "data/places.csv"]
    (tmp_path / "places.csv").write_bytes(content)
    own = {**resource, "path": "places.csv", "bytes": len(content), "hash": f"sha256:{digest_of(content)}"}
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "spoilt", "resources": [own]}))
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert report.flatten(["fieldName", "type"]) == [["grade", "constraint-error"]]


def test_every_data_file_is_described_with_its_size_and_digest(published):
    resources = {one["path"]: one for one in document_of(published)["resources"]}
    names = {output.name for output in published.outputs if not is_licence(output.name)}
    assert set(resources) == names - {"datapackage.json"}
    for path, resource in resources.items():
        content = (published.folder / path).read_bytes()
        assert (resource["bytes"], resource["hash"]) == (len(content), f"sha256:{digest_of(content)}")
    names = [one["name"] for one in resources.values()]
    assert len(set(names)) == len(names)


def test_every_column_of_a_csv_file_is_described_in_its_order(published):
    for resource in document_of(published)["resources"]:
        if resource["format"] == "csv":
            header = (published.folder / resource["path"]).read_text(encoding="utf-8").partition("\n")[0]
            assert [field["name"] for field in resource["schema"]["fields"]] == header.split(","), resource["path"]


def test_a_file_has_the_licences_of_its_layers_and_no_others(published, shipped):
    tables = {table.name: table for table in tables_of(shipped)}
    outputs = [output for output in published.outputs if not is_licence(output.name)]
    for output, resource in zip(outputs, document_of(published)["resources"], strict=False):
        own = [tables[name] for name in output.rows] or list(tables.values())
        assert {one["name"] for one in resource["licenses"]} == {
            credit.licence.id for table in own for credit in table.credits
        }, output.name
        holders = {source["title"] for source in resource["sources"]}
        assert ("OpenStreetMap contributors" in holders) == any(table.is_from_openstreetmap for table in own)


def test_it_carries_the_build_and_reads_no_clock(published):
    found = document_of(published)
    assert (found["version"], found["build"], found["data_as_of"]) == (BUILD, BUILD, DATED)
    assert "created" not in found


def test_every_source_of_the_map_is_named(published, layers):
    assert len(document_of(published)["sources"]) == len(layers["sources"].features)


def test_hostile_text_is_text(hostile):
    assert document_of(hostile)["title"] == HOSTILE


@pytest.mark.parametrize("folder", sorted((LAYERS_DIR / "examples").iterdir()), ids=lambda folder: folder.name)
@pytest.mark.usefixtures("no_network")
def test_a_folder_with_fewer_layers_is_published_as_well(folder, publish_in):
    from geo.history.derive import derive

    layers = read_layers(folder)
    found = publish_in(layers, derive(layers))
    for output in found.outputs:
        assert is_licence(output.name) or read_back(output)[1] == output.rows, output.name
    assert faults_of(found) == []
    assert found.path(".gpkg").stem == found.path(".kml").stem == layers.agreement.map.name


def columns_of(published, layer):
    [resource] = [one for one in document_of(published)["resources"] if one["path"] == f"data/{layer}.csv"]
    return {field["name"]: field for field in resource["schema"]["fields"]}


def test_types_constraints_and_meanings_are_those_of_the_records(published):
    columns = columns_of(published, "observation_posts")
    assert columns["number"]["type"] == "integer"
    assert columns["number"]["constraints"] == {"maximum": 12, "minimum": 1}
    assert columns["grade"]["constraints"] == {"pattern": "^[A-F][1-6]$", "required": True}
    assert columns["kind"]["constraints"]["enum"] == ["official", "additional"]
    assert columns["precision_m"]["unit"] == "m"
    assert columns["governorate"]["description"] == "Governorate"


def test_a_date_may_be_a_day_a_month_or_a_year(published):
    date = columns_of(published, "timeline")["date"]
    assert date["type"] == "string"
    assert date["constraints"]["pattern"] == r"^\d{4}(-\d{2}(-\d{2})?)?$"


def test_points_are_two_numbers_and_lines_are_text(published):
    points, lines = (columns_of(published, name) for name in ("places", "m4"))
    assert [points[name]["type"] for name in ("longitude", "latitude")] == ["number", "number"]
    assert lines["WKT"]["type"] == "string"


def test_every_table_has_the_id_as_its_key_and_ends_with_the_build(published):
    schemas = [one["schema"] for one in document_of(published)["resources"] if one["format"] == "csv"]
    assert len(schemas) >= 17
    for schema in schemas:
        assert schema["primaryKey"] == ["id"]
        assert schema["fields"][-1]["name"] == "build"

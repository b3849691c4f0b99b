import json
from dataclasses import replace

import pytest

from geo.outputs.formats import FORMATS, outputs_of
from tests.outputs.read_back import read_back

BUILD = "0123456789ab"


@pytest.fixture(scope="module")
def build(shipped):
    told = []
    return replace(shipped, build_id=BUILD, data_as_of="2024-12-03", languages=["fr"], report=told.append)


@pytest.fixture(scope="module")
def outputs(build):
    """Return every file of every format but the figures, which take long to draw."""
    return outputs_of(build, [name for name in FORMATS if name != "figures"])


def test_no_two_files_have_one_name(outputs):
    names = [output.name for output in outputs]
    assert len(set(names)) == len(names)


def test_the_data_package_describes_every_file_but_the_page_and_itself(outputs):
    [package] = [output for output in outputs if output.name == "datapackage.json"]
    described = {resource["path"] for resource in json.loads(package.content)["resources"]}
    assert described == {output.name for output in outputs} - {"index.html", "datapackage.json"}


def test_the_data_package_leaves_the_figures_out(full_build):
    package = json.loads((full_build / "datapackage.json").read_text(encoding="utf-8"))
    assert not [resource["path"] for resource in package["resources"] if resource["path"].startswith("figures")]


def test_the_page_comes_last_and_names_what_is_published_beside_it(outputs):
    assert outputs[-1].name == "index.html"
    assert '"contentUrl":"datapackage.json"' in outputs[-1].content.decode()


def test_without_data_there_is_no_data_package(build):
    assert [output.name for output in outputs_of(build, ["page", "kml"])] == ["idlib_m4.kml", "index.html"]


def test_each_step_is_reported_as_it_begins(build):
    begun = build.report.__self__
    begun.clear()
    outputs_of(build, ["data", "page"])
    assert begun == ["Writing: data", "Writing: page"]


def without_rows(frame):
    return frame.iloc[:0]


def without_places(frame):
    return frame.set_geometry([None] * len(frame), crs=frame.crs)


@pytest.mark.parametrize("emptied", [without_rows, without_places])
def test_a_drawn_layer_of_which_nothing_can_be_drawn_is_written_in_every_format(build, emptied):
    layers = {**build.derived.layers, "claims": emptied(build.derived.layers["claims"])}
    other = replace(build, derived=replace(build.derived, layers=layers))
    for output in outputs_of(other, ["data", "gpkg", "kml", "parquet"]):
        if "claims" in output.rows:
            assert read_back(output)[1] == output.rows
            assert output.rows["claims"] == len(layers["claims"])

import csv
import io
import json
import warnings
from dataclasses import replace

import pytest

from geo.inputs.catalog import CATALOGUE, GROUND, LayerSpec
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import layer_text
from geo.outputs.data import data_files
from geo.outputs.figures import figure_files
from geo.outputs.formats import FORMATS, outputs_of
from geo.outputs.output import Output
from tests.outputs.read_back import is_licence, read_back

BUILD = "0123456789ab"


@pytest.fixture(scope="module")
def build(shipped):
    return replace(shipped, build_id=BUILD, data_as_of="2024-12-03", languages=["fr"])


@pytest.fixture(scope="module")
def outputs(build):
    """Return every file of every format but the figures, which take long to draw."""
    return {output.name: output for output in outputs_of(build, [name for name in FORMATS if name != "figures"])}


@pytest.fixture(scope="module")
def texts(outputs):
    return {name: output.content.decode() for name, output in outputs.items() if name.startswith("data/")}


# ---- Files of every format. ----


def test_every_file_carries_the_build_id_and_says_how_many_rows_went_in(outputs):
    for name, output in outputs.items():
        if name not in ("index.html", "datapackage.json") and not is_licence(name):
            assert read_back(output) == ({BUILD}, output.rows or {}), name


def test_the_data_package_describes_every_file_but_the_page_the_figures_and_itself(outputs, full_build):
    package = json.loads(outputs["datapackage.json"].content)
    described = {resource["path"] for resource in package["resources"]}
    assert described == {name for name in outputs if not is_licence(name)} - {"index.html", "datapackage.json"}
    package = json.loads((full_build / "datapackage.json").read_text(encoding="utf-8"))
    assert not [resource["path"] for resource in package["resources"] if resource["path"].startswith("figures")]


def test_the_page_comes_last_and_names_what_is_published_beside_it(outputs):
    assert list(outputs)[-1] == "index.html"
    assert '"contentUrl":"datapackage.json"' in outputs["index.html"].content.decode()


def test_each_step_is_reported_as_it_begins_and_without_data_there_is_no_data_package(build):
    told = []
    written = outputs_of(replace(build, report=told.append), ["page", "kml"])
    assert told == ["Writing: kml", "Writing: page"]
    assert [output.name for output in written] == ["idlib_m4.kml", "index.html"]


def without_rows(frame):
    return frame.iloc[:0]


def without_places(frame):
    return frame.set_geometry([None] * len(frame), crs=frame.crs)


@pytest.mark.parametrize("emptied", [without_rows, without_places])
def test_a_layer_of_which_nothing_can_be_drawn_is_written_in_every_format(build, emptied):
    layers = {**build.derived.layers, "claims": emptied(build.derived.layers["claims"])}
    other = replace(build, derived=replace(build.derived, layers=layers))
    for output in outputs_of(other, ["data", "gpkg", "kml", "parquet"]):
        if "claims" in (output.rows or {}):
            assert read_back(output)[1] == output.rows
            assert output.rows["claims"] == len(layers["claims"])


# ---- Data files. ----


def test_every_layer_and_every_computed_geometry_is_a_file_and_all_but_the_ground_a_table_too(texts):
    files = [spec.file if isinstance(spec, LayerSpec) else f"{spec.name}.geojson" for spec in CATALOGUE]
    tables = [file for file in files if file.endswith(".geojson") and file.removesuffix(".geojson") not in GROUND]
    twins = [file.replace(".geojson", ".csv") for file in tables]
    assert [name for name in texts if not is_licence(name)] == [
        f"data/{file}" for file in (*files, *twins, "facts.json")
    ]


def test_a_licence_that_must_go_along_is_beside_the_data_word_for_word(texts):
    [name] = filter(is_licence, texts)
    assert name == "data/LGPL-3.0-or-later.txt"
    assert texts[name] == (LAYERS_DIR / "licences" / "LGPL-3.0-or-later.txt").read_text(encoding="utf-8")
    for title in ("GNU LESSER GENERAL PUBLIC LICENSE", "GNU GENERAL PUBLIC LICENSE"):
        assert title in texts[name]


def test_the_published_corridor_has_eight_decimals(texts):
    corridor = json.loads(texts["data/corridor.geojson"])
    lon = corridor["features"][0]["geometry"]["coordinates"][0][0][0]
    assert lon == round(lon, 8) != round(lon, 6)


def test_but_for_the_build_id_a_published_layer_is_the_layer(layers, texts):
    assert texts["data/m4.geojson"].replace(f'"build": "{BUILD}", ', "") == layer_text(layers["m4"])
    lines = [line.rpartition(",")[::2] for line in texts["data/joint_patrols.csv"].splitlines()]
    assert {mark for _, mark in lines} == {"build", BUILD}
    assert "".join(f"{line}\n" for line, _ in lines) == layer_text(layers["joint_patrols"])


def test_the_computed_figures_are_published_with_how_they_were_computed(build, texts):
    facts = json.loads(texts["data/facts.json"])
    assert [figure["id"] for figure in facts["figures"]] == [figure.id for figure in build.derived.facts.figures]
    assert all(figure["how"] for figure in facts["figures"])


# ---- Texts that others would take for something else. ----


@pytest.mark.parametrize(("name", "column"), [("sources", "title"), ("timeline", "note"), ("joint_patrols", "note")])
@pytest.mark.parametrize("text", ['=HYPERLINK("http://example.org")', "+1 wounded", "@everyone", "\uff1d1+1"])
def test_a_formula_in_a_table_is_guarded_in_its_published_csv(build, name, column, text):
    layer = build.layers[name]
    first, *others = sorted(layer.features, key=lambda feature: feature.properties.id)
    spoilt = replace(first, properties=first.properties.model_copy(update={column: text}))
    by_name = {**build.layers, name: replace(layer, features=(spoilt, *others))}
    written = {one.name: one for one in data_files(replace(build, layers=replace(build.layers, by_name=by_name)))}
    row = next(csv.DictReader(io.StringIO(written[f"data/{name}.csv"].content.decode(), newline="")))
    assert row[column] == f"'{text}"


def test_characters_that_a_font_lacks_are_named_once(build, monkeypatch):
    def drawn(_):
        for glyph in (26085, 26412, 26085):
            warnings.warn(f"Glyph {glyph} (\\N{{NAME}}) missing from font(s) DejaVu Sans.", stacklevel=1)
        warnings.warn("something else", DeprecationWarning, stacklevel=1)
        return iter([Output.of_text("figures/map.svg", "", {})])

    monkeypatch.setattr(figure_files, "figure_files", drawn)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert [one.name for one in outputs_of(build, ["figures"])] == ["figures/map.svg"]
    assert [str(one.message) for one in warned] == [
        "something else",
        "the fonts of the figures lack 日 (U+65E5), 本 (U+672C): drawn as a box",
    ]

"""A new agreement is a folder of layers: another road, other sides, other words, no code."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from geo.build import build
from geo.errors import DataError
from geo.geometry.nearest import nearest_points
from geo.history.classification import Classifier, Places
from geo.history.derive import derive
from geo.inputs.catalog import CATALOGUE, DerivedSpec, folder_catalogue
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import layer_text, read_layers
from geo.outputs.style import style_of

EXAMPLES = sorted(path for path in (LAYERS_DIR / "examples").iterdir() if path.is_dir())
M5 = LAYERS_DIR / "examples" / "m5"


@pytest.fixture(scope="module")
def m5():
    return read_layers(M5)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("m5") / "map"
    build(M5, out, formats=["page", "data"])
    return out


def page_data(out):
    text = (out / "index.html").read_text(encoding="utf-8")
    return json.loads(text.split('id="data">', 1)[1].split("</script>", 1)[0])


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_every_example_is_valid_canonical_and_makes_a_map(folder, tmp_path):
    layers = read_layers(folder)
    for layer in layers.values():
        assert layer_text(layer) == (folder / layer.spec.file).read_text(encoding="utf-8")
    assert build(folder, tmp_path / "map", formats=["page", "data"]).stat().st_size > 100_000


def test_the_facts_of_the_example_are_rows_of_the_layers_word_for_word(m5, layers):
    for name, layer in m5.items():
        known = {row.properties.id: row for row in layers[name].features}
        assert layer.features, name
        assert [row for row in layer.features if row != known[row.properties.id]] == [], name


def test_the_example_says_in_every_language_that_nobody_agreed_on_it(m5, built):
    remark = m5.agreement.map.remark
    texts = page_data(built)["texts"]
    assert {language: own["page.remark"] for language, own in texts.items()} == remark.model_dump()
    assert "not an agreement" in remark.en


def test_the_corridor_of_the_m5_is_six_km_on_each_side_east_and_west(m5):
    derived = derive(m5)
    whole, east, west = derived.layers["corridor"].geometry
    [road] = derived.layers["centreline"].geometry
    at = nearest_points(road, shapely.get_coordinates(whole)[::50])
    assert abs(at.distance_m - 6000).max() < 0.01
    assert east.centroid.x > road.centroid.x > west.centroid.x
    assert east.area + west.area == pytest.approx(whole.area)


def test_the_page_of_the_m5_speaks_of_the_m5(built):
    data = page_data(built)
    english = data["texts"]["en"]
    assert {layer["name"]: layer["title"] for layer in data["layers"]}["m5"] == "M5 motorway"
    assert data["texts"]["tr"]["layer.m5"] == "M5 otoyolu"
    assert english["symbol.centreline."] == "Khan Shaykhun to Aleppo"
    words = json.dumps([data["layers"], data["facts"], data["texts"]], ensure_ascii=False)
    assert [word for word in ("Trumba", "Ain al-Hawr", "{road}", "{start}", "{end}") if word in words] == []
    # Of the M4 it says only that the depth is taken from there.
    assert {key for key, text in english.items() if "M4" in text} == {"page.remark", "about.shows_text"}
    corridor = next(layer for layer in data["layers"] if layer["name"] == "corridor")
    assert list(corridor["symbols"]) == ["east", "west"]


def test_only_the_layers_of_the_folder_are_published(built, m5):
    names = {path.stem for path in (built / "data").iterdir()} - {"facts", "LGPL-3.0-or-later"}
    assert names == {*m5, "corridor", "road_centreline", "centreline"}
    assert {spec.name for spec in m5.catalogue} == names


def test_figures_count_only_what_the_folder_holds(m5):
    ids = {figure.id for figure in derive(m5).facts.figures}
    assert ids == {
        "stretch_length",
        "corridor_area",
        "corridor_east_area",
        "corridor_west_area",
        "zone_2017_area",
        "zone_2018-09_area",
    }


def test_a_map_goes_into_a_folder_of_its_own_name(tmp_path):
    script = (
        "import sys; from pathlib import Path; from geo import build\n"
        "build.MAPS_DIR = Path(sys.argv[1]); print(build.build(Path(sys.argv[2]), formats=['data']))"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path, M5], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'm5_illustration'}\n"), done.stderr


def test_shipped_layers_keep_the_whole_catalogue(layers):
    assert [spec.name for spec in layers.catalogue] == [spec.name for spec in CATALOGUE]


def test_what_a_folder_has_nothing_for_is_not_in_its_catalogue(m5):
    made = [spec.name for spec in m5.catalogue if isinstance(spec, DerivedSpec)]
    assert made == ["corridor", "road_centreline", "centreline"]


def test_a_geometry_of_the_road_reads_back_from_the_published_file(built):
    document = json.loads((built / "data" / "centreline.geojson").read_text(encoding="utf-8"))
    [road] = document["features"]
    assert road["properties"]["name_en"] == "M5, Khan Shaykhun to Aleppo"
    assert shape(road["geometry"]).geom_type == "LineString"


def test_incidents_are_told_by_the_sides_of_the_road(m5):
    places = Places(np.array([36.75, 36.85]), np.array([35.9, 35.75]))  # west of the M5, and east of it
    found = Classifier.of(m5).columns(places)
    side = found["side"]
    assert [side.words[code] for code in side.codes] == ["west", "east"]
    assert [bool(metres > 0) for metres in found["distance_m"]] == [False, True]
    assert found["in_corridor"].dtype == bool


@pytest.mark.parametrize("named", ["north", "south"])
def test_sides_that_the_road_does_not_have_are_refused(m5, named):
    pair = {"north": ("north", "south"), "south": ("south", "north")}[named]
    sides = [term.model_copy(update={"side": side}) for term, side in zip(m5.agreement.sides, pair, strict=True)]
    wrong = dataclasses.replace(m5, agreement=m5.agreement.model_copy(update={"sides": tuple(sides)}))
    with pytest.raises(DataError, match="of a road whose sides are east and west"):
        derive(wrong)


def test_the_m4_may_stand_beside_another_road_and_then_looks_like_one_for_context(m5):
    terms = m5.agreement
    with_m4 = terms.model_copy(update={"map": terms.map.model_copy(update={"layers": (*terms.map.layers, "m4")})})
    looks = {spec.name: style_of(spec) for spec in folder_catalogue(with_m4, CATALOGUE)}
    shipped = {spec.name: style_of(spec) for spec in CATALOGUE}
    assert (looks["m4"], looks["m5"]) == (shipped["m5"], shipped["m4"])
    assert list(looks).index("m4") < list(looks).index("m5")

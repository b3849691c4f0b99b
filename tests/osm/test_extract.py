import bz2
import gzip
import os

import pytest

from geo.errors import OutputError, SnapshotError
from geo.inputs.files import LAYERS_DIR
from geo.osm.extract import read_extract
from geo.osm.ways import read_road, road_layer
from tests.overpass import KEPT, OSM_BASE, elements, write_extract

FORMATS = ("a.osm", "a.osm.gz", "a.osm.bz2", "a.osm.pbf")
# Names of the same files that say nothing of the format, or something else.
OTHER_NAMES = {
    "a.osm": ("a", "a.osm.bz2"),
    "a.osm.gz": ("A.OSM.GZ", "a.osm"),
    "a.osm.bz2": ("m4.bz2",),
    "a.osm.pbf": ("a.osm",),
}


@pytest.mark.parametrize("name", FORMATS)
def test_all_formats_hold_the_same_road(tmp_path, name):
    path = write_extract(tmp_path / name, elements())
    layer, _ = road_layer(read_extract(path), read_road(LAYERS_DIR))
    assert {feature.properties.osm_id for feature in layer.features} == {id_ for ids in KEPT.values() for id_ in ids}
    expected, _ = road_layer(read_extract(write_extract(tmp_path / "b.osm.pbf", elements())), read_road(LAYERS_DIR))
    assert layer.features == expected.features


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_is_that_of_the_content_whatever_the_name(tmp_path, name):
    content = write_extract(tmp_path / name, elements()).read_bytes()
    expected = read_extract(tmp_path / name)
    for other in OTHER_NAMES[name]:
        (tmp_path / "other").mkdir(exist_ok=True)
        (tmp_path / "other" / other).write_bytes(content)
        assert read_extract(tmp_path / "other" / other).equals(expected)


def test_extract_is_dated_by_its_header(tmp_path):
    pbf = write_extract(tmp_path / "a.osm.pbf", elements())
    xml = write_extract(tmp_path / "a.osm", elements())
    undated = write_extract(tmp_path / "b.osm.pbf", elements(), osm_base="")
    assert [read_extract(path).attrs["osm_base"] for path in (pbf, xml, undated)] == [OSM_BASE, "", ""]
    head, rest = xml.read_text(encoding="utf-8").split(">\n  <node", 1)
    xml.write_text(f'{head}><meta osm_base="{OSM_BASE}"/>\n  <node{rest}', encoding="utf-8")  # as Overpass writes it
    assert read_extract(xml).attrs["osm_base"] == OSM_BASE


def test_extract_was_retrieved_when_its_file_was_written(tmp_path):
    path = write_extract(tmp_path / "a.osm", elements())
    os.utime(path, (1_583_366_400, 1_583_366_400))
    assert read_extract(path).attrs["retrieved_at"].isoformat() == "2020-03-05T00:00:00+00:00"


def test_way_that_lacks_a_node_is_left_out(tmp_path):
    parts = elements()
    first = next(part for part in parts if part["id"] == 101)["nodes"][0]
    kept = [part for part in parts if part["id"] != first]
    whole, cut = (
        read_extract(write_extract(tmp_path / name, some)) for name, some in (("a.osm", parts), ("b.osm", kept))
    )
    assert set(whole["osm_id"]) - set(cut["osm_id"]) == {101}


@pytest.mark.parametrize("name", FORMATS)
def test_extract_that_was_cut_short_is_refused(tmp_path, name):
    whole = write_extract(tmp_path / f"whole-{name}", elements()).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(SnapshotError, match=r"damaged, cut short.*get the file again"):
        read_extract(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.osm", b"", "not an OpenStreetMap extract"),
        ("a.osm", b"<gpx/>", "not an OpenStreetMap extract"),
        ("a.osm.pbf", b'<OGRVRTDataset><OGRVRTLayer name="lines"/></OGRVRTDataset>', "not an OpenStreetMap extract"),
        ("a.zip", b"PK\x03\x04", "not an OpenStreetMap extract"),
        ("a.json", b'{"version": 0.6, "elements": []}', "JSON, such as GeoJSON or an answer of Overpass"),
        ("a.osm", b'{"type": "FeatureCollection", "features": []}', "JSON, such as GeoJSON or an answer of Overpass"),
        ("a.json.gz", gzip.compress(b'{"elements": []}'), "JSON, such as GeoJSON or an answer of Overpass"),
        ("a.osm.bz2", bz2.compress(b'{"elements": []}'), "JSON, such as GeoJSON or an answer of Overpass"),
        ("a", b"\xff\xe0\x04o5m2", "not an OpenStreetMap extract"),
        ("a.osm.gz", b"\x1f\x8b\x08\x00", "damaged, cut short"),
        ("b.osm.gz", gzip.compress(b"<osm/>")[:10] + b"\xff" * 20, "damaged, cut short"),
        ("a.osm.bz2", b"BZh9 and no more", "damaged, cut short"),
    ],
)
def test_other_file_is_refused_with_what_it_is_and_what_is_needed(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SnapshotError) as caught:
        read_extract(tmp_path / name)
    assert reason in str(caught.value)
    assert str(caught.value).endswith("OSM XML (.osm, .osm.gz, .osm.bz2) or PBF (.osm.pbf) is needed")


def test_file_that_cannot_be_opened_is_an_output_error(tmp_path):
    for path in (tmp_path / "none.osm", tmp_path):
        with pytest.raises(OutputError, match="cannot be read"):
            read_extract(path)

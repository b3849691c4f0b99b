import pytest

from geo.errors import OutputError, SnapshotError
from geo.inputs.osm_extract import UNKNOWN, instant, pbf_state, read_extract, utc, xml_state
from tests.overpass import KEPT, M4_ROAD, OSM_BASE, osm_pbf, osm_xml


def test_an_xml_extract_is_as_old_as_its_header_says(tmp_path):
    path = tmp_path / "a.osm"
    path.write_text('<osm><meta osm_base="2026-11-01T00:00:00Z"/><way id="1" timestamp="2020-01-01T00:00:00Z"/></osm>')
    assert xml_state(path) == "2026-11-01T00:00:00Z"


def test_without_a_header_the_newest_way_counts_and_is_said_so(tmp_path):
    path = tmp_path / "a.osm"
    path.write_text(
        '<osm><way id="1" timestamp="2020-01-01T00:00:00Z"/><way id="2" timestamp="2021-01-01T00:00:00Z"/></osm>'
    )
    assert xml_state(path) == "2021-01-01T00:00:00Z (newest way)"


def test_an_extract_without_any_time_is_unknown(tmp_path):
    path = tmp_path / "a.osm"
    path.write_text('<osm><way id="1"/></osm>')
    assert xml_state(path) == UNKNOWN
    (tmp_path / "a.pbf").write_bytes(osm_pbf(dated=False))
    assert pbf_state(tmp_path / "a.pbf") == UNKNOWN


@pytest.mark.parametrize("content", [b"", b"<VRT/>", b"\x00\x00\x00\x02\x0a\x00"])
def test_a_file_that_only_calls_itself_pbf_is_refused(tmp_path, content):
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(content)
    with pytest.raises((SnapshotError, LookupError)):
        pbf_state(path)


def test_times_are_written_as_openstreetmap_writes_them():
    assert utc(1793577599) == "2026-11-01T23:59:59Z"
    assert instant("2026-11-01T23:59:59Z") == "2026-11-01T23:59:59Z"
    assert instant("yesterday") == instant(None) == UNKNOWN


def test_both_kinds_of_extract_hold_the_same_ways_and_date(tmp_path):
    (tmp_path / "a.osm").write_bytes(osm_xml())
    (tmp_path / "a.osm.pbf").write_bytes(osm_pbf())
    (ways, state), (others, other_state) = (read_extract(tmp_path / name, M4_ROAD) for name in ("a.osm", "a.osm.pbf"))
    assert {way.osm_id for way in ways} == {id_ for ids in KEPT.values() for id_ in ids}
    assert sorted(ways, key=lambda way: way.osm_id) == sorted(others, key=lambda way: way.osm_id)
    assert state == other_state == OSM_BASE


def test_an_extract_that_is_damaged_is_refused_and_one_that_is_not_there_is_an_output_error(tmp_path):
    (tmp_path / "a.osm").write_bytes(osm_xml()[:900])
    with pytest.raises(SnapshotError, match="no usable OpenStreetMap data"):
        read_extract(tmp_path / "a.osm", M4_ROAD)
    with pytest.raises(OutputError, match="cannot be read"):
        read_extract(tmp_path / "none.osm", M4_ROAD)

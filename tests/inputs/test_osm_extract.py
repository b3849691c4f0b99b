import pytest

from geo.errors import SnapshotError
from geo.inputs.osm_extract import UNKNOWN, instant, pbf_state, utc, xml_state
from tests.overpass import osm_pbf


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

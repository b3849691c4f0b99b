"""GeoJSON tables of any size. All rows here are synthetic."""

import gzip
import json

import pytest

from geo.errors import DataError, OutputError
from geo.inputs.incident_geojson import open_geojson
from tests.incident_rows import collection, feature, numbers_of, refused_by, rows_of


def opened(path):
    return open_geojson(path, is_gzip=False)


def test_features_become_rows_with_their_properties_and_columns_of_all_of_them(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(collection(feature(36.5, 35.8, a=1, b="x"), feature(36.6, 35.9, a=2.5, c=[1, {"d": None}])))
    assert rows_of(opened(path)) == [
        {"a": 1.0, "b": "x", "c": None, "longitude": 36.5, "latitude": 35.8},
        {"a": 2.5, "b": None, "c": '[1, {"d": null}]', "longitude": 36.6, "latitude": 35.9},
    ]


def test_one_feature_a_line_is_read_too(tmp_path):
    (tmp_path / "a").write_text("\n".join(json.dumps(feature(36.5, 35.8, n=n)) for n in range(3)) + "\n")
    assert [row["n"] for row in rows_of(opened(tmp_path / "a"))] == [0, 1, 2]


def test_what_is_no_point_is_refused_with_its_number_and_a_null_geometry_has_no_coordinate(tmp_path):
    line = {**feature(0, 0), "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}
    (tmp_path / "a").write_text(
        collection(feature(36.5, 35.8), line, {"type": "Thing"}, {**feature(0, 0), "geometry": None})
    )
    source = opened(tmp_path / "a")
    assert refused_by(source) == [(2, "geometry is not a point"), (3, "not a feature")]
    assert rows_of(source)[1] == {"longitude": None, "latitude": None}


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-20], lambda text: text.replace("35.8", "35.8.1", 1), lambda _: "{"]
)
def test_geojson_that_is_cut_off_or_broken_is_refused_as_a_whole(tmp_path, spoil):
    text = collection(*(feature(36.5, 35.8, n=n) for n in range(20_000)))
    (tmp_path / "a").write_text(spoil(text))
    with pytest.raises(DataError, match=r"^a: GeoJSON: "):
        rows_of(opened(tmp_path / "a"))


def test_a_compressed_file_is_read_the_same_and_one_that_is_cut_is_refused(tmp_path):
    content = gzip.compress(collection(feature(36.5, 35.8, n=1)).encode())
    (tmp_path / "a").write_bytes(content)
    assert rows_of(open_geojson(tmp_path / "a", is_gzip=True)) == [{"n": 1, "longitude": 36.5, "latitude": 35.8}]
    (tmp_path / "a").write_bytes(content[:-12])
    with pytest.raises(DataError, match=r"^a: GeoJSON: "):
        open_geojson(tmp_path / "a", is_gzip=True)


def test_a_file_that_is_not_there_is_told_plainly(tmp_path):
    with pytest.raises(OutputError, match="none: cannot be read: "):
        opened(tmp_path / "none")


def test_many_features_come_in_several_batches_numbered_throughout(tmp_path):
    count = 20_000
    (tmp_path / "a").write_text(collection(*(feature(36.5, 35.8, n=n) for n in range(count))))
    source = opened(tmp_path / "a")
    assert numbers_of(source) == list(range(1, count + 1))
    assert len(list(source.batches())) > 1


def test_a_text_across_the_pieces_that_are_read_stays_whole(tmp_path):
    text = "مدينة" * 400_000  # longer than a piece, and no piece ends where a letter does
    (tmp_path / "a").write_text(json.dumps(feature(36.5, 35.8, name=text), ensure_ascii=False), encoding="utf-8")
    assert rows_of(opened(tmp_path / "a"))[0]["name"] == text


def test_a_property_named_longitude_is_kept_and_not_the_geometry(tmp_path):
    (tmp_path / "a").write_text(collection(feature(36.5, 35.8, longitude=1.5, latitude=2.5)))
    assert rows_of(opened(tmp_path / "a")) == [{"longitude": 1.5, "latitude": 2.5}]


def test_a_whole_number_of_more_than_64_bits_is_kept_as_its_digits(tmp_path):
    (tmp_path / "a").write_text(collection(feature(36.5, 35.8, n=10**30), feature(36.5, 35.8, n=1)))
    assert [row["n"] for row in rows_of(opened(tmp_path / "a"))] == [str(10**30), "1"]


def test_a_coordinate_beyond_every_number_is_infinite(tmp_path):
    (tmp_path / "a").write_text(collection(feature(10**400, 35.8)))
    assert rows_of(opened(tmp_path / "a"))[0]["longitude"] == float("inf")


@pytest.mark.parametrize("value", ["\ud800", ["\ud800"]])
def test_half_a_character_in_a_value_is_refused_with_its_number_and_its_report_can_be_written(tmp_path, value):
    (tmp_path / "a").write_text(collection(feature(36.5, 35.8, n="whole"), feature(36.5, 35.8, n=value)))
    source = opened(tmp_path / "a")
    assert refused_by(source) == [(2, "half a character in a text")]
    (refusal,) = next(source.batches())().refused
    assert r"\ud800" in refusal.found
    refusal.found.encode()


@pytest.mark.parametrize("levels", [50, 400, 700, 900])
def test_a_feature_nested_too_deeply_is_refused_with_its_number_and_its_report_can_be_written(tmp_path, levels):
    deep = "[" * levels + "]" * levels
    line = json.dumps({**feature(0, 0), "geometry": {"type": "LineString", "coordinates": "DEEP"}})
    rows = [json.dumps(feature(36.5, 35.8, n=value)) for value in (1, "DEEP")]
    (tmp_path / "a").write_text("\n".join([*rows, line]).replace('"DEEP"', deep))
    source = opened(tmp_path / "a")
    assert refused_by(source) == [(2, "nested more than 32 levels deep"), (3, "geometry is not a point")]
    assert len(rows_of(source)) == 1


@pytest.mark.parametrize("levels", [5_000, 200_000])
def test_geojson_nested_deeper_than_can_be_read_is_refused_as_a_whole(tmp_path, levels):
    (tmp_path / "a").write_text(collection(feature(36.5, 35.8, n=0)).replace('"n": 0', '"n": ' + "[" * levels, 1))
    with pytest.raises(DataError, match=r"^a: GeoJSON: nested more than 32 levels deep: [^\n]+$"):
        opened(tmp_path / "a")


def test_half_a_character_in_the_name_of_a_column_is_refused_in_one_line(tmp_path):
    (tmp_path / "a").write_text(collection(feature(36.5, 35.8, **{"\ud800": 1})))
    with pytest.raises(DataError, match=r"^a: columns: half a character in '\\ud800': mend the name$"):
        opened(tmp_path / "a")

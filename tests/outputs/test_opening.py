import csv

import pytest

from geo.outputs.opening import open_output
from geo.outputs.output import Found

PAGE = (
    '<meta name="build" content="{build}"><script type="application/json" id="data">'
    '{{"build_id": "{inner}", "sources": [{{}}, {{}}], "timeline": [], '
    '"layers": [{{"name": "posts", "features": [1, 2, 3]}}]}}</script>'
)


def test_a_collection_is_counted_by_its_features():
    text = b'{"type": "FeatureCollection", "build": "b1", "features": [\n1,\n2\n]}\n'
    assert open_output("data/posts.geojson", text) == Found(frozenset({"b1"}), {"posts": 2})


def test_a_table_is_counted_by_its_rows_not_by_its_lines():
    assert open_output("data/t.csv", b'id,note,build\na,"two\nlines",b1\nb,,b1\n') == Found(frozenset({"b1"}), {"t": 2})


def test_a_table_may_hold_an_outline_of_many_vertices_in_one_cell():
    text = f'WKT,build\n"{"0 0," * 50_000}",b1\n'.encode()
    before = csv.field_size_limit()
    assert open_output("data/t.csv", text) == Found(frozenset({"b1"}), {"t": 1})
    assert csv.field_size_limit() == before


def test_rows_of_two_builds_show():
    assert open_output("data/t.csv", b"id,build\na,b1\nb,b2\n").builds == {"b1", "b2"}


def test_a_page_is_counted_by_the_data_that_it_holds():
    page = PAGE.format(build="b1", inner="b1").encode()
    assert open_output("index.html", page) == Found(frozenset({"b1"}), {"posts": 3, "sources": 2, "timeline": 0})


def test_a_page_whose_head_and_data_are_of_two_builds_shows():
    page = PAGE.format(build="b1", inner="b2").encode()
    assert open_output("index.html", page).builds == {"b1", "b2"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data/posts.geojson", b'{"build": "b1", "features": [1, 2'),
        ("data/posts.geojson", b'{"features": []}'),
        ("data/posts.geojson", b"[]"),
        ("data/posts.geojson", b"\xff"),
        pytest.param("data/posts.geojson", b"[" * 100_000, id="deep"),
        ("data/t.csv", b""),
        ("data/t.csv", b"id,note\na,b\n"),
        ("data/t.csv", b"id,build\na\n"),
        ("data/t.csv", b'id,build\n"a'),
        ("data/facts.json", b"{}"),
        ("map.gpkg", b""),
        ("map.gpkg", b"SQLite format 3"),
        ("map.kml", b"<kml"),
        ("map.kml", b"<kml xmlns='http://www.opengis.net/kml/2.2'/>"),
        ("parquet/posts.parquet", b"PAR1"),
        ("index.html", b""),
        ("index.html", PAGE.format(build="b1", inner="b1")[:-20].encode()),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name, content):
    with pytest.raises(ValueError, match=r".+"):
        open_output(name, content)

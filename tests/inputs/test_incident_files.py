"""Tables of every format are opened by their content, and every row is read or rejected. All rows are synthetic."""

import csv
import gzip
import io
import json
import random
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo.errors import DataError, OutputError
from geo.inputs import incident_csv, incident_files
from geo.inputs.incident_columns import values_of
from geo.inputs.incident_files import open_incidents
from tests.incident_rows import collection, feature, numbers_of, plain, refused_by, rows_of

HEADER = b"id,latitude,longitude,note\n"
WRONG, NOT_TEXT = "wrong column count: {} instead of 4", incident_csv.NOT_TEXT


@pytest.fixture
def points():
    """Two points in the zone."""
    positions = gpd.points_from_xy([36.5, 36.6], [35.8, 35.9])
    return gpd.GeoDataFrame({"n": [1, 2]}, geometry=positions, crs=4326)


def test_a_name_that_says_something_else_does_not_matter(a_file, tmp_path):
    pq.write_table(pa.table({"lat": [35.8], "lon": [36.5]}), tmp_path / "parquet.csv")
    assert rows_of(open_incidents(tmp_path / "parquet.csv")) == [{"lat": 35.8, "lon": 36.5}]
    assert rows_of(open_incidents(a_file(collection(feature(36.5, 35.8)), "geojson.csv"))) == [
        {"longitude": 36.5, "latitude": 35.8}
    ]
    for name, content in (("csv.parquet", b"lat,lon\n1,2\n"), ("csv.json", gzip.compress(b"lat,lon\n1,2\n"))):
        assert rows_of(open_incidents(a_file(content, name))) == [{"lat": "1", "lon": "2"}]


def test_a_file_that_cannot_be_read_is_an_output_error(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(OutputError, match="cannot be read: "):
            open_incidents(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "header: no names of columns"),
        (b"lat,lon,a,a\n1,2,3,4\n", "two columns are called 'a'"),
        ("lat,lon\n".encode("utf-16"), "UTF-16 text: save it as UTF-8"),
        (b"lat,lon,\xff\n1,2,3\n", "a header that is not UTF-8"),
        (b"a,b\n1,2\n", "columns: the columns are a, b"),
        (b"\x1f\x8b\x08", "gzip: damaged or cut off"),
        (b"PAR1 and then nothing PAR1", "format: "),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel 97 .*: save it as .xlsx or CSV"),
        (b"\x00\x00\x27\x0a\x00\x00", "a shapefile: convert it to GeoPackage"),
        (b'<?xml version="1.0"?>\n<kml xmlns="x">', "KML: convert it to GeoPackage"),
        (b"\n<html><body><table>", "an HTML or XML page: open it in a spreadsheet"),
        (b"<TABLE border=1><tr>", "an HTML or XML page: open it in a spreadsheet"),
        (b"PK\x03\x04 and no more", "a damaged workbook or ZIP archive"),
        (b"SQLite format 3\0 and no more", "GeoPackage: damaged"),
        (b'{"error": "no access"}', 'neither GeoJSON nor rows of ACLED or UCDP: "no access"'),
        (b'{"status": 403, "message": "Forbidden", "data": null}', '"Forbidden"'),
        (b'{"type": "FeatureCollection", "features": [{"type"', "JSON: "),
        (b'{"type": "FeatureCollection", "features": ' + b"[" * 100_000, "nested too deeply"),
        ("lat,lon\n1,2\n".encode("utf-16-le"), "UTF-16 text: save it as UTF-8"),
        ("lat,lon\n1,2\n".encode("utf-16-be"), "UTF-16 text: save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a binary file of an unknown kind: convert it to CSV"),
        (b"\x03\x78\x03\x06\x01\0\0\0\x61\0" + b"\0" * 40, "a binary file of an unknown kind"),
        (b"a.csv" + b"\0" * 252 + b"ustar\0", "a binary file of an unknown kind"),
        (b"ARROW1\0\0", r"an Arrow \(Feather\) file: write it as Parquet"),
        (b"fgb\x03fgb\0", "FlatGeobuf: convert it to GeoPackage"),
        (b"\x28\xb5\x2f\xfd", "compressed by Zstandard: unpack it first"),
        (b"Rar!\x1a\x07", "a RAR archive: unpack it first"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer, .*git lfs pull"),
        (b'<?xml version="1.0"?><gpx version="1.1">', "GPX: convert it to GeoPackage"),
        (b"<wfs:FeatureCollection xmlns:wfs='x'>", "GML: convert it to GeoPackage"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "open it in a spreadsheet"),
        (b'{"status": 200, "count": 0, "data": []}', "JSON: no rows: check the request"),
        (b'{"TotalCount": 0, "Result": []}', "JSON: no rows: check the request"),
        (b"[]", "JSON: no rows"),
        (collection({**feature(0, 0), "geometry": {"type": "LineString", "coordinates": []}}).encode(),
         r"JSON: geometry is not a point \(1\): points are needed"),
        (b'{"features": [{"attributes": {}, "geometry": {"x": 1}}]}', r"JSON: not a feature \(1\)"),
    ],
    ids=range(36),
)  # fmt: skip
def test_another_file_is_refused_in_one_line_that_says_what_it_is(a_file, content, told):
    with pytest.raises(DataError, match=told) as refused:
        open_incidents(a_file(content))
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("events.csv", "a ZIP archive: unpack it first"),
        ("doc.kml", r"a zipped KML \(.kmz\): convert it to GeoPackage"),
        ("events/EVENTS.SHP", "a zipped shapefile: unpack it and convert it to GeoPackage"),
        ("content.xml", r"an OpenDocument file \(.ods\): save it as .xlsx or CSV"),
        ("xl/workbook.bin", r"a binary workbook \(.xlsb\): save it as .xlsx or CSV"),
    ],
)
def test_a_zip_archive_is_refused_with_what_it_contains(tmp_path, name, told):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, plain(3))
    with pytest.raises(DataError, match=told):
        open_incidents(tmp_path / "a.zip")


def test_markup_in_a_cell_does_not_make_a_csv_another_file(a_file):
    table = open_incidents(a_file("lat,lon,note\n35.8,36.5,<kml>\n35.8,36.5,<gpx> and <html>\n"))
    assert [row["note"] for row in rows_of(table)] == ["<kml>", "<gpx> and <html>"]


# ---- CSV ----


def test_cells_of_a_csv_stay_the_texts_that_they_are(a_file):
    table = open_incidents(a_file(HEADER + b'007,35.80,36.5,NA\n" 1",+1,-2,"say ""yes"", twice\nor ""no"""\n'))
    assert rows_of(table) == [
        {"id": "007", "latitude": "35.80", "longitude": "36.5", "note": "NA"},
        {"id": " 1", "latitude": "+1", "longitude": "-2", "note": 'say "yes", twice\nor "no"'},
    ]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "above", ["", "\ufeff", "\ufeff\ufeff", "sep={}\n", "\ufeffSEP={}\n", "Events, in 2020\n", "My events\n\n"]
)
def test_a_csv_is_read_with_its_delimiter_and_with_lines_above_its_header(a_file, line_break, delimiter, above):
    lines = [*plain(3).replace(",", delimiter).splitlines(), "too few"]
    content = (above.format(delimiter) + "\n".join(lines)).replace("\n", line_break)
    table = open_incidents(a_file(content))
    assert [row["id"] for row in rows_of(table)] == ["0", "1", "2"]
    assert refused_by(table) == [(4, "wrong column count: 1 instead of 5")]
    assert table.note == ("left out 1 line above the header" if "\n" in above else "")


def test_gzip_is_unpacked_and_a_cut_file_is_refused_as_a_whole(a_file):
    whole = gzip.compress(HEADER + b"1,35,36,a\n" * 500_000)
    assert sum(rows.batch.num_rows for rows in open_incidents(a_file(whole, "a.csv.gz")).rows()) == 500_000
    with pytest.raises(DataError, match=r"^b\.csv\.gz: gzip: damaged or cut off"):
        rows_of(open_incidents(a_file(whole[: len(whole) // 2], "b.csv.gz")))


@pytest.mark.parametrize(
    ("lines", "kept", "refused"),
    [
        (b"1,2,3,a\n\n2,2,3\n3,2,3,c,d\n4,2,3,e\n", "14", [(2, WRONG.format(3)), (3, WRONG.format(5))]),
        (b"1,2,3,a\n2,2,3,\xe9t\xe9\n3,2,3,b\0c\n4,\xff\n5,2,3,d\n", "15", [(row, NOT_TEXT) for row in (2, 3, 4)]),
        (b'1,2,3,5" pipe\n2,2,3,"a" b\n', "12", []),
        (b'1,2,3,"a, b, c, d\ne"\n2,2,3,b\n', "12", []),
        (b'1,2,3,a\n2,2,3,"open\n3,2,3,"c"\n4,2,3,d\n', "14", [(2, incident_csv.UNCLOSED)]),
        (b'1,2,3,a\n2,2,3,"open\n3,2,3,"open\n4,2,3,d\n', "14", [(2, incident_csv.UNCLOSED)]),
        (b'1,2,3,a\n2,2,"open,b\n3,2,"x",c\n4,2,3,d\n', "14", [(2, incident_csv.UNCLOSED)]),
        (b'1,2,3,a\n2,2,3,"open\n3,2,3,c\n4,2,3,d', "1", [(2, incident_csv.UNCLOSED)]),
    ],
)
def test_a_malformed_row_of_a_csv_is_rejected_and_the_others_are_read(a_file, lines, kept, refused):
    table = open_incidents(a_file(HEADER + lines))
    assert "".join(row["id"] for row in rows_of(table)) == kept
    assert refused_by(table) == refused


def test_a_row_longer_than_a_block_refuses_the_file(a_file, monkeypatch):
    monkeypatch.setattr(incident_csv, "BLOCK_BYTES", 1000)
    path = a_file(HEADER + b"1,2,3,a\n" * 300 + b'2,2,3,"' + b"x" * 5000 + b'"\n')
    with pytest.raises(DataError, match="perhaps a quote that is not closed"):
        rows_of(open_incidents(path))


@pytest.mark.parametrize("block", [100, 1 << 20], ids=["small blocks", "one block"])
def test_every_row_of_a_hostile_csv_is_read_or_rejected_however_blocks_fall(a_file, monkeypatch, block):
    monkeypatch.setattr(incident_csv, "BLOCK_BYTES", block)
    good = [b"1,2,3,a", b'2,"2",3,"b ""q"" b"', b'3,2,3,"two\nlines"', "4,2,3,سراقب".encode(), b'5,2,3,6" pipe']
    bad = [b"1,2,3", b"1,2,3,4,5", b"1,2,3,\xff", b"1,2,3,\0", b"1,\xfe,3", b",,,,,,"]
    for seed in range(40):
        pick = random.Random(seed)
        chosen = [pick.choice(good if pick.random() < 0.8 else bad) for _ in range(pick.randrange(1, 60))]
        table = open_incidents(a_file(HEADER + b"\n".join(chosen) + b"\n"))
        numbers = [number for number, row in enumerate(chosen, 1) if row in good]
        assert numbers_of(table) == numbers, seed
        assert sorted([*numbers, *(row for row, _ in refused_by(table))]) == list(range(1, len(chosen) + 1)), seed


def test_well_formed_csv_is_read_as_the_csv_module_reads_it(a_file):
    pick = random.Random(3)
    cells = ["", "a", "1.5", 'q"q', "a,b", "l\nm, n, o", "r\r\ns", "سراقب", " x ", '"', "''"]
    expected = [[pick.choice(cells) for _ in range(4)] for _ in range(2000)]
    expected = [row for row in expected if any(row)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["lat", "lon", "a", "b"], *expected])
    assert [list(row.values()) for row in rows_of(open_incidents(a_file(text.getvalue())))] == expected


# ---- Workbooks ----


def test_the_first_sheet_of_a_workbook_is_read_as_texts_and_the_others_are_named(tmp_path):
    pytest.importorskip("openpyxl")
    frame = pd.DataFrame(
        {"lat": [35.8, None], "lon": [36, 36.6], "date": pd.to_datetime(["2020-03-06 00:00", "2020-03-07 12:30"])}
    )
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        frame.to_excel(book, sheet_name="Events", index=False, startrow=2)
        frame.to_excel(book, sheet_name="More")
    table = open_incidents(tmp_path / "a.xlsx")
    assert rows_of(table) == [
        {"lat": "35.8", "lon": "36", "date": "2020-03-06"},
        {"lat": "", "lon": "36.6", "date": "2020-03-07 12:30:00"},
    ]
    assert table.note == "read the sheet 'Events' only"
    whole = (tmp_path / "a.xlsx").read_bytes()
    (tmp_path / "b.xlsx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"^b\.xlsx: format: a damaged workbook"):
        open_incidents(tmp_path / "b.xlsx")


# ---- JSON ----


def test_geojson_is_read_whole_or_one_feature_a_line_and_what_is_no_point_is_rejected(a_file):
    features = [
        feature(36.5, 35.8, a=1, b=[1, {"c": 2}]),
        {"type": "Thing"},
        {**feature(0, 0), "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}},
        {**feature(0, 0, a="x"), "geometry": None},
        feature(36.5, 35.8, a="\ud800"),
        feature(10**400, 35.8, longitude="here"),
        {**feature(0, 0, a="y"), "geometry": {"type": "Point", "coordinates": 5}},
        {**feature(0, 0), "properties": [1]},
    ]
    table = open_incidents(a_file(collection(*features)))
    assert rows_of(table) == [
        {"a": "1", "b": '[1, {"c": 2}]', "longitude": "36.5", "latitude": 35.8},
        {"a": "x", "b": None, "longitude": None, "latitude": None},
        {"a": None, "b": None, "longitude": "here", "latitude": 35.8},
        {"a": "y", "b": None, "longitude": None, "latitude": None},
    ]
    assert numbers_of(table) == [1, 4, 6, 7]
    refused = {2: "not a feature", 3: "geometry is not a point", 5: "half a character in a text", 8: "not a feature"}
    reasons = list(refused.items())
    assert refused_by(table) == reasons
    lines = open_incidents(a_file("".join(f"\x1e{json.dumps(one)}\n" for one in features)))
    assert (rows_of(lines), refused_by(lines)) == (rows_of(table), reasons)


@pytest.mark.parametrize("key", ["data", "Result"])
def test_the_answer_of_an_api_is_read_and_so_is_a_list_of_rows(a_file, key):
    rows = [{"latitude": "35.8", "longitude": "36.5"}, {"latitude": "35.9", "more": 1}]
    table = open_incidents(a_file(json.dumps({"status": 200, "count": 2, key: rows})))
    assert rows_of(table) == [{**rows[0], "more": None}, {"longitude": None, **rows[1]}]
    assert rows_of(open_incidents(a_file(json.dumps(rows)))) == rows_of(table)
    assert table.note == ""


@pytest.mark.parametrize(("rows", "total"), [("data", "total_count"), ("Result", "TotalCount")])
def test_one_page_of_several_is_read_with_a_remark(a_file, rows, total):
    answer = {total: 12_000, "count": 2, rows: [{"latitude": 35.8, "longitude": 36.5}] * 2}
    assert open_incidents(a_file(json.dumps(answer))).note == "only 2 of 12,000 rows: one page of the answer"


# ---- CRS ----


@pytest.mark.parametrize("epsg", [32637, 4230, 3857], ids=["UTM", "ED50", "web mercator"])
@pytest.mark.parametrize("kind", ["parquet", "gpkg", "geojson"])
def test_positions_in_another_crs_are_transformed(points, tmp_path, epsg, kind):
    path = tmp_path / f"a.{kind}"
    other = points.to_crs(epsg)
    if kind == "parquet":
        other.to_parquet(path)
    elif kind == "gpkg":
        other.to_file(path, driver="GPKG")
    else:
        crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
        path.write_text(json.dumps({**json.loads(other.to_json(drop_id=True)), "crs": crs}))
    table = open_incidents(path)
    assert (table.columns.crs is None) == (kind != "parquet")
    values = values_of(next(table.rows()).batch, table.columns, is_regional=True)
    np.testing.assert_allclose([values.lon, values.lat], [[36.5, 36.6], [35.8, 35.9]], atol=1e-6)


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "parquet"])
def test_a_multipoint_of_one_point_is_a_point_and_of_several_is_none(points, tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    pair = points.geometry.union_all()
    points = points.set_geometry([shapely.MultiPoint([points.geometry[0]]), pair])
    points.to_parquet(path) if kind == "parquet" else points.to_file(path)
    table = open_incidents(path)
    values = values_of(next(table.rows()).batch, table.columns, is_regional=True)
    assert (values.lon[0], values.lat[0], values.fault[0]) == (36.5, 35.8, -1)
    assert len(refused_by(table)) + np.count_nonzero(values.fault >= 0) == 1


def test_a_crs_that_is_missing_or_unknown_is_refused_by_name(a_file, points, tmp_path):
    for crs in ("EPSG:999999", {"type": "name", "properties": {"name": "EPSG:999999"}}, {"type": "name"}):
        with pytest.raises(DataError, match=r"CRS: unknown CRS '(EPSG:999999|None)'"):
            open_incidents(a_file(collection(feature(1, 2), crs=crs)))
    points.set_crs(None, allow_override=True).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="CRS: no CRS"):
        open_incidents(tmp_path / "a.parquet")


def test_a_geopackage_of_several_layers_is_refused_by_their_names(points, tmp_path):
    for name in ("events", "posts"):
        points.to_file(tmp_path / "a.gpkg", layer=name, driver="GPKG")
    with pytest.raises(DataError, match=r"2 layers \(events, posts\)"):
        open_incidents(tmp_path / "a.gpkg")


# ---- Parquet ----


def test_the_pieces_of_a_parquet_file_are_row_groups_and_together_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(incident_files, "PIECE_BYTES", 1)
    pq.write_table(pa.table({"lat": list(range(100)), "lon": list(range(100))}), tmp_path / "a", row_group_size=30)
    table = open_incidents(tmp_path / "a")
    assert [sum(rows.batch.num_rows for rows in piece(None)) for piece in table.pieces] == [30, 30, 30, 10]
    assert numbers_of(table) == list(range(1, 101))
    assert [row["lat"] for row in rows_of(table)] == list(range(100))


def test_damaged_rows_of_a_parquet_file_are_an_error_of_the_file(tmp_path):
    path = tmp_path / "a"
    columns = {"lat": list(range(1000)), "lon": list(range(1000))}
    pq.write_table(pa.table(columns), path, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[4:200] = b"\xff" * 196
    path.write_bytes(content)
    with pytest.raises((DataError, OutputError), match="a"):
        rows_of(open_incidents(path))


@pytest.mark.parametrize("geo", ["{", "[]", json.dumps({"columns": {}}), pytest.param("[" * 100_000, id="deep")])
def test_a_key_geo_that_cannot_be_read_is_refused(tmp_path, geo):
    table = pa.table({"geometry": [b"x"]}).replace_schema_metadata({"geo": geo})
    pq.write_table(table, tmp_path / "a")
    with pytest.raises(DataError, match="GeoParquet: its key 'geo' is not readable"):
        open_incidents(tmp_path / "a")

"""Every record of a CSV becomes a row or is refused, whatever stands in it. All rows here are synthetic."""

import csv
import gzip
import io
import random

import pytest

from geo.errors import DataError, OutputError
from geo.inputs import incident_csv
from geo.inputs.incident_csv import open_csv

HEADER = b"id,latitude,longitude,note\n"


def read(path, **options):
    """Return the rows, their numbers and lines, and the refusals of a file."""
    source = open_csv(path, is_gzip=path.suffix == ".gz")
    rows, numbers, lines, refused = [], [], [], []
    for part in source.parts(options["at_least"]) if options else [source]:
        for pending in part.batches():
            found = pending()
            rows += found.batch.to_pylist()
            numbers += found.numbers.tolist()
            lines += found.lines.tolist()
            refused += found.refused
    return rows, numbers, lines, refused


@pytest.fixture
def a_file(tmp_path):
    def write(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_cells_stay_the_texts_that_they_are(a_file):
    rows, *_ = read(a_file(HEADER + b'007,35.80,36.5,NA\n" 1",+1,-2,"say ""yes"", twice"\n'))
    assert rows == [
        {"id": "007", "latitude": "35.80", "longitude": "36.5", "note": "NA"},
        {"id": " 1", "latitude": "+1", "longitude": "-2", "note": 'say "yes", twice'},
    ]


def test_a_quoted_field_may_hold_line_breaks_and_the_next_line_number_counts_them(a_file):
    rows, numbers, lines, refused = read(a_file(HEADER + b'1,2,3,"a\nb\r\nc"\n2,2,3,d\n'))
    assert [row["note"] for row in rows] == ["a\nb\r\nc", "d"]
    assert (numbers, lines, refused) == ([1, 2], [2, 5], [])


def test_a_record_of_too_few_or_too_many_cells_is_refused_with_its_row_and_line(a_file):
    rows, numbers, _, refused = read(a_file(HEADER + b"1,2,3,a\n\n2,2,3\n3,2,3,c,d\n4,2,3,e\n"))
    assert [row["id"] for row in rows] == ["1", "4"]
    assert numbers == [1, 4]
    assert [(one.row, one.line, one.reason) for one in refused] == [
        (2, 4, "wrong column count: 3 instead of 4"),
        (3, 5, "wrong column count: 5 instead of 4"),
    ]


def test_a_record_that_is_not_utf_8_or_holds_nul_is_refused_alone(a_file):
    rows, _, _, refused = read(a_file(HEADER + b"1,2,3,a\n2,2,3,\xe9t\xe9\n3,2,3,b\0c\n4,2,3,d\n"))
    assert [row["id"] for row in rows] == ["1", "4"]
    assert [(one.row, one.reason) for one in refused] == [(2, "encoding"), (3, "a NUL character")]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(a_file):
    rows, _, _, refused = read(a_file(HEADER + b'1,2,3,a\n2,2,3,"open\n3,2,3,c\n4,2,3,d\n'))
    assert [row["id"] for row in rows] == ["1", "3", "4"]
    assert [(one.row, one.line, one.reason) for one in refused] == [(2, 3, "a quote that is not closed")]


def test_text_after_a_closing_quote_is_refused_and_a_quote_amid_a_field_is_text(a_file):
    rows, _, _, refused = read(a_file(HEADER + b'1,2,3,"a" b\n2,2,3,5" pipe\n3,2,3,"c"\n'))
    assert [(row["id"], row["note"]) for row in rows] == [("2", '5" pipe'), ("3", "c")]
    assert [(one.row, one.reason) for one in refused] == [(1, "text after a closing quote")]


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize("ending", [True, False], ids=["ended", "not ended"])
def test_line_breaks_of_all_kinds_are_read(a_file, line_break, ending):
    content = line_break.join([b"\xef\xbb\xbfid,latitude,longitude,note", b"1,2,3,a", b"2,2,3,b"])
    rows, numbers, _, refused = read(a_file(content + (line_break if ending else b"")))
    assert ([row["note"] for row in rows], numbers, refused) == (["a", "b"], [1, 2], [])


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t", b"|"])
def test_the_delimiter_is_the_one_of_the_header(a_file, delimiter):
    rows, *_ = read(a_file(HEADER.replace(b",", delimiter) + delimiter.join([b"1", b"2", b"3", b"a"]) + b"\n"))
    assert rows[0]["note"] == "a"


def test_gzip_is_unpacked_and_a_cut_file_is_refused_as_a_whole(a_file):
    whole = gzip.compress(HEADER + b"1,2,3,a\n" * 50_000)
    assert len(read(a_file(whole, "a.csv.gz"))[0]) == 50_000
    with pytest.raises(DataError, match=r"^b\.csv\.gz: gzip: damaged or cut off"):
        read(a_file(whole[: len(whole) // 2], "b.csv.gz"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "header: no names"),
        (b"a,a\n1,2\n", "'a' stands twice"),
        ("a,b\n".encode("utf-16"), "encoding: UTF-16"),
        (b"a,\xff\n1,2\n", "header that is not UTF-8"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(a_file, content, told):
    with pytest.raises(DataError, match=told):
        open_csv(a_file(content), is_gzip=False)


def test_a_missing_file_is_told_as_one(tmp_path):
    with pytest.raises(OutputError, match="cannot be read: No such file"):
        open_csv(tmp_path / "none.csv", is_gzip=False)


def test_a_record_longer_than_the_limit_is_refused_and_the_next_one_read(a_file):
    long = b"1,2,3," + b"x" * (3 << 20) + b"\n"
    path = a_file(HEADER + b"1,2,3,a\n" + long + b"3,2,3,b\n")
    rows, numbers, lines, refused = read(path)
    assert [row["id"] for row in rows] == ["1", "3"]
    assert (numbers, lines) == ([1, 3], [2, 4])
    assert [(one.row, one.line, one.reason) for one in refused] == [(2, 3, "a record longer than 1 MB")]
    assert read(path, at_least=1) == (rows, numbers, lines, refused)


def test_a_field_of_half_a_megabyte_beside_a_stray_quote_is_read(a_file):
    rows, *_ = read(a_file(HEADER + b"1,2,3," + b"x" * (1 << 19) + b'\n2,2,3,5" pipe\n'))
    assert [len(row["note"]) for row in rows] == [1 << 19, 7]


def hostile(seed):
    """Return a synthetic file of odd records, how many of them there are, and how many of these are well-formed."""
    pick = random.Random(seed)
    good = [b"1,2,3,a", b'2,"2",3,"b ""q"" b"', b'3,2,3,"two\nlines"', "4,2,3,سراقب".encode(), b'5,2,3,6" pipe']
    bad = [b"1,2,3", b"1,2,3,4,5", b"1,2,3,\xff", b"1,2,3,\0", b'1,2,3,"a" b', b",,,,,,"]
    chosen = [pick.choice(good if pick.random() < 0.8 else bad) for _ in range(pick.randrange(1, 60))]
    return HEADER + b"\n".join(chosen) + b"\n", len(chosen), sum(one in good for one in chosen)


@pytest.mark.parametrize("block", [7, 64, 1 << 20], ids=["tiny blocks", "small blocks", "one block"])
def test_in_hostile_files_every_record_is_a_row_or_refused_however_blocks_fall(a_file, monkeypatch, block):
    monkeypatch.setattr(incident_csv, "BLOCK_BYTES", block)
    for seed in range(40):
        content, count, usable = hostile(seed)
        rows, numbers, _, refused = read(a_file(content))
        assert sorted([*numbers, *(one.row for one in refused)]) == list(range(1, count + 1)), seed
        assert len(rows) == usable, seed


def test_parts_read_alone_are_together_the_file(a_file, monkeypatch):
    monkeypatch.setattr(incident_csv, "BLOCK_BYTES", 100)
    for seed in range(20):
        path = a_file(hostile(seed)[0])
        assert read(path, at_least=150) == read(path)


def test_well_formed_files_are_read_as_the_csv_module_reads_them(a_file):
    pick = random.Random(3)
    cells = ["", "a", "1.5", 'q"q', "a,b", "l\nm", "r\r\ns", "سراقب", " x ", '"', "''"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["a", "b", "c"])
    expected = [[pick.choice(cells) for _ in range(3)] for _ in range(2000)]
    expected = [row for row in expected if any(row)]
    writer.writerows(expected)
    rows, *_ = read(a_file(text.getvalue().encode()))
    assert [list(row.values()) for row in rows] == expected

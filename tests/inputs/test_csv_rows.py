import pytest

from geo.inputs.csv_rows import parse_row, parse_rows, table_text
from geo.inputs.files import RefusedError
from geo.inputs.schema import JointPatrol, Source

HEADER = "id,title,publisher,date,url,language,licence,note\n"


def test_rows_come_with_their_line_even_after_a_cell_of_two_lines():
    rows = parse_rows(f'{HEADER}A,"two\nlines",,,,,,\n\nB,t,,,,,,\n', Source)
    assert [(line, cells[0]) for line, cells in rows] == [(3, "A"), (5, "B")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", r"^\[\]$"),
        ("id;title\n", "id;title"),
        ("title,id,publisher,date,url,language,licence,note\n", "'title', 'id'"),
        ("id,title,place\n", "^missing publisher, date, url, language, licence, note; unknown 'place'$"),
        (HEADER + '"open', "unexpected end of data"),
        (HEADER + 'A,"x"y,,,,,,\n', "expected after"),
    ],
)
def test_a_broken_table_is_refused(text, found):
    with pytest.raises(RefusedError, match=found):
        parse_rows(text, Source)


@pytest.mark.parametrize("count", [7, 9])
def test_a_row_of_another_length_than_the_header_is_refused(count):
    with pytest.raises(RefusedError, match=f"{count} cells"):
        parse_row(["x"] * count, Source)


def test_an_empty_cell_is_unknown_and_never_text():
    values, _ = parse_row(["A", "NA", "", "", "", "", "", ""], Source)
    assert values == dict.fromkeys(Source.model_fields) | {"id": "A", "title": "NA"}


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("number", "7", 7),
        ("number", "07", "07"),
        ("number", "1_0", "1_0"),
        ("number", "٧", "٧"),
        ("reported_length_km", "71", 71.0),
        ("reported_length_km", "71.0", "71.0"),
        ("sources", "W1;W2", ["W1", "W2"]),
    ],
)
def test_only_a_number_in_canonical_form_is_read_as_a_number(column, cell, value):
    cells = [cell if name == column else "" for name in JointPatrol.model_fields]
    assert parse_row(cells, JointPatrol)[0][column] == value


def test_text_reads_back_as_the_same_rows():
    row = Source(id="A", title='a "quoted", title', publisher="A, B", note="one\ntwo")
    [(_, cells)] = parse_rows(table_text(Source, [row]), Source)
    assert Source.model_validate(parse_row(cells, Source)[0]) == row

import pytest

from geo.inputs.csv_rows import altered_cells, parse_cells, parse_rows, table_text
from geo.inputs.files import RefusedError
from geo.inputs.schema import JointPatrol, Source

HEADER = "id,title,publisher,date,url,language,licence,note\n"


def test_rows_come_with_their_line_even_after_a_cell_of_two_lines():
    rows = parse_rows(f'{HEADER}A,"two\nlines",,,,,,\nB,t,,,,,,\n', Source)
    assert [(line, cells[0]) for line, cells in rows] == [(3, "A"), (4, "B")]


@pytest.mark.parametrize("text", ["", "id;title\n", "id,title\n", HEADER + '"open', HEADER + 'A,"x"y,,,,,,\n'])
def test_a_broken_table_is_refused(text):
    with pytest.raises(RefusedError):
        parse_rows(text, Source)


@pytest.mark.parametrize("count", [7, 9])
def test_a_row_of_another_length_than_the_header_is_refused(count):
    with pytest.raises(RefusedError, match=f"{count} cells"):
        parse_cells(["x"] * count, Source)


def test_an_empty_cell_is_unknown_and_never_text():
    assert parse_cells(["A", "NA", "", "", "", "", "", ""], Source) == {"id": "A", "title": "NA"}


def test_blank_lines_hold_nothing():
    assert len(parse_rows(f"{HEADER}\nA,t,,,,,,\n\n", Source)) == 1


@pytest.mark.parametrize(
    ("column", "cell", "canonical"),
    [("number", "07", "7"), ("number", "1_0", "10"), ("reported_length_km", "71.0", "71")],
)
def test_a_cell_that_reading_would_change_is_told(column, cell, canonical):
    columns = list(JointPatrol.model_fields)
    cells = [
        {"id": "p", "grade": "B1", "sources": "W1", "participation": "joint", column: cell}.get(name, "")
        for name in columns
    ]
    row = JointPatrol.model_validate(parse_cells(cells, JointPatrol))
    assert list(altered_cells(cells, row)) == [(column, cell, canonical)]


def test_text_reads_back_as_the_same_rows():
    row = Source(id="A", title='a "quoted", title', note="one\ntwo")
    [(_, cells)] = parse_rows(table_text(Source, [row]), Source)
    assert Source.model_validate(parse_cells(cells, Source)) == row

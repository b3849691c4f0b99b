"""All rows here are synthetic."""

import csv
import io

import numpy as np
import pyarrow as pa
import pytest

from geo.history.classification import Words
from geo.inputs.incident_batches import Refusal
from geo.outputs.incident_tables import arrow_array, csv_rows, guarded, reject_rows


def cells(batch):
    return list(csv.reader(io.StringIO(csv_rows(batch).decode(), newline=""), strict=True))


FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "-",
    "+",
    "-12.5.1",
    "-1 2",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_takes_for_a_formula_is_preceded_by_an_apostrophe(text):
    assert cells(pa.RecordBatch.from_pydict({"a": ["x", text, None]}))[1] == ["'" + text]


@pytest.mark.parametrize("text", ["-12.5", "+12.5", "-1e-3", "-.5", "+5.", "12", "a=b", "", "'=1", "«=1»"])
def test_numbers_and_all_other_texts_stay_as_they_are(text):
    assert guarded(pa.array(["x", text])).to_pylist() == ["x", text]
    assert cells(pa.RecordBatch.from_pydict({"a": ["x", text], "b": ["y", "y"]}))[1] == [text, "y"]


def test_only_the_cells_that_need_quotes_are_quoted_and_null_is_empty():
    batch = pa.RecordBatch.from_pydict(
        {
            "a": ["x", "a,b", 'q"q', "l\nm", "r\rs", None],
            "b": [1, None, 3, 4, 5, 6],
            "c": [True, False, None, True, True, True],
            "d": [-12.5, None, 1e-7, 36.1, 5.0, 123456789.123],
        }
    )
    assert csv_rows(batch).decode().splitlines()[0] == "x,1,true,-12.5"
    assert cells(batch)[1:5] == [
        ["a,b", "", "false", ""],
        ['q"q', "3", "", "1e-7"],
        ["l\nm", "4", "true", "36.1"],
        ["r\rs", "5", "true", "5"],
    ]


def test_slices_and_dictionaries_are_written_as_what_they_say():
    batch = pa.RecordBatch.from_pydict(
        {"a": pa.array(["=1", "b", "=3", "d,"]), "b": pa.array(["x", None, "=y", "x"]).dictionary_encode()}
    )
    assert cells(batch.slice(1, 3)) == [["b", ""], ["'=3", "'=y"], ["d,", "x"]]


def test_one_column_is_written_too():
    assert csv_rows(pa.RecordBatch.from_pydict({"a": ["x", "y"]})) == b"x\ny\n"


def test_words_and_numbers_that_are_not_known_are_null():
    assert arrow_array(Words(np.array([0, -1], dtype=np.int32), ("north",))).to_pylist() == ["north", None]
    assert arrow_array(np.array([1.5, np.nan])).to_pylist() == [1.5, None]


def test_rejects_are_safe_to_open_too():
    line = reject_rows([Refusal("=a.csv", 1, None, "bad date", "-1+1, x")]).decode()
    assert next(csv.reader([line])) == ["'=a.csv", "1", "", "bad date", "'-1+1, x"]

"""All rows here are synthetic."""

import csv
import io
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from geo.errors import OutputError
from geo.history.classification import COLUMNS, Words
from geo.inputs.incident_columns import Values
from geo.outputs.incident_output import answers, counts_of, csv_text, staged, write_summary


def cells(batch):
    return list(csv.reader(io.StringIO(csv_text(batch).decode(), newline=""), strict=True))


@pytest.mark.parametrize(
    "text",
    [
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
    ],
)
def test_what_a_spreadsheet_takes_for_a_formula_is_preceded_by_an_apostrophe(text):
    assert cells(pa.RecordBatch.from_pydict({"a": ["x", text, None]}))[1] == ["'" + text]
    assert csv_text(pa.RecordBatch.from_pydict({text: [1]}), has_header=True).startswith(f'"\'{text}"'.encode())


@pytest.mark.parametrize("text", ["-12.5", "+12.5", "-1e-3", "-.5", "+5.", "12", "a=b", "", "'=1", "«=1»", 'q"q,\n'])
def test_numbers_and_all_other_texts_stay_as_they_are(text):
    assert cells(pa.RecordBatch.from_pydict({"a": ["x", text], "b": ["y", "y"]}))[1] == [text, "y"]


def test_cells_of_every_kind_are_written_and_null_is_empty():
    batch = pa.RecordBatch.from_pydict(
        {
            "n": [1.5, None, -3.0, 1e-7],
            "t": [True, None, False, True],
            "w": pa.array(["x", None, "=y", "x"]).dictionary_encode(),
            "l": [[1], None, [2], []],
            "b": [b"\x01", None, b"z", b""],
        }
    )
    assert cells(batch.slice(0, 3)) == [
        ["1.5", "true", "x", "[1]", "01"], ["", "", "", "", ""], ["-3", "false", "'=y", "[2]", "7a"],
    ]  # fmt: skip


class Given:
    """In place of the geometry: answers that are given."""

    def __init__(self, **columns):
        self._columns = columns

    def columns(self, places, wanted):
        assert len(places) == 3
        return {name: self._columns[name] for name in wanted}


@pytest.mark.parametrize(
    "in_zone",
    [
        np.ma.masked_array([True, False, False], [False, False, True]),
        pd.array([True, False, None], dtype="boolean"),
        pa.array([True, False, None]),
    ],
    ids=["masked", "pandas", "arrow"],
)
def test_a_zone_that_is_not_known_is_empty_and_counts_neither_inside_nor_outside(in_zone):
    side = Words(np.array([0, 0, -1], dtype=np.int32), ("north",))
    week = Words(np.array([0, 0, -1], dtype=np.int32), ("2020-W10",))
    given = Given(in_corridor=np.array([True, False, False]), side=side, in_zone=in_zone, week=week)
    values = Values(np.full(3, 36.6), np.full(3, 35.8), None, None, np.full(3, -1))
    found = answers(given, values, slice(None), ["in_corridor", "side", "in_zone", "week"])
    assert found.column("in_zone").to_pylist() == [True, False, None]
    assert found.column("side").to_pylist() == ["north", "north", None]
    assert [row[2] for row in cells(found)] == ["true", "false", ""]
    counts = counts_of(found)
    assert counts.loc["2020-W10", "north"].to_dict() == {"in_corridor": 1, "in_zone": 1, "outside": 1, "rows": 2}
    assert counts.loc["undated", ""].to_dict() == {"in_corridor": 0, "in_zone": 0, "outside": 0, "rows": 1}


def test_answers_that_are_all_known_are_carried_as_they_are():
    given = Given(in_zone=np.array([True, False, True]), distance_m=np.array([1.5, np.nan, 2.0]))
    values = Values(np.full(3, 36.6), np.full(3, 35.8), None, None, np.full(3, -1))
    found = answers(given, values, slice(None), ["in_zone", "distance_m"])
    assert found.to_pydict() == {"distance_m": [1.5, None, 2.0], "in_zone": [True, False, True]}
    assert set(found.schema.names) <= set(COLUMNS)


def test_the_same_counts_give_the_same_summary_and_empty_weeks_show_as_gaps(tmp_path):
    index = pd.MultiIndex.from_tuples(
        [("2020-W53", "south"), ("2020-W50", "north"), ("undated", "")], names=["week", "side"]
    )
    counts = pd.DataFrame({name: [1, 2, 3] for name in ("in_corridor", "in_zone", "outside", "rows")}, index=index)
    for kind, start in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        for name in ("one", "two"):
            write_summary(counts, tmp_path / "table", tmp_path / name, kind)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
        assert (tmp_path / "one").read_bytes().startswith(start)
    assert (tmp_path / "table").read_text() == (
        "week,side,in_corridor,in_zone,outside,rows\n2020-W50,north,2,2,2,2\n2020-W53,south,1,1,1,1\nundated,,3,3,3,3\n"
    )
    write_summary(counts.iloc[:0], tmp_path / "table", tmp_path / "none", "svg")
    write_summary(counts.iloc[2:], tmp_path / "table", tmp_path / "none", "svg")


# ---- All or nothing ----


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_take_their_places_together_at_the_end_and_folders_are_removed(tmp_path):
    out = tmp_path / "a.csv"
    with staged(out) as stage:
        stage.path_for(out).write_text("new")
        stage.path_for(tmp_path / "parts").mkdir()
        assert not out.exists()
    assert names(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_whatever_stops_it_leaves_what_was_there_before(tmp_path, stop):
    out = tmp_path / "a.csv"
    out.write_text("old")

    def stopped():
        with staged(out) as stage:
            stage.path_for(out).write_text("half")
            stage.path_for(tmp_path / "parts").mkdir()
            raise stop

    with pytest.raises(stop):
        stopped()
    assert (names(tmp_path), out.read_text()) == (["a.csv"], "old")


def test_rejects_of_an_earlier_run_do_not_stay_beside_a_table_without_any(tmp_path):
    (tmp_path / "a.csv.rejects.csv").write_text("old")
    with staged(tmp_path / "a.csv") as stage:
        stage.path_for(tmp_path / "a.csv").write_text("new")
    assert names(tmp_path) == ["a.csv"]


def test_what_a_killed_run_left_is_removed_and_what_a_running_one_writes_is_not(tmp_path):
    dead, living = 2**22 - 3, os.getpid()
    (tmp_path / f".a.csv.{dead}.tmp").write_text("half")
    (tmp_path / f".a.csv.parts.{dead}.tmp").mkdir()
    (tmp_path / f".a.csv.rejects.csv.{living}.tmp").write_text("going on")
    with staged(tmp_path / "a.csv") as stage:
        stage.path_for(tmp_path / "a.csv").write_text("new")
    assert names(tmp_path) == [f".a.csv.rejects.csv.{living}.tmp", "a.csv"]


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path):
    for out in (tmp_path / "none" / "a.csv", tmp_path):
        with pytest.raises(OutputError, match="cannot be written"), staged(out):
            pass

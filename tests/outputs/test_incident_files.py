import os

import pytest

from geo.errors import OutputError
from geo.inputs.incident_batches import Refusal
from geo.outputs.incident_files import staged
from geo.outputs.incident_tables import Classified


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_take_their_places_together_at_the_end(tmp_path):
    out = tmp_path / "a.csv"
    with staged(out) as stage:
        stage.path_for(out).write_text("new")
        stage.refuse(Classified(None, (Refusal("a", 1, 2, "bad date", "x"),)))
        assert not out.exists()
    assert names(tmp_path) == ["a.csv", "a.csv.rejects.csv"]
    assert (tmp_path / "a.csv.rejects.csv").read_text() == "file,row,line,reason,found\na,1,2,bad date,x\n"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_whatever_stops_it_leaves_what_was_there_before(tmp_path, stop):
    out = tmp_path / "a.csv"
    out.write_text("old")

    def stopped():
        with staged(out) as stage:
            stage.path_for(out).write_text("half")
            stage.folder().joinpath("part-0").write_text("half")
            raise stop

    with pytest.raises(stop):
        stopped()
    assert (names(tmp_path), out.read_text()) == (["a.csv"], "old")


def test_rejects_of_a_run_before_do_not_stay_beside_a_table_without_any(tmp_path):
    (tmp_path / "a.csv.rejects.csv").write_text("old")
    with staged(tmp_path / "a.csv") as stage:
        stage.path_for(tmp_path / "a.csv").write_text("new")
    assert names(tmp_path) == ["a.csv"]


def test_what_a_killed_run_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path):
    dead, living = 2**22 - 3, os.getpid()
    (tmp_path / f".a.csv.{dead}.tmp").write_text("half")
    (tmp_path / f".a.csv.parts.{dead}.tmp").mkdir()
    (tmp_path / f".a.csv.rejects.csv.{living}.tmp").write_text("going on")
    with staged(tmp_path / "a.csv") as stage:
        stage.path_for(tmp_path / "a.csv").write_text("new")
    assert names(tmp_path) == [f".a.csv.rejects.csv.{living}.tmp", "a.csv"]


def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path):
    for out in (tmp_path / "none" / "a.csv", tmp_path):
        with pytest.raises(OutputError, match="cannot be written"), staged(out):
            pass

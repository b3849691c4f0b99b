import errno
import os
import sys

import pytest

from geo.outputs import switch
from geo.outputs.switch import exchange, repair, take_place


def folder(path, text):
    path.mkdir(parents=True)
    (path / "a").write_text(text)
    return path


def text_of(path):
    return (path / "a").read_text() if path.exists() else None


@pytest.fixture
def places(tmp_path):
    """Return a finished folder, the published one, where that goes, and the journal."""
    shelf = tmp_path / "shelf"
    return folder(shelf / "next", "new"), folder(tmp_path / "out", "old"), shelf / "former", shelf / "journal"


@pytest.mark.skipif(sys.platform != "linux", reason="needs the system's own exchange")
def test_this_system_swaps_two_folders_in_one_step(tmp_path):
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")
    assert exchange(one, other)
    assert (text_of(one), text_of(other)) == ("2", "1")


@pytest.mark.skipif(sys.platform != "linux", reason="needs the system's own exchange")
def test_a_swap_that_fails_says_why(tmp_path):
    with pytest.raises(FileNotFoundError):
        exchange(folder(tmp_path / "one", "1"), tmp_path / "none")


def test_a_system_without_exchange_is_told_apart_from_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(switch, "_swap", lambda: None)
    assert not exchange(tmp_path, tmp_path)
    monkeypatch.setattr(switch, "_swap", lambda: lambda one, other: switch.ctypes.set_errno(errno.EINVAL) or -1)
    assert not exchange(tmp_path, tmp_path)
    monkeypatch.setattr(switch, "_swap", lambda: lambda one, other: switch.ctypes.set_errno(errno.EIO) or -1)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        exchange(tmp_path, tmp_path)


@pytest.mark.parametrize("can_exchange", [True, False])
def test_the_new_folder_stands_there_and_the_former_one_aside(places, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(switch, "exchange", lambda one, other: False)
    fresh, out, former, journal = places
    take_place(*places)
    assert (text_of(fresh), text_of(out), text_of(former)) == (None, "new", "old")
    assert not journal.exists()


def test_where_nothing_stood_the_new_folder_stands(tmp_path):
    fresh = folder(tmp_path / "shelf" / "next", "new")
    take_place(fresh, tmp_path / "out", tmp_path / "shelf" / "former", tmp_path / "shelf" / "journal")
    assert (text_of(tmp_path / "out"), text_of(tmp_path / "shelf" / "former")) == ("new", None)


@pytest.mark.parametrize(
    ("step", "whole", "standing"),
    [(0, True, "old"), (1, True, "new"), (1, False, "old"), (2, True, "new")],
    ids=["nothing done", "between, new whole", "between, new cut", "all done"],
)
def test_the_journal_closes_the_gap_at_whatever_step_the_process_died(places, step, whole, standing):
    fresh, out, former, journal = places
    journal.write_text(f"{fresh.name}\n{former.name}\n")
    if step > 0:
        out.rename(former)
    if step > 1:
        fresh.rename(out)
    repair(out, journal, is_whole=lambda path: path.exists() and (whole or path != fresh))
    assert text_of(out) == standing
    assert not journal.exists()


def test_a_journal_of_folders_that_are_gone_holds_nobody_up(tmp_path):
    journal = tmp_path / "journal"
    journal.write_text("next\nformer\n")
    repair(tmp_path / "out", journal, is_whole=lambda path: False)
    assert [*tmp_path.iterdir()] == []

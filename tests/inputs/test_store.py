import os
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from geo.errors import BusyError, ConflictError, OutputError
from geo.inputs import store
from geo.inputs.files import digest_of
from geo.inputs.store import KnownFile, replace_file, replace_known_file, replace_known_files, writing_in


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != store.LOCK)


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.csv"
    replace_file(path, "old\n")
    replace_file(path, "سراقب\n")
    assert path.read_bytes() == "سراقب\n".encode()
    assert visible(tmp_path) == ["a.csv"]


def test_bytes_reach_the_disk_before_the_name_does(tmp_path, monkeypatch):
    calls = []
    fsync, rename = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("fsync"), fsync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda path, to: (calls.append("rename"), rename(path, to))[1])
    replace_file(tmp_path / "a.csv", "x")
    assert calls == ["fsync", "rename", "fsync"]


def test_a_failing_write_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    replace_file(path, "old\n")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        replace_file(path, "new\n")
    assert path.read_text() == "old\n"
    assert visible(tmp_path) == ["a.csv"]


def test_a_folder_that_is_not_there_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        replace_known_file(tmp_path / "no" / "such" / "a.csv", "x", known="")


def test_a_file_that_changed_meanwhile_is_kept_and_so_is_the_other_version(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("read\n")
    known = digest_of(path.read_bytes())
    path.write_text("theirs\n")
    with pytest.raises(ConflictError, match="changed since it was read") as caught:
        replace_known_file(path, "mine\n", known=known)
    assert path.read_text() == "theirs\n"
    assert caught.value.aside.read_text() == "mine\n"
    assert caught.value.aside.name == f"a.conflict-{digest_of(b'mine' + bytes([10]))[:12]}.csv"


def test_writing_what_stands_there_already_is_no_conflict(tmp_path):
    (tmp_path / "a.csv").write_text("same\n")
    replace_known_file(tmp_path / "a.csv", "same\n", known="something older")
    assert visible(tmp_path) == ["a.csv"]


def test_a_file_deleted_meanwhile_is_a_conflict(tmp_path):
    with pytest.raises(ConflictError):
        replace_known_file(tmp_path / "a.csv", "mine\n", known=digest_of(b"read"))


def test_a_link_is_not_written_through(tmp_path):
    (tmp_path / "target").write_text("x")
    (tmp_path / "a.csv").symlink_to(tmp_path / "target")
    with pytest.raises(OutputError, match="a link"):
        replace_known_file(tmp_path / "a.csv", "mine\n", known="")
    assert (tmp_path / "target").read_text() == "x"


def test_a_folder_that_takes_no_lock_is_an_output_error(tmp_path):
    (tmp_path / store.LOCK).mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        replace_known_file(tmp_path / "a.csv", "x", known="")


def test_a_folder_in_use_for_too_long_is_busy(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE_S", 0.05)
    with FileLock(tmp_path / store.LOCK), pytest.raises(BusyError, match="try again"):
        replace_known_file(tmp_path / "a.csv", "x", known="")


def known_files(folder, **texts):
    """Return files to be written from their names, what stands there and what is to stand there."""
    for name, (old, _) in texts.items():
        if old is not None:
            (folder / f"{name}.csv").write_text(old)
    return [
        KnownFile(folder / f"{name}.csv", new, "" if old is None else digest_of(old.encode()))
        for name, (old, new) in texts.items()
    ]


def test_files_of_one_step_are_written_in_their_order(tmp_path, monkeypatch):
    written, rename = [], Path.replace
    monkeypatch.setattr(Path, "replace", lambda path, to: (written.append(to.stem), rename(path, to))[1])
    replace_known_files(known_files(tmp_path, b=("old", "new"), c=("same", "same"), a=(None, "first")))
    assert written == ["b", "a"]
    assert [(tmp_path / f"{name}.csv").read_text() for name in "abc"] == ["first", "new", "same"]
    assert visible(tmp_path) == ["a.csv", "b.csv", "c.csv"]


def test_no_file_of_a_step_is_replaced_when_one_has_changed_meanwhile(tmp_path):
    files = known_files(tmp_path, a=("old", "mine"), b=("old", "mine too"))
    (tmp_path / "b.csv").write_text("theirs")
    with pytest.raises(ConflictError) as caught:
        replace_known_files(files)
    assert (caught.value.path, caught.value.aside.read_text()) == (tmp_path / "b.csv", "mine too")
    assert [(tmp_path / f"{name}.csv").read_text() for name in "ab"] == ["old", "theirs"]


def test_whoever_holds_a_folder_may_write_in_it_and_nobody_else(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE_S", 0.05)
    others = []

    def write():
        try:
            replace_known_file(tmp_path / "b.csv", "theirs", known="")
        except BusyError as error:
            others.append(error)

    with writing_in(tmp_path), writing_in(tmp_path / ".." / tmp_path.name):
        replace_known_file(tmp_path / "a.csv", "mine", known="")
        other = threading.Thread(target=write)
        other.start()
        other.join()
    assert len(others) == 1
    assert visible(tmp_path) == ["a.csv"]
    write()
    assert visible(tmp_path) == ["a.csv", "b.csv"]


def test_a_full_disk_at_the_second_file_leaves_the_first_as_it_was(tmp_path, monkeypatch):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("old")
    second.write_text("old")
    write_through = store.write_through

    def full_at_the_second(path, content):
        if "second" in path.name:
            raise OSError(28, "No space left on device")
        write_through(path, content)

    monkeypatch.setattr(store, "write_through", full_at_the_second)
    files = [KnownFile(path, "new", digest_of(b"old")) for path in (first, second)]
    with pytest.raises(OutputError, match=r"second\.csv: cannot be written: No space left on device"):
        replace_known_files(files)
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.name != ".lock"} == {
        "first.csv": "old",
        "second.csv": "old",
    }

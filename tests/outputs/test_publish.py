import os
import time
from pathlib import Path

import pytest

from geo.errors import OutputError
from geo.outputs import publish as publishing
from geo.outputs.manifest import build_of, is_complete, read_manifest
from geo.outputs.publish import build_lock, publish
from tests.small_build import a_build, published

FILES = ["data/m4.geojson", "data/posts.csv", "manifest.json"]


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def state(out):
    """Return the build that is published, and what the hidden folder beside it holds but its lock, builds by id."""
    hidden = {path.name: build_of(path) for path in (out.parent / f".{out.name}.builds").iterdir()}
    assert hidden.pop("lock") is None
    assert is_complete(out)
    return read_manifest(out).build, hidden


@pytest.fixture
def out(tmp_path):
    return tmp_path / "m4"


@pytest.fixture(params=["in one step", "by renames"])
def way(request, monkeypatch):
    """Switch in each of the two ways."""
    if request.param == "by renames":
        monkeypatch.setattr(publishing, "exchange", lambda one, other: False)
    return request.param


# ---- What is replaced, and what is kept. ----


def test_the_former_build_is_replaced_whole_and_kept_as_the_only_older_one_whatever_the_clock_says(
    out, monkeypatch, way
):
    first = published(out, "a")
    assert names(out) == FILES
    assert "سراقب".encode() in (out / "data/posts.csv").read_bytes()
    for path in out.parent.rglob("*"):
        os.utime(path, (4e9, 4e9))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    second = published(out, "b")
    assert state(out) == (second, {"previous": first})
    third = published(out, "c")
    assert state(out) == (third, {"previous": second})


def test_publishing_the_same_build_again_changes_nothing(out):
    build = published(out)
    before = out.stat().st_ino
    published(out)
    assert (out.stat().st_ino, state(out)) == (before, (build, {}))


def test_a_damaged_build_is_built_again_and_not_kept(out, way):
    old, new = published(out, "old"), published(out, "new")
    (out / "data" / "posts.csv").write_text("")
    published(out, "new")
    assert state(out) == (new, {"previous": old})


def test_a_build_of_another_version_is_replaced_and_kept(out, way):
    out.mkdir()
    (out / "manifest.json").write_text('{"build": "0123456789ab", "outputs": [], "of a later version": true}')
    build = published(out)
    assert state(out) == (build, {"previous": "0123456789ab"})


# ---- What fails on the way; `tests/test_durability.py` kills builds and fills disks. ----


def test_a_switch_that_fails_half_way_is_undone(out, monkeypatch):
    old = published(out, "old")
    monkeypatch.setattr(publishing, "exchange", lambda one, other: False)
    rename = Path.rename

    def in_use(path, target):
        if path.name == "next":
            raise PermissionError(13, "in use", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", in_use)
    with pytest.raises(OutputError, match="in use"):
        published(out, "new")
    monkeypatch.undo()
    assert state(out) == (old, {})
    new = published(out, "new")
    assert state(out) == (new, {"previous": old})


@pytest.mark.parametrize("name", ["posts.csv", "manifest.json"])
def test_a_file_that_is_not_on_the_disk_as_it_was_written_is_not_published(out, monkeypatch, name):
    old = published(out, "old")
    write = publishing.write_through
    monkeypatch.setattr(
        publishing, "write_through", lambda path, content: write(path, content[:-1] if path.name == name else content)
    )
    with pytest.raises(OutputError, match=rf"{name}: .*damaged.*, after it was written"):
        published(out, "new")
    assert state(out) == (old, {})


def test_bytes_reach_the_disk_before_the_switch_and_the_switch_before_the_end(out, monkeypatch, way):
    published(out, "old")
    old, fsync, synced = out.stat().st_ino, os.fsync, {"before": [], "after": []}

    def noted(descriptor):
        when = "before" if out.stat().st_ino == old else "after"
        synced[when].append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    published(out, "new")
    files, folders = synced["before"][:3], synced["before"][3:]
    assert files == ["posts.csv", "m4.geojson", "manifest.json"]
    assert folders == ["data", "next", ".m4.builds"]
    assert synced["after"] == [out.parent.name, ".m4.builds"]


def test_a_build_of_another_folder_need_not_wait(tmp_path):
    with build_lock(tmp_path / "m4"), build_lock(tmp_path / "m5"):
        pass


# ---- What is not ours, and where a build may go. ----


def test_what_is_not_ours_in_the_hidden_folder_is_left_alone(out):
    mine = out.parent / ".m4.builds" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    for what in "abc":
        published(out, what)
    assert mine.read_text() == "mine"


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(out):
    out.mkdir()
    (out / "manifest.json").write_text('{"name": "a web application"}')
    with pytest.raises(OutputError, match="is not empty and is not a previous build"):
        published(out)
    assert names(out.parent) == ["m4/manifest.json"]


def test_files_put_into_the_empty_folder_while_a_build_runs_are_left_alone(out):
    out.mkdir()
    outputs, manifest = a_build()
    with build_lock(out) as site:
        (out / "notes.txt").write_text("mine")
        with pytest.raises(OutputError, match="is not empty and is not a previous build"):
            publish(site, outputs, manifest)
    assert names(out) == ["notes.txt"]


def test_an_empty_folder_the_target_of_a_link_and_a_relative_path_are_used(tmp_path, monkeypatch, way):
    (tmp_path / "empty").mkdir()
    (tmp_path / "web").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "web")
    monkeypatch.chdir(tmp_path)
    for out in (tmp_path / "empty", tmp_path / "link", Path("maps/m4")):
        published(out)
    assert (tmp_path / "link").is_symlink()
    for folder in ("empty", "web", "maps/m4"):
        assert names(tmp_path / folder) == FILES


def test_what_cannot_be_a_folder_is_one_plain_line(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for out in (tmp_path / "file", tmp_path / "file" / "m4", tmp_path / "circle"):
        with pytest.raises(OutputError, match=r"\A[^\n]*cannot be written[^\n]*\Z"):
            published(out)

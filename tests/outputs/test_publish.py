import os
import time
from pathlib import Path

import pytest

from geo.errors import BusyError, OutputError
from geo.outputs import publish as publishing
from geo.outputs.manifest import build_of, is_complete, read_manifest
from geo.outputs.publish import build_lock, publish
from tests.small_build import a_build, published


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def hidden(out):
    """Return what the hidden folder beside a published one holds, the older build by its id."""
    folder = out.parent / f".{out.name}.builds"
    return {path.name: build_of(path) for path in folder.iterdir()}


def id_of(folder):
    assert is_complete(folder)
    return read_manifest(folder).build


@pytest.fixture(params=["in one step", "by renames"])
def way(request, monkeypatch):
    """Switch in each of the two ways."""
    if request.param == "by renames":
        monkeypatch.setattr(publishing, "exchange", lambda one, other: False)
    return request.param


def test_files_are_written_as_utf8_below_the_folder_and_the_manifest_with_them(tmp_path):
    published(tmp_path / "maps" / "m4")
    assert names(tmp_path / "maps" / "m4") == ["data/m4.geojson", "data/posts.csv", "manifest.json"]
    assert "سراقب".encode() in (tmp_path / "maps/m4/data/posts.csv").read_bytes()


def test_the_former_build_is_replaced_whole_and_is_kept_as_the_only_older_one(tmp_path, way):
    out = tmp_path / "m4"
    ids = [published(out, what) for what in "abc"]
    assert id_of(out) == ids[2]
    assert id_of(tmp_path / ".m4.builds" / "previous") == ids[1]
    assert hidden(out) == {"lock": None, "previous": ids[1]}


def test_publishing_the_same_build_again_changes_nothing(tmp_path):
    out = tmp_path / "m4"
    published(out)
    before = out.stat().st_ino
    published(out)
    assert (out.stat().st_ino, hidden(out)) == (before, {"lock": None})


def test_a_damaged_build_is_built_again_and_not_kept(tmp_path, way):
    out = tmp_path / "m4"
    old, new = published(out, "old"), published(out, "new")
    (out / "data" / "posts.csv").write_text("")
    published(out, "new")
    assert (id_of(out), hidden(out)) == (new, {"lock": None, "previous": old})


def test_the_clock_takes_no_part(tmp_path, monkeypatch, way):
    out = tmp_path / "m4"
    published(out, "a")
    for path in tmp_path.rglob("*"):
        os.utime(path, (4e9, 4e9))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    ids = [published(out, what) for what in "bc"]
    assert (id_of(out), hidden(out)) == (ids[1], {"lock": None, "previous": ids[0]})


def fails(what, error):
    """Return a function that raises an error when it is asked for the second time."""
    calls = []

    def failing(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:
            raise error
        return what(*arguments, **options)

    return failing


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "Ctrl-C"])
def test_a_write_that_fails_leaves_the_former_build_and_nothing_else(tmp_path, monkeypatch, error, way):
    out = tmp_path / "m4"
    old = published(out, "old")
    monkeypatch.setattr(publishing, "write_through", fails(publishing.write_through, error))
    with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt):
        published(out, "new")
    assert id_of(out) == old
    assert hidden(out) == {"lock": None}


def test_a_switch_that_fails_half_way_is_undone(tmp_path, monkeypatch):
    out = tmp_path / "m4"
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
    assert id_of(out) == old
    assert hidden(out) == {"lock": None}
    assert published(out, "new") == id_of(out)


@pytest.mark.parametrize("name", ["posts.csv", "manifest.json"])
def test_a_file_that_is_not_on_the_disk_as_it_was_written_is_not_published(tmp_path, monkeypatch, name):
    out = tmp_path / "m4"
    old = published(out, "old")
    write = publishing.write_through
    monkeypatch.setattr(
        publishing, "write_through", lambda path, content: write(path, content[:-1] if path.name == name else content)
    )
    with pytest.raises(OutputError, match=rf"{name}: .*damaged.*, after it was written"):
        published(out, "new")
    assert id_of(out) == old


def test_bytes_reach_the_disk_before_the_switch_and_the_switch_before_the_end(tmp_path, monkeypatch, way):
    out = tmp_path / "m4"
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
    assert synced["after"] == [tmp_path.name, ".m4.builds"]


def test_a_second_builder_is_told_to_wait(tmp_path):
    with (
        build_lock(tmp_path / "m4"),
        pytest.raises(BusyError, match="another build of this folder is running"),
        build_lock(tmp_path / "m4"),
    ):
        pass


def test_builders_of_two_folders_do_not_disturb_each_other(tmp_path):
    with build_lock(tmp_path / "m4"), build_lock(tmp_path / "m5"):
        pass


def test_what_a_killed_build_has_written_is_removed_at_the_next_start(tmp_path):
    out = tmp_path / "m4"
    old = published(out, "old")
    unfinished = tmp_path / ".m4.builds" / "next" / "data"
    unfinished.mkdir(parents=True)
    (unfinished / "posts.csv").write_text("id,bu")
    with build_lock(out):
        assert hidden(out) == {"lock": None}
    assert id_of(out) == old


def test_a_build_killed_between_two_renames_is_undone_at_the_next_start(tmp_path):
    out, folder = tmp_path / "m4", tmp_path / ".m4.builds"
    new, old = published(out, "new"), published(out, "old")
    out.rename(folder / "aside")
    (folder / "previous").rename(folder / "next")
    with build_lock(out):
        assert (id_of(out), hidden(out)) == (old, {"lock": None})
    assert published(out, "new") == new


def test_something_that_is_not_ours_in_the_hidden_folder_is_left_alone(tmp_path):
    (tmp_path / ".m4.builds").mkdir()
    (tmp_path / ".m4.builds" / "mine.txt").write_text("mine")
    for what in "abcd":
        published(tmp_path / "m4", what)
    assert (tmp_path / ".m4.builds" / "mine.txt").read_text() == "mine"


def test_files_put_into_the_empty_folder_while_a_build_runs_are_left_alone(tmp_path):
    out = tmp_path / "m4"
    out.mkdir()
    outputs, manifest = a_build()
    with build_lock(out) as site:
        (out / "notes.txt").write_text("mine")
        with pytest.raises(OutputError, match="is not empty and is not a previous build"):
            publish(site, outputs, manifest)
    assert (names(out), hidden(out)) == (["notes.txt"], {"lock": None})


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path):
    out = tmp_path / "photos"
    out.mkdir()
    (out / "manifest.json").write_text('{"name": "a web application"}')
    with pytest.raises(OutputError, match="is not empty and is not a previous build"):
        published(out)
    assert names(tmp_path) == ["photos/manifest.json"]


def test_a_build_of_another_version_is_replaced_and_kept(tmp_path, way):
    out = tmp_path / "m4"
    out.mkdir()
    (out / "manifest.json").write_text('{"build": "0123456789ab", "outputs": [], "of a later version": true}')
    published(out)
    assert hidden(out) == {"lock": None, "previous": "0123456789ab"}


def test_links_in_a_circle_are_one_plain_line(tmp_path):
    (tmp_path / "m4").symlink_to(tmp_path / "m4")
    with pytest.raises(OutputError, match="cannot be written"):
        published(tmp_path / "m4")


def test_an_empty_folder_is_used(tmp_path, way):
    (tmp_path / "m4").mkdir()
    build = published(tmp_path / "m4")
    assert (id_of(tmp_path / "m4"), hidden(tmp_path / "m4")) == (build, {"lock": None})


def test_a_link_is_followed(tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "m4").symlink_to(tmp_path / "web")
    build = published(tmp_path / "m4")
    assert (tmp_path / "m4").is_symlink()
    assert id_of(tmp_path / "web") == build


def test_a_relative_path_is_one_below_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    build = published(Path("maps/m4"))
    assert id_of(tmp_path / "maps" / "m4") == build


def test_a_file_in_the_way_is_one_plain_line(tmp_path):
    (tmp_path / "maps").write_text("")
    for out in (tmp_path / "maps", tmp_path / "maps" / "m4"):
        with pytest.raises(OutputError, match="cannot be written") as caught:
            published(out)
        assert "\n" not in str(caught.value)

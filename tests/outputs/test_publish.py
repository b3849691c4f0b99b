import os
import time
from pathlib import Path

import pytest

from geo.errors import BusyError, OutputError
from geo.outputs import publish as publishing
from geo.outputs import switch
from geo.outputs.manifest import is_whole, read_manifest
from geo.outputs.output import Output
from geo.outputs.publish import publish, sole_builder
from tests.small_build import a_build, published


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def older(out):
    """Return the ids of the older builds that are kept, the newest first."""
    return [path.name.partition("-")[2] for path in publishing.Site(out).older()]


def id_of(folder):
    manifest = read_manifest(folder)
    assert manifest is not None
    assert is_whole(folder)
    return manifest.build


@pytest.fixture(params=["in one step", "with a journal"])
def way(request, monkeypatch):
    """Switch in each of the two ways."""
    if request.param == "with a journal":
        monkeypatch.setattr(switch, "exchange", lambda one, other: False)
    return request.param


def test_files_are_written_as_utf8_below_the_folder_and_the_manifest_with_them(tmp_path):
    published(tmp_path / "maps" / "m4")
    assert names(tmp_path / "maps" / "m4") == ["data/m4.geojson", "data/posts.csv", "manifest.json"]
    assert "سراقب".encode() in (tmp_path / "maps/m4/data/posts.csv").read_bytes()


def test_the_former_build_is_replaced_whole_and_two_older_ones_are_kept(tmp_path, way):
    out = tmp_path / "m4"
    ids = [published(out, what) for what in "abcde"]
    assert id_of(out) == ids[-1]
    assert older(out) == [ids[3], ids[2]]
    assert all(is_whole(folder) for folder in publishing.Site(out).older())
    assert sorted(path.name for path in (tmp_path / ".m4.builds").iterdir()) == [
        f"000003-{ids[2]}",
        f"000004-{ids[3]}",
        "lock",
    ]


def test_two_builds_in_turn_are_kept_once_each(tmp_path, way):
    out = tmp_path / "m4"
    ids = [published(out, what) for what in "abab"]
    assert (id_of(out), older(out)) == (ids[1], [ids[0]])


def test_publishing_the_same_build_again_changes_nothing(tmp_path):
    out = tmp_path / "m4"
    published(out)
    before = out.stat().st_ino
    published(out)
    assert (out.stat().st_ino, older(out)) == (before, [])


def test_a_published_folder_that_was_damaged_is_built_again(tmp_path, way):
    out = tmp_path / "m4"
    build = published(out)
    (out / "data" / "posts.csv").write_text("")
    published(out)
    assert (id_of(out), older(out)) == (build, [])


def test_the_clock_takes_no_part(tmp_path, monkeypatch, way):
    out = tmp_path / "m4"
    first = [published(out, what) for what in "ab"]
    for path in tmp_path.rglob("*"):
        os.utime(path, (4e9, 4e9))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    last = [published(out, what) for what in "cd"]
    assert (id_of(out), older(out)) == (last[1], [last[0], first[1]])


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
    assert [path.name for path in (tmp_path / ".m4.builds").iterdir()] == ["lock"]


def test_a_switch_that_fails_half_way_is_undone(tmp_path, monkeypatch):
    out = tmp_path / "m4"
    old = published(out, "old")
    monkeypatch.setattr(switch, "exchange", lambda one, other: False)
    rename = Path.rename

    def in_use(path, target):
        if path.name.startswith("next-"):
            raise PermissionError(13, "in use", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", in_use)
    with pytest.raises(OutputError, match="in use"):
        published(out, "new")
    monkeypatch.undo()
    assert id_of(out) == old
    assert [path.name for path in (tmp_path / ".m4.builds").iterdir()] == ["lock"]
    published(out, "new")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda content: content[:-1], "does not read back as it was written"),
        (lambda content: content.replace(b"posts", b"Posts"), "does not read back"),
    ],
)
def test_what_does_not_read_back_is_not_published(tmp_path, monkeypatch, spoil, told):
    out = tmp_path / "m4"
    old = published(out, "old")
    write = publishing.write_through
    monkeypatch.setattr(publishing, "write_through", lambda path, content: write(path, spoil(content) or b"-"))
    if told == "does not read back":
        monkeypatch.setattr(
            publishing, "write_through", lambda path, content: write(path, b"" if path.suffix == ".json" else content)
        )
    with pytest.raises(OutputError, match=told):
        published(out, "new")
    assert id_of(out) == old


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (
            Output.of_text("data/posts.csv", "id,build\na,{build}\n", {"posts": 2}),
            "'posts': 2} rows went in, {'posts': 1} came",
        ),
        (Output.of_text("data/posts.csv", "id,build\na,0123\n", {"posts": 1}), "does not carry the id of its build"),
        (Output.of_text("data/posts.geojson", "{{", {"posts": 1}), "cannot be opened"),
    ],
)
def test_every_output_is_opened_again_and_counted_against_what_went_in(tmp_path, output, told):
    _, manifest = a_build()
    wrong = Output.of_text(output.name, output.content.decode().format(build=manifest.build), output.rows)
    with sole_builder(tmp_path / "m4") as site, pytest.raises(OutputError, match=told):
        publish(site, [wrong], manifest)
    assert not (tmp_path / "m4").exists()


def test_bytes_reach_the_disk_before_the_switch_and_the_switch_before_the_end(tmp_path, monkeypatch, way):
    published(tmp_path / "m4", "old")
    calls = []
    fsync, take_place = os.fsync, switch.take_place
    monkeypatch.setattr(
        os, "fsync", lambda fd: (calls.append(Path(f"/proc/self/fd/{fd}").resolve().name), fsync(fd))[1]
    )
    monkeypatch.setattr(switch, "take_place", lambda *paths: (calls.append("switch"), take_place(*paths)))
    published(tmp_path / "m4", "new")
    before, after = calls[: calls.index("switch")], calls[calls.index("switch") + 1 :]
    assert before[:3] == ["posts.csv", "m4.geojson", "manifest.json"]
    assert sorted(before[3:5])[0] == "data"
    assert before[5] == ".m4.builds"
    assert {tmp_path.name, ".m4.builds"} <= set(after)


def test_a_second_builder_is_told_to_wait(tmp_path):
    with (
        sole_builder(tmp_path / "m4"),
        pytest.raises(BusyError, match="another build of this folder runs"),
        sole_builder(tmp_path / "m4"),
    ):
        pass


def test_builders_of_two_folders_do_not_disturb_each_other(tmp_path):
    with sole_builder(tmp_path / "m4"), sole_builder(tmp_path / "m5"):
        pass


def test_leftovers_of_dead_builds_are_removed_at_the_next_start(tmp_path):
    out = tmp_path / "m4"
    old = published(out, "old")
    shelf = tmp_path / ".m4.builds"
    (shelf / "next-0123456789ab" / "data").mkdir(parents=True)
    (shelf / "next-0123456789ab" / "data" / "posts.csv").write_text("id,bu")
    with sole_builder(out):
        assert [path.name for path in shelf.iterdir()] == ["lock"]
    assert id_of(out) == old


def test_a_build_that_died_right_after_the_switch_leaves_the_former_one_among_the_older(tmp_path):
    out = tmp_path / "m4"
    old, new = published(out, "old"), published(out, "new")
    shelf = tmp_path / ".m4.builds"
    (shelf / f"000001-{old}").rename(shelf / f"next-{new}")
    with sole_builder(out):
        assert (id_of(out), older(out)) == (new, [old])


def test_something_that_is_not_ours_in_the_hidden_folder_is_left_alone(tmp_path):
    (tmp_path / ".m4.builds").mkdir()
    (tmp_path / ".m4.builds" / "mine.txt").write_text("mine")
    for what in "abcd":
        published(tmp_path / "m4", what)
    assert (tmp_path / ".m4.builds" / "mine.txt").read_text() == "mine"


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path):
    out = tmp_path / "photos"
    out.mkdir()
    (out / "manifest.json").write_text('{"name": "a web application"}')
    with pytest.raises(OutputError, match="holds something that is no build"):
        published(out)
    assert names(tmp_path) == ["photos/manifest.json"]


def test_a_build_of_another_version_is_replaced_and_kept(tmp_path, way):
    out = tmp_path / "m4"
    out.mkdir()
    (out / "manifest.json").write_text('{"build": "0123456789ab", "outputs": [], "of a later version": true}')
    published(out)
    assert older(out) == ["0123456789ab"]


def test_links_in_a_circle_are_one_plain_line(tmp_path):
    (tmp_path / "m4").symlink_to(tmp_path / "m4")
    with pytest.raises(OutputError, match="cannot be written"):
        published(tmp_path / "m4")


def test_an_empty_folder_is_used(tmp_path, way):
    (tmp_path / "m4").mkdir()
    build = published(tmp_path / "m4")
    assert (id_of(tmp_path / "m4"), older(tmp_path / "m4")) == (build, [])


def test_a_build_from_before_manifests_is_replaced_and_kept(tmp_path, way):
    out = tmp_path / "m4"
    (out / "data").mkdir(parents=True)
    (out / "data" / "corridor.geojson").write_text("{}")
    (out / "index.html").write_text("old")
    build = published(out)
    assert (id_of(out), older(out)) == (build, ["unnamed"])


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

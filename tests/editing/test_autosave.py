import json

import pytest

from geo.editing.autosave import FOLDER, Autosave
from geo.editing.draft import Row, State
from geo.errors import OutputError

EDITS = {
    "post-09-morek": (
        Row({"id": "post-09-morek", "note": "سراقب"}, {"type": "Point", "coordinates": [36.7, 35.3]}),
        None,
    ),
    "+1": (None, Row({"id": None, "note": "new"})),
}
STATE = State({}, {"S9": {"id": "S9", "title": "t"}}, {"+1": "S9"})


@pytest.fixture
def place(tmp_path):
    place = Autosave(tmp_path, "places")
    yield place
    place.close()


def test_an_edit_comes_back_as_it_was_kept(place, tmp_path):
    place.keep(EDITS, STATE)
    place.close()
    assert Autosave(tmp_path, "places").kept() == (EDITS, STATE)


def test_where_nothing_was_kept_nothing_comes_back(place):
    assert place.kept() is None
    assert not place.path.exists()


def test_an_edit_that_changes_nothing_leaves_no_file(place):
    place.keep(EDITS, STATE)
    assert place.path.exists()
    place.keep({}, State({}, {}, {"+1": "S9"}))
    assert not place.path.exists()
    place.keep({}, State({}))


def test_git_leaves_the_folder_of_drafts_alone(place, tmp_path):
    assert place.path.parent == tmp_path / FOLDER
    assert (tmp_path / FOLDER / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_two_living_editors_have_two_places_and_a_third_takes_up_what_was_left(tmp_path):
    first, second = Autosave(tmp_path, "places"), Autosave(tmp_path, "places")
    assert first.path != second.path
    second.keep(EDITS, STATE)
    second.close()
    third = Autosave(tmp_path, "places")
    assert third.path == second.path
    assert third.kept() == (EDITS, STATE)


def test_each_of_two_edits_that_were_left_is_taken_up_once(tmp_path):
    left = [Autosave(tmp_path, "places") for _ in range(2)]
    for number, place in enumerate(left):
        place.keep({"+1": (None, Row({"id": str(number)}))}, State({}))
    for place in left:
        place.close()
    taken = [Autosave(tmp_path, "places") for _ in range(3)]
    found = [place.kept() for place in taken]
    assert [kept[0]["+1"][1].values["id"] for kept in found[:2]] == ["0", "1"]
    assert found[2] is None


def test_layers_do_not_share_their_drafts(place, tmp_path):
    place.keep(EDITS, STATE)
    place.close()
    assert Autosave(tmp_path, "observation_posts").kept() is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"rows": []}',
        b'{"rows": {"a": [1, 2]}, "sources": {}, "backing": {}}',
        b'{"rows": {"a": [{"values": {}}, null]}, "sources": {}, "backing": {}}',
        b'{"rows": {"a": null}, "sources": {}, "backing": {}}',
        b'{"rows": {}, "sources": {}}',
        *(b'{"rows": {}, "sources": {}, "backing": ' + b"[" * n + b"]" * n + b"}" for n in (50, 900, 200_000)),
    ],
    ids=lambda content: repr(content[:60]),
)
def test_an_unreadable_edit_is_moved_aside_and_never_asked_for_again(place, content):
    place.path.write_bytes(content)
    assert place.kept() is None
    assert not place.path.exists()
    assert place.path.with_suffix(".unreadable").read_bytes() == content
    assert place.kept() is None


@pytest.mark.parametrize("typed", ["a\ud800b", "a\ufffeb", "a\x0bb"], ids=ascii)
def test_whatever_is_typed_is_kept_until_it_is_mended(place, typed):
    row = Row({"id": "a", "note": typed})
    place.keep({"a": (None, row)}, State({}))
    assert place.kept() == ({"a": (None, row)}, State({}, {}, {}))


def test_arabic_stays_readable_in_the_file(place):
    place.keep(EDITS, STATE)
    text = place.path.read_text(encoding="utf-8")
    assert "سراقب" in text
    assert set(json.loads(text)) == {"rows", "sources", "backing"}


def test_a_folder_that_takes_no_drafts_is_one_plain_line(tmp_path):
    (tmp_path / FOLDER).write_text("a file stands where the folder should", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        Autosave(tmp_path, "places")

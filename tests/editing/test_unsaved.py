import pytest

from geo.editing.draft import Row, State
from geo.editing.unsaved import FOLDER, Autosave, merged
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


def test_an_edit_that_changes_nothing_leaves_no_file(place):
    place.keep(EDITS, STATE)
    assert place.path.exists()
    place.keep({}, State({}, {}, {"+1": "S9"}))
    assert not place.path.exists()
    place.keep({}, State({}))


def test_git_leaves_the_folder_of_drafts_alone(place, tmp_path):
    assert place.path.parent == tmp_path / FOLDER
    assert (tmp_path / FOLDER / ".gitignore").read_text(encoding="utf-8") == "*\n"


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


def test_a_folder_that_takes_no_drafts_is_one_plain_line(tmp_path):
    (tmp_path / FOLDER).write_text("a file stands where the folder should", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        Autosave(tmp_path, "places")


def row(id_, place=None, **values):
    geometry = None if place is None else {"type": "Point", "coordinates": list(place)}
    return Row({"id": id_, "note": None, "grade": "B3", "sources": ["S1"], **values}, geometry)


def again(before, mine, theirs):
    """Merge an edit of one row with another version of that row."""
    state, dropped = merged({} if theirs is None else {"a": theirs}, {}, {"a": (before, mine)}, State({}))
    return state.rows.get("a"), list(dropped)


def test_a_change_of_a_value_and_a_move_both_stand():
    merged, left_out = again(row("a", (36, 35)), row("a", (36.5, 35)), row("a", (36, 35), note="theirs"))
    assert (merged, left_out) == (row("a", (36.5, 35), note="theirs"), [])


def test_a_value_that_both_changed_stays_theirs_and_mine_is_reported():
    result, dropped = again(row("a"), row("a", note="mine", grade="A1"), row("a", note="theirs"))
    assert result == row("a", note="theirs", grade="A1")
    assert dropped == ["a: note was changed by another user to 'theirs'; yours, 'mine', is dropped"]


def test_a_place_that_both_changed_stays_theirs_and_mine_is_reported():
    result, [line] = again(row("a", (36, 35)), row("a", (36.5, 35)), row("a", (36.7, 35)))
    assert result == row("a", (36.7, 35))
    assert "to 36.700000, 35.000000; yours, 36.500000, 35.000000, is dropped" in line


def test_what_both_changed_alike_is_no_conflict():
    assert again(row("a"), row("a", note="same"), row("a", note="same")) == (row("a", note="same"), [])


def test_a_row_that_another_user_removed_stays_removed_and_mine_is_reported():
    result, dropped = again(row("a", (36, 35)), row("a", (36.5, 35), note="mine"), None)
    assert result is None
    assert dropped == ["a: was removed by another user; yours, note 'mine', geometry 36.500000, 35.000000, is dropped"]


def test_a_row_that_another_user_changed_is_not_removed():
    result, dropped = again(row("a"), None, row("a", note="theirs"))
    assert result == row("a", note="theirs")
    assert dropped == ["a: was changed by another user; it is not removed"]


def test_a_row_that_both_removed_is_removed():
    assert again(row("a"), None, None) == (None, [])
    assert again(row("a"), None, row("a")) == (None, [])


def test_a_new_row_is_added_to_theirs_once():
    theirs = {"a": row("a"), "b": row("b")}
    edits = {"+1": (None, row("c")), "+2": (None, None), "+3": (None, row("b")), "+4": (None, row("a", note="mine"))}
    state, dropped = merged(theirs, {}, edits, State({}))
    assert state.rows == {**theirs, "+1": row("c"), "+4": row("a", note="mine")}
    assert dropped == ()


def test_a_new_source_is_kept_unless_the_file_has_one_with_its_id():
    state = State({}, {"S9": {"id": "S9", "title": "mine"}}, {"a": "S9"})
    kept, dropped = merged({}, {}, {}, state)
    assert (kept.sources, kept.backing, dropped) == (state.sources, state.backing, ())
    same, dropped = merged({}, {"S9": Row({"id": "S9", "title": "mine", "note": None})}, {}, state)
    assert (same.sources, dropped) == ({}, ())
    other, [line] = merged({}, {"S9": Row({"id": "S9", "title": "theirs"})}, {}, state)
    assert other.sources == {}
    assert line.startswith("sources S9: was added by another user; yours, ")
    assert "'mine'" in line

from geo.editing.draft import Row, State
from geo.editing.rebase import edits_of, rebased

NONE = State({})


def row(id_, place=None, **values):
    geometry = None if place is None else {"type": "Point", "coordinates": list(place)}
    return Row({"id": id_, "note": None, "grade": "B3", "sources": ["S1"], **values}, geometry)


def again(before, mine, theirs):
    """Make a change again that was begun on one row, where somebody else has made another row of it."""
    outcome = rebased({} if theirs is None else {"a": theirs}, {}, {"a": (before, mine)}, NONE)
    return outcome.state.rows.get("a"), list(outcome.left_out)


def test_changes_of_two_columns_both_stand():
    merged, left_out = again(row("a"), row("a", note="mine"), row("a", grade="A1"))
    assert (merged, left_out) == (row("a", note="mine", grade="A1"), [])


def test_a_change_of_a_value_and_a_move_both_stand():
    merged, left_out = again(row("a", (36, 35)), row("a", (36.5, 35)), row("a", (36, 35), note="theirs"))
    assert (merged, left_out) == (row("a", (36.5, 35), note="theirs"), [])


def test_a_value_that_both_changed_stays_theirs_and_mine_is_told():
    merged, left_out = again(row("a"), row("a", note="mine", grade="A1"), row("a", note="theirs"))
    assert merged == row("a", note="theirs", grade="A1")
    assert left_out == ["a: note is 'theirs' by somebody else's change; yours, 'mine', is left out"]


def test_a_place_that_both_changed_stays_theirs_and_mine_is_told():
    merged, left_out = again(row("a", (36, 35)), row("a", (36.5, 35)), row("a", (36.7, 35)))
    assert merged == row("a", (36.7, 35))
    assert left_out == ["a: its place was changed by somebody else too; yours, 36.500000, 35.000000, is left out"]


def test_what_both_changed_alike_is_no_conflict():
    assert again(row("a"), row("a", note="same"), row("a", note="same")) == (row("a", note="same"), [])


def test_what_somebody_else_removed_stays_removed_and_mine_is_told():
    merged, left_out = again(row("a", (36, 35)), row("a", (36.5, 35), note="mine"), None)
    assert merged is None
    assert left_out == ["a: somebody else has removed it; left out is note 'mine', 36.500000, 35.000000"]


def test_a_row_that_somebody_else_changed_is_not_removed():
    merged, left_out = again(row("a"), None, row("a", note="theirs"))
    assert merged == row("a", note="theirs")
    assert left_out == ["a: somebody else has changed it; it is not removed"]


def test_a_row_that_both_removed_is_removed():
    assert again(row("a"), None, None) == (None, [])
    assert again(row("a"), None, row("a")) == (None, [])


def test_a_new_row_is_added_to_theirs():
    theirs = {"a": row("a"), "b": row("b")}
    outcome = rebased(theirs, {}, {"+1": (None, row("c")), "+2": (None, None)}, NONE)
    assert outcome.state.rows == {**theirs, "+1": row("c")}
    assert outcome.left_out == ()


def test_a_new_row_that_stands_there_already_is_not_added_twice():
    assert rebased({"c": row("c")}, {}, {"+1": (None, row("c"))}, NONE).state.rows == {"c": row("c")}


def test_a_new_row_with_the_id_of_another_is_kept_for_the_rules_to_tell():
    rows = rebased({"c": row("c")}, {}, {"+1": (None, row("c", note="mine"))}, NONE).state.rows
    assert rows == {"c": row("c"), "+1": row("c", note="mine")}


def test_new_sources_and_what_backs_a_place_are_kept():
    state = State({}, {"S9": {"id": "S9", "title": "t"}}, {"a": "S9"})
    outcome = rebased({}, {}, {}, state)
    assert (outcome.state.sources, outcome.state.backing) == (state.sources, state.backing)


def test_a_new_source_that_stands_there_already_is_not_added_twice():
    there = {"S9": Row({"id": "S9", "title": "t", "note": None})}
    outcome = rebased({}, there, {}, State({}, {"S9": {"id": "S9", "title": "t"}}))
    assert (outcome.state.sources, outcome.left_out) == ({}, ())


def test_a_new_source_with_the_id_of_another_is_left_out_and_told():
    there = {"S9": Row({"id": "S9", "title": "theirs"})}
    outcome = rebased({}, there, {}, State({}, {"S9": {"id": "S9", "title": "mine"}}))
    assert outcome.state.sources == {}
    [line] = outcome.left_out
    assert "sources S9: somebody else has added another one" in line
    assert "'mine'" in line


def test_the_rows_of_others_are_not_touched(draft):
    draft.change("post-09-morek", "note", "mine")
    theirs = {**draft.base, "post-01-salwah": row("post-01-salwah", note="theirs")}
    assert set(edits_of(draft)) == {"post-09-morek"}
    rows = rebased(theirs, {}, edits_of(draft), NONE).state.rows
    assert {id_ for id_ in rows if rows[id_] != theirs[id_]} == {"post-09-morek"}
    assert list(rows) == list(theirs)

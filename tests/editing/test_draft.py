import pytest
from shapely.geometry import shape

from geo.editing.draft import Draft, canonical, rows_of, slug
from geo.errors import GeoError

MOREK = "post-09-morek"
SOURCE = {"id": "new-1", "title": "A made-up source"}
CLOCKWISE = [[36.5, 35.5], [36.5, 36.0], [37.0, 36.0], [37.0, 35.5], [36.5, 35.5]]


def point(lon, lat):
    return {"type": "Point", "coordinates": [lon, lat]}


def test_a_draft_begins_as_the_file_is(draft, layers):
    assert draft.rows == draft.base == rows_of(layers["observation_posts"])
    assert len(draft.rows) == 73
    assert (draft.is_changed, draft.can_undo, draft.can_redo) == (False, False, False)
    assert list(draft.changed()) == []


def test_the_layer_that_was_read_stays_as_it_was(draft, layers):
    before = rows_of(layers["observation_posts"])
    draft.change(MOREK, "note", "another")
    draft.place(MOREK, point(36.7, 35.4))
    draft.remove("post-01-salwah")
    assert rows_of(layers["observation_posts"]) == draft.base == before


def every_kind_of_change(draft):
    """Yield a name after each step of another kind."""
    yield "nothing"
    draft.change(MOREK, "evacuated_on", "2020-11-03")
    yield "change"
    draft.place(MOREK, point(36.7, 35.4))
    yield "place"
    draft.cite_new(MOREK, SOURCE)
    yield "cite_new"
    draft.back(MOREK, "new-1")
    yield "back"
    key = draft.add(geometry=point(36.8, 35.9))
    yield "add"
    draft.change(key, "name_en", "Made-up Post")
    yield "change of a new one"
    draft.remove("post-01-salwah")
    yield "remove"
    draft.place("post-02-qalat-siman", None)
    yield "no place"
    draft.add_source({"id": "new-2", "title": "Another"})
    yield "add_source"
    draft.discard()
    yield "discard"


def test_every_kind_of_change_is_undone_and_redone_exactly(draft):
    states = [draft.state for _ in every_kind_of_change(draft)]
    assert len(set(map(id, states))) == len(states) == 11
    for state in reversed(states[:-1]):
        assert draft.can_undo
        draft.undo()
        assert draft.state == state
    assert (draft.can_undo, draft.is_changed) == (False, False)
    draft.undo()
    assert draft.rows == draft.base
    for state in states[1:]:
        draft.redo()
        assert draft.state == state
    assert draft.can_redo is False
    draft.redo()
    assert draft.state == states[-1]


def test_a_new_change_ends_what_could_be_redone(draft):
    draft.change(MOREK, "note", "first")
    draft.undo()
    draft.change(MOREK, "note", "second")
    draft.redo()
    assert draft.rows[MOREK].values["note"] == "second"


def test_a_change_to_the_same_value_is_no_step(draft):
    draft.change(MOREK, "number", 9)
    draft.place(MOREK, dict(draft.rows[MOREK].geometry))
    draft.back(MOREK, "O091")
    draft.back(MOREK, "O091")
    draft.undo()
    assert draft.can_undo is False


def test_a_change_taken_back_by_hand_is_no_change(draft):
    note = draft.rows[MOREK].values["note"]
    draft.change(MOREK, "note", "x")
    assert draft.is_changed
    draft.change(MOREK, "note", note)
    assert not draft.is_changed


def test_an_id_that_is_in_the_file_stays(draft):
    with pytest.raises(GeoError, match="stays as it is"):
        draft.change(MOREK, "id", "post-9")
    assert draft.rows[MOREK].values["id"] == MOREK


def test_what_is_not_there_is_one_plain_line(draft):
    for act in (
        lambda: draft.change("x", "note", "y"),
        lambda: draft.change(MOREK, "colour", "red"),
        lambda: draft.place("x", None),
        lambda: draft.remove("x"),
        lambda: draft.cite_new("x", SOURCE),
        lambda: draft.key_of("x"),
    ):
        with pytest.raises(GeoError, match=r"^observation_posts\.geojson: .*'(x|colour)'$"):
            act()
    assert not draft.can_undo


def test_a_new_row_has_every_column_and_nothing_else(draft):
    key = draft.add(geometry={**point(36.8, 35.9), "bbox": [1, 2, 3, 4]})
    row = draft.rows[key]
    assert set(row.values) == set(draft.spec.record.model_fields)
    assert {column: value for column, value in row.values.items() if value} == {}
    assert row.values["sources"] == []
    assert row.geometry == point(36.8, 35.9)
    assert draft.is_new(key)
    assert not draft.is_new(MOREK)


def test_the_proposed_id_follows_the_name_until_one_is_typed(draft):
    key = draft.add()
    assert draft.rows[key].values["id"] is None
    ids = []
    for name in ("Tall Touqan", "Tell Tuqan (south)", "سراقب", "Šayḫ Barakāt"):
        draft.change(key, "name_en", name)
        ids.append(draft.rows[key].values["id"])
    assert ids == ["post-tall-touqan", "post-tell-tuqan-south", None, "post-sayh-barakat"]
    draft.change(key, "note", "says nothing of its id")
    assert draft.rows[key].values["id"] == "post-sayh-barakat"
    draft.change(key, "id", "post-13")
    draft.change(key, "name_en", "Saraqib")
    assert draft.rows[key].values["id"] == "post-13"
    assert draft.key_of("post-13") == key


def test_an_id_that_is_given_is_not_proposed(draft):
    key = draft.add({"id": "post-x", "name_en": "Saraqib"})
    assert draft.rows[key].values["id"] == "post-x"


def test_a_proposed_id_is_unique_in_the_file_and_among_the_new_rows(draft):
    keys = [draft.add({"name_en": "09 Morek"}) for _ in range(3)]
    assert [draft.rows[key].values["id"] for key in keys] == [f"{MOREK}-{number}" for number in (2, 3, 4)]
    assert len(set(keys)) == 3


def test_a_long_name_gives_an_id_that_may_be(draft):
    keys = [draft.add({"name_en": "Jabal " * 20}) for _ in range(2)]
    ids = [draft.rows[key].values["id"] for key in keys]
    assert ids[0] != ids[1]
    assert [len(id_) <= 64 for id_ in ids] == [True, True]


def test_where_ids_begin_in_many_ways_none_is_put_before_the_name(layers):
    places = Draft(layers["places"])
    key = places.add({"name_en": "Made-up Place"})
    assert places.rows[key].values["id"] == "made-up-place"


def test_a_patrol_is_named_by_its_date(layers):
    patrols = Draft(layers["joint_patrols"])
    key = patrols.add()
    patrols.change(key, "date", "2020-08-30")
    assert patrols.rows[key].values["id"] == "2020-08-30"


def test_keys_of_new_rows_are_not_used_twice(draft):
    first, second = draft.add(), draft.add()
    draft.remove(first)
    assert draft.add() not in {first, second}


def test_coordinates_have_six_decimals_at_most(draft):
    draft.place(MOREK, {"type": "Point", "coordinates": (36.123456789, 35.98765432101)})
    assert draft.rows[MOREK].geometry == point(36.123457, 35.987654)


def test_a_shift_below_the_sixth_decimal_is_no_change(draft):
    lon, lat = draft.rows[MOREK].geometry["coordinates"]
    draft.place(MOREK, point(lon + 4e-8, lat - 4e-8))
    assert not draft.can_undo


def test_an_outline_drawn_clockwise_comes_out_counter_clockwise_and_its_hole_clockwise():
    hole = [[36.6, 35.6], [36.7, 35.6], [36.7, 35.7], [36.6, 35.6]]
    drawn = {"type": "Polygon", "coordinates": [CLOCKWISE, hole], "style": {"color": "red"}}
    kept = canonical(drawn)
    outline = shape(kept)
    assert outline.exterior.is_ccw
    assert not outline.interiors[0].is_ccw
    assert outline.equals(shape({"type": "Polygon", "coordinates": [CLOCKWISE, hole]}))
    assert set(kept) == {"type", "coordinates"}
    assert canonical(kept) == kept


def test_a_line_keeps_its_direction():
    line = {"type": "LineString", "coordinates": [[37, 36], [36, 35]]}
    assert canonical(line) == {"type": "LineString", "coordinates": [[37.0, 36.0], [36.0, 35.0]]}


def test_a_new_source_counts_while_some_row_cites_it(draft):
    draft.cite_new(MOREK, SOURCE)
    assert draft.new_sources == {"new-1": SOURCE}
    draft.change(MOREK, "sources", draft.base[MOREK].values["sources"])
    assert (draft.new_sources, draft.is_changed) == ({}, False)


def test_listeners_hear_of_each_change_and_of_nothing_else(draft):
    heard = []
    draft.observe(lambda: heard.append(draft.rows[MOREK].values["note"]))
    draft.change(MOREK, "note", "a")
    draft.change(MOREK, "note", "a")
    draft.undo()
    draft.undo()
    assert heard == ["a", draft.base[MOREK].values["note"]]


@pytest.mark.parametrize(
    ("name", "id_"),
    [("Ain al-Hawr", "ain-al-hawr"), ("  Qal'at  (N) ", "qal-at-n"), ("Çatalca", "catalca"), ("حلب", "")],
)
def test_a_name_as_an_id_may_be(name, id_):
    assert slug(name) == id_

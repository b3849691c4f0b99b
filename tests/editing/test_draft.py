import pytest
from pyproj import Geod
from shapely.geometry import shape

from geo.editing.draft import canonical, changes, moved_m, place_from_text, place_text, rows_of
from geo.errors import GeoError
from geo.inputs.catalog import LAYERS

MOREK = "post-09-morek"
SOURCE = {"id": "new-1", "title": "A made-up source"}
CLOCKWISE = [[36.5, 35.5], [36.5, 36.0], [37.0, 36.0], [37.0, 35.5], [36.5, 35.5]]
GEOD = Geod(ellps="WGS84")


def point(lon, lat):
    return {"type": "Point", "coordinates": [lon, lat]}


def line(*places):
    return {"type": "LineString", "coordinates": [list(place) for place in places]}


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
    draft.discard()
    yield "discard"


def test_every_kind_of_change_is_undone_and_redone_exactly(draft):
    states = [draft.state for _ in every_kind_of_change(draft)]
    assert len(set(map(id, states))) == len(states) == 10
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


def test_what_is_not_there_is_one_plain_line(draft):
    for act in (
        lambda: draft.change("x", "note", "y"),
        lambda: draft.change(MOREK, "colour", "red"),
        lambda: draft.place("x", None),
        lambda: draft.remove("x"),
        lambda: draft.cite_new("x", SOURCE),
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


def test_a_proposed_id_is_unique_in_the_file_and_among_the_new_rows(draft):
    keys = [draft.add({"name_en": "09 Morek"}) for _ in range(3)]
    assert [draft.rows[key].values["id"] for key in keys] == [f"{MOREK}-{number}" for number in (2, 3, 4)]
    assert len(set(keys)) == 3


def test_a_long_name_gives_an_id_that_may_be(draft):
    keys = [draft.add({"name_en": "Jabal " * 20}) for _ in range(2)]
    ids = [draft.rows[key].values["id"] for key in keys]
    assert ids[0] != ids[1]
    assert [len(id_) <= 64 for id_ in ids] == [True, True]


def test_coordinates_have_six_decimals_at_most(draft):
    draft.place(MOREK, {"type": "Point", "coordinates": (36.123456789, 35.98765432101)})
    assert draft.rows[MOREK].geometry == point(36.123457, 35.987654)


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


def test_a_new_source_counts_while_some_row_cites_it(draft):
    draft.cite_new(MOREK, SOURCE)
    assert draft.new_sources == {"new-1": SOURCE}
    draft.change(MOREK, "sources", draft.base[MOREK].values["sources"])
    assert (draft.new_sources, draft.is_changed) == ({}, False)


def test_metres_are_those_of_the_ellipsoid():
    for before, after in (((36.7, 35.37), (36.69, 35.4)), ((35.8, 36.9), (37.9, 34.6))):
        assert moved_m(point(*before), point(*after)) == pytest.approx(GEOD.inv(*before, *after)[2], abs=1e-6)


def test_each_difference_is_one_line(draft):
    lon, lat = draft.rows[MOREK].geometry["coordinates"]
    draft.place(MOREK, point(lon, round(lat + 0.01, 6)))
    draft.change(MOREK, "evacuated_on", "2020-11-03")
    draft.change(MOREK, "after_2020", None)
    draft.cite_new(MOREK, {"id": "new-1", "title": "A made-up source"})
    draft.remove("post-01-salwah")
    draft.add({"name_en": "Made-up"}, point(36.8, 35.9))
    draft.add()
    draft.place("post-al-mughir", point(36.8, 35.9))
    draft.place("post-02-qalat-siman", None)
    lines = [str(change) for change in changes(draft, {"O001"})]
    assert [line for line in lines if "after_2020" not in line] == [
        "observation_posts +2 added",
        "observation_posts post-01-salwah removed",
        "observation_posts post-02-qalat-siman unplaced",
        f"observation_posts {MOREK} moved by 1,109.5 m",
        f"observation_posts {MOREK} sources: {', '.join(draft.base[MOREK].values['sources'])} → "
        f"{', '.join(draft.rows[MOREK].values['sources'])}",
        f"observation_posts {MOREK} evacuated_on: 2020-11-02 → 2020-11-03",
        "observation_posts post-al-mughir placed",
        "observation_posts post-made-up added",
        "sources O001 removed",
        "sources new-1 added",
    ]


def test_an_outline_or_line_is_moved_by_the_distance_of_the_vertex_that_is_farthest_from_the_other():
    before = line((36.5, 35.5), (36.6, 35.5), (36.7, 35.5))
    after = line((36.5, 35.5), (36.6, 35.53), (36.7, 35.5))
    expected = GEOD.inv(36.6, 35.5, 36.6, 35.53)[2]
    assert [moved_m(before, after), moved_m(after, before)] == pytest.approx([expected] * 2, rel=1e-4)
    assert moved_m(before, line((36.5, 35.5), (36.7, 35.5))) == pytest.approx(0, abs=1e-6)
    outline = {"type": "Polygon", "coordinates": [CLOCKWISE]}
    corner = {"type": "Polygon", "coordinates": [[[36.5, 35.5], [36.5, 36.01], *CLOCKWISE[2:]]]}
    assert moved_m(outline, corner) == pytest.approx(GEOD.inv(36.5, 36.0, 36.5, 36.01)[2], rel=1e-3)


@pytest.mark.parametrize("spec", [spec for spec in LAYERS if spec.geometry], ids=lambda spec: spec.name)
def test_every_shipped_place_comes_back_from_its_text(layers, spec):
    for row in rows_of(layers[spec.name]).values():
        assert canonical(place_from_text(place_text(row.geometry))) == row.geometry


@pytest.mark.parametrize("text", ["36.5, 35.5", " 36.5 35.5\n", "36.5,35.5", "POINT (36.5 35.5)"])
def test_a_point_is_typed_as_longitude_and_latitude_or_as_wkt(text):
    assert place_from_text(text) == {"type": "Point", "coordinates": [36.5, 35.5]}


@pytest.mark.parametrize(
    "text",
    ["36.5", "36.5, 35.5, 100", "north, 35.5", "nan, 35.5", "36.5, inf", "POINT EMPTY", "POLYGON ((36 35, 37 36))",
     "POLYGON ((nan 35, 36.6 35, 36.5 36, nan 35))", "LINESTRING (36 35)", "POINT (36 35"],
)  # fmt: skip
def test_a_text_that_is_not_a_place_is_refused_with_what_is_right(text):
    with pytest.raises(GeoError, match="write longitude, latitude in degrees, or WKT such as"):
        place_from_text(text)

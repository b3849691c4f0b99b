import pytest
from pyproj import Geod

from geo.editing.changes import change_table, changes, metres, moved_m
from geo.editing.draft import Draft

MOREK = "post-09-morek"
GEOD = Geod(ellps="WGS84")


def point(lon, lat):
    return {"type": "Point", "coordinates": [lon, lat]}


def line(*places):
    return {"type": "LineString", "coordinates": [list(place) for place in places]}


def told(draft, uncited=()):
    return [str(change) for change in changes(draft, uncited)]


def test_an_edit_that_changes_nothing_has_no_changes_but_the_columns_of_the_table(draft):
    assert changes(draft) == []
    assert list(change_table([]).columns) == ["layer", "id", "change", "column", "old", "new", "moved_m"]


def test_a_hundredth_of_a_degree_north_is_known_in_the_head():
    # At 35.37° N a degree of latitude is 110.95 km long, one of longitude 90.87 km.
    assert moved_m(point(36.7, 35.37), point(36.7, 35.38)) == pytest.approx(1109.5, abs=0.1)
    assert moved_m(point(36.7, 35.37), point(36.71, 35.37)) == pytest.approx(908.7, abs=0.1)


def test_metres_are_those_of_the_ellipsoid():
    for before, after in (((36.7, 35.37), (36.69, 35.4)), ((35.8, 36.9), (37.9, 34.6))):
        assert moved_m(point(*before), point(*after)) == pytest.approx(GEOD.inv(*before, *after)[2], abs=1e-6)


def test_of_a_line_the_farthest_vertex_counts():
    before = line((36.5, 35.5), (36.6, 35.5), (36.7, 35.5))
    after = line((36.5, 35.5), (36.6, 35.53), (36.7, 35.51))
    assert moved_m(before, after) == pytest.approx(GEOD.inv(36.6, 35.5, 36.6, 35.53)[2], abs=1e-6)


def test_a_vertex_put_into_a_line_counts_by_its_distance_from_the_line():
    before = line((36.5, 35.5), (36.7, 35.5))
    assert moved_m(before, line((36.5, 35.5), (36.6, 35.5), (36.7, 35.5))) == pytest.approx(0, abs=1e-6)
    after = line((36.5, 35.5), (36.6, 35.51), (36.7, 35.5))
    there, back = moved_m(before, after), moved_m(after, before)
    assert there == back == pytest.approx(GEOD.inv(36.6, 35.5, 36.6, 35.51)[2], rel=1e-4)


def test_a_vertex_taken_out_of_an_outline_counts_by_its_distance_from_what_is_left():
    before = {
        "type": "Polygon",
        "coordinates": [[[36.5, 35.5], [36.6, 35.48], [36.7, 35.5], [36.6, 35.8], [36.5, 35.5]]],
    }
    after = {"type": "Polygon", "coordinates": [[[36.5, 35.5], [36.7, 35.5], [36.6, 35.8], [36.5, 35.5]]]}
    assert moved_m(before, after) == pytest.approx(GEOD.inv(36.6, 35.48, 36.6, 35.5)[2], rel=1e-4)


@pytest.mark.parametrize(("distance_m", "text"), [(0, "0.0 m"), (1109.63, "1,109.6 m"), (152_345, "152.3 km")])
def test_a_distance_in_words(distance_m, text):
    assert metres(distance_m) == text


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
    lines = told(draft, {"O001"})
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


def test_the_table_says_what_stood_there_and_what_stands_there_now(draft):
    lon, lat = draft.rows[MOREK].geometry["coordinates"]
    draft.place(MOREK, point(lon, round(lat + 0.01, 6)))
    draft.change(MOREK, "precision_m", 100)
    moved, changed = change_table(changes(draft)).to_dict("records")
    assert (moved["change"], moved["column"], moved["moved_m"]) == ("moved", "geometry", 1109.5)
    assert (moved["old"], moved["new"]) == (f"{lon:.6f}, {lat:.6f}", f"{lon:.6f}, {lat + 0.01:.6f}")
    assert (changed["change"], changed["column"], changed["new"]) == ("changed", "precision_m", 100)
    assert changed["old"] == draft.base[MOREK].values["precision_m"]


def test_an_outline_is_told_by_its_vertices(layers):
    zone = Draft(layers["deescalation_zone"])
    ring = [list(place) for place in zone.rows["zone-2017"].geometry["coordinates"][0]]
    zone.place("zone-2017", {"type": "Polygon", "coordinates": [[*ring[:1], *ring[2:]]]})
    [change] = changes(zone)
    assert (change.old, change.new) == (f"Polygon of {len(ring)} vertices", f"Polygon of {len(ring) - 1} vertices")


def test_a_new_source_that_no_row_cites_is_no_change(draft):
    draft.add_source({"id": "new-1", "title": "A made-up source"})
    assert changes(draft) == []

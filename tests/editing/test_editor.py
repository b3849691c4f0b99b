import json
from datetime import date
from html import unescape

import comm
import ipyleaflet
import ipywidgets as widgets
import pytest
from shapely.geometry import shape

from geo.editing.editor import Editor, open_editor
from geo.editing.session import Session
from geo.errors import ConflictError, DataError
from geo.inputs.catalog import LAYERS
from geo.inputs.layers import read_layers
from tests.editing.made_up import ELSEWHERE, NASTY, STYLE, feature, inside
from tests.editing.test_session import POSTS, SOURCES, files, lines, made_up_post, row_in

# A kernel's socket drops what comes when so many messages wait for the notebook: ZMQ_SNDHWM is 1000 where nobody sets
# it. Some are for others: the states of the kernel, what another cell shows.
MOST_WAITING, OTHERS = 1_000, 200
MOREK, SALWAH = "post-09-morek", "post-01-salwah"


class Driven:
    """An editor, driven as somebody in a browser drives it."""

    def __init__(self, name, folder):
        self.editor = Editor(Session(name, folder))
        self.draft = self.editor.session.draft

    def press(self, title):
        [button] = [each for each in inside(self.editor.widget, widgets.Button) if each.description == title]
        assert not button.disabled
        button.click()

    def can(self, title):
        return not next(
            each for each in inside(self.editor.widget, widgets.Button) if each.description == title
        ).disabled

    def send(self, *features):
        self.editor._map._tool.data = list(features)

    def write(self, column, text):
        box = inside(self.editor._form._fields[column].widget, (widgets.Text, widgets.Textarea, widgets.Dropdown))[0]
        box.value = text

    def add_source(self, title):
        for column, text in {"title": title, "publisher": "Nobody"}.items():
            inside(self.editor._form._picker._new[column].widget, widgets.Text)[0].value = text
        self.press("Add it and cite it")

    @property
    def changes(self):
        return [unescape(line.value) for line in self.editor._changes.children]

    @property
    def problems(self):
        return [unescape(line.value) for line in self.editor._problems.children]

    @property
    def message(self):
        return [unescape(line.value) for line in self.editor._message.children]


@pytest.fixture
def posts(folder):
    driven = Driven("observation_posts", folder)
    yield driven
    driven.editor.session.close()


def test_a_dragged_post_with_a_new_source_and_a_date_is_one_line_in_each_file(posts, folder):
    before = files(folder)
    posts.editor.select(MOREK)
    posts.send(feature("Point", [36.7123456789, 35.38], MOREK))
    assert posts.changes == ["One unsaved change", f"observation_posts {MOREK} moved by 876.8 m"]
    posts.write("evacuated_on", "2020-11-03")
    posts.add_source("A made-up article")
    assert files(folder) == before
    posts.editor._note.value = "a better place"
    posts.press("Save")
    after = files(folder)
    assert {name for name in after if after[name] != before.get(name)} == {POSTS, SOURCES}
    pairs = zip(lines(before[POSTS]), lines(after[POSTS]), strict=True)
    [(_, line)] = [(was, now) for was, now in pairs if was != now]
    assert f'"id": "{MOREK}"' in line
    assert len(set(lines(after[SOURCES])) - set(lines(before[SOURCES]))) == 1
    assert len(lines(after[SOURCES])) == len(lines(before[SOURCES])) + 1
    assert row_in(folder, MOREK)["geometry"]["coordinates"] == [36.712346, 35.38]
    assert posts.message[0] == f"{POSTS}: saved"
    assert (posts.changes, posts.problems, posts.editor._note.value) == (["Nothing is changed."], [], "")
    read_layers(folder)


def test_what_the_drawing_tool_writes_into_features_never_reaches_the_file(posts, folder):
    columns = [set(row["properties"]) for row in json.loads(files(folder)[POSTS])["features"]]
    posts.press("Add a point")
    posts.send(feature("Point", [36.71, 35.38]))
    for column, value in {"name_en": "Made-up", "kind": "additional", "grade": "C3", "basis": "stated"}.items():
        posts.write(column, value)
    posts.add_source("A made-up article")
    posts.editor.select(MOREK)
    posts.send(feature("Point", [36.72, 35.39], MOREK))
    posts.editor._form._picker._backing.value = "O091"
    posts.press("Save")
    document = json.loads(files(folder)[POSTS])
    assert [set(row["properties"]) for row in document["features"]] == [columns[0]] * (len(columns) + 1)
    assert {frozenset(row) for row in document["features"]} == {frozenset({"type", "properties", "geometry"})}
    assert {frozenset(row["geometry"]) for row in document["features"] if row["geometry"]} == {
        frozenset({"type", "coordinates"})
    }
    text = files(folder)[POSTS].decode()
    assert [word for word in ("circlemarker", "style", "_drawn", *STYLE) if f'"{word}"' in text] == []


def test_a_new_point_is_selected_and_becomes_the_row_it_is_named(posts, folder):
    posts.press("Add a point")
    assert posts.editor._map._tool.current_mode == "draw:CircleMarker"
    posts.send(feature("Point", [36.71, 35.38]))
    [key] = [key for key in posts.draft.rows if posts.draft.is_new(key)]
    assert posts.editor._selected == key
    assert posts.draft.rows[key].geometry == ELSEWHERE
    assert [each["properties"]["key"] for each in posts.editor._map._tool.data] == [key]
    posts.write("name_en", "Made-up")
    assert posts.changes[1] == "observation_posts post-made-up added"


def test_an_edited_vertex_changes_the_outline_of_that_feature_only(folder):
    zone = Driven("deescalation_zone", folder)
    zone.editor.select("zone-2017")
    ring = [list(place) for place in zone.draft.rows["zone-2017"].geometry["coordinates"][0]]
    ring.insert(1, [round((ring[0][0] + ring[1][0]) / 2 + 0.01, 6), round((ring[0][1] + ring[1][1]) / 2, 6)])
    zone.send(feature("Polygon", [ring[::-1]], "zone-2017"))  # drawn clockwise
    [source] = [zone.draft.rows["zone-2017"].values["sources"][0]]
    zone.editor._form._picker._backing.value = source
    zone.press("Save")
    kept = row_in(folder, "zone-2017", "deescalation_zone.geojson")["geometry"]
    assert sorted(kept["coordinates"][0][:-1]) == sorted(ring[:-1])
    assert shape(kept).exterior.is_ccw
    read_layers(folder)


def test_a_move_without_a_source_is_refused_with_the_reason_in_the_editor(posts, folder):
    before = files(folder)
    posts.editor.select(MOREK)
    posts.send(feature("Point", [36.71, 35.38], MOREK))
    [reason] = posts.problems
    assert "moved by 797.1 m without a source for it" in reason
    posts.press("Save")
    assert (posts.message != [], posts.problems) == (True, [reason])
    assert files(folder) == before
    assert posts.draft.is_changed
    with pytest.raises(DataError, match="without a source"):
        posts.editor.save()


def test_undo_and_redo_take_the_map_and_the_form_along(posts):
    posts.editor.select(MOREK)
    assert not posts.can("Undo")
    posts.send(feature("Point", [36.71, 35.38], MOREK))
    posts.press("Undo")
    assert posts.editor._map._tool.data[0]["geometry"] == posts.draft.base[MOREK].geometry
    assert posts.editor._form._place.value == "36.707730, 35.373060"
    assert posts.changes == ["Nothing is changed."]
    assert not posts.can("Save")
    posts.press("Redo")
    assert posts.editor._map._tool.data[0]["geometry"] == ELSEWHERE
    assert (posts.can("Undo"), posts.can("Redo"), posts.can("Save")) == (True, False, True)


def test_a_deleted_row_goes_and_comes_back(posts, folder):
    assert not posts.can("Delete")
    posts.editor.select(MOREK)
    posts.press("Delete")
    assert f"observation_posts {MOREK} removed" in posts.changes
    assert (posts.can("Delete"), posts.editor._map._tool.data) == (False, [])
    posts.editor.undo()
    assert posts.changes == ["Nothing is changed."]
    posts.editor.redo()
    posts.press("Save")
    assert row_in(folder, MOREK) is None
    read_layers(folder)


def test_discarding_can_be_undone(posts):
    posts.draft.change(MOREK, "note", "another")
    posts.editor.discard()
    assert posts.changes == ["Nothing is changed."]
    posts.editor.undo()
    assert len(posts.changes) == 2


def test_a_conflict_is_told_in_the_editor_and_read_again(posts, folder):
    theirs = Session("observation_posts", folder)
    theirs.draft.change(SALWAH, "note", "theirs")
    theirs.draft.change(MOREK, "note", "theirs too")
    theirs.save()
    posts.draft.change(MOREK, "note", "mine")
    posts.press("Save")
    assert "changed since it was read" in posts.message[0]
    with pytest.raises(ConflictError):
        posts.editor.save()
    posts.press("Read again")
    assert posts.message == [f"{MOREK}: note was changed by another user to 'theirs too'; yours, 'mine', is dropped"]
    posts.press("Read again")
    assert posts.message == ["The files were read again; your edit is unchanged."]


def test_the_map_of_an_editor_takes_layers_of_an_analyst(posts):
    mine = ipyleaflet.Marker(location=(35.8, 36.7))
    posts.editor.map.add(mine)
    posts.editor.select(MOREK)
    assert mine in posts.editor.map.layers


def test_the_legend_is_where_the_form_will_be(posts):
    legend = posts.editor._map.legend
    assert legend.layout.display == ""
    assert "Features on the map on 2020-03-06: 2" in [line.value for line in inside(legend, widgets.HTML)]
    posts.editor.select(MOREK)
    assert legend.layout.display == "none"


def test_the_form_says_that_a_feature_does_not_exist_on_the_day(posts):
    remark = posts.editor._form._remark
    posts.editor.select(MOREK)
    assert remark.layout.display == "none"
    posts.editor._map.controls.children[0].value = date(2017, 11, 1)
    assert (remark.value, remark.layout.display) == ("Not on the map on 2017-11-01: drawn faint.", "")
    posts.write("established_on", "2017-10-01")
    assert remark.layout.display == "none"


def test_a_table_is_edited_without_a_map(folder):
    patrols = Driven("joint_patrols", folder)
    assert patrols.editor.map is None
    patrols.press("Add a row")
    patrols.write("date", "2020-08-24")
    patrols.write("participation", "none")
    patrols.write("grade", "C3")
    patrols.add_source("A made-up article")
    assert patrols.problems == []
    patrols.press("Save")
    assert "\npatrol-2020-08-24,C3,nobody," in files(folder)["joint_patrols.csv"].decode()
    read_layers(folder)


def test_many_lines_are_cut_and_counted(posts):
    for _ in range(20):
        made_up_post(posts.editor.session, sources=[])
    assert (len(posts.changes), posts.changes[0], posts.changes[-1]) == (14, "20 unsaved changes", "and 8 more")
    assert (len(posts.problems), posts.problems[-1]) == (13, "and 8 more")


@pytest.mark.parametrize("text", NASTY)
def test_whatever_is_typed_is_shown_as_text_everywhere(posts, text):
    posts.editor.select(MOREK)
    posts.write("name_en", text)
    posts.write("grade", text)
    posts.draft.change(MOREK, "sources", [text])
    posts.press("Save")
    shown = inside(posts.editor.widget, widgets.HTML)
    assert [line.value for line in shown if "<" in line.value] == []
    assert f"observation_posts {MOREK} grade: B1 → {text}" in posts.changes
    assert any(text in line for line in posts.problems)
    assert inside(posts.editor.widget, (widgets.HTMLMath, widgets.Label)) == []


def test_the_editor_of_a_layer_is_the_one_that_is_open(folder):
    first = open_editor("observation_posts", folder)
    assert open_editor("observation_posts", folder / ".." / folder.name) is first
    assert open_editor("places", folder) is not first


def test_opening_again_reads_again_what_somebody_else_saved_and_keeps_an_edit(folder):
    mine, theirs = open_editor("observation_posts", folder), Session("observation_posts", folder)
    theirs.draft.change(SALWAH, "note", "theirs")
    theirs.save()
    again = open_editor("observation_posts", folder)
    assert again.session.draft.rows[SALWAH].values["note"] == "theirs"
    mine.session.draft.change(MOREK, "note", "mine")
    assert open_editor("observation_posts", folder).session.draft.rows[MOREK].values["note"] == "mine"


@pytest.fixture
def messages(monkeypatch):
    """What is sent to the notebook, by kind; without a kernel, which is as here, it goes nowhere."""
    sent = []
    monkeypatch.setattr(comm.DummyComm, "publish_msg", lambda _, kind, **rest: sent.append(kind))
    return sent


@pytest.mark.parametrize("name", [spec.name for spec in LAYERS if spec.name != "sources"])
def test_a_kernel_can_keep_all_that_opening_a_layer_sends(layers_copy, messages, name):
    Driven(name, layers_copy.folder)
    assert 100 < len(messages) < MOST_WAITING - OTHERS


def test_an_editor_is_shown_as_its_widget(posts):
    shown = posts.editor._repr_mimebundle_()
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] == posts.editor.widget.model_id

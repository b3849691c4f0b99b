"""The editor in JupyterLab, in Chromium, on a copy of the checkout: what an analyst does, and what git then shows."""

import csv
import json
import re
from math import dist

import pytest
from playwright.sync_api import expect

from geo.inputs.catalog import CATALOGUE
from geo.outputs.style import style_of

MOREK, SALWAH = "post-09-morek", "post-01-salwah"
# From the left of the table of patrols: id, mark, number, date, from, furthest place reached.
PLANNED_END_PX = 180 + 24 + 4 * 130


def feature(line):
    return json.loads(line.rstrip(","))


def shipped(lab, layer, id_):
    """Return the outer ring of an outline as it is in the file."""
    lines = (lab.root / "layers" / f"{layer}.geojson").read_text(encoding="utf-8").splitlines()
    return next(feature(line)["geometry"]["coordinates"][0] for line in lines if f'"id": "{id_}"' in line)


def most_apart(ring):
    """Return the vertex whose neighbours are farthest, so that it can be moved without crossing another edge."""
    around = [*ring[-2:-1], *ring]
    return max(
        range(len(ring) - 1), key=lambda at: min(dist(around[at + 1], around[at]), dist(around[at + 1], around[at + 2]))
    )


def test_a_post_is_dragged_dated_and_sourced_and_git_shows_its_line_and_that_source(lab, notebook):
    page = notebook()
    editor = page.open_editor()
    editor.select(MOREK)
    editor.drag(editor.picked(), 40, -10)
    editor.says("moved by")
    editor.type_in("Evacuated", "2020-10-22")
    editor.says("evacuated_on: 2020-11-02 → 2020-10-22")
    editor.add_source(Title="A made-up article, for this test only", Publisher="Nobody", Date="2020-10-21")
    editor.says("sources nobody-2020-10-21 added")
    assert lab.changed_lines() == {}
    assert "nobody-2020-10-21" in page.run(2)
    assert "observation_posts.geojson: saved" in page.run(3)
    changed = lab.changed_lines()
    assert sorted(changed) == ["observation_posts.geojson", "sources.csv"]
    (before,), (after,) = changed["observation_posts.geojson"]
    old, new = feature(before), feature(after)
    moved = new["geometry"]["coordinates"]
    lon, lat = old["geometry"]["coordinates"]
    assert lon + 0.005 < moved[0] < lon + 0.03  # 40 pixels to the east at zoom 12, of some 31 m each
    assert lat < moved[1] < lat + 0.01
    assert all(round(degrees, 6) == degrees for degrees in moved)
    changes = {name for name in old["properties"] if old["properties"][name] != new["properties"][name]}
    assert changes == {"evacuated_on", "sources"}
    assert list(new["properties"]) == list(old["properties"])
    assert new["properties"]["sources"] == [*old["properties"]["sources"], "nobody-2020-10-21"]
    assert changed["sources.csv"] == (
        [],
        ['nobody-2020-10-21,"A made-up article, for this test only",Nobody,2020-10-21,,,,'],
    )


def test_a_post_is_on_its_ground_in_the_colour_of_its_status_with_names_and_no_requests(lab, notebook):
    page = notebook()
    editor = page.open_editor()
    encircled = style_of(next(spec for spec in CATALOGUE if spec.name == "observation_posts")).symbols["encircled"]
    posts = editor.root.locator(f'.leaflet-overlay-pane path[fill="{encircled.fill}"]')
    posts.first.wait_for()
    assert visible_name(editor, "Idlib").count() == 1
    assert editor.root.locator(".leaflet-relief-pane img").evaluate("img => img.naturalWidth") > 0
    assert editor.root.locator(".leaflet-land-pane path").count() > 0
    editor.root.locator("input[type=date]").fill("2017-11-01")
    posts.first.wait_for(state="detached")
    editor.select(MOREK)
    editor.says("Not on the map on 2017-11-01: drawn faint.")
    editor.root.locator("input[type=date]").fill("2020-03-06")
    expect(visible_name(editor, "Morek")).to_have_count(2)  # the post and its village
    assert editor.root.locator(".leaflet-ground-pane path").count() > 0
    assert editor.root.locator(".leaflet-tile").count() == 0
    assert page.requests == []


def visible_name(editor, text):
    """Return the names on the map that have exactly this text."""
    return editor.root.locator(".leaflet-names-pane text").filter(has_text=re.compile(rf"^{text}$"))


@pytest.mark.slow
def test_a_vertex_of_an_outline_is_dragged_and_git_shows_its_line(lab, notebook):
    page = notebook(lab.notebook_for("deescalation_zone"))
    editor = page.open_editor("deescalation_zone")
    editor.select("zone-2018-09")
    editor.handles().first.wait_for(state="attached")
    editor.drag(editor.handles().nth(most_apart(shipped(lab, "deescalation_zone", "zone-2018-09"))), 3, 2)
    editor.says("moved by")
    editor.field("Given by").select_option(index=1)
    assert "saved" in page.run(3)
    changed = lab.changed_lines()
    assert list(changed) == ["deescalation_zone.geojson"]
    (before,), (after,) = changed["deescalation_zone.geojson"]
    old, new = feature(before), feature(after)
    assert old["properties"] == new["properties"]
    rings = [each["geometry"]["coordinates"][0] for each in (old, new)]
    assert len(rings[0]) == len(rings[1])
    assert sum(one != other for one, other in zip(*rings, strict=True)) == 1


@pytest.mark.slow
def test_a_new_point_is_drawn_described_and_saved_as_one_new_line(lab, notebook):
    page = notebook()
    editor = page.open_editor()
    editor.button("Add a point").click()
    editor.root.locator(".leaflet-container.geoman-draw-cursor").wait_for()
    box = editor.root.locator(".leaflet-container").bounding_box()
    editor.page.mouse.move(box["x"] + 200, box["y"] + 200)
    editor.page.mouse.click(box["x"] + 210, box["y"] + 205)
    editor.says("observation_posts +1 added")
    editor.type_in("Name (English)", "A made-up post, for this test only")
    editor.says("observation_posts post-a-made-up-post-for-this-test-only added")
    editor.field("Kind").select_option("additional")
    editor.field("Basis of the position").select_option("inferred")
    editor.type_in("Grade", "D3")
    editor.add_source(Title="A made-up page, for this test only", Publisher="Nobody")
    editor.root.get_by_text("observation_posts.geojson: feature").first.wait_for(state="detached")
    assert "saved" in page.run(3)
    changed = lab.changed_lines()
    assert sorted(changed) == ["observation_posts.geojson", "sources.csv"]
    gone, (line,) = changed["observation_posts.geojson"]
    assert gone == []
    new = feature(line)
    assert new["properties"]["id"] == "post-a-made-up-post-for-this-test-only"
    assert set(new["properties"]) & {"type", "style", "key", "options"} == set()
    assert new["geometry"]["type"] == "Point"


@pytest.mark.slow
def test_a_post_is_deleted_and_its_line_goes_with_the_sources_that_nothing_else_cites(lab, notebook):
    page = notebook()
    editor = page.open_editor()
    editor.select("post-batabu")
    editor.button("Delete").click()
    editor.says("observation_posts post-batabu removed")
    assert "saved" in page.run(3)
    changed = lab.changed_lines()
    (line,), came = changed["observation_posts.geojson"]
    assert came == []
    assert feature(line)["properties"]["id"] == "post-batabu"
    gone, came = changed.get("sources.csv", ([], []))
    assert came == []
    assert {row.split(",")[0] for row in gone} <= set(feature(line)["properties"]["sources"])


@pytest.mark.slow
def test_undo_takes_back_what_was_dragged_and_redo_makes_it_again(lab, notebook):
    page = notebook()
    editor = page.open_editor()
    editor.select(MOREK)
    place = editor.field("Longitude, latitude")
    expect(place).not_to_have_value("")
    before = place.input_value()
    editor.drag(editor.picked(), 40, -10)
    editor.says("moved by")
    after = place.input_value()
    assert after != before
    editor.button("Undo").click()
    editor.says("Nothing is changed.")
    assert place.input_value() == before
    editor.button("Redo").click()
    editor.says("moved by")
    assert place.input_value() == after
    editor.button("Undo").click()
    editor.says("Nothing is changed.")
    assert "nothing to save" in page.run(3)
    assert lab.changed_lines() == {}


@pytest.mark.slow
def test_a_move_without_a_source_is_refused_and_the_notebook_says_why(lab, notebook):
    page = notebook()
    editor = page.open_editor()
    editor.select(MOREK)
    editor.drag(editor.picked(), 40, -10)
    editor.says("without a source for it")
    editor.button("Save").click()
    refusal = page.run(3)
    assert "post-09-morek" in refusal
    assert "without a source for it: cite a source for the new place" in refusal
    assert "Traceback" not in refusal
    assert lab.changed_lines() == {}


@pytest.mark.slow
def test_what_is_not_saved_survives_the_end_of_the_kernel(lab, notebook):
    page = notebook()
    editor = page.open_editor()
    editor.select(MOREK)
    editor.type_in("Note", "Not saved yet")
    editor.says("One unsaved change")
    for kernel in lab.ask("GET", "api/kernels"):
        lab.ask("DELETE", f"api/kernels/{kernel['id']}")
    again = notebook(lab.notebook_for("observation_posts"))
    editor = again.open_editor()
    editor.says("an unsaved edit was restored")
    editor.says("→ Not saved yet")
    assert lab.changed_lines() == {}


@pytest.mark.slow
def test_two_analysts_lose_nothing(lab, notebook):
    first, second = notebook(), notebook(lab.notebook_for("observation_posts"))
    one, other = first.open_editor(), second.open_editor()
    one.select(MOREK)
    one.type_in("Note", "The first one's note")
    one.says("One unsaved change")
    other.select(SALWAH)
    other.type_in("Note", "The second one's note")
    other.says("One unsaved change")
    assert "saved" in first.run(3)
    assert "changed since it was read" in second.run(3)
    other.button("Read again").click()
    other.says("The files were read again; your edit is unchanged.")
    assert "saved" in second.run(3)
    text = (lab.root / "layers" / "observation_posts.geojson").read_text(encoding="utf-8")
    assert "The first one's note" in text
    assert "The second one's note" in text


@pytest.mark.slow
def test_the_other_layers_cannot_be_moved(lab, notebook):
    page = notebook(lab.notebook_for("deescalation_zone"))
    editor = page.open_editor("deescalation_zone")
    editor.select("zone-2017")
    editor.handles().first.wait_for(state="attached")
    assert editor.handles().count() == len(shipped(lab, "deescalation_zone", "zone-2017")) - 1
    assert editor.root.locator("path.leaflet-pm-draggable").count() == 0


def test_the_preview_shows_what_is_not_saved(lab, notebook):
    page = notebook()
    editor = page.open_editor()
    editor.select(MOREK)
    editor.type_in("Name (English)", "Morek, not saved")
    editor.says("→ Morek, not saved")
    page.run(4)
    frame = page.cells.nth(4).frame_locator("iframe")
    frame.locator(".leaflet-container").wait_for()
    frame.locator("body").get_by_text("6 March 2020").first.wait_for()
    assert "Morek, not saved" in frame.locator("html").evaluate("html => html.innerHTML")
    assert lab.changed_lines() == {}


@pytest.mark.slow
def test_a_cell_of_the_patrols_is_changed_in_the_table_and_git_shows_its_row(lab, notebook):
    page = notebook("03-add-a-patrol")
    editor = page.open_editor("joint_patrols")
    editor.write_cell("patrol-18", PLANNED_END_PX, "ariha")
    editor.says("joint_patrols patrol-18 planned_end")
    assert "saved" in page.run(3)
    changed = lab.changed_lines()
    assert list(changed) == ["joint_patrols.csv"]
    (before,), (after,) = changed["joint_patrols.csv"]
    old, new = csv.reader([before, after])
    assert [cell for cell, was in zip(new, old, strict=True) if cell != was] == ["ariha"]

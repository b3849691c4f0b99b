"""The map in a cell of JupyterLab, with a marker and a frame that an analyst added."""

import re

NOTEBOOK = "06-your-own-data-on-the-map"
ADDED = ["My sites (synthetic)", "My points (synthetic)"]
IMPORTS, MAP, MARKER, FRAME, WHERE, SAVED = range(6)


def added(frame):
    """Return the titles in the panel of what was added, and how many markers and points of it are on the map."""
    markers = frame.locator(".leaflet-marker-pane .leaflet-marker-icon").count()
    return frame.locator(".added label").all_inner_texts(), markers, frame.locator("path[stroke=purple]").count()


def test_what_was_added_is_in_the_panel_and_on_the_map_and_in_the_saved_file(lab, notebook, browser):
    opened = notebook(NOTEBOOK)
    for cell in (IMPORTS, MAP, MARKER, FRAME):
        opened.run(cell)
    frame = opened.cells.nth(FRAME).frame_locator("iframe")
    frame.locator(".added").wait_for()
    assert added(frame) == (ADDED, 1, 3)
    frame.locator("#language").select_option("ar")
    frame.locator("html[dir=rtl]").wait_for()
    frame.locator(".added").wait_for()
    assert added(frame) == (ADDED, 1, 3)
    opened.run(WHERE)
    page = browser.new_page()
    page.goto(re.search(r"file:[^']+", opened.run(SAVED))[0])
    assert added(page) == (ADDED, 1, 3)
    page.context.close()
    assert lab.changed_lines() == {}

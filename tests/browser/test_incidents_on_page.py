"""The user's own incidents on the page: counted by date, shown as text, without a request."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from playwright.sync_api import expect

from geo.history.classification import Classifier
from geo.inputs.files import InputFile
from geo.outputs.incident_page import IncidentTable, PageIncidents, WordColumn, page_incidents
from geo.outputs.page import render_page

AS_OF = date(2020, 3, 6)
EPOCH = date(1970, 1, 1)
HOSTILE = '<img src="x" onerror="document.title=1"> ${1} {{7*7}} مدينة'
COUNT = 5_000
# At one place in the corridor stand these many incidents, on the day itself.
PLACE, HERE = (36.609, 35.826), 2


def synthetic():
    """Return points scattered at random, and a few at one place: nothing of it is real."""
    random = np.random.default_rng(7)
    lon, lat = random.uniform(36.1, 37.1, COUNT), random.uniform(35.5, 36.1, COUNT)
    day = np.array([(AS_OF - EPOCH).days + int(offset) for offset in random.integers(-400, 400, COUNT)])
    lon[:HERE], lat[:HERE] = PLACE
    day[:HERE] = (AS_OF - EPOCH).days
    kind = WordColumn("kind", np.arange(COUNT, dtype=np.int32) % 2, (HOSTILE, "synthetic"))
    return IncidentTable(InputFile("made-up <b>.csv", 1, "", COUNT + 3), lon, lat, day.astype(np.int64), (kind,))


@pytest.fixture(scope="module")
def table():
    return synthetic()


@pytest.fixture(scope="module")
def with_incidents(shipped, table):
    own = PageIncidents(table.file, page_incidents(table, Classifier.of(shipped.layers)))
    return render_page(replace(shipped, incidents=own))


def shown(days, first, last):
    return int(np.count_nonzero((days >= (first - EPOCH).days) & (days <= (last - EPOCH).days)))


def status(opened):
    return opened.page.locator(".incidents-section [role=status]")


def choose(opened, name):
    opened.page.locator(".incidents-section select").select_option(name)


def test_the_page_opens_without_a_request_or_a_complaint(visit, with_incidents):
    opened = visit(with_incidents)
    expect(opened.page.locator("canvas.incidents")).to_have_count(1)
    expect(opened.page.locator(".incidents-section")).to_contain_text("made-up <b>.csv")
    assert opened.misdeeds() == []


@pytest.mark.parametrize(
    ("name", "first"),
    [("day", AS_OF), ("week", AS_OF - timedelta(6)), ("month", AS_OF - timedelta(29)), ("until", EPOCH)],
)
def test_the_incidents_of_a_span_are_those_of_the_table(visit, with_incidents, table, name, first):
    opened = visit(with_incidents)
    choose(opened, name)
    expect(status(opened)).to_contain_text(f"{shown(table.day, first, AS_OF):,} of {COUNT:,}")


def test_all_are_shown_whatever_the_date(visit, with_incidents):
    opened = visit(with_incidents)
    choose(opened, "all")
    expect(status(opened)).to_contain_text(f"{COUNT:,} of {COUNT:,}")
    expect(opened.page.locator(".incidents-section")).to_contain_text("3 rows of the table")


def test_another_date_shows_others(visit, with_incidents, table):
    opened = visit(with_incidents)
    day = date(2020, 8, 1)
    opened.page.evaluate("day => M4.setState({ day })", day.isoformat())
    expect(status(opened)).to_contain_text(f"{shown(table.day, day - timedelta(29), day):,} of")


def at_place(opened):
    """Look at the place from near, and return it in pixels of the window."""
    opened.page.evaluate("([lon, lat]) => void map_reference.setView([lat, lon], 14, { animate: false })", list(PLACE))
    return opened.page.evaluate(
        "([lon, lat]) => { const at = map_reference.latLngToContainerPoint([lat, lon]);"
        " const { x, y } = map_reference.getContainer().getBoundingClientRect(); return [at.x + x, at.y + y]; }",
        list(PLACE),
    )


def test_a_press_tells_the_incidents_at_a_place_as_text(visit, with_incidents):
    opened = visit(with_incidents)
    choose(opened, "day")
    x, y = at_place(opened)
    opened.page.mouse.move(x + 30, y + 30)
    opened.page.mouse.move(x, y)
    told = opened.page.locator(".incident li")
    expect(told).to_have_count(HERE)
    expect(told.first).to_contain_text("6 March 2020")
    expect(told.first).to_contain_text("Corridor,")
    expect(opened.page.locator(".incident")).to_contain_text(f"kind: {HOSTILE}")
    assert opened.page.locator(".incident img").count() == 0
    assert opened.misdeeds() == []


def test_the_nearest_cell_from_afar_counts_its_incidents(visit, with_incidents):
    opened = visit(with_incidents)
    choose(opened, "all")
    opened.page.evaluate("void map_reference.setView([35.8, 36.6], 9, { animate: false })")
    box = opened.page.locator("#map_reference").bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(opened.page.locator(".incident")).to_contain_text("incidents here")


def test_they_can_be_switched_off(visit, with_incidents):
    opened = visit(with_incidents)
    opened.page.locator(".incidents-section input").uncheck()
    expect(opened.page.locator("canvas.incidents")).to_have_count(0)
    opened.page.locator(".incidents-section input").check()
    expect(opened.page.locator("canvas.incidents")).to_have_count(1)


def test_something_is_drawn_where_they_lie(visit, with_incidents):
    opened = visit(with_incidents)
    choose(opened, "day")
    at_place(opened)
    painted = opened.page.evaluate(
        "() => { const canvas = document.querySelector('canvas.incidents');"
        " const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
        " let n = 0; for (let at = 3; at < data.length; at += 4) n += data[at] > 0; return n; }"
    )
    assert painted > 20


def test_a_page_without_incidents_holds_nothing_of_them(html, with_incidents):
    assert '"incidents":' in with_incidents
    assert '"incidents":' not in html
    assert "M4.showIncidents = " in with_incidents
    assert "M4.showIncidents" not in html


def test_the_data_of_the_page_is_json(with_incidents):
    text = with_incidents.split('id="data">', 1)[1].split("</script>", 1)[0]
    assert json.loads(text)["incidents"]["rows"] == COUNT

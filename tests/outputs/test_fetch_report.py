import json
from itertools import pairwise

import pytest
from shapely.geometry import LineString, Point

from geo.geometry.judgement import Comparison, Moved, Verdict, judge
from geo.inputs.catalog import LAYERS
from geo.inputs.layers import Feature, Layer
from geo.inputs.schema import Carriageway, Snapshot
from geo.outputs.fetch_report import MOST_PLACES, changes_line, render_report
from tests.geometry.roads import dual, winding
from tests.outputs.test_page import Elements, data_of

M4 = next(spec for spec in LAYERS if spec.name == "m4")
HEADINGS = ("eastbound", "westbound")
ENDS = (Point(36.32, 35.82), Point(36.48, 35.82))
TITLE = "M4"
HOSTILE = "https://a.example/</script><script>HIT=1</script>{{ 7 * 7 }}@@data@@"


def layer(prefix, lines, osm_base):
    features = tuple(
        Feature(
            Carriageway(
                id=f"{prefix}-{direction}",
                name_en="M4",
                basis="osm",
                grade="B3",
                sources=("OSM",),
                ref="M4",
                highway="motorway",
                carriageway=direction,
            ),
            line,
        )
        for direction, line in zip(HEADINGS, lines, strict=True)
    )
    return Layer(M4, features, Snapshot(licence="ODbL-1.0", osm_base=osm_base)).frame


OLD = layer("old", dual(winding(km=20, lon=36.3)), "2021-08")
NEW = layer("new", dual(winding(km=20, lon=36.3), 60.0), "2026-11-01T00:00:00Z")
FAR = layer("new", dual(winding(km=20, lon=36.3, lat=35.802)), "2026-11-01T00:00:00Z")


def test_the_line_tells_what_is_different():
    line = changes_line(judge(NEW, OLD, ENDS, HEADINGS).comparison, OLD)
    assert line.startswith("beside the snapshot of 2021-08: 2 ways new, 2 gone, eastbound ")
    assert "moved by 17." in line
    assert "\n" not in line


def test_the_report_holds_both_roads_and_their_differences():
    data = data_of(render_report(TITLE, "road.osm", judge(NEW, OLD, ENDS, HEADINGS), OLD, NEW))
    assert (data["source"], data["reasons"], data["accept"]) == ("road.osm", [], "")
    for name, road in (("old", OLD), ("new", NEW)):
        assert [LineString(line) for line in data[name]["lines"]] == list(road.geometry)
    assert data["changes"]["gone"] == ["old-eastbound", "old-westbound"]
    assert data["changes"]["places"][0]["off_m"] == pytest.approx(17.5, abs=0.5)


def test_a_refused_road_says_why_and_how_to_take_it_all_the_same():
    verdict = judge(FAR, OLD, ENDS, HEADINGS)
    data = data_of(render_report(TITLE, "road.osm", verdict, OLD, FAR))
    assert data["reasons"] == list(verdict.differences)
    assert data["accept"] == verdict.digest


def test_a_road_that_is_not_whole_is_drawn_too_but_cannot_be_accepted():
    verdict = judge(NEW, OLD, (Point(36.1, 35.8), Point(36.45, 35.8)), HEADINGS)
    data = data_of(render_report(TITLE, "road.osm", verdict, OLD, NEW))
    assert "it is not one connected road" in data["reasons"][0]
    assert data["accept"] == ""


def test_a_first_road_is_drawn_alone():
    data = data_of(render_report(TITLE, "road.osm", judge(NEW, None, ENDS, HEADINGS), None, NEW))
    assert (data["old"], data["changes"]) == (None, None)


def test_places_drawn_enlarged_are_few_and_apart():
    moved = tuple(Moved(f"way-{n}", 100.0 - n, Point(36.0 + n / 250, 35.8)) for n in range(90))
    comparison = Comparison((), (), moved, {"eastbound": (1.0, 1.0), "westbound": (1.0, 1.0)})
    places = data_of(render_report(TITLE, "x", Verdict((), (), comparison, ""), OLD, NEW))["changes"]["places"]
    assert len(places) == MOST_PLACES
    lons = [place["at"][0] for place in places]
    assert min(later - earlier for earlier, later in pairwise(lons)) > 0.01
    assert places[0]["off_m"] == 100.0


def test_texts_are_data_and_open_neither_an_element_nor_a_slot():
    html = render_report(HOSTILE, HOSTILE, judge(FAR, OLD, ENDS, HEADINGS), OLD, FAR)
    elements = Elements(html)
    assert [attrs for tag, attrs, _ in elements.found if tag == "script"] == [
        {"type": "application/json", "id": "data"},
        {},
    ]
    assert data_of(html)["source"] == HOSTILE


def test_the_report_fetches_nothing_and_its_policy_comes_first():
    html = render_report(TITLE, "road.osm", judge(NEW, OLD, ENDS, HEADINGS), OLD, NEW)
    tags = [(tag, attrs) for tag, attrs, _ in Elements(html).found]
    assert tags[2][1]["http-equiv"] == "Content-Security-Policy"
    assert "default-src 'none'" in tags[2][1]["content"]
    assert not [attrs for _, attrs in tags if {"src", "href"} & attrs.keys()]


def test_the_same_roads_give_the_same_bytes():
    first, second = (render_report(TITLE, "road.osm", judge(NEW, OLD, ENDS, HEADINGS), OLD, NEW) for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(data_of(first))) == data_of(second)

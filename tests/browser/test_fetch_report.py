import pytest

from geo.geometry.judgement import judge
from geo.outputs.fetch_report import render_report
from tests.outputs.test_fetch_report import ENDS, FAR, HEADINGS, HOSTILE, NEW, OLD


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("new", [NEW, FAR])
def test_the_report_draws_both_roads_and_asks_for_nothing(visit, width, new):
    verdict = judge(new, OLD, ENDS, HEADINGS)
    opened = visit(render_report("M4", HOSTILE, verdict, OLD, new), width=width)
    page = opened.page
    assert page.locator("#overview polyline.old").count() == 2
    assert page.locator("#overview polyline.new").count() == 2
    assert page.locator("#places figure").count() > 0
    assert HOSTILE in page.locator("#verdict").text_content()
    assert page.locator("#reasons li").all_text_contents() == list(verdict.differences)
    assert page.locator("#accept").is_visible() is not verdict.is_good
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("typeof HIT") == "undefined"
    assert opened.misdeeds() == []


def test_a_first_road_is_drawn_without_anything_to_compare(visit):
    opened = visit(render_report("M4", "road.osm", judge(NEW, None, ENDS, HEADINGS), None, NEW))
    assert opened.page.locator("#overview polyline").count() == 2
    assert opened.page.locator("#changes").is_hidden()
    assert opened.misdeeds() == []


def test_the_enlarged_place_shows_both_roads_where_they_are_apart(visit):
    opened = visit(render_report("M4", "road.osm", judge(FAR, OLD, ENDS, HEADINGS), OLD, FAR))
    figure = opened.page.locator("#places figure").first
    assert figure.locator("polyline.old").count() >= 1
    assert figure.locator("polyline.new").count() >= 1
    assert " m at 36." in figure.locator("figcaption").text_content()

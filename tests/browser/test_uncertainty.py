"""What is not known exactly is drawn so, to scale."""

import itertools
import json

import pytest

from geo.inputs.files import LAYERS_DIR

METRES_PER_DEGREE = 111_320


def features_of(name):
    return json.loads((LAYERS_DIR / name).read_text(encoding="utf-8"))["features"]


def metres_per_pixel(page):
    """Return the scale at the centre of the map."""
    return page.evaluate(
        "(() => { const { x, y } = map_reference.getSize().divideBy(2);"
        " const [one, other] = [[x, y], [x, y + 100]].map((at) => map_reference.containerPointToLatLng(at));"
        " return one.distanceTo(other) / 100 })()"
    )


def layers_drawn(page, kind):
    """Return the options of what the map holds of a kind of Leaflet's layers."""
    return page.evaluate(
        "(kind) => { const found = []; map_reference.eachLayer((one) => {"
        " if (kind === 'circle' ? one instanceof L.Circle : one instanceof M4.Band)"
        "   found.push({ pane: one.options.pane, radii: one.options.radii ?? one.options.radius }) }); return found }",
        kind,
    )


def test_every_post_shown_has_the_circle_of_its_precision(visit, html):
    opened = visit(html)
    opened.page.evaluate("M4.setState({ day: '2020-03-06' })")
    shown = opened.page.evaluate(
        "M4.features.drawn(M4.catalogue.find(({ name }) => name === 'observation_posts'), '2020-03-06')"
        ".map(({ properties }) => properties.precision_m)"
    )
    drawn = [one["radii"] for one in layers_drawn(opened.page, "circle") if "observation_posts" in one["pane"]]
    assert sorted(drawn) == sorted(shown)
    assert len(drawn) > 40


def test_the_line_of_contact_has_the_band_of_the_precision_of_its_vertices(visit, html):
    opened = visit(html)
    lines = [
        one["properties"]
        for one in features_of("line_of_contact.geojson")
        if one["properties"]["run"] in ("contact", "afrin_limit")
        and one["properties"]["valid_from"] <= "2020-03-06"
        and (one["properties"]["valid_to"] or "9") >= "2020-03-06"
    ]
    bands = layers_drawn(opened.page, "band")
    assert sorted(one["radii"] for one in bands) == sorted(line["vertex_precision_m"] for line in lines)
    assert lines


@pytest.mark.parametrize("zoom", [9, 12])
def test_the_band_is_as_wide_as_the_precision_at_every_zoom(visit, html, zoom):
    page = visit(html).page
    page.evaluate("(zoom) => void map_reference.setView([35.8, 36.5], zoom, { animate: false })", zoom)
    box = page.evaluate(
        "(() => { const band = new M4.Band([[35.8, 36.4], [35.8, 36.6]], { radii: [2000, 4000] }).addTo(map_reference);"
        " const { width, height } = band._path.getBBox(); return { width, height } })()"
    )
    length_m = 0.2 * METRES_PER_DEGREE * 0.8111  # cosine of 35.8°
    assert box["height"] * metres_per_pixel(page) == pytest.approx(2 * 4000, rel=0.01)
    assert box["width"] * metres_per_pixel(page) == pytest.approx(length_m + 2000 + 4000, rel=0.01)


def test_the_band_of_a_line_has_no_hole(visit, html):
    inside = visit(html).page.evaluate(
        "(() => { const line = [[35.8, 36.3], [35.9, 36.5], [35.75, 36.6]];"
        " const band = new M4.Band(line, { radii: [3000, 1000, 5000] }).addTo(map_reference);"
        " const steps = line.slice(1).flatMap((to, at) => [0, 0.25, 0.5, 0.75, 1].map((part) =>"
        " line[at].map((from, axis) => from + part * (to[axis] - from))));"
        " return steps.map((at) => { const { x, y } = map_reference.latLngToLayerPoint(at);"
        "   return band._path.isPointInFill(new DOMPoint(x, y)) }) })()"
    )
    assert inside == [True] * 10


def test_what_is_selected_shows_how_far_it_may_be_wrong(visit, html):
    opened = visit(html)
    opened.select("deescalation_zone", "zone-2018-09")
    assert opened.page.locator("path.mark.within").count() == 1
    opened.select(
        "m4", opened.page.evaluate("M4.catalogue.find(({ name }) => name === 'm4').features[0].properties.id")
    )
    assert opened.page.locator("path.mark").count() >= 1
    assert opened.misdeeds() == []


def test_localities_are_drawn_and_named_from_near_and_only_where_one_looks(visit, html):
    opened = visit(html)
    page = opened.page
    assert opened.drawn("localities") == 0
    page.evaluate("void map_reference.setView([35.81, 36.6], 12, { animate: false })")
    page.wait_for_timeout(200)
    all_of_them = page.evaluate("M4.catalogue.find(({ name }) => name === 'localities').features.length")
    assert 20 < opened.drawn("localities") < all_of_them / 2
    names = page.locator(".label").all_text_contents()
    assert "Bayt Sulum" in names
    page.evaluate("void map_reference.setZoom(9, { animate: false })")
    page.wait_for_timeout(200)
    assert opened.drawn("localities") == 0
    assert opened.misdeeds() == []


def test_no_name_lies_under_a_button_of_the_map(visit, html):
    page = visit(html).page
    page.evaluate("void map_reference.setView([35.81, 36.6], 12, { animate: false })")
    page.wait_for_timeout(200)
    boxes = "(all) => all.map((one) => one.getBoundingClientRect().toJSON())"
    controls = page.locator(".leaflet-control").evaluate_all(boxes)
    labels = page.locator(".label").evaluate_all(boxes)
    assert controls
    for one, other in itertools.product(controls, labels):
        beside = one["right"] <= other["left"] or other["right"] <= one["left"]
        assert beside or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]


def test_what_lies_beyond_the_map_is_listed_and_not_counted_as_drawn(visit, html):
    page = visit(html).page
    section = page.locator("#panel section:has(.swatch.places)")
    section.locator(".undrawn").click()
    moscow = section.locator(".undrawn + .features li", has_text="Moscow")
    assert "outside this map" in moscow.inner_text()


def test_the_demilitarised_band_is_drawn_while_it_was_in_force(visit, html):
    opened = visit(html)
    for day, count in (("2018-09-16", 0), ("2018-09-17", 2), ("2020-03-05", 2), ("2020-03-06", 0)):
        opened.page.evaluate("(day) => M4.setState({ day })", day)
        assert opened.drawn("demilitarised_band") == count, day
    opened.page.evaluate("M4.setState({ day: '2018-10-01' })")
    fill = opened.page.locator(".leaflet-layer-demilitarised_band-pane path").first.get_attribute("fill")
    assert opened.page.locator(fill.removeprefix("url(").removesuffix(")")).count() == 1
    assert opened.misdeeds() == []

"""What is not known exactly is drawn so, to scale."""

import itertools
import json

import pytest

from geo.inputs.files import LAYERS_DIR

METRES_PER_DEGREE = 111_320
BOXES = "(all) => all.map((one) => one.getBoundingClientRect().toJSON())"


def overlap(one, other):
    """Say whether two boxes share more than an edge."""
    beside = one["right"] <= other["left"] + 1 or other["right"] <= one["left"] + 1
    return not (beside or one["bottom"] <= other["top"] + 1 or other["bottom"] <= one["top"] + 1)


def metres_per_pixel(page):
    """Return the scale at the centre of the map."""
    return page.evaluate(
        "(() => { const { x, y } = map_reference.getSize().divideBy(2);"
        " const [one, other] = [[x, y], [x, y + 100]].map((at) => map_reference.containerPointToLatLng(at));"
        " return one.distanceTo(other) / 100 })()"
    )


def radii_drawn(page, kind, pane):
    """Return the radii of the circles (`L.Circle`) or bands (`M4.Band`) that a pane of the map holds, in metres."""
    return page.evaluate(
        f"""(pane) => {{
          const found = [];
          map_reference.eachLayer((one) => {{
            const isWanted = one instanceof {kind} && one.options.pane.includes(pane);
            if (isWanted) found.push(one.options.radii ?? one.getRadius());
          }});
          return found;
        }}""",
        pane,
    )


def test_posts_and_lines_of_contact_are_drawn_with_their_precision(opened, page):
    posts = page.evaluate(
        "M4.features.drawn(M4.catalogue.find(({ name }) => name === 'observation_posts'), '2020-03-06')"
        ".map(({ properties }) => properties.precision_m)"
    )
    assert len(posts) > 40
    assert sorted(radii_drawn(page, "L.Circle", "observation_posts")) == sorted(posts)
    rows = json.loads((LAYERS_DIR / "line_of_contact.geojson").read_text(encoding="utf-8"))["features"]
    lines = [
        row["vertex_precision_m"]
        for row in (row["properties"] for row in rows)
        if row["run"] in ("contact", "afrin_limit") and row["valid_from"] <= "2020-03-06" <= (row["valid_to"] or "9")
    ]
    assert lines
    assert sorted(radii_drawn(page, "M4.Band", "line_of_contact")) == sorted(lines)


@pytest.mark.parametrize("zoom", [9, 12])
def test_a_band_is_as_wide_as_the_precision_at_every_zoom_and_has_no_hole(opened, page, zoom):
    opened.set_view(35.8, 36.5, zoom)
    box = page.evaluate(
        "(() => { const band = new M4.Band([[35.8, 36.4], [35.8, 36.6]], { radii: [2000, 4000] }).addTo(map_reference);"
        " const { width, height } = band._path.getBBox(); return { width, height } })()"
    )
    length_m = 0.2 * METRES_PER_DEGREE * 0.8111  # cosine of 35.8°
    assert box["height"] * metres_per_pixel(page) == pytest.approx(2 * 4000, rel=0.01)
    assert box["width"] * metres_per_pixel(page) == pytest.approx(length_m + 2000 + 4000, rel=0.01)
    inside = page.evaluate(
        "(() => { const line = [[35.8, 36.3], [35.9, 36.5], [35.75, 36.6]];"
        " const band = new M4.Band(line, { radii: [3000, 1000, 5000] }).addTo(map_reference);"
        " const steps = line.slice(1).flatMap((to, at) => [0, 0.25, 0.5, 0.75, 1].map((part) =>"
        " line[at].map((from, axis) => from + part * (to[axis] - from))));"
        " return steps.map((at) => { const { x, y } = map_reference.latLngToLayerPoint(at);"
        "   return band._path.isPointInFill(new DOMPoint(x, y)) }) })()"
    )
    assert inside == [True] * 10


def test_what_is_selected_shows_how_far_it_may_be_wrong(opened, page):
    opened.select("deescalation_zone", "zone-2018-09")
    assert page.locator("path.mark.within").count() == 1
    opened.select("observation_posts", "post-09-morek")
    assert page.locator("path.mark.precise").count() == 1


def test_localities_are_drawn_and_named_from_near_and_no_name_is_under_a_button(opened, page):
    assert opened.drawn("localities") == 0
    opened.set_view(35.81, 36.6, 12)
    page.wait_for_timeout(200)
    assert opened.drawn("localities") > 20
    assert page.locator(".label.locality").count() == 0
    opened.set_view(35.81, 36.6, 12.5)
    page.wait_for_timeout(200)
    all_of_them = page.evaluate("M4.catalogue.find(({ name }) => name === 'localities').features.length")
    assert 20 < opened.drawn("localities") < all_of_them / 2  # only where the reader looks
    assert "Bayt Sulum" in page.locator(".label").all_text_contents()
    controls, labels = (page.locator(part).evaluate_all(BOXES) for part in (".leaflet-control", ".label"))
    assert controls
    assert not any(overlap(*pair) for pair in itertools.product(controls, labels))
    opened.set_view(35.81, 36.6, 9)
    page.wait_for_timeout(200)
    assert opened.drawn("localities") == 0


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_no_name_is_on_another(visit, html, width, height):
    labels = visit(html, width=width, height=height).page.locator(".label").evaluate_all(BOXES)
    assert len(labels) > 10
    assert not any(overlap(*pair) for pair in itertools.combinations(labels, 2))


def test_what_cannot_be_drawn_is_listed_with_its_reason(opened, page, derived):
    opened.unfold()
    opened.section("places").locator(".undrawn").click()
    moscow = opened.section("places").locator(".undrawn + .features li", has_text="Moscow")
    assert "outside this map" in moscow.inner_text()
    opened.set_day("2020-08-25")  # one of the patrols is dated
    section = opened.section("patrol_segments")
    section.locator(".undrawn").click()
    patrols = derived.layers["patrol_segments"]
    reasons = list(patrols["no_segment"][patrols.geometry.isna()])
    listed = section.locator(".undrawn + .features li")
    assert listed.count() == len(reasons)
    assert [reason for reason in reasons if not listed.filter(has_text=reason).count()] == []
    listed.first.locator("button").click()
    assert "Not on the map" in page.locator("#details").inner_text()


def test_the_demilitarised_band_is_hatched_while_it_was_in_force(opened, page):
    for day, count in (("2018-09-20", 0), ("2018-09-21", 2), ("2020-03-05", 2), ("2020-03-06", 0)):
        opened.set_day(day)
        assert opened.drawn("demilitarised_band") == count, day
    opened.set_day("2018-10-01")
    fill = page.locator(".leaflet-layer-demilitarised_band-pane path").first.get_attribute("fill")
    assert page.locator(fill.removeprefix("url(").removesuffix(")")).count() == 1

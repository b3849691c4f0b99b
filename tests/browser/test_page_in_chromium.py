"""The page opens from disk, draws every layer, gives details of each feature, and obeys its policy."""

import dataclasses

from geo.inputs.catalog import CATALOGUE
from geo.outputs.page import render_page

STYLED = [spec.name for spec in CATALOGUE if spec.classes and not spec.is_ground]
MARKUP = '<img src=x onerror="window.HIT=1"><svg onload=window.HIT=1>'


def test_the_page_opens_from_disk_without_a_request_or_a_complaint(opened):
    opened.page.locator(".point").nth(50).wait_for(state="attached")
    assert opened.misdeeds() == []


def test_every_layer_is_drawn_while_it_is_switched_on(opened, page):
    opened.set_view(35.8, 36.5, 12)  # near enough for localities
    opened.unfold()
    found = dict.fromkeys(STYLED, 0)
    for day in ("2018-10-01", "2020-08-25"):  # while the demilitarised band was in force; when every patrol is past
        opened.set_day(day)
        for layer in STYLED:
            box = opened.section(layer).locator(".layer input")
            box.check()
            found[layer] += opened.drawn(layer)
            box.uncheck()
            assert opened.drawn(layer) == 0, layer
    assert [layer for layer, number in found.items() if not number] == []


def test_the_sea_is_drawn_above_the_land(opened, page):
    opened.set_view(35.5, 35.8, 10)
    panes = page.locator(".leaflet-layer-basemap-pane, .leaflet-layer-sea-pane")
    heights = panes.evaluate_all("(panes) => panes.map((pane) => [pane.className, Number(pane.style.zIndex)])")
    assert ["sea" in name for name, _ in sorted(heights, key=lambda one: one[1])] == [False, True]
    assert page.locator(".leaflet-layer-sea-pane path.sea").count() == 1


def test_the_map_opens_on_the_whole_corridor_on_any_screen(visit, html):
    for width, height in ((1280, 800), (360, 740)):
        assert visit(html, width=width, height=height).page.evaluate(
            "map_reference.getBounds().contains(M4.features.bounds(M4.catalogue.find(({ name }) =>"
            " name === 'corridor').features))"
        )


def test_lines_are_on_whole_pixels_whenever_the_view_is_set(opened, page):
    places = "(all) => all.flatMap((one) => one.style.transform.match(/-?[\\d.]+px/g).map(parseFloat))"
    for view in ((), (35.71, 36.43, 10.5)):
        if view:
            opened.set_view(*view)
        found = page.locator(".leaflet-pane > svg:not(.leaders)").evaluate_all(places)
        assert found
        assert all(number == int(number) for number in found), view


def test_a_line_beside_the_road_is_to_the_right_of_its_direction(page):
    shift = (
        "(points) => { const line = new M4.OffsetLine(points, { offset: 8 }).addTo(map_reference);"
        " const { x, y } = line._rings[0][0].subtract(map_reference.latLngToLayerPoint(points[0]));"
        " return [Math.round(x), Math.round(y)] }"
    )
    assert page.evaluate(shift, [[35.8, 36.3], [35.8, 36.6]]) == [0, 8]  # southwards: y grows downwards
    assert page.evaluate(shift, [[35.8, 36.6], [35.8, 36.3]]) == [0, -8]


def test_details_say_who_where_when_how_sure_and_on_whose_word(opened):
    opened.select("observation_posts", "post-09-morek")
    details = opened.page.locator("#details")
    text = details.inner_text()
    for expected in ("Morek", "مورك", "Encircled", "7 April 2018", "B1: usually reliable source, confirmed by others"):
        assert expected in text
    assert details.locator("bdi[lang=ar]").first.get_attribute("dir") == "auto"
    links = details.locator(".sources a")
    assert links.count() > 3
    for link in links.all():
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert link.get_attribute("target") == "_blank"
        assert link.get_attribute("href").startswith(("http://", "https://"))


def test_a_click_on_a_marker_opens_its_details(page):
    page.locator(".leaflet-layer-observation_posts-pane .point", has=page.locator("text='11'")).locator("path").click()
    assert page.locator("#details h2").inner_text() == "Ishtabraq"


def test_the_keyboard_reaches_a_feature_and_comes_back(opened, page):
    opened.section("observation_posts").locator(".count").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#details h2").inner_text() == "Salwah"
    assert page.evaluate("document.activeElement.id") == "details"
    page.keyboard.press("Escape")
    assert page.locator("#details").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Salwah"


def test_on_a_phone_the_panel_opens_with_one_tap_and_closes_for_the_details(visit, html):
    opened = visit(html, width=360, height=740, has_touch=True, is_mobile=True)
    page = opened.page
    panel, toggle = page.locator("#panel"), page.locator("#panel-toggle")
    assert panel.is_hidden()
    toggle.tap()
    assert panel.is_visible()
    assert toggle.get_attribute("aria-expanded") == "true"
    opened.section("observation_posts").locator(".count").tap()
    page.get_by_role("button", name="Morek").tap()
    assert panel.is_hidden()
    assert page.locator("#details h2").inner_text() == "Morek"


def test_the_age_of_the_road_is_told_and_remarked_on_when_it_is_great(visit, shipped):
    for days, remarks in ((365, 1), (36500, 0), (None, 0)):
        section = visit(render_page(dataclasses.replace(shipped, stale_after_days=days))).section("m4")
        assert "As mapped in OpenStreetMap, August 2021." in section.inner_text()
        assert section.locator(".remark.old").count() == remarks, days


def test_the_policy_stops_a_handler_that_somehow_got_in(opened, page):
    page.evaluate("(markup) => { document.body.innerHTML += markup }", MARKUP)
    page.wait_for_timeout(200)
    assert page.evaluate("window.HIT") is None
    assert any("Content Security Policy" in complaint for complaint in opened.complaints)
    opened.forget()


def test_only_web_addresses_become_links(visit, shipped):
    layers = shipped.layers
    addresses = ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org", "not an address"]
    post = next(one.properties for one in layers["observation_posts"].features if len(one.properties.sources) > 5)
    given = dict(zip(post.sources, [*addresses, "https://example.org/a b?c=<d>"], strict=False))

    def changed(source):
        update = {"url": given.get(source.properties.id, "none")}
        return dataclasses.replace(source, properties=source.properties.model_copy(update=update))

    sources = dataclasses.replace(layers["sources"], features=tuple(map(changed, layers["sources"].features)))
    spoilt = dataclasses.replace(layers, by_name={**layers, "sources": sources})
    opened = visit(render_page(dataclasses.replace(shipped, layers=spoilt)))
    opened.select("observation_posts", post.id)
    links = opened.page.locator("#details .sources a")
    assert [link.get_attribute("href") for link in links.all()] == ["https://example.org/a%20b?c=%3Cd%3E"]


def test_computed_figures_are_listed_with_how_and_posts_follow_the_day(opened, page):
    facts = page.locator(".facts")
    assert "71.6 km" in facts.locator("summary", has_text="Corridor stretch of the M4").inner_text()
    inside = facts.locator("summary", has_text="Posts in place in the corridor, north side").locator(".value")
    assert int(inside.inner_text()) > 0
    facts.locator("details").first.locator("summary").click()
    assert "Geodesic length" in facts.locator("details[open] p").inner_text()
    opened.set_day("2017-05-04")
    assert inside.count() == 0  # there was no corridor to be in

import dataclasses

import pytest

from geo.inputs.catalog import CATALOGUE
from geo.outputs.page import render_page

STYLED = [spec.name for spec in CATALOGUE if spec.style]
MARKUP = '<img src=x onerror="window.HIT=1"><svg onload=window.HIT=1>'


def shown(visit, layer):
    """Return how many features the panel says are shown of a layer, by class label."""
    title = next(spec.title for spec in CATALOGUE if spec.name == layer)
    section = visit.page.locator("#panel section").filter(has=visit.page.get_by_label(title, exact=True))
    labels = section.locator(".legend li > :nth-child(2)").all_text_contents()
    numbers = section.locator(".legend .number").all_text_contents()
    return dict(zip(labels, map(int, numbers), strict=True))


def test_the_page_opens_from_disk_without_a_request_or_a_complaint(visit, html):
    opened = visit(html)
    opened.page.locator(".point").nth(50).wait_for(state="attached")
    assert opened.misdeeds() == []


def test_every_layer_that_has_something_to_show_is_drawn(visit, html):
    opened = visit(html)
    page = opened.page
    page.evaluate("void map_reference.setView([35.8, 36.5], 12, { animate: false })")  # near enough for localities
    found = dict.fromkeys(STYLED, 0)
    for day in ("2018-10-01", "2020-08-25"):  # while the demilitarised band was in force; when every patrol is past
        page.evaluate("(day) => M4.setState({ day })", day)
        for layer in STYLED:
            box = page.locator(f"#panel section:has(.swatch.{layer}) .layer input")
            box.check()
            found[layer] += opened.drawn(layer)
            box.uncheck()
            assert opened.drawn(layer) == 0, layer
    assert [layer for layer, number in found.items() if not number] == []
    assert opened.misdeeds() == []


def test_the_map_opens_on_the_whole_corridor(visit, html):
    for width, height in ((1280, 800), (360, 740)):
        opened = visit(html, width=width, height=height)
        assert opened.page.evaluate(
            "map_reference.getBounds().contains(M4.features.bounds(M4.catalogue.find(({ name }) =>"
            " name === 'corridor').features))"
        )


def test_lines_lie_on_whole_pixels_whenever_the_view_is_set(visit, html):
    page = visit(html).page
    places = "(all) => all.map((one) => one.style.transform.match(/-?[\\d.]+px/g).map(parseFloat))"
    for view in ("", "void map_reference.setView([35.71, 36.43], 10.5, { animate: false, reset: true })"):
        page.evaluate(view)
        found = page.locator(".leaflet-pane > svg").evaluate_all(places)
        assert found
        assert all(number == int(number) for place in found for number in place), view


@pytest.mark.parametrize("day", ["2017-10-12", "2018-05-16", "2020-03-06", "2020-11-05", "2021-06-01"])
def test_posts_are_shown_with_the_status_of_the_day(visit, html, layers, derived, day):
    opened = visit(html)
    opened.page.evaluate("(day) => M4.setState({ day })", day)
    histories = derived.histories["observation_posts"]
    placed = [post.properties.id for post in layers["observation_posts"].features if post.geometry is not None]
    steps = {id_: [status for from_day, status in histories[id_] if from_day <= day] for id_ in placed}
    statuses = [steps[id_][-1] if steps[id_] else None if histories[id_] else "undated" for id_ in placed]
    symbols = next(spec.style.symbols for spec in CATALOGUE if spec.name == "observation_posts")
    assert shown(opened, "observation_posts") == {
        symbol.label: statuses.count(status) for status, symbol in symbols.items()
    }
    assert opened.drawn("observation_posts") == len([status for status in statuses if status])


def test_details_say_who_where_when_how_sure_and_on_whose_word(visit, html):
    opened = visit(html)
    opened.select("observation_posts", "post-09-morek")
    details = opened.page.locator("#details")
    text = details.inner_text()
    for expected in ("Morek", "مورك", "Encircled", "7 April 2018", "B1: usually reliable source, confirmed by others"):
        assert expected in text
    assert details.locator("bdi[lang=ar]").get_attribute("dir") == "auto"
    links = details.locator(".sources a")
    assert links.count() > 3
    for link in links.all():
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert link.get_attribute("target") == "_blank"
        assert link.get_attribute("href").startswith(("http://", "https://"))
    assert opened.page.locator("path.mark.precise").count() == 1
    assert opened.misdeeds() == []


def test_the_age_of_the_road_is_told_and_remarked_on_when_it_is_great(visit, shipped):
    for days, old in ((365, 1), (36500, 0), (None, 0)):
        text = render_page(dataclasses.replace(shipped, stale_after_days=days))
        section = visit(text).page.locator("#panel section:has(.swatch.m4)")
        assert "As mapped in OpenStreetMap, August 2021." in section.inner_text()
        assert section.locator(".remark.old").count() == old


def test_what_cannot_be_drawn_is_listed_with_its_reason(visit, html, derived):
    opened = visit(html)
    opened.page.evaluate("M4.setState({ day: '2020-08-25' })")  # one of them is dated
    section = opened.page.locator("#panel section:has(.swatch.patrol_segments)")
    section.locator(".undrawn").click()
    patrols = derived.layers["patrol_segments"]
    reasons = list(patrols["no_segment"][patrols.geometry.isna()])
    listed = section.locator(".undrawn + .features li")
    assert listed.count() == len(reasons)
    for reason in reasons:
        assert listed.filter(has_text=reason).count() >= 1
    listed.first.locator("button").click()
    assert "Not on the map" in opened.page.locator("#details").inner_text()


def test_the_keyboard_reaches_a_feature_and_comes_back(visit, html):
    page = visit(html).page
    page.locator("#panel section:has(.swatch.observation_posts) .count").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#details h2").inner_text() == "Salwah"
    assert page.evaluate("document.activeElement.id") == "details"
    page.keyboard.press("Escape")
    assert page.locator("#details").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Salwah"


def test_a_click_on_a_marker_opens_its_details(visit, html):
    page = visit(html).page
    page.locator(".leaflet-layer-observation_posts-pane .point", has=page.locator("text='11'")).locator("path").click()
    assert page.locator("#details h2").inner_text() == "Ishtabraq"


def test_a_line_beside_the_road_lies_to_the_right_of_its_direction(visit, html):
    shift = (
        "(points) => { const line = new M4.OffsetLine(points, { offset: 8 }).addTo(map_reference);"
        " return line._rings[0][0].subtract(map_reference.latLngToLayerPoint(points[0])) }"
    )
    page = visit(html).page
    eastward = page.evaluate(shift, [[35.8, 36.3], [35.8, 36.6]])
    westward = page.evaluate(shift, [[35.8, 36.6], [35.8, 36.3]])
    assert (round(eastward["x"]), round(eastward["y"])) == (0, 8)  # southwards: y grows downwards
    assert (round(westward["x"]), round(westward["y"])) == (0, -8)


def test_no_name_lies_on_another(visit, html):
    for width, height in ((1280, 800), (360, 740)):
        boxes = visit(html, width=width, height=height).page.evaluate(
            "[...document.querySelectorAll('.label')].map((node) => node.getBoundingClientRect().toJSON())"
        )
        assert len(boxes) > 10
        for index, one in enumerate(boxes):
            for other in boxes[:index]:
                assert (
                    one["right"] <= other["left"] + 1
                    or other["right"] <= one["left"] + 1
                    or one["bottom"] <= other["top"] + 1
                    or other["bottom"] <= one["top"] + 1
                )


def test_on_a_phone_the_panel_opens_with_one_tap_and_nothing_is_wider_than_the_screen(visit, html):
    opened = visit(html, width=360, height=740, has_touch=True, is_mobile=True)
    page = opened.page
    panel, toggle = page.locator("#panel"), page.locator("#panel-toggle")
    assert panel.is_hidden()
    toggle.tap()
    assert panel.is_visible()
    assert toggle.get_attribute("aria-expanded") == "true"
    page.locator("#panel section:has(.swatch.observation_posts) .count").tap()
    page.get_by_role("button", name="Morek").tap()
    assert panel.is_hidden()
    assert page.locator("#details h2").inner_text() == "Morek"
    for place in ("documentElement", "querySelector('#details')", "querySelector('#head')"):
        assert page.evaluate(f"document.{place}.scrollWidth <= Math.min(360, document.{place}.clientWidth)"), place
    assert opened.misdeeds() == []


def test_the_page_is_made_for_paper_and_for_the_dark(visit, html):
    grounds = {
        scheme: visit(html, color_scheme=scheme).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert grounds == {"light": "rgb(251, 250, 246)", "dark": "rgb(23, 25, 27)"}


def test_the_policy_stops_a_handler_that_somehow_got_in(visit, html):
    opened = visit(html)
    opened.page.evaluate("(markup) => { document.body.innerHTML += markup }", MARKUP)
    opened.page.wait_for_timeout(200)
    assert opened.page.evaluate("window.HIT") is None
    assert any("Content Security Policy" in complaint for complaint in opened.complaints)


def test_only_web_addresses_become_links(visit, shipped):
    layers = shipped.layers
    addresses = ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org", "not an address"]
    web = "https://example.org/a b?c=<d>"
    post = next(one.properties for one in layers["observation_posts"].features if len(one.properties.sources) > 5)
    given = dict(zip(post.sources, [*addresses, web], strict=False))
    sources = [
        dataclasses.replace(
            one, properties=one.properties.model_copy(update={"url": given.get(one.properties.id, "none")})
        )
        for one in layers["sources"].features
    ]
    changed = {**layers, "sources": dataclasses.replace(layers["sources"], features=tuple(sources))}
    changed_layers = dataclasses.replace(layers, by_name=changed)
    opened = visit(render_page(dataclasses.replace(shipped, layers=changed_layers)))
    opened.select("observation_posts", post.id)
    links = opened.page.locator("#details .sources a")
    assert [link.get_attribute("href") for link in links.all()] == ["https://example.org/a%20b?c=%3Cd%3E"]


def test_computed_figures_are_listed_with_how_and_posts_follow_the_day(visit, html):
    page = visit(html).page
    facts = page.locator(".facts")
    assert "71.6 km" in facts.locator("summary", has_text="Corridor stretch of the M4").inner_text()
    inside = facts.locator("summary", has_text="Posts in place in the corridor, north side").locator(".value")
    assert int(inside.inner_text()) > 0
    page.evaluate("M4.setState({ day: '2017-05-04' })")
    assert inside.count() == 0  # there was no corridor to be in
    page.evaluate("M4.setState({ day: '2020-03-06' })")
    facts.locator("details").first.locator("summary").click()
    assert "Geodesic length" in facts.locator("details[open] p").inner_text()

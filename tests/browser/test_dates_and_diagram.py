import json
from calendar import monthrange
from dataclasses import replace
from datetime import date

import pytest

from geo.inputs.catalog import CATALOGUE
from geo.inputs.files import LAYERS_DIR
from geo.inputs.frames import json_rows
from geo.outputs.page import render_page

FIRST, LAST = "2017-05-04", "2021-03-31"
DAYS = ["2017-10-12", "2018-05-16", "2019-08-23", "2020-03-06", "2020-11-27", "2020-12-31", LAST]
TITLES = {spec.name: spec.title for spec in CATALOGUE if spec.classes}
[POST_LABELS] = [spec.classes for spec in CATALOGUE if spec.name == "observation_posts"]


def numbers_in_panel(page, layer):
    section = page.locator("#panel section").filter(has=page.get_by_label(TITLES[layer], exact=True))
    labels = section.locator(".legend li > :nth-child(2)").all_text_contents()
    numbers = section.locator(".legend .number").all_text_contents()
    return dict(zip(labels, map(int, numbers), strict=True))


def set_day(page, day):
    page.evaluate("(day) => M4.setState({ day })", day)


def day_of(page):
    return page.evaluate("M4.state.day")


def certain_from(known):
    """Return the last day of a day, a month or a year."""
    parts = [int(part) for part in known.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    return date(year, month, parts[2] if len(parts) > 2 else monthrange(year, month)[1]).isoformat()


def status_on(post, day):
    """Return what a post is on a day, straight from its row: the rule of the README, written a second time."""
    established, encircled, evacuated = (post[f"{what}_on"] for what in ("established", "encircled", "evacuated"))
    known, attested, gone = (post[column] for column in ("status_2020_03_05", "attested_until", "gone_by"))
    if not any((established, encircled, evacuated, known)):
        return "undated"
    if any(left and certain_from(left) <= day for left in (evacuated, gone)):
        return "evacuated"
    if attested and certain_from(attested) < day:
        return "not_known"
    if encircled and certain_from(encircled) <= day:
        return "encircled"
    if known == "encircled" and not encircled and day >= "2020-03-05":
        return "encircled"
    if established:
        known_days = [certain_from(one) for one in (established, encircled, evacuated, attested, gone) if one]
        if known == "encircled" and not encircled:
            known_days.append("2020-03-05")
        there = min(known_days) <= day
        return ("opposition_held" if known or encircled else "standing") if there else None
    return known if known and day >= "2020-03-05" else None


@pytest.mark.parametrize("day", DAYS)
def test_posts_by_class_are_those_of_the_file_on_that_day(visit, html, day):
    opened = visit(html)
    set_day(opened.page, day)
    features = json.loads((LAYERS_DIR / "observation_posts.geojson").read_text(encoding="utf-8"))["features"]
    statuses = [status_on(feature["properties"], day) for feature in features if feature["geometry"]]
    expected = {label: statuses.count(status) for status, label in POST_LABELS.items()}
    assert numbers_in_panel(opened.page, "observation_posts") == expected
    assert opened.drawn("observation_posts") == len([status for status in statuses if status])
    assert opened.misdeeds() == []


SEVEN = [f"post-{name}" for name in ("saraqib-east", "saraqib-north", "saraqib-south", "tarnabah", "mardikh", "anadan")]
SEVEN.append("post-rashidin")


def test_at_the_end_of_the_map_none_of_seven_posts_is_encircled_and_four_are_not_known(visit, html):
    opened = visit(html)
    set_day(opened.page, LAST)
    numbers = numbers_in_panel(opened.page, "observation_posts")
    assert (numbers["Encircled"], numbers["Not known whether still there"]) == (0, 4)
    classes = opened.page.evaluate(
        "([ids, day]) => M4.catalogue.find(({ name }) => name === 'observation_posts').features"
        ".filter(({ properties }) => ids.includes(properties.id)).map((one) => M4.features.classOf(one, day))",
        [SEVEN, LAST],
    )
    assert sorted(classes) == ["evacuated"] * 3 + ["not_known"] * 4
    opened.select("observation_posts", "post-tarnabah")
    details = opened.page.locator("#details").inner_text()
    assert "Not known whether still there" in details
    assert "Last attested\nJanuary 2021" in details
    assert opened.misdeeds() == []


def figures_told(page):
    return page.locator("#panel .facts summary > span:first-child").all_text_contents()


def remark_of(page, layer):
    return page.locator(f"#panel section:has(.swatch.{layer}) > p.remark").filter(has_text="Not present on this date")


def test_the_corridor_is_there_from_its_day_on_and_not_before(visit, html):
    opened = visit(html)
    page = opened.page
    for day, halves, stretches in (("2018-10-20", 0, 0), ("2020-03-05", 0, 0), ("2020-03-06", 2, 1), (LAST, 2, 1)):
        set_day(page, day)
        assert opened.drawn("corridor") == halves, day
        assert opened.drawn("centreline") == stretches, day
        assert sum(numbers_in_panel(page, "corridor").values()) == halves
        assert page.locator("#panel .legend li.none .swatch.corridor").count() == 2 - halves
        assert remark_of(page, "corridor").is_visible() == (not halves)
        told = " ".join(figures_told(page))
        assert ("orridor" in told) == bool(halves), day
        page.get_by_role("button", name="Table", exact=True).click()
        page.locator("#table-layer").select_option("corridor")
        cells = page.locator("#dialogue tbody td:nth-child(3)").all_text_contents()
        assert (cells.count("not present on this date") == 3) == (not halves), day
        page.keyboard.press("Escape")
    set_day(page, "2018-10-20")
    assert remark_of(page, "corridor").inner_text() == "Not present on this date; shown from 6 March 2020."
    assert opened.misdeeds() == []


def test_a_post_is_in_the_corridor_only_when_there_is_one(visit, html):
    opened = visit(html)
    opened.select("observation_posts", "post-11-ishtabraq")
    term = opened.page.locator("#details dt").filter(has_text="In the corridor")
    assert term.count() == 1
    set_day(opened.page, "2018-10-20")
    assert term.count() == 0


def test_a_page_that_opens_before_the_corridor_was_agreed_looks_at_the_same_ground(visit, html, shipped):
    """Its view is that of its own zone and line, which extend as far, to some hundred metres."""
    ground = "[map_reference.getZoom(), map_reference.getBounds().toBBoxString().split(',').map(Number)]"
    zoom, usual = visit(html).page.evaluate(ground)
    earlier = visit(render_page(replace(shipped, as_of=date(2018, 10, 20))))
    assert earlier.page.evaluate(ground) == [zoom, pytest.approx(usual, abs=0.01)]
    of_corridor = "M4.features.bounds(M4.catalogue.find(({ name }) => name === M4.focus).features)"
    assert earlier.page.evaluate(f"map_reference.getBounds().contains({of_corridor})")
    assert earlier.misdeeds() == []


def test_the_page_opens_on_its_day_between_the_first_and_the_last(visit, html):
    page = visit(html).page
    field, slider = page.locator("#dock input[type=date]"), page.locator("#dock input[type=range]")
    assert field.input_value() == "2020-03-06"
    assert (field.get_attribute("min"), field.get_attribute("max")) == (FIRST, LAST)
    assert int(slider.get_attribute("max")) == (date.fromisoformat(LAST) - date.fromisoformat(FIRST)).days
    assert slider.get_attribute("aria-valuetext") == "6 March 2020"


def test_the_slider_obeys_the_keyboard_and_the_title_follows(visit, html):
    opened = visit(html)
    page = opened.page
    page.locator("#dock input[type=range]").focus()
    for key, day in (
        ("ArrowRight", "2020-03-07"),
        ("ArrowLeft", "2020-03-06"),
        ("PageUp", "2020-04-06"),
        ("PageDown", "2020-03-06"),
        ("Home", FIRST),
        ("PageDown", FIRST),
        ("End", LAST),
        ("PageUp", LAST),
        ("PageDown", "2021-02-28"),
    ):
        page.keyboard.press(key)
        assert day_of(page) == day, key
    assert page.locator("#as-of").inner_text() == "as of 28 February 2021"
    assert page.title().endswith("as of 28 February 2021")
    assert opened.misdeeds() == []


def test_the_buttons_step_by_a_day_and_stop_at_the_ends(visit, html):
    page = visit(html).page
    page.get_by_role("button", name="Day after").click()
    assert day_of(page) == "2020-03-07"
    for end, name in ((FIRST, "Day before"), (LAST, "Day after")):
        set_day(page, end)
        button = page.get_by_role("button", name=name)
        assert button.get_attribute("aria-disabled") == "true"
        button.click(force=True)
        assert day_of(page) == end


def test_play_goes_from_change_to_change_until_another_day_is_set(visit, html):
    opened = visit(html, fresh=True)
    page = opened.page
    page.clock.install()
    set_day(page, "2020-03-10")
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(750)
    assert day_of(page) == "2020-03-15"
    page.clock.run_for(700)
    assert day_of(page) == "2020-03-19"
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(3000)
    assert day_of(page) == "2020-03-19"
    page.get_by_role("button", name="Play").click()
    set_day(page, "2019-01-01")
    page.clock.run_for(3000)
    assert day_of(page) == "2019-01-01"
    set_day(page, LAST)
    page.get_by_role("button", name="Play").click()
    assert day_of(page) == FIRST
    page.clock.run_for(200_000)
    assert day_of(page) == LAST
    assert page.get_by_role("button", name="Play").count() == 1
    assert opened.misdeeds() == []


def test_a_date_outside_is_refused_with_a_word_and_the_day_stays(visit, html):
    opened = visit(html)
    page = opened.page
    field = page.locator("#dock input[type=date]")
    for wrong in ("2016-01-01", "2024-12-08", ""):
        field.fill(wrong)
        assert day_of(page) == "2020-03-06"
        assert page.locator("#date-note").inner_text() == "The map covers 4 May 2017 to 31 March 2021."
        assert field.get_attribute("aria-invalid") == "true"
    field.blur()
    assert field.input_value() == "2020-03-06"
    assert field.get_attribute("aria-invalid") == "false"
    assert page.locator("#date-note").inner_text() == "The map covers 4 May 2017 to 31 March 2021."
    field.fill("2019-08-23")
    assert day_of(page) == "2019-08-23"
    assert page.locator("#date-note").inner_text() == ""
    assert opened.misdeeds() == []


def test_patrols_are_drawn_up_to_the_date_and_that_of_the_day_strong(visit, html):
    opened = visit(html)
    page = opened.page
    strong = page.locator(".leaflet-layer-patrol_segments-pane path.strong")
    for day, patrols, of_the_day in (
        ("2020-03-14", 0, 0),
        ("2020-03-15", 1, 1),
        ("2020-03-16", 1, 0),
        ("2020-08-25", 25, 1),
        (LAST, 25, 0),
    ):
        set_day(page, day)
        assert opened.drawn("patrol_segments") == patrols, day
        assert sum(numbers_in_panel(page, "patrol_segments").values()) == patrols
        assert strong.count() == of_the_day
    set_day(page, "2020-03-15")
    assert strong.get_attribute("stroke-opacity") == "1"


def test_a_day_that_changes_nothing_in_a_layer_leaves_its_drawing_alone(visit, html):
    page = visit(html).page
    page.evaluate("document.querySelector('.leaflet-layer-observation_posts-pane .point').dataset.kept = 'yes'")
    set_day(page, "2020-03-07")
    assert page.locator("[data-kept]").count() == 1
    set_day(page, "2020-03-22")
    assert page.locator("[data-kept]").count() == 0


def test_what_has_no_date_says_so(visit, html, derived):
    page = visit(html).page
    set_day(page, LAST)
    section = page.locator("#panel section:has(.swatch.patrol_segments)")
    section.locator(".undrawn").click()
    undated = [date for date in derived.layers["patrol_segments"]["date"] if not date]
    assert undated
    assert section.locator(".features li").filter(has_text="No date known").count() == len(undated)


def open_diagram(page):
    page.get_by_role("button", name="Patrols, March to August 2020", exact=True).click()


def bar(page, name):
    return page.locator(f".bar[aria-label^='{name},']")


def test_the_diagram_has_a_bar_for_every_patrol_with_a_segment_and_lists_the_others(visit, html, derived):
    opened = visit(html)
    page = opened.page
    open_diagram(page)
    rows = json_rows(derived.layers["patrol_segments"])
    placed = [row for row in rows if row["from_km"] is not None]
    assert page.locator(".bar").count() == len(placed) == 25
    assert page.locator(".bar .incident").count() == sum(bool(row["incident"]) for row in placed)
    for outcome in ("completed", "shortened", "attacked", "disputed"):
        number = sum(row["outcome"] == outcome for row in placed)
        assert page.locator(f".bar .box.{outcome}").count() == number
    listed = page.locator(".without-bar li")
    assert listed.count() == len(rows) - len(placed)
    for row in rows:
        if row["from_km"] is None:
            assert listed.filter(has_text=row["name_en"]).filter(has_text=row["no_segment"]).count() == 1
    label = (
        "Joint patrol 17, 16 June 2020, Trumba to Jisr al-Shughur (east): Sources differ on how it ended; "
        "reported length: 45 km; incident reported"
    )
    assert bar(page, "Joint patrol 17").get_attribute("aria-label") == label
    assert bar(page, "Patrol 18 (participation disputed)").count() == 1
    assert bar(page, "Joint patrol 18").count() == 0
    assert opened.misdeeds() == []


def test_a_bar_is_as_long_as_its_stretch_and_stands_on_its_day(visit, html, derived):
    page = visit(html).page
    open_diagram(page)
    rows = [row for row in json_rows(derived.layers["patrol_segments"]) if row["from_km"] is not None]
    boxes = {row["name_en"]: bar(page, row["name_en"]).locator(".box").bounding_box() for row in rows}
    longest = boxes["Joint patrol 22"]
    for row in rows:
        box = boxes[row["name_en"]]
        assert abs(box["height"] / longest["height"] - row["length_km"] / 71.61) < 0.02
        days = (date.fromisoformat(row["date"]) - date(2020, 3, 15)).days
        span = boxes["Joint patrol 26"]["x"] - boxes["Joint patrol 1"]["x"]
        assert abs((box["x"] - boxes["Joint patrol 1"]["x"]) / span - days / 163) < 0.005


def test_a_bar_sets_the_date_and_the_selection(visit, html):
    opened = visit(html)
    page = opened.page
    open_diagram(page)
    bar(page, "Joint patrol 12").click()
    assert day_of(page) == "2020-05-20"
    assert page.locator("#details h2").inner_text() == "Joint patrol 12"
    assert page.locator("path.mark").count() == 1
    assert bar(page, "Joint patrol 12").get_attribute("aria-pressed") == "true"
    assert "today" in bar(page, "Joint patrol 12").get_attribute("class")
    bar(page, "Joint patrol 1").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert day_of(page) == "2020-03-23"
    assert page.locator("#details h2").inner_text() == "Joint patrol 2"
    assert opened.misdeeds() == []


def test_what_is_selected_on_the_map_is_marked_in_the_diagram(visit, html):
    opened = visit(html)
    page = opened.page
    open_diagram(page)
    opened.select("patrol_segments", "patrol-22")
    assert bar(page, "Joint patrol 22").get_attribute("aria-pressed") == "true"
    assert page.locator(".bar[aria-pressed=true]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".bar[aria-pressed=true]").count() == 0


def test_the_line_of_the_day_follows_the_date(visit, html):
    page = visit(html).page
    open_diagram(page)
    line = page.locator(".plot line.day")
    assert line.is_hidden()
    set_day(page, "2020-06-16")
    box, at = bar(page, "Joint patrol 17").locator(".box").bounding_box(), line.bounding_box()
    assert abs(box["x"] + box["width"] / 2 - at["x"] - at["width"] / 2) < 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_everything_fits_and_the_diagram_scrolls(visit, html, scheme):
    opened = visit(html, width=360, height=740, has_touch=True, is_mobile=True, color_scheme=scheme)
    page = opened.page
    open_diagram(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.getElementById('dock').scrollWidth") <= 360
    assert page.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector('.scroll'))"
    )
    assert page.locator("#dock input[type=range]").bounding_box()["width"] > 250
    page.get_by_role("button", name="Hide diagram").click()
    assert page.locator("#diagram").is_hidden()
    assert opened.misdeeds() == []


@pytest.mark.parametrize("language", ["en", "tr", "ar"])
def test_on_a_phone_no_name_of_the_axis_is_cut_and_the_day_is_in_view(visit, html, language):
    opened = visit(html, width=390, height=844)
    opened.reopen(f"day=2020-07-22&lang={language}")
    page = opened.page
    page.locator("#dock [aria-controls=diagram]").click()
    axis = page.locator("#diagram .axis").bounding_box()
    for text in page.locator("#diagram .axis text").all():
        assert text.bounding_box()["x"] >= axis["x"] - 1
    for day in ("2020-07-22", "2020-03-23", "2020-08-25"):
        opened.set_day(day)
        x = page.locator("#diagram .plot .day").bounding_box()["x"]
        assert axis["x"] + axis["width"] < x < 390
    assert page.locator(".leaflet-bottom").first.is_hidden()

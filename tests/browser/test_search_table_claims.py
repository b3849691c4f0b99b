"""Search in every spelling, the table of every feature, and every claim beside those that contradict it."""

import csv
import json
from pathlib import Path

import pytest

from geo.inputs.catalog import CATALOGUE, LayerSpec
from geo.inputs.files import LAYERS_DIR

LISTED = [spec for spec in CATALOGUE if spec.classes and not spec.is_ground]
RESULTS = "#search-list li"


def look_for(opened, text):
    if not opened.page.locator("#dialogue[open]").count():
        opened.tool("Search")
    opened.page.get_by_role("combobox", name="Name of a place").fill(text)
    return opened.page.locator(RESULTS).all_inner_texts()


def selected(page):
    return page.evaluate("M4.state.selected && M4.state.selected.properties.id")


def properties_in(name):
    return [row["properties"] for row in json.loads((LAYERS_DIR / name).read_text(encoding="utf-8"))["features"]]


def events():
    with (LAYERS_DIR / "timeline.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- Search ----

FOUND_BY = {
    "saraqib": ("Saraqib", "Serakib", "Saraqeb", "سراقب", "SARĀQIB", "serakıb", "سَرَاقِب"),
    "ariha": ("اريحا", "أريحا"),
    "al-nayrab": ("nayrab", "Al Nayrab", "نيرب"),
    "post-02-qalat-siman": ("qalat siman", "Qal’at Sim‘an"),
    "post-09-morek": ("post 9",),
    "jisr-al-shughur": ("cisr es sugur",),
}


def test_accents_articles_letters_and_languages_make_no_difference_to_the_search(page):
    for id_, spellings in FOUND_BY.items():
        for text in spellings:
            found = page.evaluate("(text) => M4.find(text).map(({ feature }) => feature.properties.id)", text)
            assert id_ in found[:3], text


def test_each_place_is_found_by_each_of_its_names(page):
    wanted = [
        (place["id"], place[name])
        for place in properties_in("places.geojson")
        for name in ("name_en", "name_ar", "name_tr", "name_fr")
        if place[name]
    ]
    missed = page.evaluate(
        "(wanted) => wanted.filter(([id, name]) => !M4.find(name).some(({ feature, score }) =>"
        " feature.properties.id === id && score === 0))",
        wanted,
    )
    assert wanted
    assert missed == []


def press_spellings():
    """Return spellings that readers meet in the press and may try, each with what it means."""
    with (Path(__file__).with_name("press_spellings.csv")).open(encoding="utf-8", newline="") as file:
        return [(row["spelling"], row["layer"], row["id"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR", "ar-SY", "tr-TR"])
def test_a_place_is_found_by_the_spellings_of_the_press_in_every_language(visit, html, locale):
    wanted = press_spellings()
    assert len(wanted) > 77
    missed = visit(html, locale=locale).page.evaluate(
        "(wanted) => wanted.filter(([text, layer, id]) => !M4.find(text).slice(0, 6).some(({ feature }) =>"
        " feature.layer.name === layer && feature.properties.id === id)).map(([text, , id]) =>"
        " [text, id, M4.find(text).slice(0, 6).map(({ feature }) => feature.properties.id)])",
        wanted,
    )
    assert missed == []


def test_names_that_only_sound_alike_come_after_those_that_match(page):
    scores = page.evaluate("M4.find('Ma’arrat al-Nu’man').map(({ score }) => score)")
    assert scores == sorted(scores)
    assert page.evaluate("M4.find('Jisr ash-Shugur').map(({ score }) => score)")[0] > 0
    assert page.evaluate("['xyzzy', 'qwrtz', 'zaza bibi'].map((text) => M4.find(text).length)") == [0, 0, 0]


def test_the_closest_names_come_first_places_before_localities_and_neither_ground_nor_carriageways(page):
    found = page.evaluate("M4.find('sarm').map(({ score, rank }) => [score, rank])")
    assert len(found) > 1
    assert found == sorted(found)
    exact = page.evaluate("M4.find('Saraqib').filter(({ score }) => score === 0).map((one) => one.feature.layer.name)")
    assert exact == ["places"]
    layers = page.evaluate("['a', 'm4'].flatMap((text) => M4.find(text).map(({ feature }) => feature.layer.name))")
    assert {"centreline", "places", "localities", "observation_posts", "corridor"} <= set(layers)
    assert not {"basemap", "sea", "m4", "m5"} & set(layers)


def test_search_by_keyboard_alone(page):
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Name of a place")
    assert box.evaluate("(node) => node === document.activeElement")
    assert box.get_attribute("aria-expanded") == "false"
    page.keyboard.type("sar/")  # a slash is a letter here
    assert box.input_value() == "sar/"
    page.keyboard.press("Backspace")
    assert box.get_attribute("aria-expanded") == "true"
    for key, at in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("ArrowUp", 0), ("ArrowUp", -1)):
        page.keyboard.press(key)
        active = box.get_attribute("aria-activedescendant")
        assert page.locator(RESULTS).nth(at).get_attribute("id") == active
        assert page.locator("#search-list [aria-selected=true]").get_attribute("id") == active
        assert page.locator(f"#{active}").is_visible()
    page.keyboard.press("Enter")
    chosen = selected(page)
    assert chosen
    assert page.evaluate("document.activeElement.id") == "details"
    page.keyboard.press("/")
    page.keyboard.type("sar")
    page.keyboard.press("Escape")  # which closes the search and nothing else
    assert page.locator("#dialogue").is_hidden()
    assert selected(page) == chosen


def test_what_does_not_exist_is_not_found_much_is_counted_and_a_name_can_be_clicked(opened, page):
    status = page.locator(".search [role=status]")
    assert look_for(opened, "--- ") == look_for(opened, "xyzzy") == []
    assert status.inner_text() == "No match"
    assert len(look_for(opened, "a")) == 30
    number = page.evaluate("M4.find('a').length")
    assert status.inner_text() == f"{number:,} matches; the closest 30 are listed"
    assert look_for(opened, "Ariha")[0].startswith("Ariha")
    page.locator(RESULTS).first.click()
    assert selected(page) == "ariha"
    assert page.locator("#dialogue").is_hidden()


# ---- Table ----


def rows(page):
    return page.locator(".all-features tbody tr")


def open_table(opened, layer):
    if not opened.page.locator("#dialogue[open]").count():
        opened.tool("Table")
    opened.page.get_by_label("Layer", exact=True).select_option(layer)


def test_the_table_holds_every_feature_of_every_layer_and_shows_more_on_request(opened, page, derived):
    more = page.locator(".all-features button.more")
    total = 0
    for spec in LISTED:
        open_table(opened, spec.name)
        more.evaluate("(button) => { while (!button.hidden) button.click(); }")
        is_stored = isinstance(spec, LayerSpec)
        expected = len(properties_in(f"{spec.name}.geojson") if is_stored else derived.layers[spec.name])
        assert rows(page).count() == expected, spec.name
        total += expected
    open_table(opened, "")
    status = page.locator(".all-features [role=status]")
    assert status.inner_text() == f"Showing 200 of {total:,} matches ({total:,} features in all)"
    more.focus()
    page.keyboard.press("Enter")
    assert rows(page).count() == 400
    assert rows(page).nth(200).locator("button").evaluate("(node) => node === document.activeElement")


def test_every_column_sorts_both_ways_with_the_unknown_last(opened, page):
    open_table(opened, "observation_posts")
    read = "(at) => [...document.querySelectorAll('.all-features tbody tr')].map((row) => row.cells[at].textContent)"
    headings = page.locator(".all-features thead th")
    for at, column in enumerate(headings.all_inner_texts()):
        known = {}
        for order in ("ascending", "descending"):
            headings.nth(at).locator("button").click()
            assert headings.nth(at).get_attribute("aria-sort") == order
            texts = page.evaluate(read, at)
            known[order] = [text for text in texts if text]
            assert texts == known[order] + [""] * (len(texts) - len(known[order])), column
        assert page.locator(".all-features [aria-sort]").count() == 1
        assert sorted(known["ascending"]) == sorted(known["descending"])
        if column in ("Precision (m)", "Kilometre of the road"):
            numbers = [float(text.replace(",", "")) for text in known["ascending"]]
            assert numbers == sorted(numbers)
        if column == "Grade":
            assert known["ascending"] == sorted(known["ascending"]) == known["descending"][::-1]
        if column == "Since":  # as days, not as words
            assert known["ascending"][0] == known["descending"][-1] == "13 October 2017"


def test_the_table_can_be_narrowed_by_words_and_by_the_date(opened, page):
    opened.set_day("2018-01-01")
    open_table(opened, "observation_posts")
    everything = rows(page).count()
    words = page.get_by_label("Name contains")
    words.fill("سراقب")
    assert 2 < rows(page).count() < everything
    words.fill("")
    page.get_by_label("Only features present on this date").check()
    present = page.evaluate(
        "M4.catalogue.find(({ name }) => name === 'observation_posts').features"
        ".filter((one) => M4.features.isThere(one, '2018-01-01')).length"
    )
    assert 0 < rows(page).count() == present < everything
    assert "not present on this date" not in page.locator(".all-features tbody").inner_text()
    page.keyboard.press("Escape")
    opened.set_day("2020-03-06")
    open_table(opened, "corridor")
    page.get_by_label("Only features present on this date").check()
    assert rows(page).count() == 3  # the whole corridor too, although its sides are drawn


def test_choosing_a_row_selects_on_the_map(opened, page):
    open_table(opened, "observation_posts")
    page.get_by_label("Name contains").fill("Morek")
    page.locator(".all-features tbody").get_by_role("button", name="Morek").first.focus()
    page.keyboard.press("Enter")
    assert selected(page) == "post-09-morek"
    assert page.locator("#dialogue").is_hidden()
    assert page.locator("#details h2").inner_text() == "Morek"
    assert page.locator("path.mark.precise").count() == 1


def test_the_table_has_a_caption_and_headings_of_columns_and_rows(opened, page):
    opened.tool("Table")
    table = page.locator(".all-features table")
    assert "as of 6 March 2020" in table.locator("caption").inner_text()
    assert table.locator("thead th[scope=col] button").count() == table.locator("thead th").count() > 0
    assert table.locator("tbody th[scope=row] button").count() == rows(page).count()


# ---- Claims ----


def test_every_event_is_listed_once_by_date_with_its_claimant(opened, page):
    opened.tool("Claims")
    claims = page.locator(".claim")
    texts = dict(zip(claims.evaluate_all("(all) => all.map(({ id }) => id)"), claims.all_inner_texts(), strict=True))
    assert len(texts) == claims.count() == len(events())
    for event in events():
        text = texts[f"claim-{event['id']}"]
        for column in ("title_en", "claimed_by", "figure", "unit", "conflict", "time"):
            assert event[column] in text, (event["id"], column)
        assert f"{event['grade']}: " in text
    order = page.evaluate("M4.arrangedClaims(M4.timeline).map(({ claims }) => claims[0].date)")
    assert order == sorted(order)
    page.get_by_label("Category").select_option("patrol")
    assert claims.count() == len([event for event in events() if event["category"] == "patrol"])


CONFLICTING = {
    "Turkish soldiers killed": ["at least 33", "34", "34", "34", "9, 22, 29, then 33", "at least 34"],
    "Syrian soldiers killed": ["19", "34"],
    "people displaced": ["more than 1 700 000", "nearly 1 000 000", "nearly 1 000 000", "around 1 000 000"],
}


def test_figures_that_conflict_are_side_by_side_and_look_the_same(opened, page):
    opened.tool("Claims")
    looks_of = (
        "(all) => all.map((one) => [one.className, getComputedStyle(one).backgroundColor, getComputedStyle(one).color])"
    )
    for unit, figures in CONFLICTING.items():
        dispute = page.locator(".dispute", has=page.get_by_text(f"Conflicting claims: {unit}", exact=True))
        assert dispute.locator(".claim strong").all_inner_texts() == figures
        assert dispute.get_by_text("Claimed by").count() == len(figures)
        assert len({tuple(look) for look in dispute.locator(".claim").evaluate_all(looks_of)}) == 1
    grouped = page.locator(".dispute .claim").evaluate_all("(all) => all.map(({ id }) => id)")
    # Figures of other events and of other kinds.
    apart = {"claim-T072", "claim-T018", "claim-T058", "claim-T033", "claim-T035", "claim-T017"}
    # Figures that differ by rounding.
    apart |= {"claim-T019", "claim-T020", "claim-T046"}
    assert not apart & set(grouped)


def test_a_claim_leads_to_its_sources_and_to_the_map_of_its_day_and_place(opened, page):
    opened.tool("Claims")
    claim = page.locator("#claim-T010")
    claim.locator("summary").click()
    assert claim.locator(".sources li").first.is_visible()
    links = page.locator(".claim .sources a").evaluate_all("(all) => all.map(({ rel, protocol }) => [rel, protocol])")
    assert {rel for rel, _ in links} == {"noopener noreferrer"}
    assert {protocol for _, protocol in links} == {"http:", "https:"}
    claim.get_by_role("button", name="Show on the map: Balyun").click()
    assert (selected(page), page.evaluate("M4.state.day")) == ("balyun", "2020-02-27")
    assert page.locator("#dialogue").is_hidden()
    page.evaluate("M4.select(null)")
    opened.tool("Claims")
    page.locator(
        "#claim-T048 button", has_text="Show the map of that day"
    ).click()  # of Moscow, which is not on the map
    assert (selected(page), page.evaluate("M4.state.day")) == (None, "2020-03-05")


def test_a_bubble_counts_and_opens_what_was_claimed_at_its_place_up_to_the_day(opened, page):
    claimed = [row for row in events() if row["place"] == "balyun"]
    paths = "[...document.querySelectorAll('.leaflet-layer-claims-pane .point path')]"
    fills = f"{paths}.map((one) => one.getAttribute('fill'))"
    opened.set_day("2020-02-29")
    number = str(sum(row["date"] <= "2020-02-29" for row in claimed))
    quiet = page.evaluate(fills)
    bubble = page.locator(".leaflet-layer-claims-pane .point", has=page.locator(f"text='{number}'"))
    bubble.locator("path").first.click()
    details = page.locator("#details")
    assert details.locator("h2").inner_text() == "Balyun"
    for row in claimed:
        assert details.locator(".told article", has_text=row["claimed_by"]).count() >= 1
    assert details.locator(".told > article").count() == len(claimed) == int(number)
    opened.set_day("2020-02-27")  # what was claimed on the very day stands out
    strong = page.evaluate(fills)  # all three places have a claim of that day
    assert (len(set(quiet)), len(set(strong))) == (1, 1)
    assert set(quiet) != set(strong)
    opened.set_day("2020-02-26")
    assert details.locator(".told > article").count() == 0
    assert details.locator(".told details article").count() == len(claimed)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        ("2020-03-01", "Last reported here, on 27 February 2020: Rebels retake Saraqib with Turkish support"),
        ("2020-03-06", "Last reported here, on 2 March 2020: Syrian government forces retake Saraqib"),
    ],
)
def test_the_card_of_a_place_begins_with_what_was_last_reported_there(opened, page, day, last):
    opened.set_day(day)
    opened.select("places", "saraqib")
    assert page.locator("#details .sentence").inner_text() == last


@pytest.mark.parametrize("day", ["2020-01-01", "2020-02-27"])
def test_where_nothing_was_reported_or_claims_of_one_day_differ_the_card_prefers_none(opened, page, day):
    opened.set_day(day)
    opened.select("places", "balyun")
    assert page.locator("#details .sentence").count() == 0


# ---- All three ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_no_tool_is_wider_than_the_screen(visit, html, scheme):
    opened = visit(html, width=360, height=740, has_touch=True, is_mobile=True, color_scheme=scheme)
    for name in ("Search", "Table", "Claims"):
        opened.tool(name)
        if name == "Search":
            look_for(opened, "a")
        for part in ("html", "#dialogue", "#dialogue .content"):
            assert opened.page.locator(part).evaluate("(node) => node.scrollWidth <= node.clientWidth"), (name, part)
        opened.page.keyboard.press("Escape")

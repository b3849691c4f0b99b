import csv
import json

import pytest

from geo.inputs.catalog import CATALOGUE, LayerSpec
from geo.inputs.files import LAYERS_DIR
from tests.samples import some

LISTED = [spec for spec in CATALOGUE if spec.style and spec.name != "basemap"]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def opened(visit, html):
    """A page that did nothing it should not, to the end of the test."""
    opened = visit(html)
    opened.page.set_default_timeout(5000)
    yield opened
    assert opened.misdeeds() == []


@pytest.fixture
def page(opened):
    return opened.page


def tool(page, name):
    page.locator("#tools").get_by_role("button", name=name, exact=True).click()


def look_for(page, text):
    if not page.locator("#dialogue[open]").count():
        tool(page, "Search")
    page.get_by_role("combobox", name="Name of a place").fill(text)
    return page.locator("#search-list li").all_inner_texts()


def selected(page):
    return page.evaluate("M4.state.selected && M4.state.selected.properties.id")


def ids_in(name):
    return [row["properties"]["id"] for row in json.loads((LAYERS_DIR / name).read_text())["features"]]


def events():
    with (LAYERS_DIR / "timeline.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- Search ----


@pytest.mark.parametrize("spelling", some(4, ["Saraqib", "Serakib", "Saraqeb", "سراقب", "SARĀQIB", "serakıb", "سَرَاقِب"]))
def test_every_spelling_of_saraqib_finds_the_town_first(page, spelling):
    first = look_for(page, spelling)[0]
    assert first.startswith("Saraqib")
    assert "Places" in first
    page.keyboard.press("Enter")
    assert selected(page) == "saraqib"
    assert page.locator("#dialogue").is_hidden()
    assert page.locator("#details h2").inner_text() == "Saraqib"


@pytest.mark.parametrize(
    ("written", "id_"),
    some(
        5,
        [
            ("اريحا", "ariha"),
            ("أريحا", "ariha"),
            ("nayrab", "al-nayrab"),
            ("Al Nayrab", "al-nayrab"),
            ("نيرب", "al-nayrab"),
            ("qalat siman", "post-02-qalat-siman"),
            ("Qal’at Sim‘an", "post-02-qalat-siman"),
            ("post 9", "post-09-morek"),
            ("cisr es sugur", "jisr-al-shughur"),
        ],
    ),
)
def test_hamza_accents_quotes_and_articles_make_no_difference(page, written, id_):
    found = page.evaluate("(text) => M4.find(text).map(({ feature }) => feature.properties.id)", written)
    assert id_ in found[:3]


def test_each_place_is_found_by_each_of_its_names(page):
    rows = json.loads((LAYERS_DIR / "places.geojson").read_text())["features"]
    asked = [
        (row["properties"]["id"], row["properties"][name])
        for row in rows
        for name in ("name_en", "name_ar", "name_tr", "name_fr")
        if row["properties"][name]
    ]
    missed = page.evaluate(
        "(asked) => asked.filter(([id, name]) => !M4.find(name).some(({ feature, score }) =>"
        " feature.properties.id === id && score === 0))",
        asked,
    )
    assert len(asked) > 200
    assert missed == []


def test_the_closest_come_first_and_localities_after_places(page):
    found = page.evaluate("M4.find('sarm').map(({ score, rank }) => [score, rank])")
    assert len(found) > 1
    assert found == sorted(found)
    layers = page.evaluate("M4.find('Saraqib').filter(({ score }) => score === 0).map((one) => one.feature.layer.name)")
    assert layers == ["places", "localities"]


def test_neither_the_ground_nor_carriageways_are_found(page):
    layers = page.evaluate("[...new Set(M4.find('a').concat(M4.find('m4')).map(({ feature }) => feature.layer.name))]")
    assert {"centreline", "places", "localities", "observation_posts", "corridor"} <= set(layers)
    assert not {"basemap", "m4", "m5"} & set(layers)


def test_search_by_keyboard_alone(page):
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Name of a place")
    assert box.evaluate("(node) => node === document.activeElement")
    assert box.get_attribute("aria-expanded") == "false"
    page.keyboard.type("sar/")  # a slash is a letter here
    assert box.input_value() == "sar/"
    page.keyboard.press("Backspace")
    assert box.get_attribute("aria-expanded") == "true"
    options = page.locator("#search-list li")
    for key, at in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("ArrowUp", 0), ("ArrowUp", -1)):
        page.keyboard.press(key)
        active = box.get_attribute("aria-activedescendant")
        assert options.nth(at).get_attribute("id") == active
        assert page.locator("#search-list [aria-selected=true]").get_attribute("id") == active
        assert page.locator(f"#{active}").is_visible()
    assert box.evaluate("(node) => node === document.activeElement")
    page.keyboard.press("Enter")
    assert selected(page)
    assert page.evaluate("document.activeElement.id") == "details"


def test_escape_closes_the_search_and_nothing_else(opened, page):
    opened.select("places", "ariha")
    page.keyboard.press("/")
    page.keyboard.type("sar")
    page.keyboard.press("Escape")
    assert page.locator("#dialogue").is_hidden()
    assert selected(page) == "ariha"


def test_what_is_not_there_is_not_found_and_much_is_counted(page):
    assert look_for(page, "xyzzy") == []
    assert page.locator(".search [role=status]").inner_text() == "No match"
    assert len(look_for(page, "a")) == 30
    n = page.evaluate("M4.find('a').length")
    assert page.locator(".search [role=status]").inner_text() == f"{n:,} matches; the closest 30 are listed"
    assert len(look_for(page, "--- ")) == 0


def test_a_found_name_can_be_clicked(page):
    look_for(page, "Ariha")
    page.locator("#search-list li").first.click()
    assert selected(page) == "ariha"


# ---- Table ----


def rows(page):
    return page.locator(".all-features tbody tr")


def status(page):
    return page.locator(".all-features [role=status]").inner_text()


def test_the_table_holds_every_feature_of_every_layer(page, derived):
    tool(page, "Table")
    total = 0
    for spec in LISTED:
        page.get_by_label("Layer", exact=True).select_option(spec.name)
        n = len(ids_in(f"{spec.name}.geojson")) if isinstance(spec, LayerSpec) else len(derived.layers[spec.name])
        while page.get_by_role("button", name="Show more").is_visible():
            page.get_by_role("button", name="Show more").click()
        assert rows(page).count() == n, spec.name
        total += n
    page.get_by_label("Layer", exact=True).select_option("")
    assert rows(page).count() == 200
    assert status(page) == f"Showing 200 of {total:,} matches ({total:,} features in all)"


def test_more_rows_come_on_request_and_the_keyboard_goes_on_from_there(page):
    tool(page, "Table")
    page.get_by_role("button", name="Show more").focus()
    page.keyboard.press("Enter")
    assert rows(page).count() == 400
    assert rows(page).nth(200).locator("button").evaluate("(node) => node === document.activeElement")


@pytest.mark.parametrize(
    "column", some(3, ["Name", "Layer", "Status or class", "Since", "Grade", "Precision (m)", "Kilometre of the road"])
)
def test_a_column_sorts_both_ways_with_the_unknown_last(page, column):
    tool(page, "Table")
    page.get_by_label("Layer", exact=True).select_option("observation_posts")
    at = page.locator(".all-features thead th").all_inner_texts().index(column)
    read = "(at) => [...document.querySelectorAll('.all-features tbody tr')].map((row) => row.cells[at].textContent)"
    heading = page.locator(".all-features thead th").nth(at)
    known = {}
    for order in ("ascending", "descending"):
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == order
        texts = page.evaluate(read, at)
        known[order] = [text for text in texts if text]
        assert texts == known[order] + [""] * (len(texts) - len(known[order]))
    assert page.locator(".all-features [aria-sort]").count() == 1
    assert known["ascending"] == known["descending"][::-1] or sorted(known["ascending"]) == sorted(known["descending"])
    if column in ("Precision (m)", "Kilometre of the road"):
        numbers = [float(text.replace(",", "")) for text in known["ascending"]]
        assert numbers == sorted(numbers)
    if column == "Grade":
        assert known["ascending"] == sorted(known["ascending"])


def test_dates_sort_as_days(page):
    tool(page, "Table")
    page.get_by_label("Layer", exact=True).select_option("observation_posts")
    page.locator(".all-features thead").get_by_role("button", name="Since").click()
    assert rows(page).first.locator("th").inner_text() == "Salwah"
    assert rows(page).first.locator("td").nth(2).inner_text() == "13 October 2017"


def test_the_table_can_be_narrowed_by_words_and_by_the_date(opened, page):
    page.evaluate("M4.setState({ day: '2018-01-01' })")
    tool(page, "Table")
    page.get_by_label("Layer", exact=True).select_option("observation_posts")
    words = page.get_by_label("Name contains")
    words.fill("سراقب")
    assert rows(page).count() > 2
    words.fill("")
    everything = rows(page).count()
    page.get_by_label("Only features present on this date").check()
    there = page.evaluate(
        "M4.catalogue.find(({ name }) => name === 'observation_posts').features"
        ".filter((one) => M4.features.isThere(one, '2018-01-01')).length"
    )
    assert 0 < rows(page).count() == there < everything
    assert "not present on this date" not in page.locator(".all-features tbody").inner_text()


def test_the_whole_corridor_is_there_although_its_sides_are_drawn(page):
    tool(page, "Table")
    page.get_by_label("Layer", exact=True).select_option("corridor")
    page.get_by_label("Only features present on this date").check()
    assert rows(page).count() == 3


def test_choosing_a_row_selects_on_the_map(page):
    tool(page, "Table")
    page.get_by_label("Layer", exact=True).select_option("observation_posts")
    page.get_by_label("Name contains").fill("Morek")
    page.locator(".all-features tbody").get_by_role("button", name="Morek").first.focus()
    page.keyboard.press("Enter")
    assert selected(page) == "post-09-morek"
    assert page.locator("#dialogue").is_hidden()
    assert page.locator("#details h2").inner_text() == "Morek"
    assert page.locator("path.mark.precise").count() == 1


def test_the_table_is_a_table(page):
    tool(page, "Table")
    table = page.locator(".all-features table")
    assert "as of 6 March 2020" in table.locator("caption").inner_text()
    assert table.locator("thead th[scope=col] button").count() == 7
    assert table.locator("tbody th[scope=row] button").count() == rows(page).count()


# ---- Claims ----


def test_every_event_is_listed_once_with_its_claimant(page):
    tool(page, "Claims")
    claims = page.locator(".claim")
    texts = dict(zip(claims.evaluate_all("(all) => all.map(({ id }) => id)"), claims.all_inner_texts(), strict=True))
    assert len(texts) == claims.count() == len(events()) == 104
    for event in events():
        text = texts[f"claim-{event['id']}"]
        for column in ("title_en", "claimed_by", "figure", "unit", "conflict", "time"):
            assert event[column] in text, (event["id"], column)
        assert f"{event['grade']}: " in text


def test_the_list_goes_by_date(page):
    order = page.evaluate("M4.arrangedClaims(M4.timeline).map(({ claims }) => claims[0].date)")
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("unit", "figures"),
    [
        ("Turkish soldiers killed", ["at least 33", "34", "34", "34", "9, 22, 29, then 33"]),
        ("Syrian soldiers killed", ["19", "34"]),
        ("refugees", ["more than 3 700 000", "about 3 700 000", "more than 4 000 000", "3 600 000"]),
    ],
)
def test_figures_that_conflict_stand_side_by_side_and_none_is_preferred(page, unit, figures):
    tool(page, "Claims")
    dispute = page.locator(".dispute", has=page.get_by_text(f"Conflicting claims: {unit}", exact=True))
    assert dispute.locator(".claim strong").all_inner_texts() == figures
    assert dispute.get_by_text("Claimed by").count() == len(figures)
    looks = dispute.locator(".claim").evaluate_all(
        "(all) => all.map((one) => [one.className, getComputedStyle(one).backgroundColor, getComputedStyle(one).color])"
    )
    assert len({tuple(look) for look in looks}) == 1


def test_figures_of_other_events_and_of_other_kinds_are_no_dispute(page):
    tool(page, "Claims")
    grouped = page.locator(".dispute .claim").evaluate_all("(all) => all.map(({ id }) => id)")
    assert not {"claim-T072", "claim-T018", "claim-T058", "claim-T033", "claim-T035", "claim-T017"} & set(grouped)


def test_claims_can_be_narrowed_to_a_category(page):
    tool(page, "Claims")
    page.get_by_label("Category").select_option("patrol")
    assert page.locator(".claim").count() == len([event for event in events() if event["category"] == "patrol"])


def test_a_claim_leads_to_its_place_and_to_its_sources(page):
    tool(page, "Claims")
    claim = page.locator("#claim-T010")
    claim.locator("summary").click()
    for link in claim.locator(".sources a").all():
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert link.get_attribute("href").startswith(("http://", "https://"))
    claim.get_by_role("button", name="Show on the map: Balyun").click()
    assert selected(page) == "balyun"
    assert page.locator("#dialogue").is_hidden()


# ---- All three ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["Search", "Table", "Claims"])
def test_nothing_is_wider_than_a_phone(visit, html, name, scheme):
    opened = visit(html, **PHONE, has_touch=True, is_mobile=True, color_scheme=scheme)
    tool(opened.page, name)
    if name == "Search":
        look_for(opened.page, "a")
    for part in ("html", "#dialogue", "#dialogue .content"):
        assert opened.page.locator(part).evaluate("(node) => node.scrollWidth <= node.clientWidth"), part
    assert opened.misdeeds() == []


# ---- Claims on the map ----


def bubble(page, number):
    return page.locator(".leaflet-layer-claims-pane .point", has=page.locator(f"text='{number}'"))


def test_a_claim_shows_the_map_of_its_day_and_its_place(page):
    tool(page, "Claims")
    page.locator("#claim-T010 button", has_text="Balyun").click()
    assert page.evaluate("M4.state.day") == "2020-02-27"
    assert page.locator("#details h2").inner_text() == "Balyun"


def test_a_claim_without_a_place_on_the_map_shows_the_day_alone(page):
    tool(page, "Claims")
    page.locator("#claim-T048 button", has_text="Show the map of that day").click()  # Moscow
    assert page.evaluate("M4.state.day") == "2020-03-05"
    assert page.locator("#details").is_hidden()


def test_a_place_of_claims_counts_those_up_to_the_day(page):
    expected = [row["date"] for row in events() if row["place"] == "ariha"]
    for day in ("2020-03-06", "2020-08-25", "2020-12-31"):
        page.evaluate("(day) => M4.setState({ day })", day)
        told = page.evaluate(
            "(day) => M4.features.numberOf(M4.catalogue.find(({ name }) => name === 'claims')"
            ".features.find(({ properties }) => properties.id === 'ariha'), day)",
            day,
        )
        assert told == sum(date <= day for date in expected), day
    assert expected


def test_a_bubble_on_the_map_opens_what_was_claimed_there_up_to_the_day(page):
    page.evaluate("M4.setState({ day: '2020-02-28' })")
    bubble(page, 5).locator("path").first.click()
    details = page.locator("#details")
    assert details.locator("h2").inner_text() == "Balyun"
    stated = [row["claimed_by"] for row in events() if row["place"] == "balyun"]
    for claimant in stated:
        assert details.locator(".told article", has_text=claimant).count() >= 1
    assert details.locator(".told > article").count() == len(stated)
    page.evaluate("M4.setState({ day: '2020-02-26' })")
    assert details.locator(".told > article").count() == 0
    assert details.locator(".told details article").count() == len(stated)


def test_what_was_claimed_on_the_very_day_stands_out(page):
    paths = "[...document.querySelectorAll('.leaflet-layer-claims-pane .point path')]"
    fills = f"{paths}.map((one) => one.getAttribute('fill'))"
    page.evaluate("M4.setState({ day: '2020-02-28' })")
    quiet = page.evaluate(fills)
    page.evaluate("M4.setState({ day: '2020-02-27' })")
    assert len(set(quiet)) == 1
    assert len(set(page.evaluate(fills))) == 2

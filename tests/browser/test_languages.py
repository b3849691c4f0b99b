"""The page in four languages: chosen from the browser, switched in the head, right to left where it belongs."""

import re
from dataclasses import replace

import pytest

from geo.inputs.files import LAYERS_DIR
from geo.inputs.frames import json_rows
from geo.inputs.layers import Feature, read_layers
from geo.inputs.schema import Translation
from geo.outputs.page import render_page
from geo.outputs.texts import LANGUAGES, digits, texts_of
from tests.browser.english import DETAILS, SHOWN, vocabulary
from tests.samples import each_language

SHIPPED = read_layers(LAYERS_DIR)
TEXTS = {language: texts_of(SHIPPED, language) for language in LANGUAGES}
LOCALES = {"en": "en-GB", "fr": "fr-FR", "ar": "ar-SY", "tr": "tr-TR"}
OPENING_DAY = {"en": "6 March 2020", "fr": "6 mars 2020", "ar": "٦ آذار ٢٠٢٠", "tr": "6 Mart 2020"}
THOUSANDS = {"en": ",", "fr": "\u202f", "ar": "٬", "tr": "."}
MOREK = ("observation_posts", "post-09-morek")
# Words of the English interface that are no word of the others, and are in no quoted source.
ENGLISH = re.compile(
    r"\b(Legend|Hide|Encircled|Evacuated|Observation posts?|Search|Table|Download|About|Line of contact)\b"
)


def with_rows(layers, name, rows, translations):
    """Return the layers with other values in some rows of one, and other translations."""
    features = [
        replace(one, properties=one.properties.model_copy(update=rows.get(one.properties.id, {})))
        for one in layers[name].features
    ]
    changed = {
        name: replace(layers[name], features=tuple(features)),
        "translations": replace(
            layers["translations"], features=tuple(Feature(translation, None) for translation in translations)
        ),
    }
    return replace(layers, by_name={**layers, **changed})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_the_language_of_the_browser_with_its_dates_numbers_and_computed_names(visit, html, language):
    opened = visit(html, locale=LOCALES[language])
    page, texts = opened.page, TEXTS[language]
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.locator("h1").inner_text() == texts["page.title"]
    assert page.title().startswith(texts["page.title"])
    assert OPENING_DAY[language] in page.locator("#as-of").inner_text()
    assert page.locator("#language").input_value() == language
    number = digits(f"{len(SHIPPED['localities'].features):,}".replace(",", THOUSANDS[language]), language)
    assert opened.section("localities").locator(".count").inner_text().replace("\u00a0", "\u202f") == number
    facts = page.locator(".facts").inner_text()
    assert "{" not in page.locator("body").inner_text()
    details = page.locator("#details")
    opened.select("patrol_segments", "patrol-07")
    patrol = texts.get("name.patrol", "Joint patrol {n}")
    assert details.locator("h2").inner_text() == patrol.replace("{n}", "٧" if language == "ar" else "7")
    opened.select("patrol_segments", "cancelled-1")
    reason = "cancelled, no joint patrol took place"
    assert texts.get(f"value.no_segment.{reason}", reason) in details.inner_text()
    opened.select(*MOREK)
    assert details.locator(".id").inner_text() == "post-09-morek"
    shown = ["details.certainty", "details.sources", "grade.source.B", "grade.information.1"]
    if language != "en":
        assert texts["figure.stretch_opposition"].replace("{day}", OPENING_DAY[language]) in facts
        shown += ["layer.observation_posts", "symbol.observation_posts.encircled", "column.encircled_on"]
        for part in ("#head", ".legend", ".layer", "#dock", ".facts"):
            for text in page.locator(part).all_inner_texts():
                assert not ENGLISH.search(text.replace("English", "")), part
    assert [key for key in shown if texts[key] not in details.inner_text()] == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_the_page_shows_no_english_that_is_not_marked_as_english_but_names_and_addresses(
    visit, html, layers, derived, language
):
    opened = visit(html, locale=LOCALES[language])
    page, texts = opened.page, TEXTS[language]
    shown = set()
    for day in ("2017-05-04", "2020-03-06", "2021-03-31"):
        opened.set_day(day)
        shown |= set(page.evaluate(DETAILS, [{"localities": 10}, ["#details"]]))
        page.evaluate("() => document.querySelectorAll('#panel [aria-expanded=false]').forEach((one) => one.click())")
        shown |= set(page.evaluate(SHOWN, ["head title", "body"]))
    page.locator("#dock [aria-controls=diagram]").click()
    shown |= set(page.evaluate(SHOWN, ["#diagram"]))
    for tool in ("search.title", "table.title", "claims.title", "download.tool", "about.tool"):
        opened.tool(texts[tool])
        page.evaluate("() => document.querySelectorAll('#dialogue details').forEach((one) => { one.open = true })")
        if tool == "search.title":
            for text in ("zz", "sar", "a"):
                page.locator("#search-input").fill(text)
                shown |= set(page.evaluate(SHOWN, ["#dialogue"]))
        if tool == "table.title":
            for choice in page.locator("#table-layer option").all():
                page.locator("#table-layer").select_option(choice.get_attribute("value"))
                shown |= set(page.evaluate(SHOWN, ["#dialogue"]))
        shown |= set(page.evaluate(SHOWN, ["#dialogue"]))
        page.keyboard.press("Escape")
    known = vocabulary(layers, derived, language)
    assert len(shown) > 1000
    left = {text: found for text in sorted(shown) if (found := known.english_in(text))}
    assert left == {}, "\n".join(f"{found}: {text}" for text, found in left.items())


def test_a_text_of_a_layer_is_translated_or_marked_as_english(visit, shipped):
    rows = {
        "T010": {"figure": "3 600 000", "unit": "<b>people</b>", "claimed_by": "A claimant without a translation"},
        "T011": {"figure": "at least 33", "unit": "<b>people</b>", "claimed_by": "SOHR"},
    }
    translations = [
        Translation(id="a", en="<b>people</b>", fr="<b>personnes</b>", ar="<b>أشخاص</b>", tr="<b>kişi</b>"),
        Translation(id="b", en="at least 33", fr="au moins 33", ar="٣٣ على الأقل", tr="en az 33"),
        Translation(id="c", en="SOHR", ar="المرصد السوري لحقوق الإنسان"),
    ]
    html = render_page(replace(shipped, layers=with_rows(shipped.layers, "timeline", rows, translations)))
    expected = {
        "en": (["3 600 000", "<b>people</b>", "at least 33", "<b>people</b>"], [], []),
        "fr": (["3\u202f600\u202f000", "<b>personnes</b>", "au moins 33", "<b>personnes</b>"], ["ltr"], ["ltr"]),
        "ar": (["٣٬٦٠٠٬٠٠٠", "<b>أشخاص</b>", "٣٣ على الأقل", "<b>أشخاص</b>"], ["ltr"], []),
        "tr": (["3.600.000", "<b>kişi</b>", "en az 33", "<b>kişi</b>"], ["ltr"], ["ltr"]),
    }
    for language, (figures, *marks) in expected.items():
        opened = visit(html, locale=LOCALES[language])
        opened.tool(TEXTS[language]["claims.title"])
        cards = [opened.page.locator(f"#claim-{id_}") for id_ in rows]
        assert [
            text for card in cards for text in card.locator("p > strong bdi, p > strong + bdi").all_inner_texts()
        ] == (figures)
        claimants = [card.locator("dd").first.locator("[lang=en]") for card in cards]
        assert [[one.get_attribute("dir") for one in marked.all()] for marked in claimants] == marks
        opened.page.keyboard.press("Escape")


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_english_without_its_mark_would_be_found(visit, html, layers, derived, language):
    page = visit(html, locale=LOCALES[language]).page
    known = vocabulary(layers, derived, language)
    for text in ("Turkish soldiers killed", "Encircled", "Hide legend", "Where the date comes from"):
        assert known.english_in(text), text
    for text in (TEXTS[language]["about.limits_text"], "OpenStreetMap", "https://example.org/the/report"):
        assert not known.english_in(text), text
    page.evaluate("() => { M4.fact = M4.ownText }")
    shown = page.evaluate(DETAILS, [{"localities": 0}, ["#details"]])
    assert sum(bool(known.english_in(text)) for text in shown) > 300


def test_the_numbers_in_markers_have_the_digits_of_the_legend_and_road_numbers_those_of_the_road(visit, html):
    opened = visit(html, locale="ar")
    opened.reopen("day=2020-07-22&map=11/35.8132/36.6")
    opened.page.locator(".road-number").first.wait_for()
    inside = opened.page.locator(".point text.number").all_text_contents()
    assert inside
    assert all(re.fullmatch("[٠-٩]+", number) for number in inside)
    assert "M4" in opened.page.locator(".road-number").all_text_contents()


def test_a_title_in_our_words_is_marked_as_english_and_others_in_the_language_of_the_document(page, opened, layers):
    sources = {row["id"]: row for row in json_rows(layers.frame("sources"))}
    ours = {id_ for id_, row in sources.items() if re.search("title in our words|title not known", row["note"] or "")}
    seen = set()
    for row in json_rows(layers.frame("observation_posts")):
        opened.select("observation_posts", row["id"])
        marks = page.locator("#details .sources bdi[lang]").evaluate_all(
            "(all) => all.map((one) => [one.textContent, one.lang])"
        )
        for source in (sources[id_] for id_ in row["sources"]):
            if source["language"]:
                language = "en" if source["id"] in ours else source["language"]
                assert [source["title"], language] in marks, source["id"]
                seen.add((source["id"] in ours, source["language"]))
    assert {(True, "ar"), (False, "ar")} <= seen


def test_the_first_preference_that_the_page_has_wins_else_english(visit, html):
    page = visit(html, fresh=True, locale="de-DE").page
    assert page.locator("html").get_attribute("lang") == "en"
    page.add_init_script("Object.defineProperty(navigator, 'languages', { get: () => ['de', 'tr-TR', 'fr'] })")
    page.reload()
    assert page.locator("html").get_attribute("lang") == "tr"


def test_switching_the_language_keeps_the_day_and_the_selection(opened, page):
    opened.set_day("2020-11-05")
    opened.select(*MOREK)
    page.locator("#language").select_option("ar")
    page.locator("html[lang=ar] #details h2").wait_for()  # the page is made anew
    assert page.evaluate("[M4.state.day, M4.state.selected.properties.id]") == ["2020-11-05", "post-09-morek"]
    assert TEXTS["ar"]["symbol.observation_posts.evacuated"] in page.locator("#details").inner_text()
    page.reload()
    assert page.locator("html").get_attribute("lang") == "ar"
    page.locator("#language").select_option("en")
    page.locator("html[lang=en] #details h2").wait_for()
    assert page.locator("h1").inner_text() == TEXTS["en"]["page.title"]


def test_the_language_is_chosen_with_the_keyboard_from_names_in_their_own_language(page):
    options = page.locator("#language option")
    assert options.all_text_contents() == ["English", "Français", "العربية", "Türkçe"]
    assert [option.get_attribute("lang") for option in options.all()] == list(LANGUAGES)
    assert page.locator("#language").get_attribute("aria-label") == TEXTS["en"]["languages.label"]
    page.locator("#language").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("html[lang=fr] #language").wait_for()


def test_an_unknown_language_in_the_link_changes_nothing(opened, page):
    for hostile in ("constructor", "%3Cimg%20src=x%3E", "en&lang=fr"):
        opened.reopen(f"lang={hostile}")
        assert page.locator("html").get_attribute("lang") == "en", hostile


@each_language
def test_nothing_is_wider_than_a_phone(visit, html, language):
    opened = visit(html, width=360, height=740, locale=LOCALES[language])
    page = opened.page
    opened.select(*MOREK)
    for part in ("documentElement", "querySelector('#details')", "querySelector('#head')"):
        assert page.evaluate(f"document.{part}.scrollWidth <= Math.min(360, document.{part}.clientWidth)"), part
    assert page.locator("#head").bounding_box()["height"] < 205
    page.locator("#panel-toggle").click()
    assert page.evaluate("document.getElementById('panel').scrollWidth <= 360")


def test_in_arabic_the_page_is_mirrored_and_the_map_is_not(visit, html):
    opened = visit(html, locale="ar-SY", reduced_motion="reduce")  # a thrown map would slide on
    page = opened.page
    assert page.locator("#panel").bounding_box()["x"] == 1280 - 320
    assert page.locator("main").bounding_box()["x"] == 0
    assert page.locator(".map").get_attribute("dir") == "ltr"
    west, east = page.evaluate(
        "() => { const places = M4.catalogue.find(({ name }) => name === 'places').features;"
        " const place = (id) => places.find(({ properties }) => properties.id === id);"
        " const x = (id) => map_reference.latLngToContainerPoint(M4.features.latLngs(place(id))).x;"
        " return [x('latakia'), x('saraqib')] }"
    )
    assert west < east
    centre = page.evaluate("map_reference.getCenter().lng")
    page.mouse.move(500, 600)
    page.mouse.down()
    page.mouse.move(300, 600, steps=4)
    page.mouse.up()
    assert page.evaluate("map_reference.getCenter().lng") > centre
    opened.select(*MOREK)
    page.wait_for_function(  # the map moves until the details cover the post no longer
        "() => { const details = document.getElementById('details').getBoundingClientRect();"
        " const mark = document.querySelector('path.mark.precise')?.getBoundingClientRect();"
        " const x = mark && mark.left + mark.width / 2;"
        " return details.left === 16 && details.right < x && x < innerWidth - 320 }"
    )


def test_without_a_script_every_language_says_so(html):
    [noscript] = re.findall(r"<noscript>(.*?)</noscript>", html)
    directions = {"en": "ltr", "fr": "ltr", "ar": "rtl", "tr": "ltr"}
    assert re.findall(r'lang="(\w+)" dir="(\w+)"', noscript) == list(directions.items())

"""The page in four languages: chosen from the browser, switched in the head, right to left where it belongs."""

import re

import pytest

from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.outputs.texts import LANGUAGES, texts_of
from tests.samples import each_language, some

SHIPPED = read_layers(LAYERS_DIR)
TEXTS = {language: texts_of(SHIPPED, language) for language in LANGUAGES}
LOCALES = {"en": "en-GB", "fr": "fr-FR", "ar": "ar-SY", "tr": "tr-TR"}
OPENING_DAY = {"en": "6 March 2020", "fr": "6 mars 2020", "ar": "٦ آذار ٢٠٢٠", "tr": "6 Mart 2020"}
LOCALITIES = {"en": "1,656", "fr": "1\u202f656", "tr": "1.656"}
# Words of the English interface that are no word of the others, and stand in no quoted source.
ENGLISH = re.compile(
    r"\b(Legend|Hide|Encircled|Evacuated|Observation posts?|Search|Table|Download|About|Line of contact)\b"
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_language_of_the_browser(visit, html, language):
    opened = visit(html, locale=LOCALES[language])
    page, texts = opened.page, TEXTS[language]
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.locator("h1").inner_text() == texts["page.title"]
    assert page.title().startswith(texts["page.title"])
    assert OPENING_DAY[language] in page.locator("#as-of").inner_text()
    assert page.locator("#language").input_value() == language
    opened.select("observation_posts", "post-09-morek")
    details = page.locator("#details").inner_text()
    for key in ("details.certainty", "details.sources", "grade.source.B", "grade.information.1"):
        assert texts[key] in details
    if language != "en":
        for key in ("layer.observation_posts", "symbol.observation_posts.encircled", "column.encircled_on"):
            assert texts[key] in details
        for part in ("#head", ".legend", ".layer", "#dock"):
            for text in page.locator(part).all_inner_texts():
                assert not ENGLISH.search(text.replace("English", "")), part
    assert opened.misdeeds() == []


@pytest.mark.parametrize(
    ("tags", "language"), some(2, [("de-DE", "en"), ("tr", "tr"), ("ar-EG", "ar"), ("fr-CA", "fr")])
)
def test_a_language_that_the_page_does_not_have_falls_back_to_english(visit, html, tags, language):
    assert visit(html, locale=tags).page.locator("html").get_attribute("lang") == language


def test_the_first_preference_that_the_page_has_wins(visit, html, tmp_path):
    page = visit(html, fresh=True).page
    page.add_init_script("Object.defineProperty(navigator, 'languages', { get: () => ['de', 'tr-TR', 'fr'] })")
    page.reload()
    assert page.locator("html").get_attribute("lang") == "tr"


@pytest.mark.parametrize("language", some(1, ["ar", "fr", "tr"]))
def test_switching_the_language_keeps_the_day_and_the_selection(visit, html, language):
    opened = visit(html)
    page = opened.page
    page.evaluate("M4.setState({ day: '2020-11-05' })")
    opened.select("observation_posts", "post-09-morek")
    page.locator("#language").select_option(language)
    page.locator(f"html[lang={language}] #details h2").wait_for()  # the page is made anew
    assert page.evaluate("M4.state.day") == "2020-11-05"
    assert page.evaluate("M4.state.selected.properties.id") == "post-09-morek"
    assert TEXTS[language]["symbol.observation_posts.evacuated"] in page.locator("#details").inner_text()
    page.reload()
    assert page.locator("html").get_attribute("lang") == language
    page.locator("#language").select_option("en")
    page.locator("html[lang=en] #details h2").wait_for()
    assert page.locator("h1").inner_text() == TEXTS["en"]["page.title"]
    assert opened.misdeeds() == []


def test_the_language_is_chosen_with_the_keyboard_from_names_in_their_own_language(visit, html):
    page = visit(html).page
    options = page.locator("#language option")
    assert options.all_text_contents() == ["English", "Français", "العربية", "Türkçe"]
    assert [option.get_attribute("lang") for option in options.all()] == list(LANGUAGES)
    assert page.locator("#language").get_attribute("aria-label") == TEXTS["en"]["languages.label"]
    page.locator("#language").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("html[lang=fr] #language").wait_for()


@pytest.mark.parametrize("hostile", some(2, ["xx", "constructor", "__proto__", "%3Cimg%20src=x%3E", "en&lang=fr"]))
def test_an_unknown_language_in_the_link_changes_nothing(visit, html, hostile):
    opened = visit(html)
    opened.page.evaluate("(text) => { window.history.replaceState(null, '', `#lang=${text}`) }", hostile)
    opened.page.reload()
    assert opened.page.locator("html").get_attribute("lang") == "en"
    assert opened.misdeeds() == []


@each_language
def test_nothing_is_wider_than_a_phone(visit, html, language):
    opened = visit(html, width=360, height=740, locale=LOCALES[language])
    page = opened.page
    opened.select("observation_posts", "post-09-morek")
    for place in ("documentElement", "querySelector('#details')", "querySelector('#head')"):
        assert page.evaluate(f"document.{place}.scrollWidth <= Math.min(360, document.{place}.clientWidth)"), place
    assert page.locator("#head").bounding_box()["height"] < 205
    page.locator("#panel-toggle").click()
    assert page.evaluate("document.getElementById('panel').scrollWidth <= 360")


def test_in_arabic_the_page_is_mirrored_and_the_map_is_not(visit, html):
    opened = visit(html, locale="ar-SY")
    page = opened.page
    assert page.locator("#panel").bounding_box()["x"] == 1280 - 320
    assert page.locator("main").bounding_box()["x"] == 0
    opened.select("observation_posts", "post-09-morek")
    assert page.locator("#details").bounding_box()["x"] == 16
    container = page.locator(".map")
    assert container.get_attribute("dir") == "ltr"
    west, east = page.evaluate(
        "() => { const places = M4.catalogue.find(({ name }) => name === 'places').features;"
        " const place = (id) => places.find(({ properties }) => properties.id === id);"
        " const x = (id) => map_reference.latLngToContainerPoint(M4.features.latLngs(place(id))).x;"
        " return [x('latakia'), x('saraqib')] }"
    )
    assert west < east
    centre = page.evaluate("map_reference.getCenter().lng")
    page.evaluate("M4.select(null)")
    page.mouse.move(500, 600)
    page.mouse.down()
    page.mouse.move(300, 600, steps=4)
    page.mouse.up()
    assert page.evaluate("map_reference.getCenter().lng") > centre
    box, point = page.evaluate(
        "[document.querySelector('.leaflet-layer-observation_posts-pane .point').getBoundingClientRect().toJSON(),"
        " document.querySelector('.map').getBoundingClientRect().toJSON()]"
    )
    assert point["left"] - 200 <= box["left"] <= point["right"] + 200
    assert opened.misdeeds() == []


def test_in_arabic_the_selected_post_is_not_under_its_details(visit, html):
    opened = visit(html, locale="ar-SY")
    opened.select("observation_posts", "post-09-morek")
    opened.page.wait_for_timeout(600)
    details = opened.page.locator("#details").bounding_box()
    mark = opened.page.locator("path.mark.precise").bounding_box()
    assert mark["x"] + mark["width"] / 2 > details["x"] + details["width"]


@pytest.mark.parametrize("language", LOCALITIES)
def test_numbers_are_written_as_the_language_writes_them(visit, html, language):
    page = visit(html, locale=LOCALES[language]).page
    count = page.locator("#panel section:has(.swatch.localities) .count")
    assert count.inner_text().replace("\u00a0", "\u202f") == LOCALITIES[language]


def test_arabic_numbers_are_in_arabic_digits_and_identifiers_are_not(visit, html):
    opened = visit(html, locale="ar-SY")
    page = opened.page
    count = page.locator("#panel section:has(.swatch.localities) .count").inner_text()
    assert [char for char in count if char.isdigit()] == list("١٦٥٦")
    opened.select("observation_posts", "post-09-morek")
    assert "٧ نيسان ٢٠١٨" in page.locator("#details").inner_text()
    assert page.locator("#details .id").inner_text() == "post-09-morek"


@pytest.mark.parametrize("language", ["fr", "ar", "tr"])
def test_computed_names_figures_and_reasons_are_in_the_language(visit, html, language):
    opened = visit(html, locale=LOCALES[language])
    page, texts = opened.page, TEXTS[language]
    opened.select("patrol_segments", "patrol-07")
    number = {"ar": "٧"}.get(language, "7")
    assert page.locator("#details h2").inner_text() == texts["name.patrol"].replace("{n}", number)
    opened.select("patrol_segments", "cancelled-1")
    reason = "cancelled, no joint patrol took place"
    assert texts[f"value.no_segment.{reason}"] in page.locator("#details").inner_text()
    assert reason not in page.locator("#details").inner_text()
    facts = page.locator(".facts").inner_text()
    assert texts["figure.stretch_length"] in facts
    assert texts["figure.stretch_opposition"].replace("{day}", OPENING_DAY[language]) in facts
    assert "area" not in facts
    assert "{" not in page.locator("body").inner_text()


def test_without_a_script_every_language_says_so(html):
    [noscript] = re.findall(r"<noscript>(.*?)</noscript>", html)
    assert re.findall(r'lang="(\w+)" dir="(\w+)"', noscript) == [
        ("en", "ltr"),
        ("fr", "ltr"),
        ("ar", "rtl"),
        ("tr", "ltr"),
    ]

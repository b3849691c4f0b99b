"""What a reader sees at first sight: the opening view, the lead, the legend, the chapters, the colours."""

import pytest

from geo.inputs.files import LAYERS_DIR
from geo.outputs.context import Build
from geo.outputs.page import render_page

LEADS = {
    "2018-10-20": (
        "On 20 October 2018, all 12 agreed Turkish posts stood in opposition-held territory; the line of contact shown "
        "is that of September 2018, accurate to within 6.7 km.",
        "في ٢٠ تشرين الأول ٢٠١٨، نقاط المراقبة التركية الـ١٢ المتفق عليها كلها كانت في أراضٍ تسيطر عليها المعارضة؛ "
        "وخط التماس المعروض هو خط أيلول ٢٠١٨، بدقة ٦٫٧ كم.",
    ),
    "2020-03-06": (
        "On 6 March 2020, 8 of the 12 agreed Turkish posts stood encircled behind government lines and 4 stood in "
        "opposition-held territory. By that day no joint patrol had been reported yet; the line of contact shown is "
        "that of 6 March 2020, accurate to within 5 km.",
        "في ٦ آذار ٢٠٢٠، ٨ من نقاط المراقبة التركية الـ١٢ المتفق عليها كانت محاصرة خلف خطوط الحكومة و٤ كانت في أراضٍ "
        "تسيطر عليها المعارضة. وحتى ذلك اليوم لم يُبلَّغ بعد عن أي دورية مشتركة؛ وخط التماس المعروض هو خط ٦ آذار ٢٠٢٠، "
        "بدقة ٥ كم.",
    ),
    "2021-03-31": (
        "On 31 March 2021, 4 of the 12 agreed Turkish posts stood in opposition-held territory and 8 had been "
        "evacuated. By that day 25 joint patrols had been reported, and of 1 more in the Turkish count nothing is "
        "known; the line of contact shown is that of 6 March 2020, accurate to within 5 km.",
        "في ٣١ آذار ٢٠٢١، ٤ من نقاط المراقبة التركية الـ١٢ المتفق عليها كانت في أراضٍ تسيطر عليها المعارضة و٨ كانت قد "
        "أُخليت. وحتى ذلك اليوم بلغ عدد الدوريات المشتركة المبلَّغ عنها ٢٥، ولا يُعرف شيء عن ١ أخرى في العدّ التركي؛ وخط "
        "التماس المعروض هو خط ٦ آذار ٢٠٢٠، بدقة ٥ كم.",
    ),
}


@pytest.mark.parametrize("number", [0, 1], ids=["en", "ar"])
def test_the_lead_says_in_words_what_the_map_shows_of_the_day(visit, html, number):
    opened = visit(html, locale=("en", "ar")[number])
    for day, texts in LEADS.items():
        opened.set_day(day)
        assert opened.page.locator("#lead").inner_text().replace("\xa0", " ") == texts[number]


def test_a_phone_shows_the_first_sentence_of_the_lead_and_the_others_at_a_press(visit, html):
    page = visit(html, width=390, height=844).page
    first, other = page.locator("#lead summary"), page.locator("#lead p")
    assert first.inner_text().endswith("opposition-held territory.")
    assert other.is_hidden()
    first.click()
    assert other.inner_text().startswith("By that day no joint patrol")


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (640, 420)])
def test_the_opening_view_holds_corridor_zone_and_line_of_contact_whole(visit, html, width, height, language):
    page = visit(html, width=width, height=height, locale=language).page
    outside = page.evaluate(
        "['corridor', 'deescalation_zone', 'line_of_contact'].filter((name) => {"
        "  const layer = M4.catalogue.find((one) => one.name === name);"
        "  const bounds = M4.features.bounds(M4.features.drawn(layer, M4.asOf));"
        "  return !bounds.isValid() || !map_reference.getBounds().contains(bounds);"
        "})"
    )
    assert outside == []


def test_the_opening_view_shows_every_agreed_post_of_the_day(visit, html):
    page = visit(html, width=1440, height=900).page
    page.locator(".leaflet-layer-observation_posts-pane .number").nth(11).wait_for()
    frame = page.locator("#map_reference").bounding_box()
    boxes = [one.bounding_box() for one in page.locator(".leaflet-layer-observation_posts-pane .number").all()]
    assert len(boxes) == 12
    for box in boxes:
        assert frame["x"] < box["x"] < frame["x"] + frame["width"]
        assert frame["y"] < box["y"] < frame["y"] + frame["height"]


def legend_titles(page):
    """Return the titles of the layers that the legend shows, in order."""
    return [title.strip() for title in page.locator("#panel section .layer label:visible").all_inner_texts()]


MAIN = ["Security corridor", "Line of contact", "De-escalation zone", "Turkish observation posts"]
MAIN += ["Joint patrols, March to August 2020"]


def test_the_legend_begins_with_the_main_layers_and_folds_the_others(visit, html):
    page = visit(html, width=1440, height=900).page
    assert legend_titles(page) == MAIN
    last = page.locator("#panel section:has(.swatch.patrol_segments) .legend li").last
    assert last.evaluate("(row) => row.getBoundingClientRect().bottom <= innerHeight")
    more = page.get_by_role("button", name="More layers")
    assert more.get_attribute("aria-expanded") == "false"
    more.focus()
    page.keyboard.press("Enter")
    assert more.get_attribute("aria-expanded") == "true"
    assert {"Places", "Localities", "M4 motorway", "Ground"} < set(legend_titles(page))
    page.keyboard.press("Enter")
    assert legend_titles(page) == MAIN


def test_a_link_that_turns_a_folded_layer_on_unfolds_it(visit, html):
    opened = visit(html)
    box = opened.page.get_by_label("Places", exact=True)
    opened.reopen("layers=corridor")
    assert box.is_hidden()
    assert not box.is_checked()
    opened.page.evaluate("location.hash = 'layers=corridor,places'")
    box.wait_for()
    assert box.is_checked()


def test_a_class_that_does_not_occur_on_the_day_is_not_in_the_legend(visit, html):
    opened = visit(html, width=1440, height=900)
    row = opened.section("observation_posts").locator(".legend li", has_text="Evacuated")
    assert row.is_hidden()
    opened.set_day("2020-12-31")
    assert row.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_patrols_have_the_colours_of_the_diagram(visit, html, scheme):
    opened = visit(html, color_scheme=scheme, locale="en")
    opened.set_day("2020-08-25")
    page = opened.page
    page.get_by_role("button", name="Patrols, March to August 2020", exact=True).click()
    for outcome in ("completed", "shortened", "attacked", "disputed"):
        colour = "(node) => getComputedStyle(node).stroke"
        swatch = page.locator(f"#panel .swatch.patrol_segments.{outcome} path").last.evaluate(colour)
        assert page.locator(f"#diagram .bar .box.{outcome}").first.evaluate(colour) == swatch != "none"
        drawn = page.locator(".leaflet-layer-patrol_segments-pane path").evaluate_all(
            "(paths) => paths.map((path) => getComputedStyle(path).stroke)"
        )
        assert swatch in drawn
    road = page.locator("#panel .swatch.centreline path").last.evaluate(colour)
    assert road not in drawn


def test_every_bar_of_the_diagram_has_its_date(visit, html):
    page = visit(html, locale="en").page
    page.get_by_role("button", name="Patrols, March to August 2020", exact=True).click()
    dates = page.locator("#diagram .bar .date").all_text_contents()
    assert len(dates) == page.locator("#diagram .bar").count() == 25
    assert (dates[0], dates[-1]) == ("15 Mar", "25 Aug")


def test_what_the_band_of_the_line_of_contact_covers_keeps_its_colour(visit, html):
    page = visit(html).page
    fills = page.locator(".leaflet-layer-line_of_contact-pane path[fill^='url(#hatch']").count()
    assert fills == 2
    assert page.locator("pattern[id^='hatch-d55e00'] path").get_attribute("stroke") == "#d55e00"


def test_the_pointer_reaches_the_corridor_through_the_tint_of_the_zone(visit, html):
    opened = visit(html, width=1440, height=900)
    assert opened.page.evaluate(
        "getComputedStyle(document.querySelector('.leaflet-layer-deescalation_zone-pane path')).pointerEvents"
    ) == ("visibleStroke".lower())


DAYS = ["2017-05-05", "2018-09-17", "2019-08-31", "2020-02-29", "2020-03-06", "2020-07-22", "2020-12-31"]


def test_a_chapter_sets_the_day_and_the_view_and_says_what_happened_with_its_sources(visit, html):
    page = visit(html, width=1440, height=900).page
    numbers = page.locator("#chapters .number")
    assert page.locator("#chapter").is_hidden()
    assert page.locator("#chapters [aria-current=step]").count() == 0
    for number, day in enumerate(DAYS):
        numbers.nth(number).click()
        assert page.evaluate("M4.state.day") == day
        assert numbers.nth(number).get_attribute("aria-current") == "step"
        box = page.evaluate("(at) => M4.chapters[at].view", number)
        [west, south, east, north] = box
        assert page.evaluate("(box) => map_reference.getBounds().contains(box)", [[south, west], [north, east]])
    told = page.locator("#chapter")
    assert told.locator("p").inner_text().startswith("From October 2020 the Turkish army leaves")
    told.locator("summary").click()
    assert told.locator(".sources li").count() == 5
    page.evaluate("M4.setState({ day: '2020-12-30' })")
    assert told.is_hidden()


def test_chapters_are_turned_by_buttons_and_arrow_keys(visit, html):
    page = visit(html, width=390, height=844, locale="ar").page
    assert page.locator("#chapters .number").first.is_hidden()
    assert page.locator("#chapters .place").inner_text() == "الفصل ٥/٧"
    page.get_by_role("button", name="الفصل التالي").click()
    assert page.evaluate("M4.state.day") == DAYS[5]
    page.keyboard.press("ArrowLeft")  # forwards, from right to left
    assert page.evaluate("M4.state.day") == DAYS[6]
    forward = page.get_by_role("button", name="الفصل التالي")
    assert forward.get_attribute("aria-disabled") == "true"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("M4.state.day") == DAYS[5]
    sentence = page.locator("#chapter p bdi")
    assert sentence.get_attribute("lang") is None  # translated
    assert sentence.inner_text().startswith("تقطع دورية")


def test_a_map_without_chapters_has_no_control_for_them(visit):
    page = visit(render_page(Build.of_folder(LAYERS_DIR / "examples" / "m5"))).page
    assert page.locator("#chapters").count() == 0
    assert page.locator("#lead").is_hidden()


SENTENCES = {
    ("observation_posts", "post-07-tell-tuqan"): (
        "Turkish observation post 7 of those agreed, set up on 9 February 2018, encircled on 5 February 2020, "
        "evacuated on 12 January 2021.",
        "نقطة المراقبة التركية رقم ٧ من المتفق عليها، أُقيمت في ٩ شباط ٢٠١٨، حوصرت في ٥ شباط ٢٠٢٠، "
        "أُخليت في ١٢ كانون الثاني ٢٠٢١.",
    ),
    ("observation_posts", "post-al-zarbah"): (
        "Additional Turkish observation post, set up in February 2020, encircled in February 2020, "
        "evacuated on 10 December 2020.",
        "نقطة مراقبة تركية إضافية، أُقيمت في شباط ٢٠٢٠، حوصرت في شباط ٢٠٢٠، أُخليت في ١٠ كانون الأول ٢٠٢٠.",
    ),
    ("observation_posts", "post-sarja"): (
        "Additional Turkish observation post, no date known.",
        "نقطة مراقبة تركية إضافية، لا تاريخ معروفاً.",
    ),
    ("patrol_segments", "patrol-22"): (
        "Joint patrol 22, on 22 July 2020: Completed.",
        "الدورية المشتركة ٢٢، في ٢٢ تموز ٢٠٢٠: اكتملت.",
    ),
}


@pytest.mark.parametrize("number", [0, 1], ids=["en", "ar"])
def test_a_card_begins_with_one_sentence_from_the_dates(visit, html, number):
    opened = visit(html, locale=("en", "ar")[number])
    for feature, texts in SENTENCES.items():
        opened.select(*feature)
        assert opened.page.locator("#details .sentence").inner_text() == texts[number]


def test_a_citation_names_feature_day_page_build_and_sources(visit, html):
    opened = visit(html, locale="en")
    opened.select("observation_posts", "post-09-morek")
    page = opened.page
    page.get_by_role("button", name="Copy citation").click()
    cited = page.locator("#details .citation").inner_text()
    assert cited.startswith("Morek (observation_posts/post-09-morek), as of 6 March 2020. The M4 security corridor and")
    assert ", build –. Sources: Sputnik (7 April 2018); Yeni Şafak (8 April 2018)" in cited

"""What a reader sees at first sight: the opening view and the lead."""

import pytest

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
        "evacuated. By that day 25 joint patrols had been reported, and 1 more whose date is not known; the line of "
        "contact shown is that of 6 March 2020, accurate to within 5 km.",
        "في ٣١ آذار ٢٠٢١، ٤ من نقاط المراقبة التركية الـ١٢ المتفق عليها كانت في أراضٍ تسيطر عليها المعارضة و٨ كانت قد "
        "أُخليت. وحتى ذلك اليوم بلغ عدد الدوريات المشتركة المبلَّغ عنها ٢٥، ويضاف إليها ١ لا يُعرف تاريخها؛ وخط التماس "
        "المعروض هو خط ٦ آذار ٢٠٢٠، بدقة ٥ كم.",
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

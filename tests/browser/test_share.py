"""Sharing what the map shows: a link, the code of a frame, a picture; the page in a frame, at any size."""

import io
import re
from html import escape, unescape

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import expect

from tests.samples import each_language

ENDS = {
    "en": "Historical map: ends on 31 March 2021",
    "fr": "Carte historique : s’arrête au 31 mars 2021",
    "ar": "خريطة تاريخية: تنتهي في ٣١ آذار ٢٠٢١",
    "tr": "Tarihî harita: 31 Mart 2021 tarihinde sona erer",
}
SHARE_OF_MAP = "(() => { const { x, y } = map_reference.getSize(); return (x * y) / (innerWidth * innerHeight) })()"
HOLDS_FOCUS = (
    "map_reference.getBounds().contains("
    "M4.features.bounds(M4.catalogue.find(({ name }) => name === M4.focus).features))"
)
FITTING_ZOOM = (
    "(([west, south, east, north]) => map_reference.getBoundsZoom([[south, west], [north, east]], false, [24, 24]))"
    "(M4.openingView)"
)


def shared(opened, what):
    opened.tool("Share")
    text = opened.page.locator(f"#share-{what}").input_value()
    opened.page.keyboard.press("Escape")
    return text


# ---- Link and code ----


def test_the_link_leads_to_what_is_shown(opened, page):
    assert shared(opened, "link") == f"{opened.address}#day=2020-03-06"  # nothing else was changed
    opened.set_day("2020-08-25")
    opened.set_view(35.7, 36.4, 11)
    opened.select("observation_posts", "post-09-morek")
    link = shared(opened, "link")
    seen = page.evaluate("[M4.state.day, map_reference.getZoom(), M4.state.selected.properties.id]")
    opened.reopen(link.partition("#")[2])
    assert page.evaluate("[M4.state.day, map_reference.getZoom(), M4.state.selected.properties.id]") == seen


def test_the_code_is_one_frame_with_the_address_escaped(opened, page):
    opened.set_day("2020-08-25")
    opened.unfold()
    page.get_by_label("Places", exact=True).uncheck()
    code = shared(opened, "code")
    assert code.startswith("<iframe src=")
    assert code.count("<") == 2
    address = unescape(code.partition('src="')[2].partition('"')[0])
    assert address.startswith(f"{opened.address}?embed=1#day=2020-08-25&layers=")
    assert "allowfullscreen" in code
    assert "&layers" not in code.replace("&amp;", "")


def test_a_page_from_a_file_says_that_link_and_code_work_on_this_device_only(opened, page):
    opened.tool("Share")
    assert "work only on this device" in page.locator("#dialogue .local").inner_text()
    page.get_by_role("button", name="Copy: Link to what is shown").click()
    expect(page.locator("#dialogue .copy").first).to_have_text(re.compile("Copied|Selected; now copy it"))


def test_a_page_without_an_address_offers_only_the_picture(visit, html):
    frame = (
        f'<!DOCTYPE html><title>x</title><iframe title="map" width="900" height="700" srcdoc="{escape(html)}"></iframe>'
    )
    inside = visit(frame, fresh=True).page.frame_locator("iframe")
    inside.locator("#tools").get_by_role("button", name="Share", exact=True).click()
    assert inside.get_by_role("button", name="Save as PNG").is_visible()
    assert inside.locator("#share-link, #share-code").count() == 0


# ---- In a frame ----


@pytest.mark.parametrize("size", [(640, 420), (375, 500)])
@each_language
def test_in_a_frame_the_map_has_the_room_and_title_date_end_and_credits_are_there(visit, html, size, language):
    opened = visit(html, width=size[0], height=size[1], locale=language)
    page = opened.page
    opened.reopen("embed=1")
    page.locator(".point").nth(5).wait_for(state="attached")
    assert page.evaluate(SHARE_OF_MAP) >= 0.6
    for hidden in ("#tools", "#dock", "#panel"):
        assert page.locator(hidden).is_hidden()
    for shown in ("#head h1", "#as-of", "#credits .history", "#credits summary"):
        box = page.locator(shown).bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size[0] + 1
        assert box["y"] + box["height"] <= size[1] + 1
    assert page.locator("#credits .history").inner_text().startswith(ENDS[language])
    assert re.match("© OpenStreetMap contributors[,،] ODbL", page.locator("#credits summary").inner_text())
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_what_is_folded_in_a_frame_opens_at_a_press_and_the_link_stays_one_to_a_frame(visit, html):
    opened = visit(html, width=640, height=420)
    page = opened.page
    opened.reopen("embed=1")
    date = page.get_by_role("button", name="Date", exact=True)
    date.click()
    assert date.get_attribute("aria-expanded") == "true"
    assert page.locator("#dock").is_visible()
    page.locator("#dock .play").wait_for()
    page.get_by_role("button", name="Next day").or_(page.get_by_role("button", name="Day after")).click()
    page.wait_for_function("window.location.hash.includes('day=2020-03-07')", timeout=5000)
    assert "embed=1" in page.evaluate("window.location.hash")
    page.get_by_role("button", name="Legend").click()
    assert page.locator("#panel").is_visible()
    whole = page.get_by_role("link", name="Full map")
    whole.focus()
    assert whole.get_attribute("href") == f"{opened.address}#day=2020-03-07"


def test_a_question_mark_asks_for_it_too(visit, html):
    opened = visit(html, width=640, height=420)
    opened.address += "?embed=1"
    opened.page.goto(opened.address)
    assert opened.page.locator("body.embedded #tools").is_hidden()
    assert shared_href(opened.page) == opened.address.replace("?embed=1", "#day=2020-03-06")


def shared_href(page):
    return page.evaluate("M4.addressFor({ isEmbedded: false })")


@pytest.mark.parametrize("first", ["display: none", "width: 0; height: 0", "width: 900px; height: 0"])
def test_a_frame_that_gets_its_size_late_shows_the_whole_corridor(visit, html, first):
    frame = f'<iframe title="map" style="border: 0; {first}" srcdoc="{escape(html)}"></iframe>'
    page = visit(f'<!DOCTYPE html><meta charset="utf-8"><title>x</title>{frame}', fresh=True).page
    inner = page.frames[1]
    inner.wait_for_function("() => typeof map_reference !== 'undefined' && map_reference._loaded")
    page.wait_for_timeout(300)
    page.evaluate("document.querySelector('iframe').style = 'border: 0; width: 900px; height: 600px'")
    inner.wait_for_function("() => map_reference.getSize().y > 300")
    inner.wait_for_function(f"() => {HOLDS_FOCUS}", timeout=5000)
    inner.locator(".label").nth(5).wait_for(state="attached")
    assert inner.evaluate("map_reference.getZoom()") == inner.evaluate(FITTING_ZOOM)


# ---- The last day ----


@each_language
def test_the_page_says_where_its_history_ends_and_of_which_build_it_is(visit, shipped, html, language):
    history = visit(html, locale=language).page.locator("#credits .history")
    assert history.inner_text() == f"{ENDS[language]} · {history.inner_text().partition(' · ')[2]}".removesuffix(" · ")
    history_of_paper = visit(html, locale=language).page
    history_of_paper.emulate_media(media="print")
    assert history_of_paper.locator("#credits .history").is_visible()


# ---- Picture ----


def saved(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as PNG").click()
    page.locator(".share [role=status]", has_text="Saved").wait_for()
    assert download.value.suggested_filename.endswith(".png")
    return Image.open(download.value.path()).convert("RGB"), download.value.suggested_filename


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_shows_what_the_map_shows_between_title_and_credits(visit, html, scheme):
    opened = visit(html, width=1100, height=800, color_scheme=scheme, reduced_motion="reduce")
    page = opened.page
    opened.set_day("2018-10-20")
    page.locator(".ground-name").first.wait_for(state="attached")
    page.evaluate(
        "document.querySelectorAll('.map-buttons, .leaflet-control-zoom, .readout').forEach((one) => one.remove())"
    )
    page.wait_for_timeout(300)
    screen = Image.open(io.BytesIO(page.locator(".map").screenshot())).convert("RGB")
    opened.tool("Share")
    picture, name = saved(page)
    assert name == "idlib_m4_2018-10-20.png"
    width, height = screen.size
    assert picture.width == 2 * width
    assert picture.height > 2 * height + 200
    small = picture.resize((width, picture.height // 2), Image.Resampling.BOX)
    top = next(y for y in range(20, 120) if difference(screen, small, y) < 6)
    assert top + height < small.height
    above, below = (small.crop(box) for box in ((0, 0, width, top), (0, top + height, width, small.height)))
    assert all(max(ImageStat.Stat(part.convert("L")).stddev) > 5 for part in (above, below))  # not empty
    assert opened.misdeeds() == []


def difference(screen, picture, top):
    """Return how much the picture differs from the screen, from 0 to 255, if the map in it begins at this height."""
    part = picture.crop((0, top, screen.width, top + screen.height))
    return sum(ImageStat.Stat(ImageChops.difference(screen, part)).mean) / 3


def test_what_cannot_be_read_is_left_out_of_the_picture_and_the_page_says_so(opened, page):
    page.evaluate(
        "map_reference.getPane('markerPane').append(Object.assign(new Image(), { src: 'https://tiles.example/1.png' }))"
    )
    opened.tool("Share")
    saved(page)
    assert "without the background tiles" in page.locator(".share [role=status]").inner_text()
    opened.forget()


# ---- Head ----


def test_a_shared_page_has_a_card_and_an_icon_of_its_own(page, shipped):
    title = shipped.layers.agreement.map.title.en
    assert page.locator("meta[property='og:title']").get_attribute("content") == title
    for name in ("meta[name=description]", "meta[property='og:description']"):
        assert page.locator(name).get_attribute("content") == shipped.layers.agreement.map.shows.en
    assert page.locator("link[rel=icon]").get_attribute("href").startswith("data:image/svg+xml,")

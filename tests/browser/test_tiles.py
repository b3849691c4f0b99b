"""Backgrounds from a provider: never without being asked for, and the page says why if there are none."""

from base64 import b64decode
from urllib.parse import urlsplit

import pytest
import xyzservices
from playwright.sync_api import expect

import geo

SITE = "http://map.example/idlib/"
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=")
STREETS, SATELLITE, TOPOGRAPHIC = "tile.openstreetmap.org", "server.arcgisonline.com", "a.tile.opentopomap.org"
SHOWN = ".leaflet-tiles-pane .leaflet-tile-loaded"
PANES = (
    "['layer-basemap', 'tiles', 'layer-corridor'].map((name) => map_reference.getPane(name)).map((pane) =>"
    " [Number(pane.style.zIndex), [...pane.parentElement.children].indexOf(pane)])"
)
OVERLAP = """([one, other]) => {
  const [a, b] = [one, other].map((selector) => document.querySelector(selector).getBoundingClientRect());
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}"""


class Chooser:
    """The chooser of a page, and the addresses of the tiles that the page asked for."""

    def __init__(self, page):
        self.page, self.requests = page, []
        self.button = page.locator(".tiles-chooser > button")
        self.list = page.locator(".backgrounds")
        self.status = self.list.get_by_role("status")
        self.confirm = self.list.get_by_role("button")

    def radio(self, host):
        return self.list.locator("label", has_text=host).locator("input")

    def pick(self, host):
        if self.list.is_hidden():
            self.button.click()
        self.radio(host).click()

    def load(self, host):
        self.pick(host)
        self.confirm.click()

    def hosts(self):
        return {urlsplit(request.url).netloc for request in self.requests}


@pytest.fixture
def chooser(browser, html, tmp_path):
    """Open a page as a site would serve it or from disk, and answer its requests: ``chooser(tiles_come=…)``."""
    contexts = []

    def open_page(document=html, *, from_disk=False, tiles_come=True, width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce", **options)
        contexts.append(context)
        file = tmp_path / "page.html"
        file.write_text(document, encoding="utf-8")
        address = file.as_uri() if from_disk else SITE
        opened = Chooser(context.new_page())

        def answer(route):
            if route.request.url == address:
                route.fulfill(body=document, content_type="text/html; charset=utf-8")
                return
            opened.requests.append(route.request)
            if tiles_come:
                route.fulfill(body=PIXEL, content_type="image/png")
            else:
                route.abort()

        context.route("**/*", answer)
        opened.page.goto(address)
        return opened

    yield open_page
    for context in contexts:
        context.close()


# ---- Only when asked. ----


@pytest.mark.parametrize("host", [STREETS, SATELLITE, TOPOGRAPHIC])
def test_no_tile_is_requested_before_the_reader_confirms_and_then_from_the_chosen_host_alone(chooser, host):
    opened = chooser()
    opened.pick(host)
    expect(opened.list).to_contain_text(f"{host} will see your IP address, the area you view and the address of this")
    opened.page.wait_for_timeout(300)
    assert opened.requests == []
    opened.confirm.click()
    opened.page.locator(SHOWN).nth(3).wait_for()
    assert opened.hosts() == {host}
    assert {request.all_headers().get("referer") for request in opened.requests} == {"http://map.example/"}


def test_another_provider_is_confirmed_on_its_own_and_a_confirmed_one_only_once(chooser):
    opened = chooser()
    opened.load(STREETS)
    opened.page.locator(SHOWN).first.wait_for()
    opened.pick(SATELLITE)
    opened.page.wait_for_timeout(300)
    assert opened.hosts() == {STREETS}
    opened.load(SATELLITE)
    opened.page.locator(SHOWN).first.wait_for()
    assert opened.hosts() == {STREETS, SATELLITE}
    opened.pick(STREETS)
    expect(opened.confirm).to_be_hidden()
    expect(opened.page.locator(".tiles.openstreetmapmapnik")).to_have_count(1)
    expect(opened.page.locator(".tiles.esriworldimagery")).to_have_count(0)


def test_the_choice_is_not_part_of_the_link_and_is_forgotten_when_the_page_is_loaded_again(chooser):
    opened = chooser()
    opened.load(STREETS)
    opened.page.locator(SHOWN).first.wait_for()
    opened.page.wait_for_timeout(600)
    assert not {"tiles", "background", "openstreetmap"} & set(opened.page.evaluate("location.hash").lower().split("="))
    opened.requests.clear()
    opened.page.reload()
    expect(opened.button).to_have_accessible_name("Background: Ground")
    opened.page.wait_for_timeout(300)
    assert opened.requests == []
    opened.pick(STREETS)
    expect(opened.confirm).to_be_visible()


def test_without_a_confirmation_closing_the_list_leaves_the_ground_chosen(chooser):
    opened = chooser()
    opened.pick(STREETS)
    opened.page.mouse.click(700, 500)
    expect(opened.list).to_be_hidden()
    opened.button.click()
    expect(opened.list.locator("input").first).to_be_checked()
    expect(opened.confirm).to_be_hidden()


# ---- From disk. ----


def test_from_disk_a_provider_that_needs_a_site_is_listed_with_the_reason_and_the_others_load(chooser):
    opened = chooser(from_disk=True)
    opened.button.click()
    expect(opened.radio(STREETS)).to_be_disabled()
    expect(opened.list).to_contain_text(f"{STREETS} does not serve pages opened from disk.")
    for host in (SATELLITE, TOPOGRAPHIC):
        opened.requests.clear()
        opened.pick(host)
        expect(opened.list).to_contain_text(f"{host} will see your IP address and the area you view.")
        opened.page.wait_for_timeout(200)
        assert opened.requests == []
        opened.confirm.click()
        opened.page.locator(SHOWN).first.wait_for()
        assert opened.hosts() == {host}
        assert {request.all_headers().get("referer") for request in opened.requests} == {None}


# ---- When it cannot work. ----


@pytest.mark.parametrize(("from_disk", "reason"), [(False, ";"), (True, ", which may refuse pages opened from disk;")])
def test_where_no_tiles_come_the_page_says_why_and_shows_the_ground_again(chooser, from_disk, reason):
    opened = chooser(from_disk=from_disk, tiles_come=False)
    opened.load(SATELLITE)
    expect(opened.status).to_have_text(f"No tiles came from {SATELLITE}{reason} the map shows the ground again.")
    expect(opened.status).to_be_visible()
    expect(opened.button).to_have_accessible_name("Background: Ground")
    expect(opened.list.locator("input").first).to_be_checked()
    expect(opened.page.locator(".leaflet-tile")).to_have_count(0)
    expect(opened.page.locator(".ground-name").first).to_be_visible()


def test_it_also_gives_up_where_the_view_has_fewer_tiles_than_the_failures_that_it_accepts(chooser):
    opened = chooser(tiles_come=False, width=360)
    opened.page.set_viewport_size({"width": 360, "height": 560})
    opened.page.evaluate(
        "void map_reference.setView([35.7465, 36.5625], 10, { animate: false })"
    )  # where four tiles meet
    opened.load(SATELLITE)
    expect(opened.status).to_contain_text("the map shows the ground again")
    assert len(opened.requests) == 4


def test_offline_it_says_so_and_asks_nothing(chooser):
    opened = chooser()
    opened.page.context.set_offline(True)
    opened.pick(STREETS)
    expect(opened.status).to_have_text("This device is offline; tiles cannot be loaded.")
    expect(opened.confirm).to_be_hidden()
    assert opened.requests == []
    opened.page.context.set_offline(False)
    opened.load(STREETS)
    opened.page.locator(SHOWN).first.wait_for()


# ---- On the map. ----


def test_tiles_are_above_the_ground_and_below_every_fact_and_its_names_give_way(chooser):
    opened = chooser()
    page = opened.page
    expect(page.locator(".ground-name").first).to_be_visible()
    opened.load(STREETS)
    page.locator(SHOWN).first.wait_for()
    heights = page.evaluate(PANES)
    assert heights == sorted(heights)
    expect(page.locator(".ground-name").first).to_be_hidden()
    expect(page.locator(".label").first).to_be_visible()
    page.locator("#more[aria-expanded=false]").click()
    box = page.locator("#panel .ground .layer input")
    box.uncheck()
    expect(page.locator(".leaflet-layer-basemap-pane path")).to_have_count(0)
    box.check()
    opened.pick("Ground")
    expect(page.locator(".leaflet-tile")).to_have_count(0)
    expect(page.locator(".ground-name").first).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_chooser_is_opposite_the_zoom_buttons_and_beside_the_details(chooser, language):
    opened = chooser(locale=language)
    opened.page.evaluate(
        "M4.select(M4.catalogue.find(({ name }) => name === 'observation_posts').features[8])",
    )
    expect(opened.page.locator("#details")).to_be_visible()
    for other in ("#details", ".leaflet-control-zoom"):
        assert not opened.page.evaluate(OVERLAP, [".tiles-chooser > button", other]), other
    opened.button.click()
    assert not opened.page.evaluate(OVERLAP, [".backgrounds", "#details"])


@pytest.mark.parametrize("height", [560, 740])
def test_on_a_phone_the_button_is_large_enough_for_a_finger_and_the_list_within_the_map(chooser, height):
    opened = chooser(width=360, has_touch=True, is_mobile=True)
    opened.page.set_viewport_size({"width": 360, "height": height})
    size = opened.button.bounding_box()
    assert (size["width"], size["height"]) == (44, 44)
    opened.pick(SATELLITE)
    box, edge = opened.list.bounding_box(), opened.page.locator("main").bounding_box()
    assert edge["x"] <= box["x"]
    assert box["x"] + box["width"] <= edge["x"] + edge["width"]
    assert box["y"] + box["height"] <= edge["y"] + edge["height"]
    button = opened.confirm.bounding_box()
    assert button["y"] + button["height"] <= box["y"] + box["height"]


def test_it_is_operated_with_the_keyboard_alone(chooser):
    opened = chooser()
    page = opened.page
    opened.button.focus()
    page.keyboard.press("Enter")
    expect(opened.list.locator("input").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(opened.radio(STREETS)).to_be_focused()
    assert opened.requests == []
    page.keyboard.press("Escape")
    expect(opened.list).to_be_hidden()
    expect(opened.button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(opened.confirm).to_be_focused()
    page.keyboard.press("Enter")
    expect(opened.button).to_be_focused()
    expect(opened.button).to_have_accessible_name("Background: Streets")
    page.locator(SHOWN).first.wait_for()


def test_in_arabic_it_is_right_to_left_and_says_the_same(chooser):
    opened = chooser(locale="ar")
    opened.pick(SATELLITE)
    assert opened.list.evaluate("(list) => getComputedStyle(list).direction") == "rtl"
    expect(opened.list).to_contain_text("عنوان IP")
    opened.confirm.click()
    opened.page.locator(SHOWN).first.wait_for()
    expect(opened.button).to_have_accessible_name("الخلفية: صور الأقمار الصناعية")


# ---- Attribution. ----


def test_the_attribution_is_on_the_map_while_the_tiles_are_and_on_paper(chooser):
    opened = chooser()
    attribution = opened.page.locator(".leaflet-control-attribution")
    expect(attribution).to_be_hidden()
    opened.load(STREETS)
    expect(attribution).to_have_text("© OpenStreetMap contributors")
    expect(attribution.locator("a")).to_have_attribute("href", "https://www.openstreetmap.org/copyright")
    opened.page.emulate_media(media="print")
    opened.page.wait_for_function("() => M4.printing")
    expect(attribution).to_be_visible()
    expect(opened.page.locator(SHOWN).first).to_be_visible()
    expect(opened.button).to_be_hidden()
    opened.page.emulate_media(media="screen")
    opened.pick("Ground")
    expect(attribution).to_be_hidden()


def test_the_print_button_waits_for_the_tiles_of_the_sheet(chooser):
    opened = chooser()
    page = opened.page
    opened.load(STREETS)
    page.locator(SHOWN).first.wait_for()
    page.evaluate(
        "window.print = () => {"
        " window.printed = { printing: M4.printing, missing: document.querySelectorAll("
        "'.leaflet-tile:not(.leaflet-tile-loaded)').length, tiles: document.querySelectorAll('.leaflet-tile').length };"
        " window.dispatchEvent(new Event('afterprint')); }"
    )
    page.locator("#tools .print").click()
    page.wait_for_function("() => window.printed")
    printed = page.evaluate("printed")
    assert printed["printing"]
    assert printed["missing"] == 0 < printed["tiles"]
    page.wait_for_function("() => !M4.printing")


def test_nothing_in_an_attribution_runs(chooser, shipped, monkeypatch):
    hostile = (
        '<img src=x onerror="document.title=1"><script>document.title=1</script>A &lt;b&gt;B&lt;/b&gt; {{7*7}} ${1}'
    )
    provider = xyzservices.providers.Esri.WorldImagery
    monkeypatch.setitem(provider, "html_attribution", hostile)
    opened = chooser(geo.Map(build=shipped, layers=["m4"]).get_root().render())
    opened.load(SATELLITE)
    opened.page.locator(SHOWN).first.wait_for()
    attribution = opened.page.locator(".leaflet-control-attribution")
    expect(attribution).to_have_text("document.title=1A <b>B</b> {{7*7}} ${1}")
    assert attribution.evaluate("(node) => node.childElementCount") == 0
    assert opened.page.title() != "1"


def test_a_map_without_tiles_has_no_chooser(visit, shipped):
    opened = visit(geo.Map(build=shipped, layers=["m4"], tiles=None).get_root().render())
    expect(opened.page.locator(".leaflet-control-zoom")).to_be_visible()
    expect(opened.page.locator(".tiles-chooser")).to_have_count(0)

"""On paper: one sheet with title, date, map, legend and licences, whatever the reader has open."""

import re

import pytest

from tests.samples import each_language, some

# Before the first post and with it, the line of 2018, the agreement, and all the patrols: legends short and long.
DAYS = ["2017-10-12", "2018-10-01", "2020-03-06", "2020-08-25"]
LONGEST = DAYS[-1]
# What the reader's dialogue asks for, and the sheet in points that comes of it.
PAPERS = {
    "A4": ({"prefer_css_page_size": True}, (842, 595)),
    "A3": ({"format": "A3", "landscape": True}, (1191, 843)),
    "A4 upright": ({"format": "A4"}, (843, 596)),
    "A3 upright": ({"format": "A3"}, (1191, 843)),
}
# A sheet without its margins, in pixels.
A4_ACROSS, A4_UPRIGHT = (1062, 733), (733, 1062)
SEEN = (
    "({ zoom: map_reference.getZoom(), lat: +map_reference.getCenter().lat.toFixed(3),"
    " lon: +map_reference.getCenter().lng.toFixed(3), panel: !document.getElementById('panel').hidden,"
    " size: Object.values(map_reference.getSize()), printing: document.body.className.includes('printing') })"
)
SHOW_ALL = "M4.catalogue.forEach(({ name }) => map_reference.addLayer(M4.drawings.get(name)))"
BEGIN, END = ("window.dispatchEvent(new Event('beforeprint'))", "window.dispatchEvent(new Event('afterprint'))")
# A browser may keep the dark scheme on paper: the colours of drawings, and of what the styles colour.
COLOURS = """() => [
  ...[...document.querySelectorAll(':is(.map, #panel .legend) :is(path, circle, text)')]
    .map((one) => `${one.getAttribute('fill')} ${one.getAttribute('stroke')}`),
  ...['.map', '.map .basemap.land', '.map .label', '#head h1', '.disclaimer', 'body']
    .map((part) => getComputedStyle(document.querySelector(part)))
    .map(({ fill, color, backgroundColor }) => `${fill} ${color} ${backgroundColor}`),
]"""

# What of the sheet is missing, beyond its edge, cut off, on top of something else, or a section without content.
FAULTS = """([width, height]) => {
  const PARTS = ['#head h1', '#as-of', 'main', '#panel', '#credits summary', '#panel .disclaimer',
    '#panel .layer label span', '#panel .legend li', '#panel .legend li > *'];
  const visible = (one) => one.getClientRects().length > 0;
  const shown = (part) => [...document.querySelectorAll(part)].filter(visible);
  const name = (one) => `${one.className || one.id || one.tagName}: ${one.textContent.slice(0, 40)}`;
  const isOutside = (one) => {
    const { left, top, right, bottom } = one.getBoundingClientRect();
    return left < -1 || top < 0 || right > width + 1 || bottom > height;
  };
  const isClipped = (one) => one.matches('h1, p, li, summary, label') && one.scrollWidth > one.clientWidth + 1;
  const boxes = ['#head', 'main', '#panel', '#credits']
    .map((part) => document.querySelector(part).getBoundingClientRect());
  const overlap = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  const all = [...PARTS, '#panel .remark'].flatMap(shown);
  return {
    missing: PARTS.filter((part) => !shown(part).length),
    outside: all.filter(isOutside).map(name),
    clipped: all.filter(isClipped).map(name),
    overlaps: boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) => overlap(one, other))).length,
    empty: shown('#panel section').filter((one) => !one.querySelector('.legend li:not(.none)')).map(name),
  };
}"""


def sheets(page, **options):
    """Print, and return the size of every sheet in points."""
    document = page.pdf(print_background=True, **options)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", document)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


def on_paper(page):
    page.emulate_media(media="print")
    page.wait_for_function("() => M4.printing")


def on_screen(page):
    page.emulate_media(media="screen")
    page.wait_for_function("() => !M4.printing")
    page.wait_for_timeout(100)  # the map follows the size of the screen


# ---- One sheet ----


@pytest.mark.parametrize(("paper", "width", "scheme"), [("A4", 360, "dark"), ("A3", 1280, "light")])
@each_language
def test_it_prints_on_one_sheet_on_every_day_and_the_page_stays_as_it_was(visit, html, language, paper, width, scheme):
    opened = visit(html, locale=language, width=width, color_scheme=scheme)
    page = opened.page
    options, sheet = PAPERS[paper]
    page.evaluate(SHOW_ALL)
    for day in DAYS:
        opened.set_day(day)
        page.wait_for_timeout(50)  # the map follows the height of the head
        before = page.evaluate(SEEN)
        assert sheets(page, **options) == [sheet], day
        assert page.evaluate(SEEN) == before


OPENED = {
    "selection": (360, "M4.select(M4.catalogue.find(({ name }) => name === 'observation_posts').features[8])"),
    "two dates": (1280, "M4.compareWith('2018-10-01')"),
    "diagram": (1280, "document.querySelector('[aria-controls=diagram]').click()"),
    "dialogue": (1280, "document.querySelector('#tools .tool').click()"),
    "panel": (360, "document.getElementById('panel-toggle').click()"),
    "lists": (1280, "document.querySelectorAll('#panel [aria-expanded]:not([hidden])').forEach((one) => one.click())"),
    "far": (360, "void map_reference.setZoom(7, { animate: false })"),
    "near": (1280, "void map_reference.setZoom(14, { animate: false })"),
}


@pytest.mark.parametrize("state", some(4, OPENED))
def test_whatever_is_open_it_prints_on_one_sheet_and_stays_open(visit, html, state):
    width, script = OPENED[state]
    page = visit(html, width=width).page
    page.evaluate(script)
    page.wait_for_timeout(400)  # the map moves to what is selected, and follows the size that is left to it
    before = page.evaluate(SEEN)
    options, sheet = PAPERS["A4"]
    assert sheets(page, **options) == [sheet]
    assert page.evaluate(SEEN) == before


def test_of_two_dates_the_first_is_printed(visit, html):
    page = visit(html).page
    page.evaluate("M4.compareWith('2018-10-01')")
    on_paper(page)
    assert page.locator("main .map:visible").count() == 1
    assert page.locator(".compared, .compare-day").locator("visible=true").count() == 0
    on_screen(page)
    assert page.locator("main .map:visible").count() == 2


@each_language
def test_an_upright_sheet_is_turned_and_if_it_cannot_be_it_is_one_sheet_too(visit, html, language):
    opened = visit(html, locale=language)
    page = opened.page
    page.evaluate(SHOW_ALL)
    opened.set_day(LONGEST)
    for paper in ("A4 upright", "A3 upright"):
        options, sheet = PAPERS[paper]
        assert sheets(page, **options) == [sheet]
    page.evaluate(
        "() => { const own = new CSSStyleSheet(); own.replaceSync('@page { size: A4 portrait }');"
        " document.adoptedStyleSheets = [own]; }"
    )
    assert sheets(page, format="A4") == [(596, 843)]


# ---- What is on it ----


def test_on_paper_there_are_title_date_map_legend_and_licences_and_nothing_to_press(opened, page):
    opened.unfold()
    page.get_by_label("Places", exact=True).uncheck()
    opened.select("observation_posts", "post-09-morek")
    page.wait_for_timeout(600)
    before = page.evaluate(SEEN)
    on_paper(page)
    for visible in ("#head h1", "#as-of", "main .map", ".leaflet-control-scale", "#panel .disclaimer"):
        assert page.locator(visible).is_visible(), visible
    assert page.locator("#panel .swatch.corridor").first.is_visible()
    assert not page.locator("#panel .swatch.places").first.is_visible()
    shown = page.locator(":is(button, select, input, a[href], #tools, #details, #dock, #dialogue, .facts):visible")
    assert shown.count() == 0
    assert not re.search("[▸◂▾×]", page.locator("body").inner_text())
    credits_line = page.locator("#credits summary").inner_text()
    publishers = page.evaluate("M4.credits.map(({ publisher }) => publisher)")
    assert publishers
    assert [one for one in publishers if one not in credits_line] == []
    on_screen(page)
    assert page.evaluate(SEEN) == before


@pytest.mark.parametrize("sheet", [A4_ACROSS, A4_UPRIGHT], ids=["across", "upright"])
@each_language
def test_everything_is_whole_inside_the_sheet_and_nothing_on_anything_else(visit, html, language, sheet):
    width, height = sheet
    opened = visit(html, locale=language, width=width, height=height)
    page = opened.page
    page.evaluate(SHOW_ALL)
    for day in DAYS:
        opened.set_day(day)
        on_paper(page)
        found = page.evaluate(FAULTS, sheet)
        assert found == {"missing": [], "outside": [], "clipped": [], "overlaps": 0, "empty": []}, day
        on_screen(page)


def test_a_legend_too_long_for_the_sheet_gets_smaller_type(opened, page):
    fit = "Number(panel.style.getPropertyValue('--fit'))"
    page.evaluate(SHOW_ALL)
    opened.set_day(LONGEST)
    page.evaluate(BEGIN)
    usual = page.evaluate(fit)
    page.evaluate(END)
    page.evaluate(
        "panel.append(...[...panel.querySelectorAll('section:has(.layer)')].slice(0, 5)"
        ".map((one) => one.cloneNode(true)))"
    )
    page.evaluate(BEGIN)
    assert 0.6 <= page.evaluate(fit) < usual
    assert page.evaluate("panel.offsetHeight <= document.querySelector('main').offsetHeight")


def test_a_layer_that_is_drawn_only_from_near_is_in_the_legend_of_a_near_map_only(visit, html):
    opened = visit(html, width=700, height=400)
    section = opened.section("localities")
    opened.unfold()
    for zoom, expected in ((9, False), (12, True)):
        opened.set_view(35.8, 36.5, zoom)
        opened.page.evaluate(BEGIN)
        assert section.is_visible() is expected
        assert not section.locator(".remark").is_visible()  # nobody can zoom paper
        opened.page.evaluate(END)
        assert section.is_visible()


# ---- The map ----


@pytest.mark.parametrize("width", [360, 1280])
def test_the_printed_map_holds_all_that_was_in_view_and_printing_is_no_choice_of_view(visit, html, width):
    page = visit(html, width=width).page
    assert page.evaluate(
        "() => { const before = map_reference.getBounds(); window.dispatchEvent(new Event('beforeprint'));"
        " const after = map_reference.getBounds(); window.dispatchEvent(new Event('afterprint'));"
        " return after.pad(0.001).contains(before) }"
    )
    page.wait_for_timeout(600)  # until a view would be written
    for _ in range(2):
        assert len(sheets(page)) == 1
    page.wait_for_timeout(800)
    page.get_by_label("Places", exact=True).evaluate("(box) => box.click()")
    link = page.evaluate("window.location.hash")
    assert link.startswith("#layers=")
    assert "map=" not in link


@each_language
def test_on_paper_every_name_is_beside_its_point(visit, html, language):
    page = visit(html, locale=language).page
    page.wait_for_timeout(200)  # until the names are placed
    distances = page.evaluate(
        """() => {
          window.dispatchEvent(new Event('beforeprint')); // and nothing of what comes later: the sheet is drawn now
          const features = M4.catalogue.flatMap((layer) => M4.features.drawn(layer, M4.state.day))
            .filter(({ geometry }) => geometry.type === 'Point');
          const beyond = (at, from, to) => Math.max(from - at, at - to, 0);
          const map = document.querySelector('.map').getBoundingClientRect();
          return [...document.querySelectorAll('.map .label')].map((label) => {
            const box = label.getBoundingClientRect();
            return Math.min(...features.filter((one) => M4.features.nameOf(one) === label.textContent).map((one) => {
              const { x, y } = map_reference.latLngToContainerPoint(M4.features.latLngs(one));
              return Math.hypot(beyond(x + map.x, box.left, box.right), beyond(y + map.y, box.top, box.bottom));
            }));
          });
        }"""
    )
    assert len(distances) > 10
    assert max(distances) < 20


def test_a_dark_screen_prints_in_the_colours_of_a_light_one_and_is_dark_again_afterwards(visit, html):
    light, dark = (visit(html, color_scheme=scheme).page for scheme in ("light", "dark"))
    for page in (light, dark):
        page.wait_for_timeout(200)  # until the names are placed
    dark_before = dark.evaluate(COLOURS)
    assert dark_before != light.evaluate(COLOURS)
    for page, scheme in ((light, "light"), (dark, "dark")):
        page.emulate_media(media="print", color_scheme=scheme)
        page.wait_for_function("() => M4.printing")
    assert dark.evaluate(COLOURS) == light.evaluate(COLOURS)
    dark.emulate_media(media="screen", color_scheme="dark")
    dark.wait_for_function("() => !M4.printing")
    dark.wait_for_timeout(200)
    assert dark.evaluate(COLOURS) == dark_before

"""The page under axe-core, in every language, width and scheme, with everything open that opens."""

from importlib.resources import files
from itertools import product

import pytest

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
LANGUAGES = ("en", "fr", "ar", "tr")
SIZES = {"wide": (1280, 800), "phone": (360, 740)}
GRAVE = ("serious", "critical")
TOOLS = ("search.title", "table.title", "claims.title", "download.tool", "share.tool", "about.tool")


def violations(page, part, where):
    """Return what axe finds serious or critical in a part of the page, in one line each."""
    found = page.evaluate("(part) => axe.run(part, { resultTypes: ['violations'] })", part)["violations"]
    grave = [one for one in found if one["impact"] in GRAVE]
    return [
        f"{where}: {one['id']}: {one['nodes'][0]['html'][:150]} {one['nodes'][0]['failureSummary']}" for one in grave
    ]


def states(opened):
    """Bring the page into each of its states; yield the part of it that is new, and what the state is called."""
    page = opened.page
    yield "html", "opening"
    page.locator(".tiles-chooser > button").click()
    page.locator(".backgrounds input:enabled").nth(1).check()
    yield "main", "backgrounds, before the first request"
    page.keyboard.press("Escape")
    if page.locator("#panel").is_hidden():
        page.locator("#panel-toggle").click()
    opened.unfold()
    page.evaluate(
        "document.querySelectorAll('#panel .undrawn, #panel section:has(.swatch.observation_posts) .count')"
        ".forEach((one) => one.click())"
    )
    page.evaluate("document.querySelectorAll('#panel details').forEach((one) => (one.open = true))")
    yield "body", "panel with its lists"
    page.evaluate("M4.closePanelOverMap()")
    for layer, feature in (("observation_posts", "post-09-morek"), ("claims", "balyun"), ("corridor", "corridor")):
        opened.select(layer, feature)
        page.evaluate("document.querySelectorAll('#details details').forEach((one) => (one.open = true))")
        yield "main", f"details of {feature}"
    page.evaluate("M4.select(null)")
    page.evaluate("document.querySelector('#chapters .number').click()")
    page.evaluate("document.querySelectorAll('#dock details').forEach((one) => (one.open = true))")
    yield "#dock", "chapter"
    page.locator("#dock .tool").click()
    yield "#dock", "diagram"
    page.locator("#dock .tool").click()
    if page.locator("#tools .more").is_visible():
        page.locator("#tools .more").click()
    for tool in TOOLS:
        page.get_by_role("button", name=page.evaluate("(key) => M4.text(key)", tool), exact=True).click()
        if tool == "search.title":
            page.keyboard.type("a")
        yield "#dialogue", tool
        page.keyboard.press("Escape")
    if page.locator("#tools .more").is_visible():
        page.locator("#tools .more").click()
    page.evaluate(
        "M4.setState({ day: M4.asOf })"
    )  # no chapter, so that a small phone has room for all buttons on its map
    page.locator("button.ruler").click()
    yield "main", "ruler"
    page.keyboard.press("Escape")
    page.locator("button.compare").click()
    yield "main", "two dates"
    page.keyboard.press("Escape")
    page.evaluate("M4.showPosition(map_reference, map_reference.getCenter())")
    yield "main", "a position"
    page.evaluate("map_reference.closePopup()")
    opened.reopen(f"embed=1&lang={page.evaluate('M4.language')}")
    page.evaluate(AXE)
    yield "html", "in a frame"


def all_ways():
    """Yield every language, size and scheme: in make test four of them, with each language, size and scheme."""
    first = {"en": ("wide", "light"), "fr": ("phone", "light"), "ar": ("wide", "dark"), "tr": ("phone", "dark")}
    for language, size, scheme in product(LANGUAGES, SIZES, ("light", "dark")):
        is_first = first[language] == (size, scheme)
        yield pytest.param(language, size, scheme, marks=() if is_first else pytest.mark.longer)


@pytest.mark.parametrize(("language", "size", "scheme"), list(all_ways()))
def test_axe_finds_nothing_serious_in_any_state_of_the_page(visit, html, language, size, scheme):
    width, height = SIZES[size]
    opened = visit(html, width=width, height=height, color_scheme=scheme, locale=language, reduced_motion="reduce")
    opened.page.evaluate(AXE)
    found = [line for state in states(opened) for line in violations(opened.page, *state)]
    assert found == []
    assert opened.misdeeds() == []


def test_axe_would_find_a_fault(visit, html):
    page = visit(html).page
    page.evaluate(AXE)
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert any("html-has-lang" in line for line in violations(page, "html", "without a language"))


# The controls that the tab key should reach.
REACHABLE = "button, select, input, a[href], summary, [tabindex='0']"


def test_every_control_can_be_reached_with_the_tab_key(visit, html):
    page = visit(html, reduced_motion="reduce").page
    page.evaluate(
        "(all) => { window.controls = [...document.querySelectorAll(all)]"
        ".filter((one) => one.checkVisibility() && one.tabIndex >= 0) }",
        REACHABLE,
    )
    wanted = page.evaluate("controls.length")
    met = set()
    for _ in range(wanted + 20):  # the parts of the date field are stops of their own
        page.keyboard.press("Tab")
        met.add(page.evaluate("controls.indexOf(document.activeElement)"))
    assert len(met - {-1}) == wanted > 40


def test_where_the_keyboard_is_can_be_seen(visit, html):
    page = visit(html).page
    for _ in range(6):
        page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"[{style}.outlineStyle, {style}.outlineWidth]") == ["solid", "2px"]

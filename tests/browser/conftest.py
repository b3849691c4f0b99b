"""Opens pages in the Chromium of this machine, with no network behind it."""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field

import pytest

from geo.outputs.page import render_page
from tests.browser.chromium import NAMES, chromium, chromium_path
from tests.browser.jupyter_lab import EDITOR_NOTEBOOK, Lab, Notebook
from tests.programs import not_found


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    if chromium_path() is None:
        not_found(f"no Chromium on PATH ({', '.join(NAMES)})")
    with chromium() as browser:
        yield browser


@dataclass
class Visit:
    """One page in a browser, and everything it did that it should not."""

    page: object
    address: str = ""
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)

    def select(self, layer: str, feature: str) -> None:
        """Select a feature as a click on it does."""
        self.page.evaluate(
            "([layer, id]) => M4.select(M4.catalogue.find(({ name }) => name === layer)"
            ".features.find(({ properties }) => properties.id === id))",
            [layer, feature],
        )

    def set_day(self, day: str) -> None:
        """Show the map as of a day."""
        self.page.evaluate("(day) => M4.setState({ day })", day)

    def set_view(self, lat: float, lon: float, zoom: float) -> None:
        """Show a part of the map at once, without an animation."""
        view = "([lat, lon, zoom]) => void map_reference.setView([lat, lon], zoom, { animate: false, reset: true })"
        self.page.evaluate(view, [lat, lon, zoom])

    def tool(self, name: str) -> None:
        """Open one of the tools of the head, on a phone perhaps behind the button for more."""
        more = self.page.locator("#tools .more")
        if more.is_visible() and more.get_attribute("aria-expanded") == "false":
            more.click()
        self.page.locator("#tools").get_by_role("button", name=name, exact=True).click()

    def reopen(self, hash_: str) -> None:
        """Open the same file anew with something after its #."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}#{hash_}")

    def section(self, layer: str):
        """Return the part of the panel that is about a layer."""
        return self.page.locator(f"#panel section:has(.layer):has(.swatch.{layer})")

    def unfold(self) -> None:
        """Unfold the layers of the legend that are folded when the page opens."""
        self.page.locator("#more[aria-expanded=false]").click()

    def numbers(self, layer: str) -> dict[str, int]:
        """Return how many features the panel says are shown of a layer, by the label of their class."""
        legend = self.section(layer).locator(".legend")
        labels = legend.locator("li > :nth-child(2)").all_text_contents()
        return dict(zip(labels, map(int, legend.locator(".number").all_text_contents()), strict=True))

    def drawn(self, layer: str) -> int:
        """Return how many elements the map holds for a layer."""
        return self.page.locator(f".leaflet-layer-{layer}-pane :is(path.leaflet-interactive, .point)").count()

    def misdeeds(self) -> list:
        """Return every request, error, message and dialogue."""
        return self.requests + self.complaints

    def forget(self) -> None:
        """Forget what the page did, for a test that expects it."""
        self.requests.clear()
        self.complaints.clear()


@pytest.fixture(scope="module")
def pages(browser):
    """The open pages of a module, by the options of their contexts, which only a new context can have."""
    found = defaultdict(list)
    yield found
    for visit in itertools.chain.from_iterable(found.values()):
        visit.page.context.close()


@pytest.fixture
def visit(browser, pages, tmp_path):
    """Open a page text from disk: ``visit(html, width=…, height=…, **context options)``.

    A request or a complaint of any of these pages fails the test at its end, unless the test has called `Visit.forget`.
    A page of the module that this test does not use yet loads the text; what the page before had in it is gone. With
    ``fresh`` it is a page of its own, for what no loading takes back: a clock, a script that runs before the page's.
    """
    numbers = itertools.count()
    used, fresh_contexts = [], []

    def free_page(options, *, fresh):
        kept = [] if fresh else pages[tuple(sorted((name, repr(value)) for name, value in options.items()))]
        found = next((page for page in kept if page not in used), None)
        if found is None:
            context = browser.new_context(**options)
            found = watched_page(context)
            kept.append(found)
            if fresh:
                fresh_contexts.append(context)
        used.append(found)
        return found

    def open_page(html, *, width=1280, height=800, color_scheme="light", reduced_motion=None, fresh=False, **options):
        file = tmp_path / f"page{next(numbers)}.html"
        file.write_text(html, encoding="utf-8")
        opened = free_page(options, fresh=fresh)
        opened.page.set_viewport_size({"width": width, "height": height})
        motion = reduced_motion or "no-preference"
        opened.page.emulate_media(media="null", color_scheme=color_scheme, reduced_motion=motion)
        opened.page.mouse.move(0, 0)
        opened.address = file.as_uri()
        opened.page.goto(opened.address)
        return opened

    yield open_page
    misdeeds = [misdeed for one in used for misdeed in one.misdeeds()]
    for context in fresh_contexts:
        context.close()
    for one in used:
        one.forget()  # whatever the page still does belongs to this test
    assert misdeeds == []


def watched_page(context):
    """Return a page of a context in which everything is noted that it requests or complains of."""
    opened = Visit(context.new_page())
    page = opened.page

    def is_own(url):
        return url in ("about:blank", opened.address)

    context.route("**/*", lambda route: route.continue_() if is_own(route.request.url) else route.abort())
    page.on("request", lambda request: is_own(request.url) or opened.requests.append(request.url))
    page.on("console", lambda message: opened.complaints.append(message.text))
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (opened.complaints.append(dialog.message), dialog.dismiss()))
    return opened


@pytest.fixture(scope="session")
def html(shipped):
    """Return the page of the shipped layers."""
    return render_page(shipped)


@pytest.fixture
def opened(visit, html):
    """Return the page of the shipped layers as most readers open it."""
    return visit(html)


@pytest.fixture
def page(opened):
    return opened.page


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


@pytest.fixture
def lab(served):
    served.reset()
    return served


@pytest.fixture
def notebook(browser, lab):
    """Open a notebook; afterwards nothing may have been asked of anybody outside."""
    contexts, opened = [], []

    def open_notebook(name=EDITOR_NOTEBOOK):
        contexts.append(browser.new_context(viewport={"width": 1500, "height": 1100}))
        opened.append(Notebook(lab, contexts[-1], name))
        return opened[-1]

    yield open_notebook
    for context in contexts:
        context.close()
    assert [url for each in opened for url in each.requests] == []
    assert not lab.asked_for.exists(), lab.asked_for.read_text()

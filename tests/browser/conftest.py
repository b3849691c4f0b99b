"""Opens pages in the Chromium of this machine, with no network behind it."""

import os
from dataclasses import dataclass, field
from datetime import date

import pytest

from geo.outputs.page import render_page
from tests.browser.chromium import NAMES, chromium, chromium_path

AS_OF = date(2020, 3, 6)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    if chromium_path() is None:
        message = f"no Chromium on PATH ({', '.join(NAMES)})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with chromium() as browser:
        yield browser


@dataclass
class Visit:
    """One page in a browser, and everything it did that it should not."""

    page: object
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)

    def select(self, layer: str, feature: str) -> None:
        """Select a feature as a click on it does."""
        self.page.evaluate(
            "([layer, id]) => M4.select(M4.catalogue.find(({ name }) => name === layer)"
            ".features.find(({ properties }) => properties.id === id))",
            [layer, feature],
        )

    def drawn(self, layer: str) -> int:
        """Return how many elements the map holds for a layer."""
        return self.page.locator(f".leaflet-layer-{layer}-pane :is(path.leaflet-interactive, .point)").count()

    def misdeeds(self) -> list:
        """Return every request, error, message and dialogue."""
        return self.requests + self.complaints


@pytest.fixture
def visit(browser, tmp_path):
    """Open a page text from disk: ``visit(html, width=…, height=…, **context options)``."""
    contexts = []

    def open_page(html, *, width=1280, height=800, **options):
        file = tmp_path / f"page{len(contexts)}.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        opened = Visit(context.new_page())
        context.route("**/*", lambda route: route.continue_() if route.request.url == file.as_uri() else route.abort())
        opened.page.on("request", lambda request: request.url == file.as_uri() or opened.requests.append(request.url))
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("dialog", lambda dialog: (opened.complaints.append(dialog.message), dialog.dismiss()))
        opened.page.goto(file.as_uri())
        return opened

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def html(layers, derived):
    """Return the page of the shipped layers."""
    return render_page(layers, derived, AS_OF)

"""The page beside stock folium and geopandas' explore(): size, time to the first layer, long tasks, requests.

    python -m tests.benchmarks.page --libs NODE_MODULES

All are made of the same features and opened in one Chromium on two cores, in turn, several times; the tables in
Markdown show medians. Times are ratios to stock folium's, never seconds.

- All pages are files opened from disk, each time in a new profile. What the other pages fetch from CDNs is answered
  by a server on loopback, from memory: their addresses are rewritten to it, because a server answers as a CDN would,
  where intercepting requests would slow every one. So this is the best that any network could do for them.
- The other pages get the published data, every feature that has a place, the same layers shown at first, the same
  view, no tiles. Every property is in a tooltip and a popup.

A budget that is missed ends the run with 1.
"""

import argparse
import gzip
import json
import os
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from mimetypes import guess_type
from pathlib import Path
from threading import Thread
from typing import Any

import folium
import geopandas as gpd
from playwright.sync_api import Browser, Page

from geo.history.derive import Derived
from geo.inputs.catalog import FOCUS, LayerSpec
from geo.inputs.files import LAYERS_DIR
from geo.outputs.context import Build
from geo.outputs.data import data_files
from geo.outputs.page import render_page
from geo.outputs.style import style_of
from tests.browser.chromium import chromium, chromium_path

OURS, FOLIUM, EXPLORE = "**this project**", "folium, stock", "geopandas explore()"
ROUNDS = 5
CORES = 2
SIZE = {"width": 1280, "height": 800}
PROBE = Path(__file__).with_name("page_probe.js")

# 1 kB is 1000 bytes.
MOST_GZIP_KB = 750
MOST_OF_STOCK = 0.6
LONG_MS = 200
# After which nothing that was set off is still going on.
SETTLED_MS = 1500
MOST_WAIT_MS = 600_000
# A drag across the whole range takes three seconds so.
DAYS_A_FRAME = 7

# What the other pages fetch, as npm has it: of leaflet.awesome-markers it has 2.0.5 where they ask for 2.0.2.
PACKAGES = {
    "leaflet": "1.9.3",
    "jquery": "3.7.1",
    "bootstrap": "5.2.2",
    "leaflet.awesome-markers": "2.0.5",
    "@fortawesome/fontawesome-free": "6.2.0",
}
# Where a CDN keeps a package elsewhere than npm does; the one of npm itself needs no table.
FOLDERS = {
    "code.jquery.com/jquery-3.7.1": "jquery/dist/jquery",
    "cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2": "leaflet.awesome-markers/dist",
}
NPM_CDN = re.compile(r"cdn\.jsdelivr\.net/npm/((?:@[^/]+/)?[^/@]+)@[^/]+/(.+)")
# Styles of icons that these pages do not use. Answered with nothing, which is in favour of the pages that ask.
NOWHERE_IN_NPM = (
    "netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css",
    "cdn.jsdelivr.net/gh/python-visualization/folium/folium/templates/leaflet.awesome.rotate.min.css",
)
FETCHED = re.compile(r'(<(?:script|link)\b[^>]*?\b(?:src|href)=")https?://')


# ---- The pages. ----


@dataclass(frozen=True)
class Drawn:
    """One layer as the other pages get it."""

    title: str
    features: gpd.GeoDataFrame
    shown: bool


def drawn_layers(build: Build) -> Iterator[Drawn]:
    """Yield what is published of every layer on the map."""
    published = {output.name: output.content.decode() for output in data_files(build)}
    for spec in build.layers.catalogue:
        if not spec.classes:
            continue
        file = spec.file if isinstance(spec, LayerSpec) else f"{spec.name}.geojson"
        features = gpd.GeoDataFrame.from_features(json.loads(published[f"data/{file}"])["features"], crs=4326)
        yield Drawn(spec.title, features[features.geometry.notna()].map(_plain), style_of(spec).shown)


def _plain(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def stock_map(derived: Derived) -> folium.Map:
    """Return a map without tiles that opens where ours does."""
    west, south, east, north = derived.layers[FOCUS].total_bounds
    made = folium.Map(tiles=None)
    made.fit_bounds([[south, west], [north, east]])
    return made


def folium_page(drawn: Iterable[Drawn], made: folium.Map) -> str:
    """Return the page that folium's own documentation would lead to."""
    for layer in drawn:
        columns = list(layer.features.columns.drop("geometry"))
        folium.GeoJson(
            layer.features,
            name=layer.title,
            show=layer.shown,
            tooltip=folium.GeoJsonTooltip(columns),
            popup=folium.GeoJsonPopup(columns),
        ).add_to(made)
    return finished(made)


def explore_page(drawn: Iterable[Drawn], made: folium.Map) -> str:
    """Return the page of explore(), called once for every layer."""
    for layer in drawn:
        layer.features.explore(m=made, name=layer.title, show=layer.shown, popup=True)
    return finished(made)


def finished(made: folium.Map) -> str:
    """Return the text of a map that can switch its layers."""
    folium.LayerControl().add_to(made)
    return made.get_root().render()


# ---- The libraries of the other pages, answered from loopback. ----


@dataclass
class Libraries:
    """The files of a CDN, found in a folder that npm made, and what was asked of them."""

    folder: Path
    served: dict[str, bytes] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def answer(self, path: str) -> bytes | None:
        """Return the file of an address without its scheme."""
        if path not in self.served:
            body = b"" if path in NOWHERE_IN_NPM else self._read(path)
            if body is None:
                self.missing.add(path)
                return None
            self.served[path] = body
        return self.served[path]

    def _read(self, path: str) -> bytes | None:
        if found := NPM_CDN.fullmatch(path):
            path = "/".join(found.groups())
        for start, own in FOLDERS.items():
            path = path.replace(start, own)
        file = self.folder / path
        return file.read_bytes() if file.is_file() else None


@contextmanager
def loopback(libraries: Libraries) -> Iterator[str]:
    """Serve the libraries, and lend the address that stands for any ``https://``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or every answer would wait for an acknowledgement

        def do_GET(self) -> None:
            path = self.path.lstrip("/").partition("?")[0]
            body = libraries.answer(path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", guess_type(path)[0] or "application/octet-stream")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def installed(folder: Path | None) -> bool:
    """Return whether the folder has every package in the version that the pages ask for."""

    def found(name: str) -> str | None:
        file = folder / name / "package.json" if folder else None
        return json.loads(file.read_text(encoding="utf-8"))["version"] if file and file.is_file() else None

    return all(found(name) == wanted for name, wanted in PACKAGES.items())


# ---- Opening. ----


@dataclass
class Entry:
    """One page of the comparison, and what was seen of it."""

    name: str
    text: str
    url: str
    drawn_ms: list[float] = field(default_factory=list)
    longest_ms: list[float] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    libraries: dict[str, bytes] = field(default_factory=dict)

    def sizes_kb(self, *, whole: bool) -> tuple[float, float]:
        """Return the size as it is and compressed, without or with the libraries."""
        parts = [self.text.encode(), *(self.libraries.values() if whole else ())]
        packed = [min(len(part), len(gzip.compress(part, 9))) for part in parts]  # a picture only grows
        return sum(map(len, parts)) / 1000, sum(packed) / 1000


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[tuple[Page, list[str]]]:
    """Open a page in a new profile until its first layer is drawn; lend it, and what it asked for, itself included."""
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.add_init_script(path=PROBE)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(url)
        refuse(errors)
        wait_until(page, "pageProbe.drawnAt !== null", every_ms=100)
        page.wait_for_timeout(SETTLED_MS)
        yield page, asked
        refuse(errors)
    finally:
        context.close()


def wait_until(page: Page, expression: str, *, every_ms: int) -> None:
    """Wait for an expression to be true; Playwright's own way is refused by a page that forbids to evaluate texts."""
    for _ in range(MOST_WAIT_MS // every_ms):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(every_ms)
    raise TimeoutError(expression)


def refuse(errors: list[str]) -> None:
    """Stop at the first error of a page: one that does not work would be fast for the wrong reason."""
    if errors:
        raise RuntimeError(errors[0])


def open_once(browser: Browser, entry: Entry, libraries: Libraries) -> None:
    """Open a page once and add what was seen."""
    libraries.served.clear()
    with opened(browser, entry.url) as (page, asked):
        entry.drawn_ms.append(page.evaluate("pageProbe.drawnAt"))
        entry.longest_ms.append(max(tasks_ms(page), default=0))
        entry.requests.append(len(asked) - 1)
    if libraries.missing:
        raise RuntimeError(f"{entry.name} asks for what --libs does not have: {', '.join(sorted(libraries.missing))}")
    entry.libraries = dict(libraries.served)


def tasks_ms(page: Page, since: float = 0) -> list[float]:
    """Return how long each task over 50 ms took."""
    page.wait_for_timeout(300)  # they are reported a little later
    return page.evaluate("since => pageProbe.tasks.filter(t => t.startTime >= since).map(t => t.duration)", since)


# ---- Playing and dragging, ours alone: the others have no dates. ----


@dataclass(frozen=True)
class Run:
    """What happened while one thing was done."""

    name: str
    days: int
    tasks_ms: list[float]
    requests: int  # beyond the file itself

    @property
    def long(self) -> int:
        return sum(task > LONG_MS for task in self.tasks_ms)


def play(page: Page) -> None:
    """Play from the first day to the last."""
    page.evaluate("pageProbe.toFirstDay()")
    page.locator("#dock button.play").click()
    wait_until(page, "pageProbe.isLastDay()", every_ms=1000)


def drag(page: Page) -> None:
    """Drag the slider forth and back."""
    page.evaluate("days => pageProbe.drag(days)", DAYS_A_FRAME)


def show_everything_nearer(page: Page) -> None:
    """Switch every layer on and zoom in, to where more of the names are."""
    boxes = page.locator("#panel .layer input")
    boxes.evaluate_all("boxes => boxes.filter(box => !box.checked).forEach(box => box.click())")
    for _ in range(3):
        page.locator(".leaflet-control-zoom-in").click()
        page.wait_for_timeout(600)  # the next click waits for the animation


ACTS: dict[str, Callable[[Page], None]] = {"playing": play, "dragging": drag}


def run(browser: Browser, url: str, name: str, act: Callable[[Page], None]) -> Run:
    """Do one thing with all layers on, zoomed in, and return what happened meanwhile."""
    with opened(browser, url) as (page, asked):
        show_everything_nearer(page)
        page.wait_for_timeout(SETTLED_MS)  # what the preparing set off is not part of the run
        page.evaluate("pageProbe.countDays()")
        since = page.evaluate("performance.now()")
        act(page)
        done = Run(name, page.evaluate("pageProbe.days"), tasks_ms(page, since), len(asked) - 1)
    if done.days < 2:
        raise RuntimeError(f"{name}: the days did not move")
    return done


# ---- The tables. ----


def table(entries: list[Entry]) -> Iterator[str]:
    """Yield the sizes, the times to the first layer as ratios to stock folium's, and the requests."""
    anchor = statistics.median(next(entry for entry in entries if entry.name == FOLIUM).drawn_ms)
    yield "| page | raw | gzip | with its libraries, raw | first layer drawn | fastest to slowest | requests |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for entry in entries:
        (raw, packed), (with_libraries, _) = (entry.sizes_kb(whole=whole) for whole in (False, True))
        sizes = f"{raw:,.0f} kB | {packed:,.0f} kB | {with_libraries:,.0f} kB"
        ratio, low, high = (value(entry.drawn_ms) / anchor for value in (statistics.median, min, max))
        yield f"| {entry.name} | {sizes} | {ratio:.2f} × | {low:.2f}–{high:.2f} × | {max(entry.requests)} |"


def runs_table(done: list[Run]) -> Iterator[str]:
    """Yield the long tasks of every run."""
    yield f"| this project, while | days shown | tasks over 50 ms | tasks over {LONG_MS} ms | longest task |"
    yield "|---|--:|--:|--:|--:|"
    for one in done:
        longest = f"{max(one.tasks_ms):,.0f} ms" if one.tasks_ms else "under 50 ms"
        counts = f"{one.days:,} | {len(one.tasks_ms)} | {one.long}"
        yield f"| {one.name} | {counts} | {longest} |"


def budgets(entries: list[Entry], done: list[Run]) -> dict[str, bool]:
    """Return which budgets are met."""
    ours, stock = entries[0], next(entry for entry in entries if entry.name == FOLIUM)
    _, gzip_kb = ours.sizes_kb(whole=True)
    ratio = statistics.median(ours.drawn_ms) / statistics.median(stock.drawn_ms)
    return {
        f"the page is at most {MOST_GZIP_KB} kB compressed": gzip_kb <= MOST_GZIP_KB,
        f"its first layer is drawn after at most {MOST_OF_STOCK} of the time of stock folium's": ratio <= MOST_OF_STOCK,
        f"no task over {LONG_MS} ms while days are played or dragged": not any(one.long for one in done),
        "it asks for nothing else": not any([*ours.requests, *(one.requests for one in done)]),
    }


def print_lines(lines: Iterable[str]) -> None:
    """Print a table."""
    print(*lines, sep="\n", end="\n\n", flush=True)


# ---- The command. ----


def on_so_many_cores() -> int:
    """Keep to the cores that the budgets speak of, Chromium too; return how many there are."""
    if not hasattr(os, "sched_setaffinity"):  # only Linux has it
        return os.cpu_count() or 0
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    return len(os.sched_getaffinity(0))


def write_pages(folder: Path, address: str) -> tuple[list[Entry], str]:
    """Write the pages to open; return them, ours first, and what is on them."""
    build = Build.of_folder(LAYERS_DIR)
    drawn = list(drawn_layers(build))
    texts = {
        OURS: render_page(build),
        FOLIUM: folium_page(drawn, stock_map(build.derived)),
        EXPLORE: explore_page(drawn, stock_map(build.derived)),
    }
    entries = []
    for number, (name, text) in enumerate(texts.items()):
        file = folder / f"{number}.html"
        file.write_text(text if name == OURS else FETCHED.sub(rf"\g<1>{address}", text), encoding="utf-8")
        entries.append(Entry(name, text, file.as_uri()))
    return entries, f"{sum(len(layer.features) for layer in drawn):,} features in {len(drawn)} layers"


def measure(libs: Path, rounds: int) -> bool:
    """Print the tables; return whether every budget is met."""
    cores = on_so_many_cores()
    libraries = Libraries(libs)
    with tempfile.TemporaryDirectory() as folder, loopback(libraries) as address, chromium() as browser:
        entries, contents = write_pages(Path(folder), address)
        load = os.getloadavg()[0]
        made_by = f"folium {version('folium')}, geopandas {version('geopandas')}"
        print(f"{contents}; {cores} cores, load {load:.1f} before; Chromium {browser.version}, {made_by}.")
        print(f"Medians of {rounds} rounds in turn, after one that does not count.\n", flush=True)
        if load > cores / 2:
            print("**The machine is busy with something else: do not trust times by the clock.**\n", flush=True)
        for _ in range(rounds + 1):
            for entry in entries:
                open_once(browser, entry, libraries)
        for entry in entries:
            del entry.drawn_ms[0], entry.longest_ms[0]
        print_lines(table(entries))
        done = [run(browser, entries[0].url, name, act) for name, act in ACTS.items()]
        print_lines(runs_table(done))
    found = budgets(entries, done)
    print_lines(f"- {name}: {'met' if met else '**not met**'}" for name, met in found.items())
    print("Playing and dragging happen once each.")
    print(f"Answered with nothing, as npm does not have them: {', '.join(NOWHERE_IN_NPM)}.")
    return all(found.values())


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--libs", type=Path, metavar="NODE_MODULES", help="where the other pages' libraries are")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each page is opened (%(default)s)")
    given = parser.parse_args()
    if not installed(given.libs):
        wanted = " ".join(f"{name}@{version}" for name, version in PACKAGES.items())
        sys.exit(
            f"The other pages' libraries are needed:\n\n    npm install --prefix DIR {wanted}\n\n"
            "and then --libs DIR/node_modules"
        )
    if chromium_path() is None:
        sys.exit("no Chromium on PATH")
    sys.exit(0 if measure(given.libs, given.rounds) else 1)


if __name__ == "__main__":
    main()

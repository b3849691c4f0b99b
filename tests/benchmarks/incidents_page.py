"""A page with incidents beside folium's GeoJson on canvas: size, time to the first layer; and what moving it costs.

    python -m tests.benchmarks.incidents_page --libs NODE_MODULES

The points are synthetic, the seed fixed. folium's page holds them alone, each with a tooltip of the same five columns,
on ``prefer_canvas``; ours holds the whole map besides. How pages are opened is told in `tests.benchmarks.page`.
A goal that is missed ends the run with 1.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
from playwright.sync_api import Browser

from geo.history.classification import Classifier, Places
from geo.inputs.files import LAYERS_DIR, InputFile
from geo.inputs.layers import Layers, read_layers
from geo.outputs.context import Build
from geo.outputs.incident_page import IncidentTable, PageIncidents, WordColumn, page_incidents
from geo.outputs.page import render_page
from tests.benchmarks.page import (
    CORES,
    FETCHED,
    Entry,
    Libraries,
    installed,
    loopback,
    on_so_many_cores,
    open_once,
    opened,
    print_lines,
    tasks_ms,
)
from tests.browser.chromium import chromium

OURS, FOLIUM = "**this project**, the whole map too", "folium, GeoJson on canvas, incidents alone"
BARE = "this project, the map without incidents"
ROWS, MANY_ROWS = 50_000, 200_000
ROUNDS = 5
WANTED = 5  # times smaller, and times sooner
USABLE_MS = 1_000
WEST, SOUTH, EAST, NORTH = 36.0, 35.4, 37.2, 36.3
KINDS = ("air strike", "shelling", "clash", "explosion", "protest")


def synthetic(rows: int) -> IncidentTable:
    """Return points scattered at random over the zone and four years; nothing of it is real."""
    random = np.random.default_rng(20200305)
    first = (date(2017, 5, 4) - date(1970, 1, 1)).days
    kind = WordColumn("kind", random.integers(0, len(KINDS), rows).astype(np.int32), KINDS)
    return IncidentTable(
        InputFile("synthetic.csv", 0, "", rows),
        random.uniform(WEST, EAST, rows),
        random.uniform(SOUTH, NORTH, rows),
        first + random.integers(0, 1_400, rows),
        (kind,),
    )


def our_page(layers: Layers, table: IncidentTable) -> str:
    """Return the page of a build with incidents."""
    own = PageIncidents(table.file, page_incidents(table, Classifier.of(layers)))
    return render_page(replace(Build.of_layers(layers), incidents=own))


def folium_page(layers: Layers, table: IncidentTable) -> str:
    """Return what folium's documentation leads to: circle markers on canvas, each with a tooltip."""
    found = Classifier.of(layers).columns(
        Places(table.lon, table.lat, table.day), ("side", "chainage_km", "nearest_post")
    )
    frame = gpd.GeoDataFrame(
        {
            "date": table.day.astype("datetime64[D]").astype(str),
            "side": _texts(found["side"].codes, found["side"].words),
            "km": np.round(found["chainage_km"], 1),
            "post": _texts(found["nearest_post"].codes, found["nearest_post"].words),
            "kind": _texts(table.words[0].codes, KINDS),
        },
        geometry=gpd.points_from_xy(np.round(table.lon, 5), np.round(table.lat, 5)),
        crs=4326,
    )
    made = folium.Map(tiles=None, prefer_canvas=True)
    made.fit_bounds([[SOUTH, WEST], [NORTH, EAST]])
    columns = list(frame.columns.drop("geometry"))
    marker = folium.CircleMarker(radius=3, weight=0, fill=True, fill_opacity=0.6)
    folium.GeoJson(frame, marker=marker, tooltip=folium.GeoJsonTooltip(columns)).add_to(made)
    return made.get_root().render()


def _texts(codes: np.ndarray, words: tuple[str, ...]) -> list[str]:
    return [words[code] if code >= 0 else "" for code in codes]


def moves(browser: Browser, entry: Entry) -> Iterator[tuple[str, float]]:
    """Yield what is done to our page with all its incidents, and the longest task of it."""
    with opened(browser, entry.url) as (page, _):
        choose = page.locator(".incidents-section select")
        steps = {
            "all dates are chosen": lambda: choose.select_option("all"),
            "the map is dragged": lambda: page.evaluate("void map_reference.panBy([300, 120], { animate: false })"),
            "the map is zoomed in": lambda: page.evaluate("void map_reference.setZoom(12, { animate: false })"),
            "the map is zoomed out": lambda: page.evaluate("void map_reference.setZoom(8, { animate: false })"),
            "another day is chosen": lambda: page.evaluate("M4.setState({ day: '2020-02-01' })"),
        }
        for name, act in steps.items():
            since = page.evaluate("performance.now()")
            act()
            page.wait_for_timeout(1500)
            yield name, max(tasks_ms(page, since), default=0.0)


def table_of(entries: list[Entry]) -> Iterator[str]:
    """Yield sizes and times as ratios to folium's."""
    anchor_kb, anchor_gzip = entries[1].sizes_kb(whole=True)
    anchor_ms = statistics.median(entries[1].drawn_ms)
    yield f"| {ROWS:,} incidents | raw, libraries too | gzip -9 | first layer drawn | requests |"
    yield "|---|--:|--:|--:|--:|"
    for entry in entries:
        raw, packed = entry.sizes_kb(whole=True)
        drawn = statistics.median(entry.drawn_ms) / anchor_ms
        sizes = f"{raw:,.0f} kB ({raw / anchor_kb:.2f} ×) | {packed:,.0f} kB ({packed / anchor_gzip:.2f} ×)"
        yield f"| {entry.name} | {sizes} | {drawn:.2f} × | {max(entry.requests)} |"


def main() -> None:
    """Measure, print, and say which goals are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--libs", type=Path, required=True, help="the node_modules that tests.benchmarks.page asks for")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    if not installed(given.libs):
        parser.error(f"{given.libs} has not the packages that python -m tests.benchmarks.page --help tells")
    cores = on_so_many_cores()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {cores} of {CORES} cores, medians of {given.rounds} rounds in turn\n")
    layers = read_layers(LAYERS_DIR)
    libraries = Libraries(given.libs)
    with tempfile.TemporaryDirectory() as folder, loopback(libraries) as address, chromium() as browser:
        table = synthetic(ROWS)
        texts = {OURS: our_page(layers, table), FOLIUM: folium_page(layers, table)}
        texts[BARE] = render_page(Build.of_layers(layers))
        texts["many"] = our_page(layers, synthetic(MANY_ROWS))
        entries = []
        for number, (name, text) in enumerate(texts.items()):
            file = Path(folder) / f"{number}.html"
            file.write_text(FETCHED.sub(rf"\g<1>{address}", text) if name == FOLIUM else text, encoding="utf-8")
            entries.append(Entry(name, text, file.as_uri()))
        many = entries.pop()
        for _ in range(given.rounds):
            for entry in entries:
                open_once(browser, entry, libraries)
        print_lines(table_of(entries))
        open_once(browser, many, libraries)
        moved = list(moves(browser, many))
    print_lines(
        [
            f"{MANY_ROWS:,} incidents: {many.sizes_kb(whole=True)[0]:,.0f} kB, longest task at opening "
            f"{many.longest_ms[0]:,.0f} ms.",
            *(
                f"While {name}: longest task {ms:,.0f} ms." if ms else f"While {name}: none over 50 ms."
                for name, ms in moved
            ),
        ]
    )
    ours, stock, _ = entries
    met = {
        f"{WANTED} times smaller": WANTED * ours.sizes_kb(whole=True)[0] <= stock.sizes_kb(whole=True)[0],
        f"first layer {WANTED} times sooner": (
            WANTED * statistics.median(ours.drawn_ms) <= statistics.median(stock.drawn_ms)
        ),
        f"{MANY_ROWS:,} usable: no task over {USABLE_MS:,} ms": max(ms for _, ms in moved) <= USABLE_MS,
    }
    print_lines(f"- {goal}: {'met' if is_met else 'MISSED'}" for goal, is_met in met.items())
    sys.exit(not all(met.values()))


if __name__ == "__main__":
    main()

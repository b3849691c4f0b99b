"""Builds side by side: how much processor time each takes, start of Python included.

    python -m tests.benchmarks.build

The anchor is a Python that imports geopandas and folium and does nothing else. Beside the builds, a script makes a
stock folium map of the published data (tests/benchmarks/stock_map.py). Processes run in turn; the table shows
medians of ratios to the anchor of the same round, never seconds, and the peak of memory.

A goal that is missed ends the run with 1.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROUNDS = 9
# What takes much longer than the anchor needs fewer rounds.
ROUNDS_OF_LONG = 3
ANCHOR = "`import geopandas, folium`, no more"
PAGE = "**`python -m geo.build --formats page`**"
STOCK = "a stock folium map of the same layers"
# Of the standard formats, the figures in one language and in all.
LONG = {
    "`python -m geo.build --languages en`": ["--languages", "en"],
    "`python -m geo.build`": [],
}
SHORT = {
    PAGE: ["--formats", "page"],
    "`python -m geo.build --formats page,data`": ["--formats", "page,data"],
    "`python -m geo.build --formats page,data,gpkg,kml`": ["--formats", "page,data,gpkg,kml"],
}
# Of the anchor's processor time, and of the stock map's peak of memory.
MOST_TIME, MOST_MEMORY = 2.2, 1.2


def spent(command: list[str]) -> tuple[float, float]:
    """Return the processor time that a command takes with all its threads (seconds), and its peak of memory (MB)."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return used.ru_utime + used.ru_stime, kilobytes / 1024


def built(options: list[str]) -> tuple[float, float]:
    """Return what a build into a new folder takes."""
    with tempfile.TemporaryDirectory() as folder:
        return spent([sys.executable, "-m", "geo.build", *options, "--out", str(Path(folder) / "map")])


def measured(data: Path) -> dict[str, list[tuple[float, float]]]:
    """Return by name the ratio of processor time to the anchor, and the peak of memory, of each round."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in (ANCHOR, STOCK, *SHORT, *LONG)}
    for number in range(ROUNDS):
        anchor_s, anchor_mb = spent([sys.executable, "-c", "import geopandas, folium"])
        found[ANCHOR].append((1.0, anchor_mb))
        stock_s, stock_mb = spent([sys.executable, "-m", "tests.benchmarks.stock_map", str(data), os.devnull])
        found[STOCK].append((stock_s / anchor_s, stock_mb))
        for name, options in (SHORT | LONG if number < ROUNDS_OF_LONG else SHORT).items():
            seconds, peak_mb = built(options)
            found[name].append((seconds / anchor_s, peak_mb))
    return found


def table(found: dict[str, list[tuple[float, float]]]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| process | processor time | least to most | peak memory |"
    yield "|---|--:|--:|--:|"
    for name, rounds in found.items():
        ratios, peaks = zip(*rounds, strict=True)
        spread = f"{min(ratios):.2f}–{max(ratios):.2f}"
        yield f"| {name} | {statistics.median(ratios):.2f} × | {spread} | {statistics.median(peaks):.0f} MB |"


def main() -> None:
    """Print the table, and whether the goal is met."""
    subprocess.run([sys.executable, "-c", "import geopandas, folium, geo.build"], check=True)  # so that all is compiled
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "map"
        subprocess.run([sys.executable, "-m", "geo.build", "--formats", "data", "--out", str(out)], check=True)
        found = measured(out / "data")
    rounds = f"{ROUNDS} rounds in turn ({ROUNDS_OF_LONG} of the long)"
    print(f"Measured on {datetime.now(UTC):%Y-%m-%d}, medians of {rounds}.\n")
    for row in table(found):
        print(row)
    ratio = statistics.median(ratio for ratio, _ in found[PAGE])
    page_mb, stock_mb = (statistics.median(peak for _, peak in found[name]) for name in (PAGE, STOCK))
    is_met = ratio <= MOST_TIME and page_mb <= MOST_MEMORY * stock_mb
    print(f"\nThe page takes {ratio:.2f} of the anchor's time; at most {MOST_TIME} is wanted.")
    print(f"Its peak is {page_mb / stock_mb:.2f} of the stock map's; at most {MOST_MEMORY} is wanted.")
    sys.exit(0 if is_met else 1)


if __name__ == "__main__":
    main()

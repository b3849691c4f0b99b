"""Incidents side by side: where synthetic points fall, how long it takes and how much memory, beside what others do.

    python -m tests.benchmarks.incidents
    python -m tests.benchmarks.incidents --rows 100000 1000000 10000000 --flat 100000000 --spark
    python -m tests.benchmarks.incidents --rivals-python elsewhere/bin/python

Points are uniform in a box about the corridor, the seed fixed. Every measurement is a process of its own, so that its
peak memory is its own; the rivals take turns, and medians are shown. Times of functions leave out starting Python and
preparing the geometry (given apart); times of the command are whole. DuckDB and SedonaDB are no dependencies: name an
environment that has them (``duckdb==1.5.5 duckdb-extension-spatial==1.5.5 apache-sedona[db] geopandas``).
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

import geo
from geo.inputs.files import CHECKOUT, LAYERS_DIR
from tests.benchmarks.incident_rivals import frame_of, points

HERE = Path(__file__).parent
# Beyond so many rows a rival would run for minutes; it is then left out, and the table says so.
MOST = {"duckdb": 1_000_000, "everything": 1_000_000, "distance": 1_000_000}
SLOW = 1_000_000  # from here on fewer rounds
MEMBERSHIP = {
    "ours": "**this project**",
    "sjoin": "geopandas.sjoin",
    "duckdb": "DuckDB spatial",
    "sedonadb": "SedonaDB",
}
DISTANCE = {"ours_distance": "**this project**", "distance": "GeoSeries.distance (UTM)"}
ALL = {"ours_everything": "**this project**", "everything": "geopandas, column by column"}
OURS = {"ours": ["in_corridor"], "ours_distance": ["distance_m"], "ours_everything": None}


def measure_ours(name, rows):
    """Measure this project in this process: the public function, called as a user calls it, for the second time."""
    frame = frame_of(*points(rows))
    wanted = OURS[name]
    begin = time.perf_counter()
    geo.classify(frame.iloc[:1000], wanted)
    prepared = time.perf_counter() - begin
    start, cpu = time.perf_counter(), time.process_time()
    found = geo.classify(frame, wanted)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    count = int((found["distance_m"].abs() <= 6000).sum() if name == "ours_distance" else found["in_corridor"].sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": peak, "count": count, "prepared": prepared}))


def measured(name, rows, folder, python):
    """Return one measurement, or None where the rival is not installed."""
    if name in OURS:
        command = [sys.executable, "-m", "tests.benchmarks.incidents", "--measure", name, str(rows)]
    else:
        interpreter = python if name in ("duckdb", "sedonadb") else sys.executable
        command = [interpreter, str(HERE / "incident_rivals.py"), name, str(rows), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT)
    if done.returncode:
        print(f"<!-- {name}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'} -->")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def table(title, rivals, anchor, sizes, folder, rounds, python):
    """Print one table: rows a second, ratio to the anchor, and peak memory, by number of rows."""
    print(f"\n### {title}\n")
    print("| rows | method | million rows a second | times the anchor | peak memory |")
    print("|--:|---|--:|--:|--:|")
    for rows in sizes:
        runs = defaultdict(list)
        for _ in range(rounds if rows < SLOW else max(1, rounds - 2)):
            for name in rivals:
                if rows <= MOST.get(name, rows) and (found := measured(name, rows, folder, python)):
                    runs[name].append(found)
        seconds = {name: statistics.median(run["seconds"] for run in found) for name, found in runs.items()}
        for name, label in rivals.items():
            if name not in runs:
                print(f"| {rows:,} | {label} | not measured | | |")
                continue
            ratio = f"{seconds[anchor] / seconds[name]:.1f} ×" if anchor in seconds else ""
            peak = statistics.median(run["peak_mb"] for run in runs[name])
            print(f"| {rows:,} | {label} | {rows / seconds[name] / 1e6:.3g} | {ratio} | {peak:,.0f} MB |", flush=True)
        counts = {run["count"] for found in runs.values() for run in found}
        print(f"<!-- counts in the corridor: {sorted(counts)} -->")


def write_shapes(folder):
    """Write the geometry that the rivals need."""
    import shapely

    from geo.geometry.corridor import corridor
    from geo.geometry.sides import sides
    from geo.history.classification import Classifier
    from geo.inputs.layers import read_layers

    own = Classifier.of(read_layers(LAYERS_DIR))
    area = corridor(own.road, half_width_m=own.half_width_m)
    shapes = {"road": own.road, "corridor": area, **sides(area, own.road)}
    known = {"zones": [], "fronts": [], "posts": []}

    def spans(state):
        ends = [*state.starts[1:].tolist(), state.starts[-1].item() + 4000]
        for begins, end, each in zip(state.starts.tolist(), ends, state.states, strict=True):
            if each is not None:
                days = [date(1970, 1, 1) + timedelta(days=number) for number in (begins, end - 1)]
                yield {"from": days[0].isoformat(), "to": days[1].isoformat()}, each

    for kind, state in (("zones", own.zones), ("fronts", own.fronts)):
        for number, (span, outline) in enumerate(spans(state)):
            name = f"{kind}{number}"
            shapes[name] = outline.area
            precision_m = max(edge.precision_m for edge in outline.edges)
            known[kind].append({**span, "shape": name, "precision_m": precision_m})
    for span, exists in spans(own.posts.exist):
        ids = [id_ for id_, exist in zip(own.posts.ids, exists, strict=True) if exist]
        known["posts"].append({**span, "ids": ids, "positions": own.posts.positions[exists].T.tolist()})
    known["shapes"] = {name: shapely.to_wkt(shape, rounding_precision=10) for name, shape in shapes.items()}
    (folder / "shapes.json").write_text(json.dumps(known))


def write_points(path, rows):
    """Write synthetic points as Parquet, a little at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [("id", pa.int64()), ("latitude", pa.float64()), ("longitude", pa.float64()), ("date", pa.date32())]
    schema = pa.schema(kinds)
    step = 1 << 18
    with pq.ParquetWriter(path, schema) as writer:
        for part, first in enumerate(range(0, rows, step)):
            lon, lat, day = points(min(step, rows - first), part)
            ids = pa.array(np.arange(first, first + len(lon)))
            days = pa.array(day.astype(np.int32)).cast(pa.date32())
            writer.write_table(pa.table([ids, pa.array(lat), pa.array(lon), days], schema=schema))


def command_run(path, out, *options):
    """Return the seconds and the peak memory of one run of the command."""
    start = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        [sys.executable, "-m", "geo.incidents", path, "--out", out, *options],
        cwd=CHECKOUT, stdout=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the command ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def commands(sizes, folder, flat, spark):
    """Print how the command fares on Parquet files, and on Spark beside it."""
    print("\n### The command, Parquet to Parquet, all columns, starting included\n")
    print("| rows | engine | seconds | million rows a second | peak memory of the process |")
    print("|--:|---|--:|--:|--:|")
    for rows in [*sizes, *([flat] if flat else [])]:
        path, out = folder / "points.parquet", folder / "out.parquet"
        write_points(path, rows)
        engines = [("local", ())]
        if spark and rows <= max(sizes):
            engines.append(("Spark local[2]", ("--engine", "spark", "--master", "local[2]")))
        for label, options in engines:
            seconds, peak = command_run(path, out, *options)
            told = f"{peak:,.0f} MB" if not options else "(the driver alone)"
            print(f"| {rows:,} | {label} | {seconds:,.1f} | {rows / seconds / 1e6:.3g} | {told} |", flush=True)


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--flat", type=int, default=0, help="rows of one more run of the command, for its memory")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rivals-python", default=sys.executable)
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--only", nargs="+", choices=["membership", "distance", "all", "command"])
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure_ours(given.measure[0], int(given.measure[1]))
        return
    only = given.only or ["membership", "distance", "all", "command"]
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    print(f"Measured on {today}, {os.cpu_count()} cores, medians of up to {given.rounds} runs in turn.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_shapes(folder)
        rest = (given.rows, folder, given.rounds, given.rivals_python)
        if "membership" in only:
            table("In the corridor or not", MEMBERSHIP, "sjoin", *rest)
        if "distance" in only:
            table("Distance from the road", DISTANCE, "distance", *rest)
        if "all" in only:
            table("All columns", ALL, "everything", *rest)
        if "command" in only:
            commands(given.rows, folder, given.flat, given.spark)


if __name__ == "__main__":
    main()

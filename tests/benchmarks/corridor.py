"""Corridors side by side: how far each strays from 6,000 m, how many vertices it has, how long it takes.

    python -m tests.benchmarks.corridor

The fair rival is plain shapely in the oblique Mercator projection of the road, with more and more segments: what a user
writes in three lines. All are computed of the same line, the corridor stretch of the M4, in one run, several times in
turn; the table in Markdown shows medians. Times are ratios to geopandas' usual buffer, never seconds. Errors are
measured as in the tests: geodesics and a search, no projection (`tests/geometry/oracle.py`). A rival that is not
installed is left out and says so:

- turf needs ``node`` and ``npm`` (it is installed into a temporary folder);
- PostGIS needs a local server (Debian: ``apt-get install postgresql-15-postgis-3``), of which a temporary cluster is
  made that listens on a socket in its own folder only.
"""

import json
import os
import pwd
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from geo.geometry.corridor import corridor
from geo.geometry.geodesic import area_km2
from geo.geometry.projection import oblique_mercator
from geo.history.derive import derive
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_layers
from tests.geometry.oracle import distances_m

HALF_WIDTH_M = 6000.0
ROUNDS = 15
SAMPLES = 6000
ANCHOR = "geopandas default (UTM, 16 segments)"
TURF = "@turf/buffer@7"

# A rival returns its corridor and how long it took, in seconds.
Rival = Callable[[], tuple[Polygon, float]]


def timed(make: Callable[[], Polygon]) -> Rival:
    """Return a rival that runs in this process."""

    def run() -> tuple[Polygon, float]:
        start = time.perf_counter()
        area = make()
        return area, time.perf_counter() - start

    return run


def in_crs(line: LineString, crs: int, segments: int) -> Rival:
    """Return the buffer of geopandas in a CRS; getting there and back is not counted."""
    there = gpd.GeoSeries([line], crs=4326).to_crs(crs)

    def run() -> tuple[Polygon, float]:
        start = time.perf_counter()
        area = there.buffer(HALF_WIDTH_M, quad_segs=segments)
        taken = time.perf_counter() - start
        return area.to_crs(4326).iloc[0], taken

    return run


def in_oblique_mercator(line: LineString, segments: int) -> Rival:
    """Return the buffer of plain shapely in the oblique Mercator projection of the road; all of it is counted.

    This is the fair rival: the projection that the project itself uses, without what it does for the last metre.
    """

    def run() -> tuple[Polygon, float]:
        start = time.perf_counter()
        projection = oblique_mercator.__wrapped__(line)  # computed anew in each round
        area = projection.to_degrees(projection.to_metres(line).buffer(HALF_WIDTH_M, quad_segs=segments))
        return area, time.perf_counter() - start

    return run


def turf(line: LineString, folder: Path, steps: int) -> Rival | None:
    """Return the buffer of turf, run by node; starting node is not counted."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    if not (folder / "node_modules").exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", TURF], cwd=folder, check=True, capture_output=True)
    script = folder / "buffer.mjs"
    script.write_text(
        "import { buffer } from '@turf/buffer';\n"
        "const [line, radius, steps] = JSON.parse(process.argv[2]);\n"
        "const run = () => buffer(line, radius, { units: 'meters', steps });\n"
        "run();\n"
        "const start = performance.now();\n"
        "const area = run();\n"
        "console.log(JSON.stringify([area.geometry, (performance.now() - start) / 1000]));\n"
    )
    argument = json.dumps([json.loads(shapely.to_geojson(line)), HALF_WIDTH_M, steps])

    def run() -> tuple[Polygon, float]:
        done = subprocess.run(["node", script, argument], cwd=folder, check=True, capture_output=True, text=True)
        geometry, taken = json.loads(done.stdout)
        return shapely.from_geojson(json.dumps(geometry)), taken

    return run


@contextmanager
def postgis(folder: Path) -> Iterator[Callable[[str], str] | None]:
    """Lend a function that asks a temporary PostGIS; None where there is none."""
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not tools:
        yield None
        return
    user = []
    if os.geteuid() == 0:  # the server refuses to be run by root
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = ["runuser", "-u", "postgres", "--"]

    def run(tool: str, *arguments: str) -> str:
        done = subprocess.run(
            [*user, tools[-1] / tool, *arguments], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout

    data = str(folder / "data")
    run("initdb", "-D", data, "--auth=trust", "--no-sync")
    subprocess.run(
        [*user, tools[-1] / "pg_ctl", "-D", data, "-w", "-o", f"-k {folder} -c listen_addresses=''", "start"],
        cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        ask = lambda sql: run("psql", "-h", str(folder), "-d", "postgres", "-qAtX", "-c", sql)  # noqa: E731
        try:
            ask("CREATE EXTENSION postgis")
        except subprocess.CalledProcessError:
            yield None
            return
        yield ask
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def in_postgis(line: LineString, ask: Callable[[str], str], segments: int) -> Rival:
    """Return ST_Buffer of a geography; its time is that of the server's own report."""
    ask(f"CREATE TABLE IF NOT EXISTS road AS SELECT 'SRID=4326;{line.wkt}'::geography AS line")
    area = f"ST_Buffer(line, {HALF_WIDTH_M}, 'quad_segs={segments}')::geometry"

    def run() -> tuple[Polygon, float]:
        found = shapely.from_geojson(ask(f"SELECT ST_AsGeoJSON({area}, 12) FROM road"))
        report = json.loads(ask(f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT ST_NPoints({area}) FROM road"))
        return found, report[0]["Execution Time"] / 1000

    return run


def worst_m(area: Polygon, line: LineString) -> float:
    """Return the largest error of the boundary, at its vertices and in the middle of its edges."""
    vertices = np.array(area.exterior.coords)
    points = np.concatenate([vertices[:-1], (vertices[:-1] + vertices[1:]) / 2])
    points = np.random.default_rng(0).permutation(points)[:SAMPLES]
    return float(np.abs(distances_m(line.coords, points) - HALF_WIDTH_M).max())


def table(rivals: dict[str, Rival], line: LineString) -> Iterator[str]:
    """Yield the lines of the table."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    areas: dict[str, Polygon] = {}
    for _ in range(ROUNDS):
        for name, run in rivals.items():
            areas[name], taken = run()
            seconds[name].append(taken)
    exact = area_km2(corridor(line, half_width_m=HALF_WIDTH_M))
    anchor = statistics.median(seconds[ANCHOR])
    yield "| method | worst error | area error | vertices | time |"
    yield "|---|--:|--:|--:|--:|"
    for name, area in areas.items():
        ratio = statistics.median(seconds[name]) / anchor
        share_ppm = (area_km2(area) / exact - 1) * 1e6
        vertices = len(area.exterior.coords)
        yield f"| {name} | {worst_m(area, line):,.4g} m | {share_ppm:+,.0f} ppm | {vertices:,} | {ratio:.1f} × |"


def main() -> None:
    """Print the table."""
    line = derive(read_layers(LAYERS_DIR)).layers["centreline"].geometry.iloc[0]
    with tempfile.TemporaryDirectory() as node, tempfile.TemporaryDirectory() as server, postgis(Path(server)) as ask:
        rivals: dict[str, Rival | None] = {
            "**this project**": timed(lambda: corridor(line, half_width_m=HALF_WIDTH_M)),
            ANCHOR: in_crs(line, 32637, 16),
            "geopandas, UTM, 256 segments": in_crs(line, 32637, 256),
            "geopandas, EPSG:3857": in_crs(line, 3857, 16),
            **{
                f"shapely, oblique Mercator, {segments} segments": in_oblique_mercator(line, segments)
                for segments in (64, 256, 1024)
            },
            "@turf/buffer 7, 8 steps (default)": turf(line, Path(node), 8),
            "@turf/buffer 7, 64 steps": turf(line, Path(node), 64),
            "PostGIS ST_Buffer(geography), 8 segments (default)": in_postgis(line, ask, 8) if ask else None,
            "PostGIS ST_Buffer(geography), 64 segments": in_postgis(line, ask, 64) if ask else None,
        }
        print(f"Measured on {datetime.now(UTC):%Y-%m-%d}, medians of {ROUNDS} runs in turn.\n")
        for row in table({name: run for name, run in rivals.items() if run}, line):
            print(row)
        for name in (name for name, run in rivals.items() if run is None):
            print(f"\nNot installed here, so not measured: {name}.")


if __name__ == "__main__":
    main()

"""What others make of the same synthetic points: one rival, one size, in a process of its own.

    python tests/benchmarks/incident_rivals.py RIVAL ROWS FOLDER

prints the seconds, the peak memory of the process in MB, and a count to compare. It imports nothing of this project, so
it runs in any environment that has the rival; `tests.benchmarks.incidents` writes the folder and starts it.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

SEED, BOX = 20200305, (35.95, 35.55, 37.0, 36.1)
FIRST_DAY, LAST_DAY = 17290, 18650  # 4 May 2017 to 23 January 2021, in days since 1970
METRES = 32637  # UTM 37N, what geopandas users take here


def points(rows, part=0):
    """Return lon, lat and day of synthetic points, uniform in a box about the corridor."""
    rng = np.random.default_rng([SEED, part])
    lon = rng.uniform(BOX[0], BOX[2], rows)
    return lon, rng.uniform(BOX[1], BOX[3], rows), rng.integers(FIRST_DAY, LAST_DAY, rows)


def shapes(folder):
    """Return the geometry that the project wrote for its rivals."""
    import shapely

    known = json.loads((folder / "shapes.json").read_text())
    return {name: shapely.from_wkt(text) for name, text in known["shapes"].items()}, known


def frame_of(lon, lat, day):
    import geopandas as gpd
    import pandas as pd

    dates = pd.to_datetime(day, unit="D")
    return gpd.GeoDataFrame({"date": dates}, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def sjoin(rows, folder):
    """Membership by geopandas.sjoin; the points are made before the clock starts."""
    import geopandas as gpd

    area = gpd.GeoDataFrame(geometry=[shapes(folder)[0]["corridor"]], crs=4326)
    frame = frame_of(*points(rows))
    start = time.perf_counter()
    found = gpd.sjoin(frame, area, predicate="within")
    return time.perf_counter() - start, len(found)


def distance(rows, folder):
    """Distance by GeoSeries.distance, in UTM; getting there is counted."""
    import geopandas as gpd

    road = gpd.GeoSeries([shapes(folder)[0]["road"]], crs=4326).to_crs(METRES).iloc[0]
    frame = frame_of(*points(rows))
    start = time.perf_counter()
    found = frame.geometry.to_crs(METRES).distance(road)
    return time.perf_counter() - start, int((found <= 6000).sum())


def everything(rows, folder):
    """All columns, the way one gets them with geopandas."""
    import geopandas as gpd

    shape, known = shapes(folder)
    frame = frame_of(*points(rows))
    start = time.perf_counter()
    metric = frame.geometry.to_crs(METRES)
    in_metres = {name: gpd.GeoSeries([one], crs=4326).to_crs(METRES).iloc[0] for name, one in shape.items()}
    halves = gpd.GeoDataFrame({"side": ["north", "south"]}, geometry=[shape["north"], shape["south"]], crs=4326)
    joined = gpd.sjoin(frame, halves, predicate="within", how="left")
    frame["side"] = joined["side"][~joined.index.duplicated()]
    frame["in_corridor"] = frame["side"].notna()
    frame["distance_m"] = metric.distance(in_metres["road"])
    frame["chainage_km"] = _located(metric, in_metres["road"])
    frame["in_zone"], frame["uncertain"], frame["held_side"] = False, False, ""
    for zone in known["zones"]:
        rows_ = frame["date"].between(zone["from"], zone["to"])
        frame.loc[rows_, "in_zone"] = frame.geometry[rows_].within(shape[zone["shape"]])
        near = metric[rows_].distance(in_metres[zone["shape"]].exterior) <= zone["precision_m"]
        frame.loc[rows_, "uncertain"] |= near
    for front in known["fronts"]:
        rows_ = frame["date"].between(front["from"], front["to"])
        inside = frame.geometry[rows_].within(shape[front["shape"]])
        frame.loc[rows_, "held_side"] = np.where(inside, "opposition", "")
        near = metric[rows_].distance(in_metres[front["shape"]].exterior) <= front["precision_m"]
        frame.loc[rows_, "uncertain"] |= near
    frame["nearest_post"], frame["post_distance_m"] = "", np.nan
    for era in known["posts"]:
        rows_ = frame["date"].between(era["from"], era["to"])
        if not rows_.any():
            continue
        places = gpd.points_from_xy(*era["positions"])
        posts = gpd.GeoDataFrame({"post": era["ids"]}, geometry=places, crs=4326).to_crs(METRES)
        here = gpd.GeoDataFrame(geometry=metric[rows_])
        found = gpd.sjoin_nearest(here, posts, distance_col="metres")
        found = found[~found.index.duplicated()]
        frame.loc[found.index, "nearest_post"] = found["post"]
        frame.loc[found.index, "post_distance_m"] = found["metres"]
    frame["week"] = frame["date"].dt.strftime("%G-W%V")
    return time.perf_counter() - start, int(frame["in_corridor"].sum())


def _located(points_, line):
    import shapely

    return shapely.line_locate_point(line, points_.to_numpy()) / 1000


def duckdb(rows, folder):
    """Membership by DuckDB's spatial extension."""
    import duckdb as db
    import duckdb_extension_spatial
    import pyarrow as pa

    con = db.connect(config={"allow_unsigned_extensions": "true"})
    where = Path(next(iter(duckdb_extension_spatial.__path__)))
    con.load_extension(str(next(where.rglob("*.duckdb_extension"))))
    lon, lat, _ = points(rows)
    con.register("points", pa.table({"lon": lon, "lat": lat}))
    wkt = shapes(folder)[0]["corridor"].wkt
    con.execute("CREATE TABLE area AS SELECT ST_GeomFromText(?) AS shape", [wkt])
    start = time.perf_counter()
    (found,) = con.execute(
        "SELECT count(*) FROM points, area WHERE ST_Contains(area.shape, ST_Point(points.lon, points.lat))"
    ).fetchone()
    return time.perf_counter() - start, found


def sedonadb(rows, folder):
    """Membership by SedonaDB."""
    import pyarrow as pa
    import sedona.db

    con = sedona.db.connect()
    lon, lat, _ = points(rows)
    con.create_data_frame(pa.table({"lon": lon, "lat": lat})).to_view("points")
    wkt = shapes(folder)[0]["corridor"].wkt
    con.create_data_frame(pa.table({"wkt": [wkt]})).to_view("texts")
    start = time.perf_counter()
    found = con.sql(
        "SELECT count(*) AS n FROM (SELECT ST_Point(lon, lat) AS p FROM points) AS a, "
        "(SELECT ST_GeomFromText(wkt) AS shape FROM texts) AS b WHERE ST_Contains(b.shape, a.p)"
    ).to_arrow_table()
    return time.perf_counter() - start, found["n"][0].as_py()


if __name__ == "__main__":
    name, rows_, folder_ = sys.argv[1:]
    seconds, count = globals()[name](int(rows_), Path(folder_))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "count": count}))

"""The command and `classify`, end to end. All rows are synthetic but those of the optional checks of real files."""

import csv
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from geo.errors import DataError, GeoError, GeometryError
from geo.history.classification import COLUMNS
from geo.incidents import classify, main
from geo.inputs.files import CHECKOUT
from tests.incident_rows import acled, collection, feature, plain

REAL = Path(os.environ.get("INCIDENT_CASES", "")) if os.environ.get("INCIDENT_CASES") else None
LEDGER = re.compile(r"^([\d,]+) rows in = ([\d,]+) classified \+ ([\d,]+) rejected$", re.M)


APP = typer.Typer()
APP.command()(main)


def run(*arguments):
    """Run the command in this process; return its result and the ledger."""
    done = CliRunner().invoke(APP, [str(argument) for argument in arguments])
    found = LEDGER.search(done.stdout)
    return done, tuple(int(number.replace(",", "")) for number in found.groups()) if found else None


@pytest.fixture(autouse=True)
def _sigterm():
    """Restore what the command changes."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_a_table_is_written_beside_its_input_with_all_columns_and_nothing_changed(a_file):
    path = a_file(acled(40))
    done, ledger = run(path)
    assert (done.exit_code, ledger) == (0, (40, 40, 0))
    assert done.stdout.startswith(
        "a.csv: ACLED: position from latitude, longitude; day from event_date; precision from geo_precision\n"
    )
    rows = table(path.with_name("a.incidents.csv"))
    with path.open(newline="") as file:
        before = list(csv.DictReader(file))
    assert [{name: row[name] for name in before[0]} for row in rows] == before
    assert list(rows[0])[-len(COLUMNS) :] == list(COLUMNS)
    assert {row["side"] for row in rows} <= {"north", "south"}


def test_bad_rows_go_to_the_rejects_with_row_and_reason_and_the_ledger_balances(a_file):
    content = plain(20).encode().splitlines(keepends=True)
    bad = {
        3: (b"x,,36.5,2020-01-01,n\n", "no coordinate"),
        5: (b"x,36.6,35.7,2020-01-01,n\n", "latitude and longitude swapped"),
        7: (b"x,95,200,2020-01-01,n\n", "coordinate out of range"),
        9: (b"x,35.8,36.5,2020-31-12,n\n", "bad date"),
        11: (b"x,35.8,36.5,2020-01-01\n", "wrong column count: 4 instead of 5"),
        13: (b"x,35.8,36.5,2020-01-01,\xff\n", "encoding: not UTF-8, or a NUL character"),
        15: (
            b'x,35.8,36.5,2020-01-01,"open\nx,35.8,36.5,2020-01-01,"n"\n',
            "a quote that is not closed: the row spans",
        ),
        19: (b"=x,35;8,36.5,2020-01-01,n\n", "coordinate is not a number"),
    }
    for row, (line, _) in bad.items():
        content[row] = line
    path = a_file(b"".join(content))
    done, ledger = run(path, "--out", path.with_name("out.csv"))
    assert (done.exit_code, ledger) == (0, (20, 12, 8)), done.stderr
    found = {int(row["row"]): row for row in table(path.with_name("out.csv.rejects.csv"))}
    assert list(found) == list(bad)
    assert all(found[row]["reason"].startswith(reason) for row, (_, reason) in bad.items())
    assert {row["file"] for row in found.values()} == {"a.csv"}
    assert (found[9]["found"], found[11]["found"]) == ("2020-31-12", "x,35.8,36.5,2020-01-01")


@pytest.mark.parametrize(
    "every_pair", [False, pytest.param(True, marks=pytest.mark.longer)], ids=["each", "every pair"]
)
def test_all_formats_in_and_out_give_the_same_answers(a_file, tmp_path, every_pair):
    path = a_file(plain(200))
    frame = pd.read_csv(path)
    points = gpd.GeoDataFrame(
        frame.drop(columns=["lat", "lon"]), geometry=gpd.points_from_xy(frame.lon, frame.lat), crs=4326
    )
    frame.to_parquet(tmp_path / "b.parquet")
    points.to_parquet(tmp_path / "c.parquet")
    (tmp_path / "d.geojson").write_text(points.to_json(drop_id=True))
    (tmp_path / "e.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    expected = None
    for source in (path, *(tmp_path / name for name in ("b.parquet", "c.parquet", "d.geojson", "e.csv.gz"))):
        for kind in ("csv", "parquet", "geojson") if every_pair or source == path else ("parquet",):
            out = tmp_path / f"{source.name}.out.{kind}"
            done, ledger = run(source, "--out", out)
            assert (done.exit_code, ledger) == (0, (200, 200, 0)), done.stderr
            found = answers(out)
            expected = expected or found
            assert found == expected, out
    assert gpd.read_parquet(tmp_path / "c.parquet.out.parquet").geometry.geom_equals(points.geometry).all()


def answers(path):
    """Return the added columns of a table as texts."""
    if path.suffix == ".parquet":
        rows = pq.read_table(path).select(list(COLUMNS)).to_pylist()
    elif path.suffix == ".geojson":
        rows = [feature["properties"] for feature in json.loads(path.read_text())["features"]]
    else:
        rows = table(path)
    return [[plain_text(row[name]) for name in COLUMNS] for row in rows]


def plain_text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return f"{float(value):.6f}"
    except ValueError:
        return value


def test_columns_can_be_named_and_formats_chosen(a_file, tmp_path):
    path = a_file("place_y;place_x;when;what\n35.815;36.609;2020-03-15;synthetic\n")
    done, ledger = run(
        path, "--columns", "lat=place_y,lon=place_x,date=when", "--format", "geojson", "--out", tmp_path / "o"
    )
    assert (done.exit_code, ledger) == (0, (1, 1, 0)), done.stderr
    (feature,) = json.loads((tmp_path / "o").read_text())["features"]
    assert feature["geometry"]["coordinates"] == [36.609, 35.815]
    assert (feature["properties"]["in_corridor"], feature["properties"]["week"]) == (True, "2020-W11")


def test_the_summary_counts_every_row_once_and_is_drawn(a_file, tmp_path):
    path = a_file(plain(300))
    done, ledger = run(path, "--summary", tmp_path / "s.csv")
    assert (done.exit_code, ledger) == (0, (300, 300, 0)), done.stderr
    rows, counts = table(path.with_name("a.incidents.csv")), table(tmp_path / "s.csv")
    assert sum(int(row["rows"]) for row in counts) == 300
    for name in ("in_corridor", "in_zone"):
        assert sum(int(row[name]) for row in counts) == sum(row[name] == "true" for row in rows)
    assert (tmp_path / "s.svg").read_text().startswith("<?xml")


def test_formulas_do_not_reach_a_spreadsheet_and_numbers_stay_numbers(a_file):
    path = a_file('lat,lon,note\n35.8,36.5,"=HYPERLINK(""x"")"\n35.8,36.5,-12.5\n')
    run(path)
    assert [row["note"] for row in table(path.with_name("a.incidents.csv"))] == ['\'=HYPERLINK("x")', "-12.5"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["none.csv"], 74, "cannot be read: No such file"),
        (["a.csv", "--dates", "dmy"], 2, "day-first, month-first"),
        (["f.csv"], 1, "f.csv: nothing was classified: 2 rows in = 0 classified + 2 rejected: bad date (1), no coordi"),
        (["g.csv"], 1, "g.csv: nothing was classified: 0 rows in"),
        (["h.csv"], 1, "h.csv: date: '3/6/2020' may be day first or month first: say which: --dates day-first or"),
        (["i.csv"], 1, "both day first (13/3/2020) and month first (3/13/2020)"),
        (["j.json"], 1, "neither GeoJSON nor rows of ACLED or UCDP"),
        (["a.csv", "--format", "xlsx"], 2, "csv, parquet, geojson"),
        (["a.csv", "--columns", "latitude"], 2, "lat=COLUMN"),
        (["a.csv", "--engine", "dask"], 2, "local, spark"),
        (["a.csv", "--master", "local[2]"], 2, "only for --engine spark"),
        (["a.csv", "--columns", "lat=y,lon=x"], 1, "no column is called 'y'"),
        (["a.csv", "b.csv"], 1, "not the columns of a.csv"),
        (["a.csv", "--out", "none/o.csv"], 74, "cannot be written: no folder none"),
        (["c.csv"], 1, "a column 'side' already exists"),
        (["d.parquet"], 1, "d.parquet: format: "),
        (["e.geojson"], 1, "e.geojson: JSON: "),
    ],
)
def test_refusals_are_one_plain_line_with_the_right_exit_code(a_file, tmp_path, monkeypatch, arguments, code, told):
    monkeypatch.chdir(tmp_path)
    a_file(plain(3))
    a_file("lat,lon\n1,2\n", "b.csv")
    a_file("lat,lon,side\n35.8,36.5,north\n", "c.csv")
    a_file(b"PAR1 broken", "d.parquet")
    a_file('{"type": "FeatureCollection", "features": [{"type": "Feature"', "e.geojson")
    a_file("lat,lon,date\n35.8,36.5,never\n,,2020-03-06\n", "f.csv")
    a_file("lat,lon,date\n", "g.csv")
    a_file("lat,lon,date\n35.8,36.5,3/6/2020\n", "h.csv")
    a_file("lat,lon,date\n35.8,36.5,13/3/2020\n35.8,36.5,3/13/2020\n", "i.csv")
    a_file('{"status": 403, "data": "Access denied"}', "j.json")
    before = sorted(tmp_path.iterdir())
    done, _ = run(*arguments)
    assert (done.exit_code, done.exception is None or isinstance(done.exception, SystemExit)) == (code, True)
    assert told in " ".join(done.stderr.replace("│", " ").split())
    if code != 2:  # typer also prints how the command is used
        assert len(done.stderr.splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (signal.SIGINT, 130),
        pytest.param(signal.SIGTERM, 130, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, -9, marks=pytest.mark.slow),
    ],
)
def test_whatever_ends_a_run_there_is_no_half_table_and_the_next_run_sweeps(tmp_path, how, code):
    path, out = tmp_path / "a.csv", tmp_path / "out.csv"
    path.write_text(plain(1) + plain(2000).partition("\n")[2] * 400)
    out.write_text("old\n")
    process = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
         "import runpy, sys; sys.argv = ['x', *sys.argv[1:]]; runpy.run_module('geo.incidents', run_name='__main__')",
         path, "--out", out],
        cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not any(part.stat().st_size > 100_000 for part in tmp_path.glob(".out.csv.*.tmp")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(how)
    _, told = process.communicate(timeout=60)
    assert process.returncode == code, told
    assert out.read_text() == "old\n"
    if how != signal.SIGKILL:
        assert sorted(one.name for one in tmp_path.iterdir()) == ["a.csv", "out.csv"]
        assert told.splitlines()[-1].endswith("stopped; nothing was written there")
    path.write_text(plain(3))
    assert run(path, "--out", out)[1] == (3, 3, 0)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.csv", "out.csv"]


# ---- What tables of other programs contain ----

IN_ZONE = {"lat": 35.82, "lon": 36.6}


def weeks(path, *options):
    """Classify a table; return the week of each row."""
    out = path.with_name("out.csv")
    done, _ = run(path, "--out", out, *options)
    assert done.exit_code == 0, done.stderr
    return [row["week"] for row in table(out)]


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        (["3/6/2020", "3/13/2020"], ["2020-W10", "2020-W11"]),
        (["3/6/2020"] * 70_000 + ["3/13/2020"], ["2020-W10"] * 70_000 + ["2020-W11"]),
        (["6.3.2020", "13.3.2020"], ["2020-W10", "2020-W11"]),
    ],
    ids=["month first", "shown by the last row", "day first"],
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_dates_are_read_in_the_order_that_one_row_of_the_file_shows(tmp_path, dates, found, kind):
    frame = pd.DataFrame({**IN_ZONE, "event_date": dates, "sub_event_type": "x"})
    path = tmp_path / f"a.{kind}"
    frame.to_parquet(path) if kind == "parquet" else frame.to_csv(path, index=False)
    assert weeks(path) == found
    assert classify(frame, ["week"])["week"].tolist() == found


def test_the_order_of_dates_can_be_named_and_rows_in_the_other_order_are_rejected(a_file):
    path = a_file("lat,lon,date\n35.8,36.5,3/6/2020\n35.8,36.5,13/3/2020\n35.8,36.5,3/13/2020\n")
    assert weeks(path, "--dates", "month-first") == ["2020-W10", "2020-W11"]
    assert table(path.with_name("out.csv.rejects.csv"))[0]["found"] == "13/3/2020"
    assert weeks(path, "--dates", "day-first") == ["2020-W23", "2020-W11"]
    frame = pd.DataFrame({**IN_ZONE, "date": ["3/6/2020", "13/3/2020", "3/13/2020"]})
    with pytest.warns(UserWarning, match=r"^1 of 3 rows get no answers: bad date \(1\)$"):
        found = classify(frame, ["week", "in_corridor"], dates="month-first")
    assert found["week"].astype(object).where(found["week"].notna(), None).tolist() == ["2020-W10", None, "2020-W11"]
    assert found["in_corridor"].isna().tolist() == [False, True, False]
    with pytest.raises(DataError, match="both day first"):
        classify(frame)
    with pytest.raises(DataError, match="may be day first or month first"):
        classify(frame.head(1))
    with pytest.raises(GeoError, match="dates='dmy' is not one of day-first, month-first"):
        classify(frame, dates="dmy")


def test_rows_without_a_day_are_classified_and_the_summary_counts_them_as_undated(a_file, tmp_path):
    path = a_file("lat,lon,date\n35.82,36.6,2020-03-06\n35.82,36.6,\n35.82,36.6, \n35.82,36.6,never\n")
    done, ledger = run(path, "--out", tmp_path / "out.csv", "--summary", tmp_path / "s.csv")
    assert (done.exit_code, ledger) == (0, (4, 3, 1))
    rows = table(tmp_path / "out.csv")
    assert [row["in_corridor"] for row in rows] == ["true"] * 3
    assert [(row["week"], row["held_side"], row["nearest_post"]) for row in rows[1:]] == [("", "", "")] * 2
    counts = {row["week"]: row for row in table(tmp_path / "s.csv")}
    assert (counts["2020-W10"]["rows"], counts["undated"]["rows"], counts["undated"]["in_corridor"]) == ("1", "2", "2")
    frame = pd.DataFrame({**IN_ZONE, "date": pd.to_datetime(["2020-03-06", None])})
    found = classify(frame)
    assert found["in_corridor"].tolist() == [True, True]
    assert found[["week", "held_side", "nearest_post", "post_distance_m"]].isna().all(axis=1).tolist() == [False, True]


@pytest.mark.parametrize("date", ["", "2024-05-01", "2025-12-31", "2026-07-01", "2010-01-01"])
def test_the_zone_is_empty_where_the_day_is_not_known_or_outside_the_period(a_file, date):
    path = a_file(f"lat,lon,date\n35.82,36.6,2020-03-06\n35.82,36.6,{date}\n")
    weeks(path)
    assert [row["in_zone"] for row in table(path.with_name("out.csv"))] == ["true", ""]
    found = classify(pd.DataFrame({**IN_ZONE, "date": ["2020-03-06", date]}), ["in_zone"])["in_zone"]
    assert (found[0], found.isna().tolist()) == (True, [False, True])


@pytest.mark.parametrize(
    ("text", "moment", "week"),
    [
        ("2020-03-02 00:30:00+02:00", pd.Timestamp("2020-03-02 00:30", tz="+02:00"), "2020-W10"),
        ("2020-03-01T22:30Z", pd.Timestamp("2020-03-01 22:30", tz="UTC"), "2020-W10"),
        ("2020-03-01T21:30Z", pd.Timestamp("2020-03-01 21:30", tz="UTC"), "2020-W09"),
        ("2020-03-01 23:59", pd.Timestamp("2020-03-01 23:59"), "2020-W09"),
    ],
)
def test_the_day_of_a_time_is_the_same_in_every_format(a_file, tmp_path, text, moment, week):
    assert weeks(a_file(f"lat,lon,date\n35.82,36.6,{text}\n")) == [week]
    frame = pd.DataFrame({**IN_ZONE, "date": [moment]})
    frame.to_parquet(tmp_path / "a.parquet")
    assert weeks(tmp_path / "a.parquet") == [week]
    assert weeks(a_file(collection(feature(36.6, 35.82, date=text)), "a.geojson")) == [week]
    assert classify(frame, ["week"])["week"].tolist() == [week]


def test_a_fire_at_23_utc_belongs_to_the_next_day_in_syria(a_file):
    path = a_file(
        "latitude,longitude,acq_date,acq_time,frp\n35.82,36.6,2020-03-08,2300,1\n35.82,36.6,2020-03-08,2100,1\n"
    )
    assert weeks(path) == ["2020-W11", "2020-W10"]
    found = classify(pd.read_csv(path, parse_dates=["acq_date"]), ["week"])
    assert found["week"].tolist() == ["2020-W11", "2020-W10"]


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("acled.json", '{"status": 200, "data": [{"event_id_cnty": "S", "event_date": "2020-03-06", '
         '"latitude": "35.82", "longitude": "36.6", "geo_precision": "1"}]}', ["2020-W10"]),
        ("ucdp.json", '{"TotalCount": 1, "Result": [{"id": 1, "type_of_violence": 1, "where_prec": 1, '
         '"date_start": "2020-03-06T00:00:00", "latitude": 35.82, "longitude": 36.6}]}', ["2020-W10"]),
        ("sep.csv", "sep=;\nlatitude;longitude;date\n35.82;36.60;2020-03-06\n", ["2020-W10"]),
        ("gdal.csv", "event_date,latitude,longitude\n2020/03/06,35.82,36.6\n", ["2020-W10"]),
        ("decimal.csv", "lat;lon;date\n35,82;36,60;2020-03-06\n35,8;36,6;2020-03-13\n", ["2020-W10", "2020-W11"]),
        ("american.csv", "lat,lon,date\n35.82,36.6,3/6/2020 12:00:00 AM\n35.82,36.6,3/13/2020 1:05:00 PM\n",
         ["2020-W10", "2020-W11"]),
        ("r.csv", '"lat","lon","date"\n35.82,36.6,"2020-03-06"\n35.82,36.6,NA\n', ["2020-W10", ""]),
        ("hxl.csv", "lat,lon,date\n#geo+lat,#geo+lon,#date\n35.82,36.6,2020-03-06\n", ["2020-W10"]),
        ("boms.csv", "\ufeff\ufeffYear's events\nLatitude,Longitude,Date\n35.82,36.6,2020-03-06\n", ["2020-W10"]),
    ],
)  # fmt: skip
def test_files_as_other_programs_write_them_are_classified(a_file, name, content, found):
    assert weeks(a_file(content, name)) == found


def test_several_tables_of_the_same_columns_are_written_as_one(a_file, tmp_path):
    paths = [a_file(plain(count, seed=count), f"{count}.csv") for count in (20, 30)]
    done, ledger = run(*paths, "--out", tmp_path / "out.parquet")
    assert (done.exit_code, ledger) == (0, (50, 50, 0)), done.stderr
    assert [row["id"] for row in pq.read_table(tmp_path / "out.parquet").to_pylist()] == [
        str(number) for count in (20, 30) for number in range(count)
    ]


# ---- Frames ----


def frame(count=100):
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "latitude": rng.uniform(35.5, 36.0, count),
            "longitude": rng.uniform(36.1, 37.0, count),
            "date": pd.to_datetime("2018-01-01") + pd.to_timedelta(rng.integers(0, 900, count), "D"),
        },
        index=np.arange(count) * 7,
    )


def test_a_frame_keeps_its_rows_and_index_and_gains_the_columns():
    before = frame()
    after = classify(before)
    assert list(after.columns) == [*before.columns, *COLUMNS]
    assert after.index.equals(before.index)
    assert list(before.columns) == ["latitude", "longitude", "date"]
    assert (after["distance_m"].abs() <= 6000).equals(after["in_corridor"].astype(bool))
    assert (after["week"].astype(str) == before["date"].dt.strftime("%G-W%V")).all()


def test_only_the_columns_asked_for_are_added_and_equal_those_of_all():
    whole = classify(frame())
    for name in COLUMNS:
        one = classify(frame(), [name])
        assert list(one.columns)[3:] == [name]
        assert (
            one[name]
            .astype(object)
            .where(one[name].notna(), None)
            .equals(whole[name].astype(object).where(whole[name].notna(), None))
        )


def test_rows_without_a_usable_position_get_no_answers():
    rows = frame(4)
    rows.loc[0, "latitude"] = np.nan
    with pytest.warns(UserWarning, match=r"^1 of 4 rows get no answers: no coordinate \(1\)$") as warned:
        found = classify(rows)
    assert warned[0].filename == __file__
    assert found.loc[0, list(COLUMNS)].isna().all()
    assert found["in_corridor"].notna().tolist() == [False, True, True, True]


@pytest.mark.parametrize(
    ("column", "cells", "reason"),
    [
        ("date", [20200306, 20200307], "bad date (2)"),
        ("date", pd.PeriodIndex(["2020-03", "2020-04"], freq="M"), "bad date (2)"),
        ("latitude", ["here", "there"], "coordinate is not a number (2)"),
        ("latitude", [3966000.0, None], "coordinate out of range (1), no coordinate (1)"),
    ],
)
def test_a_frame_of_which_nothing_can_be_classified_is_refused_with_the_reasons(column, cells, reason):
    with pytest.raises(GeoError) as refused:
        classify(frame(2).assign(**{column: cells}))
    assert str(refused.value) == f"frame: nothing was classified: {reason}"
    assert len(classify(frame(0))) == 0


def test_periods_of_a_day_are_days():
    days = pd.PeriodIndex(["2020-03-06", "2020-03-13"], freq="D")
    assert classify(frame(2).assign(date=days), ["week"])["week"].tolist() == ["2020-W10", "2020-W11"]


def test_points_of_a_geodataframe_and_named_columns_give_the_same():
    rows = frame()
    points = gpd.GeoDataFrame(rows[["date"]], geometry=gpd.points_from_xy(rows.longitude, rows.latitude), crs=4326)
    named = rows.rename(columns={"latitude": "y", "longitude": "x", "date": "when"})
    expected = classify(rows)[list(COLUMNS)]
    pd.testing.assert_frame_equal(classify(points)[list(COLUMNS)], expected)
    pd.testing.assert_frame_equal(classify(named, lat="y", lon="x", date="when")[list(COLUMNS)], expected)


@pytest.mark.parametrize("epsg", [32637, 4230], ids=["UTM", "ED50"])
def test_points_in_any_crs_are_transformed_and_kept_as_they_are(epsg):
    rows = frame()
    points = gpd.GeoDataFrame(rows[["date"]], geometry=gpd.points_from_xy(rows.longitude, rows.latitude), crs=4326)
    metres = points.to_crs(epsg)
    found = classify(metres)
    assert found.crs == f"EPSG:{epsg}"
    assert found.geometry.geom_equals(metres.geometry).all()
    pd.testing.assert_frame_equal(found[list(COLUMNS)], classify(points)[list(COLUMNS)], atol=1e-3)


def test_points_without_a_crs_are_refused_where_they_count():
    rows = frame()
    points = gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows.longitude, rows.latitude))
    assert classify(points, ["in_corridor"])["in_corridor"].notna().all()  # by latitude and longitude
    with pytest.raises(GeometryError, match=r"frame: no CRS; set it with \.set_crs"):
        classify(points[["date", "geometry"]])


def test_cells_of_several_types_are_read_as_those_of_a_csv():
    rows = pd.DataFrame(
        {
            "latitude": [35.82, "35.82", "here", None],
            "longitude": 36.6,
            "date": ["2020-03-06", pd.Timestamp("2020-03-06"), "2020-03-06", "2020-03-06"],
        }
    )
    with pytest.warns(UserWarning, match="2 of 4 rows get no answers"):
        found = classify(rows, ["distance_m", "week"])
    assert found["distance_m"].tolist()[:2] == pytest.approx([533.269] * 2, abs=0.01)
    assert found["week"].tolist()[:2] == ["2020-W10"] * 2
    assert found["distance_m"].isna().tolist() == [False, False, True, True]
    assert found["latitude"].tolist() == rows["latitude"].tolist()


def test_frames_joined_of_several_are_classified_whole():
    halves = [frame().assign(date="2020-03-06").iloc[part] for part in (slice(0, 7), slice(7, None))]
    found = classify(pd.concat(halves))
    pd.testing.assert_frame_equal(found, classify(frame().assign(date="2020-03-06")))


def test_what_cannot_be_classified_is_refused_with_what_to_do():
    with pytest.raises(DataError, match="--columns"):
        classify(pd.DataFrame({"a": [1]}))
    with pytest.raises(GeoError, match="no column is called 'where'"):
        classify(frame(), ["where"])
    with pytest.raises(DataError, match="a column 'side' already exists"):
        classify(frame().assign(side="north"))
    with pytest.raises(DataError, match="two columns are called 'latitude'"):
        classify(pd.concat([frame(), frame()[["latitude"]]], axis=1))
    points = gpd.GeoSeries.from_xy([36.6], [35.82], crs=4326)
    for other, told in (([1], "not a list"), ({"lat": [1]}, "not a dict"), (points, r"not a GeoSeries; .*to_frame")):
        with pytest.raises(GeoError, match=told):
            classify(other)


# ---- Real files, which are no part of the repository ----


@pytest.mark.skipif(REAL is None or not REAL.is_dir(), reason="INCIDENT_CASES names no folder of real files")
def test_real_files_are_classified_whole_without_options(tmp_path):
    for path in sorted(REAL.iterdir()):
        out = tmp_path / f"{path.name}.parquet"
        done, ledger = run(path, "--out", out)
        kind = "FIRMS" if path.name.startswith("firms") else "UCDP GED"
        assert f"{path.name}: {kind}: " in done.stdout
        assert (done.exit_code, ledger[2]) == (0, 0), done.stderr
        assert pq.read_metadata(out).num_rows == ledger[0]

"""The public functions with frames: results on the same index, in EPSG:4326, equal to those of bare geometries."""

import ast
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiPolygon, Point, box

import geo
from geo.errors import GeometryError

EAST = LineString([(36.1, 35.8), (36.4, 35.82), (36.7, 35.8)])
NORTH = LineString([(36.6, 35.5), (36.62, 35.9)])
BACK = LineString([(36.7, 35.8003), (36.4, 35.8203), (36.1, 35.8003)])
UTM = "EPSG:32637"
# A coordinate that went to UTM and back moves by nanometres, and the vertices of arcs with it.
SAME_DEG2 = 1e-9
NOT_GEOREFERENCED = (
    'ENGCRS["site",EDATUM["a nail"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'
)


@pytest.fixture
def roads():
    return gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[EAST, NORTH], crs=4326, index=[7, 3])


@pytest.fixture
def road(roads):
    return roads.iloc[[0]]


@pytest.fixture
def points():
    shapes = [Point(36.2, 35.9), None, Point(), Point(36.3, 35.7)]
    return gpd.GeoSeries(shapes, crs=4326, index=["a", "b", "b", "c"])


def same(found, expected):
    return found.symmetric_difference(expected).area < SAME_DEG2


def test_the_corridors_of_a_frame_keep_its_index_columns_and_geometry_column(roads):
    found = geo.corridor(roads.rename_geometry("way"), half_width_m=2000)
    assert (list(found.columns), found.active_geometry_name) == (["name", "way", "side"], "way")
    assert (found.index.tolist(), found["side"].tolist(), found.crs) == ([7, 3], ["both", "both"], "EPSG:4326")
    for line, area in zip((EAST, NORTH), found["way"], strict=True):
        assert area.equals(geo.corridor(line, half_width_m=2000))
    assert roads.geometry.tolist() == [EAST, NORTH]
    assert "side" not in roads
    series = geo.corridor(roads.geometry, half_width_m=2000)
    assert list(series.columns) == ["geometry", "side"]
    assert series.geometry.geom_equals(found["way"]).all()


def test_corridors_by_side_repeat_the_index(roads):
    found = geo.corridor(roads, by_side=True, half_width_m=6000)
    assert found.index.tolist() == [7, 7, 3, 3]
    assert found["side"].tolist() == ["north", "south", "east", "west"]
    assert found["name"].tolist() == ["a", "a", "b", "b"]
    halves = geo.corridor(EAST, by_side=True, half_width_m=6000)
    assert list(halves) == ["north", "south"]
    for area, half in zip(found.geometry, halves.values(), strict=False):
        assert area.equals(half)
    assert geo.sides(geo.corridor(EAST, half_width_m=6000), roads.iloc[[0]])["north"].equals(halves["north"])


def test_a_row_without_a_road_has_no_corridor_and_no_side():
    lines = gpd.GeoSeries([None, EAST, LineString()], crs=4326)
    assert geo.corridor(lines, half_width_m=6000)["side"].tolist() == [None, "both", None]
    found = geo.corridor(lines, by_side=True, half_width_m=6000)
    assert found.index.tolist() == [0, 1, 1, 2]
    assert found.geometry.isna().tolist() == [True, False, False, True]


def test_sides_of_a_frame_are_two_rows_for_each_of_its_rows(road):
    areas = pd.concat([geo.corridor(road, half_width_m=6000), geo.corridor(road, half_width_m=2000)])
    found = geo.sides(areas, road)
    assert found["side"].tolist() == ["north", "south", "north", "south"]
    assert found.index.tolist() == [7, 7, 7, 7]
    assert found.geometry.iloc[0].equals(geo.sides(geo.corridor(EAST, half_width_m=6000), EAST)["north"])


def test_chainages_of_a_frame_are_on_its_index_and_missing_where_the_place_is(road, points):
    found = geo.chainage(road, points)
    assert type(found) is pd.DataFrame
    assert list(found.columns) == ["along_m", "offset_m"]
    assert found.index.tolist() == ["a", "b", "b", "c"]
    assert found["along_m"].isna().tolist() == [False, True, True, False]
    expected = geo.chainage(EAST, [points.iloc[0], points.iloc[3]])
    assert found["along_m"].dropna().tolist() == expected.along_m.tolist()
    assert found["offset_m"].dropna().tolist() == expected.offset_m.tolist()
    assert geo.chainage(EAST, points.iloc[1:3]).isna().all(axis=None)
    assert geo.chainage(EAST, points.iloc[:0]).shape == (0, 2)


def test_a_section_is_of_the_kind_of_its_line(road):
    expected = geo.section(EAST, 1000, 5000)
    frame, series = geo.section(road, 1000, 5000), geo.section(road.geometry, 1000, 5000)
    assert (frame["name"].tolist(), frame.index.tolist(), frame.crs) == (["a"], [7], "EPSG:4326")
    assert (type(series), series.index.tolist(), series.crs) == (gpd.GeoSeries, [7], "EPSG:4326")
    assert frame.geometry.iloc[0].equals(expected)
    assert series.iloc[0].equals(expected)


def test_the_centreline_of_a_frame_is_one_row_of_its_kind():
    ways = gpd.GeoDataFrame({"name": ["there", "back"]}, geometry=[EAST, BACK], crs=4326, index=[4, 5])
    frame, series = geo.centreline(ways), geo.centreline(ways.geometry)
    assert (type(frame), frame.shape, frame.crs) == (gpd.GeoDataFrame, (1, 1), "EPSG:4326")
    assert (type(series), len(series), series.crs) == (gpd.GeoSeries, 1, "EPSG:4326")
    assert frame.geometry.iloc[0].equals(geo.centreline([EAST, BACK]))
    assert series.iloc[0].equals(geo.centreline([EAST, BACK]))


def test_bands_of_a_frame_are_of_its_kind_and_keep_its_index(road):
    square = box(36.2, 35.5, 36.5, 36.0)
    areas = gpd.GeoDataFrame({"name": ["z", "none"]}, geometry=[square, None], crs=4326, index=[7, 8])
    found = geo.band(areas, road, depth_m=15_000)
    expected = geo.band(square, EAST, depth_m=15_000)
    assert (found["name"].tolist(), found.index.tolist(), found.crs) == (["z", "none"], [7, 8], "EPSG:4326")
    assert found.geometry.iloc[0].equals(expected)
    assert found.geometry.iloc[1] is None
    assert geo.band(areas.geometry, EAST, depth_m=15_000).iloc[0].equals(expected)


def test_what_is_computed_from_a_layer_does_not_pass_for_the_layer():
    way = geo.read_layer("m4").iloc[[0]]
    assert way.attrs["layer"] == "m4"
    assert geo.section(way, 0, 100).attrs == geo.corridor(way, half_width_m=6000).attrs == {}
    assert way.attrs["layer"] == "m4"


# ---- Coordinate reference systems ----


def test_projected_frames_give_what_the_same_frames_give_in_degrees(road, points):
    metres = road.to_crs(UTM)
    area = geo.corridor(EAST, half_width_m=6000)
    assert same(geo.corridor(metres, half_width_m=6000).geometry.iloc[0], area)
    assert same(
        geo.sides(gpd.GeoSeries([area], crs=4326).to_crs(3857), metres).geometry.iloc[0], geo.sides(area, EAST)["north"]
    )
    assert same(
        geo.band(gpd.GeoSeries([area], crs=4326).to_crs(UTM), metres, depth_m=2000).iloc[0],
        geo.corridor(EAST, half_width_m=2000),
    )
    assert geo.section(metres, 1000, 5000).geometry.iloc[0].equals_exact(geo.section(EAST, 1000, 5000), 1e-9)
    ways = gpd.GeoSeries([EAST, BACK], crs=4326).to_crs(UTM)
    assert geo.centreline(ways).iloc[0].equals_exact(geo.centreline([EAST, BACK]), 1e-7)
    pd.testing.assert_frame_equal(geo.chainage(metres, points.to_crs(3857)), geo.chainage(EAST, points), atol=1e-3)


WITHOUT_CRS = gpd.GeoDataFrame(geometry=[EAST])
TAKING_A_FRAME = {
    "corridor": ("line", partial(geo.corridor, half_width_m=6000)),
    "centreline": ("carriageways", geo.centreline),
    "section": ("line", lambda frame: geo.section(frame, 0, 1000)),
    "sides, area": ("area", lambda frame: geo.sides(frame, EAST)),
    "sides, line": ("line", lambda frame: geo.sides(box(36, 35, 37, 36), frame)),
    "band, area": ("area", lambda frame: geo.band(frame, EAST, depth_m=1000)),
    "band, contact": ("contact", lambda frame: geo.band(box(36, 35, 37, 36), frame, depth_m=1000)),
    "chainage, line": ("line", lambda frame: geo.chainage(frame, [Point(36.2, 35.8)])),
    "chainage, points": ("points", lambda frame: geo.chainage(EAST, frame)),
}


@pytest.mark.parametrize(("name", "function"), TAKING_A_FRAME.values(), ids=TAKING_A_FRAME)
def test_a_frame_without_a_crs_is_refused_by_every_function(name, function):
    for frame in (WITHOUT_CRS, WITHOUT_CRS.geometry):
        with pytest.raises(GeometryError, match=rf"^{name}: no CRS; set it with \.set_crs\(\.\.\.\)$"):
            function(frame)


def test_a_crs_that_has_no_place_on_earth_and_a_missing_geometry_column_are_refused():
    with pytest.raises(GeometryError, match="'site' cannot be transformed to EPSG:4326"):
        geo.corridor(gpd.GeoSeries([EAST], crs=NOT_GEOREFERENCED), half_width_m=6000)
    with pytest.raises(GeometryError, match=r"line: no geometry column; set it with \.set_geometry"):
        geo.corridor(gpd.GeoDataFrame({"name": ["a"]}), half_width_m=6000)


def test_metres_labelled_as_degrees_are_refused_with_the_row():
    metres = gpd.GeoSeries([EAST, EAST], index=["a", "b"], crs=4326)
    metres.iloc[1] = LineString([(277000, 3970000), (278000, 3971000)])
    with pytest.raises(GeometryError, match="row 'b': line: longitude up to 278000"):
        geo.corridor(metres, half_width_m=6000)
    with pytest.raises(GeometryError, match="points: longitude up to 277000"):
        geo.chainage(EAST, gpd.GeoSeries([Point(277000, 3970000)], crs=4326))


# ---- What is not one line, not a point, not an area ----

ONE_LINE = {name: TAKING_A_FRAME[name] for name in ("section", "sides, line", "band, contact", "chainage, line")}


@pytest.mark.parametrize(("name", "function"), ONE_LINE.values(), ids=ONE_LINE)
def test_a_frame_for_one_line_has_exactly_one_row(name, function):
    for count in (0, 2):
        with pytest.raises(GeometryError, match=f"^{name}: {count} rows; one line is needed"):
            function(gpd.GeoSeries([EAST, NORTH][:count], crs=4326))


def test_what_is_not_a_road_or_a_point_is_refused_with_its_row():
    mixed = gpd.GeoSeries([EAST, Point(36.2, 35.8)], index=["a", "b"], crs=4326)
    with pytest.raises(GeometryError, match=r"^row 'b': line: a Point"):
        geo.corridor(mixed, half_width_m=6000)
    with pytest.raises(GeometryError, match=r"^points: row 'a': a LineString; points are needed"):
        geo.chainage(EAST, mixed)


def test_an_area_in_pieces_has_no_sides_and_a_column_side_is_not_overwritten(road):
    with pytest.raises(GeometryError, match=r"^area: a MultiPolygon; a Polygon"):
        geo.sides(MultiPolygon([geo.corridor(EAST, half_width_m=6000)]), EAST)
    with pytest.raises(GeometryError, match="a column 'side' already exists; rename it"):
        geo.corridor(road.assign(side="left"), half_width_m=6000)


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ([Point(36.2, 35.8), None], "2 given, 1 positions found"),
        ([EAST], "1 given, 3 positions found"),
        (np.array([[np.nan, 35.8]]), "not a finite number"),
        ([Point(277000, 3970000)], "longitude up to 277000, latitude up to 3.97e"),
    ],
    ids=["missing", "line", "not a number", "metres"],
)
def test_bare_points_are_positions_in_degrees(points, told):
    with pytest.raises(GeometryError, match=f"^points: .*{told}"):
        geo.chainage(EAST, points)


# ---- What the geometry knows of the rest ----

PURE = ("arguments", "chainage", "corridor", "geodesic", "heading", "projection", "road", "sides")


@pytest.mark.parametrize("name", PURE)
def test_the_geometry_knows_nothing_of_layers(name):
    tree = ast.parse(Path(geo.__file__).with_name("geometry").joinpath(f"{name}.py").read_text(encoding="utf-8"))
    ours = {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module.startswith("geo.")
    }
    assert {module for module in ours if not module.startswith("geo.geometry.")} <= {"geo.errors"}

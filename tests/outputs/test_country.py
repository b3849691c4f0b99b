import json
from dataclasses import replace
from datetime import date
from itertools import pairwise

import geopandas as gpd
import pytest
from shapely.geometry import LineString, MultiPolygon, Point, box

from geo.inputs.catalog import CATALOGUE
from geo.outputs.country import country_of, drawn_part
from geo.outputs.data import data_files
from geo.outputs.figures.day_features import DayFeatures
from geo.outputs.figures.line_moved import frames_of, lost_between
from geo.outputs.on_day import shown_on

SPECS = {spec.name: spec for spec in CATALOGUE}
ENDING = [spec for spec in CATALOGUE if spec.ends_at_border]
ZONE, PLACES = SPECS["deescalation_zone"], SPECS["places"]
DAYS = [date(2017, 6, 30), date(2018, 10, 1), date(2020, 3, 6), date(2020, 8, 25)]


def metres(degrees):
    """Return geometries in metres; at most 0.4 % longer than on Earth."""
    return gpd.GeoSeries(degrees, crs=4326).to_crs(32637)


@pytest.fixture(scope="module")
def syria(shipped):
    return country_of(shipped)


def test_the_country_is_that_of_the_road(shipped, syria):
    idlib, antakya = Point(36.63, 35.93), Point(36.16, 36.2)
    assert syria.contains(idlib)
    assert not syria.contains(antakya)
    lands = shipped.frame("basemap").set_index("id").geometry
    assert syria.equals(lands["land-syria"])


def test_without_the_ground_there_is_no_country_and_everything_is_drawn(shipped):
    layers = replace(shipped.layers, by_name={n: one for n, one in shipped.layers.items() if n != "basemap"})
    bare = replace(shipped, layers=layers)
    assert country_of(bare) is None
    for spec in ENDING:
        for one in shown_on(spec, bare, DAYS[1]):
            assert one.geometry in list(bare.frame(spec.name).geometry)


def test_an_area_is_cut_a_part_beyond_is_left_out_and_one_inside_stays_the_same_object():
    country = box(0, 0, 10, 10)
    inside, across, both = box(1, 1, 2, 2), box(8, 1, 12, 2), box(8, 1, 12, 2).union(box(8, 4, 12, 5))
    assert drawn_part(ZONE, inside, country) is inside
    assert drawn_part(ZONE, across, country).equals(box(8, 1, 10, 2))
    assert isinstance(drawn_part(ZONE, both, country), MultiPolygon)
    assert drawn_part(ZONE, across, None) is across
    assert drawn_part(PLACES, across, country) is across


def test_what_only_touches_the_border_is_no_area():
    touching = box(8, 0, 10, 1).union(box(10, 1, 12, 2)).union(box(9, 1, 10, 2))
    part = drawn_part(ZONE, touching, box(0, 0, 10, 10))
    assert part.equals(box(8, 0, 10, 1).union(box(9, 1, 10, 2)))
    far = box(20, 20, 21, 21)
    assert drawn_part(ZONE, far, box(0, 0, 10, 10)) is far


@pytest.mark.parametrize("spec", ENDING, ids=lambda spec: spec.name)
def test_nothing_is_drawn_beyond_the_border_on_any_day(shipped, syria, spec):
    [around] = metres([syria]).buffer(1)
    for day in DAYS:
        for one in shown_on(spec, shipped, day):
            [part] = metres([one.geometry])
            assert part.difference(around).area == 0


@pytest.mark.parametrize("day", DAYS)
def test_nothing_is_drawn_beyond_the_border_in_a_figure(shipped, syria, day):
    source = DayFeatures(shipped)
    around = source.metres(gpd.GeoSeries([syria], crs=4326)).iloc[0].buffer(2)
    for spec in ENDING:
        for drawn in source.on(spec, day):
            assert drawn.features.geometry.difference(around).area.sum() == 0


def test_no_ground_beyond_the_border_was_lost(shipped, syria):
    source = DayFeatures(shipped)
    around = source.metres(gpd.GeoSeries([syria], crs=4326)).iloc[0].buffer(2)
    frames = frames_of(shipped.layers)
    lost = [lost_between(source, before, frame) for before, frame in pairwise(frames)]
    assert any(area is not None and area.area > 1e6 for area in lost)
    assert all(area.difference(around).area == 0 for area in lost if area is not None)


def test_the_files_keep_the_agreed_shapes(shipped, syria):
    written = {output.name: output.content for output in data_files(replace(shipped, build_id="0123456789ab"))}
    for spec in ENDING:
        features = json.loads(written[f"data/{spec.name}.geojson"])["features"]
        shapes = gpd.GeoDataFrame.from_features(features, crs=4326).set_index("id").geometry
        expected = shipped.frame(spec.name).set_index("id").geometry
        assert shapes.geom_equals_exact(expected, 1e-6).all()
        assert not syria.covers(shapes.union_all())


def test_a_road_that_no_land_contains_has_no_country(shipped):
    centreline = shipped.frame("centreline").iloc[:1].set_geometry([LineString([(0, 0), (1, 1)])], crs=4326)
    derived = replace(shipped.derived, layers={**shipped.derived.layers, "centreline": centreline})
    assert country_of(replace(shipped, derived=derived)) is None

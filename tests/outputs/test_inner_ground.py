from types import SimpleNamespace

import geopandas as gpd
import pytest
from shapely.geometry import LineString, box

from geo.inputs.files import LAYERS_DIR
from geo.outputs.context import Build
from geo.outputs.inner_ground import InnerGround, inner_ground

LAND = [box(34, 33, 40, 38)]


@pytest.fixture
def ground(shipped):
    """Return what ends before the edge of a map that has only some ground: ``ground(roads=[line, ...])``."""

    def found(**shapes):
        frames = {spec.name: gpd.GeoDataFrame(geometry=shapes.get(spec.name, []), crs=4326) for spec in shipped.drawn()}
        return inner_ground(SimpleNamespace(drawn=shipped.drawn, frame=frames.__getitem__))

    return found


def test_the_shipped_ground_is_cut_on_three_sides_and_ends_at_the_coast_by_itself(shipped):
    layers = ("builtup", "water", "governorates", "railway", "roads")
    assert inner_ground(shipped) == InnerGround(layers, (None, 34.9, 37.5, 36.8))


def test_a_side_that_one_feature_reaches_is_no_cut(ground):
    roads = [LineString([(35, 34), (36, 35)]), LineString([(35, 34.5), (36, 34.2)])]
    assert ground(basemap=LAND, roads=roads) == InnerGround(("roads",), (35, None, 36, None))


def test_what_reaches_the_edge_of_the_map_is_not_inside(ground):
    sea = [box(34, 33, 35, 38)]
    assert ground(basemap=LAND, sea=sea) is None
    assert ground(basemap=LAND, sea=sea, water=[box(36, 34, 37, 35)]).layers == ("water",)


def test_a_folder_without_roads_water_and_towns_has_none(ground):
    assert ground() is None
    assert inner_ground(Build.of_folder(LAYERS_DIR / "examples" / "start")) is None

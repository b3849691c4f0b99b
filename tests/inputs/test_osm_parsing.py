import warnings

import pytest

from geo.errors import SnapshotError
from geo.inputs.osm_parsing import osmnx_rows, plain_reasons, strict_osmnx


@pytest.mark.parametrize("error", [ValueError, KeyError, RecursionError, AttributeError, RuntimeWarning])
def test_what_a_library_raises_over_bad_data_becomes_one_reason(error):
    with pytest.raises(SnapshotError, match=rf"^no usable OpenStreetMap data \({error.__name__}\)$"), plain_reasons():
        raise error("line\nbreaks")


def test_a_reason_that_is_plain_already_stays_as_it_is():
    with pytest.raises(SnapshotError, match=r"^the answer is empty$"), plain_reasons():
        raise SnapshotError("the answer is empty")


def test_an_error_outside_the_data_is_not_hidden():
    with pytest.raises(OSError, match="disk"), plain_reasons():
        raise OSError("disk")


def test_what_numpy_only_warns_about_is_an_error():
    with pytest.raises(RuntimeWarning), strict_osmnx():
        warnings.warn("invalid value", RuntimeWarning, stacklevel=1)


def test_nothing_found_says_that_the_road_is_missing():
    from osmnx._errors import InsufficientResponseError

    with pytest.raises(SnapshotError, match="the M4 is not in it"), strict_osmnx():
        raise InsufficientResponseError


def test_only_ways_are_taken_from_a_frame():
    import geopandas as gpd
    from shapely.geometry import Point

    index = [("node", 1), ("way", 2)]
    frame = gpd.GeoDataFrame({"ref": ["M4", "M4"]}, geometry=[Point(36, 35), Point(36, 35)], index=index)
    frame.index = gpd.pd.MultiIndex.from_tuples(index)
    assert [osm_id for osm_id, _, _ in osmnx_rows(frame)] == [2]

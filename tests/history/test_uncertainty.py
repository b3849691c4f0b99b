import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from geo.history.uncertainty import band_of


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(1, 40)), min_size=2, max_size=8))
def test_a_band_reaches_as_far_from_each_vertex_as_is_said_of_it(vertices):
    band = band_of([(x, y) for x, y, _ in vertices], [radius for _, _, radius in vertices]).buffer(0.5)
    for x, y, radius in vertices:
        assert band.contains(Point(x, y).buffer(radius))
    assert band.contains(LineString([(x, y) for x, y, _ in vertices]))
    widest = max(radius for _, _, radius in vertices)
    outline = shapely.points(shapely.get_coordinates(band))
    assert shapely.distance(LineString([(x, y) for x, y, _ in vertices]), outline).max() <= widest + 1.5

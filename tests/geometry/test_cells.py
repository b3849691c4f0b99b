import numpy as np
from shapely.geometry import Polygon, box

from geo.geometry.cells import EDGE, INSIDE, OUTSIDE, Grid, classify_cells, grid_around
from geo.geometry.fields import Inside, Within, line_of


def test_a_place_finds_the_cell_that_it_lies_in_and_none_outside():
    grid = Grid(36.0, 35.0, 37.0, 36.0, 4, 2)
    within, cells = grid.find(np.array([36.1, 36.9, 36.3, 38.0]), np.array([35.1, 35.9, 35.7, 35.5]))
    assert within.tolist() == [True, True, True, False]
    assert cells.tolist()[:3] == [0, 7, 5]


def test_cells_are_no_larger_than_asked_and_cover_bounds_and_margin():
    grid = grid_around((36.0, 35.0, 37.0, 36.0), 5_000, 300, 32)
    box_ = grid.boxes(np.arange(grid.columns * grid.rows))
    assert (box_.radius_m() < 300 / 2**0.5 * 1.01).all()
    assert grid.west < 36 - 5_000 / 91_500
    assert grid.north >= 36 + 5_000 / 111_000
    assert grid.columns % 32 == grid.rows % 32 == 0


def test_only_cells_through_which_an_edge_runs_are_edges():
    area = Inside(box(36.2, 35.2, 36.8, 35.8))
    classes = classify_cells(Grid(36.0, 35.0, 37.0, 36.0, 64, 64), 16, area.judge).classes.reshape(64, 64)
    assert (classes == INSIDE).sum() == 38 * 38
    assert (classes == EDGE).sum() == 40 * 40 - 38 * 38
    assert (classes == OUTSIDE).sum() == 64 * 64 - 40 * 40


def test_a_polygon_told_by_cells_is_the_polygon_everywhere_holes_too():
    star = Polygon(
        [
            (36 + (0.5 + 0.2 * (turn % 2)) * np.cos(turn), 35.5 + (0.3 + 0.1 * (turn % 2)) * np.sin(turn))
            for turn in range(6)
        ],
        [[(36.0, 35.5), (36.1, 35.5), (36.05, 35.55)]],
    ).buffer(0)
    area = Inside(star)
    lon, lat = np.random.default_rng(0).uniform((35.2, 35.0), (36.8, 36.0), (50_000, 2)).T
    assert (area.field(500).at(lon, lat) == area.exact(lon, lat)).all()


def test_the_area_within_a_distance_told_by_cells_is_that_area_everywhere():
    line = line_of(np.array([(36.0, 35.5), (36.1, 35.6), (36.2, 35.5)]), reach_m=20_000, cell_m=500)
    area = Within([(line, 4_000.0)])
    lon, lat = np.random.default_rng(0).uniform((35.9, 35.4), (36.3, 35.7), (50_000, 2)).T
    assert (area.field(200).at(lon, lat) == area.exact(lon, lat)).all()

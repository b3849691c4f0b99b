import re

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from geo.inputs.catalog import LAYERS
from geo.inputs.layers import Feature, Layer
from geo.inputs.schema import Carriageway, Snapshot
from geo.osm.snapshot import judge
from geo.osm.ways import Road
from tests.geometry.roads import dual, ways, winding

M4 = next(spec for spec in LAYERS if spec.name == "m4")
HEADINGS = ("eastbound", "westbound")
BASE = "2026-11-01T00:00:00Z"
DEGREE_M = 111_320.0
ROAD = winding(km=20, bends=3, lon=36.3)
AT = Road(M4, "M4", (36.0, 35.5, 37.0, 36.0), (Point(36.32, 35.82), Point(36.48, 35.82)), HEADINGS)
PIECES = dict(zip(HEADINGS, (ways(line, 4) for line in dual(ROAD)), strict=True))


def layer(pieces=PIECES, *, osm_base=BASE):
    """A snapshot of lines by direction, numbered in this order."""
    flat = [(direction, line) for direction, lines in pieces.items() for line in lines]
    features = tuple(Feature(carriageway(f"way-{n}", direction), line) for n, (direction, line) in enumerate(flat))
    return Layer(M4, features, Snapshot(licence="ODbL-1.0", osm_base=osm_base)).frame


def carriageway(id_, direction):
    known = direction if direction in ("eastbound", "westbound") else None
    return Carriageway(
        id=id_, name_en="M4", basis="osm", grade="B3", sources=("OSM",), ref="M4", highway="motorway", carriageway=known
    )


def moved(line, north_m, *, from_lon=36.4, to_lon=36.42):
    """A line moved north between two longitudes, as it is elsewhere."""

    def shift(positions):
        inside = (positions[:, 0] > from_lon) & (positions[:, 0] < to_lon)
        return positions + np.column_stack([np.zeros(len(positions)), inside * north_m / DEGREE_M])

    return shapely.transform(line, shift)


def test_the_same_road_is_as_good_as_itself():
    verdict = judge(layer(), layer(), AT)
    assert (verdict.faults, verdict.differences) == ((), ())
    assert verdict.changes == (
        f"compared with the snapshot of {BASE}: 0 ways new, 0 gone, eastbound +0.00 km, westbound +0.00 km, "
        "moved by 0.0 m at most"
    )


def test_a_first_snapshot_has_nothing_to_be_compared_with():
    for nothing in (None, Layer(M4, ()).frame):
        verdict = judge(layer(), nothing, AT)
        assert (verdict.faults, verdict.differences, verdict.changes) == ((), (), "")


# ---- One connected road in each direction ----


def without(direction, number):
    return PIECES | {direction: [line for n, line in enumerate(PIECES[direction]) if n != number]}


def with_first(line):
    return PIECES | {"eastbound": [line, *PIECES["eastbound"][1:]]}


FIRST, SECOND = PIECES["eastbound"][:2]
BROKEN = {
    "a gap in one direction": (without("westbound", 2), "westbound it is not one connected road"),
    "the western half only": (
        {"eastbound": PIECES["eastbound"][:2], "westbound": PIECES["westbound"][2:]},
        "eastbound it is not one connected road over the whole corridor: the longest drive is 13.97 km, from 36.30012",
    ),
    "one direction only": ({"eastbound": PIECES["eastbound"]}, "there is no westbound carriageway"),
    "no direction known": ({"?": [*PIECES["eastbound"], *PIECES["westbound"]]}, "there is no eastbound carriageway"),
    "a way drawn against the others": (with_first(FIRST.reverse()), "eastbound it is not one connected road"),
    "a joint that is missed by a metre": (
        with_first(shapely.transform(FIRST, lambda at: at + 1e-5)),
        "eastbound it is not one connected road",
    ),
    "another road beside it": (
        PIECES | {"?": [LineString([(36.35, 35.9), (36.45, 35.9)])]},
        "carriageways: not one road",
    ),
    "too long for one motorway": (
        PIECES | {"?": [LineString([(36.3 + n % 2 / 5, 35.8) for n in range(60)])]},
        "at most 1000 km are valid",
    ),
}


@pytest.mark.parametrize(("pieces", "reason"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("old", [None, layer()], ids=["first", "compared"])
def test_a_road_that_is_not_connected_is_a_fault_even_for_a_first_snapshot(pieces, reason, old):
    assert reason in judge(layer(pieces), old, AT).faults[0]


@pytest.mark.parametrize("lon", [36.29, 36.54])
def test_a_road_that_ends_before_an_end_of_the_corridor_is_a_fault(lon):
    found = judge(layer(), None, AT._replace(ends=(Point(lon, 35.8), Point(36.45, 35.8)))).faults
    assert len(found) == 2
    assert "the longest drive is" in found[0]


def test_ways_may_be_in_any_order_and_ramps_and_loops_do_not_matter():
    lon, lat = SECOND.coords[0]
    ramp = LineString([(lon, lat), (lon + 0.002, lat + 0.002)])
    loop = [
        LineString([(lon, lat), (lon + 0.002, lat), (lon, lat + 0.002)]),
        LineString([(lon, lat + 0.002), (lon, lat)]),
    ]
    lines = [*loop, ramp, *PIECES["eastbound"][::-1]]
    assert judge(layer(PIECES | {"eastbound": lines}), None, AT).faults == ()


def test_repeated_vertices_do_not_matter():
    doubled = LineString([FIRST.coords[0], *FIRST.coords, FIRST.coords[-1]])
    assert judge(layer(with_first(doubled)), None, AT).faults == ()


# ---- As good as the snapshot ----


@pytest.mark.parametrize(("north_m", "is_good"), [(95, True), (105, False)])
def test_a_road_may_be_a_hundred_metres_beside_the_snapshot_and_no_more(north_m, is_good):
    lons = np.linspace(36.3, 36.5, 41)
    old, new = (
        {
            "eastbound": [LineString([(lon, 35.8 + north / 110_950) for lon in lons])],
            "westbound": [LineString([(lon, 35.8003 + north / 110_950) for lon in lons[::-1]])],
        }
        for north in (0, north_m)
    )
    verdict = judge(layer(new), layer(old), AT)
    assert f"moved by {north_m}." in verdict.changes or f"moved by {north_m - 1}.9" in verdict.changes
    assert (verdict.differences == ()) is is_good


def test_a_detour_is_found_whichever_road_makes_it():
    bent = {direction: [moved(line, 150) for line in lines] for direction, lines in PIECES.items()}
    for old, new in ((PIECES, bent), (bent, PIECES)):
        first = judge(layer(new), layer(old), AT).differences[0]
        assert re.fullmatch(
            r"eastbound \d\.\d\d km of the snapshot is missing, from 36\.\d+, 35\.\d+ to 36\.\d+, 35\.\d+: "
            r"up to 1[0-5]\d m away, at most 100 m is valid",
            first,
        )


@pytest.mark.parametrize("end", ["first", "last"])
def test_a_road_that_is_300_m_short_is_refused_with_the_missing_part(end):
    straight = np.column_stack([np.linspace(36.3, 36.5, 201), np.full(201, 35.8)])  # 90 m between vertices
    old = {"eastbound": [LineString(straight)], "westbound": [LineString(straight[::-1] + np.array([0, 0.0003]))]}
    cut = straight[4:] if end == "first" else straight[:197]
    metres = 4 * 0.001 * 90_330
    (reason,) = judge(layer(old | {"eastbound": [LineString(cut)]}), layer(old), AT).differences
    places = r"from 36\.30000, 35\.80000 to 36\.30400" if end == "first" else r"from 36\.49600, 35\.80000 to 36\.50000"
    assert re.match(rf"eastbound {metres / 1000:.2f} km of the snapshot is missing, {places}, 35\.80000: ", reason)


def test_a_missing_piece_of_a_straight_is_found_between_the_vertices_of_the_other_road():
    ends = {"westbound": [LineString([(36.5, 35.8003), (36.3, 35.8003)])]}
    straight = {"eastbound": [LineString([(36.3, 35.8), (36.5, 35.8)])]}
    cut = {"eastbound": [LineString([(36.3, 35.8), (36.403, 35.8)]), LineString([(36.407, 35.8), (36.5, 35.8)])]}
    verdict = judge(layer(ends | cut), layer(ends | straight), AT)
    assert re.match(
        r"eastbound 0.36 km of the snapshot is missing, from 36.40300, 35.8000\d to 36.40700, 35.8000\d: ",
        verdict.differences[0],
    )


def test_each_direction_is_compared_with_the_same_direction():
    apart = {
        "eastbound": [LineString([(36.3, 35.8), (36.5, 35.8)])],
        "westbound": [LineString([(36.5, 35.802), (36.3, 35.802)])],
    }
    swapped = {"eastbound": [apart["westbound"][0].reverse()], "westbound": [apart["eastbound"][0].reverse()]}
    assert "up to 222 m away" in judge(layer(swapped), layer(apart), AT).differences[0]


@pytest.mark.parametrize(("share", "is_good"), [(1.015, True), (1.025, False)])
def test_a_direction_may_be_two_hundredths_longer_or_shorter_and_no_more(share, is_good):
    zigzag = {direction: [lengthened(line, share) for line in lines] for direction, lines in PIECES.items()}
    for old, new in ((PIECES, zigzag), (zigzag, PIECES)):
        found = judge(layer(new), layer(old), AT).differences
        assert (not found) is is_good
        assert all("km long instead of" in reason for reason in found)


def lengthened(line, share):
    """A line that swings aside from vertex to vertex, by so little that only its length tells."""
    positions = np.array(line.coords)
    steps = np.diff(positions, axis=0)
    middle = positions[:-1] + steps / 2
    aside = np.column_stack([-steps[:, 1], steps[:, 0]]) * np.sqrt(share**2 - 1) / 2
    swung = np.empty((2 * len(positions) - 1, 2))
    swung[::2], swung[1::2] = positions, middle + aside
    return LineString(swung)


@pytest.mark.parametrize(
    ("state", "than", "expected"),
    [
        ("2026-11-01T00:00:00Z", "2021-08", False),
        ("2021-08-15T00:00:00Z", "2021-08", False),
        ("2021-07-31T00:00:00Z", "2021-08", True),
        ("2019-01-01T00:00:00Z", "2026-11-01T00:00:00Z", True),
        ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", False),
        ("unknown", "2021-08", True),
        ("2019-01-01T00:00:00Z", "unknown", False),
        ("unknown", "unknown", False),
    ],
)
def test_a_state_that_may_be_before_the_other_is_a_difference(state, than, expected):
    found = judge(layer(osm_base=state), layer(osm_base=than), AT).differences
    assert found == ((f"its data base is of {state}, the snapshot's of {than}",) if expected else ())


def test_ways_gone_and_new_are_counted():
    old, new = layer(), layer(PIECES | {"westbound": PIECES["westbound"][:3]})
    assert "0 ways new, 1 gone, eastbound +0.00 km, westbound -" in judge(new, old, AT).changes

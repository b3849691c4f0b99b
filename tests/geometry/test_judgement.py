import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from geo.geometry.geodesic import length_m
from geo.geometry.judgement import compare, differences, faults, is_older, judge, longest_drive, place
from geo.inputs.catalog import LAYERS
from geo.inputs.layers import Feature, Layer
from geo.inputs.schema import Carriageway, Snapshot
from tests.geometry.roads import dual, ways, winding

M4 = next(spec for spec in LAYERS if spec.name == "m4")
HEADINGS = ("eastbound", "westbound")
BASE = "2026-11-01T00:00:00Z"
DEGREE_M = 111_320.0
ROAD = winding(km=20, bends=3, lon=36.3)
ENDS = (Point(36.32, 35.82), Point(36.48, 35.82))
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


def both(change):
    return {direction: [change(line) for line in lines] for direction, lines in PIECES.items()}


def test_the_same_road_is_as_good_as_itself():
    verdict = judge(layer(), layer(), ENDS, HEADINGS)
    assert verdict.is_good
    assert verdict.comparison.farthest.off_m == pytest.approx(0, abs=1e-6)
    assert (verdict.comparison.gone, verdict.comparison.new) == ((), ())


def test_a_first_snapshot_has_nothing_to_be_compared_with():
    for nothing in (None, Layer(M4, ()).frame):
        verdict = judge(layer(), nothing, ENDS, HEADINGS)
        assert verdict.is_good
        assert verdict.comparison is None


# ---- One connected road in each direction ----


def without(direction, number):
    return PIECES | {direction: [line for n, line in enumerate(PIECES[direction]) if n != number]}


BROKEN = {
    "a gap in one direction": (without("westbound", 2), "westbound it is not one connected road"),
    "the western half only": (
        {"eastbound": PIECES["eastbound"][:2], "westbound": PIECES["westbound"][2:]},
        "eastbound it is not one connected road over the whole stretch: the longest drive is",
    ),
    "one direction only": ({"eastbound": PIECES["eastbound"]}, "there is no westbound carriageway"),
    "no direction known": ({"?": [*PIECES["eastbound"], *PIECES["westbound"]]}, "there is no eastbound carriageway"),
    "a way drawn against the others": (
        PIECES | {"eastbound": [*PIECES["eastbound"][:1], PIECES["eastbound"][1].reverse(), *PIECES["eastbound"][2:]]},
        "eastbound it is not one connected road",
    ),
    "a joint that is missed by a metre": (
        PIECES
        | {"eastbound": [shapely.transform(PIECES["eastbound"][0], lambda at: at + 1e-5), *PIECES["eastbound"][1:]]},
        "eastbound it is not one connected road",
    ),
    "another road beside it": (
        PIECES | {"?": [LineString([(36.35, 35.9), (36.45, 35.9)])]},
        "carriageways: not one road",
    ),
}


@pytest.mark.parametrize(("pieces", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_road_that_is_not_connected_is_a_fault_even_for_a_first_snapshot(pieces, reason):
    verdict = judge(layer(pieces), None, ENDS, HEADINGS)
    assert not verdict.is_good
    assert reason in verdict.faults[0]


@pytest.mark.parametrize("lon", [36.29, 36.54])
def test_a_road_that_ends_before_an_end_of_the_stretch_is_a_fault(lon):
    found = faults(layer(), (Point(lon, 35.8), Point(36.45, 35.8)), HEADINGS)
    assert len(found) == 2
    assert "the longest drive is" in found[0]


def test_no_acceptance_makes_up_for_a_fault():
    broken = layer(without("eastbound", 1))
    digest = judge(broken, layer(), ENDS, HEADINGS).digest
    verdict = judge(broken, layer(), ENDS, HEADINGS, accepted=digest)
    assert not verdict.is_good
    assert "--accept" not in verdict.reason


def test_what_is_too_long_to_be_one_motorway_is_not_even_compared():
    back_and_forth = LineString([(36.3 + n % 2 / 5, 35.8) for n in range(60)])
    verdict = judge(layer(PIECES | {"?": [back_and_forth]}), layer(), ENDS, HEADINGS)
    assert verdict.faults[0].endswith(" km long, at most 1000 km is right")
    assert verdict.comparison is None


def test_the_longest_drive_follows_ways_in_any_order_and_leaves_ramps_aside():
    first, second, third = ways(ROAD, 3)
    ramp = LineString([second.coords[0], (36.36, 35.9)])
    drive = longest_drive([third, ramp, first, second])
    assert drive.equals_exact(ROAD, 1e-12)


def test_the_drive_around_a_ring_comes_to_an_end():
    ring = [LineString([(0, 0), (1, 0)]), LineString([(1, 0), (1, 1)]), LineString([(1, 1), (0, 0)])]
    assert len(longest_drive(ring).coords) == 3
    assert longest_drive([LineString([(0, 0), (1, 0), (1, 1), (0, 0)])]).is_ring


# ---- As good as the snapshot ----


@pytest.mark.parametrize(("north_m", "is_good"), [(95, True), (105, False)])
def test_a_road_may_lie_a_hundred_metres_beside_the_snapshot_and_no_more(north_m, is_good):
    lons = np.linspace(36.3, 36.5, 41)
    old, new = (
        {
            "eastbound": [LineString([(lon, 35.8 + north / 110_950) for lon in lons])],
            "westbound": [LineString([(lon, 35.8003 + north / 110_950) for lon in lons[::-1]])],
        }
        for north in (0, north_m)
    )
    verdict = judge(layer(new), layer(old), (Point(36.31, 35.8), Point(36.48, 35.8)), HEADINGS)
    assert verdict.comparison.farthest.off_m == pytest.approx(north_m, abs=0.5)
    assert verdict.is_good is is_good


def test_a_detour_between_two_vertices_is_found_whichever_road_makes_it():
    bent = {direction: [moved(line, 150) for line in lines] for direction, lines in PIECES.items()}
    for old, new in ((PIECES, bent), (bent, PIECES)):
        verdict = judge(layer(new), layer(old), ENDS, HEADINGS)
        assert 100 < verdict.comparison.farthest.off_m <= 151
        assert "m from the other road at 36.4" in verdict.differences[0]


def test_a_missing_piece_of_a_straight_is_found_between_the_vertices_of_the_other_road():
    straight = LineString([(36.3, 35.8), (36.31, 35.8)])
    cut = [LineString([(36.3, 35.8), (36.303, 35.8)]), LineString([(36.307, 35.8), (36.31, 35.8)])]
    comparison = compare(layer({"eastbound": [straight]}), layer({"eastbound": cut}))
    assert comparison.farthest.id == "way-0"
    assert comparison.farthest.off_m == pytest.approx(0.002 * 90_330, rel=0.03)
    assert comparison.farthest.at.x == pytest.approx(36.305, abs=2e-4)


def test_each_direction_is_compared_with_the_same_direction():
    apart = {
        "eastbound": [LineString([(36.3, 35.8), (36.4, 35.8)])],
        "westbound": [LineString([(36.4, 35.81), (36.3, 35.81)])],
    }
    swapped = {"eastbound": [apart["westbound"][0].reverse()], "westbound": [apart["eastbound"][0].reverse()]}
    assert compare(layer(apart), layer(swapped)).farthest.off_m == pytest.approx(1110, abs=5)


def test_lengths_are_geodesic_and_of_each_direction():
    lengths_m = compare(layer(), layer()).lengths_m
    for direction, lines in PIECES.items():
        assert lengths_m[direction] == pytest.approx((sum(map(length_m, lines)),) * 2)


@pytest.mark.parametrize(("share", "is_good"), [(1.015, True), (1.025, False)])
def test_a_direction_may_be_two_hundredths_longer_or_shorter_and_no_more(share, is_good):
    zigzag = {}
    for direction, lines in both(lambda line: line).items():
        zigzag[direction] = [lengthened(line, share) for line in lines]
    for old, new in ((PIECES, zigzag), (zigzag, PIECES)):
        found = differences(layer(old), layer(new), compare(layer(old), layer(new)))
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
        ("2026-10-31T00:00:00Z (newest way)", "2026-11-01T00:00:00Z", True),
        ("2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z (newest way)", False),
        ("unknown", "2021-08", True),
        ("2019-01-01T00:00:00Z", "unknown", False),
        ("unknown", "unknown", False),
    ],
)
def test_a_state_is_older_if_it_may_lie_before_the_other(state, than, expected):
    assert is_older(state, than) is expected


def test_an_older_data_base_is_a_difference():
    verdict = judge(layer(osm_base="2019-01-01T00:00:00Z"), layer(), ENDS, HEADINGS)
    assert verdict.differences == (f"its data base is of 2019-01-01T00:00:00Z, the snapshot's of {BASE}",)


# ---- Acceptance ----


def test_the_very_road_that_a_person_accepts_is_taken_and_no_other():
    bent = layer({direction: [moved(line, 150) for line in lines] for direction, lines in PIECES.items()})
    refused = judge(bent, layer(), ENDS, HEADINGS)
    assert refused.reason.endswith(f"; to take it all the same: --accept {refused.digest}")
    assert judge(bent, layer(), ENDS, HEADINGS, accepted=refused.digest).is_good
    other = layer({direction: [moved(line, 160) for line in lines] for direction, lines in PIECES.items()})
    assert not judge(other, layer(), ENDS, HEADINGS, accepted=refused.digest).is_good


def test_the_same_road_fetched_a_minute_later_has_the_same_digest():
    first, later = (judge(layer(osm_base=f"2026-11-01T00:0{n}:00Z"), None, ENDS, HEADINGS).digest for n in (0, 1))
    assert first == later
    assert len(first) == 12


# ---- What is told ----


def test_ways_gone_and_new_are_told_by_their_id():
    old, new = layer(), layer(PIECES | {"westbound": PIECES["westbound"][:3]})
    comparison = compare(old, new)
    assert (comparison.gone, comparison.new) == (("way-7",), ())
    assert compare(new, old).new == ("way-7",)


def test_a_place_is_written_longitude_first():
    assert place(Point(36.5, 35.8123456)) == "36.50000, 35.81235"

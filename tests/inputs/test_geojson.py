import json

import pytest
from shapely.geometry import Point, Polygon
from shapely.geometry.polygon import orient

from geo.inputs.files import RefusedError
from geo.inputs.geojson import collection_text, parse_collection, parse_geometry, rounded

POINT = frozenset({"Point"})
AREA = frozenset({"Polygon"})


def geometry(raw, kinds=POINT, **options):
    return parse_geometry(raw, kinds, **({"may_be_null": False, "anywhere": False} | options))


def point(lon, lat, *more):
    return {"type": "Point", "coordinates": [lon, lat, *more]}


def test_broken_json_is_refused_with_its_line():
    with pytest.raises(RefusedError) as caught:
        parse_collection('{"type": "FeatureCollection",\n"features": [,]}')
    assert caught.value.where == "line 2"


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (None, "null"),
        ({"type": "LineString", "coordinates": [[36, 36], [37, 36]]}, "LineString"),
        ({"type": "GeometryCollection", "geometries": []}, "GeometryCollection"),
        ({**point(36.7, 35.8), "bbox": []}, "bbox"),
        (point(10**400, 35.8), "."),
        ({"type": "Point", "coordinates": []}, r"\[\]"),
        (point(36.7, 35.8, 100), "third"),
        (point(35.86, 36.77), "latitude, longitude"),
        (point(277000, 3970000), "not on Earth"),
        (point(0, 0), "outside"),
    ],
)
def test_a_geometry_that_cannot_be_is_refused(raw, found):
    with pytest.raises(RefusedError, match=found):
        geometry(raw)


@pytest.mark.parametrize(
    "position", [[36.7], [[36.7], [35.8]], [float("nan"), 35.8], [float("inf"), 35.8], ["36.7", "35.8"], [True, 35.8]]
)
def test_a_position_is_two_finite_numbers(position):
    with pytest.raises(RefusedError) as caught:
        geometry({"type": "Point", "coordinates": position})
    assert "two finite numbers" in caught.value.repair


@pytest.mark.parametrize(
    ("kind", "coordinates", "found"),
    [
        ("Polygon", [[[36.5, 35], [37, 36], [37, 35], [36.5, 36], [36.5, 35]]], "Self-intersection"),
        ("Polygon", [[[36, 35], [37, 36]]], "not closed"),
        ("Polygon", [[[36.5, 35], [37, 35], [37, 36], [36.5, 36]]], "not closed"),
        ("Polygon", [[[36.5, 35], [36.5, 36], [37, 36], [37, 35], [36.5, 35]]], "wrong winding order"),
        ("LineString", [[36.5, 35], [36.5, 35]], "Too few points"),
        ("LineString", [[36.5, 35]], "a line with one position"),
    ],
)
def test_a_line_or_an_outline_that_is_not_valid_is_refused(kind, coordinates, found):
    with pytest.raises(RefusedError, match=found):
        geometry({"type": kind, "coordinates": coordinates}, frozenset({kind}))


def test_a_collection_of_too_many_features_is_refused():
    with pytest.raises(RefusedError, match="20001"):
        parse_collection('{"type": "FeatureCollection", "features": [' + "1," * 20_000 + "1]}")


def test_a_number_of_thousands_of_digits_is_refused():
    with pytest.raises(RefusedError, match="too many digits"):
        parse_collection('{"type": "FeatureCollection", "features": [' + "1" * 5_000 + "]}")


def test_text_is_one_feature_a_line_with_six_decimals_and_plain_arabic():
    text = collection_text([({"id": "a", "name_ar": "سراقب"}, Point(36.123456789, 35.5)), ({"id": "b"}, None)])
    lines = text.splitlines()
    assert len(lines) == 4
    assert json.loads(lines[1].rstrip(","))["geometry"]["coordinates"] == [36.123457, 35.5]
    assert "سراقب" in text
    assert json.loads(text)["features"][1]["geometry"] is None


def test_a_polygon_keeps_its_holes():
    hole = orient(Polygon([(36.2, 35), (37, 35), (37, 36), (36.2, 36)], [[(36.4, 35.4), (36.6, 35.4), (36.5, 35.6)]]))
    raw = json.loads(collection_text([({}, hole)]))["features"][0]["geometry"]
    assert geometry(raw, AREA).equals(hole)


@pytest.mark.parametrize(
    ("coordinates", "kept"),
    [
        ((36.1234567, 35), [36.123457, 35.0]),
        ([[36.12345649, 35.5], (36.2, -1e-9)], [[36.123456, 35.5], [36.2, 0.0]]),
        ([[[1, 2.00000051]]], [[[1.0, 2.000001]]]),
        ([], []),
    ],
)
def test_coordinates_are_rounded_however_deep_they_stand(coordinates, kept):
    assert rounded(coordinates) == kept

import pytest

from geo.editing.draft import canonical, rows_of
from geo.editing.places import UnreadableError, coordinates_text, geometry_from_text
from geo.inputs.catalog import LAYERS


@pytest.mark.parametrize("spec", [spec for spec in LAYERS if spec.geometry], ids=lambda spec: spec.name)
def test_every_shipped_place_comes_back_from_its_text(layers, spec):
    for row in rows_of(layers[spec.name]).values():
        kind = row.geometry["type"] if row.geometry else "Point"
        assert canonical(geometry_from_text(coordinates_text(row.geometry), kind)) == row.geometry


@pytest.mark.parametrize("text", ["36.5, 35.5", " 36.5 35.5\n", "36.5,35.5", "\n36.5 , 35.5\n\n"])
def test_a_point_is_typed_with_a_comma_or_a_blank(text):
    assert geometry_from_text(text, "Point") == {"type": "Point", "coordinates": [36.5, 35.5]}


@pytest.mark.parametrize("kind", ["Point", "LineString", "Polygon"])
def test_an_empty_text_is_no_place(kind):
    assert geometry_from_text(" \n \n", kind) is None


def test_an_outline_is_closed_and_a_blank_line_parts_its_rings():
    outer, inner = "36 35\n37 35\n37 36", "36.5 35.2\n36.6 35.2\n36.6 35.3\n36.5 35.2"
    rings = geometry_from_text(f"{outer}\n\n{inner}", "Polygon")["coordinates"]
    assert [len(ring) for ring in rings] == [4, 4]
    assert [ring[0] == ring[-1] for ring in rings] == [True, True]


@pytest.mark.parametrize(
    ("text", "kind", "repair"),
    [
        ("36.5", "Point", "not '36.5'"),
        ("36.5, 35.5, 100", "Point", "degrees"),
        ("north, 35.5", "Point", "not 'north, 35.5'"),
        ("nan, 35.5", "Point", "not 'nan, 35.5'"),
        ("36.5, inf", "Point", "not '36.5, inf'"),
        ("nan 35\n36.6 35\n36.5 36", "Polygon", "not 'nan 35'"),
        ("36.5, 35.5\n36.6, 35.5", "Point", "one longitude and one latitude"),
        ("36.5, 35.5", "LineString", "at least 2 lines"),
        ("36 35\n37 36\n\n36 35\n37 36", "LineString", "at least 2 lines"),
        ("36 35\n37 36", "Polygon", "at least 3 lines"),
    ],
)
def test_what_is_no_place_is_refused_with_what_is_right(text, kind, repair):
    with pytest.raises(UnreadableError, match=repair):
        geometry_from_text(text, kind)

import pytest

from geo.inputs.agreement import parse_agreement
from geo.inputs.files import RefusedError


def test_the_corridor_is_six_kilometres_deep_on_either_side(layers):
    corridor = layers.agreement.corridor
    assert (corridor.half_width_m, corridor.road, corridor.clause) == (6000, "M4", "2")
    assert "6 km deep to the north and 6 km deep to the south" in corridor.quote


def test_turkey_patrols_the_north_and_russia_the_south(layers):
    assert {term.side: term.patrolled_by for term in layers.agreement.sides} == {
        "north": "Turkey",
        "south": "Russian Federation",
    }


def test_the_stretch_ends_are_called_an_inference(layers):
    assert "inference" in layers.agreement.corridor.note


def test_broken_toml_is_refused():
    with pytest.raises(RefusedError, match="Invalid value"):
        parse_agreement("title = ", [])


def test_an_unknown_key_is_told():
    problems = []
    assert parse_agreement('tilte = "x"', problems) is None
    assert "agreement.toml: tilte: unknown key" in "\n".join(map(str, problems))

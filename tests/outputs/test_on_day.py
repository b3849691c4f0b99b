from dataclasses import replace
from datetime import date

import pytest
from shapely.geometry import Point

from geo.inputs.catalog import CATALOGUE, DerivedSpec
from geo.inputs.frames import computed_frame
from geo.outputs.on_day import shown_on
from geo.outputs.style import STYLES, Style, Symbol

SPECS = {spec.name: spec for spec in CATALOGUE}


def classes_on(day, name, shipped):
    """Return how many features of each class there are on a day."""
    found = {}
    for one in shown_on(SPECS[name], shipped, day):
        found[one.class_] = found.get(one.class_, 0) + 1
    return found


def test_posts_change_their_class_with_the_day(shipped):
    before = classes_on(date(2020, 3, 6), "observation_posts", shipped)
    after = classes_on(date(2020, 12, 31), "observation_posts", shipped)
    assert "evacuated" not in before
    assert after["evacuated"] > 5
    assert after["encircled"] < before["encircled"]


def test_a_patrol_is_shown_from_its_day_on_and_strong_on_it(shipped):
    spec = SPECS["patrol_segments"]
    assert shown_on(spec, shipped, date(2020, 3, 14)) == ()
    [first] = shown_on(spec, shipped, date(2020, 3, 15))
    assert (first.properties["id"], first.is_strong) == ("patrol-01", True)
    assert not any(one.is_strong for one in shown_on(spec, shipped, date(2020, 3, 16)))


def test_one_line_of_contact_holds_on_a_day(shipped):
    for day, id_ in ((date(2017, 6, 30), "contact-2017"), (date(2020, 12, 31), "contact-2020-03-06")):
        shown = shown_on(SPECS["line_of_contact"], shipped, day)
        assert [one.properties["id"] for one in shown if one.class_ == "contact"] == [id_]


def test_what_has_no_place_no_symbol_or_no_ink_is_not_shown(shipped, monkeypatch):
    monkeypatch.setitem(STYLES, "hospitals", Style({"seen": Symbol(fill="#123456"), "bare": Symbol()}))
    spec = DerivedSpec("hospitals", "Hospitals", classes={"seen": "Seen", "bare": "Bare"}, by="kind")
    rows = (("seen", Point(36, 36)), ("bare", Point(36, 36)), ("other", Point(36, 36)), ("seen", None))
    said = [{"id": str(at), "kind": kind} for at, (kind, _) in enumerate(rows)]
    hospitals = computed_frame("hospitals", said, [place for _, place in rows])
    layers = {**shipped.derived.layers, "hospitals": hospitals}
    more = replace(shipped, derived=replace(shipped.derived, layers=layers))
    assert [one.properties["id"] for one in shown_on(spec, more, date(2020, 1, 1))] == ["0"]


def test_the_first_class_of_the_catalogue_lies_lowest(shipped):
    spec = SPECS["places"]
    shown = [one.class_ for one in shown_on(spec, shipped, date(2020, 3, 6))]
    order = list(spec.classes)
    assert shown == sorted(shown, key=order.index)


def test_of_a_layer_that_the_folder_lacks_nothing_is_shown(shipped):
    fewer = {name: layer for name, layer in shipped.layers.items() if name != "places"}
    without = replace(shipped, layers=replace(shipped.layers, by_name=fewer))
    assert shown_on(SPECS["places"], shipped, date(2020, 3, 6))
    assert shown_on(SPECS["places"], without, date(2020, 3, 6)) == ()


@pytest.mark.parametrize("name", ["corridor", "centreline"])
def test_the_corridor_is_not_shown_before_it_was_agreed(name, shipped):
    assert shown_on(SPECS[name], shipped, date(2018, 10, 20)) == ()
    assert shown_on(SPECS[name], shipped, date(2020, 3, 5)) == ()
    assert shown_on(SPECS[name], shipped, date(2020, 3, 6))

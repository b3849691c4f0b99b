import pytest

from geo.inputs.catalog import CATALOGUE
from geo.outputs.figures.boxes import Box
from geo.outputs.figures.legend import Entry, Group, draw_legend, group_size, groups_of
from geo.outputs.figures.line_moved import packed
from geo.outputs.figures.sheet import A4, Sheet, settings
from geo.outputs.style import style_of
from geo.outputs.words import Words

SPECS = {spec.name: spec for spec in CATALOGUE}


@pytest.fixture(scope="module")
def words(layers):
    return Words.of(layers, "en")


def entry(name, class_, kind):
    return Entry(SPECS[name], class_, style_of(SPECS[name]).symbols[class_], kind)


def labels(groups):
    return [(group.heading, [label for _, _, label in group.rows]) for group in groups]


def test_the_focus_comes_first_and_then_what_lies_on_top(words):
    entries = [
        entry("basemap", "border", "line"),
        entry("corridor", "south", "area"),
        entry("corridor", "north", "area"),
        entry("observation_posts", "encircled", "point"),
        entry("observation_posts", "opposition_held", "point"),
    ]
    assert labels(groups_of(entries, words, "corridor")) == [
        ("Security corridor", ["North side", "South side"]),
        ("Turkish observation posts", ["In opposition-held territory", "Encircled"]),
        ("", ["Land, sea and state borders · State border"]),
    ]


def test_ground_needs_no_words_and_a_class_is_said_once(words):
    entries = [entry("basemap", "land", "area"), entry("basemap", "border", "line"), entry("basemap", "border", "line")]
    assert labels(groups_of(entries, words, "corridor")) == [("", ["State border"])]
    assert groups_of([entry("basemap", "sea", "area")], words, "corridor") == []


@pytest.mark.parametrize("height", [600, 200])
def test_a_legend_is_made_smaller_until_it_fits(words, height):
    entries = [
        entry(name, class_, "point")
        for name in ("places", "observation_posts", "claims")
        for class_ in SPECS[name].classes
    ]
    box = Box(30, 30, 280, 30 + height)
    with settings():
        sheet = Sheet(A4, is_right_to_left=False)
        below = draw_legend(sheet, box, groups_of(entries, words, "corridor"), ["A note on what is inferred."])
    assert below <= box.bottom + 8
    assert all(box.grown(8).contains(line.box) for line in sheet.lines)


def test_columns_are_as_low_as_they_go_and_keep_the_order():
    symbol = style_of(SPECS["m5"]).symbols[""]
    groups = [Group("", ((symbol, "line", f"Row {number}"),) * size) for number, size in enumerate((3, 1, 4, 1, 5, 2))]
    columns, height = packed(groups, 300)
    assert [group for column in columns for group in column] == groups
    assert len(columns) <= 4
    assert height >= group_size(groups[4], 300)[1]
    assert height < sum(group_size(group, 300)[1] for group in groups) / 2

import pytest

from geo.editing.changes import changes
from geo.editing.draft import Draft
from geo.editing.rules import judged
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_folder
from tests.editing.made_up import ELSEWHERE, source

MOREK, NEW = "post-09-morek", "new-1"


@pytest.fixture(scope="module")
def shipped():
    return read_folder(LAYERS_DIR)


def told(draft, folder):
    return [str(problem) for problem in judged(draft, folder).problems]


def test_the_shipped_layers_pass_and_lose_no_source(layers, shipped):
    for name in ("observation_posts", "joint_patrols", "places"):
        result = judged(Draft(layers[name]), shipped)
        assert (result.problems, result.uncited) == ((), frozenset())
        assert result.layer.features == layers[name].features
        assert result.sources.features == layers["sources"].features


def test_a_moved_post_needs_a_source(draft, shipped):
    draft.place(MOREK, ELSEWHERE)
    assert told(draft, shipped) == [
        f"observation_posts.geojson: feature '{MOREK}': sources: moved by 797.1 m without a source for it: "
        "cite a source for the new place, or say which of those that it has gives it"
    ]


def test_a_moved_post_that_cites_one_source_more_passes(draft, shipped):
    draft.place(MOREK, ELSEWHERE)
    draft.change(MOREK, "sources", [*draft.base[MOREK].values["sources"], "O001"])
    assert told(draft, shipped) == []


def test_a_moved_post_passes_when_one_of_its_sources_gives_the_place(draft, shipped):
    draft.place(MOREK, ELSEWHERE)
    draft.back(MOREK, "O091")
    assert told(draft, shipped) == []


def test_a_source_that_the_post_does_not_cite_gives_no_place(draft, shipped):
    draft.place(MOREK, ELSEWHERE)
    draft.back(MOREK, "O001")
    assert "without a source" in told(draft, shipped)[0]
    draft.back(MOREK, "O091")
    draft.change(MOREK, "sources", draft.base[MOREK].values["sources"][1:])
    assert "without a source" in told(draft, shipped)[0]


def test_a_post_whose_place_was_unknown_needs_a_source_for_it(draft, shipped):
    draft.place("post-al-mughir", ELSEWHERE)
    draft.change("post-al-mughir", "basis", "stated")
    [line] = told(draft, shipped)
    assert "sources: given a place without a source for it" in line


def test_a_place_that_is_taken_away_needs_no_source(draft, shipped):
    draft.place(MOREK, None)
    draft.change(MOREK, "basis", None)
    assert told(draft, shipped) == []


def test_a_new_row_without_sources_is_refused(draft, shipped):
    draft.add({"name_en": "Made-up", "kind": "additional", "grade": "C3", "basis": "stated"}, ELSEWHERE)
    [line] = told(draft, shipped)
    assert line.startswith("observation_posts.geojson: feature 'post-made-up': sources: ")


def test_a_value_is_checked_as_the_file_would_be(draft, shipped):
    draft.change(MOREK, "grade", "Z9")
    [line] = told(draft, shipped)
    assert line.startswith(f"observation_posts.geojson: feature '{MOREK}': grade: 'Z9'")


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\U0010ffff", "\x0b", "\u202e"], ids=ascii)
def test_rows_and_new_sources_hold_no_character_that_a_file_may_not_hold(draft, shipped, character):
    draft.change(MOREK, "note", f"a{character}b")
    draft.cite_new(MOREK, source(NEW, f"a{character}b"))
    [row, new] = told(draft, shipped)
    assert row.startswith(f"observation_posts.geojson: feature '{MOREK}': note: ")
    assert new.startswith(f"sources.csv: feature '{NEW}': title: ")
    for line in (row, new):
        assert line.endswith(f"contains the invisible character U+{ord(character):04X}; remove it")


def test_a_row_with_a_fault_still_cites_its_sources(draft, shipped):
    draft.change(MOREK, "grade", "Z9")
    result = judged(draft, shipped)
    assert result.uncited == frozenset()
    assert [change.layer for change in changes(draft, result.uncited)] == ["observation_posts"]


def test_a_new_source_is_checked_as_its_file_would_be(draft, shipped):
    draft.cite_new(MOREK, source(NEW, None, publisher="Nobody"))
    [line] = told(draft, shipped)
    assert line.startswith(f"sources.csv: feature '{NEW}': ")
    assert "title or a url" in line


def test_a_new_source_with_the_id_of_another_is_refused(draft, shipped):
    draft.cite_new(MOREK, source("O001"))
    assert told(draft, shipped) == ["sources.csv: feature 'O001': id: duplicate id (2 features): ids must be unique"]


def test_a_source_that_is_nowhere_is_refused(draft, shipped):
    draft.change(MOREK, "sources", ["X1", *draft.base[MOREK].values["sources"]])
    [line] = told(draft, shipped)
    assert "sources: unknown id 'X1'" in line


def test_a_source_that_nothing_cites_any_more_goes(draft, shipped):
    [*_, kept] = draft.base[MOREK].values["sources"]
    draft.change(MOREK, "sources", [kept])
    result = judged(draft, shipped)
    assert "O091" in result.uncited
    assert kept not in result.uncited
    left = {row.properties.id for row in result.sources.features}
    assert left & result.uncited == set()
    assert left | result.uncited == {row.properties.id for row in shipped.by_name["sources"].features}
    assert result.problems == ()


def test_a_new_source_that_nothing_cites_is_not_written(draft, shipped):
    draft.cite_new(MOREK, source(NEW))
    assert NEW in {row.properties.id for row in judged(draft, shipped).sources.features}
    draft.change(MOREK, "sources", draft.base[MOREK].values["sources"])
    result = judged(draft, shipped)
    assert result.problems == ()
    assert NEW not in {row.properties.id for row in result.sources.features}


def test_no_source_goes_while_another_file_cannot_be_read_whole(draft, layers_copy):
    layers_copy.write("timeline.csv", "id\n")
    draft.remove(MOREK)
    assert judged(draft, read_folder(layers_copy.folder)).uncited == frozenset()


def test_a_place_that_patrols_name_cannot_be_removed(layers, shipped):
    places = Draft(layers["places"])
    places.remove("trumba")
    lines = told(places, shipped)
    assert any(
        line.startswith("joint_patrols.csv: feature 'patrol-21': from_place: unknown id 'trumba'") for line in lines
    )
    assert any(line.startswith("agreement.toml: ") for line in lines)


def test_a_fault_of_another_file_does_not_keep_an_edit_from_being_saved(draft, layers_copy):
    layers_copy.edit("places.geojson", lambda doc: doc["features"][0]["properties"].update(grade="Z9"))
    layers_copy.replace("joint_patrols.csv", ",16,2020-06-10,", ",16,2021-06-10,")
    folder = read_folder(layers_copy.folder)
    assert folder.problems
    assert folder.reference_problems()
    draft.change(MOREK, "note", "another")
    assert told(draft, folder) == []

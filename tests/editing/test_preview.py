import pytest

from geo.editing.session import Session, edited_layers
from geo.errors import DataError
from geo.inputs.layers import read_folder, read_layers
from tests.editing.made_up import ELSEWHERE, source

MOREK = "post-09-morek"


@pytest.fixture
def folder(layers_copy):
    """The whole layers, for a page of them."""
    return layers_copy.folder


@pytest.fixture
def places(folder):
    session = Session("places", folder)
    yield session
    session.close()


def test_without_edits_the_layers_are_those_of_the_files(posts, folder):
    edited = edited_layers(read_folder(folder), posts.draft)
    there = read_layers(folder)
    assert {name: layer.features for name, layer in edited.items()} == {
        name: layer.features for name, layer in there.items()
    }
    assert edited.agreement == there.agreement


def test_a_new_source_and_one_that_nothing_cites_any_more_are_as_they_would_be_saved(posts, places, folder):
    posts.draft.cite_new(MOREK, source())
    [*_, kept] = posts.draft.base[MOREK].values["sources"]
    posts.draft.change(MOREK, "sources", [kept, "new-1"])
    places.draft.change("trumba", "note", "another")
    ids = {
        row.properties.id for row in edited_layers(read_folder(folder), posts.draft, places.draft)["sources"].features
    }
    assert "new-1" in ids
    assert "O091" not in ids
    posts.save()
    assert ids == {row.properties.id for row in read_layers(folder)["sources"].features}


def test_a_page_is_refused_with_every_problem_of_the_files_and_of_the_edits(posts, places, layers_copy):
    layers_copy.edit("m5.geojson", lambda doc: doc["features"][0]["properties"].update(grade="Z9"))
    posts.draft.place(MOREK, ELSEWHERE)
    posts.draft.change("post-01-salwah", "grade", "Z8")
    places.draft.change("trumba", "role", "base")
    with pytest.raises(DataError) as caught:
        edited_layers(read_folder(layers_copy.folder), posts.draft, places.draft)
    told = {(problem.file, problem.rule) for problem in caught.value.problems}
    assert told == {
        ("m5.geojson", "grade"),
        ("observation_posts.geojson", "sources"),
        ("observation_posts.geojson", "grade"),
        ("places.geojson", "role"),
    }
    assert len(caught.value.problems) == 4


def test_faults_between_two_edits_are_told(places, folder):
    patrols = Session("joint_patrols", folder)
    patrols.draft.change("patrol-21", "to_place", "made-up")
    places.draft.change("trumba", "note", "another")
    with pytest.raises(DataError, match="unknown id 'made-up'"):
        edited_layers(read_folder(folder), patrols.draft, places.draft)


def test_a_source_goes_when_two_edits_together_leave_it_uncited(folder):
    posts, places = (Session(name, folder) for name in ("observation_posts", "places"))
    former = {session: session.draft.base for session in (posts, places)}
    posts.draft.cite_new(MOREK, source())
    posts.save()
    places.refresh()
    places.draft.change("trumba", "sources", [*former[places]["trumba"].values["sources"], "new-1"])
    places.save()
    posts.refresh()
    posts.draft.change(MOREK, "sources", former[posts][MOREK].values["sources"])
    there = read_folder(folder)
    assert "new-1" in {row.properties.id for row in edited_layers(there, posts.draft)["sources"].features}
    places.draft.change("trumba", "sources", former[places]["trumba"].values["sources"])
    assert "new-1" not in {
        row.properties.id for row in edited_layers(there, posts.draft, places.draft)["sources"].features
    }

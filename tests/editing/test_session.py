import json
import os
import random
import shutil
import signal
import subprocess
import sys

import pytest

from geo.editing.draft import Draft
from geo.editing.session import Session, checked
from geo.editing.unsaved import FOLDER
from geo.errors import ConflictError, DataError, GeoError
from geo.inputs import store
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import read_folder, read_layers
from tests.editing.made_up import ELSEWHERE, source

MOREK, SALWAH, NEW = "post-09-morek", "post-01-salwah", "new-1"
POSTS, SOURCES = "observation_posts.geojson", "sources.csv"


def files(folder):
    """Return the bytes of every file that git would keep."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != store.LOCK}


def lines(content):
    return content.decode().splitlines()


def drafts(folder):
    return sorted(path.name for path in (folder / FOLDER).glob("*.json"))


def row_in(folder, id_, name=POSTS):
    features = json.loads((folder / name).read_text(encoding="utf-8"))["features"]
    return next((row for row in features if row["properties"]["id"] == id_), None)


def made_up_post(session, **values):
    return session.draft.add(
        {"name_en": "Made-up", "kind": "additional", "grade": "C3", "basis": "stated", "sources": ["O001"], **values},
        ELSEWHERE,
    )


def test_nothing_is_written_to_the_layers_before_save(posts, folder):
    before = files(folder)
    posts.draft.change(MOREK, "note", "another")
    posts.draft.place(MOREK, ELSEWHERE)
    posts.draft.cite_new(MOREK, source())
    made_up_post(posts)
    posts.draft.remove(SALWAH)
    posts.problems()
    posts.diff()
    posts.draft.undo()
    posts.refresh()
    assert files(folder) == before
    posts.save()
    assert files(folder) != before


def test_every_problem_is_told_at_once(posts):
    posts.draft.place(MOREK, ELSEWHERE)
    posts.draft.change(SALWAH, "grade", "Z9")
    posts.draft.change(SALWAH, "established_on", "soon")
    with pytest.raises(DataError) as caught:
        posts.save()
    assert len(caught.value.problems) == len(posts.problems()) == 3


def test_a_source_left_uncited_leaves_its_file_in_the_same_step_and_shows_in_the_diff(posts, folder):
    before = files(folder)
    [*_, kept] = posts.draft.base[MOREK].values["sources"]
    posts.draft.change(MOREK, "sources", [kept])
    shown = posts.diff()
    removed = set(shown.loc[(shown["layer"] == "sources") & (shown["change"] == "removed"), "id"])
    assert "O091" in removed
    posts.save()
    after = files(folder)
    gone = [line for line in lines(before[SOURCES]) if line not in lines(after[SOURCES])]
    assert {line.partition(",")[0] for line in gone} == removed
    assert len(lines(after[SOURCES])) == len(lines(before[SOURCES])) - len(removed)
    read_layers(folder)


def test_ids_are_kept_and_rows_stay_in_their_order(posts, folder):
    before = [row["properties"]["id"] for row in json.loads(files(folder)[POSTS])["features"]]
    posts.draft.change(MOREK, "name_en", "Another name")
    made_up_post(posts)
    posts.draft.remove(SALWAH)
    posts.save()
    after = [row["properties"]["id"] for row in json.loads(files(folder)[POSTS])["features"]]
    assert after == sorted({*before, "post-made-up"} - {SALWAH})
    assert row_in(folder, MOREK)["properties"]["name_en"] == "Another name"


def test_the_draft_ends_when_it_is_saved(posts, folder):
    posts.draft.change(MOREK, "note", "another")
    assert drafts(folder) == ["observation_posts-1.json"]
    posts.save()
    assert (drafts(folder), posts.draft.is_changed, posts.draft.can_undo, posts.changes()) == ([], False, False, [])
    assert posts.save().changes == ()
    posts.draft.change(MOREK, "note", "once more")
    posts.save()
    assert row_in(folder, MOREK)["properties"]["note"] == "once more"


def test_saving_what_changes_nothing_writes_nothing(posts, folder):
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    saved = posts.save("why")
    assert repr(saved) == f"{POSTS}: nothing to save"
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_the_sources_are_not_edited_on_their_own(folder):
    with pytest.raises(GeoError, match="sources are added where they are cited"):
        Session("sources", folder)


def test_a_layer_with_faults_is_not_opened(layers_copy):
    layers_copy.edit("places.geojson", lambda doc: doc["features"][0]["properties"].update(grade="Z9"))
    with pytest.raises(DataError, match=r"^places\.geojson: "):
        Session("places", layers_copy.folder)
    Session("observation_posts", layers_copy.folder).close()


def test_a_stale_save_is_a_conflict_that_keeps_both_and_the_edit(folder):
    mine, theirs = (Session("observation_posts", folder) for _ in range(2))
    theirs.draft.change(SALWAH, "note", "theirs")
    theirs.save()
    stands = files(folder)
    mine.draft.change(MOREK, "note", "mine")
    mine.draft.cite_new(MOREK, source())
    with pytest.raises(ConflictError, match=rf"{SALWAH} \(not the same in both\)|{SALWAH}, {MOREK}") as caught:
        mine.save()
    assert {name: content for name, content in files(folder).items() if "conflict" not in name} == stands
    assert row_in(folder, MOREK, caught.value.aside.name)["properties"]["note"] == "mine"
    assert mine.draft.is_changed
    assert mine.refresh() == ()
    mine.save()
    assert [row_in(folder, id_)["properties"]["note"] for id_ in (SALWAH, MOREK)] == ["theirs", "mine"]
    read_layers(folder)


def test_the_same_new_source_of_two_analysts_stands_once(folder):
    mine, theirs = (Session("observation_posts", folder) for _ in range(2))
    theirs.draft.cite_new(SALWAH, source())
    theirs.save()
    mine.draft.cite_new(MOREK, source())
    mine.refresh()
    mine.save()
    assert files(folder)[SOURCES].decode().count("\nnew-1,") == 1
    read_layers(folder)


def test_a_failing_write_leaves_the_edit(posts, folder, monkeypatch):
    posts.draft.change(MOREK, "note", "another")
    before = files(folder)

    def full(path, _content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_through", full)
    with pytest.raises(GeoError, match="No space left"):
        posts.save()
    assert files(folder) == before
    assert posts.draft.rows[MOREK].values["note"] == "another"
    monkeypatch.undo()
    posts.save()
    assert row_in(folder, MOREK)["properties"]["note"] == "another"


def test_a_draft_that_is_taken_up_again_says_so_and_saves(folder):
    first = Session("observation_posts", folder)
    first.draft.place(MOREK, ELSEWHERE)
    first.draft.cite_new(MOREK, source())
    key = made_up_post(first)
    rows = first.draft.rows
    first.close()
    again = Session("observation_posts", folder)
    assert again.messages == ("an unsaved edit was restored",)
    assert again.draft.rows == rows
    assert again.draft.is_new(key)
    again.save()
    assert row_in(folder, "post-made-up")
    read_layers(folder)


def test_a_draft_on_a_file_that_changed_meanwhile_is_made_again_column_by_column(folder):
    mine = Session("observation_posts", folder)
    mine.draft.change(MOREK, "note", "mine")
    mine.draft.change(MOREK, "evacuated_on", "2020-11-03")
    mine.close()
    left = [(folder / FOLDER / name).read_bytes() for name in drafts(folder)]
    theirs = Session("places", folder)  # another layer takes no draft of this one
    theirs.close()
    shutil.move(folder / FOLDER, folder.parent / "aside")
    theirs = Session("observation_posts", folder)
    theirs.draft.change(MOREK, "note", "theirs")
    theirs.draft.change(MOREK, "grade_reason", "theirs too")
    theirs.save()
    theirs.close()
    shutil.rmtree(folder / FOLDER)
    shutil.move(folder.parent / "aside", folder / FOLDER)
    again = Session("observation_posts", folder)
    assert len(left) == 1
    assert again.messages == (
        "an unsaved edit was restored",
        f"{MOREK}: note was changed by another user to 'theirs'; yours, 'mine', is dropped",
    )
    assert [(change.column, change.new) for change in again.changes()] == [("evacuated_on", "2020-11-03")]


def test_an_edit_whose_saving_was_cut_short_is_not_made_twice(posts, folder):
    made_up_post(posts)
    posts.draft.cite_new(MOREK, source())
    [name] = drafts(folder)
    left = (folder / FOLDER / name).read_bytes()
    posts.save()
    posts.close()
    (folder / FOLDER / name).write_bytes(left)  # as if the process had ended between the two
    again = Session("observation_posts", folder)
    assert (again.changes(), again.problems()) == ([], [])
    read_layers(folder)


KILLED = """
import os, sys
from pathlib import Path
from geo.editing.session import Session
session = Session("observation_posts", Path(sys.argv[1]))
session.draft.change("post-09-morek", "note", "typed before the end")
session.draft.place("post-09-morek", {"type": "Point", "coordinates": [36.71, 35.38]})
print("edited", flush=True)
sys.stdin.read()
"""


def test_a_draft_survives_the_killing_of_its_process_and_is_taken_up_again(folder):
    before = files(folder)
    child = subprocess.Popen([sys.executable, "-c", KILLED, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdout.readline() == b"edited\n"
        beside = Session("observation_posts", folder)
        assert not beside.draft.is_changed  # the draft of a living process is its own
        beside.close()
        os.kill(child.pid, signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert files(folder) == before
    again = Session("observation_posts", folder)
    assert again.messages == ("an unsaved edit was restored",)
    assert again.draft.rows[MOREK].values["note"] == "typed before the end"
    assert again.draft.rows[MOREK].geometry == ELSEWHERE


ADDED = 8


SAVING = f"""
import sys
from pathlib import Path
from geo.editing.session import Session
from geo.errors import ConflictError
who, session = sys.argv[2], Session("observation_posts", Path(sys.argv[1]))
new = {{"kind": "additional", "grade": "C3", "basis": "stated"}}
print("ready", flush=True)
sys.stdin.readline()
for number in range({ADDED}):
    place = {{"type": "Point", "coordinates": [36.7, 35.4]}}
    key = session.draft.add({{**new, "name_en": f"{{who}} {{number}}"}}, place)
    id_ = f"{{who}}-{{number}}"
    blank = dict.fromkeys(("date", "url", "language", "licence", "note"))
    session.draft.cite_new(key, {{"id": id_, "title": id_, "publisher": who, **blank}})
    while True:
        try:
            session.save()
            break
        except ConflictError:
            assert session.refresh() == ()
"""


def test_two_processes_that_save_at_once_lose_no_row(folder):
    before = {row["properties"]["id"] for row in json.loads(files(folder)[POSTS])["features"]}
    people = ("leyla", "omar")
    children = [
        subprocess.Popen([sys.executable, "-c", SAVING, folder, who], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for who in people
    ]
    for child in children:
        assert child.stdout.readline() == b"ready\n"
    for child in children:
        child.stdin.write(b"go\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=60)
    assert [child.returncode for child in children] == [0, 0]
    after = {row["properties"]["id"] for row in json.loads(files(folder)[POSTS])["features"]}
    assert after - before == {f"post-{who}-{number}" for who in people for number in range(ADDED)}
    cited = {line.partition(",")[0] for line in lines(files(folder)[SOURCES])}
    assert {f"{who}-{number}" for who in people for number in range(ADDED)} <= cited
    read_layers(folder)


@pytest.mark.parametrize("rounds", [40, pytest.param(200, marks=pytest.mark.longer)])
def test_interleavings_of_two_analysts_lose_no_edit(small_template, tmp_path, rounds):
    """Whatever somebody saved stands in the file, in a conflict file, or in what was told."""
    folder = tmp_path / "layers"
    total = conflicts = overlaps = 0
    for seed in range(rounds):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(small_template, folder)
        asked, told = interleaving(random.Random(seed), folder)
        left = [path.read_text(encoding="utf-8") for path in folder.glob("observation_posts*.geojson")]
        kept = "".join([*left, *(line.partition("; yours, ")[2] for line in told)])  # not what is said of theirs
        assert [mark for mark in asked if mark not in kept] == [], seed
        read_layers(folder)
        total, conflicts, overlaps = (
            total + len(asked),
            conflicts + len(left) - 1,
            overlaps + sum("is dropped" in line for line in told),
        )
    assert total > 2 * rounds
    assert conflicts > rounds / 5
    assert overlaps > rounds / 10


def interleaving(dice, folder):
    """Let two sessions open, change, save and refresh in a random order; return what was saved and what was told."""
    sessions, marks, asked, told = {}, [], [], []
    for step in range(14):
        who, act = dice.choice(["leyla", "omar"]), dice.random()
        if who not in sessions:
            sessions[who] = Session("observation_posts", folder)
            told += sessions[who].messages
        elif act < 0.5:
            marks.append(change(dice, sessions[who].draft, f"{who}-{step}."))
        elif act < 0.75:
            edited = repr([after for _, after in sessions[who].draft.edits.values()])
            asked += [mark for mark in marks if mark in edited]
            try:
                sessions[who].save()
            except ConflictError:
                if dice.random() < 0.5:
                    told += sessions[who].refresh()
        elif act < 0.9:
            told += sessions[who].refresh()
        else:
            sessions.pop(who).close()
    for session in sessions.values():
        session.close()
    return asked, told


def change(dice, draft, mark):
    """Make one change and return the text that it can be told by."""
    key = dice.choice([key for key in sorted(draft.rows) if not draft.is_new(key)])
    if dice.random() < 0.25:
        new = {"name_en": mark, "kind": "additional", "grade": "C3", "basis": "stated", "sources": ["O001"]}
        draft.add(new, ELSEWHERE)
        return mark
    if dice.random() < 0.3:
        lon, lat = round(36 + dice.random(), 6), round(35 + dice.random(), 6)
        draft.back(key, draft.rows[key].values["sources"][0])
        draft.place(key, {"type": "Point", "coordinates": [lon, lat]})
        draft.change(key, "basis", "stated")
    column = dice.choice(["note", "position_basis"])
    draft.change(key, column, f"{draft.rows[key].values[column] or ''} {mark}".strip())
    return mark


@pytest.fixture(scope="module")
def shipped():
    return read_folder(LAYERS_DIR)


def problems_of(draft, folder):
    return [str(problem) for problem in checked(folder, draft).problems]


def test_the_shipped_layers_pass_and_lose_no_source(layers, shipped):
    for name in ("observation_posts", "joint_patrols", "places"):
        result = checked(shipped, Draft(layers[name]))
        assert (result.problems, result.uncited) == ((), frozenset())
        assert result.layers[0].features == layers[name].features
        assert result.layers[1].features == layers["sources"].features


def test_a_source_that_the_post_does_not_cite_gives_no_place(draft, shipped):
    draft.place(MOREK, ELSEWHERE)
    draft.back(MOREK, "O001")
    assert "without a source" in problems_of(draft, shipped)[0]
    draft.back(MOREK, "O091")
    draft.change(MOREK, "sources", draft.base[MOREK].values["sources"][1:])
    assert "without a source" in problems_of(draft, shipped)[0]


def test_a_place_that_is_taken_away_needs_no_source(draft, shipped):
    draft.place(SALWAH, None)
    draft.change(SALWAH, "basis", None)
    assert problems_of(draft, shipped) == []


def test_a_place_that_a_chapter_shows_cannot_be_taken_away(draft, shipped):
    draft.place(MOREK, None)
    draft.change(MOREK, "basis", None)
    assert "chapters.csv: feature '3-morek': view: 'observation_posts/post-09-morek' has no position" in "".join(
        problems_of(draft, shipped)
    )


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\U0010ffff", "\x0b", "\u202e"], ids=ascii)
def test_rows_and_new_sources_hold_no_character_that_a_file_may_not_hold(draft, shipped, character):
    draft.change(MOREK, "note", f"a{character}b")
    draft.cite_new(MOREK, source(NEW, f"a{character}b"))
    [row, new] = problems_of(draft, shipped)
    assert row.startswith(f"observation_posts.geojson: feature '{MOREK}': note: ")
    assert new.startswith(f"sources.csv: feature '{NEW}': title: ")
    for line in (row, new):
        assert line.endswith(f"contains the invisible character U+{ord(character):04X}; remove it")


@pytest.mark.parametrize("column", ["title", "publisher"])
def test_a_new_source_is_checked_as_its_file_would_be(draft, shipped, column):
    draft.cite_new(MOREK, source(NEW) | {column: None})
    [line] = problems_of(draft, shipped)
    assert line.startswith(f"sources.csv: feature '{NEW}': {column}: empty: give a value, for example ")


def test_a_new_source_with_the_id_of_another_is_refused(draft, shipped):
    draft.cite_new(MOREK, source("O001"))
    assert problems_of(draft, shipped) == [
        "sources.csv: feature 'O001': id: duplicate id (2 features): ids must be unique"
    ]


def test_a_source_that_is_nowhere_is_refused(draft, shipped):
    draft.change(MOREK, "sources", ["X1", *draft.base[MOREK].values["sources"]])
    [line] = problems_of(draft, shipped)
    assert "sources: unknown id 'X1': correct it, or add it to sources.csv" in line


def test_no_source_goes_while_another_file_cannot_be_read_whole(draft, layers_copy):
    layers_copy.write("timeline.csv", "id\n")
    draft.remove(MOREK)
    assert checked(read_folder(layers_copy.folder), draft).uncited == frozenset()


def test_a_place_that_patrols_name_cannot_be_removed(layers, shipped):
    places = Draft(layers["places"])
    places.remove("trumba")
    lines = problems_of(places, shipped)
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
    assert problems_of(draft, folder) == []

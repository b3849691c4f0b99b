import shutil
import subprocess
import sys
from datetime import date

import pytest

import geo
import geo.build
from geo.editing import editor
from geo.errors import DataError, GeoError
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layers import folder_layers, read_layers
from geo.inputs.scaffold import new_folder


@pytest.fixture(autouse=True)
def _no_open_editors(monkeypatch):
    monkeypatch.setattr(editor, "OPEN", {})


@pytest.fixture
def posts(layers_copy):
    """The open editor of the observation posts."""
    opened = geo.edit_layer("observation_posts", folder=layers_copy.folder)
    yield opened
    opened.session.close()


M5 = LAYERS_DIR / "examples" / "m5"
START = LAYERS_DIR / "examples" / "start"
OTHERS = [
    pytest.param(folder, spec.name, id=f"{folder.name}-{spec.name}")
    for folder in (M5, START)
    for spec in folder_layers(folder)
    if spec.name != "sources"
]


def copy_of(example, folder):
    """A folder of layers with its own catalogue, as somebody else would have it."""
    if example == START:
        new_folder(folder)
        return folder
    return shutil.copytree(example, folder)


def test_the_maps_are_built_by_the_function_of_the_command():
    assert geo.build_maps is geo.build.build


def test_a_layer_is_opened_once(posts, layers_copy):
    assert geo.edit_layer("observation_posts", folder=layers_copy.folder) is posts
    assert posts.session.spec.name == "observation_posts"


def test_a_layer_of_another_name_is_one_plain_line(layers_copy):
    with pytest.raises(GeoError, match="unknown layer 'posts'"):
        geo.edit_layer("posts", folder=layers_copy.folder)


def page_of(made):
    return made.get_root().render()


def test_a_preview_shows_what_is_not_saved_in_the_open_editors(posts, layers_copy):
    posts.session.draft.change("post-09-morek", "name_en", "Unsaved Morek")
    shown = geo.preview(folder=layers_copy.folder, height="333px")
    assert isinstance(shown, geo.Map)
    assert "Unsaved Morek" in shown._repr_html_()
    assert 'height="333px"' in shown._repr_html_()


def test_a_preview_shows_no_edit_of_another_folder(posts, layers_copy, tmp_path):
    posts.session.draft.change("post-09-morek", "name_en", "Unsaved Morek")
    other = shutil.copytree(layers_copy.folder, tmp_path / "other", ignore=shutil.ignore_patterns(".*"))
    assert "Unsaved Morek" not in page_of(geo.preview(folder=other))


def test_a_preview_opens_on_the_day_that_is_asked_for(layers_copy):
    written, given = (
        page_of(geo.preview(as_of=day, folder=layers_copy.folder)) for day in ("2019-08-23", date(2019, 8, 23))
    )
    assert written == given != page_of(geo.preview(folder=layers_copy.folder))


def test_a_preview_is_refused_with_every_problem(posts, layers_copy):
    posts.session.draft.change("post-09-morek", "grade", "Z9")
    posts.session.draft.change("post-01-salwah", "grade", "Z8")
    with pytest.raises(DataError) as caught:
        geo.preview(folder=layers_copy.folder)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("missing", ["ipydatagrid", "ipyleaflet", "ipywidgets"])
def test_a_missing_extra_is_one_plain_line(missing):
    script = (
        "import sys\n"
        f"sys.modules[{missing!r}] = None\n"
        "import geo\n"
        "for act in (lambda: geo.edit_layer('places'), geo.preview):\n"
        "    try: act()\n"
        "    except geo.errors.GeoError as error: print(*error._render_traceback_(), sep='|')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    line = f"{missing} is not installed: pip install 'idlib-m4-map[notebook]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, line * 2, "")


def test_a_day_that_is_none_is_refused_in_one_line(layers_copy):
    with pytest.raises(GeoError, match="'2020-13' is not a date"):
        geo.preview(as_of="2020-13", folder=layers_copy.folder)


@pytest.mark.parametrize(("example", "name"), OTHERS)
def test_a_layer_of_another_folder_is_edited_previewed_and_saved(example, name, tmp_path):
    folder = copy_of(example, tmp_path / "layers")
    opened = geo.edit_layer(name, folder=folder)
    draft = opened.session.draft
    key = next(key for key, row in draft.rows.items() if row.geometry is not None)
    opened.select(key)
    draft.change(key, "note", "Unsaved, of another folder.")
    cited = {"id": "new-1", "title": "A new source", "publisher": "A publisher", "date": "2020-03-05", "language": "en"}
    draft.cite_new(key, dict.fromkeys(opened.session.around.by_name["sources"].spec.record.model_fields) | cited)
    assert opened.problems() == []
    assert "Unsaved, of another folder." in page_of(geo.preview(folder=folder))
    opened.undo()
    opened.redo()
    opened.save("why")
    row = next(row for row in read_layers(folder)[name].features if row.properties.id == key).properties
    assert (row.note, row.sources[-1]) == ("Unsaved, of another folder.", "new-1")
    opened.session.close()


@pytest.mark.parametrize("example", [M5, START], ids=lambda folder: folder.name)
def test_the_editor_draws_the_layers_of_its_own_folder_where_they_are(example, tmp_path):
    folder = copy_of(example, tmp_path / "layers")
    opened = geo.edit_layer("places", folder=folder)
    terms = read_layers(folder).agreement
    shown = opened._map.widget
    names = {layer.name for layer in shown.layers}
    assert f"{terms.corridor.road} motorway" in names
    assert "Security corridor" in " ".join(names)
    west, south, east, north = read_layers(folder).frame("places").total_bounds
    assert shown.center == pytest.approx(((south + north) / 2, (west + east) / 2))
    opened.session.close()


def test_ids_are_looked_up_in_the_places_of_the_folder_wherever_these_lie(tmp_path):
    folder = copy_of(START, tmp_path / "layers")
    listed = (folder / "agreement.toml").read_text(encoding="utf-8").replace('["places"', '["timeline", "places"')
    (folder / "agreement.toml").write_text(listed, encoding="utf-8")
    shipped = geo.read_layer("timeline").iloc[:1].copy()
    shipped["place"] = "nowhere"
    shipped["sources"] = [["EX1"]]
    with pytest.raises(DataError, match=r"unknown id 'nowhere'"):
        geo.write_layer("timeline", shipped, folder=folder, replacing="")

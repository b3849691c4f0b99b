import shutil
import subprocess
import sys
from datetime import date

import pytest

import geo
import geo.build
from geo.editing import editor
from geo.errors import DataError, GeoError


@pytest.fixture(autouse=True)
def _no_open_editors(monkeypatch):
    monkeypatch.setattr(editor, "OPEN", {})


@pytest.fixture
def posts(layers_copy):
    """The open editor of the observation posts."""
    opened = geo.edit_layer("observation_posts", folder=layers_copy.folder)
    yield opened
    opened.session.close()


def test_the_maps_are_built_by_the_function_of_the_command():
    assert geo.build_maps is geo.build.build


def test_a_layer_is_opened_once(posts, layers_copy):
    assert geo.edit_layer("observation_posts", folder=layers_copy.folder) is posts
    assert posts.session.spec.name == "observation_posts"


def test_a_layer_of_another_name_is_one_plain_line(layers_copy):
    with pytest.raises(GeoError, match="no layer is called 'posts'"):
        geo.edit_layer("posts", folder=layers_copy.folder)


def test_a_preview_shows_what_is_not_saved_in_the_open_editors(posts, layers_copy):
    posts.session.draft.change("post-09-morek", "name_en", "Unsaved Morek")
    shown = geo.preview(folder=layers_copy.folder, height_px=333)
    assert "Unsaved Morek" in shown.value
    assert 'height="333"' in shown.value


def test_a_preview_shows_no_edit_of_another_folder(posts, layers_copy, tmp_path):
    posts.session.draft.change("post-09-morek", "name_en", "Unsaved Morek")
    other = shutil.copytree(layers_copy.folder, tmp_path / "other", ignore=shutil.ignore_patterns(".*"))
    assert "Unsaved Morek" not in geo.preview(folder=other).value


def test_a_preview_opens_on_the_day_that_is_asked_for(layers_copy):
    written, given = (
        geo.preview(as_of=day, folder=layers_copy.folder).value for day in ("2019-08-23", date(2019, 8, 23))
    )
    assert written == given != geo.preview(folder=layers_copy.folder).value


def test_a_preview_is_refused_with_every_problem(posts, layers_copy):
    posts.session.draft.change("post-09-morek", "grade", "Z9")
    posts.session.draft.change("post-01-salwah", "grade", "Z8")
    with pytest.raises(DataError) as caught:
        geo.preview(folder=layers_copy.folder)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("missing", ["ipyleaflet", "ipywidgets"])
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
    with pytest.raises(GeoError, match="'2020-13' is not a day such as 2020-03-06"):
        geo.preview(as_of="2020-13", folder=layers_copy.folder)

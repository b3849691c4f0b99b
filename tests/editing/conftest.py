import shutil

import pytest

from geo.editing import editor
from geo.editing.draft import Draft
from geo.editing.session import Session
from geo.inputs.files import LAYERS_DIR
from geo.inputs.layer_files import layer_spec
from geo.inputs.layers import Layer, layer_text, read_folder

# What the small folder keeps of each layer; of the others, and of every other layer, it keeps nothing.
KEPT = {
    "deescalation_zone": {"zone-2017"},
    "joint_patrols": {"patrol-21"},
    "observation_posts": {"post-01-salwah", "post-09-morek", "post-al-mughir"},
    "places": {"ain-al-hawr", "ankara", "ariha", "astana", "moscow", "musaybin", "sochi", "trumba"},
}
CUT = (
    *("basemap", "builtup", "governorates", "ground_names", "railway", "roads", "sea", "water"),
    *("chapters", "corrections", "line_of_contact", "localities", "m4", "m5", "timeline", "translations"),
)


@pytest.fixture(autouse=True)
def _no_open_editors(monkeypatch):
    """Let no test meet the editors of another."""
    monkeypatch.setattr(editor, "OPEN", {})


@pytest.fixture
def posts(folder):
    """The observation posts, being edited."""
    session = Session("observation_posts", folder)
    yield session
    session.close()


@pytest.fixture
def draft(layers):
    """The observation posts as a draft that nobody keeps."""
    return Draft(layers["observation_posts"])


@pytest.fixture(scope="session")
def small_template(tmp_path_factory):
    """A sound folder of a few rows, for what must be tried often."""
    folder = tmp_path_factory.mktemp("small") / "layers"
    shutil.copytree(LAYERS_DIR, folder, ignore=shutil.ignore_patterns("schema", "*.md"))
    for name, ids in {**dict.fromkeys(CUT, frozenset()), **KEPT}.items():
        keep_only(folder, name, ids)
    keep_only(folder, "sources", read_folder(folder).cited_sources())
    found = read_folder(folder)
    assert [*found.problems, *found.reference_problems()] == []
    return folder


@pytest.fixture
def folder(small_template, tmp_path):
    """A copy of the small folder that a test may spoil."""
    return shutil.copytree(small_template, tmp_path / "small")


def keep_only(folder, name, ids):
    layer = read_folder(folder).by_name[name]
    rows = tuple(row for row in layer.features if row.properties.id in ids)
    (folder / layer_spec(name).file).write_text(layer_text(Layer(layer.spec, rows, layer.collection)), encoding="utf-8")

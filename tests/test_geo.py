import subprocess
import sys
import tomllib

import pytest

import geo
from geo.inputs.files import CHECKOUT


@pytest.mark.parametrize("name", geo.__all__)
def test_everything_offered_is_there(name):
    assert callable(getattr(geo, name))


def test_what_is_not_offered_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'buffer'"):
        _ = geo.buffer


def test_the_corridor_of_a_layer_takes_three_lines():
    line = geo.section(geo.centreline(geo.read_layer("m4")), 10_000, 20_000)
    area = geo.corridor(line, half_width_m=6000)
    assert geo.sides(area, line)["side"].tolist() == ["north", "south"]


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert geo.__version__ == project["version"]


def test_a_checkout_without_an_installation_has_a_version_too(monkeypatch):
    monkeypatch.setattr(geo, "_DISTRIBUTION", "not-installed-anywhere")
    assert geo.__version__ == "0"


def test_completion_lists_everything_that_is_offered_before_it_is_loaded():
    script = "import sys, geo; print(*{*geo.__all__, '__version__'} - {*dir(geo)}, 'geo.geometry.road' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr


def test_importing_geo_loads_no_geometry_library_beyond_shapely():
    script = "import sys, geo; print(*{'pyproj', 'pandas', 'geopandas', 'folium'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


def test_what_is_offered_lives_where_its_module_says_it_does():
    assert geo.build_maps is geo.build.build
    assert geo.edit_layer is geo.editing.edit_layer
    assert geo.preview is geo.editing.preview
    assert set(geo._HOMES) == set(geo.__all__)


def test_offering_the_editor_loads_nothing_that_notebooks_need():
    script = "import sys, geo; geo.edit_layer, geo.preview; print(*{'ipyleaflet', 'ipywidgets'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


@pytest.mark.parametrize("missing", ["folium", "geopandas", "pydantic"])
def test_a_package_that_is_not_installed_is_named_in_one_line(missing):
    script = (
        "import sys\n"
        f"sys.modules[{missing!r}] = None\n"
        "import geo\n"
        "try: geo.Map()\n"
        "except geo.errors.GeoError as error: print(*error._render_traceback_(), sep='|')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    line = f"{missing} is not installed: pip install idlib-m4-map\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, line, "")

import subprocess
import sys

from geo.outputs.open_formats.export import EXPORTS, export_files

_LOADED = """
import sys
import geo.outputs.data, geo.outputs.opening
from geo.outputs.open_formats import data_package, dataset, export
print([name for name in ("pyogrio", "geopandas", "pyarrow", "frictionless") if name in sys.modules])
"""


def names_of(formats, build):
    return [output.name for output in export_files(formats, build)]


def test_only_what_is_asked_for_is_made(shipped):
    name = shipped.layers.agreement.map.name
    assert names_of(["page", "data"], shipped) == []
    assert names_of(["kml"], shipped) == [f"{name}.kml"]
    assert names_of(EXPORTS, shipped)[:3] == [f"{name}.gpkg", f"{name}.kml", "parquet/basemap.parquet"]


def test_no_library_of_a_format_is_loaded_before_it_is_asked_for():
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

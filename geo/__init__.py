"""The Idlib de-escalation zone and the M4 security corridor: sourced layers in, a dated map out."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str

    from geo.build import build as build_maps
    from geo.editing import edit_layer, preview
    from geo.geometry.chainage import chainage, section
    from geo.geometry.corridor import band, corridor
    from geo.geometry.road import centreline
    from geo.geometry.sides import sides
    from geo.incidents import classify
    from geo.inputs.layer_files import write_layer
    from geo.layer_frames import read_layer
    from geo.outputs.map.reference_map import Map
    from geo.outputs.map.styled_layer import layer

__all__ = [
    "Map",
    "band",
    "build_maps",
    "centreline",
    "chainage",
    "classify",
    "corridor",
    "edit_layer",
    "layer",
    "preview",
    "read_layer",
    "section",
    "sides",
    "write_layer",
]

# Loaded at first use, so that reading layers does not wait for what only others need: module, and name in it.
_HOMES = {
    "Map": ("geo.outputs.map.reference_map", "Map"),
    "band": ("geo.geometry.corridor", "band"),
    "build_maps": ("geo.build", "build"),
    "centreline": ("geo.geometry.road", "centreline"),
    "chainage": ("geo.geometry.chainage", "chainage"),
    "classify": ("geo.incidents", "classify"),
    "corridor": ("geo.geometry.corridor", "corridor"),
    "edit_layer": ("geo.editing", "edit_layer"),
    "layer": ("geo.outputs.map.styled_layer", "layer"),
    "preview": ("geo.editing", "preview"),
    "read_layer": ("geo.layer_frames", "read_layer"),
    "section": ("geo.geometry.chainage", "section"),
    "sides": ("geo.geometry.sides", "sides"),
    "write_layer": ("geo.inputs.layer_files", "write_layer"),
}
# Imported only when a function is called.
_IMPORTED_LATER = "geopandas"


# Of an installation; a checkout may be used without one.
_DISTRIBUTION = "idlib-m4-map"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return _loaded(*_HOMES[name])
    if name == "__version__":
        return _version()
    raise AttributeError(f"module 'geo' has no attribute {name!r}")


def _loaded(module: str, name: str) -> Any:
    """Return a function or class from its module; a package that is not installed is an error of one line."""
    from geo.errors import GeoError

    try:
        if find_spec(_IMPORTED_LATER) is None:
            raise ModuleNotFoundError(name=_IMPORTED_LATER)
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package == __name__:
            raise
        raise GeoError(f"{package} is not installed: pip install idlib-m4-map") from None


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "0"

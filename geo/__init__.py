"""The Idlib de-escalation zone and the M4 security corridor: sourced layers in, a dated map out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from geo.inputs.frames import read_layer, write_layer

if TYPE_CHECKING:
    from geo.geometry.chainage import chainage, section
    from geo.geometry.corridor import band, corridor
    from geo.geometry.road import centreline
    from geo.geometry.sides import sides

__all__ = ["band", "centreline", "chainage", "corridor", "read_layer", "section", "sides", "write_layer"]

# Loaded when first asked for, so that reading layers does not wait for what only geometry needs.
_HOMES = {
    "band": "geo.geometry.corridor",
    "centreline": "geo.geometry.road",
    "chainage": "geo.geometry.chainage",
    "corridor": "geo.geometry.corridor",
    "section": "geo.geometry.chainage",
    "sides": "geo.geometry.sides",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'geo' has no attribute {name!r}")

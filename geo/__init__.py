"""The Idlib de-escalation zone and the M4 security corridor: sourced layers in, a dated map out."""

from geo.inputs.frames import read_layer, write_layer

__all__ = ["read_layer", "write_layer"]

"""The relief, a picture in Web Mercator: half grey where the ground is flat, lighter or darker where it is steep."""

from importlib.resources import files

from geo.inputs.layers import Layers

# The heights of which the relief is made; a folder of layers that cites them has it.
RELIEF_SOURCE = "W472"
# West, south, east and north of the picture in degrees.
RELIEF_BOX_DEG = (34.5, 34.0, 39.5, 37.8)


def has_relief(layers: Layers) -> bool:
    """Return whether a map of these layers has the relief."""
    return RELIEF_SOURCE in set(layers.frame("sources")["id"])


def relief_picture() -> bytes:
    """Return the picture as WebP; it is to be blended with what is below it as hard light."""
    return files(__package__).joinpath("assets", "map", "relief.webp").read_bytes()

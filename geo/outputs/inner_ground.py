"""Where the ground ends: land and sea reach the edges of the map, the rest of it a smaller box."""

from dataclasses import dataclass

import numpy as np

from geo.inputs.catalog import POINT, LayerSpec
from geo.outputs.context import Build


@dataclass(frozen=True, slots=True)
class InnerGround:
    """The ground that ends before the edge of the map.

    Attributes
    ----------
    layers : tuple of str
        Names of its layers.
    edges_deg : tuple of float or None
        West, south, east and north in degrees; None where it ends by itself, as roads do at a coast.
    """

    layers: tuple[str, ...]
    edges_deg: tuple[float | None, ...]


def inner_ground(build: Build) -> InnerGround | None:
    """Return the ground of a build that ends before the edge of the map; None if there is none.

    These are the layers of lines and areas that reach no side of the ground as a whole. Where several of their features
    end on one side at the same coordinate, they were cut there.
    """
    specs = [one for one in build.drawn() if one.is_ground and isinstance(one, LayerSpec) and one.geometry != POINT]
    bounds = {spec.name: build.frame(spec.name).bounds.to_numpy().reshape(-1, 4) for spec in specs}
    bounds = {name: own for name, own in bounds.items() if len(own)}
    if not bounds:
        return None
    whole = _outermost(np.concatenate(list(bounds.values())))
    inner = {name: own for name, own in bounds.items() if not (own == whole).any()}
    if not inner:
        return None
    features = np.concatenate(list(inner.values()))
    outermost = _outermost(features)
    is_cut = (features == outermost).sum(axis=0) > 1
    edges = (float(edge) if cut else None for edge, cut in zip(outermost, is_cut, strict=True))
    return InnerGround(tuple(inner), tuple(edges))


def _outermost(bounds: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> np.ndarray:
    """Return the outermost west, south, east and north of some bounds."""
    return np.array([*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)])

"""Everything that can be computed from the layers, and so is stored nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class DerivedFeature:
    """One computed feature: JSON-ready properties, and a geometry in lon, lat degrees (None where there is none)."""

    properties: Mapping[str, Any]
    geometry: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Derived:
    """What a build computes.

    Attributes
    ----------
    layers : mapping of str to tuple of DerivedFeature
        By name of the derived layer, as in the catalogue.
    histories : mapping of str to mapping
        For a layer whose look depends on the date: by feature id, the days on which its status changes and the
        status from that day on, oldest first.
    """

    layers: Mapping[str, tuple[DerivedFeature, ...]]
    histories: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = field(default_factory=dict)

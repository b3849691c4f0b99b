"""What a figure is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geo.geometry.derive import Derived
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.features import Layers
from geo.outputs.words import Words


@dataclass(frozen=True, slots=True)
class Subject:
    """What a figure is made from.

    Attributes
    ----------
    layers : Layers
        As read.
    derived : Derived
        What was computed from them.
    as_of : date
        The day that the map shows.
    words : Words
        The language of the figure.
    catalogue : sequence of LayerSpec or DerivedSpec
        Which layers there are, in drawing order, and how they look.
    build_id : str
        Which build this is.
    """

    layers: Layers
    derived: Derived
    as_of: date
    words: Words
    catalogue: Sequence[LayerSpec | DerivedSpec]
    build_id: str

    @property
    def remark(self) -> str:
        """What must be read with every figure; empty for none."""
        return self.words.texts.get("page.remark", "")

    def specs(self, *names: str) -> list[LayerSpec | DerivedSpec]:
        """Return the layers of these names that and that have a look, in drawing order; all of them without names."""
        return [spec for spec in self.catalogue if spec.style and (not names or spec.name in names)]

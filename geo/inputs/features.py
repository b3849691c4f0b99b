"""The result of reading: features, layers, and all layers of a folder."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from shapely.geometry.base import BaseGeometry

from geo.inputs.agreement import Agreement
from geo.inputs.catalog import LAYERS, DerivedSpec, LayerSpec
from geo.inputs.files import InputFile
from geo.inputs.frames import typed_frame
from geo.inputs.schema import column_type

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True, slots=True)
class Feature:
    """One validated row of a file: a record, and a geometry in lon, lat degrees (None if unknown)."""

    properties: Any
    geometry: BaseGeometry | None


@dataclass(frozen=True)
class Layer:
    """One file of the layers folder, read and checked.

    Attributes
    ----------
    spec : LayerSpec
        Its entry in the catalogue.
    features : tuple of Feature
        In the order of the file.
    collection : BaseModel or None
        Members of the collection, such as the date of an OpenStreetMap snapshot.
    file : InputFile or None
        The file that was read; None for a layer that was not read from a file.
    """

    spec: LayerSpec
    features: tuple[Feature, ...]
    collection: BaseModel | None = None
    file: InputFile | None = None

    @property
    def digest(self) -> str:
        """The sha256 of the bytes that were read; empty for a layer that was not read from a file."""
        return self.file.sha256 if self.file else ""

    @cached_property
    def frame(self) -> "gpd.GeoDataFrame":
        """The rows as `geo.read_layer` returns them, a DataFrame for a table; shared, so copy it before editing."""
        record = self.spec.record
        frame = typed_frame(
            [dict(feature.properties) for feature in self.features],
            {column: column_type(record, column) for column in record.model_fields},
            [feature.geometry for feature in self.features] if self.spec.geometry else None,
        )
        frame.attrs["layer"] = self.spec.name
        frame.attrs["digest"] = self.digest
        frame.attrs["collection"] = self.collection.model_dump(mode="json") if self.collection else {}
        return frame


@dataclass(frozen=True, slots=True)
class Layers(Mapping[str, Layer]):
    """All layers of a folder, by name.

    Attributes
    ----------
    by_name : mapping of str to Layer
        The layers, in drawing order.
    agreement : Agreement
        The terms that they are based on.
    catalogue : sequence of LayerSpec or DerivedSpec
        The layers of this folder, stored and computed, in drawing order.
    agreement_file : InputFile or None
        The file of the terms; None if they were not read from a file.
    """

    by_name: Mapping[str, Layer]
    agreement: Agreement
    catalogue: Sequence[LayerSpec | DerivedSpec]
    agreement_file: InputFile | None = None

    @property
    def files(self) -> tuple[InputFile, ...]:
        """Every file that was read, by name."""
        found = (self.agreement_file, *(layer.file for layer in self.by_name.values()))
        return tuple(sorted((file for file in found if file), key=lambda file: file.name))

    def __getitem__(self, name: str) -> Layer:
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def __len__(self) -> int:
        return len(self.by_name)

    def frame(self, name: str) -> "gpd.GeoDataFrame":
        """Return the rows of a layer as `Layer.frame`; empty for a known layer that this folder lacks."""
        if name in self.by_name:
            return self.by_name[name].frame
        return Layer(next(spec for spec in LAYERS if spec.name == name), ()).frame

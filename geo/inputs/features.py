"""What reading yields: features, layers, and the folder of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel
from shapely.geometry.base import BaseGeometry

from geo.inputs.agreement import Agreement
from geo.inputs.catalog import DerivedSpec, LayerSpec
from geo.inputs.files import InputFile
from geo.inputs.schema import Record

R_co = TypeVar("R_co", bound=Record, covariant=True)
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Feature(Generic[R_co]):
    """One row of a layer: what it says, and where it lies (lon, lat in degrees, EPSG:4326; None when unknown)."""

    properties: R_co
    geometry: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of the layers folder, read and checked.

    Attributes
    ----------
    spec : LayerSpec
        Its entry in the catalogue.
    features : tuple of Feature
        In the order of the file.
    collection : BaseModel or None
        What the collection itself carries, such as the date of an OpenStreetMap snapshot.
    file : InputFile or None
        The file that was read; None for a layer that was not read from a file.
    """

    spec: LayerSpec
    features: tuple[Feature[Any], ...]
    collection: BaseModel | None = None
    file: InputFile | None = None

    @property
    def digest(self) -> str:
        """The sha256 of the bytes that were read; empty for a layer that was not read from a file."""
        return self.file.sha256 if self.file else ""


@dataclass(frozen=True, slots=True)
class Layers(Mapping[str, Layer]):
    """All layers of a folder, by name.

    Attributes
    ----------
    by_name : mapping of str to Layer
        The layers, in drawing order.
    agreement : Agreement
        The terms that they rest on.
    catalogue : sequence of LayerSpec or DerivedSpec
        The layers of this folder, stored and computed, in drawing order.
    agreement_file : InputFile or None
        The file that the terms were read from; None if they were not read from a file.
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

    def features(self, name: str, record: type[R]) -> tuple[Feature[R], ...]:
        """Return the features of a layer, typed as the record that the caller knows it to hold; none if it is missing.

        Raises
        ------
        TypeError
            If the layer holds another kind of record.
        """
        if name not in self.by_name:
            return ()
        layer = self.by_name[name]
        if not issubclass(layer.spec.record, record):
            msg = f"layer {name} holds {layer.spec.record.__name__}, not {record.__name__}"
            raise TypeError(msg)
        return cast("tuple[Feature[R], ...]", layer.features)

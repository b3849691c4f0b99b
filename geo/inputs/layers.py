"""A layers folder: its agreement and its layers, read as far as they can be read; all errors are reported."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import DataError, Problem
from geo.inputs import agreement
from geo.inputs.agreement import Agreement
from geo.inputs.catalog import CATALOGUE, LAYERS, DerivedSpec, LayerSpec, folder_catalogue
from geo.inputs.files import InputFile, RefusedError, as_text, digest_of, quoted, read_bytes
from geo.inputs.geojson import WORLD_DEG
from geo.inputs.layer import Feature, Layer, layer_from_rows, layer_text, parse_layer
from geo.inputs.lenient import Changes
from geo.inputs.references import TARGETS, cited_sources, reference_problems

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "Feature",
    "Folder",
    "Layer",
    "Layers",
    "catalogue_of",
    "folder_layers",
    "layer_from_rows",
    "layer_text",
    "map_name",
    "parse_layer",
    "read_agreement",
    "read_folder",
    "read_layers",
    "read_targets",
]


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
        files = (self.agreement_file, *(layer.file for layer in self.by_name.values()))
        return tuple(sorted((file for file in files if file), key=lambda file: file.name))

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


@dataclass(frozen=True, slots=True)
class Folder:
    """The content of a layers folder, including its errors.

    Attributes
    ----------
    by_name : mapping of str to Layer
        The layers with their valid rows, in drawing order.
    terms, terms_file : Agreement, InputFile or None
        The agreed terms and their file; None if they could not be read.
    catalogue : tuple of LayerSpec or DerivedSpec
        The layers of this folder, stored and computed, in drawing order.
    problems : tuple of Problem
        All errors within single files.
    """

    by_name: Mapping[str, Layer]
    terms: Agreement | None
    terms_file: InputFile | None
    catalogue: tuple[LayerSpec | DerivedSpec, ...]
    problems: tuple[Problem, ...]

    def layers(self, *others: Layer) -> Layers:
        """Return the layers; `others` replace layers of the same name.

        Raises
        ------
        DataError
            If the agreement could not be read; it lists the problems of the folder.
        """
        if self.terms is None:
            raise DataError(self.problems)
        return Layers(self._with(*others), self.terms, self.catalogue, self.terms_file)

    def reference_problems(self, *others: Layer) -> list[Problem]:
        """Return all errors between the files; `others` replace layers of the same name."""
        return reference_problems(self._with(*others), self.terms, {problem.file for problem in self.problems})

    def cited_sources(self, *others: Layer) -> set[str]:
        """Return the ids of all sources that are cited; `others` replace layers of the same name."""
        return cited_sources(self._with(*others), self.terms)

    def _with(self, *others: Layer) -> dict[str, Layer]:
        return {**self.by_name, **{layer.spec.name: layer for layer in others}}


def read_layers(folder: Path) -> Layers:
    """Read and check the agreement and all layers of a folder.

    Parameters
    ----------
    folder : Path
        The layers folder.

    Returns
    -------
    Layers
        With the catalogue of the folder.

    Raises
    ------
    DataError
        If a file has errors; it lists those of all files.
    OutputError
        If a file exists but cannot be opened.
    """
    found = read_folder(folder)
    if problems := [*found.problems, *found.reference_problems()]:
        raise DataError(problems)
    return found.layers()


def read_folder(folder: Path, changes: Mapping[str, Changes] | None = None) -> Folder:
    """Read the agreement and every layer of the folder as far as they can be read.

    Parameters
    ----------
    folder : Path
        The layers folder.
    changes : mapping of str to Changes, optional
        Read leniently, and count here what was changed in each layer, by its name.

    Raises
    ------
    OutputError
        If a file exists but cannot be opened.
    """
    problems: list[Problem] = []
    terms, terms_file = read_agreement(folder, problems)
    catalogue = _catalogue(terms, folder)
    specs = [spec for spec in catalogue if isinstance(spec, LayerSpec)]
    if terms is not None:
        problems += _unlisted(folder, terms, {spec.name for spec in specs})
    by_name = {
        spec.name: _read_layer(folder, spec, problems, None if changes is None else changes[spec.name])
        for spec in specs
    }
    return Folder(by_name, terms, terms_file, catalogue, tuple(problems))


def read_agreement(folder: Path, problems: list[Problem]) -> tuple[Agreement | None, InputFile | None]:
    """Return the agreement and its file, or None if unreadable; every error is added to `problems`."""
    try:
        content = read_bytes(folder / agreement.FILE)
        file = InputFile(agreement.FILE, len(content), digest_of(content))
        return agreement.parse_agreement(as_text(content), problems), file
    except RefusedError as refused:
        problems.append(refused.problem(agreement.FILE))
        return None, None


def catalogue_of(folder: Path) -> tuple[LayerSpec | DerivedSpec, ...]:
    """Return the catalogue of a folder: the layers that its agreement lists, and what is computed from them.

    If the agreement cannot be read, these are the known layers that the folder contains.
    """
    return _catalogue(read_agreement(folder, [])[0], folder)


def _catalogue(terms: Agreement | None, folder: Path) -> tuple[LayerSpec | DerivedSpec, ...]:
    if terms is not None:
        asked = terms.map.layers or ()
        return tuple(
            spec
            for spec in folder_catalogue(terms, CATALOGUE)
            if not (isinstance(spec, LayerSpec) and spec.is_optional)
            or spec.name in asked
            or (folder / spec.file).exists()
        )
    # Neither the list of layers nor the area is known, so that a missing file or a remote place is not an error.
    return tuple(
        replace(spec, area_deg=WORLD_DEG) if isinstance(spec, LayerSpec) else spec
        for spec in CATALOGUE
        if isinstance(spec, DerivedSpec) or (folder / spec.file).exists()
    )


def folder_layers(folder: Path) -> tuple[LayerSpec, ...]:
    """Return the stored layers of a folder, as in `catalogue_of`."""
    return tuple(spec for spec in catalogue_of(folder) if isinstance(spec, LayerSpec))


def map_name(folder: Path) -> str:
    """Return the name of the map of a folder.

    Raises
    ------
    DataError
        If the agreement cannot be read; it lists all problems.
    """
    problems: list[Problem] = []
    terms, _ = read_agreement(folder, problems)
    if terms is None:
        raise DataError(problems)
    return terms.map.name


def _unlisted(folder: Path, terms: Agreement, own: Set[str]) -> Iterator[Problem]:
    """Yield a problem for each listed layer that is unknown, and each file of a layer that is not listed."""
    known = {spec.name: spec for spec in LAYERS}
    for name in terms.map.layers or ():
        if name not in own:
            yield Problem(
                agreement.FILE, "map", "layers", f"unknown layer {quoted(name)}", f"known are {', '.join(known)}"
            )
    for name, spec in known.items():
        if name not in own and (folder / spec.file).exists():
            repair = f"add it to map.layers in {agreement.FILE}, or remove the file"
            yield Problem(spec.file, "", "file", "this layer is not listed", repair)


def read_targets(folder: Path, layer: Layer) -> dict[str, Layer]:
    """Return the layers that others refer to, without those with errors; `layer` replaces its file."""
    targets = {layer.spec.name: layer}
    for spec in folder_layers(folder):
        problems: list[Problem] = []
        if spec.name in TARGETS and spec.name not in targets:
            target = _read_layer(folder, spec, problems)
            targets |= {} if problems else {spec.name: target}
    return targets


def _read_layer(folder: Path, spec: LayerSpec, problems: list[Problem], changes: Changes | None = None) -> Layer:
    try:
        return parse_layer(read_bytes(folder / spec.file), spec, problems, changes)
    except RefusedError as refused:
        problems.append(refused.problem(spec.file))
        return Layer(spec, ())

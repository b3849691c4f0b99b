"""Layers between their files and frames: read one, write one, or write all of a folder in canonical form."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import ConflictError, DataError, GeoError, Problem
from geo.inputs.catalog import LayerSpec
from geo.inputs.files import LAYERS_DIR, RefusedError, digest_of, read_bytes, refuse_shipped
from geo.inputs.frames import CRS, GEOMETRY, json_rows
from geo.inputs.geojson import geometry_json
from geo.inputs.layers import Layer, catalogue_of, layer_from_rows, layer_text, parse_layer, read_folder, read_targets
from geo.inputs.lenient import Changes
from geo.inputs.references import unresolved
from geo.inputs.store import KnownFile, replace_known_files

if TYPE_CHECKING:
    import pandas as pd

SOURCES = "sources"


def read_stored_layer(name: str, *, folder: Path = LAYERS_DIR) -> "pd.DataFrame":
    """Return a layer of the folder as `geo.read_layer` does."""
    spec = layer_spec(name, folder)
    problems: list[Problem] = []
    try:
        layer = parse_layer(read_bytes(folder / spec.file), spec, problems)
    except RefusedError as refused:
        raise DataError([refused.problem(spec.file)]) from None
    if problems:
        raise DataError(problems)
    frame: pd.DataFrame = layer.frame
    return frame


def write_layer(
    name: str,
    frame: "pd.DataFrame",
    *,
    folder: Path = LAYERS_DIR,
    replacing: str | None = None,
    sources: "pd.DataFrame | None" = None,
) -> Path:
    """Check a frame and write it as the layer, in canonical form.

    Parameters
    ----------
    name : str
        Name of the layer, as in the catalogue.
    frame : GeoDataFrame or DataFrame
        A frame from `geo.read_layer`, edited.
    folder : Path
        The layers folder.
    replacing : str, optional
        Digest of the version to replace (empty for a new file); by default, the version that the frame was read from.
    sources : DataFrame, optional
        The edited sources, as from `geo.read_layer`; both files are written in one step, or neither.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DataError
        With every problem of the frame; nothing is written.
    ConflictError
        If a file has changed since it was read. Both versions are kept, and nothing is replaced.
    GeoError
        If there is no such layer, or it is computed at build.
    """
    frames = {name: frame} if sources is None else {SOURCES: sources, name: frame}
    refuse_shipped(folder)
    specs = {each: layer_spec(each, folder) for each in frames}
    known = {each: _known(specs[each], frames[each], replacing if each == name else None) for each in frames}
    problems: list[Problem] = []
    layers = {each: _layer_of(specs[each], frames[each], problems) for each in frames}
    targets = {**read_targets(folder, layers[name]), **layers}
    problems += [problem for layer in layers.values() for problem in unresolved(layer, targets)]
    if problems:
        raise DataError(problems)
    files = {each: KnownFile(folder / specs[each].file, layer_text(layers[each]), known[each]) for each in frames}
    try:
        replace_known_files(list(files.values()))
    except ConflictError as conflict:
        layer = next(layer for layer in layers.values() if layer.spec.file == conflict.path.name)
        raise conflict.with_differences(_differences(layer, conflict.path)) from None
    for each, written in frames.items():
        written.attrs["digest"] = digest_of(files[each].text.encode())
    return files[name].path


def normalise_folder(folder: Path) -> list[str]:
    """Read every file of a layers folder leniently, and write it in canonical form if it is not.

    Parameters
    ----------
    folder : Path
        The layers folder; its agreement lists its layers.

    Returns
    -------
    list of str
        One line for each file that was rewritten, with what was changed.

    Raises
    ------
    DataError
        With every problem of every file, if there is any; nothing is written then.
    ConflictError
        If a file has changed since it was read. Both versions are kept, and no file is rewritten.
    OutputError
        If a file cannot be opened or written.
    """
    refuse_shipped(folder)
    changes: dict[str, Changes] = defaultdict(Changes)
    found = read_folder(folder, changes)
    if problems := [*found.problems, *found.reference_problems()]:
        raise DataError(problems)
    texts = {name: layer_text(layer) for name, layer in found.by_name.items()}
    rewritten = [layer for name, layer in found.by_name.items() if digest_of(texts[name].encode()) != layer.digest]
    if rewritten:
        replace_known_files(
            [KnownFile(folder / layer.spec.file, texts[layer.spec.name], layer.digest) for layer in rewritten]
        )
    return [_report(layer, changes[layer.spec.name]) for layer in rewritten]


def _report(layer: Layer, changes: Changes) -> str:
    rows = len(layer.features)
    noun = ("feature" if layer.spec.geometry else "row") + ("" if rows == 1 else "s")
    return f"{layer.spec.file}: {rows} {noun} rewritten in canonical form ({str(changes) or 'layout'})"


def layer_spec(name: str, folder: Path = LAYERS_DIR) -> LayerSpec:
    """Return the catalogue entry of a stored layer.

    Raises
    ------
    GeoError
        If there is no such layer, or it is computed; the message lists the stored ones.
    """
    catalogue = {spec.name: spec for spec in catalogue_of(folder)}
    spec = catalogue.get(name)
    if isinstance(spec, LayerSpec):
        return spec
    if spec is not None:
        made_from = ", ".join(spec.made_from)
        raise GeoError(f"{name!r} is computed at build; edit the layers that it is made from: {made_from}")
    stored = ", ".join(each.name for each in catalogue.values() if isinstance(each, LayerSpec))
    computed = ", ".join(each.name for each in catalogue.values() if not isinstance(each, LayerSpec))
    raise GeoError(f"unknown layer {name!r}; stored layers are {stored}; computed layers are {computed}")


def _known(spec: LayerSpec, frame: "pd.DataFrame", replacing: str | None) -> str:
    """Return the digest of the version that a frame replaces."""
    known = frame.attrs.get("digest") if replacing is None else replacing
    if known is None:
        repair = "start with geo.read_layer, or pass the digest of the version to replace as replacing="
        raise DataError([Problem(spec.file, "", "version", "a frame that was not read from the file", repair)])
    return str(known)


def _layer_of(spec: LayerSpec, frame: "pd.DataFrame", problems: list[Problem]) -> Layer:
    if faults := list(_frame_problems(frame, spec)):
        raise DataError(faults)
    geometries = map(geometry_json, frame[GEOMETRY]) if spec.geometry else [None] * len(frame)
    rows = zip(json_rows(frame), geometries, strict=True)
    return layer_from_rows(spec, rows, frame.attrs.get("collection", {}), problems)


def _frame_problems(frame: "pd.DataFrame", spec: LayerSpec) -> Iterator[Problem]:
    """Yield the errors of the frame as a whole: duplicate columns, no geometry, another CRS."""
    if not frame.columns.is_unique:
        yield Problem(spec.file, "", "columns", "duplicate column names", "remove the duplicates")
    crs = getattr(frame, "crs", None)
    if spec.geometry and (GEOMETRY not in frame.columns or crs != CRS):
        repair = "pass a GeoDataFrame with a column 'geometry' in longitude and latitude: frame.to_crs(4326)"
        yield Problem(spec.file, "", "CRS", "no CRS" if crs is None else str(crs), repair)


def _differences(layer: Layer, path: Path) -> str:
    """Return, by id, how a layer differs from the file on disk."""
    try:
        other = parse_layer(read_bytes(path), layer.spec, [])
    except RefusedError as refused:
        return f"the file can no longer be read ({refused.rule}: {refused.found})"
    mine, theirs = ({row.properties.id: row for row in each.features} for each in (layer, other))
    differences = {
        "only in yours": mine.keys() - theirs.keys(),
        "only in the file": theirs.keys() - mine.keys(),
        "different": {id_ for id_ in mine.keys() & theirs.keys() if mine[id_] != theirs[id_]},
    }
    texts = [f"{', '.join(sorted(ids))} ({kind})" for kind, ids in differences.items() if ids]
    return "; ".join(texts) or "layout only"

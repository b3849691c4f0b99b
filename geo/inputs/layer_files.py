"""Read one layer of a folder as a frame, and write it back."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import ConflictError, DataError, GeoError, Problem
from geo.inputs.catalog import LayerSpec
from geo.inputs.features import Layer
from geo.inputs.files import LAYERS_DIR, RefusedError, digest_of, read_bytes, refuse_shipped
from geo.inputs.frames import CRS, GEOMETRY, json_rows
from geo.inputs.geojson import geometry_json
from geo.inputs.layers import folder_computed, folder_layers, layer_from_rows, layer_text, parse_layer, read_targets
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
        raise DataError([Problem(spec.file, refused.where, refused.rule, refused.found, refused.repair)]) from None
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
    layers = {each: _layer(specs[each], frames[each], problems) for each in frames}
    targets = {**read_targets(folder, layers[name]), **layers}
    problems += [problem for layer in layers.values() for problem in unresolved(layer, targets)]
    if problems:
        raise DataError(problems)
    texts = {each: layer_text(layer) for each, layer in layers.items()}
    try:
        replace_known_files([KnownFile(folder / layers[each].spec.file, texts[each], known[each]) for each in layers])
    except ConflictError as conflict:
        layer = next(layer for layer in layers.values() if layer.spec.file == conflict.path.name)
        raise conflict.telling(_differences(layer, conflict.path)) from None
    for each, written in frames.items():
        written.attrs["digest"] = digest_of(texts[each].encode())
    return folder / layers[name].spec.file


def _known(spec: LayerSpec, frame: "pd.DataFrame", replacing: str | None) -> str:
    """Return the digest of the version that a frame replaces."""
    known = frame.attrs.get("digest") if replacing is None else replacing
    if known is None:
        repair = "begin with geo.read_layer, or say with replacing= which version this replaces"
        raise DataError([Problem(spec.file, "", "version", "a frame that was not read from the file", repair)])
    return str(known)


def _layer(spec: LayerSpec, frame: "pd.DataFrame", problems: list[Problem]) -> Layer:
    columns = list(_column_problems(frame, spec))
    if columns:
        raise DataError(columns)
    return layer_from_rows(spec, _rows(frame, spec), frame.attrs.get("collection", {}), problems)


def layer_spec(name: str, folder: Path = LAYERS_DIR) -> LayerSpec:
    """Return the catalogue entry of a stored layer.

    Raises
    ------
    GeoError
        If there is no such layer, or it is computed; the message lists the stored ones.
    """
    specs = folder_layers(folder)
    for spec in specs:
        if spec.name == name:
            return spec
    computed = {spec.name: spec for spec in folder_computed(folder)}
    if name in computed:
        made_from = ", ".join(computed[name].made_from)
        raise GeoError(f"{name!r} is computed at build; edit the layers that it is made from: {made_from}")
    stored = ", ".join(spec.name for spec in specs)
    raise GeoError(f"no layer is called {name!r}; the layers are {stored}; computed are {', '.join(computed)}")


def _column_problems(frame: "pd.DataFrame", spec: LayerSpec) -> Iterator[Problem]:
    """Yield the errors of the frame as a whole: missing columns, another CRS."""
    wanted = [*spec.record.model_fields, *([GEOMETRY] if spec.geometry else [])]
    for column in wanted:
        if column not in frame.columns:
            yield Problem(
                spec.file, "", column, "the column is missing", "keep every column; leave unknown cells empty"
            )
    for column in frame.columns:
        if column not in wanted:
            yield Problem(spec.file, "", str(column), "unknown column", "remove it")
    if not frame.columns.is_unique:
        yield Problem(spec.file, "", "columns", "a column stands twice", "keep one of the two")
    crs = getattr(frame, "crs", None) if spec.geometry else None
    if spec.geometry and crs != CRS:
        found = "no CRS" if crs is None else str(crs)
        yield Problem(spec.file, "", "CRS", found, "longitude and latitude are needed: frame.to_crs(4326)")


def _rows(frame: "pd.DataFrame", spec: LayerSpec) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Yield each row as JSON-ready values and a GeoJSON geometry."""
    geometries = frame[GEOMETRY] if spec.geometry else [None] * len(frame)
    for row, geometry in zip(json_rows(frame), geometries, strict=True):
        yield row, None if geometry is None else geometry_json(geometry)


def _differences(layer: Layer, path: Path) -> str:
    """Return in words, by id, how a layer differs from the file on disk."""
    problems: list[Problem] = []
    try:
        other = parse_layer(read_bytes(path), layer.spec, problems)
    except RefusedError as refused:
        return f"the file can no longer be read ({refused.rule}: {refused.found})"
    mine, theirs = ({row.properties.id: row for row in each.features} for each in (layer, other))
    told = {
        "only in yours": mine.keys() - theirs.keys(),
        "only in the file": theirs.keys() - mine.keys(),
        "not the same in both": {id_ for id_ in mine.keys() & theirs.keys() if mine[id_] != theirs[id_]},
    }
    return "; ".join(f"{', '.join(sorted(ids))} ({what})" for what, ids in told.items() if ids) or "their form only"

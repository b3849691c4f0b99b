"""manifest.json: the inputs and files of a build, and the check of a published folder."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from geo.errors import DamagedError, GeoError, OutputError
from geo.inputs.dates import first_day
from geo.inputs.files import InputFile, digest_of
from geo.inputs.layers import Layer, Layers
from geo.inputs.schema import Correction, Snapshot, Source
from geo.outputs.output import Output

MANIFEST = "manifest.json"
_ID_DIGITS = 12
# The libraries that the published bytes depend on; GEOS and PROJ are added separately.
_LIBRARIES = (
    "Babel",
    "branca",
    "folium",
    "geopandas",
    "matplotlib",
    "numpy",
    "pyarrow",
    "pydantic",
    "pyogrio",
    "pyproj",
    "shapely",
    "XStatic-Leaflet",
)
_CODE = {".py", ".html", ".css", ".js", ".json", ".svg"}


class FileEntry(BaseModel):
    """One file of a build.

    Attributes
    ----------
    name : str
        Path below the folder, with ``/`` between its parts.
    bytes : int
        Size.
    sha256 : str
        Digest of the content, in hexadecimal.
    rows : int or None
        Number of rows, None for a file without rows or with several layers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    bytes: int
    sha256: str
    rows: int | None = None


class Origin(BaseModel):
    """Everything that the bytes of a build depend on; clock, machine and user are not part of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inputs: tuple[FileEntry, ...]
    options: dict[str, Any]
    versions: dict[str, str]
    data_as_of: str | None

    @property
    def build_id(self) -> str:
        """The first 12 digits of a digest of the origin: equal for equal inputs, on any machine."""
        return _digest(self.model_dump(include=set(Origin.model_fields)))[:_ID_DIGITS]


class Manifest(Origin):
    """The origin of a build and the files that it consists of.

    Attributes
    ----------
    build : str
        The build id.
    layers : dict of str to dict
        For each published layer, how many rows were ``read``, ``shown`` and ``refused``.
    outputs : tuple of FileEntry
        The published files, sorted by name, without the manifest.
    digest : str
        sha256 of everything else in the manifest, so that a damaged manifest is detected.
    """

    build: str
    layers: dict[str, dict[str, int]]
    outputs: tuple[FileEntry, ...]
    digest: str = ""

    @property
    def own_digest(self) -> str:
        """The value that `digest` has in an intact manifest."""
        return _digest(self.model_dump(exclude={"digest"}))

    @property
    def text(self) -> str:
        """The content of ``manifest.json``."""
        return _json(self.model_dump())


def origin_of(layers: Layers, options: Mapping[str, Any], others: Sequence[InputFile] = ()) -> Origin:
    """Return what a build of these layers depends on.

    Parameters
    ----------
    layers : Layers
        The layers as read from their files.
    options : mapping of str to object
        The options of the build, JSON-ready.
    others : sequence of InputFile
        Other files that were read.

    Raises
    ------
    GeoError
        If SOURCE_DATE_EPOCH is set and not a time.
    """
    inputs = [
        FileEntry(name=file.name, bytes=file.size, sha256=file.sha256, rows=file.rows)
        for file in (*layers.files, *others)
    ]
    return Origin(inputs=tuple(inputs), options=dict(options), versions=_versions(), data_as_of=data_as_of(layers))


def data_as_of(layers: Layers) -> str | None:
    """Return the newest date that the inputs state: of a correction, of a source, or of a snapshot of OpenStreetMap.

    Returns
    -------
    str or None
        A day, month or year, as precise as it is stated; None if no date is stated. SOURCE_DATE_EPOCH overrides it.

    Raises
    ------
    GeoError
        If SOURCE_DATE_EPOCH is set and not a time.
    """
    if pinned := os.environ.get("SOURCE_DATE_EPOCH"):
        try:
            return datetime.fromtimestamp(int(pinned), UTC).date().isoformat()
        except (ValueError, OverflowError, OSError):
            raise GeoError(f"SOURCE_DATE_EPOCH is {pinned!r}, not seconds since 1970") from None
    return max((text for layer in layers.values() for text in _stated_dates(layer)), key=first_day, default=None)


def manifest_of(origin: Origin, outputs: Sequence[Output], layers: Mapping[str, Layer]) -> Manifest:
    """Return the manifest of a build that is about to be published.

    Parameters
    ----------
    origin : Origin
        What the build was made from.
    outputs : sequence of Output
        The files to publish.
    layers : mapping of str to Layer
        The layers as read from their files.

    Raises
    ------
    OutputError
        If a row of a layer that was read is missing in an output.
    """
    manifest = Manifest(
        **origin.model_dump(),
        build=origin.build_id,
        layers=_row_counts(outputs, layers),
        outputs=tuple(sorted(map(_entry, outputs), key=lambda entry: entry.name)),
    )
    return manifest.model_copy(update={"digest": manifest.own_digest})


def build_of(folder: Path) -> str | None:
    """Return the build id in the manifest of a folder, written by any version; None if the folder is not a build."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    build = found.get("build") if isinstance(found, dict) and "outputs" in found else None
    return build if isinstance(build, str) else None


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a folder; None if it is missing, damaged or written by another version."""
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = Manifest.model_validate_json(content, strict=True)
    except (OSError, ValidationError):
        return None
    return manifest if manifest.digest == manifest.own_digest and content == manifest.text.encode() else None


def verify(folder: Path) -> str:
    """Compare every file of a published folder with its manifest.

    Parameters
    ----------
    folder : Path
        A published folder, or a copy of one.

    Returns
    -------
    str
        One line that confirms that the folder is complete.

    Raises
    ------
    DamagedError
        If files are damaged, missing, added or from another build; the message has one line for each.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise DamagedError([f"{folder / MANIFEST}: missing, damaged, or written by another version"])
    if faults := [f"{folder / name}: {fault}" for name, fault in _faults(folder, manifest)]:
        raise DamagedError(faults)
    return f"{folder}: complete: {len(manifest.outputs) + 1} files, build {manifest.build}"


def is_complete(folder: Path) -> bool:
    """Return whether a folder is one complete build."""
    try:
        verify(folder)
    except DamagedError:
        return False
    return True


def _faults(folder: Path, manifest: Manifest) -> Iterator[tuple[str, str]]:
    for entry in manifest.outputs:
        try:
            if digest_of((folder / entry.name).read_bytes()) != entry.sha256:
                yield entry.name, f"damaged, or not from build {manifest.build} (its sha256 differs)"
        except FileNotFoundError:
            yield entry.name, "missing"
        except OSError as error:
            yield entry.name, f"cannot be read: {error.strerror}"
    expected = {MANIFEST, *(entry.name for entry in manifest.outputs)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in expected and (path.is_symlink() or not path.is_dir()):
            yield name, "not from this build"


def _entry(output: Output) -> FileEntry:
    return FileEntry(
        name=output.name,
        bytes=len(output.content),
        sha256=output.digest,
        rows=next(iter(output.rows.values())) if len(output.rows) == 1 else None,
    )


def _row_counts(outputs: Sequence[Output], layers: Mapping[str, Layer]) -> dict[str, dict[str, int]]:
    """Return the row counts of each published layer; a row that was read must be in every output of its layer."""
    counts = {}
    for name, layer in layers.items():
        read = layer.file.rows if layer.file and layer.file.rows is not None else len(layer.frame)
        shown = {output.rows[name] for output in outputs if name in output.rows}
        if lost := shown - {read}:
            raise OutputError(f"{layer.spec.file}: {read} rows were read, but an output has {lost.pop()}")
        if shown:
            counts[name] = {"read": read, "shown": read, "refused": 0}
    return counts


def _stated_dates(layer: Layer) -> Iterator[str]:
    if isinstance(layer.collection, Snapshot):
        moments = (layer.collection.osm_base, layer.collection.retrieved_at or "")
        yield from filter(_is_date, (moment.partition("T")[0] for moment in moments))
    if layer.spec.record in (Source, Correction):
        yield from layer.frame["date"].dropna()


def _is_date(text: str) -> bool:
    try:
        first_day(text)
    except ValueError:
        return False
    return True


@cache
def _versions() -> dict[str, str]:
    """Return the versions of everything the bytes depend on; Python is not part of it."""
    import pyproj
    import shapely

    try:
        own = metadata.version("idlib-m4-map")
    except metadata.PackageNotFoundError:  # a checkout that was never installed
        own = "0"
    return {
        "geo": f"{own}+{code_digest(Path(__file__).parents[1])}",
        "geos": shapely.geos_version_string,
        "proj": pyproj.proj_version_str,
        **{name.lower(): metadata.version(name) for name in _LIBRARIES},
    }


def code_digest(package: Path) -> str:
    """Return the first 12 digits of a digest of a package's files: checkouts of one version can differ."""
    files = {path.relative_to(package).as_posix(): path for path in package.rglob("*") if path.suffix in _CODE}
    return _digest({name: digest_of(path.read_bytes()) for name, path in files.items()})[:_ID_DIGITS]


def _digest(value: Any) -> str:
    return digest_of(_json(value).encode())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True) + "\n"

"""What a build was made from and what it consists of: manifest.json, the build id, and the check of a folder."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from geo.errors import DamagedError, GeoError, OutputError
from geo.inputs.dates import first_day
from geo.inputs.features import Layer, Layers
from geo.inputs.files import InputFile, digest_of
from geo.inputs.schema import Snapshot, Source
from geo.outputs.opening import open_output
from geo.outputs.output import Output

MANIFEST = "manifest.json"
_ID_DIGITS = 12
BUILD_ID = re.compile(f"[0-9a-f]{{{_ID_DIGITS}}}")
_CODE_DIGITS = 12
# What is computed with, and what the page is made of; the versions of what these bring with them are asked for apart.
_LIBRARIES = (
    "Babel",
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
_CODE = (".py", ".html", ".css", ".js", ".json")


class FileEntry(BaseModel):
    """One file: its name, its bytes, and how many rows it holds (None where rows mean nothing)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    bytes: int
    sha256: str
    rows: int | None = None


class Origin(BaseModel):
    """Everything that the bytes of a build depend on: no clock, no machine, no user."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inputs: tuple[FileEntry, ...]
    options: dict[str, Any]
    versions: dict[str, str]
    data_as_of: str | None

    @property
    def build_id(self) -> str:
        """The first digits of a digest of all this: equal for equal inputs, on any machine."""
        return digest_of(_json(self.model_dump(include=set(Origin.model_fields))).encode())[:_ID_DIGITS]


class Manifest(Origin):
    """An origin, and the build that was made from it."""

    build: str
    layers: dict[str, dict[str, int]]
    outputs: tuple[FileEntry, ...]

    @property
    def text(self) -> str:
        """What ``manifest.json`` holds."""
        return _json(self.model_dump())


def origin_of(layers: Layers, options: Mapping[str, Any], others: Sequence[InputFile] = ()) -> Origin:
    """Return what a build of these layers depends on.

    Parameters
    ----------
    layers : Layers
        As read from their files.
    options : mapping of str to object
        What was asked for, JSON-ready.
    others : sequence of InputFile
        What else was read.

    Raises
    ------
    GeoError
        If SOURCE_DATE_EPOCH is set and no time.
    """
    inputs = [
        FileEntry(name=file.name, bytes=file.size, sha256=file.sha256, rows=file.rows)
        for file in (*layers.files, *others)
    ]
    return Origin(inputs=tuple(inputs), options=dict(options), versions=_versions(), data_as_of=data_as_of(layers))


def data_as_of(layers: Layers) -> str | None:
    """Return the newest date that the inputs state of themselves; SOURCE_DATE_EPOCH overrules it.

    That is the day of publication of a source, or the state of OpenStreetMap in a snapshot. As precise as it stands
    there: day, month or year. None if no date is stated at all.

    Raises
    ------
    GeoError
        If SOURCE_DATE_EPOCH is set and no time.
    """
    if pinned := os.environ.get("SOURCE_DATE_EPOCH"):
        try:
            return datetime.fromtimestamp(int(pinned), UTC).date().isoformat()
        except (ValueError, OverflowError, OSError):
            raise GeoError(f"SOURCE_DATE_EPOCH is {pinned!r}, not seconds since 1970") from None
    return max((text for layer in layers.values() for text in _stated_dates(layer)), key=first_day, default=None)


def manifest_of(origin: Origin, outputs: Sequence[Output], layers: Layers) -> Manifest:
    """Return the manifest of a build that is about to be published.

    Raises
    ------
    OutputError
        If a layer did not go whole into what is to be published.
    """
    return Manifest(
        **origin.model_dump(),
        build=origin.build_id,
        layers=_ledger(outputs, layers),
        outputs=tuple(sorted(map(_entry, outputs), key=lambda entry: entry.name)),
    )


def build_of(folder: Path) -> str | None:
    """Return the id of the build in a folder, of whatever version of this package; None if it is no build."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    build = found.get("build") if isinstance(found, dict) and "outputs" in found else None
    return build if isinstance(build, str) and BUILD_ID.fullmatch(build) else None


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a published folder, or None where there is none that this version has written."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes(), strict=True)
    except (OSError, ValidationError):
        return None


def verify(folder: Path) -> str:
    """Hash, open and count every file of a published folder again, and say in one line that it is whole.

    Raises
    ------
    DamagedError
        If it is not, with one line for each fault.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise DamagedError([f"{folder / MANIFEST}: missing, or not written by a build"])
    if found := [f"{folder / name}: {fault}" for name, fault in _faults(folder, manifest)]:
        raise DamagedError(found)
    return f"{folder}: complete: {len(manifest.outputs) + 1} files, build {manifest.build}"


def is_whole(folder: Path) -> bool:
    """Return whether a folder is one complete build."""
    try:
        verify(folder)
    except DamagedError:
        return False
    return True


def _faults(folder: Path, manifest: Manifest) -> Iterator[tuple[str, str]]:
    if manifest.build != manifest.build_id:
        yield MANIFEST, "its build id is not that of the inputs it states"
    for entry in manifest.outputs:
        try:
            content = (folder / entry.name).read_bytes()
        except OSError as error:
            yield entry.name, "missing" if isinstance(error, FileNotFoundError) else f"unreadable: {error.strerror}"
            continue
        yield from ((entry.name, fault) for fault in _faults_of(entry, content, manifest.build))
    known = {MANIFEST, *(entry.name for entry in manifest.outputs)}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    yield from ((name, "not of this build") for name in sorted(present - known))


def _faults_of(entry: FileEntry, content: bytes, build: str) -> Iterator[str]:
    if digest_of(content) != entry.sha256 or len(content) != entry.bytes:
        yield f"{len(content)} bytes that are not those of this build"
    try:
        found = open_output(entry.name, content)
    except ValueError as error:
        yield f"cannot be opened: {error}"
        return
    for other in sorted(found.builds - {build}):
        yield f"of build {other}, in a folder of build {build}"
    if entry.rows is not None and [*found.rows.values()] != [entry.rows]:
        yield f"{', '.join(map(str, found.rows.values()))} rows where {entry.rows} were published"


def _entry(output: Output) -> FileEntry:
    rows = [*output.rows.values()]
    return FileEntry(
        name=output.name,
        bytes=len(output.content),
        sha256=output.digest,
        rows=rows[0] if len(rows) == 1 and PurePosixPath(output.name).suffix != ".html" else None,
    )


def _ledger(outputs: Sequence[Output], layers: Layers) -> dict[str, dict[str, int]]:
    """Return for each published layer how many rows were read, shown and refused: none may be lost on the way."""
    ledger = {}
    for name, layer in layers.items():
        shown = [output.rows[name] for output in outputs if name in output.rows]
        if not shown:
            continue
        read = layer.file.rows if layer.file and layer.file.rows is not None else len(layer.frame)
        if least := [rows for rows in shown if rows != read]:
            raise OutputError(f"{layer.spec.file}: {read} rows were read and {least[0]} would be shown")
        ledger[name] = {"in": read, "shown": read, "refused": 0}
    return ledger


def _stated_dates(layer: Layer) -> Iterator[str]:
    if isinstance(layer.collection, Snapshot):
        yield from filter(_is_date, (_day_of(layer.collection.osm_base), _day_of(layer.collection.retrieved_at or "")))
    if layer.spec.record is Source:
        yield from layer.frame["date"].dropna()


def _day_of(moment: str) -> str:
    return moment.partition("T")[0]


def _is_date(text: str) -> bool:
    try:
        first_day(text)
    except ValueError:
        return False
    return True


@cache
def _versions() -> dict[str, str]:
    """Return the versions of all that takes part; not of Python, on which no byte depends."""
    import pyproj
    import shapely

    return {
        "geo": f"{_own_version()}+{_code_digest()}",
        "geos": shapely.geos_version_string,
        "proj": pyproj.proj_version_str,
        **{name.lower(): metadata.version(name) for name in _LIBRARIES},
    }


def _own_version() -> str:
    try:
        return metadata.version("idlib-m4-map")
    except metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return "0"


def _code_digest() -> str:
    """Return a digest of this package's own files: the version alone does not tell two states of a checkout apart."""
    digest = hashlib.sha256()
    for name, file in sorted(_code_files(files("geo"), "")):
        digest.update(f"{name}\0{digest_of(file.read_bytes())}\n".encode())
    return digest.hexdigest()[:_CODE_DIGITS]


def _code_files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for child in folder.iterdir():
        name = f"{prefix}{child.name}"
        if child.is_dir():
            yield from _code_files(child, f"{name}/")
        elif PurePosixPath(name).suffix in _CODE:
            yield name, child


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True) + "\n"

"""GeoJSON of any size, feature by feature: a FeatureCollection, or one feature a line."""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from geo.errors import DataError, OutputError, Problem
from geo.inputs.files import DEEPEST, is_too_deep, too_deep
from geo.inputs.incident_batches import Pending, Refusal, Rows

NOT_A_FEATURE = "not a feature"
NOT_A_POINT = "geometry is not a point"
TOO_DEEP = f"nested more than {DEEPEST} levels deep"
HALF_A_CHARACTER = "half a character in a text"
LON, LAT = "longitude", "latitude"

_CHUNK = 1 << 20
_AT_ONCE = 1 << 13
_LONGEST = 16 << 20
_INT64 = 1 << 63
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,\x1e]*")


@dataclass(frozen=True, slots=True)
class GeoJsonSource:
    """A GeoJSON file; its points become the columns ``longitude`` and ``latitude``, if the features have none."""

    path: Path
    schema: Any
    is_gzip: bool
    geometry: str | None = None

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.path.name

    def batches(self) -> Iterator[Pending]:
        """Yield all rows, some at a time, in their order."""
        some: list[tuple[int, Any]] = []
        for number, feature in enumerate(_features(self.path, is_gzip=self.is_gzip), 1):
            some.append((number, feature))
            if len(some) == _AT_ONCE:
                yield partial(_rows, self, some)
                some = []
        if some:
            yield partial(_rows, self, some)

    def parts(self, _at_least_bytes: int) -> Iterator["GeoJsonSource"]:
        """Yield the file itself: it can be read from its beginning only."""
        yield self


def open_geojson(path: Path, *, is_gzip: bool) -> GeoJsonSource:
    """Open a GeoJSON file and see which properties its features have.

    Raises
    ------
    DataError
        If it is no GeoJSON.
    OutputError
        If it cannot be read.
    """
    import pyarrow as pa

    kinds: dict[str, set[type]] = {}
    for feature in _features(path, is_gzip=is_gzip):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        for key, value in (properties or {}).items() if isinstance(properties, dict) else ():
            kinds.setdefault(key, set()).add(_kind(value))
    if halved := next((key for key in kinds if not _is_whole(key)), None):
        raise DataError([Problem(path.name, "", "columns", f"half a character in {halved!a}", "mend the name")])
    fields = [(key, _arrow_type(types - {type(None)}, pa)) for key, types in kinds.items()]
    fields += [(name, pa.float64()) for name in (LON, LAT) if name not in kinds]
    return GeoJsonSource(path, pa.schema(fields), is_gzip)


def _kind(value: Any) -> type:
    """Return the type of a value; a number of more than 64 bits is kept as its digits."""
    return str if type(value) is int and not -_INT64 <= value < _INT64 else type(value)


def _is_whole(text: str) -> bool:
    """Return whether a text has no half characters (lone surrogates), which JSON can write and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _arrow_type(types: set[type], pa: Any) -> Any:
    if types == {bool}:
        return pa.bool_()
    if types == {int}:
        return pa.int64()
    if types and types <= {int, float}:
        return pa.float64()
    return pa.string()


def _features(path: Path, *, is_gzip: bool) -> Iterator[Any]:
    try:
        with _opened(path, is_gzip=is_gzip) as file:
            yield from _parsed(file)
    except RecursionError:
        deep = too_deep("GeoJSON")
        raise DataError([Problem(path.name, "", deep.rule, deep.found, deep.repair)]) from None
    except (UnicodeDecodeError, EOFError, ValueError) as error:
        found = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise DataError([Problem(path.name, "", "GeoJSON", found, "mend or fetch the file again")]) from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error


def _opened(path: Path, *, is_gzip: bool) -> BinaryIO:
    if is_gzip:
        import gzip

        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def _parsed(file: BinaryIO) -> Iterator[Any]:
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    parse = json.JSONDecoder().raw_decode
    text, at, is_last = "", 0, False
    head = _head(file, decode)
    start = _FEATURES.search(head)
    text = head[start.end() :] if start else head
    while True:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if at < len(text) and text[at] == "]" and start:
            return
        try:
            if at >= len(text):
                raise json.JSONDecodeError("cut off", text, at)
            feature, at = parse(text, at)
        except json.JSONDecodeError:
            fresh = file.read(_CHUNK)
            if is_last or len(text) - at > _LONGEST:
                if not start and at >= len(text):
                    return
                raise
            is_last = not fresh
            text, at = text[at:] + decode(fresh, final=is_last), 0
            continue
        yield feature
        if at > _CHUNK:
            text, at = text[at:], 0


def _head(file: BinaryIO, decode: Any) -> str:
    head = decode(file.read(_CHUNK))
    if not head.lstrip().startswith("{"):
        raise ValueError("it does not begin with an object")
    return str(head)


def _rows(source: GeoJsonSource, some: list[tuple[int, Any]]) -> Rows:
    import pyarrow as pa

    refused: list[Refusal] = []
    kept: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, feature in some:
        fault = _fault(feature)
        if fault:
            refused.append(Refusal(source.name, number, None, fault, _found(feature)))
            continue
        kept.append(_row(feature))
        numbers.append(number)
    arrays = [_array([row.get(field.name) for row in kept], field.type, pa) for field in source.schema]
    return Rows(
        pa.RecordBatch.from_arrays(arrays, schema=source.schema),
        np.array(numbers, dtype=np.int64),
        refused=tuple(refused),
    )


def _found(feature: Any) -> str:
    """Return how a feature begins, half characters written out."""
    if is_too_deep(feature):
        return TOO_DEEP
    return _json(feature)[:80].encode(errors="backslashreplace").decode()


def _fault(feature: Any) -> str:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return NOT_A_FEATURE
    properties = feature.get("properties")
    if not (properties is None or isinstance(properties, dict)):
        return NOT_A_FEATURE
    geometry = feature.get("geometry")
    if geometry is not None and (not isinstance(geometry, dict) or geometry.get("type") != "Point"):
        return NOT_A_POINT
    if any(isinstance(value, (list, dict)) and is_too_deep(value) for value in (properties or {}).values()):
        return TOO_DEEP
    return "" if all(map(_is_whole, _texts(properties or {}))) else HALF_A_CHARACTER


def _texts(properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield the values as the texts that may stand in a column."""
    for value in properties.values():
        if isinstance(value, (str, list, dict)):
            yield value if isinstance(value, str) else _json(value)


def _row(feature: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(feature.get("properties") or {})
    coordinates = (feature.get("geometry") or {}).get("coordinates")
    if isinstance(coordinates, list) and len(coordinates) >= 2:
        row.setdefault(LON, coordinates[0])
        row.setdefault(LAT, coordinates[1])
    return row


def _array(values: list[Any], kind: Any, pa: Any) -> Any:
    if kind == pa.string():
        return pa.array([None if one is None else one if isinstance(one, str) else _json(one) for one in values], kind)
    if kind == pa.float64():
        return pa.array([_number(one) if type(one) in (int, float) else None for one in values], kind)
    return pa.array(values, kind)


def _number(value: float) -> float:
    """Return a number as the machine has it; one beyond that is infinite, and so no coordinate."""
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

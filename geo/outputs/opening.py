"""Open a published file again as its readers will, and say what is found in it."""

import csv
import io
import json
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from importlib import import_module
from pathlib import PurePosixPath

from geo.outputs.output import BUILD_MARK, INCIDENTS, PAGE_TABLES, Found

_DAY_BYTES = 4


def open_output(name: str, content: bytes) -> Found:
    """Take a published file apart, as its readers will.

    Parameters
    ----------
    name : str
        Path below the published folder; its suffix says how to read it.
    content : bytes
        What stands there.

    Raises
    ------
    ValueError
        If it is not what its name says.
    """
    path = PurePosixPath(name)
    opener = _OPENERS.get(path.suffix)
    if opener is None:
        raise ValueError(f"{path.suffix} is no kind of file that a build writes")
    try:
        return opener(path.stem, content)
    except (KeyError, TypeError, IndexError, csv.Error, RecursionError) as error:
        raise ValueError(f"not as a build writes it ({error})") from error


def _found_in_document(_stem: str, content: bytes) -> Found:
    return Found(frozenset({json.loads(content.decode())[BUILD_MARK]}), {})


def _found_in_collection(layer: str, content: bytes) -> Found:
    document = json.loads(content.decode())
    return Found(frozenset({document[BUILD_MARK]}), {layer: len(document["features"])})


def _found_in_table(layer: str, content: bytes) -> Found:
    before = csv.field_size_limit(len(content))  # an outline as well-known text is one long cell
    try:
        header, *rows = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    finally:
        csv.field_size_limit(before)
    mark = header.index(BUILD_MARK)
    return Found(frozenset(row[mark] for row in rows), {layer: len(rows)})


class _PageReader(HTMLParser):
    """Finds what a page carries, as a browser does: its data, and the id of its build."""

    def __init__(self) -> None:
        super().__init__()
        self.data: list[str] = []
        self.build: str | None = None
        self._is_in_data = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        self._is_in_data = own.get("id") == "data"
        if tag == "meta" and own.get("name") == BUILD_MARK:
            self.build = own.get("content")

    def handle_endtag(self, _tag: str) -> None:
        self._is_in_data = False

    def handle_data(self, data: str) -> None:
        if self._is_in_data:
            self.data.append(data)


def _found_in_page(_stem: str, content: bytes) -> Found:
    page = _PageReader()
    page.feed(content.decode())
    page.close()
    if not page.data or page.build is None:
        raise ValueError("a page without its data, or without its build id")
    data = json.loads("".join(page.data))
    rows = {name: len(data[name]) for name in PAGE_TABLES} | {
        layer["name"]: len(layer["features"]) for layer in data["layers"]
    }
    if INCIDENTS in data:
        rows[INCIDENTS] = len(b64decode(data[INCIDENTS]["day"]["data"], validate=True)) // _DAY_BYTES
    return Found(frozenset({page.build, data["build_id"]}), rows)


def _loaded(module: str, name: str) -> Callable[[str, bytes], Found]:
    """Return what opens a kind of file, to be loaded with the first of that kind."""

    def found(stem: str, content: bytes) -> Found:
        opener: Callable[[str, bytes], Found] = getattr(import_module(module), name)
        return opener(stem, content)

    return found


# By suffix.
_OPENERS: Mapping[str, Callable[[str, bytes], Found]] = {
    ".csv": _found_in_table,
    ".geojson": _found_in_collection,
    ".gpkg": _loaded("geo.outputs.open_formats.geopackage", "found_in_geopackage"),
    ".html": _found_in_page,
    ".json": _found_in_document,
    ".kml": _loaded("geo.outputs.open_formats.kml", "found_in_kml"),
    ".parquet": _loaded("geo.outputs.open_formats.geoparquet", "found_in_parquet"),
    ".pdf": _loaded("geo.outputs.figures.opening", "found_in_pdf"),
    ".png": _loaded("geo.outputs.figures.opening", "found_in_png"),
    ".svg": _loaded("geo.outputs.figures.opening", "found_in_svg"),
}

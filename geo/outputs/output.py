"""One file of a build: what is meant to stand in it, and what is found in it when it is opened again."""

import csv
import io
import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any

from geo.inputs.files import digest_of

# Under this name the build id stands in each data file: a member of the document, or the last column of a table.
BUILD_MARK = "build"
# Tables of the page that are not layers of its map.
PAGE_TABLES = ("sources", "timeline")
# Somebody's own incidents, where the page was given some.
INCIDENTS = "incidents"
_DAY_BYTES = 4


@dataclass(frozen=True, slots=True)
class Output:
    """One file to publish.

    Attributes
    ----------
    name : str
        Path below the published folder, parted by ``/``.
    text : str
        What it is to hold, as UTF-8.
    rows : mapping of str to int
        By layer, how many of its rows went into it.
    """

    name: str
    text: str
    rows: Mapping[str, int]

    @property
    def content(self) -> bytes:
        """The bytes to write."""
        return self.text.encode()

    @property
    def digest(self) -> str:
        """The sha256 of the bytes, in hexadecimal."""
        return digest_of(self.content)


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds on opening it.

    Attributes
    ----------
    builds : frozenset of str
        The build ids that it carries: one, unless it was tampered with or has no row that could carry one.
    rows : mapping of str to int
        By layer, how many of its rows stand in it.
    """

    builds: frozenset[str]
    rows: Mapping[str, int]


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
    text = content.decode()
    try:
        if path.suffix == ".geojson":
            return _found_in_collection(path.stem, json.loads(text))
        if path.suffix == ".csv":
            return _found_in_table(path.stem, text)
        if path.suffix == ".html":
            return _found_in_page(text)
        return Found(frozenset({json.loads(text)[BUILD_MARK]}), {})
    except (KeyError, TypeError, IndexError, csv.Error) as error:
        raise ValueError(f"not as a build writes it ({error})") from error


def _found_in_collection(layer: str, document: Any) -> Found:
    return Found(frozenset({document[BUILD_MARK]}), {layer: len(document["features"])})


def _found_in_table(layer: str, text: str) -> Found:
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
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


def _found_in_page(text: str) -> Found:
    page = _PageReader()
    page.feed(text)
    page.close()
    if not page.data or page.build is None:
        raise ValueError("a page without its data, or without its build id")
    data = json.loads("".join(page.data))
    rows = {name: len(data[name]["rows"]) for name in PAGE_TABLES}
    for layer in data["layers"]:
        if len(layer["geometries"]) != len(layer["rows"]):
            raise ValueError(f"{layer['name']} has not as many places as rows")
        rows[layer["name"]] = len(layer["rows"])
    if INCIDENTS in data:
        rows[INCIDENTS] = len(b64decode(data[INCIDENTS]["day"]["data"], validate=True)) // _DAY_BYTES
    return Found(frozenset({page.build, data["build_id"]}), rows)

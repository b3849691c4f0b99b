"""One file of a build: what is meant to stand in it, and what is found in it when it is opened again."""

from collections.abc import Mapping
from dataclasses import dataclass

from geo.inputs.files import digest_of

# The page, below the published folder.
PAGE = "index.html"
# Under this name the build id stands in each data file: a member of the document, or the last column of a table.
BUILD_MARK = "build"
# Tables of the page that are not layers of its map.
PAGE_TABLES = ("sources", "timeline")
# Somebody's own incidents, where the page was given some.
INCIDENTS = "incidents"


@dataclass(frozen=True, slots=True)
class Output:
    """One file to publish.

    Attributes
    ----------
    name : str
        Path below the published folder, parted by ``/``.
    content : bytes
        What it is to hold.
    rows : mapping of str to int
        By layer, how many of its rows went into it.
    """

    name: str
    content: bytes
    rows: Mapping[str, int]

    @classmethod
    def of_text(cls, name: str, text: str, rows: Mapping[str, int]) -> "Output":
        """Return a file of text, as UTF-8."""
        return cls(name, text.encode(), rows)

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

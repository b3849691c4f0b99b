"""One file of a build: its name, its content, and the number of rows of each layer in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from geo.inputs.files import digest_of

# The page, below the published folder.
PAGE = "index.html"
# The name of the build id in a data file: a member of the document, or the last column of a table.
BUILD_MARK = "build"


@dataclass(frozen=True, slots=True)
class Output:
    """One file to publish.

    Attributes
    ----------
    name : str
        Path below the published folder, with ``/`` between its parts.
    content : bytes
        The content of the file.
    rows : mapping of str to int
        Number of rows in the file, by layer.
    """

    name: str
    content: bytes
    rows: Mapping[str, int]

    @classmethod
    def of_text(cls, name: str, text: str, rows: Mapping[str, int]) -> "Output":
        """Return a text file, encoded as UTF-8."""
        return cls(name, text.encode(), rows)

    @property
    def digest(self) -> str:
        """The sha256 of the content, in hexadecimal."""
        return digest_of(self.content)

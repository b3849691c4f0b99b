"""What readers of tables of incidents yield: some rows at a time, numbered, and what could not be made a row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt


class Refusal(NamedTuple):
    """A row that is not classified, and why.

    Attributes
    ----------
    file : str
        Name of the input.
    row : int
        Its number, from 1; the header is none.
    line : int or None
        On which line of the file it begins, from 1, where that has lines.
    reason, found : str
        Why, and what stands there.
    """

    file: str
    row: int
    line: int | None
    reason: str
    found: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table.

    Attributes
    ----------
    batch : pyarrow.RecordBatch
        As they stand in the input; texts are texts.
    numbers : array of int
        The number of each row, from 1.
    lines : array of int or None
        On which line each begins.
    refused : tuple of Refusal
        What stood between them and is no row.
    """

    batch: Any
    numbers: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64] | None = None
    refused: tuple[Refusal, ...] = ()


# Taking rows apart costs time; whoever has it calls this.
Pending = Callable[[], Rows]


class Source(Protocol):
    """An input: its name, its columns, and its rows."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    @property
    def schema(self) -> Any:
        """The columns, as a pyarrow.Schema."""

    @property
    def geometry(self) -> str | None:
        """The column that holds points in well-known binary, if there is one."""

    def batches(self) -> Iterator[Pending]:
        """Yield all rows, some at a time, in their order."""

    def parts(self, at_least_bytes: int, /) -> Iterator["Source"]:
        """Yield sources that are read alone, together all of it, in its order."""

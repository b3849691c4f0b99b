"""What can go wrong, each kind with the exit code that says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


def on_one_line(text: str) -> str:
    """Return a text without line breaks, and with invisible characters written out: a terminal obeys some of them."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in " ".join(text.split())
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in the input, told in one line: where it is, which rule it breaks, what was found, how to mend it.

    Attributes
    ----------
    file : str
        Name of the file, as it stands in the layers folder.
    where : str
        The feature, row or line, for example ``feature 'trumba'``; empty when the fault is the file's own.
    rule : str
        The column or rule that is broken.
    found : str
        What stands there now.
    repair : str
        What is right, and so what to do.
    """

    file: str
    where: str
    rule: str
    found: str
    repair: str

    def __str__(self) -> str:
        parts = (self.file, self.where, self.rule, self.found, self.repair)
        return ": ".join(on_one_line(part) for part in parts if part)


class GeoError(Exception):
    """Anything this package refuses to do; the message is one plain line.

    Attributes
    ----------
    exit_code : int
        What a command exits with.
    """

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows in place of a traceback: the message, which is meant for people."""
        return str(self).splitlines()


class DataError(GeoError):
    """The layers hold faults. All of them are listed, one line each.

    Parameters
    ----------
    problems : sequence of Problem
        Every fault found in this run, in reading order.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DamagedError(GeoError):
    """A published folder is not the build that it says it is; one line for each fault.

    Parameters
    ----------
    faults : sequence of str
        Every fault found.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class ConflictError(GeoError):
    """A file has changed since it was read; both versions are kept.

    Parameters
    ----------
    path, aside : Path
        The file, and where the version that was to replace it now stands.
    differences : str
        What differs between the two, by id.
    """

    def __init__(self, path: Path, aside: Path, differences: str = "") -> None:
        self.path, self.aside = path, aside
        told = f"; they differ in: {differences}" if differences else ""
        super().__init__(
            f"{path.name}: somebody else has changed it since it was read; yours is kept as {aside.name}{told}. "
            "Read the layer again and repeat your change"
        )

    def telling(self, differences: str) -> "ConflictError":
        """Return the same error with what differs."""
        return ConflictError(self.path, self.aside, differences)


class GeometryError(GeoError, ValueError):
    """A geometry from which the asked-for one cannot be computed."""


class DayError(GeoError, ValueError):
    """A day that the map does not cover."""

    exit_code = 2


class SnapshotError(GeoError):
    """OpenStreetMap gave nothing that may become a snapshot."""

    exit_code = 3


class BusyError(GeoError):
    """Somebody else is writing, and goes on for too long."""

    exit_code = 75


class OutputError(GeoError):
    """A file could not be read or written for a reason outside the data."""

    exit_code = 74

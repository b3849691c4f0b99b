"""The errors of the package, each with its exit code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


def on_one_line(text: str) -> str:
    """Return a text on one line, with invisible characters escaped, because terminals interpret some of them."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in " ".join(text.split())
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One error in the input, on one line: where it is, which rule it breaks, what was found, how to fix it.

    Attributes
    ----------
    file : str
        Name of the file in the layers folder.
    where : str
        The feature, row or line, for example ``feature 'trumba'``; empty if the error concerns the whole file.
    rule : str
        The column or the rule.
    found : str
        The invalid value.
    repair : str
        What is valid, or what to do.
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
    """Base class of the errors of this package; the message is plain text.

    Attributes
    ----------
    exit_code : int
        Exit code of a command.
    """

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows instead of a traceback: the message."""
        return str(self).splitlines()


class DataError(GeoError):
    """The layers contain errors; all are listed, one per line.

    Parameters
    ----------
    problems : sequence of Problem
        All errors, in reading order.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DamagedError(GeoError):
    """A published folder differs from its manifest; one line per difference.

    Parameters
    ----------
    faults : sequence of str
        All differences.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class ConflictError(GeoError):
    """A file has changed since it was read; both versions are kept.

    Parameters
    ----------
    path, aside : Path
        The file, and the file to which the new version was written.
    differences : str
        The differences between the two, by id.
    """

    def __init__(self, path: Path, aside: Path, differences: str = "") -> None:
        self.path, self.aside = path, aside
        details = f"; the two differ in: {differences}" if differences else ""
        super().__init__(
            f"{path.name}: changed since it was read; your version is saved as {aside.name}{details}. "
            "Read the layer again and repeat your change"
        )

    def with_differences(self, differences: str) -> "ConflictError":
        """Return the same error with a list of the differences."""
        return ConflictError(self.path, self.aside, differences)


class GeometryError(GeoError, ValueError):
    """The result cannot be computed from this geometry."""


class DayError(GeoError, ValueError):
    """A day that the map does not cover."""

    exit_code = 2


class SnapshotError(GeoError):
    """OpenStreetMap returned no usable snapshot."""

    exit_code = 3


class BusyError(GeoError):
    """Timed out waiting for another writer's lock."""

    exit_code = 75


class OutputError(GeoError):
    """A file could not be read or written for a reason outside the data."""

    exit_code = 74

"""How the commands use standard output and standard error, which may be closed or full; their help and progress."""

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol, TextIO

from geo.errors import OutputError

# What writing to a pipe reports whose reader has gone.
_READER_GONE = (errno.EINVAL,) if sys.platform == "win32" else (errno.EPIPE,)

# Set for all that a notebook's kernel starts. A cell (``!python -m geo.build``) is a terminal that keeps every frame.
_IN_NOTEBOOK = "JPY_PARENT_PID"


class Report(Protocol):
    """Called with each step of long work as it begins."""

    def __call__(self, step: str, share: float | None = None, /) -> None:
        """Report a step, and the share (0 to 1) of it that is done, where this is known."""


class _Tolerant(io.RawIOBase):
    """A file descriptor that accepts everything; the first error is kept, and later output is dropped.

    Parameters
    ----------
    fd : int
        The descriptor; it is not closed.

    Attributes
    ----------
    error : OSError or None
        Why something could not be written.
    """

    def __init__(self, fd: int) -> None:
        self._raw = io.FileIO(fd, "w", closefd=False)
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: Any, /) -> int | None:
        if self.error is None:
            try:
                return self._raw.write(data)
            except OSError as error:
                self.error = error
        return len(data)


def run(command: Callable[[], object]) -> NoReturn:
    """Run a command to its end, whatever happens to its standard output, and exit.

    A command reports after its work is done, so a reader that has gone (``| head``) or a closed standard output makes
    no difference. If standard output cannot be written for another reason, such as a full disk, a command that has
    otherwise succeeded reports this on standard error and exits with 74.

    Parameters
    ----------
    command : callable
        The command, as typer runs it.
    """
    sys.stdout, out = _tolerant(sys.stdout)
    sys.stderr, _ = _tolerant(sys.stderr)
    try:
        command()
        code: object = 0
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    if not code and out.error is not None and out.error.errno not in _READER_GONE:
        sys.stderr.write(f"standard output: cannot be written: {out.error.strerror}; everything else is done\n")
        code = OutputError.exit_code
    sys.stderr.flush()
    sys.exit(code)  # type: ignore[arg-type]


def examples(commands: Mapping[str, str]) -> str:
    """Return the end of a command's help: examples, each with what it does."""
    return "\n\n".join(["Examples:", *(f"{command}  # {meaning}" for command, meaning in commands.items())])


@contextmanager
def progress() -> Iterator[Report]:
    """Yield a function that shows each step and a bar; it does nothing without a terminal, or in a notebook."""
    if not sys.stderr.isatty() or _IN_NOTEBOOK in os.environ:
        yield lambda _step, _share=None: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=None)

        def report(step: str, share: float | None = None) -> None:
            bar.update(
                task, description=step, completed=share or 0.0, total=None if share is None else 1.0, refresh=True
            )

        yield report


def _tolerant(stream: TextIO | None) -> tuple[TextIO, _Tolerant]:
    """Return a replacement for a stream (None if it is closed) that raises no errors, and its raw file."""
    if stream is None:
        return _stream(_Tolerant(os.open(os.devnull, os.O_WRONLY)), "utf-8", is_line_buffered=False)
    stream.flush()
    if sys.platform == "win32" and stream.isatty():  # a console takes Unicode only through Python's own stream
        return stream, _Tolerant(stream.fileno())
    is_line_buffered = getattr(stream, "line_buffering", False) or getattr(stream, "write_through", False)
    return _stream(_Tolerant(stream.fileno()), stream.encoding, is_line_buffered=is_line_buffered)


def _stream(raw: _Tolerant, encoding: str, *, is_line_buffered: bool) -> tuple[TextIO, _Tolerant]:
    """Return a text stream; characters that are not in its encoding are escaped."""
    text = io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=is_line_buffered
    )
    return text, raw

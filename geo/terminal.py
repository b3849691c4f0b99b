"""How the commands use standard output and standard error, which may be closed or full."""

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

from geo.errors import OutputError


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
    if not code and out.error is not None and out.error.errno != errno.EPIPE:
        sys.stderr.write(f"standard output: cannot be written: {out.error.strerror}; everything else is done\n")
        code = OutputError.exit_code
    sys.stderr.flush()
    sys.exit(code)  # type: ignore[arg-type]


def _tolerant(stream: TextIO | None) -> tuple[TextIO, _Tolerant]:
    """Return a replacement for a stream (None if it is closed) that raises no errors, and its raw file."""
    if stream is None:
        return _stream(_Tolerant(os.open(os.devnull, os.O_WRONLY)), "utf-8", is_line_buffered=False)
    stream.flush()
    is_line_buffered = getattr(stream, "line_buffering", False) or getattr(stream, "write_through", False)
    return _stream(_Tolerant(stream.fileno()), stream.encoding, is_line_buffered=is_line_buffered)


def _stream(raw: _Tolerant, encoding: str, *, is_line_buffered: bool) -> tuple[TextIO, _Tolerant]:
    """Return a text stream; characters that are not in its encoding are escaped."""
    text = io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=is_line_buffered
    )
    return text, raw

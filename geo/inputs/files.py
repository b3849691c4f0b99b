"""Open one input file, or say plainly why not."""

from pathlib import Path

from geo.errors import OutputError

CHECKOUT = Path(__file__).resolve().parents[2]
LAYERS_DIR = CHECKOUT / "layers"


class RefusedError(ValueError):
    """A file or a part of one that breaks a rule; its reader says in which feature.

    Attributes
    ----------
    rule, found, repair, where : str
        As in `geo.errors.Problem`.
    """

    def __init__(self, rule: str, found: str, repair: str, *, where: str = "") -> None:
        self.rule, self.found, self.repair, self.where = rule, found, repair, where
        super().__init__(found)


def read_text(path: Path) -> str:
    """Return the text of an input file.

    Raises
    ------
    RefusedError
        If there is no such file or it is not UTF-8.
    OutputError
        If it is there but cannot be opened.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise RefusedError("file", "missing", f"put it into {path.parent}") from None
    except UnicodeDecodeError as error:
        raise RefusedError("encoding", f"byte {error.start} is not UTF-8", "save the file as UTF-8") from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}") from error

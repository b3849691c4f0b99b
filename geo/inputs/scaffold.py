"""The smallest layers folder that makes a map, to start another map from; synthetic and labelled as such."""

import shutil
from pathlib import Path

from geo.errors import OutputError
from geo.inputs.files import LAYERS_DIR

_EXAMPLE = LAYERS_DIR / "examples" / "start"


def new_folder(folder: Path) -> list[Path]:
    """Write a minimal valid layers folder, completely or not at all.

    Parameters
    ----------
    folder : Path
        The folder to write; it may exist if it is empty.

    Returns
    -------
    list of Path
        The files, by name.

    Raises
    ------
    OutputError
        If the folder is not empty, or cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(f"{folder}: already exists and is not empty; choose a new or an empty folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = folder.with_name(f".{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(_EXAMPLE, unfinished, copy_function=shutil.copyfile)
        unfinished.replace(folder)
    except OSError as error:
        raise OutputError(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from error
    return sorted(folder.iterdir())

"""The pipeline in one screen, and its command: ``python -m geo.build``."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from geo.errors import GeoError
from geo.inputs.catalog import CATALOGUE, DerivedSpec, LayerSpec
from geo.inputs.files import CHECKOUT, LAYERS_DIR
from geo.inputs.layers import read_layers
from geo.inputs.summary import summary_text

OUT_DIR = CHECKOUT / "maps" / "idlib_m4"
FORMATS = ("page", "data")
# The ceasefire began at 00:01 on this day (protocol of 5 March 2020, clause 1).
AS_OF = date(2020, 3, 6)


def _silent(_step: str) -> None:
    """Report nothing."""


def build(
    layers_dir: Path = LAYERS_DIR,
    out_dir: Path = OUT_DIR,
    *,
    as_of: date = AS_OF,
    formats: Sequence[str] = FORMATS,
    catalogue: Sequence[LayerSpec | DerivedSpec] = CATALOGUE,
    corrections: str | None = None,
    report: Callable[[str], None] = _silent,
) -> Path:
    """Build the map from a folder of layers.

    Parameters
    ----------
    layers_dir, out_dir : Path
        Where the layers are, and which folder to publish.
    as_of : date
        The day that the page opens on.
    formats : sequence of str
        What to publish, of `FORMATS`.
    catalogue : sequence of LayerSpec or DerivedSpec
        Which layers there are, in drawing order.
    corrections : str, optional
        Where readers of the page report mistakes: an e-mail address or a web address.
    report : callable
        Called with the name of each step as it begins.

    Returns
    -------
    Path
        The page, or the published folder when no page was asked for.

    Raises
    ------
    GeoError
        Of the kind that says why; what was published before is then untouched.
    """
    from geo.geometry.derive import derive  # here, so that --check does not wait for them
    from geo.outputs.data import data_files
    from geo.outputs.page import render_page
    from geo.outputs.publish import publish

    report("Reading the layers")
    layers = read_layers(layers_dir, [spec for spec in catalogue if isinstance(spec, LayerSpec)])
    report("Computing the corridor")
    derived = derive(layers)
    report("Writing the map")
    files: dict[str, str] = {}
    if "data" in formats:
        files.update(data_files(layers, derived, catalogue=catalogue))
    if "page" in formats:
        files["index.html"] = render_page(layers, derived, as_of, catalogue=catalogue, corrections=corrections)
    publish(files, out_dir)
    return out_dir / "index.html" if "page" in formats else out_dir


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2020-03-06") from None


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(part.strip() for part in text.split(","))
    if unknown := [part for part in formats if part not in FORMATS]:
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {', '.join(FORMATS)}")
    return formats


def main(
    layers: Annotated[Path, typer.Option(help="The folder of layers.")] = LAYERS_DIR,
    out: Annotated[Path, typer.Option(help="The folder to publish.")] = OUT_DIR,
    as_of: Annotated[str, typer.Option(help="The day that the page opens on.")] = AS_OF.isoformat(),
    formats: Annotated[str, typer.Option(help="What to publish, comma-separated.")] = ",".join(FORMATS),
    corrections: Annotated[
        str | None, typer.Option(help="Where readers report mistakes: an e-mail or web address.", metavar="TEXT")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the layers, and say what they hold.")] = False,
) -> None:
    """Build the map from the layers. No network is used."""
    day, wanted = _date(as_of), _formats(formats)
    console = Console(stderr=True)
    status = console.status("Starting") if console.is_terminal else None
    with status or nullcontext():
        try:
            if check:
                done = summary_text(read_layers(layers))
            else:
                report = status.update if status else _silent
                done = str(build(layers, out, as_of=day, formats=wanted, corrections=corrections, report=report))
        except GeoError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(error.exit_code) from None
    typer.echo(done)


if __name__ == "__main__":
    typer.run(main)

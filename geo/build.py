"""The pipeline on one screen, and its command: ``python -m geo.build``."""

import gc
import re
import signal
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from urllib.parse import urlsplit

import typer

from geo.errors import GeoError
from geo.inputs.files import CHECKOUT, IS_CHECKOUT, LAYERS_DIR
from geo.inputs.layers import Layers, map_name, read_layers
from geo.inputs.schema import plain_text
from geo.outputs.context import Build, silent
from geo.outputs.formats import FORMATS, outputs_of
from geo.outputs.output import PAGE
from geo.outputs.texts import LANGUAGES
from geo.terminal import Report, examples, progress, run

if TYPE_CHECKING:
    from geo.outputs.incident_page import PageIncidents

# Maps are published here, each under its own name; an installed package publishes to the working directory.
MAPS_DIR = (CHECKOUT if IS_CHECKOUT else Path()) / "maps"
# The formats that are published by default.
STANDARD = tuple(name for name in FORMATS if name != "parquet")
# Age of an OpenStreetMap snapshot from which the page shows a remark.
STALE_AFTER_DAYS = 365
# The exit code of a command that was interrupted by Ctrl-C.
_STOPPED = 130


def build(
    layers_dir: Path = LAYERS_DIR,
    out_dir: Path | None = None,
    *,
    as_of: date | None = None,
    formats: Sequence[str] = STANDARD,
    languages: Sequence[str] = LANGUAGES,
    corrections: str | None = None,
    stale_after_days: int = STALE_AFTER_DAYS,
    incidents: Path | None = None,
    report: Report = silent,
) -> Path:
    """Build the map from a folder of layers.

    Parameters
    ----------
    layers_dir : Path
        The layers folder.
    out_dir : Path, optional
        The folder to publish; by default, the folder in `MAPS_DIR` with the name of the map.
    as_of : date, optional
        The day on which the page opens, and which the figures show; by default, the opening day of the agreement.
    formats : sequence of str
        The formats to publish, from `geo.outputs.formats.FORMATS`.
    languages : sequence of str
        Languages of the figures, from `geo.outputs.texts.LANGUAGES`; the page has all of them.
    corrections : str, optional
        Where readers of the page report mistakes: an e-mail, http or https address.
    stale_after_days : int
        Age in days, on the day of reading, from which the page remarks on a snapshot of OpenStreetMap.
    incidents : Path, optional
        A table of the user's own incidents, which the page also shows.
    report : callable
        Called with the name of each step as it begins, and with the share of it that is done, where this is known.

    Returns
    -------
    Path
        The page, or the published folder when no page was asked for.

    Raises
    ------
    GeoError
        A subclass gives the reason, such as `DayError` for a day that the map does not cover; the published map is
        then unchanged.
    """
    from geo.history.derive import derive  # imported here to keep --check fast
    from geo.outputs.manifest import manifest_of, origin_of
    from geo.outputs.publish import build_lock, publish

    try:
        corrections = None if corrections is None else _contact(corrections)
    except ValueError as error:
        raise GeoError(f"corrections: {corrections!a} {error}") from None
    report("Reading the layers")
    layers = read_layers(layers_dir)
    out_dir = out_dir or MAPS_DIR / layers.agreement.map.name
    day = layers.agreement.map.day_shown(as_of)
    own = _incidents(incidents, layers) if incidents and "page" in formats else None
    options = {
        "as_of": day.isoformat(),
        "formats": sorted(set(formats)),
        "languages": sorted(set(languages)),
        "corrections": corrections,
        "stale_after_days": stale_after_days,
    }
    origin = origin_of(layers, options, [own.file] if own else [])
    with build_lock(out_dir) as site:
        report("Computing the corridor")
        context = Build(
            layers,
            derive(layers),
            as_of=day,
            build_id=origin.build_id,
            data_as_of=origin.data_as_of,
            languages=[language for language in LANGUAGES if language in languages],
            corrections=corrections,
            stale_after_days=stale_after_days,
            incidents=own,
            report=report,
        )
        outputs = outputs_of(context, formats)
        report("Publishing")
        publish(site, outputs, manifest_of(origin, outputs, layers))
    return out_dir / PAGE if "page" in formats else out_dir


def _incidents(table: Path, layers: Layers) -> "PageIncidents":
    from geo.outputs.incident_page import incidents_for_page

    return incidents_for_page(table, layers)


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date (YYYY-MM-DD)") from None


def _contact(text: str) -> str:
    """Return an e-mail, http or https address; raise ValueError if it is none."""
    address = urlsplit(plain_text(text))
    is_web = address.scheme in ("http", "https") and address.hostname and not re.search(r"\s", text)
    if not (is_web or re.fullmatch(r"(mailto:)?[^\s@/:]+@[^\s@/:]+", text)):
        raise ValueError("is not an e-mail, http or https address")
    return text


def _contact_given(text: str | None) -> str | None:
    try:
        return text if text is None else _contact(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!a} {error}", param_hint="--corrections") from None


def _names(text: str, known: Sequence[str]) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if unknown := [part for part in names if part not in known]:
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {', '.join(known)}")
    return names


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    epilog=examples(
        {
            "python -m geo.build": "everything but GeoParquet, in about two minutes",
            "python -m geo.build --formats page --out try": "only the page, in seconds",
            "python -m geo.build --as-of 2018-06-01 --languages en,ar": "another day; figures in two languages",
            "python -m geo.build --check": "only check the layers",
            "python -m geo.build --new my-layers": "start a map of another road",
            "python -m geo.build --layers my-layers": "build that map",
            "python -m geo.build --incidents events.csv --formats page": "the page with your own incidents",
        }
    )
)
def main(
    layers: Annotated[
        Path, typer.Option(help="Folder of layers; default: that of the M4 map.", metavar="DIR", show_default=False)
    ] = LAYERS_DIR,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to publish; default: maps/ and the name of the map.", metavar="DIR"),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Day on which the page opens, and which the figures show (YYYY-MM-DD).", metavar="DAY"),
    ] = None,
    formats: Annotated[
        str, typer.Option(help=f"What to publish, separated by commas: {', '.join(FORMATS)}.", metavar="LIST")
    ] = ",".join(STANDARD),
    languages: Annotated[
        str,
        typer.Option(help="Languages of the figures, separated by commas; the page has all of them.", metavar="LIST"),
    ] = ",".join(LANGUAGES),
    corrections: Annotated[
        str | None,
        typer.Option(
            help="Where readers report mistakes: an e-mail or web address, shown under About.", metavar="TEXT"
        ),
    ] = None,
    stale_after: Annotated[
        int,
        typer.Option(
            help="Age of the roads from which the page says that they may have changed.", min=0, metavar="DAYS"
        ),
    ] = STALE_AFTER_DAYS,
    incidents: Annotated[
        Path | None,
        typer.Option(
            help="Table of your own incidents to show on the page; the page then contains the whole table.",
            metavar="FILE",
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the layers, and print a summary.")] = False,
    normalise: Annotated[
        bool, typer.Option("--normalise", help="Only rewrite the layers in canonical form, such as after QGIS.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only compare each published file with the manifest.")
    ] = False,
    new: Annotated[
        Path | None, typer.Option(help="Only write a small folder of layers, to start another map from.", metavar="DIR")
    ] = None,
) -> None:
    """Build the map from the layers, without network requests. Nothing is published unless everything is valid."""
    day, wanted, own_languages = _date(as_of), _names(formats, FORMATS), _names(languages, LANGUAGES)
    corrections_at = _contact_given(corrections)
    if incidents is not None and "page" not in wanted:
        raise typer.BadParameter(
            "incidents are shown on the page, which --formats leaves out", param_hint="--incidents"
        )
    if check + normalise + verify + (new is not None) > 1:
        raise typer.BadParameter("--check, --normalise, --verify and --new each do only one thing; give one of them")
    _prepare_process(draws="figures" in wanted)
    with progress() as report:
        try:
            if check:
                done = _checked(layers)
            elif normalise:
                done = _normalised(layers)
            elif verify:
                done = _verified(out or MAPS_DIR / map_name(layers))
            elif new is not None:
                done = _begun(new)
            else:
                done = str(
                    build(
                        layers,
                        out,
                        as_of=day,
                        formats=wanted,
                        languages=own_languages,
                        corrections=corrections_at,
                        stale_after_days=stale_after,
                        incidents=incidents,
                        report=report,
                    )
                )
        except GeoError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            if normalise:
                typer.echo(
                    f"{layers}: interrupted; every file is intact, in its old form or in canonical form", err=True
                )
            else:
                typer.echo(
                    f"{out or MAPS_DIR}: interrupted; the published map is intact, the previous build or the new one",
                    err=True,
                )
            raise typer.Exit(_STOPPED) from None
    typer.echo(done)


def _prepare_process(*, draws: bool) -> None:
    """Make SIGTERM clean up like Ctrl-C, and disable the garbage collector when nothing is drawn."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not draws:  # only figures create many temporary objects; the process ends soon
        gc.disable()


def _normalised(folder: Path) -> str:
    from geo.inputs.layer_files import normalise_folder

    return "\n".join(normalise_folder(folder)) or "all files are in canonical form already"


def _begun(folder: Path) -> str:
    from geo.inputs.scaffold import new_folder

    return "\n".join(map(str, new_folder(folder)))


def _checked(folder: Path) -> str:
    from geo.errors import DataError
    from geo.inputs.references import stale_translations
    from geo.inputs.summary import remarks_on_form, summary_text

    layers = read_layers(folder)
    if problems := stale_translations(layers, layers.agreement):
        raise DataError(problems)
    return "\n".join([summary_text(layers), *remarks_on_form(layers)])


def _verified(out: Path) -> str:
    from geo.outputs.manifest import verify

    return verify(out)


def command() -> NoReturn:
    """Run the command, as the script of the installed package does."""
    run(app)


if __name__ == "__main__":
    command()

"""Write the snapshot of the road of a folder's agreement: ``python -m geo.osm``."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from geo.errors import GeoError, OutputError, SnapshotError
from geo.geometry.geodesic import length_m
from geo.inputs.agreement import FILE as AGREEMENT_FILE
from geo.inputs.files import LAYERS_DIR, refuse_shipped
from geo.inputs.layers import Layer, layer_text
from geo.inputs.store import replace_known_file
from geo.osm import DEADLINE_S, OVERPASS_URL
from geo.osm.extract import read_extract
from geo.osm.overpass import fetch_motorways
from geo.osm.snapshot import NO_HEADING, Verdict, judge, osm_base
from geo.osm.ways import UNKNOWN, Road, read_checked, read_road, road_layer
from geo.terminal import examples, progress, run

KEPT_S = 1.0  # of the deadline, for judging an answer that came at the last moment


def _web_address(text: str | None) -> str | None:
    try:
        parts = urlsplit(text or OVERPASS_URL)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a valid URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise typer.BadParameter(f"{text!r} is not an http or https address")
    return text


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Fetch the road of a folder's agreement from OpenStreetMap, or read it from an extract, and save it as the "
    "snapshot that a build uses. A road replaces the snapshot only if it is as good: one connected road in each "
    "direction over the whole corridor, about as long, in the same place, and not older. Otherwise nothing changes.",
    epilog=examples(
        {
            "python -m geo.osm --dry-run": "fetch the M4, and only say what would change",
            "python -m geo.osm": "fetch it, and save it if it is as good",
            "python -m geo.osm --osm-file syria.osm.pbf": "read it from a file, without the network",
            "python -m geo.osm --layers layers/examples/m5": "the road of another map",
        }
    ),
)
def main(
    layers: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help=f"Folder of layers; its {AGREEMENT_FILE} names the road; default: that of the M4.",
            show_default=False,
        ),
    ] = LAYERS_DIR,
    overpass_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            callback=_web_address,
            help=f"Overpass server, without /interpreter; default: {OVERPASS_URL}.",
        ),
    ] = None,
    osm_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Read this extract (.osm, .osm.gz, .osm.bz2 or .osm.pbf) instead; no network request is made.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write; default: the file of the road in the folder.")
    ] = None,
    deadline: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=5, max=3600, help="End after this many seconds, whatever the server does."),
    ] = DEADLINE_S,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept",
            help="Accept a complete road that is longer, shorter, elsewhere or older than the snapshot; review it with "
            "--dry-run first. An incomplete road is never accepted.",
        ),
    ] = False,
    require_fresh: Annotated[
        bool, typer.Option("--require-fresh", help="Exit with 3, instead of a warning, if the old snapshot is kept.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would change, also if the road is refused.")
    ] = False,
) -> None:
    """Run the command."""
    end = time.monotonic() - _running_s() + deadline - KEPT_S
    if overpass_url and osm_file:
        raise typer.BadParameter("give --overpass-url or --osm-file, not both")
    try:
        road = read_road(layers)
        out = out or layers / road.spec.file
        snapshot = _snapshot(out, road)
        source = str(osm_file or overpass_url or OVERPASS_URL)
        try:
            with progress() as report:
                report(f"Reading the {road.ref} from {source}")
                ways = read_extract(osm_file) if osm_file else fetch_motorways(source, road.area_deg, end=end)
                layer, skipped_refs = road_layer(ways, road)
                verdict = judge(layer.frame, snapshot.frame if snapshot else None, road)
            if dry_run and verdict.changes:
                typer.echo(verdict.changes)
            _refuse(verdict, skipped_refs, accept=accept)
        except SnapshotError as error:
            _keep(f"{source}: {error}", snapshot, require_fresh=require_fresh)
            return
        if dry_run:
            typer.echo(f"{out}: would be {_summary(layer)}")
            return
        replace_known_file(out, layer_text(layer), known=snapshot.digest if snapshot else "")
        typer.echo(f"{out}: {_summary(layer)}")
        if verdict.changes:
            typer.echo(verdict.changes)
    except GeoError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None


def _running_s() -> float:
    """Return for how long the command has been running; where the system does not say, its processor time."""
    if __name__ != "__main__":
        return 0.0  # called by another program
    try:
        started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return time.process_time()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def _snapshot(out: Path, road: Road) -> Layer | None:
    """Return the snapshot that would be replaced, if there is one; no other file is overwritten."""
    refuse_shipped(out.parent)
    if not out.parent.is_dir():
        raise OutputError(f"{out}: cannot be written: no folder {out.parent}")
    if not os.path.lexists(out):
        return None
    if out.is_symlink() or not out.is_file():
        raise OutputError(f"{out}: cannot be replaced: not a regular file")
    return read_checked(out, road.spec)


def _refuse(verdict: Verdict, skipped_refs: Sequence[str], *, accept: bool) -> None:
    """Raise if a road may not become the snapshot."""
    reason = "; ".join((*verdict.faults, *verdict.differences))
    if verdict.faults:
        skipped = (
            f"; ways that join it were skipped for their number: {', '.join(skipped_refs)}" if skipped_refs else ""
        )
        raise SnapshotError(f"{reason}{skipped}")
    if verdict.differences and not accept:
        raise SnapshotError(f"{reason}; to accept this road: --accept")


def _keep(reason: str, snapshot: Layer | None, *, require_fresh: bool) -> None:
    """Say why the snapshot is kept; raise if there is none, or a fresh one was required."""
    if snapshot is None:
        raise SnapshotError(reason)
    # Not from the frame: importing geopandas here would take from the time and the memory of the fetch.
    state = getattr(snapshot.collection, "osm_base", UNKNOWN)
    reason = f"{reason}; the snapshot of {state} is kept"
    if require_fresh:
        raise SnapshotError(reason)
    typer.echo(f"warning: {reason}", err=True)


def _summary(layer: Layer) -> str:
    """Return in one line what a snapshot holds: ways, kilometres in each direction (WGS 84 geodesic), date."""
    ways = layer.frame
    sums_m = ways.geometry.map(length_m).groupby(ways["carriageway"].fillna(NO_HEADING)).sum()
    lengths = ", ".join(f"{metres / 1000:.2f} km {name}" for name, metres in sums_m.items())
    return f"{len(ways)} ways, {lengths}, OpenStreetMap as of {osm_base(ways)}"


if __name__ == "__main__":
    run(app)

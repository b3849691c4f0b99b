"""The road of a folder's agreement from OpenStreetMap, never worse than before: ``python -m geo.osm``."""

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.status import Status
from rich.text import Text
from shapely.geometry import MultiPoint, Point

from geo.errors import DataError, GeoError, OutputError, Problem, SnapshotError
from geo.geometry.geodesic import length_m
from geo.geometry.heading import headings
from geo.geometry.judgement import DIGEST_DIGITS, Verdict, judge, osm_base
from geo.history.derive import stretch_ends
from geo.inputs.agreement import FILE as AGREEMENT_FILE
from geo.inputs.asking import MOST_TRIES, ask_each
from geo.inputs.catalog import LayerSpec
from geo.inputs.files import LAYERS_DIR, RefusedError, read_bytes, refuse_shipped
from geo.inputs.layers import Layer, folder_layers, layer_text, parse_layer, read_agreement
from geo.inputs.osm_extract import UNKNOWN, read_extract, utc
from geo.inputs.osm_ways import LICENCE, Road, Way, as_features
from geo.inputs.schema import Snapshot
from geo.inputs.store import replace_file, replace_known_file
from geo.outputs.fetch_report import changes_line, render_report
from geo.terminal import run

OVERPASS_URL = "https://overpass-api.de/api"
REPORT = Path("fetch-report.html")
DEADLINE_S = 120.0
KEPT_S = 1.0  # of the deadline, for starting, and for judging an answer that came at the last moment

# Around the ends of the corridor, where the agreement does not say where to look for the road: some 10 km.
_AROUND_THE_ENDS_DEG = 0.1


class Task(NamedTuple):
    """Which road is fetched, and what it is judged by.

    Attributes
    ----------
    spec : LayerSpec
        The layer of the road.
    road : Road
        Its number, and where it is looked for.
    ends : tuple of two Point
        The ends of the corridor; lon, lat.
    headings : tuple of two str
        Where its two carriageways lead.
    """

    spec: LayerSpec
    road: Road
    ends: tuple[Point, Point]
    headings: tuple[str, str]


class Candidate(NamedTuple):
    """What one source returned: a layer that may become the snapshot, or the reason why there is none."""

    source: str
    layer: Layer | None
    reason: str = ""


class Judged(NamedTuple):
    """A layer from one source, and whether it may become the snapshot."""

    source: str
    layer: Layer
    verdict: Verdict


def fetch_road(
    overpass_url: str = OVERPASS_URL, *, layers_dir: Path = LAYERS_DIR, deadline_s: float = DEADLINE_S
) -> Layer:
    """Fetch the road of a folder's agreement from an Overpass server.

    Parameters
    ----------
    overpass_url : str
        Address of the interface, without ``/interpreter``.
    layers_dir : Path
        Folder of layers whose ``agreement.toml`` names the road.
    deadline_s : float
        The fetch ends after this many seconds, whatever the server does.

    Returns
    -------
    Layer
        The ways of the road in EPSG:4326, drawn in the direction of travel; not written to any file.

    Raises
    ------
    SnapshotError
        If there is no answer, or the road is not in it.
    DataError
        If the folder has no agreement, or it or ``places.geojson`` cannot be read.
    """
    (candidate,) = _fetched([overpass_url], read_task(layers_dir), time.monotonic() + deadline_s)
    return _layer_of(candidate)


def read_osm_file(path: Path, *, layers_dir: Path = LAYERS_DIR) -> Layer:
    """Read the road of a folder's agreement from an OpenStreetMap extract.

    Parameters
    ----------
    path : Path
        A PBF extract if the name ends in ``.pbf``, else OSM XML.
    layers_dir : Path
        Folder of layers whose ``agreement.toml`` names the road.

    Returns
    -------
    Layer
        As `fetch_road` returns it.

    Raises
    ------
    SnapshotError
        If the file is not an extract, or the road is not in it.
    OutputError
        If the file cannot be read.
    DataError
        As `fetch_road`.
    """
    return _layer_of(_read(path, read_task(layers_dir)))


def read_task(layers_dir: Path) -> Task:
    """Return which road the agreement of a folder is about, and what a fetched one is judged by.

    Parameters
    ----------
    layers_dir : Path
        Folder of layers.

    Raises
    ------
    DataError
        If the folder has no agreement, or it or ``places.geojson`` cannot be read.
    """
    problems: list[Problem] = []
    terms, _ = read_agreement(layers_dir, problems)
    if terms is None:
        raise DataError(problems)
    specs = {spec.name: spec for spec in folder_layers(layers_dir)}
    places_spec = specs["places"]
    try:
        places = parse_layer(read_bytes(layers_dir / places_spec.file), places_spec, problems)
    except RefusedError as refused:
        raise DataError([_problem(refused, places_spec.file)]) from None
    if problems:
        raise DataError(problems)
    # From the records: importing geopandas here would take from the time and the memory of the fetch.
    ends = stretch_ends(terms, {place.properties.id: place.geometry for place in places.features})
    corridor = terms.corridor
    west, south, east, north = MultiPoint(ends).buffer(_AROUND_THE_ENDS_DEG).bounds
    road = Road(corridor.road, corridor.fetch_area_deg or (west, south, east, north))
    return Task(specs[corridor.road_layer], road, ends, terms.headings)


def summary(layer: Layer) -> str:
    """Return in one line what a snapshot holds: ways, kilometres in each direction (WGS 84 geodesic), date."""
    ways = layer.frame
    sums_m = ways.geometry.map(length_m).groupby(ways["carriageway"].fillna("in no known direction")).sum()
    lengths = ", ".join(f"{metres / 1000:.2f} km {name}" for name, metres in sums_m.items())
    return f"{len(ways)} ways, {lengths}, OpenStreetMap as of {osm_base(ways)}"


# ---- The candidates ----


def _layer_of(candidate: Candidate) -> Layer:
    if candidate.layer is None:
        raise SnapshotError(f"{candidate.source}: {candidate.reason}")
    return candidate.layer


def _fetched(urls: Sequence[str], task: Task, end: float, status: Status | None = None) -> Iterator[Candidate]:
    whole_s = end - time.monotonic()

    def show(state: str) -> None:
        if status:
            status.update(Text(f"{state} ({end - time.monotonic():.0f} s of {whole_s:.0f} s left)"))

    for reply in ask_each(urls, task.road, end=end, progress=show):
        if reply.ways:
            yield _candidate(reply.url, task, reply.ways, reply.osm_base, time.time())
        else:
            yield Candidate(reply.url, None, reply.reason)


def _read(path: Path, task: Task) -> Candidate:
    try:
        ways, state = read_extract(path, task.road)
        modified = path.stat().st_mtime
    except SnapshotError as error:
        return Candidate(str(path), None, str(error))
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error
    return _candidate(str(path), task, ways, state, modified)


def _candidate(source: str, task: Task, ways: Sequence[Way], state: str, retrieved: float) -> Candidate:
    travelled = {way.osm_id: way.travelled for way in ways if way.travelled is not None}
    features = as_features(ways, headings(travelled, task.headings), f"{task.road.ref} motorway")
    collection = Snapshot(licence=LICENCE, osm_base=state, retrieved_at=_retrieved_at(retrieved))
    layer = Layer(task.spec, features, collection)
    problems: list[Problem] = []
    parse_layer(layer_text(layer).encode(), task.spec, problems)  # nothing is written that the reader would refuse
    return Candidate(source, None, str(problems[0])) if problems else Candidate(source, layer)


def _retrieved_at(seconds: float) -> str:
    pinned = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return utc(int(pinned) if pinned else seconds)
    except (ValueError, OverflowError, OSError) as error:
        raise SnapshotError(f"SOURCE_DATE_EPOCH is {pinned!r}, not seconds since 1970") from error


# ---- What they are judged by ----


def _present(out: Path, spec: LayerSpec) -> Layer | None:
    """Return the snapshot that a candidate would replace, if there is one; no other file is overwritten."""
    problems: list[Problem] = []
    try:
        layer = parse_layer(read_bytes(out), spec, problems)
    except RefusedError as refused:
        if not os.path.lexists(out):
            return None
        if not out.is_file() or out.is_symlink():
            raise OutputError(f"{out}: cannot be replaced: {refused.found}") from refused
        problems.append(_problem(refused, str(out)))
    if problems:
        raise DataError(problems[:1])
    return layer


def _problem(refused: RefusedError, file: str) -> Problem:
    return Problem(file, refused.where, refused.rule, refused.found, refused.repair)


# ---- The command ----


def _web_addresses(texts: list[str] | None) -> list[str] | None:
    for text in texts or []:
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r} is not a valid URL: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise typer.BadParameter(f"{text!r} is not an http or https address")
    if texts and len(texts) > MOST_TRIES:
        raise typer.BadParameter(f"at most {MOST_TRIES} addresses")
    return texts


def _digest(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(f"[0-9a-f]{{{DIGEST_DIGITS}}}", text):
        raise typer.BadParameter(f"not the {DIGEST_DIGITS} digits that a refusal names")
    return text


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Fetch the road of a folder's agreement from OpenStreetMap, or read it from an extract, and write its "
    "snapshot. Only a road that is as good as the snapshot replaces it: connected in each direction over the whole "
    "corridor, hardly longer, shorter or elsewhere, and not of an older date. Otherwise the snapshot stays as it is."
)
def main(
    layers: Annotated[
        Path, typer.Option(metavar="DIR", help=f"Folder of layers; the road is that of its {AGREEMENT_FILE}.")
    ] = LAYERS_DIR,
    overpass_url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            callback=_web_addresses,
            help="Overpass interface to ask, without /interpreter; repeat it for more, asked in this order until one "
            f"gives a good road. {OVERPASS_URL} if not given.",
        ),
    ] = None,
    osm_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Read this extract (.osm or .osm.pbf), without a network request."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write; that of the road in the folder if not given.")
    ] = None,
    deadline: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=5, max=3600, help="The fetch ends after this many seconds, answer or not."),
    ] = DEADLINE_S,
    accept: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST",
            callback=_digest,
            help="Take the road with this digest, which a refusal names, although it is longer, shorter or elsewhere "
            "than the snapshot, or of an older date. A road that is not whole is never taken.",
        ),
    ] = None,
    require_fresh: Annotated[
        bool, typer.Option("--require-fresh", help="Exit with 3 if the old snapshot has to stay, instead of a warning.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=f"Leave the snapshot alone; draw old and new road in {REPORT}.")
    ] = False,
) -> None:
    """Run the command."""
    end = time.monotonic() + deadline - KEPT_S
    if overpass_url and osm_file:
        raise typer.BadParameter("give --overpass-url or --osm-file, not both")
    try:
        task = read_task(layers)
        out = out or layers / task.spec.file
        refuse_shipped(out.parent)
        if not out.parent.is_dir():
            raise OutputError(f"{out}: cannot be written: no folder {out.parent}")
        snapshot = _present(out, task.spec)
        with Console(stderr=True).status(f"Reading the {task.road.ref} from OpenStreetMap") as status:
            found = [_read(osm_file, task)] if osm_file else _fetched(overpass_url or [OVERPASS_URL], task, end, status)
            best, reasons = _best(found, snapshot, task, accept or "")
        if best and dry_run:
            old = snapshot.frame if snapshot else None
            report = render_report(task.road.ref, best.source, best.verdict, old, best.layer.frame)
            replace_file(REPORT, report)
            typer.echo(f"{REPORT}: both roads, drawn")
        if best and best.verdict.is_good:
            _take(best, snapshot, out, dry_run=dry_run)
        else:
            _refuse(reasons, snapshot, require_fresh=require_fresh)
    except GeoError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None


def _best(
    candidates: Iterable[Candidate], snapshot: Layer | None, task: Task, accepted: str
) -> tuple[Judged | None, list[str]]:
    """Return the first good candidate, else the last that could be judged, and why each one before was not good."""
    best, reasons = None, []
    for candidate in candidates:
        if candidate.layer is None:
            reasons.append(f"{candidate.source}: {candidate.reason}")
            continue
        old = snapshot.frame if snapshot else None
        verdict = judge(candidate.layer.frame, old, task.ends, task.headings, accepted=accepted)
        best = Judged(candidate.source, candidate.layer, verdict)
        if best.verdict.is_good:
            break
        reasons.append(f"{candidate.source}: {best.verdict.reason}")
    return best, reasons


def _take(best: Judged, snapshot: Layer | None, out: Path, *, dry_run: bool) -> None:
    if not dry_run:
        replace_known_file(out, layer_text(best.layer), known=snapshot.digest if snapshot else "")
    typer.echo(f"{out}: {'would be ' if dry_run else ''}{summary(best.layer)}")
    if best.verdict.comparison and snapshot:
        typer.echo(changes_line(best.verdict.comparison, snapshot.frame))


def _refuse(reasons: Sequence[str], snapshot: Layer | None, *, require_fresh: bool) -> None:
    reason = " | ".join(reasons)
    if snapshot is None:
        raise SnapshotError(reason)
    state = getattr(snapshot.collection, "osm_base", UNKNOWN)
    reason = f"{reason}; the snapshot of {state} stays"
    if require_fresh:
        raise SnapshotError(reason)
    typer.echo(f"warning: {reason}", err=True)


if __name__ == "__main__":
    run(app)

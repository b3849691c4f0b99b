"""Update ``layers/m4.geojson`` from OpenStreetMap, and never make it worse: ``python -m geo.osm``."""

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.status import Status
from rich.text import Text
from shapely.geometry import Point

from geo.errors import DataError, GeoError, OutputError, Problem, SnapshotError
from geo.geometry.derive import stretch_ends
from geo.geometry.geodesic import length_m
from geo.geometry.heading import headings
from geo.geometry.judgement import DIGEST_DIGITS, Verdict, judge, osm_base
from geo.inputs.agreement import FILE as AGREEMENT_FILE
from geo.inputs.agreement import parse_agreement
from geo.inputs.asking import MOST_TRIES, ask_each
from geo.inputs.catalog import LAYERS
from geo.inputs.features import Layer
from geo.inputs.files import LAYERS_DIR, RefusedError, as_text, read_bytes, refuse_shipped
from geo.inputs.layers import layer_text, parse_layer
from geo.inputs.osm_extract import read_extract, utc
from geo.inputs.osm_ways import LICENCE, M4, Way, as_features
from geo.inputs.schema import Snapshot
from geo.inputs.store import replace_file, replace_known_file
from geo.outputs.fetch_report import changes_line, render_report
from geo.terminal import run

OVERPASS_URL = "https://overpass-api.de/api"
SNAPSHOT = LAYERS_DIR / M4.file
REPORT = Path("fetch-report.html")
DEADLINE_S = 120.0
KEPT_S = 1.0  # reserved from the deadline, for starting and for checking an answer that arrives at the last moment

_PLACES = next(spec for spec in LAYERS if spec.name == "places")


@dataclass(frozen=True, slots=True)
class Candidate:
    """The result of one source: a layer that may become the snapshot, or the reason why there is none."""

    source: str
    layer: Layer | None
    reason: str = ""


class Judged(NamedTuple):
    """A layer from one source, and whether it may become the snapshot."""

    source: str
    layer: Layer
    verdict: Verdict


def fetch_m4(overpass_url: str = OVERPASS_URL, *, deadline_s: float = DEADLINE_S) -> Layer:
    """Fetch the M4 from an Overpass server.

    Parameters
    ----------
    overpass_url : str
        URL of the API, without ``/interpreter``.
    deadline_s : float
        Maximum time in seconds, whatever the server does.

    Raises
    ------
    SnapshotError
        If there is no answer that contains the road.
    """
    (candidate,) = _fetched([overpass_url], time.monotonic() + deadline_s)
    return _layer_of(candidate)


def read_osm_file(path: Path) -> Layer:
    """Read the M4 from an OpenStreetMap extract; parameters and errors as for `geo.inputs.osm_extract.read_extract`."""
    return _layer_of(_read(path))


def summary(layer: Layer) -> str:
    """Return a one-line summary of a snapshot: ways, kilometres in each direction (WGS 84 geodesic), date."""
    ways = layer.frame
    sums_m = ways.geometry.map(length_m).groupby(ways["carriageway"].fillna("in no known direction")).sum()
    lengths = ", ".join(f"{metres / 1000:.2f} km {name}" for name, metres in sums_m.items())
    return f"{len(ways)} ways, {lengths}, OpenStreetMap as of {osm_base(layer)}"


# ---- The candidates ----


def _layer_of(candidate: Candidate) -> Layer:
    if candidate.layer is None:
        raise SnapshotError(f"{candidate.source}: {candidate.reason}")
    return candidate.layer


def _fetched(urls: Sequence[str], end: float, status: Status | None = None) -> Iterator[Candidate]:
    whole_s = end - time.monotonic()

    def show(state: str) -> None:
        if status:
            status.update(Text(f"{state} ({end - time.monotonic():.0f} s of {whole_s:.0f} s left)"))

    for reply in ask_each(urls, end=end, progress=show):
        if reply.ways:
            yield _candidate(reply.url, reply.ways, reply.osm_base, time.time())
        else:
            yield Candidate(reply.url, None, reply.reason)


def _read(path: Path) -> Candidate:
    try:
        ways, state = read_extract(path)
        modified = path.stat().st_mtime
    except SnapshotError as error:
        return Candidate(str(path), None, str(error))
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from error
    return _candidate(str(path), ways, state, modified)


def _candidate(source: str, ways: Sequence[Way], state: str, retrieved: float) -> Candidate:
    try:
        heading = headings({way.osm_id: way.travelled for way in ways if way.travelled is not None})
        features = as_features(ways, heading)
    except SnapshotError as error:
        return Candidate(source, None, str(error))
    collection = Snapshot(licence=LICENCE, osm_base=state, retrieved_at=_retrieved_at(retrieved))
    return Candidate(source, Layer(M4, features, collection))


def _retrieved_at(seconds: float) -> str:
    pinned = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return utc(int(pinned) if pinned else seconds)
    except (ValueError, OverflowError, OSError) as error:
        raise SnapshotError(f"SOURCE_DATE_EPOCH is {pinned!r}, not seconds since 1970") from error


# ---- What they are compared with ----


def _present(out: Path) -> Layer | None:
    """Return the snapshot that a candidate would replace, if any; other files are never overwritten."""
    problems: list[Problem] = []
    try:
        layer = parse_layer(read_bytes(out), M4, problems)
    except RefusedError as refused:
        if not os.path.lexists(out):
            return None
        if not out.is_file() or out.is_symlink():
            raise OutputError(f"{out}: cannot be replaced: {refused.found}") from refused
        problems.append(Problem(str(out), refused.where, refused.rule, refused.found, refused.repair))
    if problems:
        raise DataError(problems[:1])
    return layer


def _ends() -> tuple[Point, Point]:
    """Return the ends of the patrol stretch, from the layers of this checkout."""
    problems: list[Problem] = []
    file = AGREEMENT_FILE
    try:
        terms = parse_agreement(as_text(read_bytes(LAYERS_DIR / file)), problems)
        file = _PLACES.file
        places = parse_layer(read_bytes(LAYERS_DIR / file), _PLACES, problems)
    except RefusedError as refused:
        raise DataError([Problem(file, refused.where, refused.rule, refused.found, refused.repair)]) from None
    if problems or terms is None:
        raise DataError(problems)
    return stretch_ends(terms, places.frame)


# ---- The command ----


def _web_addresses(texts: list[str] | None) -> list[str] | None:
    for text in texts or []:
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise typer.BadParameter(f"{text!r} is no address: {error}") from error
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
    help="Fetch the M4 from OpenStreetMap, or read it from an extract, and write the snapshot of the road. "
    "Only a road that is as good as the snapshot replaces it: connected in each direction over the patrol stretch, "
    "hardly longer, shorter or elsewhere, and not of an older date. Otherwise the snapshot stays as it is."
)
def main(
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
        Path | None, typer.Option(metavar="FILE", help="Read this extract (.osm or .osm.pbf) and ask nobody.")
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE", show_default=False, help=f"File to write; layers/{M4.file} if not given.")
    ] = SNAPSHOT,
    deadline: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=5, max=3600, help="Asking ends within so many seconds, answer or not."),
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
        refuse_shipped(out.parent)
        if not out.parent.is_dir():
            raise OutputError(f"{out}: cannot be written: no folder {out.parent}")
        snapshot, ends = _present(out), _ends()
        with Console(stderr=True).status("Reading the M4 from OpenStreetMap") as status:
            found = [_read(osm_file)] if osm_file else _fetched(overpass_url or [OVERPASS_URL], end, status)
            best, reasons = _best(found, snapshot, ends, accept or "")
        if best and dry_run:
            replace_file(REPORT, render_report(best.source, best.verdict, snapshot, best.layer))
            typer.echo(f"{REPORT}: both roads, drawn")
        if best and best.verdict.is_good:
            _take(best, snapshot, out, dry_run=dry_run)
        else:
            _refuse(reasons, snapshot, require_fresh=require_fresh)
    except GeoError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None


def _best(
    candidates: Iterable[Candidate], snapshot: Layer | None, ends: Sequence[Point], accepted: str
) -> tuple[Judged | None, list[str]]:
    """Return the first good candidate, otherwise the last that could be compared, and why the others were rejected."""
    best, reasons = None, []
    for candidate in candidates:
        if candidate.layer is None:
            reasons.append(f"{candidate.source}: {candidate.reason}")
            continue
        best = Judged(candidate.source, candidate.layer, judge(candidate.layer, snapshot, ends, accepted=accepted))
        if best.verdict.is_good:
            break
        reasons.append(f"{candidate.source}: {best.verdict.reason}")
    return best, reasons


def _take(best: Judged, snapshot: Layer | None, out: Path, *, dry_run: bool) -> None:
    if not dry_run:
        replace_known_file(out, layer_text(best.layer), known=snapshot.digest if snapshot else "")
    typer.echo(f"{out}: {'would be ' if dry_run else ''}{summary(best.layer)}")
    if best.verdict.comparison and snapshot:
        typer.echo(changes_line(best.verdict.comparison, snapshot))


def _refuse(reasons: Sequence[str], snapshot: Layer | None, *, require_fresh: bool) -> None:
    told = " | ".join(reasons)
    if snapshot is None:
        raise SnapshotError(told)
    told = f"{told}; the snapshot of {osm_base(snapshot)} stays"
    if require_fresh:
        raise SnapshotError(told)
    typer.echo(f"warning: {told}", err=True)


if __name__ == "__main__":
    run(app)

"""The motorways of an area from an Overpass server, fetched by a process that is killed at the deadline.

osmnx asks and parses. In a process of its own it can be ended whatever the server or a library does, and its settings,
and the name resolver that it installs, stay out of this one.
"""

import faulthandler
import io
import json
import math
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geo.errors import SnapshotError, on_one_line
from geo.inputs.files import CHECKOUT
from geo.inputs.geojson import AreaDeg
from geo.osm.ways import CRS, HIGHWAYS, WAY_COLUMNS

if TYPE_CHECKING:
    import geopandas as gpd
    import requests

# Of an answer, unpacked. The carriageways of the M4 are 0.15 MB; parsing takes many times the size in memory.
LARGEST_MB = 8
LONGEST_SILENCE_S = 60  # between two parts of an answer

_BUSY = (429, 504)  # HTTP; osmnx waits for a minute and asks again
_REDIRECTS = range(300, 400)
_PART = 2**16  # bytes
_LONGEST_REASON = 400


def fetch_motorways(url: str, area_deg: AreaDeg, *, end: float) -> "gpd.GeoDataFrame":
    """Return the motorways and trunk roads of an area from an Overpass server.

    Parameters
    ----------
    url : str
        Address of the interface, without ``/interpreter``.
    area_deg : tuple of float
        West, south, east, north in degrees (EPSG:4326).
    end : float
        Deadline, on the clock of `time.monotonic`.

    Returns
    -------
    GeoDataFrame
        One row for each way, as `geo.osm.ways.road_layer` takes it.

    Raises
    ------
    SnapshotError
        If there is no usable answer.
    """
    seconds = max(end - time.monotonic(), 0.0)
    request = json.dumps({"url": url, "area_deg": area_deg, "seconds": seconds})
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))  # the same geo as this one
    try:
        done = subprocess.run(  # noqa: S603 - this very program
            # -P: a file in the working directory is not taken for a module. A warning would hide the last stage.
            [sys.executable, "-P", "-W", "ignore", "-c", "from geo.osm.overpass import main; main()", request],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        busy = "no request was sent before the deadline, because this computer is busy; --deadline sets another one"
        raise SnapshotError(_last_line(late.stderr) or busy) from None
    if done.returncode:
        reason = _last_line(done.stderr)
        raise SnapshotError(
            reason if done.returncode == SnapshotError.exit_code else f"no usable answer ({reason}); try again later"
        )
    import geopandas as gpd

    answer = json.loads(done.stdout)
    ways = gpd.GeoDataFrame.from_features(answer["features"], crs=CRS)
    ways.attrs.update(osm_base=answer["osm_base"], retrieved_at=datetime.now(UTC))
    return ways


def _last_line(output: bytes | None) -> str:
    lines = (output or b"").decode(errors="replace").splitlines()
    return on_one_line(lines[-1])[:_LONGEST_REASON] if lines else ""


# ---- The process that is killed ----


def main() -> None:
    """Write the ways to standard output, as GeoJSON, and each stage to standard error; the last says what failed."""
    request = json.loads(sys.argv[1])
    # If the process that waits for this one is killed, this one still ends.
    faulthandler.dump_traceback_later(request["seconds"], exit=True)
    try:
        answer = _ask(request["url"], tuple(request["area_deg"]), request["seconds"])
    except SnapshotError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    json.dump(answer, sys.stdout, allow_nan=False)


def _say(stage: str) -> None:
    sys.stderr.write(f"{stage}\n")
    sys.stderr.flush()


def _ask(url: str, area_deg: AreaDeg, seconds: float) -> dict[str, Any]:
    import osmnx as ox
    import requests
    from osmnx._errors import InsufficientResponseError

    osm_base: list[Any] = []

    def check(response: requests.Response, **_: object) -> requests.Response:
        if response.status_code in _BUSY:
            response.close()
            _say(f"the server was busy until the deadline (HTTP status {response.status_code}); try again later")
            return response
        content = _content(response)
        osm_base.append(_osm_base(content))
        _say("the answer was not read before the deadline")
        checked = requests.Response()
        checked.status_code, checked.url, checked.raw = response.status_code, response.url, io.BytesIO(content)
        return checked

    settings = {
        "overpass_url": url,
        "requests_timeout": math.ceil(min(LONGEST_SILENCE_S, max(seconds, 1))),
        # The hook runs before a body is read or a redirect followed.
        "requests_kwargs": {"stream": True, "allow_redirects": False, "hooks": {"response": check}},
        "overpass_rate_limit": False,  # no status page: osmnx would sleep for as long as that says
        "use_cache": False,  # a bad answer would be kept for good
        "doh_url_template": None,  # otherwise a name that does not resolve is sent to a third party
        "http_user_agent": "idlib-m4-map (python -m geo.osm)",
        "max_query_area_size": 5e10,  # m²: one query, because ways that cross a cut come back twice
    }
    for name, value in settings.items():
        setattr(ox.settings, name, value)
    _say("no whole answer before the deadline")
    try:
        frame = ox.features_from_bbox(area_deg, {"highway": list(HIGHWAYS)}).reset_index()
    except requests.exceptions.RequestException as error:
        raise SnapshotError(f"no answer: {_in_words(error, url)}") from error
    except InsufficientResponseError as error:
        raise SnapshotError("the answer has no motorway or trunk road of this area") from error
    is_way = (frame["element"] == "way") & (frame.geom_type == "LineString")
    ways = frame[is_way].rename(columns={"id": "osm_id"}).reindex(columns=WAY_COLUMNS)
    return {**ways.to_geo_dict(drop_id=True), "osm_base": osm_base[-1]}


def _content(response: "requests.Response") -> bytes:
    """Return the body of an answer, unpacked; read part by part, because a small one may unpack to a huge one."""
    with response:
        status = response.status_code
        if status in _REDIRECTS:
            host = urlsplit(response.headers.get("Location", "")).hostname or "itself"
            raise SnapshotError(f"HTTP status {status}, a redirect to {host!r}, which is not followed")
        if status != 200:
            raise SnapshotError(f"the server answered with HTTP status {status}")
        content = bytearray()
        for part in response.iter_content(_PART):
            content += part
            if len(content) > LARGEST_MB * 2**20:
                raise SnapshotError(f"the answer is larger than {LARGEST_MB} MB")
        return bytes(content)


def _osm_base(content: bytes) -> Any:
    """Return the state of OpenStreetMap that an answer names, after refusing an answer that is not whole."""
    try:
        document = json.loads(content)
        if "remark" in document:
            raise SnapshotError(f"the server gave up: {on_one_line(str(document['remark']))!r}")
        return document["elements"] and document.get("osm3s", {}).get("timestamp_osm_base")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise SnapshotError("the answer is not Overpass's JSON, or was cut short") from error


def _in_words(error: Exception, url: str) -> str:
    """Return why a request failed, and what to do about it."""
    from requests import exceptions as failed
    from urllib3.exceptions import NameResolutionError, NewConnectionError

    host = urlsplit(url).netloc.rpartition("@")[2]
    cut_off = f"{host} closed the connection before its answer was whole; try again later"
    words: dict[type[BaseException], str] = {
        failed.ProxyError: "the proxy cannot be used; check the variables HTTPS_PROXY and HTTP_PROXY",
        ssl.SSLCertVerificationError: f"the certificate of {host} cannot be trusted; check the address and the clock",
        failed.SSLError: f"{host} does not offer an encrypted connection (TLS); check the address",
        NameResolutionError: f"the name {host} cannot be resolved; check the address and the network connection",
        ConnectionRefusedError: f"{host} refuses the connection; check the address and its port",
        failed.Timeout: f"{host} was silent for too long; try again later",
        NewConnectionError: f"{host} cannot be reached; check the network connection",
        failed.ConnectionError: cut_off,
        failed.ChunkedEncodingError: cut_off,
    }
    causes = list(_causes(error))
    found = (text for kind, text in words.items() if any(isinstance(cause, kind) for cause in causes))
    return next(found, f"the request failed ({type(error).__name__})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

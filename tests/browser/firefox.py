"""The Firefox of this machine, spoken to over WebDriver BiDi: Playwright drives only a Firefox of its own."""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("firefox-esr", "firefox")
SECONDS = 60  # for any one wait: for Firefox to start, and for each answer
SETTLED_MS = 200  # after which what a page has done wrong has been told
_ADDRESS = re.compile(r"WebDriver BiDi listening on (ws://\S+)\n")
_DEAD_PORT = 9  # "discard": nothing answers there
_PREFERENCES = {
    # Whatever still asks for the network meets a proxy that does not exist, this machine's own addresses included.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": _DEAD_PORT,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": _DEAD_PORT,
    "network.proxy.allow_hijacking_localhost": True,
    "network.proxy.allow_bypass": False,
    "network.proxy.failover_direct": False,
    # What Firefox does on its own account would only be noise beside the page.
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.blockedURIs.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "data:,",
    # The page chooses its language by the browser's, which must not be that of this machine.
    "intl.accept_languages": "en-GB",
}


def firefox_path() -> str | None:
    """Return where Firefox is, or None. One in a snap does not count: it sees neither the profile nor the page."""
    return next((path for path in map(shutil.which, NAMES) if path and not _is_snap(path)), None)


def _is_snap(path: str) -> bool:
    with Path(path).open("rb") as program:
        return path.startswith("/snap/") or b"/snap/bin/" in program.read(4096)  # Ubuntu's is a script that calls it


@dataclass
class Firefox:
    """One tab of a Firefox, and everything that the page in it did that it should not.

    Firefox tells of no request for a file, not even for the page itself, and holds none against a policy: that the
    page asks for no file beside it, only Chromium can show.
    """

    connection: ClientConnection
    tab: str = ""
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result, noting what happens meanwhile."""
        id_ = next(self._ids)
        self.connection.send(json.dumps({"id": id_, "method": method, "params": params}))
        deadline = time.monotonic() + SECONDS
        while True:
            message = json.loads(self.connection.recv(timeout=max(0, deadline - time.monotonic())))
            if message.get("id") == id_:
                break
            self._note(message)
        if message["type"] == "error":
            msg = f"{method}: {message['error']}: {message['message']}"
            raise RuntimeError(msg)
        result: dict[str, Any] = message["result"]
        return result

    def _note(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        if message.get("method") == "network.beforeRequestSent":
            url = params["request"]["url"]
            if not url.startswith("data:"):  # it holds what it asks for
                self.requests.append(url)
        elif message.get("method") == "log.entryAdded":
            self.complaints.append(f"{params['level']}: {params['text']}")

    def open(self, address: str) -> None:
        """Open a page, wait until it has loaded, and forget the one before."""
        self._load("about:blank")  # else an address that differs only after its # would load nothing
        self.requests.clear()
        self.complaints.clear()
        self._load(address)

    def _load(self, address: str) -> None:
        self.send("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def misdeeds(self) -> list[str]:
        """Return every request and every message of the console, uncaught errors included."""
        self.run("(wait) => new Promise((done) => { setTimeout(done, wait) })", SETTLED_MS)
        return self.requests + self.complaints

    def run(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function in the page, async or not, and return what it returns, as far as JSON can."""
        call = f"({function})(...{json.dumps(arguments)})"
        answer = self.send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await {call}) ?? null))()",
            target={"context": self.tab},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def click(self, x: float, y: float) -> None:
        """Click on a place of the viewport."""
        steps = [
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": steps})

    def press(self, key: str) -> None:
        """Press a key, named by the character that WebDriver gives it."""
        steps = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._act({"type": "key", "id": "keyboard", "actions": steps})

    def _act(self, source: dict[str, Any]) -> None:
        self.send("input.performActions", context=self.tab, actions=[source])

    def picture(self) -> bytes:
        """Return what the viewport shows, as PNG."""
        return b64decode(self.send("browsingContext.captureScreenshot", context=self.tab)["data"])


@contextmanager
def firefox(*, width: int = 1280, height: int = 800) -> Iterator[Firefox]:
    """Lend a headless Firefox with a fresh profile and no network."""
    with _running() as address, connect(f"{address}/session", proxy=None, max_size=None) as connection:
        browser = Firefox(connection)
        browser.send("session.new", capabilities={})
        browser.send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        browser.tab = browser.send("browsingContext.getTree")["contexts"][0]["context"]
        viewport = {"width": width, "height": height}
        browser.send("browsingContext.setViewport", context=browser.tab, viewport=viewport, devicePixelRatio=1)
        yield browser


@contextmanager
def _running() -> Iterator[str]:
    """Run Firefox and give the address at which it listens."""
    # What is killed may still be writing while its profile is removed.
    with TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _PREFERENCES.items()]
        Path(profile, "user.js").write_text("".join(lines), encoding="utf-8")
        log = Path(profile, "stderr.log")
        process = _start(profile, log)
        try:
            yield _address(process, log)
        finally:
            with suppress(ProcessLookupError):  # it ended by itself
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(SECONDS)


def _start(profile: str, log: Path) -> subprocess.Popen[bytes]:
    options = ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile]
    with log.open("wb") as errors:
        return subprocess.Popen(
            [firefox_path() or NAMES[0], *options, "about:blank"],
            # It refuses to run in the home of another user, and its crash helper would outlive it.
            env={**os.environ, "HOME": profile, "MOZ_CRASHREPORTER_DISABLE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,  # a group of its own, so that its processes end together
        )


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for Firefox to say where it listens."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := _ADDRESS.search(_said(log)):
            return found[1]
        time.sleep(0.05)
    msg = f"Firefox does not listen for commands; it said:\n{_said(log)}"
    raise RuntimeError(msg)


def _said(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")

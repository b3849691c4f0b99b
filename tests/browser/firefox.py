"""The Firefox of this machine, driven over WebDriver BiDi: Playwright drives only a Firefox of its own."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("firefox-esr", "firefox")
WIDTH, HEIGHT = 1280, 800
SECONDS = 60  # for any one wait: for Firefox to start, and for each answer
SETTLED_MS = 200  # after which Firefox has reported what a page has done wrong
_DEAD_PORT = 9  # "discard": nothing answers there
_PREFERENCES = {
    # Whatever is requested all the same meets a proxy that does not exist, for this machine's own addresses too.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": _DEAD_PORT,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": _DEAD_PORT,
    "network.proxy.allow_hijacking_localhost": True,
    "network.proxy.failover_direct": False,
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

    Firefox reports no request for a file, not even for the page itself, and holds none against a policy: that the
    page requests no file beside it, only Chromium can show.
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
        while True:
            message = json.loads(self.connection.recv(timeout=SECONDS))
            if message.get("id") == id_:
                break
            self._note(message.get("method"), message.get("params", {}))
        if message["type"] == "error":
            raise RuntimeError(f"{method}: {message['error']}: {message['message']}")
        result: dict[str, Any] = message["result"]
        return result

    def _note(self, event: str | None, params: dict[str, Any]) -> None:
        if event == "network.beforeRequestSent":
            url = params["request"]["url"]
            if not url.startswith("data:"):  # its content is in the address
                self.requests.append(url)
        elif event == "log.entryAdded":
            self.complaints.append(f"{params['level']}: {params['text']}")

    def open(self, address: str) -> None:
        """Open a page, wait until it has loaded, and forget the one before."""
        for url in ("about:blank", address):  # else an address that differs only after its # would load nothing
            self.requests.clear()
            self.complaints.clear()
            self.send("browsingContext.navigate", context=self.tab, url=url, wait="complete")

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
        move = {"type": "pointerMove", "x": round(x), "y": round(y)}
        self._act("pointer", move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})

    def press(self, key: str) -> None:
        """Press a key, named by the character that WebDriver gives it."""
        self._act("key", {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})

    def _act(self, device: str, *steps: dict[str, Any]) -> None:
        source = {"type": device, "id": device, "actions": steps}
        self.send("input.performActions", context=self.tab, actions=[source])

    def picture(self) -> bytes:
        """Return what the viewport shows, as PNG."""
        return b64decode(self.send("browsingContext.captureScreenshot", context=self.tab)["data"])


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Lend a headless Firefox with a fresh profile and no network."""
    # What is killed may still be writing while its profile is removed.
    with TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _PREFERENCES.items()]
        Path(profile, "user.js").write_text("".join(lines), encoding="utf-8")
        process = _start(profile)
        try:
            with connect(f"{_address(process, profile)}/session", proxy=None, max_size=None) as connection:
                browser = Firefox(connection)
                browser.send("session.new", capabilities={})
                browser.send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
                browser.tab = browser.send("browsingContext.getTree")["contexts"][0]["context"]
                viewport = {"width": WIDTH, "height": HEIGHT}
                browser.send("browsingContext.setViewport", context=browser.tab, viewport=viewport, devicePixelRatio=1)
                yield browser
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(SECONDS)


def _start(profile: str) -> subprocess.Popen[bytes]:
    options = ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile]
    return subprocess.Popen(
        [firefox_path() or NAMES[0], *options, "about:blank"],
        # It refuses to run in the home of another user, and its crash helper would outlive it.
        env={**os.environ, "HOME": profile, "MOZ_CRASHREPORTER_DISABLE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a group of its own, so that its processes end together
    )


def _address(process: subprocess.Popen[bytes], profile: str) -> str:
    """Wait for the file in which Firefox says where it listens."""
    file = Path(profile, "WebDriverBiDiServer.json")
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if text.endswith("}"):
            found = json.loads(text)
            return f"ws://{found['ws_host']}:{found['ws_port']}"
        time.sleep(0.05)
    raise RuntimeError(f"Firefox did not listen for commands within {SECONDS} s")

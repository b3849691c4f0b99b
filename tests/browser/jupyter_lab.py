"""JupyterLab on a copy of the checkout, driven in Chromium as an analyst drives it."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import expect

import geo
from geo.inputs.files import CHECKOUT
from tests.checkout import copy_of_checkout, watched

TOKEN = "analyst"
EDITOR_NOTEBOOK = "02-move-an-observation-post"
_PATIENCE_S = 90
# Sizes in the table of the editor.
HEADER_PX, ROW_PX = 20, 24


class Lab:
    """A server, and the folder that it serves: code, layers and notebooks under version control."""

    def __init__(self, folder: Path) -> None:
        self.root = copy_of_checkout(folder)
        shutil.copy(CHECKOUT / ".gitignore", self.root)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=as shipped")
        environment, self.asked_for = watched(folder, self.root)
        command = [sys.executable, "-m", "jupyterlab", f"--config={self.root}/notebooks/.jupyter/jupyter_config.py"]
        options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0", f"--IdentityProvider.token={TOKEN}"]
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *options, f"--ServerApp.root_dir={self.root}"], env=environment, stdout=log, stderr=log
            )
        self.address = self._address(Path(environment["JUPYTER_RUNTIME_DIR"]))

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, encoding="utf-8")
        return done.stdout

    def reset(self) -> None:
        """End every kernel and put the files back."""
        for kernel in self.ask("GET", "api/kernels"):
            self.ask("DELETE", f"api/kernels/{kernel['id']}")
        self.git("checkout", "--quiet", ".")
        self.git("clean", "--quiet", "-fdx", "layers", "notebooks")
        self.asked_for.unlink(missing_ok=True)

    def ask(self, method: str, path: str) -> object:
        request = urllib.request.Request(
            f"{self.address}{path}", method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def notebook_for(self, layer: str) -> str:
        """Return the name of a copy of the editor's notebook that opens another layer."""
        text = (self.root / "notebooks" / f"{EDITOR_NOTEBOOK}.ipynb").read_text(encoding="utf-8")
        assert "observation_posts" in text
        (self.root / "notebooks" / f"{layer}.ipynb").write_text(
            text.replace("observation_posts", layer), encoding="utf-8"
        )
        return layer

    def changed_lines(self) -> dict[str, tuple[list[str], list[str]]]:
        """Return by file of the layers the lines that went and those that came."""
        found: dict[str, tuple[list[str], list[str]]] = {}
        file = ""
        for line in self.git("diff", "--unified=0", "--", "layers").splitlines():
            if line.startswith("+++ "):
                file = line.removeprefix("+++ b/layers/")
                found[file] = ([], [])
            elif line.startswith("-") and not line.startswith("---"):
                found[file][0].append(line[1:])
            elif line.startswith("+"):
                found[file][1].append(line[1:])
        return found

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(_PATIENCE_S)

    def _address(self, runtime: Path) -> str:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            for file in runtime.glob("jpserver-*.json"):
                text = file.read_text(encoding="utf-8")
                if text.rstrip().endswith("}"):
                    return json.loads(text)["url"]
            time.sleep(0.2)
        raise AssertionError(f"JupyterLab did not start: {self.log.read_text(encoding='utf-8')[-2000:]}")


class Notebook:
    """A notebook open in the browser."""

    def __init__(self, lab: Lab, context, name: str = EDITOR_NOTEBOOK) -> None:
        self.page, self.layers = context.new_page(), lab.root / "layers"
        self.page.set_default_timeout(60_000)
        self.requests: list[str] = []
        self.page.on("request", lambda request: self._note(lab.address, request.url))
        self.page.goto(f"{lab.address}lab/workspaces/{name}/tree/notebooks/{name}.ipynb?token={TOKEN}&reset")
        self.cells = self.page.locator(".jp-NotebookPanel:visible .jp-Notebook .jp-CodeCell")
        self.cells.first.wait_for()
        self.wait_for_idle_kernel()  # the kernel is there

    def _note(self, address: str, url: str) -> None:
        if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:", "about:")):
            self.requests.append(url)

    def wait_for_idle_kernel(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()

    def run(self, number: int) -> str:
        """Run a code cell, counted from 0, and return the text that it puts out."""
        cell = self.cells.nth(number)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        expect(cell.locator(".jp-InputPrompt").first).to_have_text(re.compile(r"\[\d+\]"), timeout=_PATIENCE_S * 1000)
        return cell.locator(".jp-OutputArea").inner_text() if cell.locator(".jp-OutputArea-output").count() else ""

    def open_editor(self, layer: str = "observation_posts") -> "EditorOnPage":
        """Run the cells up to the editor of a layer."""
        self.run(0)
        self.run(1)
        return EditorOnPage(self, list(geo.read_layer(layer, folder=self.layers)["id"]))


class EditorOnPage:
    """The editor as it is seen."""

    def __init__(self, notebook: Notebook, ids: list[str]) -> None:
        self.notebook, self.page, self.ids = notebook, notebook.page, ids
        self._scrolled_px = 0.0
        self.root = notebook.cells.nth(1)
        self.button("Save").wait_for()
        self.root.locator(".widget-html").first.click()  # JupyterLab scrolls to a cell when it is pressed first

    def button(self, name: str):
        return self.root.locator("button.jupyter-button").filter(has_text=re.compile(rf"^\s*{re.escape(name)}\s*$"))

    def field(self, name: str):
        """Return the input of a column by its title."""
        box = self.root.locator(".jupyter-widgets").filter(has=self.page.get_by_text(name, exact=True)).last
        return box.locator("input, textarea, select").first

    def text(self) -> str:
        return self.root.inner_text()

    def says(self, text: str) -> None:
        """Wait until the editor says something."""
        self.root.get_by_text(text).first.wait_for()

    def select(self, id_: str) -> None:
        """Click a row of the table and wait until it is in the form."""
        self.page.mouse.click(*self.cell(id_, 0))
        expect(self.root.locator("input[disabled]").first).to_have_value(id_, timeout=_PATIENCE_S * 1000)

    def cell(self, id_: str, left_px: int) -> tuple[float, float]:
        """Scroll a row of the table, which is a canvas, into view; return a place in it, from the left of the table."""
        grid = self.root.locator(".lm-DataGrid-viewport")
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        top_px = self.ids.index(id_) * ROW_PX
        scrolled_px = max(0, min(top_px, HEADER_PX + len(self.ids) * ROW_PX - box["height"]))
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if scrolled_px != self._scrolled_px:  # what the table does not use would scroll the notebook
            self.page.mouse.wheel(0, scrolled_px - self._scrolled_px)
            self._scrolled_px = scrolled_px
        self.page.wait_for_timeout(300)  # a canvas has nothing to wait for
        return box["x"] + left_px + 20, box["y"] + HEADER_PX + top_px - scrolled_px + ROW_PX / 2

    def write_cell(self, id_: str, left_px: int, text: str) -> None:
        """Replace the text of a cell of the table."""
        self.page.mouse.dblclick(*self.cell(id_, left_px))
        self.root.locator(".lm-DataGrid input").fill(text)
        self.page.keyboard.press("Enter")

    def picked(self):
        """Return the feature on the map that can be moved."""
        return self.root.locator("path.leaflet-pm-draggable")

    def handles(self):
        """Return the vertices on the map that can be moved."""
        return self.root.locator(".marker-icon:not(.marker-icon-middle)")

    def drag(self, what, by_x: int, by_y: int) -> None:
        """Drag something on the map by so many pixels."""
        self.notebook.wait_for_idle_kernel()  # it sets the view
        what.hover()  # once it no longer moves
        box = what.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + by_x / 2, y + by_y / 2, steps=4)
        self.page.mouse.move(x + by_x, y + by_y, steps=4)
        self.page.mouse.up()

    def type_in(self, name: str, value: str) -> None:
        box = self.field(name)
        box.fill(value)
        box.press("Tab")

    def add_source(self, **values: str) -> None:
        self.root.get_by_text("Add a source", exact=True).last.click()
        form = self.root.locator(".jp-Collapse-contents, .widget-accordion").last
        for title, value in values.items():
            box = form.locator(".jupyter-widgets").filter(has=self.page.get_by_text(title, exact=True)).last
            box.locator("input, textarea").first.fill(value)
            box.locator("input, textarea").first.press("Tab")
        self.button("Add it and cite it").click()

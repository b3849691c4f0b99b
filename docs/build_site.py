"""Build the documentation site, with the map: ``make docs``.

Gathers the pages in ``.docs/`` (Markdown of the repository, notebooks run on a copy of the layers, the built map), runs
``zensical build --strict``, and refuses a site that would load anything from another host.
"""

import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGES, SITE = ROOT / ".docs", ROOT / "site"
MAP, PICTURES = ROOT / "maps" / "idlib_m4", ("docs/date-control.webp", "maps/preview.png")
# Files outside docs/ that are pages of the site.
OTHERS = {
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE-DATA.md": "licences.md",
    "SECURITY.md": "security.md",
    "layers/README.md": "layers.md",
    "maps/README.md": "files.md",
}
LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\[\]]+)\]\((?P<target>[^()\s]+)\)")
# What a browser loads by itself; a link that a reader clicks is not.
LOADED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\ssrc\s*=\s*[\"']?(?:https?:)?//[^\s\"'>]+"
    r"|<link\b(?=[^>]*\brel\s*=\s*[\"']?(?:stylesheet|preconnect|preload|icon|dns-prefetch))[^>]*\bhref\s*=\s*[\"']?"
    r"(?:https?:)?//[^\s\"'>]+"
    r"|(?:@import\s+|url\()[\"']?(?:https?:)?//[^\s\"')]+",
    re.IGNORECASE,
)
FRAME = re.compile(r"<iframe\b[^>]*?\ssrcdoc=(?P<quote>[\"'])(?P<page>.*?)(?P=quote)", re.DOTALL)
WIDGET = "application/vnd.jupyter.widget-view+json"


def pages() -> dict[str, str]:
    """Return the pages of the site: path in the repository, path in the site."""
    own = {f"docs/{path.name}": path.name for path in sorted((ROOT / "docs").glob("*.md"))}
    books = {
        f"notebooks/{path.name}": f"notebooks/{path.stem}.md" for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    }
    return {**own, **OTHERS, **books, **{name: f"assets/{posixpath.basename(name)}" for name in PICTURES}}


def for_site(text: str, name: str, known: Mapping[str, str]) -> str:
    """Return the text of a page with its links to files changed to links to pages of the site.

    Parameters
    ----------
    text : str
        Markdown.
    name : str
        Path of the file in the repository.
    known : mapping of str to str
        The pages: path in the repository, path in the site.

    Returns
    -------
    str
        The Markdown for the site; a link to a file that is not a page of the site becomes its text.
    """

    def changed(link: re.Match[str]) -> str:
        path, mark, anchor = link["target"].partition("#")
        if not path or ":" in path or path.startswith("map/"):
            return link[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if target not in known:
            return link["text"]
        here = posixpath.dirname(known[name])
        return f"{link['image']}[{link['text']}]({posixpath.relpath(known[target], here or '.')}{mark}{anchor})"

    return LINK.sub(changed, text)


def loaded_from_elsewhere(text: str) -> list[str]:
    """Return what a page or a style sheet loads from other hosts when it is opened."""
    return [found[0] for found in LOADED.finditer(text)]


def notebook_page(path: Path, target: Path) -> None:
    """Write an executed notebook as Markdown, with its pictures and maps in files beside it."""
    import nbformat
    from nbconvert import MarkdownExporter
    from traitlets.config import Config

    book = nbformat.read(path, as_version=4)
    count = 0
    for cell in book.cells:
        for output in cell.get("outputs", ()):
            count += _in_files(output, target, count)
    text, resources = MarkdownExporter(
        config=Config({"NbConvertBase": {"display_data_priority": PRIORITY}})
    ).from_notebook_node(book, {"unique_key": target.stem, "output_files_dir": "."})
    for name, content in resources["outputs"].items():
        (target.parent / name).write_bytes(content)
    target.write_text(text, encoding="utf-8")


PRIORITY = ["text/html", "text/markdown", "image/svg+xml", "image/png", "text/plain"]


def _in_files(output: Any, target: Path, count: int) -> int:
    """Move a map out of an output, into a file; return how many files were written."""
    data = output.get("data", {})
    if WIDGET in data:
        data.clear()
        data["text/html"] = (
            '<p class="left-out"><em>An editor or form, which works in JupyterLab: make notebook.</em></p>'
        )
        return 0
    frame = FRAME.search(data.get("text/html", ""))
    if frame is None:
        return 0
    page = unescape(frame["page"])
    if loaded_from_elsewhere(page):
        data["text/html"] = '<p class="left-out"><em>A map that needs the network, so it is not shown here.</em></p>'
        return 0
    name = f"{target.stem}-{count + 1}.html"
    (target.parent / name).write_text(page, encoding="utf-8")
    data["text/html"] = (
        f'<iframe src="{name}" title="The map of this cell" loading="lazy" width="100%" height="600"></iframe>'
    )
    return 1


def run_notebooks(folder: Path) -> Iterator[Path]:
    """Run every notebook on a copy of code and layers, and yield the executed copies."""
    import nbformat
    from nbclient import NotebookClient

    left_out = shutil.ignore_patterns("__pycache__", ".drafts", ".lock", ".ipynb_checkpoints")
    for name in ("geo", "layers", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    os.environ["PYTHONPATH"] = str(folder)  # of the kernels
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        book = nbformat.read(path, as_version=4)
        NotebookClient(book, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
        nbformat.write(book, path)
        yield path


def gather() -> None:
    """Write the sources of the site into ``.docs/``."""
    shutil.rmtree(PAGES, ignore_errors=True)
    known = pages()
    for name, page in known.items():
        target = PAGES / page
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".md"):
            text = (ROOT / name).read_text(encoding="utf-8")
            target.write_text(for_site(text, name, known), encoding="utf-8")
        elif not name.endswith(".ipynb"):
            shutil.copy(ROOT / name, target)
    for name in ("favicon.svg", "site.css"):
        shutil.copy(ROOT / "docs" / name, PAGES / "assets")
    with tempfile.TemporaryDirectory() as folder:
        for path in run_notebooks(Path(folder)):
            notebook_page(path, PAGES / known[f"notebooks/{path.name}"])


def main() -> None:
    """Build the site in ``site/``, and print its path."""
    gather()
    zensical = Path(sys.executable).with_name("zensical")
    subprocess.run([zensical, "build", "--clean", "--strict"], cwd=ROOT, check=True)  # noqa: S603 - of this environment
    shutil.copytree(MAP, SITE / "map", dirs_exist_ok=True)
    faults = [
        f"{path.relative_to(SITE)}: loads from another host: {found}"
        for path in sorted(SITE.rglob("*"))
        if path.suffix in (".html", ".css") and "map/figures" not in path.as_posix()
        for found in loaded_from_elsewhere(path.read_text(encoding="utf-8"))
    ]
    if faults:
        sys.exit("\n".join(faults))
    sys.stdout.write(f"{SITE / 'index.html'}\n")


if __name__ == "__main__":
    main()

"""README and documentation: links lead somewhere, commands have valid options, snippets run word for word."""

import ast
import re
import shlex
from importlib import import_module
from inspect import getmembers, isclass
from textwrap import dedent

import pytest
import typer
import yaml

import geo.errors
from docs.build_site import OTHERS, for_site, loaded_from_elsewhere, pages
from geo.inputs.files import CHECKOUT
from geo.inputs.layers import read_layers

README = "README.md"
TEXTS = {
    path.relative_to(CHECKOUT).as_posix(): path.read_text(encoding="utf-8")
    for path in [CHECKOUT / README, *sorted((CHECKOUT / "docs").glob("*.md")), *map(CHECKOUT.joinpath, OTHERS)]
}
LINK = re.compile(r"\[[^\[\]]+\]\(([^()\s]+)\)")
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"-m (geo\.(?:build|osm|incidents))\b([^#\n]*)")
APPS = {"geo.build": "geo.build", "geo.osm": "geo.osm.__main__", "geo.incidents": "geo.incidents"}


def blocks(name, language):
    return [text for _, found, text in BLOCK.findall(TEXTS[name]) if found == language]


def anchors(text):
    """Return the anchors of the headings of a Markdown text."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_the_readme_is_short():
    assert len(TEXTS[README].splitlines()) <= 130


@pytest.mark.parametrize("name", TEXTS)
def test_every_link_to_a_file_or_heading_leads_to_one(name):
    for target in LINK.findall(TEXTS[name]):
        path, _, anchor = target.partition("#")
        if ":" in path or (name, path) == ("docs/index.md", "map/index.html"):  # the map, in the site
            continue
        found = (CHECKOUT / name).parent / path if path else CHECKOUT / name
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_has_valid_options(name):
    for module, rest in COMMAND.findall("\n".join(text for _, _, text in BLOCK.findall(TEXTS[name]))):
        command = typer.main.get_command(import_module(APPS[module]).app)
        arguments = shlex.split(rest.partition("|")[0])
        if "--help" not in arguments:
            command.make_context(module, arguments)  # raises for what is no option of the command


@pytest.mark.parametrize("name", TEXTS)
def test_every_python_snippet_is_valid(name):
    for text in blocks(name, "python"):
        ast.parse(dedent(text))


def test_the_map_in_six_lines_runs_word_for_word(tmp_path, monkeypatch):
    snippet = next(text for text in blocks(README, "python") if "geo.Map" in text)
    assert len([line for line in snippet.splitlines() if line]) <= 6
    monkeypatch.chdir(tmp_path)
    exec(snippet, {})
    page = (tmp_path / "mine.html").read_text(encoding="utf-8")
    assert "Saraqib" in page
    assert not loaded_from_elsewhere(page)


def test_the_functions_of_the_corridor_run_word_for_word():
    [snippet] = blocks("docs/accuracy.md", "python")
    names = {"geo": geo}
    exec(snippet, names)
    assert list(names["halves"]["side"]) == ["north", "south"]
    assert names["part"].crs == "EPSG:4326"


def test_the_fair_rival_of_the_benchmarks_runs_word_for_word():
    [snippet] = blocks("docs/benchmarks.md", "python")
    line = geo.read_layer("centreline").geometry.iloc[0]
    names = {"line": line}
    exec(snippet, names)
    exact = geo.corridor(line, half_width_m=6000)
    assert names["area"].symmetric_difference(exact).area / exact.area < 0.001


def test_the_page_on_builds_lists_every_exit_code_of_the_errors():
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", TEXTS["docs/building.md"], re.MULTILINE)}
    codes = {error.exit_code for _, error in getmembers(geo.errors, isclass) if hasattr(error, "exit_code")}
    assert listed == codes | {0, 130}


def test_the_page_on_another_road_quotes_the_agreement_of_the_example():
    import tomllib

    [snippet] = blocks("docs/another-road.md", "toml")
    quoted = tomllib.loads(snippet)["corridor"]
    corridor = read_layers(CHECKOUT / "layers" / "examples" / "m5").agreement.corridor.model_dump(mode="json")
    assert quoted == {name: corridor[name] for name in quoted}


def test_every_page_of_the_site_is_in_its_navigation_once():
    def leaves(entry):
        if isinstance(entry, str):
            return [entry]
        return [leaf for part in (entry.values() if isinstance(entry, dict) else entry) for leaf in leaves(part)]

    navigation = leaves(yaml.safe_load((CHECKOUT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    assert sorted(navigation) == sorted(page for page in pages().values() if page.endswith(".md"))


def test_links_of_the_repository_become_links_of_the_site():
    known = {"docs/a.md": "a.md", "layers/README.md": "layers.md", "notebooks/x.ipynb": "notebooks/x.md"}
    text = "[A](a.md#b) [L](../layers/README.md) [N](../notebooks/x.ipynb) [code](../geo/build.py) [web](https://a.example)"
    assert (
        for_site(text, "docs/a.md", known)
        == "[A](a.md#b) [L](layers.md) [N](notebooks/x.md) code [web](https://a.example)"
    )
    assert for_site("[A](../docs/a.md)", "notebooks/x.ipynb", known) == "[A](../a.md)"


@pytest.mark.parametrize(
    ("text", "loads"),
    [
        ('<script src="https://cdn.example/a.js"></script>', True),
        ("<link rel=stylesheet href=//fonts.example/css>", True),
        ('<link href="https://fonts.example" rel="preconnect">', True),
        ('<img alt="" src="https://a.example/p.png">', True),
        ("@import url(https://a.example/a.css);", True),
        ("a { background: url('//a.example/p.png') }", True),
        ('<a href="https://a.example">a source</a>', False),
        ('<link rel="canonical" href="https://a.example/">', False),
        ('<script src="assets/a.js"></script>', False),
    ],
)
def test_what_a_browser_loads_from_elsewhere_is_found(text, loads):
    assert bool(loaded_from_elsewhere(text)) == loads

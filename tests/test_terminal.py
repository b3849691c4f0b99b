"""What the commands say of themselves: help with examples that work, and progress on a terminal."""

import os
import re
import shlex
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from geo.inputs.scaffold import new_folder

COMMANDS = {"geo.build": "geo.build", "geo.osm": "geo.osm.__main__", "geo.incidents": "geo.incidents"}
EXAMPLE = re.compile(r"^\s*(python -m .+?)  # (.+)$", re.MULTILINE)


def parts(module):
    """Return the click command of a module, and the examples at the end of its help."""
    command = typer.main.get_command(import_module(COMMANDS[module]).app)
    return command, [shlex.split(found[0]) for found in EXAMPLE.findall(command.epilog or "")]


@pytest.mark.parametrize("module", COMMANDS)
def test_help_shows_examples_of_the_command(module):
    environment = {**os.environ, "COLUMNS": "120"}
    shown = subprocess.run(
        [sys.executable, "-m", module, "--help"], capture_output=True, text=True, env=environment, check=True
    ).stdout
    examples = EXAMPLE.findall(shown)
    assert len(examples) >= 4
    assert all(command.startswith(f"python -m {module}") for command, _ in examples)


@pytest.mark.parametrize("module", COMMANDS)
def test_every_example_of_the_help_has_valid_options(module):
    command, examples = parts(module)
    for _, _, name, *arguments in examples:
        assert name == module
        command.make_context(name, arguments)  # raises for what is no option of the command


@pytest.mark.parametrize("module", COMMANDS)
def test_every_option_is_described_in_one_plain_sentence(module):
    command, _ = parts(module)
    for option in command.params:
        assert option.help, option.name
        assert option.help[0].isupper(), option.name
        assert option.help.endswith("."), option.name


def built_on_a_terminal(folder, *arguments, **environment):
    """Return the exit code, what a build prints, and what it shows on the terminal that is its standard error."""
    import pty  # only on Unix

    new_folder(folder / "layers")
    reading, terminal = pty.openpty()
    command = [sys.executable, "-m", "geo.build", "--layers", folder / "layers", "--out", folder / "map", *arguments]
    without = {name: value for name, value in os.environ.items() if name != "JPY_PARENT_PID"}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**without, "TERM": "xterm", "COLUMNS": "120", **environment},
    ) as build:
        os.close(terminal)
        shown = b""
        try:
            while part := os.read(reading, 4096):
                shown += part
        except OSError:  # the terminal ends with the build
            pass
        printed = build.stdout.read().decode()
    os.close(reading)
    return build.returncode, printed, shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is of Unix")
def test_a_build_shows_its_steps_on_a_terminal_and_clears_them(tmp_path):
    code, printed, shown = built_on_a_terminal(tmp_path, "--formats", "page,figures", "--languages", "en")
    assert (code, printed) == (0, f"{tmp_path / 'map' / 'index.html'}\n")
    steps = re.findall(r"Reading the layers|Computing the corridor|Drawing figure 1 of \d: \w+|Publishing", shown)
    assert list(dict.fromkeys(steps)) == [
        "Reading the layers",
        "Computing the corridor",
        "Drawing figure 1 of 2: map_a4_en",
        "Publishing",
    ]
    assert shown.rstrip("\r\n").endswith("\x1b[2K")


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is of Unix")
def test_a_cell_of_a_notebook_keeps_no_frames_of_the_progress(tmp_path):
    code, printed, shown = built_on_a_terminal(tmp_path, "--formats", "page", JPY_PARENT_PID="1")
    assert (code, printed, shown) == (0, f"{tmp_path / 'map' / 'index.html'}\n", "")

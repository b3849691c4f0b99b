"""After any end of a build, the published folder is one complete build, old or new. ``make soak`` kills more.

A kill before every change on the disk is the proof; random instants are tried beside it, few in ``make test``, many in
``make test-slow``.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from geo.build import build
from geo.inputs.files import CHECKOUT
from geo.outputs.manifest import verify

FEW, MANY = 20, int(os.environ.get("KILLS", "200"))  # random kills; `make soak` sets KILLS
COARSE_KB, FINE_KB = 512, 64  # steps of the room on a disk, and of the largest file

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.xdist_group("disk"),
]
many = pytest.param(MANY, marks=pytest.mark.longer)
fine = pytest.param(FINE_KB, marks=pytest.mark.longer)


def attacked(*arguments, **more):
    """Start an attack beside the others."""
    command = [sys.executable, "-m", "tests.trials", *map(str, arguments)]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def outcome(process):
    """Return the counts of an attack, and the reasons that failing builds gave, after seeing that nothing broke."""
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stderr
    told = json.loads(stdout)
    assert told["breaches"] == [], (told, stderr)
    return told, stderr.splitlines()


@pytest.fixture
def small_disk(tmp_path):
    """Return a folder on a disk of its own of 32 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk could be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("kills", [FEW, many])
def test_builds_killed_at_random_instants_leave_one_complete_build_and_the_next_succeeds(tmp_path, kills):
    whole = kills // 5  # die anywhere in a build, the others while it publishes
    running = [
        attacked("kill", tmp_path / "a" / "map", "--kills", whole, "--whole"),
        attacked("kill", tmp_path / "b" / "map", "--kills", kills - whole),
    ]
    found = [outcome(process)[0]["counts"] for process in running]
    assert sum(counts["killed"] for counts in found) == kills
    assert all(counts["old"] for counts in found)
    print(f"\n{kills} kills:", *found, sep="\n")


@pytest.mark.slow
def test_without_an_exchange_of_folders_the_next_start_closes_the_gap(tmp_path):
    told, _ = outcome(attacked("kill", tmp_path / "map", "--kills", MANY // 8, "--renames"))
    assert told["counts"]["killed"] == MANY // 8


@pytest.mark.parametrize("way", [[], ["--renames"]], ids=["in one step", "by renames"])
def test_a_kill_before_every_single_change_on_the_disk_leaves_one_complete_build(tmp_path, way):
    (tmp_path / "site").mkdir()
    counts = outcome(attacked("steps", tmp_path / "site" / "map", *way))[0]["counts"]
    assert counts["steps"] > 40
    assert counts["old"] > 5
    assert counts["new"] > 5
    assert ("killed in the gap" in counts) == bool(way)


@pytest.mark.parametrize("step_kb", [COARSE_KB, fine])
def test_a_disk_that_is_full_at_any_step_ends_in_exit_74_with_the_former_build(small_disk, step_kb):
    told, reasons = outcome(attacked("full", small_disk / "map", "--step-kb", step_kb))
    assert told["counts"]["exit 74"] == len(reasons) > 2000 / step_kb
    assert told["counts"]["exit 0"] == 1
    assert all(reason.endswith(": cannot be written: No space left on device") for reason in reasons), reasons


@pytest.mark.parametrize("step_kb", [COARSE_KB, fine])
def test_a_limit_on_the_size_of_files_at_any_step_ends_in_exit_74_with_the_former_build(tmp_path, step_kb):
    told, reasons = outcome(attacked("size", tmp_path / "map", "--step-kb", step_kb))
    assert told["counts"]["exit 74"] == len(reasons) > 640 / step_kb
    assert told["counts"]["exit 0"] == 1
    assert all(reason.endswith(": cannot be written: File too large") for reason in reasons), reasons


@pytest.mark.parametrize(
    ("builders", "rounds"),
    [(2, 2), (8, 1), pytest.param(2, 10, marks=pytest.mark.longer), pytest.param(8, 5, marks=pytest.mark.longer)],
)
def test_of_builders_that_begin_at_once_some_build_and_the_others_exit_75(tmp_path, builders, rounds):
    told, reasons = outcome(attacked("several", tmp_path / "map", "--builders", builders, "--rounds", rounds))
    counts = told["counts"]
    assert counts["round"] == rounds
    assert counts["exit 0"] + counts["exit 75"] == builders * rounds
    assert counts["exit 75"] == len(reasons) > 0
    assert all(
        reason.endswith(": another build of this folder is running; try again when it has ended") for reason in reasons
    ), reasons


def test_a_clock_set_back_changes_nothing(tmp_path):
    told, _ = outcome(attacked("clock", tmp_path / "map"))
    assert told["counts"] == {"next build exits 0": 3}


def run(out):
    """Run the command on a folder that takes no build."""
    return subprocess.run([sys.executable, "-m", "geo.build", "--out", out], capture_output=True, text=True)


def test_a_read_only_disk_ends_in_exit_74_with_the_former_build(small_disk):
    out = small_disk / "map"
    build(out_dir=out, formats=["page", "data"])
    before = verify(out)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    done = run(out)
    assert (done.returncode, done.stdout) == (74, "")
    assert done.stderr.endswith(": cannot be written: Read-only file system\n")
    assert len(done.stderr.splitlines()) == 1
    assert verify(out) == before


def test_a_read_only_folder_ends_in_exit_74_with_one_line(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere; the read-only disk stands for it")
    (tmp_path / "closed").mkdir(mode=0o555)
    done = run(tmp_path / "closed" / "map")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (74, "", 1)
    assert done.stderr.endswith(": cannot be written: Permission denied\n")


def test_a_message_that_cannot_be_written_either_still_ends_in_a_failure(tmp_path):
    shutil.copytree(CHECKOUT / "layers", tmp_path / "layers")
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); from geo import build; import typer"
    )
    with (tmp_path / "errors").open("w") as errors:
        done = subprocess.run(
            [sys.executable, "-c", f"{script}; typer.run(build.main)", "--out", tmp_path / "map", "--formats", "page"],
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    assert done.returncode != 0
    assert not (tmp_path / "map").exists()

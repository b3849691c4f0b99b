"""The workflows for a public forge pin their actions, and test each Python that the package supports."""

import re
import tomllib

import pytest
import yaml

from geo.inputs.files import CHECKOUT

FOLDER = CHECKOUT / ".github" / "workflows"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yml"))}


def test_there_are_workflows_for_tests_and_releases():
    assert list(TEXTS) == ["release.yml", "tests.yml"]


@pytest.mark.parametrize("name", TEXTS)
def test_every_action_is_pinned_by_its_commit_and_names_its_version(name):
    used = re.findall(r"uses: (.+)", TEXTS[name])
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in used)


@pytest.mark.parametrize("name", TEXTS)
def test_a_job_may_write_only_what_it_says(name):
    assert yaml.safe_load(TEXTS[name])["permissions"] == {"contents": "read"}


def test_each_supported_python_is_tested_on_each_system():
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    supported = [
        found[1]
        for one in project["classifiers"]
        if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", one))
    ]
    jobs = yaml.safe_load(TEXTS["tests.yml"])["jobs"]
    assert jobs["linux"]["strategy"]["matrix"]["python"] == supported
    assert jobs["others"]["strategy"]["matrix"]["python"] == supported
    assert {system.partition("-")[0] for system in jobs["others"]["strategy"]["matrix"]["system"]} == {
        "macos",
        "windows",
    }


@pytest.mark.parametrize("name", TEXTS)
def test_every_target_of_make_exists(name):
    targets = set(re.findall(r"^([\w-]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"run: make (\w+)", TEXTS[name])) <= targets

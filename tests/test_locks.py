"""The lock files are one resolution of what pyproject.toml asks for."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from geo.inputs.files import CHECKOUT

LOCKS = {
    "requirements.lock": ["build"],
    "requirements-notebook.lock": ["build", "notebook"],
    "requirements-dev.lock": ["build", "notebook", "spark", "dev"],
    "requirements-docs.lock": ["build", "notebook", "docs"],
}
ENTRY = re.compile(
    r"^(?P<requirement>[A-Za-z0-9][^\\\n]*?) \\\n(?P<hashes>(?:    --hash=\S+(?: \\)?\n)+)", re.MULTILINE
)


def entries(name):
    """Return the requirements of a lock file, each with its hashes."""
    text = (CHECKOUT / name).read_text(encoding="utf-8")
    return {found["requirement"]: sorted(re.findall(r"sha256:\w+", found["hashes"])) for found in ENTRY.finditer(text)}


def asked_for(extras):
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]


@pytest.mark.parametrize(("name", "extras"), LOCKS.items())
def test_a_lock_has_a_version_in_the_range_of_every_dependency(name, extras):
    pinned = {canonicalize_name(found.name): found for found in map(Requirement, entries(name))}
    for dependency in map(Requirement, asked_for(extras)):
        [pin] = pinned[canonicalize_name(dependency.name)].specifier
        assert pin.operator == "=="
        assert pin.version in dependency.specifier, dependency


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("requirements.lock", "requirements-notebook.lock"),
        ("requirements-notebook.lock", "requirements-dev.lock"),
        ("requirements-notebook.lock", "requirements-docs.lock"),
    ],
)
def test_a_lock_has_the_same_files_as_the_lock_that_is_installed_over_it(smaller, larger):
    # Markers may be wider where more extras need a package, so versions and hashes are compared.
    def files(name):
        return {requirement.partition(" ;")[0]: hashes for requirement, hashes in entries(name).items()}

    assert files(smaller).items() <= files(larger).items()


def test_documentation_and_tests_can_be_installed_in_one_environment():
    tests, docs = (
        dict(one.partition(" ;")[0].split("==") for one in entries(name))
        for name in ("requirements-dev.lock", "requirements-docs.lock")
    )
    assert {name: tests[name] for name in tests.keys() & docs.keys()} == {
        name: docs[name] for name in tests.keys() & docs.keys()
    }


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_of_a_lock_has_a_hash_and_no_address(name):
    text = (CHECKOUT / name).read_text(encoding="utf-8")
    assert len(entries(name)) == len(re.findall(r"^[A-Za-z0-9].*==", text, re.MULTILINE)) > 0
    assert "://" not in text

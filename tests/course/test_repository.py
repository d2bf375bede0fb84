"""The files that set the course up agree with each other."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def locked():
    """Name → versions: the lock pins some packages differently for different Pythons."""
    pins = re.findall(
        r"^([\w.-]+)==([^ \\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    versions = {}
    for name, version in pins:
        versions.setdefault(name, []).append(version)
    return versions


def test_the_lock_pins_every_dependency_within_its_range(project, locked):
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    for line in project["dependencies"] + extras:
        requirement = Requirement(line)
        assert locked[requirement.name], requirement
        assert all(
            requirement.specifier.contains(version) for version in locked[requirement.name]
        ), requirement


def test_the_lock_has_hashes_and_no_addresses():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    pins = re.findall(r"^[\w.-]+==.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(pins) > 100
    assert all("--hash=sha256:" in pin for pin in pins)


def test_conda_users_get_the_versions_of_the_lock(project, locked):
    text = (ROOT / "environment.yml").read_text()
    python = re.search(r"python=(3\.\d+)", text)[1]
    assert Requirement(f"python{project['requires-python']}").specifier.contains(python)
    pins = dict(re.findall(r"- ([\w.-]+)==(\S+)", text))
    wanted = [
        Requirement(line).name
        for line in project["dependencies"] + project["optional-dependencies"]["lab"]
    ]
    assert sorted(pins) == sorted(wanted)
    assert all(version in locked[name] for name, version in pins.items())


def test_every_lower_bound_is_stated(project):
    for line in project["dependencies"]:
        assert any(clause.operator in (">=", "==") for clause in Requirement(line).specifier), line


def test_the_citation_has_the_version_of_the_package(project):
    assert f"version: {project['version']}\n" in (ROOT / "CITATION.cff").read_text()

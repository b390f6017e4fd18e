"""What these tests share: the programs that look at deploy/, and a copy of it that tests may write to."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.install import ENVIRONMENT, program
from tests.fixtures.running import ROOT

DEPLOY: Final = ROOT / "deploy"
Program = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Say what to do where the linters were not brought."""
    assert (ENVIRONMENT / ".installed-from").is_file(), "run `make deploy`, which installs what these tests need"


def needed(name: str) -> Path:
    """Return where a program is; skips the test where it could not be had."""
    found = program(name)
    if found is None:
        pytest.skip(f"{name} is not here; on Debian and Ubuntu `make deploy` brings it")
    return found


def run_program(name: str, *arguments: str | Path, cwd: Path = DEPLOY, fails: bool = False) -> str:
    """Run a program to its end, which must be good, or bad; return what it said."""
    done = subprocess.run(  # noqa: S603  our own words
        [needed(name), *arguments], capture_output=True, text=True, check=False, timeout=60, cwd=cwd, stdin=subprocess.DEVNULL
    )
    said = done.stdout + done.stderr
    assert (done.returncode != 0) is fails, said
    return said


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of deploy/ with secrets made by its own script."""
    copy = shutil.copytree(DEPLOY, tmp_path_factory.mktemp("copied") / "deploy", ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([copy / "make-secrets"], check=True, capture_output=True, timeout=30)  # noqa: S603  our own script
    return copy

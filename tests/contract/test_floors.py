"""The floors: a room imports only rooms below it, and an import upwards is found."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
LINT: Final = Path(sys.executable).parent / "lint-imports"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the floors of a checkout."""
    return subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  our own tool


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the floors are checked in."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "server", folder / "server", ignore=shutil.ignore_patterns("__pycache__", "_graphiql", "_interactive"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_floors_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("domain/names.py", "from server.db import models", "Floors"),
        ("resolvers/lists.py", "from server.schema import enums", "Floors"),
        ("render/page.py", "from server.stores import memory", "Floors"),
        ("auth/viewer.py", "from server.context import Context", "Floors"),
        ("resolvers/tiles.py", "import strawberry", "Strawberry and graphql only"),
        ("db/tracing.py", "import opentelemetry.trace", "OpenTelemetry only in tracing"),
        ("auth/rules.py", "import sqlalchemy", "Rules and domain import no framework"),
    ],
)
def test_an_import_upwards_is_found(checkout: Path, room: str, line: str, contract: str) -> None:
    path = checkout / "server" / room
    right = path.read_text(encoding="utf-8")
    path.write_text(f"{right}\n{line}\n", encoding="utf-8")
    try:
        done = lint(checkout)
    finally:
        path.write_text(right, encoding="utf-8")
    assert done.returncode == 1
    broken = [report for report in done.stdout.splitlines() if report.endswith("BROKEN")]
    assert any(report.startswith(contract) for report in broken), done.stdout


def test_a_room_that_nobody_placed_is_found(checkout: Path) -> None:
    attic = checkout / "server" / "attic.py"
    attic.write_text('"""A room without a floor."""\n', encoding="utf-8")
    try:
        done = lint(checkout)
    finally:
        attic.unlink()
    assert done.returncode == 1
    assert "attic" in done.stdout

"""The wheel: what is in it, and that what is installed from it runs by itself."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from server.schema.root import make_schema
from server.schema.sdl import plain_sdl

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build one, with what is installed: nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    pip(["wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    pip(["install", "--no-deps", "--no-index", "--target", str(folder), str(wheel)])
    return folder


def pip(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)  # noqa: S603  our own words
    assert done.returncode == 0, done.stdout + done.stderr


def nbinsight(installed: Path, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run what the wheel installed, from a folder where the checkout is out of sight."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NBINSIGHT_")} | {"PYTHONPATH": str(installed)}
    command = [sys.executable, str(installed / "bin" / "nbinsight"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment, cwd=folder)  # noqa: S603


def test_a_wheel_holds_the_server_its_migrations_and_the_public_names(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    for name in (
        "nbinsight.py",
        "server/cli/__init__.py",
        "server/_alembic/env.py",
        "server/_alembic/versions/0001_make_the_first_tables.py",
    ):
        assert name in names
    assert [name for name in names if name.endswith("licenses/LICENSE")] != []


def test_a_wheel_holds_nothing_else(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"nbinsight.py", "server"}
    assert [name for name in names if "test" in Path(name).parts or "__pycache__" in name or name.endswith((".pyc", ".map"))] == []


def test_what_a_wheel_installs_prints_this_schema(installed: Path, tmp_path: Path) -> None:
    done = nbinsight(installed, "schema", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == plain_sdl(make_schema()).strip()


def test_what_a_wheel_installs_migrates_from_its_own_folder(installed: Path, tmp_path: Path) -> None:
    done = nbinsight(installed, "db", "upgrade", "--data-dir", str(tmp_path / "data"), folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(", the newest.\n")
    assert (tmp_path / "data" / "nbinsight.db").is_file()

"""What deploy/ names is there: each setting and each command of nbinsight, and no image of whatever version is newest."""

import re
from pathlib import Path
from typing import Final

import pytest

from server.cli.loading import LoadedCommands
from server.config import SECRETS, TARGET, Settings
from tests.deploy.conftest import DEPLOY

FILES: Final = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "secrets" not in path.parts)
PAGES: Final = [DEPLOY.parent / "docs" / "how-to" / name for name in ("from-one-machine-to-many.md", "upgrade.md")]
FILED: Final = {*SECRETS, TARGET}
KNOWN: Final = {f"NBINSIGHT_{name.upper()}" for name in [*Settings.model_fields, TARGET]} | {
    f"NBINSIGHT_{name.upper()}_FILE" for name in FILED
}
SETTING: Final = re.compile(r"\bNBINSIGHT_[A-Z][A-Z_]*\b")
COMMAND: Final = re.compile(r"(?:bin/|-- |^|`)nbinsight ([a-z][a-z-]+)", re.MULTILINE)
PINNED: Final = re.compile(r"^[a-z0-9./-]+:v?\d+(\.\d+)+(-[a-z0-9.]+)*$")


def test_there_are_files_to_look_at() -> None:
    assert len(FILES) > 20
    assert {"NBINSIGHT_SECRET_KEY_FILE", "NBINSIGHT_STORE_URL"} <= {found for path in FILES for found in SETTING.findall(path.read_text())}


@pytest.mark.parametrize("path", [*FILES, *PAGES], ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(SETTING.findall(path.read_text(encoding="utf-8"))) - {"NBINSIGHT_"}
    assert named <= KNOWN, named - KNOWN


@pytest.mark.parametrize("path", [*FILES, *PAGES], ids=lambda path: path.name)
def test_every_command_that_is_named_exists(path: Path) -> None:
    commands = set(LoadedCommands().list_commands(None))
    named = set(COMMAND.findall(path.read_text(encoding="utf-8")))
    assert named <= commands, named - commands


def test_every_image_is_pinned_to_a_version() -> None:
    compose, dockerfile = ((DEPLOY / name).read_text(encoding="utf-8") for name in ("compose.yaml", "Dockerfile"))
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", dockerfile, re.MULTILINE))
    images = re.findall(r"^\s+image: (\S+)", compose, re.MULTILINE) + re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert len(images) > 6
    assert [image for image in images if image not in stages and not PINNED.match(image)] == []


def test_settings_that_are_installed_as_they_are_change_nothing() -> None:
    """Whoever follows the page copies the example, whose names are nobody's: addresses of content would be sent there."""
    lines = (DEPLOY / "systemd" / "nbinsight.env.example").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 4
    assert [line for line in lines if not line.startswith("#")] == []


def test_the_page_says_where_each_certificate_lies_that_nginx_reads() -> None:
    read = re.findall(r"ssl_certificate(?:_key)? (\S+);", (DEPLOY / "nginx" / "nbinsight.conf").read_text(encoding="utf-8"))
    page = PAGES[0].read_text(encoding="utf-8")
    assert len(read) == 4
    assert [path for path in read if path not in page] == []

"""The configurations that the page on issuers prints are accepted as printed."""

import re
from pathlib import Path
from typing import Final

from server.config import Issuer, load_settings

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "sign-in-with-an-issuer.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")


def test_each_configuration_is_accepted() -> None:
    blocks = re.findall(r"```\n(\[.*?)```", TEXT, re.DOTALL)
    found = [issuer.name for block in blocks for issuer in load_settings(issuers=block).issuers]
    assert found == ["corp", "corp", "corp"]


def test_each_field_is_explained() -> None:
    rows = "".join(line for line in TEXT.splitlines() if line.startswith("| `"))
    assert [name for name in Issuer.model_fields if f"`{name}`" not in rows] == []

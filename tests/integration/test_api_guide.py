"""The API guide's blocks for a shell, run by one against a server with the demo, in order; what they print stands below each."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.running import ROOT, serving
from tests.integration.pages import matches

BLOCK = re.compile(
    r"\b[Aa]s `(?P<login>\w+)`[^\n]*:\n\n```sh\n(?P<script>.*?)^```\n\n```text\n(?P<printed>.*?)^```", re.MULTILINE | re.DOTALL
)
TEXT = (ROOT / "docs/api.md").read_text("utf-8")


def test_every_block_for_a_shell_says_who_asks_and_what_is_printed() -> None:
    assert len(BLOCK.findall(TEXT)) == TEXT.count("```sh\n") == TEXT.count("```text\n") > 0


@pytest.mark.skipif(shutil.which("curl") is None, reason="the blocks ask by curl")
def test_a_shell_prints_what_the_guide_says(tmp_path: Path) -> None:
    with serving("--demo", cwd=tmp_path) as server:
        tokens = json.loads((tmp_path / "nbinsight-data/demo-tokens").read_text("utf-8"))
        for block in BLOCK.finditer(TEXT):
            script = block["script"].replace("http://127.0.0.1:8000/graphql", server.address)
            environment = {"PATH": os.environ["PATH"], "TOKEN": tokens[block["login"]]}
            done = subprocess.run(  # noqa: S603  our own words
                ["/bin/sh", "-c", script], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path, env=environment
            )
            assert (done.returncode, done.stderr) == (0, "")
            assert matches(block["printed"].split(), done.stdout.split()), (block["script"], done.stdout)

"""Commands are loaded when they are asked for."""

import subprocess
import sys

import pytest

from tests.fixtures.running import ROOT, environment

HEAVY = ("server.app", "strawberry", "graphql", "sqlalchemy", "nbconvert", "starlette", "uvicorn")


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--version"], 0), (["publish", "--help"], 0), (["publish", "none.ipynb", "--project", "DEMO"], 2)]
)
def test_publishing_and_the_version_need_no_application(arguments: list[str], code: int) -> None:
    script = f"""
import sys
from server.cli import app
try:
    app({arguments!r})
except SystemExit as left:
    print(left.code, [name for name in {HEAVY!r} if name in sys.modules])
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment())  # noqa: S603  our own words
    assert done.stdout.splitlines()[-1] == f"{code} []"

"""Commands run in this process: quicker than a process each, and whatever they change in it is put back."""

import logging
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from server.cli import app


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Run a command in a folder of the test, with no settings but those given by environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("NBINSIGHT_")]:
        monkeypatch.delenv(name)
    numbers, root = (signal.SIGTERM, signal.SIGINT), logging.getLogger()
    handlers, kept, level = [signal.getsignal(number) for number in numbers], root.handlers[:], root.level

    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=environment, catch_exceptions=False)

    yield run
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)
    root.handlers, root.level = kept, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()

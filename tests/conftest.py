"""Fixtures and options that any test may ask for."""

import pytest

pytest_plugins = ["tests.fixtures.databases"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let promises be tried for longer than the suite takes."""
    group = parser.getgroup("nbinsight")
    group.addoption("--rounds", type=int, default=2, help="How often processes start together on a database (20 for the long run).")
    group.addoption("--edits", type=int, default=2, help="Edits of each of 32 clients at once (200 for the long run).")
    group.addoption("--backups", type=int, default=2, help="Backups taken while clients publish (20 for the long run).")

"""Fixtures and options that any test may ask for."""

import pytest

pytest_plugins = ["tests.fixtures.databases"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let promises be tried for longer than the suite takes."""
    group = parser.getgroup("nbinsight")
    group.addoption("--rounds", type=int, default=2, help="How often processes start together on a database (20 for the long run).")
    group.addoption("--edits", type=int, default=2, help="Edits of each of 32 clients at once (200 for the long run).")
    group.addoption("--backups", type=int, default=2, help="Backups taken while clients publish (20 for the long run).")
    group.addoption("--faults", choices=("short", "long"), default="short", help="How often tests/faults break things.")
    group.addoption("--seed", type=int, help="Begin chance of tests/faults again as a run before did, which printed it.")

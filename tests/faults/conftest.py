"""How often things are broken, by which chance, and what came of it: the figures stand at the end of a run."""

import secrets
from collections.abc import Callable
from random import Random
from typing import Any, Final

import pytest

from tests.fixtures.seaweedfs import bucket_url, seaweed
from tests.fixtures.valkey import queue_url, valkey_address

__all__ = ["bucket_url", "queue_url", "seaweed", "valkey_address"]

LIVES: Final = {"short": 1, "long": 20}
KILLS: Final = {"short": 5, "long": 25}
SEED: Final = pytest.StashKey[int]()
Note = Callable[..., None]


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed of the run."""
    given = getattr(config, "workerinput", {}).get("seed", config.getoption("--seed"))
    config.stash[SEED] = secrets.randbelow(10**6) if given is None else given


def pytest_configure_node(node: Any) -> None:  # noqa: ANN401  pytest-xdist's, which ships no types of it
    """Give the run's seed to its processes."""
    node.workerinput["seed"] = node.config.stash[SEED]


def pytest_report_header(config: pytest.Config) -> str:
    return f"faults: {config.getoption('--faults')}, --seed {config.stash[SEED]}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each life, which begins with no data, a test of its own."""
    if "life" in metafunc.fixturenames:
        metafunc.parametrize("life", range(LIVES[metafunc.config.getoption("--faults")]))


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> int:
    """How often a process is killed in a life."""
    return KILLS[pytestconfig.getoption("--faults")]


@pytest.fixture
def is_long(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--faults") == "long")


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> Random:
    """Chance of the test's own, the same whenever the run has the same seed."""
    return Random(f"{request.config.stash[SEED]} {request.node.name}")  # noqa: S311  no secret


@pytest.fixture
def note(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Note:
    """Take figures for the end of the run."""

    def take(**figures: object) -> None:
        told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
        record_property("figures", f"{request.node.name}: {told}")

    return take


def figures_of(report: pytest.TestReport) -> list[str]:
    return [str(told) for name, told in report.user_properties if name == "figures" and report.when == "call"]


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Show figures as they come, with -v, so that an end before time leaves what was found."""
    figures = figures_of(report)
    return ("passed", ".", f"PASSED {'; '.join(figures)}") if report.passed and figures else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section(f"figures, --seed {config.stash[SEED]}")
    for report in terminalreporter.getreports("passed"):
        for told in figures_of(report):
            terminalreporter.write_line(told)

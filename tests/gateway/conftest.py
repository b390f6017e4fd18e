"""What the tests with gateways share: a server with the demo, the ids in it, and the schema that it tells."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.fixtures.running import Running, serving
from tests.gateway.programs import HERE

SDL = "{ _service { sdl } }"
INSIGHTS = '{ project(key: "DEMO") { insights(first: 100) { nodes { id name } } } }'
SHOWN, HIDDEN = "Sales, newest week", "Churn model, latest run"
"""Insights of the demo: of `dora`, who may only read dashboards, one can be seen and the other cannot."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running server, whom its tokens are of, the ids of its insights by name, and its SDL."""

    server: Running
    tokens: dict[str, str]
    insights: dict[str, str]
    sdl: str


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Say what to do where npm has not brought the packages."""
    assert (HERE / "node_modules").is_dir(), "run `make gateway`, which installs what these tests need"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo as people run it, without introspection: a gateway needs none."""
    folder = tmp_path_factory.mktemp("demo")
    with serving("--demo", cwd=folder, NBINSIGHT_INTROSPECTION="false") as server:
        tokens: dict[str, str] = json.loads((folder / "nbinsight-data" / "demo-tokens").read_text("utf-8"))
        nodes = server.data(INSIGHTS, tokens["wim"])["project"]["insights"]["nodes"]
        yield Demo(server, tokens, {node["name"]: node["id"] for node in nodes}, server.data(SDL)["_service"]["sdl"])

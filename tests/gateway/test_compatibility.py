"""Apollo's compatibility suite, all 23 tests, over a small subgraph made with our own Subgraph, through each gateway.

The suite would start its servers with Docker or pm2 and compose with rover, which fetches programs from elsewhere; its tests and its two
other subgraphs run as they are.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from tests.gateway.programs import HERE, compose, listening_gateway, listening_node, listening_python, run_node

SUITE: Final = HERE / "node_modules" / "@apollo" / "federation-subgraph-compatibility-tests" / "dist"
TOPICS: Final = {
    **dict.fromkeys(("introspection", "@link", "@requires", "@provides", "@tag", "@composeDirective", "ftv1"), 1),
    **dict.fromkeys(("@key single", "@key multiple", "@key composite", "repeatable @key"), 2),
    **dict.fromkeys(("@shareable", "@override", "@inaccessible", "@interfaceObject"), 2),
}
"""What the suite looks at, and by how many tests."""


@pytest.fixture(scope="module", params=["apollo", "hive"])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    """Run the suite once for each gateway."""
    with ExitStack() as running:
        products = running.enter_context(listening_python("products.py"))
        others = {
            name: running.enter_context(listening_node("--require", "./loopback.cjs", str(SUITE / "subgraphs" / name / "index.js")))
            for name in ("users", "inventory")
        }
        subgraphs = {name: (other.address, _sdl_of(name)) for name, other in others.items()}
        subgraphs["products"] = (products.address, products.ask("{ _service { sdl } }")["data"]["_service"]["sdl"])
        supergraph = compose("apollo", subgraphs)["supergraph"]
        gateway = running.enter_context(listening_gateway(request.param, tmp_path_factory.mktemp("suite"), supergraph))
        jest = str(HERE / "node_modules" / "jest" / "bin" / "jest.js")
        said = run_node(jest, "--ci", "--json", "--config", "jest.config.cjs", PRODUCTS_URL=products.address, ROUTER_URL=gateway.address)
        yield [result for file in json.loads(said)["testResults"] for result in file["assertionResults"]]


def _sdl_of(name: str) -> str:
    return Path(SUITE / "subgraphs" / name / f"{name}.graphql").read_text("utf-8")


def test_all_of_the_suite_passes(results: list[dict[str, Any]]) -> None:
    assert [(result["fullName"], result["failureMessages"]) for result in results if result["status"] != "passed"] == []
    assert Counter(next(iter(result["ancestorTitles"]), result["title"]) for result in results) == TOPICS
    assert len(results) == 23

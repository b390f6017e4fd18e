"""What the tests share: a Hub with the configuration of the docs, and nbinsight as it starts it and as somebody else does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.fixtures.running import serving
from tests.hub.install import ENVIRONMENT, HERE
from tests.hub.running import Hub, running_hub

SCOPE = "access:services!service=nbinsight"


@dataclass(slots=True)
class Insight:
    """An nbinsight beside the Hub: where its API is, as people reach it, and the token of its own administrator."""

    address: str
    admin: str

    def ask(self, query: str, token: str, scheme: str = "Bearer", variables: Mapping[str, object] | None = None) -> httpx2.Response:
        """Send an operation."""
        headers = {"authorization": f"{scheme} {token}"}
        return httpx2.post(self.address, json={"query": query, "variables": variables or {}}, headers=headers, timeout=30)

    def data(self, query: str, token: str, **variables: object) -> Any:  # noqa: ANN401  any JSON
        """Return the data of an operation that must have no errors."""
        answer = self.ask(query, token, variables=variables).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def login(self, token: str) -> str:
        """Return whom a token names."""
        return str(self.data("{ viewer { user { login } } }", token)["viewer"]["user"]["login"])


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Say what to do where the packages are missing."""
    both = (HERE / "node_modules").is_dir() and (ENVIRONMENT / "bin" / "jupyterhub").is_file()
    assert both, "run `make hub`, which installs what these tests need"


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A Hub with people: ana and ben are analysts, carl is nothing."""
    with running_hub(tmp_path_factory.mktemp("hub")) as hub:
        for name in ("ben", "carl"):
            hub.call("POST", f"users/{name}")
        hub.call("POST", "groups/analysts/users", {"users": ["ben"]})
        yield hub


@pytest.fixture(scope="session")
def managed(hub: Hub) -> Insight:
    """The one that the Hub has started, behind its proxy."""
    token = (hub.log.parent / "nbinsight-data" / "admin-token").read_text(encoding="utf-8").strip()
    return Insight(f"{hub.url}/services/nbinsight/graphql", token)


@pytest.fixture(scope="session")
def external(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Insight]:
    """One that somebody else has started, at an address of its own."""
    with serving(cwd=tmp_path_factory.mktemp("external"), NBINSIGHT_HUB_API_URL=hub.api_url) as server:
        yield Insight(server.address, server.token)


@pytest.fixture(params=["managed", "external"])
def insight(request: pytest.FixtureRequest) -> Insight:
    """Each of the two."""
    found: Insight = request.getfixturevalue(request.param)
    return found
